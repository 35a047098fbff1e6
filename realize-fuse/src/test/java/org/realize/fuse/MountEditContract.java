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
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * The contract of edits through a mount of the twin, which lives in a process of its own. Needs
 * root, {@code /dev/fuse} and {@code fusermount3}.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class MountEditContract extends EditContract {

  private static final int TEST_SECONDS = 180;

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

  @Override
  EditedTree tree() {
    return tree;
  }
}
