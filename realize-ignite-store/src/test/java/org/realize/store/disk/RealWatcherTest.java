package org.realize.store.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.realize.sync.delta.TreeHasher;
import org.realize.sync.index.HasherThreads;
import org.realize.sync.index.HintListener;
import org.realize.sync.index.Indexer;
import org.realize.sync.index.NoChangeSource;
import org.realize.sync.index.OwnFiles;
import org.realize.sync.index.RealWatcher;
import org.realize.sync.index.RealWatcher.Timing;
import org.realize.sync.loop.Loops;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.Content;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.ChangeSource;
import org.realize.sync.port.Finding;
import org.realize.sync.port.PathState;
import org.realize.sync.real.Ownership;
import org.realize.sync.real.Places;
import org.realize.sync.real.Real;
import org.realize.sync.real.RootCapabilities;
import org.realize.sync.testing.MemoryGlobalStore;

/** The whole way from a real directory, by inotify, to the index. */
class RealWatcherTest {

  private static final ArenaName ARENA = new ArenaName("watched");
  private static final Duration WAIT = Duration.ofSeconds(60);
  private static final Duration RARELY = Duration.ofMinutes(10);
  private static final Timing QUICK =
      new Timing(
          Duration.ofMillis(100),
          Duration.ofMillis(100),
          Duration.ofSeconds(1),
          Duration.ofMillis(200),
          RARELY,
          RARELY);

  @TempDir Path root;
  private @Nullable LocalDisk disk;
  private final MemoryGlobalStore global = new MemoryGlobalStore(new Random(1));
  private final ArenaStore store = global.arena(ARENA);
  private final HasherThreads hashers = new HasherThreads(2);
  private final Unindexed unindexed = new Unindexed();
  private @Nullable RealWatcher watcher;

  /** The names that were touched and are not known to be indexed since. */
  private static final class Unindexed implements HintListener {
    private final Map<RelativePath, Long> names = new ConcurrentHashMap<>();
    private final AtomicInteger touches = new AtomicInteger();

    @Override
    public void touched(Set<RelativePath> touched, long number) {
      touches.incrementAndGet();
      touched.forEach(name -> names.put(name, number));
    }

    @Override
    public void indexed(long number) {
      names.values().removeIf(last -> last <= number);
    }
  }

  private RealWatcher start(ChangeSource changes, Timing timing) throws RealizeException {
    SystemTimeSource time = new SystemTimeSource();
    LocalDisk disk = new LocalDisk(root);
    this.disk = disk;
    Indexer indexer =
        new Indexer(
            new Indexer.Root(
                new Real(disk, RootCapabilities.FULL, store, time),
                new Places(disk, store, new Ownership(ARENA, global, "here"), time, new Random(2)),
                changes,
                List.of(),
                OwnFiles.NONE),
            store,
            global,
            time,
            hashers);
    RealWatcher started = new RealWatcher(ARENA, indexer, changes, time, timing, new Loops(time));
    started.addListener(unindexed);
    started.start();
    watcher = started;
    return started;
  }

  private RealWatcher start() throws Exception {
    RealWatcher started = start(new InotifyChangeSource(root), QUICK);
    awaitStep(() -> Files.exists(root.resolve(".realize/id")));
    awaitSame();
    return started;
  }

  @Test
  void isIdle_fileTouched_onlyOnceItIsIndexed() throws Exception {
    RealWatcher started = start();
    awaitStep(started::isIdle);

    Files.writeString(root.resolve("a"), "1");
    started.touch(RelativePath.of("a"));
    assertThat(started.isIdle()).isFalse();

    awaitStep(started::isIdle);
    assertThat(indexed()).containsKey("a");
  }

  @Test
  void listener_fileWrittenAllTheTime_hearsOfItUntilItIsIndexed() throws Exception {
    start();
    RelativePath name = RelativePath.of("a");
    Files.writeString(root.resolve("a"), "1");
    awaitStep(() -> indexed().containsKey("a") && unindexed.names.isEmpty());

    byte[] large = new byte[64 << 20];
    for (int i = 0; i < 5; i++) {
      large[i] = 1;
      Content now = new Content.File(TreeHasher.hash(large), large.length);
      int before = unindexed.touches.get();
      Files.write(root.resolve("a"), large);
      awaitStep(() -> unindexed.names.containsKey(name) || shown(name).equals(now));
      awaitStep(() -> {
        boolean isTouched = unindexed.names.containsKey(name);
        boolean isIndexed = shown(name).equals(now);
        assertThat(isTouched || isIndexed).isTrue();
        return isIndexed;
      });
      assertThat(unindexed.touches).hasValueGreaterThan(before);
      awaitStep(() -> unindexed.names.isEmpty());
    }
  }

