package org.realize.chaos.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A comparison of two directories as a person would make it: names, kinds, modes, link targets and
 * bytes.
 */
final class Trees {

  private Trees() {}

  /** Path to a line that says it all; the root's {@code .realize} left out. */
  static Map<String, String> describe(Path root) throws IOException {
    Map<String, String> lines = new TreeMap<>();
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path path, BasicFileAttributes attributes)
              throws IOException {
            if (path.equals(root.resolve(".realize"))) {
              return FileVisitResult.SKIP_SUBTREE;
            }
            if (!path.equals(root)) {
              lines.put(root.relativize(path).toString(), "directory " + mode(path));
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path path, BasicFileAttributes attributes)
              throws IOException {
            String line =
                attributes.isSymbolicLink()
                    ? "link " + Files.readSymbolicLink(path)
                    : "file " + mode(path) + " " + attributes.size() + " " + sha256(path);
            lines.put(root.relativize(path).toString(), line);
            return FileVisitResult.CONTINUE;
          }
        });
    return lines;
  }

  /** Hashes of all files below a directory, the root's {@code .realize} included. */
  static Set<String> contents(Path directory) throws IOException {
    Set<String> hashes = new TreeSet<>();
    try (var paths = Files.walk(directory)) {
      for (Path path : paths.filter(Files::isRegularFile).toList()) {
        hashes.add(sha256(path));
      }
    }
    return hashes;
  }

  /** Path to inode number of everything below {@code root}. */
  static Map<String, Long> inodes(Path root) throws IOException {
    Map<String, Long> inodes = new TreeMap<>();
    try (var paths = Files.walk(root)) {
      paths.forEach(path -> {
        try {
          inodes.put(
              root.relativize(path).toString(),
              (Long) Files.getAttribute(path, "unix:ino", java.nio.file.LinkOption.NOFOLLOW_LINKS));
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      });
    }
    return inodes;
  }

  private static String mode(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  private static String sha256(Path file) throws IOException {
    try {
      return HexFormat.of()
          .formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
