package org.realize.chaos.process;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * A person who works in one directory of a root as programs do, and remembers what is there. Where
 * nobody else changes anything there, all of it must be there in the end. Used by one thread.
 */
final class ChaoticUser {

  private static final int DIRECTORIES = 6;
  private static final int NAMES = 30;
  private static final int MAX_BYTES = 200_000;

  private final Path home;
  private final Random random;

  ChaoticUser(Path home, long seed) throws IOException {
    this.home = Files.createDirectories(home);
    this.random = new Random(seed);
  }

  /** True if this is the name of the directory. */
  boolean isIn(String name) {
    return home.endsWith(name);
  }

  /** Does one thing. */
  void act() throws IOException {
    Path file = anyFile();
    switch (random.nextInt(10)) {
      case 0 -> Files.deleteIfExists(file);
      case 1 -> rename(file);
      case 2 -> append(file);
      case 3 -> map(file);
      case 4 -> stamp(file);
      case 5 -> renameDirectory();
      case 6 -> link(file);
      default -> save(file);
    }
  }

  private Path anyFile() throws IOException {
    Path directory = home.resolve("d" + random.nextInt(DIRECTORIES));
    return Files.createDirectories(directory).resolve("f" + random.nextInt(NAMES));
  }

  private byte[] bytes() {
    byte[] bytes = new byte[random.nextInt(MAX_BYTES)];
    random.nextBytes(bytes);
    return bytes;
  }

  /** As an editor does: a new file takes the name. */
  private void save(Path file) throws IOException {
    Path made = file.resolveSibling(".goutputstream-" + file.getFileName());
    try {
      Files.write(made, bytes());
      Files.move(made, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(made); // of a save that found no room
    }
  }

  private void append(Path file) throws IOException {
    if (!Files.isSymbolicLink(file)) {
      String line = "line %d%n".formatted(random.nextInt());
      Files.writeString(
          file, line, StandardCharsets.UTF_8, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }
  }

  private void map(Path file) throws IOException {
    if (Files.isRegularFile(file) && !Files.isSymbolicLink(file) && Files.size(file) > 0) {
      try (FileChannel channel =
              FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
          Arena mapping = Arena.ofConfined()) {
        MemorySegment bytes =
            channel.map(FileChannel.MapMode.READ_WRITE, 0, channel.size(), mapping);
        bytes.set(
            ValueLayout.JAVA_BYTE, random.nextLong(bytes.byteSize()), (byte) random.nextInt());
      }
    }
  }

  private void rename(Path file) throws IOException {
    if (Files.exists(file)) {
      Files.move(file, anyFile(), StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private void renameDirectory() throws IOException {
    Path from = home.resolve("d" + random.nextInt(DIRECTORIES));
    Path to = home.resolve("d" + random.nextInt(DIRECTORIES));
    if (Files.exists(from) && !Files.exists(to)) {
      Files.move(from, to);
    }
  }

  private void stamp(Path file) throws IOException {
    if (Files.isRegularFile(file) && !Files.isSymbolicLink(file)) {
      Files.setLastModifiedTime(file, FileTime.fromMillis(random.nextLong(1_700_000_000_000L)));
    }
  }

  private void link(Path file) throws IOException {
    if (!Files.exists(file, java.nio.file.LinkOption.NOFOLLOW_LINKS)) {
      Files.createSymbolicLink(file, Path.of("f" + random.nextInt(NAMES)));
    }
  }

  /** What the person left, by path below the root. */
  Map<String, String> left() throws IOException {
    Map<String, String> left = new TreeMap<>();
    Trees.describe(home).forEach((path, line) -> left.put(home.getFileName() + "/" + path, line));
    return left;
  }

  /** Makes a tree of files at once, as an archive that is unpacked. */
  void unpack(String name, int files) throws IOException {
    for (int i = 0; i < files; i++) {
      Path directory = home.resolve(name).resolve("p" + i / 50);
      Files.write(Files.createDirectories(directory).resolve("u" + i), bytes());
    }
  }

  /** Removes such a tree. */
  void remove(String name) throws IOException {
    Path top = home.resolve(name);
    if (Files.exists(top)) {
      Files.walkFileTree(
          top,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                throws IOException {
              Files.delete(file);
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, IOException failure)
                throws IOException {
              try {
                Files.delete(directory);
              } catch (DirectoryNotEmptyException e) {
                // a file of another person came meanwhile: it stays, as with rm
              }
              return FileVisitResult.CONTINUE;
            }
          });
    }
  }
}