  private Content shown(RelativePath path) throws RealizeException {
    return store.read(reader -> reader.path(path)).orElseThrow().shown().content();
  }

  @AfterEach
  void close() {
    if (watcher != null) {
      watcher.close();
    }
    hashers.close();
  }

  @Test
  void start_existingTree_isIndexed() throws Exception {
    Files.createDirectories(root.resolve("a/b"));
    Files.writeString(root.resolve("a/b/c"), "1");
    Files.createSymbolicLink(root.resolve("a/link"), Path.of("b/c"));
    start();
    assertThat(indexed()).containsKeys("a", "a/b", "a/b/c", "a/link");
  }

  @Test
  void start_namesAndTargetsThatAreNotUtf8_areSkippedAndListed() throws Exception {
    Path notUtf8 = Path.of(URI.create("file:///%FF%FE")).getFileName();
    Files.createFile(root.resolve(notUtf8));
    Files.createSymbolicLink(root.resolve("link"), notUtf8);
    start(new InotifyChangeSource(root), QUICK);
    awaitStep(() -> findings().containsKey(Finding.FindingKind.SKIPPED));
    assertThat(store.<List<Finding>>read(r -> r.findings(100)))
        .hasSize(2)
        .allSatisfy(finding -> assertThat(finding.cause()).contains("not valid UTF-8"));
    assertThat(indexed()).isEmpty();
  }

  @Test
  void run_treesCreatedQuickly_areIndexedWhole() throws Exception {
    start();
    for (int i = 0; i < 40; i++) {
      Path deep = Files.createDirectories(root.resolve("t" + i + "/x/y/z"));
      for (int j = 0; j < 10; j++) {
        Files.writeString(deep.resolve("f" + j), i + " " + j);
      }
    }
    awaitSame();
    assertThat(indexed()).hasSize(40 * 14);
  }

  @Test
  void run_moreChangesThanTheKernelKeeps_areAllFound() throws Exception {
    Path busy = Files.createDirectory(root.resolve("busy"));
    start();
    for (int i = 0; i < 3000; i++) {
      Files.writeString(busy.resolve("f" + i), "x");
      if (i % 3 == 0) {
        Files.delete(busy.resolve("f" + i));
      }
    }
    awaitSame();
    assertThat(indexed()).hasSize(2001);
  }

  @Test
  void run_directoriesRenamedAndFilled_areFollowed() throws Exception {
    start();
    Files.createDirectories(root.resolve("a/sub"));
    Files.createDirectory(root.resolve("other"));
    for (int i = 0; i < 20; i++) {
      Path from = root.resolve(i % 2 == 0 ? "a" : "other/a");
      Path to = root.resolve(i % 2 == 0 ? "other/a" : "a");
      Files.writeString(from.resolve("sub/before" + i), "x");
      Files.move(from, to);
      Files.writeString(to.resolve("sub/after" + i), "x");
    }
    awaitSame();
    Files.writeString(root.resolve("a/sub/late"), "x");
    awaitSame();
    assertThat(indexed()).containsKey("a/sub/late").doesNotContainKey("other/a");
  }

  @Test
  void run_seededChanges_endInTheSameTree() throws Exception {
    start();
    long seed = 42;
    Random random = new Random(seed);
    for (int i = 0; i < 400; i++) {
      Path at = root.resolve(name(random));
      switch (random.nextInt(5)) {
        case 0 -> deleteTree(at);
        case 1 -> {
          if (!Files.exists(at, LinkOption.NOFOLLOW_LINKS)) {
            makeParent(at);
            Files.createSymbolicLink(at, Path.of("to" + i));
          }
        }
        case 2 -> {
          Path from = root.resolve(name(random));
          if (Files.exists(from, LinkOption.NOFOLLOW_LINKS) && !at.startsWith(from)) {
            deleteTree(at);
            makeParent(at);
            if (Files.exists(from, LinkOption.NOFOLLOW_LINKS)) {
              Files.move(from, at);
            }
          }
        }
        default -> {
          if (!Files.isDirectory(at, LinkOption.NOFOLLOW_LINKS)) {
            makeParent(at);
            Files.deleteIfExists(at);
            Files.writeString(at, "content " + i);
          }
        }
      }
    }
    awaitSame();
  }

