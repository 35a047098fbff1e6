package org.realize.store.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The process that is killed: checks what the last one left, then commits from several threads
 * until the end, noting each acknowledged commit in a file of its own.
 *
 * <p>Invariants over all rows: the accounts, spread over two arenas and the global space, sum to 0;
 * the counters of each thread are equal in all spaces, not below its last acknowledged commit and
 * at most one above it; the bulk rows that its commits put and removed are those of the last commit
 * that touched each.
 */
public final class CrashChild {
  static final String CLEAN = "clean";
  private static final int THREADS = 4;
  private static final int ACCOUNTS = 48;
  private static final int SPACES = 3;
  private static final int ACCOUNT = 1;
  private static final int COUNTER = 2;
  private static final int BULK = 3;
  private static final int BULK_ROWS = 2_000;
  private static final Duration LIMIT = Duration.ofSeconds(60);

  private final CommitLog log;
  private final Path acknowledged;
  private final ReentrantLock[] locks = new ReentrantLock[SPACES];

  private CrashChild(CommitLog log, Path acknowledged) {
    this.log = log;
    this.acknowledged = acknowledged;
    for (int i = 0; i < SPACES; i++) {
      locks[i] = new ReentrantLock();
    }
  }

  /** Arguments: directory, seed. Prints one line about what it found, then runs until killed. */
  public static void main(String[] arguments) throws Exception {
    Path directory = Path.of(arguments[0]);
    long seed = Long.parseLong(arguments[1]);
    IgniteNode node = IgniteNode.start(directory.resolve("state"), 64L << 20);
    CommitLog log = CommitLog.open(node, Durability.OS, 4 << 20, cause -> System.exit(3));
    node.createArena(1);
    node.createArena(2);
    CrashChild child = new CrashChild(log, directory);
    System.out.println(child.check());
    System.out.flush();
    for (int thread = 0; thread < THREADS; thread++) {
      int number = thread;
      SplittableRandom random = new SplittableRandom(seed * THREADS + thread);
      Thread.ofPlatform().start(() -> child.run(number, random));
    }
  }

  private static byte[] value(long number) {
    return ByteBuffer.allocate(64).put((byte) 1).putLong(number).array();
  }

  private static long number(byte @Nullable [] value) {
    return value == null ? 0 : ByteBuffer.wrap(value).getLong(1);
  }

  private static RowKey account(int number) {
    return RowKey.of(ACCOUNT, number % SPACES, number, 0);
  }

  private static RowKey counter(int thread, int space) {
    return RowKey.of(COUNTER, space, thread, 0);
  }

  private static RowKey bulk(int thread, int row) {
    if (row % 2 == 0) {
      return RowKey.of(BULK, row % SPACES, thread, row);
    }
    return RowKey.of(
        BULK, row % SPACES, ByteBuffer.allocate(6).putInt(row).put(5, (byte) thread).array());
  }

  /** How many bulk rows a commit touches: mostly few, now and then 2,000. */
  private static int bulkRows(int thread, long commit) {
    int choice =
        (int) Long.remainderUnsigned((thread * 1_000_003L + commit) * 0x9E3779B97F4A7C15L, 100);
    return choice < 70 ? 1 : choice < 85 ? 20 : choice < 97 ? 200 : BULK_ROWS;
  }

  private static boolean removes(int thread, long commit, int row) {
    return ((thread * 31L + commit * 17 + row) & 7) == 0;
  }

  // ---- checking

  private String check() throws Exception {
    StringBuilder found = new StringBuilder();
    long sum = 0;
    for (int i = 0; i < ACCOUNTS; i++) {
      sum += number(log.get(account(i)));
    }
    if (sum != 0) {
      found.append(" torn:sum=").append(sum);
    }
    long commits = 0;
    for (int thread = 0; thread < THREADS; thread++) {
      commits += check(thread, found);
    }
    return found.isEmpty() ? CLEAN + " " + commits : found.toString();
  }

  private long check(int thread, StringBuilder found) throws Exception {
    long counter = number(log.get(counter(thread, 0)));
    for (int space = 1; space < SPACES; space++) {
      if (number(log.get(counter(thread, space))) != counter) {
        found.append(" torn:counter of ").append(thread);
      }
    }
    long known = lastAcknowledged(thread);
    if (counter < known || counter > known + 1) {
      found.append(" lost:" + thread + " has " + counter + ", acknowledged " + known);
    }
    long[] last = new long[BULK_ROWS];
    int filled = 0;
    for (long commit = counter; commit > 0 && filled < BULK_ROWS; commit--) {
      for (int rows = bulkRows(thread, commit); filled < rows; filled++) {
        last[filled] = commit;
      }
    }
    for (int row = 0; row < filled; row++) {
      long expected = removes(thread, last[row], row) ? 0 : last[row];
      if (number(log.get(bulk(thread, row))) != expected) {
        found.append(" torn:bulk row " + row + " of " + thread);
        break;
      }
    }
    return counter;
  }

  private Path acknowledgements(int thread) {
    return acknowledged.resolve("acknowledged-" + thread);
  }

  private long lastAcknowledged(int thread) throws IOException {
    if (!Files.exists(acknowledgements(thread))) {
      return 0;
    }
    byte[] bytes = Files.readAllBytes(acknowledgements(thread));
    int whole = bytes.length / 8;
    return whole == 0 ? 0 : ByteBuffer.wrap(bytes).getLong((whole - 1) * 8);
  }

  // ---- writing

  private void run(int thread, SplittableRandom random) {
    try (FileChannel notes =
        FileChannel.open(
            acknowledgements(thread), StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
      // A commit that the last process could not note any more counts as acknowledged once it was
      // found; else two such processes in a row would look like a commit too many.
      long found = number(log.get(counter(thread, 0)));
      note(notes, found);
      long next = found + 1;
      while (true) {
        commit(thread, next, random).awaitAcknowledged(LIMIT);
        note(notes, next);
        next++;
      }
    } catch (Exception e) {
      e.printStackTrace();
      System.exit(4);
    }
  }

  private static void note(FileChannel notes, long commit) throws IOException {
    notes.write(ByteBuffer.allocate(8).putLong(commit).flip());
  }

  private Commit commit(int thread, long number, SplittableRandom random) throws Exception {
    for (ReentrantLock lock : locks) {
      lock.lock();
    }
    try {
      RowBatch rows = new RowBatch();
      int from = random.nextInt(ACCOUNTS);
      int to = (from + 1 + random.nextInt(ACCOUNTS - 1)) % ACCOUNTS;
      long amount = random.nextInt(100);
      rows.put(account(from), value(number(log.staged(account(from))) - amount));
      rows.put(account(to), value(number(log.staged(account(to))) + amount));
      for (int space = 0; space < SPACES; space++) {
        rows.put(counter(thread, space), value(number));
      }
      for (int row = 0; row < bulkRows(thread, number); row++) {
        if (removes(thread, number, row)) {
          rows.remove(bulk(thread, row));
        } else {
          rows.put(bulk(thread, row), value(number));
        }
      }
      return log.submit(rows);
    } finally {
      for (ReentrantLock lock : locks) {
        lock.unlock();
      }
    }
  }
}
