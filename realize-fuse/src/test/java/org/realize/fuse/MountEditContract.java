package org.realize.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * The contract of edits through a mount of the twin, which lives in a process of its own. Needs
 * root, {@code /dev/fuse} and {@code fusermount3}.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class MountEditContract extends EditContract {

  private static final long TEST_SECONDS = 180 + Long.getLong("posix.calls", 0) / 500;

  MountChild mount;
  private SystemTree tree;
  private final ScheduledExecutorService watchdog = Executors.newSingleThreadScheduledExecutor();
  private ScheduledFuture<?> bite;

  abstract Driver driver();

  @BeforeAll
  void mount(@TempDir Path folder) throws IOException {
    Path point = Files.createDirectories(folder.resolve("mount"));
    mount = MountChild.startEdited(point, driver()).mounted();
    tree = new SystemTree(point);
    Posix.CALLS.umask(022);
  }

  @AfterAll
  void unmount() throws IOException {
    watchdog.shutdownNow();
    mount.close();
  }

  @BeforeEach
  void watch() {
    bite = watchdog.schedule(mount::kill, TEST_SECONDS, TimeUnit.SECONDS);
  }

  @AfterEach
  void unwatch() {
    bite.cancel(false);
  }

  @AfterEach
  void noHandleIsLeft() {
    Awaitility.await()
        .pollDelay(Duration.ZERO)
        .untilAsserted(() -> assertThat(mount.tell("opened")).as("open files").isEqualTo("0"));
  }

  /**
   * Makes random calls on the mount and a plain directory: few here, as many as the property {@code
   * posix.calls} says in a long run, whose seed may be given as {@code posix.seed}.
   */
  @Test
  void calls_atRandom_areAnsweredAsOnAPlainDirectory(@TempDir Path folder) throws IOException {
    long seed = Long.getLong("posix.seed", System.nanoTime());
    long calls = Long.getLong("posix.calls", 5000);
    System.out.println("random calls with seed " + seed);
    SystemTree tested = new SystemTree(tree.root().resolve("machine"));
    SystemTree plain = new SystemTree(folder.resolve("machine"));
    Files.createDirectory(tested.root());
    Files.createDirectory(plain.root());
    boolean renamesByKind = abilities().contains(Ability.RENAME_KINDS);
    try (PosixMachine machine = new PosixMachine(tested, plain, renamesByKind, seed)) {
      machine.run(calls);
    }
  }

  @Override
  EditedTree tree() {
    return tree;
  }
}
