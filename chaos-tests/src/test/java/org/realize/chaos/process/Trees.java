package org.realize.chaos.process;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
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
import org.jspecify.annotations.Nullable;

/**
 * A comparison of two directories as a person would make it: names, kinds, modes, link targets and
 * bytes. Of a tree that changes meanwhile, names that are gone when they are looked at are left
 * out.
 */
final class Trees {

  private Trees() {}

  /** A look at one name. */
  private interface NameLook {
    void at(Path path, BasicFileAttributes attributes) throws IOException;
  }

  /** Path to a line that says it all; the root's {@code .realize} left out. */
  static Map<String, String> describe(Path root) throws IOException {
    Map<String, String> lines = new TreeMap<>();
    walk(
        root,
        root.resolve(".realize"),
        (path, attributes) -> {
          if (!path.equals(root)) {
            lines.put(root.relativize(path).toString(), line(path, attributes));
          }
        });
    return lines;
  }

  private static String line(Path path, BasicFileAttributes attributes) throws IOException {
    if (attributes.isDirectory()) {
      return "directory " + mode(path);
    }
    return attributes.isSymbolicLink()
        ? "link " + Files.readSymbolicLink(path)
        : "file " + mode(path) + " " + attributes.size() + " " + sha256(path);
  }

  /** Hashes of all files below a directory, the root's {@code .realize} included. */
  static Set<String> contents(Path directory) throws IOException {
    Set<String> hashes = new TreeSet<>();
    walk(
        directory,
        null,
        (path, attributes) -> {
          if (attributes.isRegularFile()) {
            hashes.add(sha256(path));
          }
        });
    return hashes;
  }

  /** Path to inode number of everything below {@code root}. */
  static Map<String, Long> inodes(Path root) throws IOException {
    Map<String, Long> inodes = new TreeMap<>();
    walk(
        root,
        null,
        (path, _) -> {
          Object inode = Files.getAttribute(path, "unix:ino", LinkOption.NOFOLLOW_LINKS);
          inodes.put(root.relativize(path).toString(), (Long) inode);
        });
    return inodes;
  }

  private static void walk(Path root, @Nullable Path leftOut, NameLook look) throws IOException {
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path path, BasicFileAttributes attributes)
              throws IOException {
            return path.equals(leftOut)
                ? FileVisitResult.SKIP_SUBTREE
                : visitFile(path, attributes);
          }

          @Override
          public FileVisitResult visitFile(Path path, BasicFileAttributes attributes)
              throws IOException {
            try {
              look.at(path, attributes);
              return FileVisitResult.CONTINUE;
            } catch (NoSuchFileException gone) {
              return visitFileFailed(path, gone);
            }
          }

          @Override
          public FileVisitResult visitFileFailed(Path path, IOException cause) throws IOException {
            if (path.equals(root) || !(cause instanceof NoSuchFileException)) {
              throw cause;
            }
            return FileVisitResult.CONTINUE;
          }
        });
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
