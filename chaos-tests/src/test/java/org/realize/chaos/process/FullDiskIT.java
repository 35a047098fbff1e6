package org.realize.chaos.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.realize.nima.control.HouseholdStatus;

/**
 * Daemons whose disks are full, or stall: state, cache and root, each on an ext4 image of its own.
 * Needs root. {@code -Drealize.stall=SECONDS} chooses how long a disk stalls, {@code
 * -Drealize.kills=N} and {@code -Drealize.seed=S} how often a daemon is killed on a full one.
 */
class FullDiskIT {

  private static final int FILES = 60;

  /** Each listing reads all files twice, and takes the processors from the daemons. */
  private static final Duration BETWEEN_LISTINGS = Duration.ofMillis(500);

  @TempDir private Path base;

  private final List<Path> mounted = new ArrayList<>();
  private Household household;
  private NodeProcess source;
  private NodeProcess viewer;
  private Path root;
  private Path shown;

  @BeforeEach
  void make() throws Exception {
    household = new Household(base);
    source = household.listening("source");
    viewer = household.deaf("viewer");
    household.introduce(viewer, source);
    root = household.root("source");
    shown = household.mount("viewer").resolve("docs");
    for (int i = 0; i < FILES; i++) {
      save(root, "f" + i, i);
    }
  }

  @AfterEach
  void unmount() throws Exception {
    try {
      household.close();
    } finally {
      for (Path each : mounted.reversed()) {
        run("fsfreeze", "-u", each.toString());
        run("umount", each.toString());
      }
    }
  }

