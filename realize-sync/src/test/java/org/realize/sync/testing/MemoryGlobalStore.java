package org.realize.sync.testing;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.Inode;
import org.realize.sync.model.StoreId;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.GlobalStore;
import org.realize.sync.port.Rows;

/**
 * The global store on the heap. {@link #restart} begins a new incarnation, {@link #powerCut} loses
 * arenas' unforced commits, {@link #snapshot} and {@link #restore} play a backup. Thread-safe.
 */
public final class MemoryGlobalStore implements GlobalStore {

  static final long ARENA_RANGE = 10_000;
  private static final long GLOBAL_RANGE = 100;

  /** The whole of a store, as a backup has it. */
  public record Snapshot(
      StoreId store,
      List<UUID> incarnations,
      List<StoreId> formerIds,
      long lastCounter,
      Map<StoreId, Remembered> remembered,
      NavigableMap<Long, Optional<ArenaName>> ranges,
      Map<String, Long> directories,
      Map<String, byte[]> rows,
      Map<ArenaName, Object> arenas) {}

  private final RandomGenerator random;
  // guarded by this
  private StoreId store;
  private List<UUID> incarnations = new ArrayList<>();
  private List<StoreId> formerIds = new ArrayList<>();
  private long lastCounter;
  private Map<StoreId, Remembered> remembered = new HashMap<>();
  private NavigableMap<Long, Optional<ArenaName>> ranges = new TreeMap<>();
  private Map<String, Long> directories = new LinkedHashMap<>();
  private Map<String, byte[]> rows = new TreeMap<>();
  private final Map<ArenaName, MemoryArenaStore> arenas = new TreeMap<>();

  /** A new store in its first incarnation; ids are drawn from {@code random}. */
  public MemoryGlobalStore(RandomGenerator random) {
    this.random = random;
    this.store = new StoreId(uuid());
    ranges.put(2L, Optional.empty());
    incarnations.add(uuid());
  }

  private UUID uuid() {
    return new UUID(random.nextLong(), random.nextLong());
  }

  @Override
  public synchronized Identity identity() {
    return new Identity(store, List.copyOf(incarnations));
  }

  @Override
  public synchronized Identity renew(long mostCounter) {
    formerIds.add(store);
    lastCounter = Math.min(lastCounter, mostCounter);
    store = new StoreId(uuid());
    return identity();
  }

  @Override
  public synchronized List<StoreId> formerIds() {
    return List.copyOf(formerIds);
  }

  @Override
  public synchronized long nextCounter(long unixMillis) {
    lastCounter = Math.max(lastCounter + 1, unixMillis);
    return lastCounter;
  }

  @Override
  public synchronized long highestCounter() {
    return lastCounter;
  }

  @Override
  public synchronized Optional<Remembered> remembered(StoreId other) {
    return Optional.ofNullable(remembered.get(other));
  }

  @Override
  public synchronized void remember(Identity identity, long nowMillis) {
    remembered.put(identity.store(), new Remembered(identity, nowMillis));
  }

  @Override
  public synchronized ArenaStore arena(ArenaName name) {
    return memoryArena(name);
  }

  /** As {@link #arena}, for a test that plays faults. */
  public synchronized MemoryArenaStore memoryArena(ArenaName name) {
    MemoryArenaStore open = arenas.get(name);
    if (open == null) {
      open = new MemoryArenaStore(name, this);
      arenas.put(name, open);
    }
    return open;
  }

  @Override
  public synchronized List<ArenaName> arenas() {
    return List.copyOf(arenas.keySet());
  }

  @Override
  public synchronized void closeArena(ArenaName name) {
    MemoryArenaStore open = arenas.remove(name);
    if (open != null) {
      Object rows = open.close();
      memoryArena(name).restore(rows);
    }
  }

  @Override
  public synchronized void deleteArena(ArenaName name) {
    MemoryArenaStore open = arenas.remove(name);
    if (open != null) {
      Object _ = open.close();
    }
  }

