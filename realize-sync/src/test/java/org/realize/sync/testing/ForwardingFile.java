package org.realize.sync.testing;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.realize.sync.model.FileTime;
import org.realize.sync.port.DiskFile;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.OpenState;

/** An open file that passes every call on to another one; see {@link ForwardingDisk}. */
public class ForwardingFile implements DiskFile {

  private final DiskFile file;

  public ForwardingFile(DiskFile file) {
    this.file = file;
  }

  private static DiskFile unwrapped(DiskFile source) {
    return source instanceof ForwardingFile forwarding ? forwarding.file : source;
  }

  @Override
  public int read(ByteBuffer destination, long offsetBytes) throws IOException {
    return file.read(destination, offsetBytes);
  }

  @Override
  public void write(ByteBuffer source, long offsetBytes) throws IOException {
    file.write(source, offsetBytes);
  }

  @Override
  public void truncate(long sizeBytes) throws IOException {
    file.truncate(sizeBytes);
  }

  @Override
  public void discard(long startBytes, long endBytes) throws IOException {
    file.discard(startBytes, endBytes);
  }

  @Override
  public boolean share(DiskFile source, long startBytes, long endBytes) throws IOException {
    return file.share(unwrapped(source), startBytes, endBytes);
  }

  @Override
  public long nextData(long offsetBytes) throws IOException {
    return file.nextData(offsetBytes);
  }

  @Override
  public long sizeBytes() throws IOException {
    return file.sizeBytes();
  }

  @Override
  public long allocatedBytes() throws IOException {
    return file.allocatedBytes();
  }

  @Override
  public FileStat opened() {
    return file.opened();
  }

  @Override
  public FileStat stat() throws IOException {
    return file.stat();
  }

  @Override
  public OpenState openByAnyone() throws IOException {
    return file.openByAnyone();
  }

  @Override
  public long lastReadNanos() throws IOException {
    return file.lastReadNanos();
  }

  @Override
  public OpenState openForWriting() throws IOException {
    return file.openForWriting();
  }

  @Override
  public boolean writeBack() throws IOException {
    return file.writeBack();
  }

  @Override
  public void setAttributes(int mode, FileTime mtime) throws IOException {
    file.setAttributes(mode, mtime);
  }

  @Override
  public List<String> takeAttributes(DiskFile source) throws IOException {
    return file.takeAttributes(unwrapped(source));
  }

  @Override
  public void force() throws IOException {
    file.force();
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
