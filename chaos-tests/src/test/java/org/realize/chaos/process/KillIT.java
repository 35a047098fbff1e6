package org.realize.chaos.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.realize.store.blob.SparseBlobStore;
import org.realize.store.disk.LocalDisk;
import org.realize.store.disk.SystemTimeSource;
import org.realize.store.global.IgniteGlobalStore;
import org.realize.store.journal.Durability;
import org.realize.sync.model.ArenaName;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.BlobStore;
import org.realize.sync.testing.BlobInvariants;

/**
 * Kills either daemon again and again while the source changes and the mount is read. {@code
 * -Drealize.kills=N} and {@code -Drealize.seed=S} choose how often and which way.
 */
class KillIT {

  private static final int FILES = 200;

  /** The cache is held against its hashes after every so many kills. */
  private static final int CHECK_EVERY = 5;

  @TempDir private Path base;

  @Test
  void kill9_atRandomPoints_endsWithEqualTreesAndNoInodeTwice() throws Exception {
    int kills = Integer.getInteger("realize.kills", 12);
    long seed = Long.getLong("realize.seed", 20_261_122L);
    Random random = new Random(seed);
    try (Household household = new Household(base)) {
      NodeProcess source = household.listening("source");
      NodeProcess viewer = household.deaf("viewer");
      household.introduce(viewer, source);
      Path root = household.root("source");
      Path shown = household.mount("viewer").resolve("docs");
      household.share(source, "docs", Optional.of(root), Household.QUICK);
      household.share(viewer, "docs", Optional.empty(), Household.QUICK);
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
          NodeProcess victim = random.nextBoolean() ? source : viewer;
          victim.runFor(Duration.ofMillis(random.nextInt(1500)));
          victim.kill();
          if (victim.equals(viewer) && kill % CHECK_EVERY == 0) {
            checkBlobs(viewer);
          }
          victim.start();
        }
      } finally {
        reading.set(false);
        reader.join();
      }
      await("trees are equal after " + kills + " kills, seed " + seed)
          .atMost(Duration.ofMinutes(2))
          .pollInterval(Duration.ofMillis(500)) // each time all files are read twice
          // Until the two are connected again, what is not cached cannot be read.
          .ignoreExceptionsInstanceOf(IOException.class)
          .untilAsserted(() -> {
            confirmHeld(viewer);
            assertThat(Trees.describe(shown)).isEqualTo(Trees.describe(root));
          });
      Map<String, Long> inodes = Trees.inodes(shown);
      assertThat(new HashSet<>(inodes.values())).as("seed %d", seed).hasSameSizeAs(inodes.values());
      // What was read in the last second is not yet the cache's; an ordered end makes it so.
      viewer.stop();
      viewer.start();
      source.kill();
      viewer.kill();
      viewer.start();
      assertThat(Trees.describe(shown)).as("cached, offline").isEqualTo(Trees.describe(root));
      assertThat(Trees.inodes(shown)).as("the same inodes").isEqualTo(inodes);
      viewer.kill();
      checkBlobs(viewer);
    }
  }

  /** So much is replaced that the viewer holds some of it until its user agrees. */
  private static void confirmHeld(NodeProcess viewer) throws Exception {
    if (viewer.arena("docs").counts().held() > 0) {
      viewer.realize("arena", "confirm", "docs");
    }
  }

  /** Opens the stopped viewer's state as a daemon would, and verifies every committed range. */
  private static void checkBlobs(NodeProcess viewer) throws Exception {
    Path state = viewer.directory().resolve("state");
    IgniteGlobalStore.GlobalStoreSettings settings =
        new IgniteGlobalStore.GlobalStoreSettings(Durability.OS, 128L << 20, 4L << 20);
    RandomGenerator random = RandomGenerator.of("L64X128MixRandom");
    try (IgniteGlobalStore global =
        IgniteGlobalStore.open(state.resolve("store"), settings, random, cause -> {})) {
      ArenaStore store = global.arena(new ArenaName("docs"));
      long inode = store.read(ArenaReader::root).value();
      Path blobs = state.resolve("blobs").resolve(Long.toString(inode));
      try (BlobStore opened =
          SparseBlobStore.open(store, new LocalDisk(blobs), blobs, new SystemTimeSource())) {
        opened.step();
        new BlobInvariants(store, opened).check();
      }
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
        // A daemon that is not there answers at once, and its start needs both cores.
        LockSupport.parkNanos(5_000_000);
      }
    }
    System.out.println("read " + bytes + " bytes while daemons were killed");
  }
}
