package org.realize.fuse;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.realize.sync.model.FileTime;

/** Bytes in a file of the disk, which a kernel may read and write itself. */
final class DiskContent implements NodeContent {

  private static final int ZEROS = 1 << 16;

  private final Path path;
  private final String name;
  private final SystemTree disk;
  private final RandomAccessFile file;

  DiskContent(Path folder, String name) {
    this.path = folder.resolve(name);
    this.name = name;
    this.disk = new SystemTree(folder);
    this.file = done(() -> new RandomAccessFile(path.toFile(), "rw"));
  }

  /** A call that fails only if the disk does. */
  private interface DiskCall<T> {
    T run() throws IOException;
  }

  private static <T> T done(DiskCall<T> call) {
    try {
      return call.run();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Path path() {
    return path;
  }

  @Override
  public long size() {
    return done(file::length);
  }

  @Override
  public long blocks() {
    return (size() + 511) / 512;
  }

  @Override
  public FileTime modified() {
    return done(() -> disk.times(name).modified());
  }

  @Override
  public void setModified(FileTime time) {
    done(() -> {
      disk.utimens(name, time, time);
      return time;
    });
  }

  @Override
  public void read(long offset, ByteBuffer destination) {
    for (long at = offset; destination.hasRemaining(); ) {
      long start = at;
      at += done(() -> file.getChannel().read(destination, start));
    }
  }

  @Override
  public void write(long offset, ByteBuffer source) {
    for (long at = offset; source.hasRemaining(); ) {
      long start = at;
      at += done(() -> file.getChannel().write(source, start));
    }
  }

  @Override
  public void resize(long newSize) {
    done(() -> {
      file.setLength(newSize);
      return newSize;
    });
  }

  @Override
  public void zero(long offset, long length) {
    for (long at = offset; at < offset + length; at += ZEROS) {
      write(at, ByteBuffer.allocate((int) Math.min(ZEROS, offset + length - at)));
    }
  }

  @Override
  public long nextData(long offset) {
    return offset < size() ? offset : -1;
  }

  @Override
  public long nextHole(long offset) {
    return size();
  }

  @Override
  public void close() {
    done(() -> {
      file.close();
      return Files.deleteIfExists(path);
    });
  }
}
