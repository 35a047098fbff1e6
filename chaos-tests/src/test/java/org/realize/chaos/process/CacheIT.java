package org.realize.chaos.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.realize.nima.control.ArenaStatus;
import org.realize.sync.port.CacheReport;

/** A cache with limits: real daemons, a real mount, a real disk. */
@Timeout(300)
class CacheIT {

  private static final Duration SOON = Duration.ofSeconds(60);
  private static final int FILES = 24;
  private static final int FILE_BYTES = 1 << 20;
  private static final long MAX_BYTES = 8L << 20;

  @TempDir private Path base;

  private static byte[] bytes(int seed, int length) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  @Test
  void cache_smallerThanWhatIsRead_holdsItsLimitAndReadsEverything() throws Exception {
    try (Household household = new Household(base)) {
      NodeProcess source = household.listening("source");
      NodeProcess viewer = household.deaf("viewer");
      household.introduce(viewer, source);
      Path root = household.root("source");
      Path shown = household.mount("viewer").resolve("docs");
      for (int n = 0; n < FILES; n++) {
        Files.write(root.resolve("f" + n), bytes(n, FILE_BYTES));
      }
      Files.write(root.resolve("large"), bytes(99, 5 << 20));
      household.share(source, "docs", Optional.of(root));
      household.share(viewer, "docs", Optional.empty());
      limit(viewer);
      household.startAll();
      await().atMost(SOON).until(() -> Files.exists(shown.resolve("large")));
      await().atMost(SOON).until(() -> viewer.arena("docs").files() == FILES + 1);

      for (int n = 0; n < FILES; n++) {
        assertThat(Files.readAllBytes(shown.resolve("f" + n))).isEqualTo(bytes(n, FILE_BYTES));
        assertThat(onDisk(viewer)).isLessThanOrEqualTo(MAX_BYTES);
      }
      await().atMost(SOON).until(() -> isAllCommitted(viewer));
      long before = viewer.arena("docs").cachedBytes();
      assertThat(Files.readAllBytes(shown.resolve("large"))).isEqualTo(bytes(99, 5 << 20));
      assertThat(viewer.arena("docs").cachedBytes()).isLessThanOrEqualTo(before + FILE_BYTES);

      assertThat(viewer.realize("fetch", "docs/large")).contains("fetched docs/large");
      // A block that came while all that was cached was open is listed until the next is cached.
      assertThat(viewer.arena("docs").findings()).isEmpty();
      assertThat(viewer.realize("fetch", shown.resolve("large").toString()))
          .contains("was here docs/large");
      assertThat(onDisk(viewer)).isLessThanOrEqualTo(MAX_BYTES);
      viewer.kill();
      viewer.start();
      source.stop();
      assertThat(Files.readAllBytes(shown.resolve("large"))).isEqualTo(bytes(99, 5 << 20));
      CacheReport report = viewer.arena("docs").cache();
      assertThat(report.usedBytes()).isLessThanOrEqualTo(MAX_BYTES);
      assertThat(viewer.realize("cache", "show")).contains("docs", "large");

      assertThat(viewer.realize("doctor")).contains("cache: files, table and limits agree");
      Path lost = cut(viewer);
      assertThatThrownBy(() -> viewer.realize("doctor"))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("wrong cache: arena docs: blob")
          .hasMessageContaining("its file " + lost.getFileName() + " is short");

      source.start();
      await().atMost(SOON).until(() -> viewer.status().peers().getFirst().connected());
      damage(viewer);
      assertThatThrownBy(() -> viewer.realize("verify", "docs"))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("damaged docs/");
      assertThat(viewer.realize("verify", "docs")).containsPattern("sound [1-9][0-9]* files");
      assertThat(viewer.realize("evict", "docs/large")).contains("evicted docs/large");
      assertThat(viewer.realize("evict", "docs/large")).contains("was not here docs/large");
      for (int n = 0; n < FILES; n++) {
        assertThat(Files.readAllBytes(shown.resolve("f" + n))).isEqualTo(bytes(n, FILE_BYTES));
      }
    }
  }

  /** Gives the arena, which is the last table of the file, a limit. */
  private static void limit(NodeProcess node) throws IOException {
    Path file = node.directory().resolve("realize.toml");
    Files.writeString(
        file, "cache = { max = \"8 MiB\", leave = \"0%\" }\n", StandardOpenOption.APPEND);
  }

  /** True once all that the files take, which are whole blocks, is committed. */
  private static boolean isAllCommitted(NodeProcess node) throws Exception {
    ArenaStatus arena = node.arena("docs");
    return arena.cachedBytes() == arena.cache().usedBytes();
  }

  private static Path blobs(NodeProcess node) throws IOException {
    try (Stream<Path> found = Files.walk(node.directory(), 4)) {
      return found.filter(path -> path.endsWith("blobs")).findFirst().orElseThrow();
    }
  }

  /** What the blobs take, in blocks. */
  private static long onDisk(NodeProcess node) throws IOException {
    Process find =
        new ProcessBuilder("find", blobs(node).toString(), "-type", "f", "-printf", "%b\\n")
            .start();
    try (BufferedReader blocks = find.inputReader(StandardCharsets.UTF_8)) {
      return blocks.lines().mapToLong(line -> 512 * Long.parseLong(line)).sum();
    }
  }

  /** Truncates a cached file that nobody has open, behind the daemon's back. */
  private static Path cut(NodeProcess node) throws IOException {
    try (Stream<Path> files = Files.walk(blobs(node))) {
      Path file =
          files.filter(path -> path.toFile().length() == FILE_BYTES).findFirst().orElseThrow();
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
        channel.truncate(1_000);
      }
      return file;
    }
  }

  /** Flips bits in every cached file, behind the daemon's back. */
  private static void damage(NodeProcess node) throws IOException {
    try (Stream<Path> files = Files.walk(blobs(node))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        try (FileChannel channel =
            FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
          ByteBuffer one = ByteBuffer.allocate(1);
          channel.read(one, 1_000);
          one.put(0, (byte) (one.get(0) ^ 1)).clear();
          channel.write(one, 1_000);
        }
      }
    }
  }
}
