package org.realize.chaos.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.realize.store.disk.LocalDisk;
import org.realize.store.disk.SystemTimeSource;
import org.realize.sync.index.Hashers;
import org.realize.sync.index.Indexer;
import org.realize.sync.index.NoChangeSource;
import org.realize.sync.index.OwnFiles;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.Finding;
import org.realize.sync.real.Ownership;
import org.realize.sync.real.Places;
import org.realize.sync.real.Real;
import org.realize.sync.real.RootCapabilities;
import org.realize.sync.testing.MemoryGlobalStore;

/** A root in which the server of a FUSE mount has died. Needs root and /dev/fuse. */
@Timeout(60)
class DeadMountIT {

  @TempDir private Path root;

  private static void run(String command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder("bash", "-c", command).inheritIO().start();
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).as(command).isTrue();
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
    Indexer indexer =
        new Indexer(
            new Indexer.Root(
                new Real(new LocalDisk(root), RootCapabilities.FULL, store, time),
                new Places(
                    new LocalDisk(root),
                    store,
                    new Ownership(store.arena(), global, "here"),
                    time,
                    new Random(2)),
                new NoChangeSource("not watched here"),
                List.of(),
                OwnFiles.NONE),
            store,
            global,
            time,
            Hashers.inline());
    Indexer.Outcome outcome = indexer.scan();

    assertThat(outcome.paused()).containsExactly(RelativePath.of("dead"));
    assertThat(
            store.<List<String>>read(
                reader -> List.copyOf(reader.children(RelativePath.ROOT).keySet())))
        .containsExactly("a", "d");
    List<Finding> findings = store.read(reader -> reader.findings(10));
    assertThat(findings.stream().collect(Collectors.toMap(Finding::subject, Finding::cause)))
        .containsOnlyKeys("dead")
        .hasEntrySatisfying("dead", cause -> assertThat(cause).contains("not connected"));
  }
}