  /**
   * The first inode of the next range after {@code exhaustedEnd} that is, or becomes, the arena's.
   */
  synchronized long nextRange(ArenaName arena, long exhaustedEnd) {
    for (Map.Entry<Long, Optional<ArenaName>> range :
        ranges.tailMap(exhaustedEnd, true).entrySet()) {
      if (range.getValue().equals(Optional.of(arena))) {
        return range.getKey();
      }
    }
    Map.Entry<Long, Optional<ArenaName>> last = ranges.lastEntry();
    long first = last.getKey() + (last.getValue().isPresent() ? ARENA_RANGE : GLOBAL_RANGE);
    ranges.put(first, Optional.of(arena));
    return first;
  }

  @Override
  public synchronized Optional<ArenaName> arenaOf(Inode inode) {
    Map.Entry<Long, Optional<ArenaName>> range = ranges.floorEntry(inode.value());
    if (range == null || range.getValue().isEmpty()) {
      return Optional.empty();
    }
    return inode.value() < range.getKey() + ARENA_RANGE ? range.getValue() : Optional.empty();
  }

  @Override
  public synchronized Inode directoryInode(String path) {
    if (path.isEmpty()) {
      return Inode.ROOT;
    }
    return new Inode(directories.computeIfAbsent(path, _ -> nextGlobalInode()));
  }

  private long nextGlobalInode() {
    long used = directories.size();
    List<Long> firsts =
        ranges.entrySet().stream()
            .filter(range -> range.getValue().isEmpty())
            .map(Map.Entry::getKey)
            .toList();
    int range = (int) (used / GLOBAL_RANGE);
    if (range == firsts.size()) {
      Map.Entry<Long, Optional<ArenaName>> last = ranges.lastEntry();
      long first = last.getKey() + (last.getValue().isPresent() ? ARENA_RANGE : GLOBAL_RANGE);
      ranges.put(first, Optional.empty());
      return first;
    }
    return firsts.get(range) + used % GLOBAL_RANGE;
  }

  @Override
  public synchronized <T> Optional<T> row(Rows<T> row) {
    return Optional.ofNullable(rows.get(row.name())).map(row::decode);
  }

  @Override
  public synchronized <T> void putRow(Rows<T> row, T value) {
    rows.put(row.name(), row.encode(value));
  }

  @Override
  public void close() {}

  /** The process died and started again: a new incarnation, nothing lost. */
  public synchronized void restart() {
    incarnations.add(uuid());
    arenas.values().forEach(MemoryArenaStore::restart);
  }

  /** The power went: every arena goes back to a state between its last force and now. */
  public synchronized void powerCut(RandomGenerator choice) {
    arenas.values().forEach(arena -> arena.powerCut(choice));
  }

  public synchronized Snapshot snapshot() {
    Map<ArenaName, Object> states = new TreeMap<>();
    arenas.forEach((name, arena) -> states.put(name, arena.snapshot()));
    return new Snapshot(
        store,
        List.copyOf(incarnations),
        List.copyOf(formerIds),
        lastCounter,
        Map.copyOf(remembered),
        new TreeMap<>(ranges),
        new LinkedHashMap<>(directories),
        new TreeMap<>(rows),
        states);
  }

  /** Becomes what {@code snapshot} was; arenas made later are gone. */
  public synchronized void restore(Snapshot snapshot) {
    store = snapshot.store();
    incarnations = new ArrayList<>(snapshot.incarnations());
    formerIds = new ArrayList<>(snapshot.formerIds());
    lastCounter = snapshot.lastCounter();
    remembered = new HashMap<>(snapshot.remembered());
    ranges = new TreeMap<>(snapshot.ranges());
    directories = new LinkedHashMap<>(snapshot.directories());
    rows = new TreeMap<>(snapshot.rows());
    arenas.keySet().retainAll(snapshot.arenas().keySet());
    snapshot.arenas().forEach((name, state) -> memoryArena(name).restore(state));
  }
}
