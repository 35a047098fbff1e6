package org.realize.store.journal;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import javax.cache.Cache;
import org.apache.ignite.Ignite;
import org.apache.ignite.IgniteException;
import org.apache.ignite.IgniteState;
import org.apache.ignite.Ignition;
import org.apache.ignite.cluster.ClusterState;
import org.apache.ignite.configuration.IgniteConfiguration;
import org.apache.ignite.failure.AbstractFailureHandler;
import org.apache.ignite.failure.FailureContext;
import org.apache.ignite.internal.IgniteEx;
import org.apache.ignite.internal.processors.cache.persistence.file.AsyncFileIOFactory;
import org.apache.ignite.internal.processors.cache.persistence.file.FileIOFactory;
import org.apache.ignite.internal.processors.cache.persistence.file.RandomAccessFileIOFactory;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.RealizeException;

/**
 * The embedded Ignite node of one store directory: alone, without any socket, with its data on
 * disk. One per directory; the directory is locked while it runs.
 *
 * <p>Starting takes 1 to 2 s, longer after a crash (the write-ahead log since the last checkpoint
 * is read again). Thread-safe once started.
 */
public final class IgniteNode implements Spaces, AutoCloseable {

  private static final String JOURNAL = "journal";
  private static final Duration ACTIVATION = Duration.ofSeconds(30);
  private static final Duration ACTIVATION_POLL = Duration.ofMillis(1);

  private final StateDirectory state;
  private final StoreRoom room;
  private final IgniteEx ignite;
  private final StopOnFailure failure;
  private final IgniteTables tables;
  private final FileJournal journal;
  private final IgniteClock clock;

  private IgniteNode(
      StateDirectory state,
      StoreRoom room,
      IgniteEx ignite,
      IgniteClock clock,
      StopOnFailure failure,
      FileJournal journal) {
    this.state = state;
    this.ignite = ignite;
    this.clock = clock;
    this.failure = failure;
    this.journal = journal;
    this.room = room;
    this.tables = new IgniteTables(ignite, new CleanPages(ignite, room));
    tables.create(RowKey.GLOBAL);
  }

  /**
   * The handler of critical failures: it passes each on, then stops the node. Ignite's own handlers
   * would halt the JVM, or stop the node without a word to its users.
   */
  private static final class StopOnFailure extends AbstractFailureHandler {
    private final AtomicReference<@Nullable Throwable> first = new AtomicReference<>();
    private volatile Consumer<Throwable> listener = cause -> {};

    @Override
    public boolean handle(Ignite ignite, FailureContext context) {
      Throwable cause =
          context.error() == null
              ? new IgniteException("Ignite failed: " + context.type())
              : context.error();
      if (first.compareAndSet(null, cause)) {
        Thread.ofPlatform()
            .daemon()
            .name("store-stop")
            .start(() -> {
              listener.accept(cause);
              stop(ignite.name());
            });
      }
      return true;
    }

    /** Passes nothing on any more. */
    void end() {
      first.compareAndSet(null, new IgniteException("the node ends"));
    }

    void listen(Consumer<Throwable> newListener) {
      listener = newListener;
      Throwable earlier = first.get();
      if (earlier != null) {
        newListener.accept(earlier);
      }
    }
  }

  /**
   * Starts the node of a directory, which is made if it is not there.
   *
   * @param regionBytes what Ignite may keep in memory outside the heap, at least 32 MiB
   * @throws RealizeException.Invalid if the directory is half-written, of a newer format, or in use
   * @throws RealizeException.DiskFull if it is to be made, and there is no room for it
   * @throws RealizeException.StorageFailed if Ignite does not start
   */
  public static IgniteNode start(Path directory, long regionBytes) throws RealizeException {
    return start(directory, regionBytes, new RandomAccessFileIOFactory(), new AsyncFileIOFactory());
  }

