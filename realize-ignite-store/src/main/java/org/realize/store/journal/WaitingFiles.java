package org.realize.store.journal;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.OpenOption;
import org.apache.ignite.internal.processors.cache.persistence.file.FileIO;
import org.apache.ignite.internal.processors.cache.persistence.file.FileIODecorator;
import org.apache.ignite.internal.processors.cache.persistence.file.FileIOFactory;

/**
 * Files of a store whose writes do not meet a full disk: they take from the reserve, then wait for
 * room. Ignite would take the failure of any of its writes for its end.
 */
final class WaitingFiles implements FileIOFactory {
  private static final long serialVersionUID = 1L;

  private final transient FileIOFactory files;
  private final transient StoreRoom room;

  WaitingFiles(FileIOFactory files, StoreRoom room) {
    this.files = files;
    this.room = room;
  }

  @Override
  public FileIO create(File file, OpenOption... modes) throws IOException {
    return new WaitingFile(room.retry(() -> files.create(file, modes)));
  }

  /** A file whose writes are repeated until there is room. */
  private final class WaitingFile extends FileIODecorator {
    WaitingFile(FileIO file) {
      super(file);
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
      return room.retry(() -> delegate.write(source));
    }

    @Override
    public int write(ByteBuffer source, long position) throws IOException {
      return room.retry(() -> delegate.write(source, position));
    }

    @Override
    public int write(byte[] source, int offset, int length) throws IOException {
      return room.retry(() -> delegate.write(source, offset, length));
    }
  }
}
