package org.realize.store.disk;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Instant;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.realize.sync.testing.OpenUserFile;
import org.realize.sync.testing.UserFiles;

/** A user of this machine's files, by the JDK and the usual commands. */
final class LocalUserFiles implements UserFiles {

  private final Path root;

  LocalUserFiles(Path root) {
    this.root = root;
  }

  @Override
  public void write(String path, byte[] bytes) throws IOException {
    Files.write(root.resolve(path), bytes);
  }

  @Override
  public byte[] read(String path) throws IOException {
    return Files.readAllBytes(root.resolve(path));
  }

  @Override
  public OpenUserFile open(String path) throws IOException {
    FileChannel channel =
        FileChannel.open(root.resolve(path), StandardOpenOption.READ, StandardOpenOption.WRITE);
    return new Held(channel);
  }

  /** A file that is open and mapped. */
  private static final class Held implements OpenUserFile {
    private final FileChannel channel;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment mapping;

    Held(FileChannel channel) throws IOException {
      this.channel = channel;
      mapping = channel.map(FileChannel.MapMode.READ_WRITE, 0, channel.size(), arena);
    }

    @Override
    public void write(byte[] bytes) throws IOException {
      channel.truncate(0);
      ByteBuffer rest = ByteBuffer.wrap(bytes);
      while (rest.hasRemaining()) {
        channel.write(rest, rest.position());
      }
    }

    @Override
    public void store(byte[] bytes) {
      MemorySegment.copy(bytes, 0, mapping, ValueLayout.JAVA_BYTE, 0, bytes.length);
    }

    @Override
    public byte[] read() throws IOException {
      ByteBuffer bytes = ByteBuffer.allocate((int) channel.size());
      while (bytes.hasRemaining() && channel.read(bytes, bytes.position()) >= 0) {
        // until it is full
      }
      return bytes.array();
    }

    @Override
    public void close() throws IOException {
      arena.close();
      channel.close();
    }
  }

  @Override
  public void createDirectory(String path) throws IOException {
    Files.createDirectory(root.resolve(path));
  }

  @Override
  public void symbolicLink(String path, String target) throws IOException {
    Files.createSymbolicLink(root.resolve(path), Path.of(target));
  }

  @Override
  public void hardLink(String path, String existing) throws IOException {
    Files.createLink(root.resolve(path), root.resolve(existing));
  }

  @Override
  public void fifo(String path) throws IOException {
    run("mkfifo", root.resolve(path).toString());
  }

  @Override
  public void undecodable(String directory, String prefix) throws IOException {
    run("bash", "-c", "touch \"$1\"$'\\xff'", "bash", root.resolve(directory) + "/" + prefix);
  }

  private static void run(String... command) throws IOException {
    Process process = new ProcessBuilder(command).inheritIO().start();
    try {
      if (process.waitFor() != 0) {
        throw new IOException(List.of(command) + " failed");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  @Override
  public void rename(String from, String to) throws IOException {
    Files.move(root.resolve(from), root.resolve(to), java.nio.file.StandardCopyOption.ATOMIC_MOVE);
  }

  @Override
  public void delete(String path) throws IOException {
    try (Stream<Path> all = Files.walk(root.resolve(path))) {
      for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    }
  }

  @Override
  public void mode(String path, int mode) throws IOException {
    PosixFilePermission[] fromHighest = PosixFilePermission.values();
    Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
    for (int bit = 0; bit < 9; bit++) {
      if ((mode & 0400 >> bit) != 0) {
        permissions.add(fromHighest[bit]);
      }
    }
    Files.setPosixFilePermissions(root.resolve(path), permissions);
  }

  @Override
  public void mtime(String path, org.realize.sync.model.FileTime time) throws IOException {
    Files.getFileAttributeView(
            root.resolve(path), BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
        .setTimes(FileTime.from(Instant.ofEpochSecond(time.seconds(), time.nanos())), null, null);
  }
}