  /**
   * Starts the node on files of these makers.
   *
   * @param logs for the journal and Ignite's log
   * @param pages for all other files of Ignite
   */
  static IgniteNode start(Path directory, long regionBytes, FileIOFactory logs, FileIOFactory pages)
      throws RealizeException {
    NodeConfiguration.setProperties();
    StateDirectory state = StateDirectory.open(directory);
    StoreRoom room = room(state);
    IgniteClock clock = IgniteClock.start();
    StopOnFailure failure = new StopOnFailure();
    String name = "realize-" + Integer.toHexString(System.identityHashCode(state));
    try {
      IgniteConfiguration configuration =
          NodeConfiguration.node(name, state.path(), failure, new WaitingFiles(logs, room));
      configuration.setDataStorageConfiguration(
          NodeConfiguration.storage(state.path(), regionBytes, room.logBytes())
              .setFileIOFactory(new WaitingFiles(pages, room)));
      IgniteEx ignite = (IgniteEx) Ignition.start(configuration);
      clock.replaceOwn();
      activate(ignite);
      FileJournal journal =
          FileJournal.open(state.path().resolve(JOURNAL), new WaitingFiles(logs, room), room);
      copyEarlierJournal(ignite, journal);
      IgniteNode node = new IgniteNode(state, room, ignite, clock, failure, journal);
      if (!state.isComplete()) {
        state.complete();
      }
      if (ignite.cacheNames().contains(JOURNAL)) {
        ignite.destroyCache(JOURNAL);
      }
      return node;
    } catch (IOException | RuntimeException e) {
      room.close();
      stop(name);
      clock.close();
      RealizeException failed =
          new RealizeException.StorageFailed("could not start the store in " + directory, e);
      try {
        state.close();
      } catch (IOException second) {
        failed.addSuppressed(second);
      }
      throw failed;
    }
  }

  private static StoreRoom room(StateDirectory state) throws RealizeException {
    try {
      return StoreRoom.open(state.path(), !state.isComplete());
    } catch (RealizeException e) {
      try {
        state.close();
      } catch (IOException second) {
        e.addSuppressed(second);
      }
      throw e;
    }
  }

  /** Stops a node, unless it has stopped: Ignite writes a line to the standard output then. */
  private static void stop(String name) {
    if (Ignition.state(name) == IgniteState.STARTED) {
      Ignition.stop(name, true);
    }
  }

  /**
   * Returns once tables can be made: Ignite says that it is active a moment before it has finished
   * becoming so, and refuses new tables in between.
   */
  private static void activate(IgniteEx ignite) {
    if (ignite.cluster().state() != ClusterState.ACTIVE) {
      ignite.cluster().state(ClusterState.ACTIVE);
    }
    long begin = System.nanoTime();
    while (ignite.context().state().clusterState().transition()) {
      if (System.nanoTime() - begin > ACTIVATION.toNanos()) {
        throw new IgniteException("not active after " + ACTIVATION.toSeconds() + " s");
      }
      LockSupport.parkNanos(ACTIVATION_POLL.toNanos());
    }
  }

  /** Copies the rows of a store of the first format, which has them in an Ignite cache. */
  private static void copyEarlierJournal(IgniteEx ignite, FileJournal journal) {
    if (ignite.cacheNames().contains(JOURNAL)) {
      TreeMap<Long, byte[]> rows = new TreeMap<>();
      for (Cache.Entry<Long, byte[]> row : ignite.<Long, byte[]>cache(JOURNAL)) {
        rows.put(row.getKey(), row.getValue());
      }
      rows.forEach(journal::put);
      journal.flush();
    }
  }

  @Override
  public void createArena(int arena) {
    tables.create(arena);
  }

  @Override
  public boolean hasArena(int arena) {
    return tables.exists(arena);
  }

  @Override
  public void destroyArena(int arena) {
    tables.destroy(arena);
  }

  Tables tables() {
    return tables;
  }

  JournalTable journal() {
    return journal;
  }

  /** The room of the store on its disk. */
  public StoreRoom room() {
    return room;
  }

  void onFailure(Consumer<Throwable> listener) {
    failure.listen(listener);
  }

  /** Stops the node; what was applied is on disk. 30 to 120 ms. */
  @Override
  public void close() throws IOException {
    failure.end();
    room.close();
    try (state;
        clock;
        journal) {
      stop(ignite.name());
    }
  }
}