  /** Makes the directories above {@code path}, in place of whatever is there. */
  private void makeParent(Path path) throws IOException {
    Path at = root;
    for (Path part : root.relativize(path.getParent())) {
      at = at.resolve(part);
      if (!Files.isDirectory(at, LinkOption.NOFOLLOW_LINKS)) {
        Files.deleteIfExists(at);
        Files.createDirectory(at);
      }
    }
  }

  private static String name(Random random) {
    StringBuilder path = new StringBuilder("d" + random.nextInt(4));
    for (int depth = random.nextInt(3); depth > 0; depth--) {
      path.append("/d").append(random.nextInt(3));
    }
    return path.append("/f").append(random.nextInt(3)).toString().replaceFirst("f0$", "d0");
  }

  @Test
  void run_fileThatIsNeverQuiet_isIndexedAllTheSame() throws Exception {
    start(
        new InotifyChangeSource(root),
        new Timing(
            Duration.ofSeconds(30),
            Duration.ofSeconds(30),
            Duration.ofSeconds(1),
            Duration.ofSeconds(1),
            RARELY,
            RARELY));
    Path log = Files.writeString(root.resolve("log"), "");
    await()
        .atMost(WAIT)
        .pollInterval(Duration.ofMillis(200))
        .until(() -> {
          Files.writeString(log, "line\n", StandardOpenOption.APPEND);
          return indexed().containsKey("log");
        });
  }

  @Test
  void run_rootLosesItsId_recovers_andRemovesNothing() throws Exception {
    Files.writeString(root.resolve("a"), "1");
    start();
    Path id = root.resolve(".realize/id");
    Path aside = Files.move(id, root.resolve(".realize/aside"));
    Files.delete(root.resolve("a"));
    awaitStep(() -> findings().containsKey(Finding.FindingKind.PAUSED));
    assertThat(indexed()).containsKey("a");
    Files.move(aside, id);
    awaitStep(() -> !findings().containsKey(Finding.FindingKind.PAUSED));
    assertThat(indexed()).containsKey("a");
    Files.writeString(root.resolve("b"), "2");
    awaitStep(() -> indexed().containsKey("b"));
  }

  /** Nothing is concluded while it is released; then what has happened is indexed. */
  @Test
  void run_rootReleased_isInDoubt_andScannedOnceItIsOpenedAgain() throws Exception {
    Files.writeString(root.resolve("a"), "1");
    Files.writeString(root.resolve("b"), "1");
    RealWatcher started = start();
    LocalDisk released = Objects.requireNonNull(disk);
    released.release();
    Files.delete(root.resolve("a"));
    Files.writeString(root.resolve("c"), "1");
    awaitStep(() ->
        findings()
            .getOrDefault(Finding.FindingKind.PAUSED, "")
            .equals(
                "it was released, so that its disk can be unplugged; 'realize resume watched' opens"
                    + " it again"));
    assertThat(indexed()).containsOnlyKeys("a", "b");

    released.reopen();
    started.touch(RelativePath.ROOT);
    awaitSame();
    assertThat(indexed()).containsOnlyKeys("b", "c");
    assertThat(findings()).doesNotContainKey(Finding.FindingKind.PAUSED);
  }

  @Test
  void run_pausedRootWhileUsersGoOn_isTriedAgainInTime() throws Exception {
    start();
    Path id = root.resolve(".realize/id");
    Path aside = Files.move(id, root.resolve(".realize/aside"));
    Files.writeString(root.resolve("busy"), "");
    awaitStep(() -> findings().containsKey(Finding.FindingKind.PAUSED));
    Files.move(aside, id);
    awaitStep(() -> {
      Files.writeString(root.resolve("busy"), "more", StandardOpenOption.APPEND);
      return !findings().containsKey(Finding.FindingKind.PAUSED);
    });
    awaitSame();
  }

  @Test
  void run_nothingCanBeWatched_scansFromTimeToTimeAndSaysSo() throws Exception {
    start(
        new NoChangeSource("no watches left"),
        new Timing(
            Duration.ofMillis(100),
            Duration.ofMillis(100),
            Duration.ofSeconds(1),
            Duration.ofMillis(200),
            Duration.ofMillis(300),
            RARELY));
    awaitStep(
        () -> findings().getOrDefault(Finding.FindingKind.FAILED, "").contains("no watches left"));
    Files.writeString(root.resolve("a"), "1");
    awaitSame();
    Files.delete(root.resolve("a"));
    awaitSame();
  }

