package org.realize.fuse;

import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import jnr.ffi.Pointer;
import org.realize.sync.view.FileKind;

/** The tree below a directory of this machine. */
final class MountedTree implements Tree {

  private static final int NAME_OFFSET = 19;
  private static final int POSITION_OFFSET = 8;

  private final Path root;

  MountedTree(Path root) {
    this.root = root;
  }

  Path path(String path) {
    return root.resolve(path);
  }

  private byte[] raw(String path) {
    return Posix.text(path(path).toString());
  }

  private static long checked(long result) throws Refused {
    if (result < 0) {
      throw new Refused(Posix.errno());
    }
    return result;
  }

  @Override
  public Stat stat(String path) throws IOException {
    Map<String, Object> found;
    try {
      found = Files.readAttributes(path(path), "unix:*", LinkOption.NOFOLLOW_LINKS);
    } catch (IOException e) {
      int descriptor = Posix.CALLS.open(raw(path), Posix.O_RDONLY, 0);
      throw descriptor < 0 ? new Refused(Posix.errno()) : e;
    }
    int mode = (Integer) of(found, "mode");
    FileKind kind =
        switch (mode >> 12) {
          case 8 -> FileKind.FILE;
          case 4 -> FileKind.DIRECTORY;
          case 10 -> FileKind.LINK;
          default -> throw new AssertionError("mode " + mode);
        };
    return new Stat(
        (Long) of(found, "ino"),
        kind,
        mode & 07777,
        (Long) of(found, "size"),
        (Integer) of(found, "nlink"),
        modified(path, (FileTime) of(found, "lastModifiedTime")));
  }

  /** The exact time, of which Java has only microseconds far from 1970. */
  private org.realize.sync.model.FileTime modified(String path, FileTime time) throws IOException {
    Instant instant = time.toInstant();
    if (Math.abs(instant.getEpochSecond()) < Long.MAX_VALUE / 1_000_000_000) {
      return new org.realize.sync.model.FileTime(instant.getEpochSecond(), instant.getNano());
    }
    String text = Programs.run("stat", "--format=%.9Y", path(path).toString()).output().strip();
    BigDecimal exact = new BigDecimal(text);
    BigDecimal seconds = exact.setScale(0, RoundingMode.FLOOR);
    int nanos = exact.subtract(seconds).movePointRight(9).intValueExact();
    return new org.realize.sync.model.FileTime(seconds.longValueExact(), nanos);
  }

  private static Object of(Map<String, Object> attributes, String name) {
    return Objects.requireNonNull(attributes.get(name), name);
  }

  /** A name of a listing and the position behind it. */
  record Listed(String name, long inode, long position) {}

  List<Listed> listed(String path) throws IOException {
    try (Directory directory = directory(path)) {
      return directory.rest(Integer.MAX_VALUE);
    }
  }

  Directory directory(String path) throws IOException {
    Pointer handle = Posix.CALLS.opendir(raw(path));
    if (handle == null) {
      throw new Refused(Posix.errno());
    }
    return new Directory(handle);
  }

  /** An open directory. */
  record Directory(Pointer handle) implements AutoCloseable {

    List<Listed> rest(int max) {
      List<Listed> entries = new ArrayList<>();
      Pointer entry;
      while (entries.size() < max && (entry = Posix.CALLS.readdir(handle)) != null) {
        byte[] bytes = new byte[256];
        int length = 0;
        for (byte b = entry.getByte(NAME_OFFSET); b != 0; b = entry.getByte(NAME_OFFSET + length)) {
          bytes[length++] = b;
        }
        entries.add(
            new Listed(
                new String(bytes, 0, length, StandardCharsets.UTF_8),
                entry.getLong(0),
                entry.getLong(POSITION_OFFSET)));
      }
      return entries;
    }

    void seek(long position) {
      Posix.CALLS.seekdir(handle, position);
    }

    @Override
    public void close() {
      Posix.CALLS.closedir(handle);
    }
  }

  @Override
  public List<String> names(String path) throws IOException {
    return listed(path).stream().map(Listed::name).toList();
  }

  @Override
  public String target(String path) throws IOException {
    return Files.readSymbolicLink(path(path)).toString();
  }

  /** Opens for reading. */
  OpenedFile open(String path) throws IOException {
    return new OpenedFile((int) checked(Posix.CALLS.open(raw(path), Posix.O_RDONLY, 0)));
  }

  /** An open file. */
  record OpenedFile(int descriptor) implements AutoCloseable {

    byte[] pread(long offset, int count) throws IOException {
      byte[] buffer = new byte[count];
      long read = checked(Posix.CALLS.pread(descriptor, buffer, count, offset));
      return Arrays.copyOf(buffer, (int) read);
    }

    long seek(long offset, int whence) throws IOException {
      return checked(Posix.CALLS.lseek(descriptor, offset, whence));
    }

    @Override
    public void close() {
      Posix.CALLS.close(descriptor);
    }
  }

  @Override
  public byte[] read(String path, long offset, int count) throws IOException {
    try (OpenedFile file = open(path)) {
      return file.pread(offset, count);
    }
  }

  @Override
  public byte[] attribute(String path, String name) throws IOException {
    byte[] value = new byte[4096];
    long length = checked(Posix.CALLS.lgetxattr(raw(path), Posix.text(name), value, value.length));
    return Arrays.copyOf(value, (int) length);
  }
}
