package org.realize.store.global;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.ReentrantLock;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.realize.store.arena.InodeSource;
import org.realize.store.journal.Commit;
import org.realize.store.journal.CommitLog;
import org.realize.store.journal.CrashableLog;
import org.realize.store.journal.RowBatch;
import org.realize.store.journal.RowKey;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.Inode;
import org.realize.sync.model.RealizeException;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.Listed;
import org.realize.sync.testing.PathStates;

/** #inoderange: ranges under many threads, and with a death at every step of every commit. */
final class InodeRangesTest {
  private static final int THREADS = 8;
  private static final int INODES_PER_THREAD = 125_000;
  private static final int PER_COMMIT = 250;

  /** Commits in which a life of the crash sweep uses inodes of an arena. */
  private static final int COMMITS = 3;

  @Test
  void next_aMillionInodesFromEightThreads_haveNeitherOverlapNorGap() throws Exception {
    CrashableLog crashable = new CrashableLog();
    try (CommitLog log = crashable.open()) {
      InodeRanges ranges = new InodeRanges(log, new ReentrantLock());
      List<Future<Long>> ends = new ArrayList<>();
      BitSet used = new BitSet(THREADS * (INODES_PER_THREAD + InodeRanges.ARENA_INODES));
      try (ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
        for (int thread = 0; thread < THREADS; thread++) {
          int arena = 1 + thread;
          ends.add(threads.submit(() -> allocate(log, ranges, arena, used)));
        }
      }
      long unused = 0;
      for (Future<Long> end : ends) {
        unused += end.get();
      }
      assertThat(used.cardinality()).isEqualTo(THREADS * INODES_PER_THREAD);
      List<InodeRanges.Assigned> all = new InodeRanges(log, new ReentrantLock()).all();
      assertThat(all).isEqualTo(ranges.all());
      requireNoGaps(all);
      long assigned = (long) all.size() * InodeRanges.ARENA_INODES;
      assertThat(assigned).isEqualTo(used.cardinality() + unused);
    }
  }

  /** Takes the arena's share, a range whenever one is used up; returns how many were left over. */
  private static long allocate(CommitLog log, InodeRanges ranges, int arena, BitSet used)
      throws RealizeException {
    long next = 0;
    long end = 0;
    List<Commit> commits = new ArrayList<>();
    for (int done = 0; done < INODES_PER_THREAD; done += PER_COMMIT) {
      RowBatch rows = new RowBatch();
      try (InodeSource.Taking taking = ranges.taking(arena)) {
        BitSet taken = new BitSet();
        for (int i = 0; i < PER_COMMIT; i++) {
          if (next == end) {
            InodeSource.InodeRange range = taking.next(end, rows);
            next = range.start();
            end = range.end();
          }
          assertThat(ranges.arenaOf(next)).isIn(arena, 0);
          taken.set(Math.toIntExact(next++));
        }
        rows.put(RowKey.of(1, arena, 0, 0), new byte[] {1, (byte) next});
        commits.add(log.submit(rows));
        taking.submitted();
        synchronized (used) {
          assertThat(used.intersects(taken)).isFalse();
          used.or(taken);
        }
      }
    }
    for (Commit commit : commits) {
      commit.awaitAcknowledged(Duration.ofSeconds(30));
    }
    return end - next;
  }

  private static void requireNoGaps(List<InodeRanges.Assigned> all) {
    long next = 2;
    for (InodeRanges.Assigned range : all) {
      assertThat(range.start()).isEqualTo(next);
      next = range.end();
    }
  }

  /** On a new machine, and on one whose arenas have almost used up their first ranges. */
  @ParameterizedTest
  @ValueSource(ints = {0, InodeRanges.ARENA_INODES - 100})
  void write_deathAtEveryStep_losesAndDoublesNoRange(int usedBefore) throws Exception {
    CrashableLog before = new CrashableLog();
    Map<ArenaName, Set<Long>> known = new HashMap<>();
    RandomGenerator random = RandomGenerator.of("L64X128MixRandom");
    int assignedBefore = 0;
    if (usedBefore > 0) {
      IgniteGlobalStore store = open(before, random);
      use(store, known, usedBefore / COMMITS);
      assignedBefore = assigned(store).size();
      store.close();
    }
    boolean survived = false;
    for (int steps = 0; !survived; steps++) {
      CrashableLog crashable = before.copy();
      Map<ArenaName, Set<Long>> acknowledged = new HashMap<>();
      known.forEach((arena, inodes) -> acknowledged.put(arena, new HashSet<>(inodes)));
      IgniteGlobalStore first = open(crashable, random);
      crashable.dieAfter(steps);
      try {
        use(first, acknowledged, 60);
        survived = !crashable.isDead();
      } catch (RealizeException e) {
        assertThat(crashable.isDead()).as("%s", e.oneLine()).isTrue();
      }
      first.log().fail(new IllegalStateException("the process is gone"));
      IgniteGlobalStore second = open(crashable, random);
      check(second, acknowledged, steps);
      use(second, acknowledged, 60);
      check(second, acknowledged, steps);
      assertThat(assigned(second)).hasSizeGreaterThan(assignedBefore + 1);
      second.close();
    }
  }

  private static List<InodeRanges.Assigned> assigned(IgniteGlobalStore store)
      throws RealizeException {
    return new InodeRanges(store.log(), new ReentrantLock()).all();
  }

  private static IgniteGlobalStore open(CrashableLog crashable, RandomGenerator random)
      throws RealizeException {
    return new IgniteGlobalStore(crashable.spaces(), () -> {}, crashable.open(), random);
  }

  /** Uses inodes of two arenas, so many in each commit, and some global ones. */
  private static void use(
      IgniteGlobalStore store, Map<ArenaName, Set<Long>> acknowledged, int perCommit)
      throws RealizeException {
    for (String name : List.of("one", "two")) {
      ArenaName arena = new ArenaName(name);
      ArenaStore opened = store.arena(arena);
      for (int commit = 0; commit < COMMITS; commit++) {
        int last = commit;
        Set<Long> used =
            opened.write(writer -> {
              Set<Long> inodes = new HashSet<>();
              long tag = writer.nextSeq();
              for (int i = 0; i < perCommit; i++) {
                String path = "file-" + last;
                writer.put(PathStates.showing(path, PathStates.file(tag * 10_000 + i), 0));
                Inode inode = writer.child(writer.root(), path).orElseThrow().inode();
                assertThat(inodes.add(inode.value())).isTrue();
              }
              return inodes;
            });
        Set<Long> known = acknowledged.computeIfAbsent(arena, made -> new HashSet<>());
        for (long inode : used) {
          assertThat(known.add(inode)).as("inode %d given out twice", inode).isTrue();
        }
      }
      store.directoryInode("above/" + name);
    }
  }

  private static void check(
      IgniteGlobalStore store, Map<ArenaName, Set<Long>> acknowledged, int steps)
      throws RealizeException {
    requireNoGaps(assigned(store));
    for (ArenaName arena : store.arenas()) {
      for (long inode : acknowledged.getOrDefault(arena, Set.of())) {
        assertThat(store.arenaOf(new Inode(inode))).as("died at %d", steps).contains(arena);
      }
      List<Listed> visible = store.arena(arena).read(reader -> reader.list(reader.root(), 0, 10));
      for (Listed listed : visible) {
        assertThat(store.arenaOf(listed.node().inode())).contains(arena);
      }
    }
  }
}
