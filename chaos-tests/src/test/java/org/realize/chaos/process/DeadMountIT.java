package org.realize.chaos.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.realize.store.disk.LocalDisk;
import org.realize.store.disk.SystemTimeSource;
import org.realize.sync.index.Indexer;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.real.Real;
import org.realize.sync.real.RootCapabilities;
import org.realize.sync.testing.IndexedDisk;
import org.realize.sync.testing.MemoryGlobalStore;

/** A root in which the server of a FUSE mount has died. Needs root and /dev/fuse. */
@Timeout(300)
class DeadMountIT {

  @TempDir private Path root;

  private static void run(String command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder("bash", "-c", command).inheritIO().start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).as(command).isTrue();
    assertThat(process.exitValue()).as(command).isZero();
  }

  @AfterEach
  void unmount() throws Exception {
    run("umount -l " + root.resolve("dead"));
  }

  @Test
  void scan_deadMountAmongNames_listsItAndIndexesTheOthers() throws Exception {
    Path dead = Files.createDirectory(root.resolve("dead"));
    Files.writeString(root.resolve("a"), "1");
    Files.createDirectory(root.resolve("d"));
    Files.writeString(root.resolve("d/b"), "1");
    run(
        "exec 3<>/dev/fuse; mount -i -t fuse"
            + " -o fd=3,rootmode=40000,user_id=0,group_id=0 dead "
            + dead);

    MemoryGlobalStore global = new MemoryGlobalStore(new Random(1));
    ArenaStore store = global.arena(new ArenaName("photos"));
    SystemTimeSource time = new SystemTimeSource();
    IndexedDisk index =
        IndexedDisk.start(
            new Real(new LocalDisk(root), RootCapabilities.FULL, store, time), store, global, time);
    Indexer.IndexOutcome outcome = index.indexer().scan();

    assertThat(outcome.paused()).containsExactly(RelativePath.of("dead"));
    assertThat(
            store.<List<String>>read(
                reader -> List.copyOf(reader.children(RelativePath.ROOT).keySet())))
        .containsExactly("a", "d");
    assertThat(index.findings())
        .containsOnlyKeys("dead")
        .hasEntrySatisfying("dead", cause -> assertThat(cause).contains("not connected"));
  }
}
