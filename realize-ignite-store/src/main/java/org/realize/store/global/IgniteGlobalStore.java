package org.realize.store.global;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.realize.store.arena.IgniteArenaStore;
import org.realize.store.arena.InodeSource;
import org.realize.store.journal.CommitLog;
import org.realize.store.journal.Durability;
import org.realize.store.journal.IgniteNode;
import org.realize.store.journal.RowBatch;
import org.realize.store.journal.RowKey;
import org.realize.store.journal.Spaces;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.Inode;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.DiskFull;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.StoreId;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.GlobalStore;
import org.realize.sync.port.RowDecoder;
import org.realize.sync.port.RowEncoder;
import org.realize.sync.port.Rows;

/**
 * The global store on an embedded Ignite node, which it starts and stops. Thread-safe.
 *
 * <p>One lock guards all global rows, the inode ranges included; an arena's lock may be held when
 * it is taken, never the other way round. Each change waits for the disk while it holds the lock,
 * some 0.5 ms; they are rare. Opening takes 1 to 3 s.
 */
public final class IgniteGlobalStore implements GlobalStore {
  /** As long as an arena's commit waits for a disk that stalls. */
  private static final Duration LIMIT = Duration.ofMinutes(10);

  /** Counters reserved at a time: at most one durable step a minute of the clock. */
  private static final long COUNTERS_AHEAD = 60_000;

  /** The parts below the log, closed after it. */
  interface Below extends AutoCloseable {
    @Override
    void close() throws IOException;
  }

  private final Spaces spaces;
  private final Below below;
  private final CommitLog log;
  private final RandomGenerator random;
  private final ReentrantLock lock = new ReentrantLock();
  private final InodeRanges ranges;
  private final Map<ArenaName, IgniteArenaStore> open = new HashMap<>();
  private volatile StoreIdentity identity;
  private volatile Arenas arenas;
  private volatile Directories directories;
  private long lastCounter;
  private long reservedCounter;

  /**
   * The settings of the store.
   *
   * @param durability what an acknowledged commit survives
   * @param regionBytes Ignite's memory outside the heap
   * @param cacheBytes the rows kept on the heap
   */
  public record GlobalStoreSettings(Durability durability, long regionBytes, long cacheBytes) {}

  /** Begins an incarnation over a log, and finishes what a crash left of a deletion. */
  IgniteGlobalStore(Spaces spaces, Below below, CommitLog log, RandomGenerator random)
      throws StorageFailed {
    this.spaces = spaces;
    this.below = below;
    this.log = log;
    this.random = random;
    this.ranges = new InodeRanges(log, lock);
    this.arenas = Arenas.read(log.get(GlobalRows.arenas()));
    this.directories = Directories.read(log.get(GlobalRows.directories()));
    RowDecoder counter = GlobalRows.decoder(log.get(GlobalRows.counter()));
    this.reservedCounter = counter == null ? 0 : counter.getNumber();
    this.lastCounter = reservedCounter;
    RowDecoder known = GlobalRows.decoder(log.get(GlobalRows.identity()));
    StoreIdentity before =
        known == null
            ? new StoreIdentity(new StoreId(uuid()), List.of(), List.of())
            : StoreIdentity.read(known);
    this.identity = before.started(uuid());
    commit(new RowBatch().put(GlobalRows.identity(), identity.encode()));
    for (int number = 1; number <= arenas.entries().size(); number++) {
      if (!arenas.isPresent(number) && spaces.hasArena(number)) {
        spaces.destroyArena(number);
      }
    }
  }

  /**
   * Opens the store in a directory of its own, made if it is not there, and begins an incarnation.
   *
   * @param onFailure told once if the store stops by itself; then every call fails
   * @throws RealizeException.Invalid if the directory is half-written, of a newer format, or in use
   * @throws RealizeException.Corrupt if its journal is damaged
   */
  public static IgniteGlobalStore open(
      Path directory,
      GlobalStoreSettings settings,
      RandomGenerator random,
      Consumer<Throwable> onFailure)
      throws RealizeException {
    IgniteNode node = IgniteNode.start(directory, settings.regionBytes());
    try {
      CommitLog log = CommitLog.open(node, settings.durability(), settings.cacheBytes(), onFailure);
      return new IgniteGlobalStore(node, node::close, log, random);
    } catch (RealizeException | RuntimeException e) {
      try {
        node.close();
      } catch (IOException second) {
        e.addSuppressed(second);
      }
      throw e;
    }
  }

  private UUID uuid() {
    return new UUID(random.nextLong(), random.nextLong());
  }

  /** The commit log, for what else is kept in this store. */
  public CommitLog log() {
    return log;
  }

  /** Commits rows, on a full disk out of the reserve: they are few and small. */
  private void commit(RowBatch rows) throws StorageFailed {
    try {
      log.submitVital(rows).awaitDurable(LIMIT);
    } catch (DiskFull e) {
      throw new StorageFailed("could not commit", e);
    }
  }

  @Override
  public Identity identity() {
    return identity.told();
  }

