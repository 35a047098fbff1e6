package org.realize.chaos.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills either daemon again and again while the source changes and the mount is read. {@code
 * -Drealize.kills=N} and {@code -Drealize.seed=S} choose how often and which way.
 */
class KillIT {

  private static final int FILES = 200;

  @TempDir private Path base;

  @Test
  void kill9_atRandomPoints_endsWithEqualTreesAndNoInodeTwice() throws Exception {
    int kills = Integer.getInteger("realize.kills", 10);
    long seed = Long.getLong("realize.seed", 20_261_122L);
    Random random = new Random(seed);
    try (Household household = new Household(base)) {
      Node source = household.listening("source");
      Node viewer = household.deaf("viewer");
      household.introduce(viewer, source);
      Path root = household.root("source");
      Path shown = household.mount("viewer").resolve("docs");
      source.realize("arena", "add", "docs", "--root", root.toString());
      viewer.realize("arena", "add", "docs");
      for (int i = 0; i < FILES; i++) {
        change(root, random);
      }
      household.startAll();
      AtomicBoolean reading = new AtomicBoolean(true);
      Thread reader = Thread.ofPlatform().start(() -> read(shown, reading, seed));
      try {
        for (int kill = 0; kill < kills; kill++) {
          for (int i = random.nextInt(20); i >= 0; i--) {
            change(root, random);
          }
          Node victim = random.nextBoolean() ? source : viewer;
          victim.runFor(Duration.ofMillis(random.nextInt(1500)));
          victim.kill();
          victim.start();
        }
      } finally {
        reading.set(false);
        reader.join();
      }
      await("trees are equal after " + kills + " kills, seed " + seed)
          .atMost(Duration.ofMinutes(2))
          // Until the two are connected again, what is not cached cannot be read.
          .ignoreExceptionsInstanceOf(IOException.class)
          .untilAsserted(() -> assertThat(Trees.describe(shown)).isEqualTo(Trees.describe(root)));
      Map<String, Long> inodes = Trees.inodes(shown);
      assertThat(new HashSet<>(inodes.values())).as("seed %d", seed).hasSameSizeAs(inodes.values());
      source.kill();
      viewer.kill();
      viewer.start();
      assertThat(Trees.describe(shown)).as("cached, offline").isEqualTo(Trees.describe(root));
      assertThat(Trees.inodes(shown)).as("the same inodes").isEqualTo(inodes);
    }
  }

  private static void change(Path root, Random random) throws IOException {
    Path directory = Files.createDirectories(root.resolve("d" + random.nextInt(5)));
    Path file = directory.resolve("f" + random.nextInt(60));
    switch (random.nextInt(6)) {
      case 0 -> Files.deleteIfExists(file);
      case 1 -> {
        if (Files.exists(file)) {
          Path target = directory.resolve("f" + random.nextInt(60));
          Files.move(file, target, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        }
      }
      default -> {
        byte[] content = new byte[random.nextInt(400_000)];
        random.nextBytes(content);
        Files.write(file, content);
      }
    }
  }

  /** Reads whatever is there; failures are expected while a daemon is down. */
  private static void read(Path shown, AtomicBoolean reading, long seed) {
    Random random = new Random(seed + 1);
    long bytes = 0;
    while (reading.get()) {
      Path file = shown.resolve("d" + random.nextInt(5)).resolve("f" + random.nextInt(60));
      try {
        bytes += Files.readAllBytes(file).length;
      } catch (IOException e) {
        Thread.onSpinWait();
      }
    }
    System.out.println("read " + bytes + " bytes while daemons were killed");
  }
}