  private static int run(String... words) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(words)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("%s", List.of(words)).isTrue();
    return process.exitValue();
  }

  /** Gives a directory an ext4 file system of its own. */
  private Path image(Path directory, int mebibytes) throws Exception {
    Path image = base.resolve("image" + mounted.size());
    assertThat(run("truncate", "-s", mebibytes + "M", image.toString())).isZero();
    assertThat(run("mkfs.ext4", "-q", "-m", "0", image.toString())).isZero();
    Files.createDirectories(directory);
    assertThat(run("mount", "-o", "loop", image.toString(), directory.toString())).isZero();
    mounted.add(directory);
    Files.delete(directory.resolve("lost+found"));
    return directory;
  }

  private Path viewersState(int mebibytes) throws Exception {
    return image(viewer.directory().resolve("state"), mebibytes);
  }

  private static void save(Path directory, String name, int number) throws IOException {
    Files.writeString(directory.resolve(name), ("content " + number + "\n").repeat(200));
  }

  /** Takes all the room there is, and returns the file that has it. */
  private static Path fill(Path disk) throws IOException {
    Path file = disk.resolve("fill");
    for (int size = 1 << 20; size > 0; size >>= 8) {
      byte[] bytes = new byte[size];
      try (OutputStream out =
          Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
        while (true) {
          out.write(bytes);
        }
      } catch (IOException full) {
        assertThat(full).hasMessage("No space left on device");
      }
    }
    return file;
  }

  private void shareAll() throws Exception {
    household.share(source, "docs", Optional.of(root), Household.QUICK);
    household.share(viewer, "docs", Optional.empty(), Household.QUICK, "guard = \"off\"");
  }

  private void awaitShown() {
    await()
        .atMost(Duration.ofMinutes(2))
        .pollInterval(BETWEEN_LISTINGS)
        .ignoreExceptionsInstanceOf(IOException.class)
        .untilAsserted(() -> assertThat(Trees.describe(shown)).isEqualTo(Trees.describe(root)));
  }

  /** What is not in the cache is read once the source is connected again. */
  private void awaitRead(String name, String begin) {
    await()
        .atMost(Duration.ofSeconds(60))
        .ignoreExceptionsInstanceOf(IOException.class)
        .untilAsserted(() -> assertThat(Files.readString(shown.resolve(name))).startsWith(begin));
  }

  private static String disk(NodeProcess node) throws IOException {
    HouseholdStatus status = node.status();
    return String.valueOf(status.disk());
  }

  private static void awaitFull(NodeProcess node, boolean isFull) {
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() -> {
          if (isFull) {
            assertThat(disk(node)).contains("is full: changes wait, reads and the mount go on");
          } else {
            assertThat(disk(node)).doesNotContain("is full");
          }
        });
  }

  /** Neither the libraries nor the JVM speak to the user. */
  private static void checkLog(NodeProcess node) throws IOException {
    assertThat(Files.readString(node.log()))
        .doesNotContainIgnoringCase("ignite")
        .doesNotContain("o.a.i")
        .doesNotContain("Exception")
        .doesNotContain("its store failed");
    assertThat(node.directory().resolve("daemon.out")).hasContent("ready\n");
  }

  private static long count(NodeProcess node, String text) throws IOException {
    return Files.readString(node.log()).lines().filter(line -> line.contains(text)).count();
  }

  @Test
  void stateFillsWhileIdle_readsGoOn_killsAreSurvived_andItContinuesByItself() throws Exception {
    Path state = viewersState(192);
    shareAll();
    household.startAll();
    awaitShown();
    Path fill = fill(state);
    awaitFull(viewer, true);
    Map<String, String> before = Trees.describe(root);
    Set<String> withNew = new HashSet<>(before.keySet());
    withNew.addAll(List.of("", "later"));
    save(root, "later", 1);
    save(root, "f1", 1000);
    viewer.runFor(Duration.ofSeconds(15));
    assertThat(Files.exists(shown.resolve("later"))).isFalse();
    assertThat(Trees.describe(shown).keySet()).isEqualTo(before.keySet());
    assertThat(Files.readString(shown.resolve("f2"))).startsWith("content 2");
    for (int kill = 0; kill < 3; kill++) {
      viewer.kill();
      viewer.start();
      awaitFull(viewer, true);
      assertThat(Trees.inodes(shown).keySet())
          .containsAll(before.keySet())
          .isSubsetOf(withNew); // a start may find room for what came meanwhile
      awaitRead("f3", "content 3");
    }
    assertThat(viewer.stop()).isZero();
    viewer.start();
    awaitRead("f3", "content 3");
    assertThat(count(viewer, "WARN") - count(viewer, "is full: changes wait")).isLessThan(30);
    Files.delete(fill);
    awaitFull(viewer, false);
    awaitShown();
    assertThat(viewer.stop()).isZero();
    checkLog(viewer);
  }

  @Test
  void stateFillsUnderLoad_killsLoseNothingThatWasShown() throws Exception {
    int kills = Integer.getInteger("realize.kills", 4);
    SplittableRandom random = new SplittableRandom(Long.getLong("realize.seed", 20_261_128L));
    Path state = viewersState(192);
    shareAll();
    household.startAll();
    awaitShown();
    AtomicBoolean saving = new AtomicBoolean(true);
    Thread user = Thread.ofPlatform().start(() -> saveWhile(saving));
    try {
      for (int kill = 0; kill < kills; kill++) {
        viewer.runFor(Duration.ofMillis(random.nextInt(1500)));
        Path fill = fill(state);
        viewer.runFor(Duration.ofMillis(random.nextInt(4000)));
        List<Path> names = Trees.inodes(shown).keySet().stream().map(shown::resolve).toList();
        viewer.kill();
        viewer.start();
        assertThat(names).allSatisfy(name -> assertThat(Files.exists(name)).isTrue());
        Files.delete(fill);
        awaitFull(viewer, false);
      }
    } finally {
      saving.set(false);
      user.join();
    }
    awaitShown();
    assertThat(viewer.stop()).isZero();
    checkLog(viewer);
  }

  private void saveWhile(AtomicBoolean saving) {
    try {
      for (int i = 0; saving.get(); i++) {
        save(root, "load" + i % 2_000, i);
        LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void stateOfTheSourceFills_whatIsSavedThenIsIndexedOnceThereIsRoom() throws Exception {
    Path state = image(source.directory().resolve("state"), 192);
    shareAll();
    household.startAll();
    awaitShown();
    Path fill = fill(state);
    awaitFull(source, true);
    save(root, "later", 1);
    Files.delete(root.resolve("f0"));
    source.runFor(Duration.ofSeconds(15));
    assertThat(Files.readString(shown.resolve("f5"))).startsWith("content 5");
    source.kill();
    save(root, "meanwhile", 1);
    source.start();
    source.runFor(Duration.ofSeconds(5));
    Files.delete(fill);
    awaitFull(source, false);
    awaitShown();
    assertThat(source.stop()).isZero();
    checkLog(source);
  }

  @Test
  void cacheFills_bytesAreReadUncached_andCachedOnceThereIsRoom() throws Exception {
    Path blobs = image(viewer.directory().resolve("state").resolve("blobs"), 64);
    shareAll();
    household.startAll();
    Path fill = fill(blobs);
    awaitShown();
    assertThat(viewer.arena("docs").cachedBytes()).isZero();
    Files.delete(fill);
    assertThat(viewer.stop()).isZero();
    viewer.start(); // the kernel's own cache is gone with the mount
    awaitShown();
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() -> assertThat(viewer.arena("docs").cachedBytes()).isPositive());
    checkLog(viewer);
  }

  @Test
  void rootFills_filesWait_andAreMadeOnceThereIsRoom() throws Exception {
    Path own = image(base.resolve("viewer-root"), 64);
    household.share(source, "docs", Optional.of(root), Household.QUICK);
    household.share(viewer, "docs", Optional.of(own), Household.QUICK);
    Path fill = fill(own);
    household.startAll();
    viewer.runFor(Duration.ofSeconds(10));
    awaitRead("f5", "content 5");
    Files.delete(fill);
    await()
        .atMost(Duration.ofMinutes(2))
        .ignoreExceptionsInstanceOf(IOException.class)
        .untilAsserted(
            () -> assertThat(Files.readString(own.resolve("f59"))).startsWith("content 59"));
    assertThat(viewer.stop()).isZero();
    checkLog(viewer);
  }

  @Test
  void stateStalls_isWaitedFor() throws Exception {
    Path state = viewersState(192);
    shareAll();
    household.startAll();
    awaitShown();
    assertThat(run("fsfreeze", "-f", state.toString())).isZero();
    save(root, "later", 1);
    viewer.runFor(Duration.ofSeconds(Integer.getInteger("realize.stall", 15)));
    assertThat(Files.readString(shown.resolve("f2"))).startsWith("content 2");
    assertThat(run("fsfreeze", "-u", state.toString())).isZero();
    awaitShown();
    assertThat(viewer.stop()).isZero();
    checkLog(viewer);
  }
}
