package org.realize.sync.view;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;
import org.realize.sync.model.RealizeException;
import org.realize.sync.transfer.ContentReader;

/** A file of the Unreal: its blob, filled on demand. */
record FetchedFile(ContentReader reader) implements OpenFile {

  @Override
  public long sizeBytes() {
    return reader.sizeBytes();
  }

  @Override
  public int readNow(long offsetBytes, ByteBuffer destination) throws RealizeException {
    return reader.readNow(offsetBytes, destination);
  }

  @Override
  public int read(long offsetBytes, ByteBuffer destination)
      throws RealizeException, InterruptedException {
    return reader.read(offsetBytes, destination);
  }

  /** The blob's file: nobody ever writes to a complete one. */
  @Override
  public Optional<Path> backing() {
    return reader.completeFile();
  }

  @Override
  public void close() {
    reader.close();
  }
}