  @Override
  public Identity renew(long mostCounter) throws StorageFailed {
    lock.lock();
    try {
      StoreIdentity next = identity.renewed(new StoreId(uuid()));
      long counter = Math.min(lastCounter, mostCounter);
      long reserved = counter + COUNTERS_AHEAD;
      RowEncoder out = GlobalRows.encoder().putNumber(reserved);
      commit(
          new RowBatch()
              .put(GlobalRows.identity(), next.encode())
              .put(GlobalRows.counter(), out.toBytes()));
      identity = next;
      lastCounter = counter;
      reservedCounter = reserved;
      return next.told();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public List<StoreId> formerIds() {
    return identity.former();
  }

  @Override
  public long nextCounter(long unixMillis) throws StorageFailed {
    lock.lock();
    try {
      long next = Math.max(lastCounter + 1, unixMillis);
      if (next > reservedCounter) {
        long reserved = next + COUNTERS_AHEAD;
        RowEncoder out = GlobalRows.encoder().putNumber(reserved);
        commit(new RowBatch().put(GlobalRows.counter(), out.toBytes()));
        reservedCounter = reserved;
      }
      lastCounter = next;
      return next;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public long highestCounter() {
    lock.lock();
    try {
      return lastCounter;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public Optional<Remembered> remembered(StoreId store) throws StorageFailed {
    RowDecoder in = GlobalRows.decoder(log.get(GlobalRows.remembered(store)));
    if (in == null) {
      return Optional.empty();
    }
    long seen = in.getSigned();
    List<UUID> incarnations = new ArrayList<>();
    for (int left = in.getInt(); left > 0; left--) {
      incarnations.add(in.getUuid());
    }
    return Optional.of(new Remembered(new Identity(store, List.copyOf(incarnations)), seen));
  }

  @Override
  public void remember(Identity other, long nowMillis) throws StorageFailed {
    RowEncoder out =
        GlobalRows.encoder().putSigned(nowMillis).putNumber(other.incarnations().size());
    other.incarnations().forEach(out::putUuid);
    commitLocked(new RowBatch().put(GlobalRows.remembered(other.store()), out.toBytes()));
  }

  private void commitLocked(RowBatch rows) throws StorageFailed {
    lock.lock();
    try {
      commit(rows);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public <T> Optional<T> row(Rows<T> row) throws StorageFailed {
    return Optional.ofNullable(log.get(GlobalRows.small(row.name()))).map(row::decode);
  }

  @Override
  public <T> void putRow(Rows<T> row, T value) throws StorageFailed {
    commitLocked(new RowBatch().put(GlobalRows.small(row.name()), row.encode(value)));
  }

  @Override
  public ArenaStore arena(ArenaName name) throws StorageFailed {
    lock.lock();
    try {
      IgniteArenaStore known = open.get(name);
      if (known == null) {
        if (!arenas.isPresent(arenas.number(name))) {
          create(name);
        }
        known = new IgniteArenaStore(name, arenas.number(name), log, ranges);
        open.put(name, known);
      }
      return known;
    } finally {
      lock.unlock();
    }
  }

  /** Makes the arena's space, then, in one commit, its first range, its root and its entry. */
  private void create(ArenaName name) throws StorageFailed {
    Arenas next = arenas.with(name, true);
    int number = next.number(name);
    try {
      log.requireRoom();
      spaces.createArena(number);
    } catch (DiskFull | RuntimeException e) {
      throw new StorageFailed("could not make the space of arena " + name, e);
    }
    RowBatch rows = new RowBatch().put(GlobalRows.arenas(), next.encode());
    try (InodeSource.Taking taking = ranges.taking(number)) {
      IgniteArenaStore.create(number, taking.next(0, rows), rows);
      commit(rows);
      taking.submitted();
    }
    arenas = next;
  }

  @Override
  public List<ArenaName> arenas() {
    return arenas.entries().stream()
        .filter(Arenas.ArenaEntry::present)
        .map(Arenas.ArenaEntry::name)
        .toList();
  }

  @Override
  public void closeArena(ArenaName name) {
    IgniteArenaStore ended = null;
    lock.lock();
    try {
      ended = open.remove(name);
    } finally {
      lock.unlock();
    }
    if (ended != null) {
      ended.close();
    }
  }

  @Override
  public void deleteArena(ArenaName name) throws StorageFailed {
    closeArena(name);
    lock.lock();
    try {
      int number = arenas.number(name);
      if (!arenas.isPresent(number) || open.containsKey(name)) {
        return;
      }
      Arenas next = arenas.with(name, false);
      log.settle(LIMIT);
      commit(new RowBatch().put(GlobalRows.arenas(), next.encode()));
      arenas = next;
      log.forget(number);
      spaces.destroyArena(number);
    } catch (DiskFull | RuntimeException e) {
      throw new StorageFailed("could not delete arena " + name, e);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public Optional<ArenaName> arenaOf(Inode inode) {
    return arenas.name(ranges.arenaOf(inode.value()));
  }

  @Override
  public Inode directoryInode(String path) throws StorageFailed {
    if (path.isEmpty()) {
      return Inode.ROOT;
    }
    Long known = directories.inodes().get(path);
    if (known != null) {
      return new Inode(known);
    }
    lock.lock();
    try (InodeSource.Taking taking = ranges.taking(RowKey.GLOBAL)) {
      Long meanwhile = directories.inodes().get(path);
      if (meanwhile != null) {
        return new Inode(meanwhile);
      }
      RowBatch rows = new RowBatch();
      Directories next = directories;
      if (next.next() == next.rangeEnd()) {
        InodeSource.InodeRange range = taking.next(next.rangeEnd(), rows);
        next = next.inRange(range.start(), range.end());
      }
      long inode = next.next();
      next = next.with(path);
      commit(rows.put(GlobalRows.directories(), next.encode()));
      taking.submitted();
      directories = next;
      return new Inode(inode);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void ready() {
    log.ready();
  }

  @Override
  public Optional<String> diskTrouble() {
    return log.diskTrouble();
  }

  @Override
  public void close() throws StorageFailed {
    StorageFailed failed = null;
    try {
      log.close();
    } catch (StorageFailed e) {
      failed = e;
    }
    try {
      below.close();
    } catch (IOException | RuntimeException e) {
      if (failed == null) {
        failed = new StorageFailed("could not close the store", e);
      } else {
        failed.addSuppressed(e);
      }
    }
    if (failed != null) {
      throw failed;
    }
  }
}
