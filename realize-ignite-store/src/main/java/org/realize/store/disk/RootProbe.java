package org.realize.store.disk;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import org.realize.sync.real.RootCapabilities;

/**
 * A probe of the abilities of a root's file system. It tries them in a directory of its own below
 * {@code .realize}, which it deletes again.
 */
public final class RootProbe {

  private static final String DIRECTORY = "probe";
  private static final int[] NAME_BYTES = {255, 143, 64};

  /** Odd in every unit down to the nanosecond. */
  private static final Instant MOMENT = Instant.ofEpochSecond(1_234_567_891L, 987_654_321L);

  private static final List<Long> GRAINS_NANOS =
      List.of(1L, 100L, 1_000L, 1_000_000L, 10_000_000L, 1_000_000_000L, 2_000_000_000L);

  private final Path directory;

  private RootProbe(Path directory) {
    this.directory = directory;
  }

  /**
   * What {@code root} can hold. Needs to write there; throws {@link IOException} when it cannot.
   */
  public static RootCapabilities probe(Path root) throws IOException {
    Path own = root.resolve(".realize");
    boolean made = !Files.isDirectory(own, LinkOption.NOFOLLOW_LINKS);
    Path directory = own.resolve(DIRECTORY);
    if (made) {
      Files.createDirectory(own);
    }
    remove(directory);
    Files.createDirectory(directory);
    try {
      RootProbe probe = new RootProbe(directory);
      return new RootCapabilities(
          probe.differ("case", "CASE"),
          probe.differ("n\u00e4me", "na\u0308me"),
          probe.keepsModes(),
          probe.timeGrainNanos(),
          probe.makesLinks(),
          probe.maxNameBytes());
    } finally {
      remove(directory);
      if (made) {
        Files.delete(own);
      }
    }
  }

  /**
   * What {@code root} can hold, as far as that can be tried: one that cannot be written, or is not
   * there, is taken for an ordinary Linux directory. Nothing of it is indexed before it is there.
   */
  public static RootCapabilities probeOrFull(Path root) {
    try {
      return probe(root);
    } catch (IOException refused) {
      return RootCapabilities.FULL;
    }
  }

  private boolean differ(String one, String other) throws IOException {
    Files.createFile(directory.resolve(one));
    return !Files.exists(directory.resolve(other), LinkOption.NOFOLLOW_LINKS);
  }

  private boolean keepsModes() throws IOException {
    Path file = Files.createFile(directory.resolve("mode"));
    try {
      for (String text : List.of("rwxr-x---", "rw-------")) {
        Set<PosixFilePermission> mode = PosixFilePermissions.fromString(text);
        Files.setPosixFilePermissions(file, mode);
        if (!Files.getPosixFilePermissions(file).equals(mode)) {
          return false;
        }
      }
      return true;
    } catch (FileSystemException | UnsupportedOperationException refused) {
      return false;
    }
  }

  private long timeGrainNanos() throws IOException {
    Path file = Files.createFile(directory.resolve("time"));
    Files.setLastModifiedTime(file, FileTime.from(MOMENT));
    Instant kept = Files.getLastModifiedTime(file, LinkOption.NOFOLLOW_LINKS).toInstant();
    long lost = Duration.between(kept, MOMENT).abs().toNanos();
    for (long grain : GRAINS_NANOS) {
      if (lost < grain) {
        return grain;
      }
    }
    return GRAINS_NANOS.getLast();
  }

  private boolean makesLinks() throws IOException {
    try {
      Files.createSymbolicLink(directory.resolve("link"), Path.of("target"));
      return true;
    } catch (FileSystemException | UnsupportedOperationException refused) {
      return false;
    }
  }

  private int maxNameBytes() throws IOException {
    for (int bytes : NAME_BYTES) {
      try {
        Files.createFile(directory.resolve("x".repeat(bytes)));
        return bytes;
      } catch (FileSystemException tooLong) {
        // A shorter one, then.
      }
    }
    return 8;
  }

  private static void remove(Path tree) throws IOException {
    if (Files.isDirectory(tree, LinkOption.NOFOLLOW_LINKS)) {
      try (var walk = Files.walk(tree)) {
        for (Path path : walk.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    }
  }
}
