package org.realize.chaos.process;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.realize.nima.config.ConfigurationFile;

/** Files that change while they are read, with real daemons and mounts. Needs root, /dev/fuse. */
@Timeout(300)
class ChangingFilesIT {

  private static final Duration SOON = Duration.ofSeconds(60);

  @TempDir private Path base;

  private static byte[] random(int bytes, long seed) {
    byte[] content = new byte[bytes];
    new Random(seed).nextBytes(content);
    return content;
  }

  private static void assertBeginning(byte[] shown, byte[] whole) {
    assertThat(shown).isNotEmpty().isEqualTo(Arrays.copyOf(whole, shown.length));
  }

  @Test
  void log_appendedToAllTheTime_staysReadableOnBothPeers() throws Exception {
    try (Household household = new Household(base);
        ScheduledExecutorService program = Executors.newSingleThreadScheduledExecutor()) {
      NodeProcess source = household.listening("source");
      NodeProcess viewer = household.deaf("viewer");
      household.introduce(viewer, source);
      Path log = household.root("source").resolve("log");
      Files.write(log, random(400_000, 1));
      household.share(source, "docs", Optional.of(household.root("source")));
      household.share(viewer, "docs", Optional.empty());
      household.startAll();
      Path there = household.mount("source").resolve("docs/log");
      Path shown = household.mount("viewer").resolve("docs/log");
      await().atMost(SOON).until(() -> Files.exists(shown));

      Random lines = new Random(2);
      Future<?> appending =
          program.scheduleAtFixedRate(() -> append(log, lines), 0, 500, TimeUnit.MILLISECONDS);
      await().atMost(SOON).until(() -> Files.size(log) > 400_000);
      await()
          .atMost(SOON)
          .pollInterval(Duration.ofSeconds(1))
          .during(Duration.ofSeconds(15))
          .untilAsserted(() -> {
            long atLeast = Files.size(log);
            byte[] here = Files.readAllBytes(there);
            byte[] elsewhere = Files.readAllBytes(shown);
            byte[] whole = Files.readAllBytes(log);
            assertThat(here.length).isGreaterThanOrEqualTo((int) atLeast);
            assertBeginning(here, whole);
            assertThat(elsewhere.length).isGreaterThanOrEqualTo(400_000);
            assertBeginning(elsewhere, whole);
          });
      assertThat(appending.cancel(false)).isTrue();
    }
  }

  /** The default debounce is 3 s, and the file is large: it is not indexed while this looks. */
  @Test
  void largeFile_appendedTo_hasItsSizeAndItsEndWithinASecond_inBothDrivers() throws Exception {
    try (Household household = new Household(base)) {
      NodeProcess kernel = household.listening("kernel");
      NodeProcess library = household.listening("library");
      ConfigurationFile file = ConfigurationFile.in(library.directory());
      Files.writeString(
          file.path(),
          Files.readString(file.path())
              .replaceFirst("mount = (.*)\\n", "mount = { path = $1, driver = \"libfuse\" }\n"));
      byte[] bytes = random(64 << 20, 3);
      for (NodeProcess node : List.of(kernel, library)) {
        Path root = household.root(node.name());
        Files.write(root.resolve("film"), bytes);
        household.share(node, "docs", Optional.of(root));
      }
      household.startAll();
      for (NodeProcess node : List.of(kernel, library)) {
        Path film = household.root(node.name()).resolve("film");
        Path shown = household.mount(node.name()).resolve("docs/film");
        await().atMost(SOON).until(() -> node.arena("docs").bytes() == bytes.length);
        assertThat(Files.size(shown)).isEqualTo(bytes.length); // and the kernel keeps that
        try (FileChannel held = FileChannel.open(shown)) {
          for (int round = 1; round <= 3; round++) {
            Files.write(film, ("end " + round).getBytes(US_ASCII), StandardOpenOption.APPEND);
            long size = Files.size(film);
            long begin = System.nanoTime();
            await()
                .pollInterval(Duration.ofMillis(20))
                .atMost(Duration.ofSeconds(1))
                .until(() -> Files.size(shown) == size && held.size() == size);
            assertThat(node.arena("docs").bytes()).as("not indexed yet").isEqualTo(bytes.length);
            assertThat(System.nanoTime() - begin).isLessThan(3_000_000_000L);
            try (FileChannel read = FileChannel.open(shown)) {
              ByteBuffer end = ByteBuffer.allocate(100);
              read.read(end, size - 5);
              assertThat(new String(end.array(), 0, end.position(), US_ASCII))
                  .isEqualTo("end " + round);
            }
          }
          await().atMost(SOON).until(() -> node.arena("docs").bytes() == bytes.length + 15);
          assertThat(Files.size(shown)).isEqualTo(bytes.length + 15);
          if (node.equals(kernel)) {
            assertThat(held.size())
                .as("of the file that was replaced")
                .isEqualTo(bytes.length + 15);
          }
        }
      }
    }
  }

  private static void append(Path log, Random lines) {
    byte[] line = new byte[100];
    lines.nextBytes(line);
    try {
      Files.write(log, line, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void largeFile_modeLinksAndTimesChanged_isReadableThroughout() throws Exception {
    try (Household household = new Household(base)) {
      NodeProcess source = household.listening("source");
      NodeProcess viewer = household.deaf("viewer");
      household.introduce(viewer, source);
      Path film = household.root("source").resolve("film");
      byte[] bytes = random(64 << 20, 3);
      Files.write(film, bytes);
      household.share(source, "docs", Optional.of(household.root("source")));
      household.share(viewer, "docs", Optional.empty());
      household.startAll();
      Path there = household.mount("source").resolve("docs/film");
      Path shown = household.mount("viewer").resolve("docs/film");
      await().atMost(SOON).until(() -> Files.exists(shown));

      Files.setPosixFilePermissions(film, PosixFilePermissions.fromString("rw-rw----"));
      assertThat(there).hasBinaryContent(bytes);
      Files.createLink(film.resolveSibling("second"), film);
      assertThat(shown).hasBinaryContent(bytes);
      Files.setLastModifiedTime(film, java.nio.file.attribute.FileTime.fromMillis(1_000_000));
      assertThat(there).hasBinaryContent(bytes);
      viewer.realize("evict", "docs/film");
      assertThat(shown).hasBinaryContent(bytes);
    }
  }
}