  @Test
  void run_changesWithoutAHint_areFoundByTheNextScan() throws Exception {
    start(
        new SilentChangeSource(),
        new Timing(
            Duration.ofMillis(100),
            Duration.ofMillis(100),
            Duration.ofSeconds(1),
            Duration.ofMillis(200),
            RARELY,
            Duration.ofMillis(300)));
    awaitStep(() -> Files.exists(root.resolve(".realize/id")));
    Files.writeString(root.resolve("a"), "1");
    awaitSame();
    assertThat(indexed()).containsKey("a");
  }

  /** A change source that never reports anything. */
  private static final class SilentChangeSource implements ChangeSource {
    private final CountDownLatch closed = new CountDownLatch(1);

    @Override
    public List<Hint> take(Duration timeout) throws InterruptedException {
      boolean _ = closed.await(timeout.toNanos(), TimeUnit.NANOSECONDS);
      return List.of();
    }

    @Override
    public void watch(RelativePath directory) {}

    @Override
    public void close() {
      closed.countDown();
    }
  }

  @Test
  @Timeout(60)
  void close_whileALargeFileIsHashed_givesItUp() throws Exception {
    try (RandomAccessFile large = new RandomAccessFile(root.resolve("large").toFile(), "rw")) {
      large.setLength(1L << 40);
    }
    RealWatcher started = start(new InotifyChangeSource(root), QUICK);
    awaitStep(() -> Files.exists(root.resolve(".realize/id")));
    started.close();
    assertThat(indexed()).doesNotContainKey("large");
  }

  @Test
  void restart_afterChangesWhileDown_findsThem() throws Exception {
    Files.createDirectory(root.resolve("d"));
    Files.writeString(root.resolve("d/a"), "1");
    Files.writeString(root.resolve("b"), "1");
    start().close();
    Files.move(root.resolve("d"), root.resolve("e"));
    Files.writeString(root.resolve("b"), "2");
    start();
    assertThat(indexed()).containsKeys("e", "e/a").doesNotContainKey("d");
  }

  /** A condition that may fail for reasons of its own. */
  private interface Condition {
    boolean holds() throws Exception;
  }

  private static void awaitStep(Condition condition) {
    await().atMost(WAIT).pollInterval(Duration.ofMillis(50)).until(condition::holds);
  }

  private void awaitSame() {
    await()
        .atMost(WAIT)
        .pollInterval(Duration.ofMillis(100))
        .untilAsserted(() -> assertThat(indexed()).isEqualTo(onDisk()));
  }

  private Map<Finding.FindingKind, String> findings() throws RealizeException {
    Map<Finding.FindingKind, String> causes = new TreeMap<>();
    for (Finding finding : store.<List<Finding>>read(r -> r.findings(100))) {
      causes.put(finding.kind(), finding.cause());
    }
    return causes;
  }

  private Map<String, Content> indexed() throws RealizeException {
    Map<String, Content> tree = new TreeMap<>();
    collect(RelativePath.ROOT, tree);
    return tree;
  }

  private void collect(RelativePath directory, Map<String, Content> tree) throws RealizeException {
    for (PathState state :
        store.<Map<String, PathState>>read(r -> r.children(directory)).values()) {
      if (!state.shown().isTombstone()) {
        tree.put(state.path().toString(), state.shown().content());
      }
      collect(state.path(), tree);
    }
  }

  private Map<String, Content> onDisk() throws IOException {
    Map<String, Content> tree = new TreeMap<>();
    try (var walk = Files.walk(root)) {
      for (Path path : walk.toList()) {
        Path relative = root.relativize(path);
        if (path.equals(root) || relative.startsWith(".realize")) {
          continue;
        }
        tree.put(relative.toString(), content(path));
      }
    }
    return tree;
  }

  private static Content content(Path path) throws IOException {
    if (Files.isSymbolicLink(path)) {
      return new Content.Link(Files.readSymbolicLink(path).toString());
    }
    if (Files.isDirectory(path)) {
      return new Content.Directory();
    }
    byte[] bytes = Files.readAllBytes(path);
    return new Content.File(TreeHasher.hash(bytes), bytes.length);
  }

  private static void deleteTree(Path tree) throws IOException {
    if (Files.exists(tree, LinkOption.NOFOLLOW_LINKS)) {
      try (var walk = Files.walk(tree)) {
        for (Path path : walk.sorted(java.util.Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    }
  }
}
