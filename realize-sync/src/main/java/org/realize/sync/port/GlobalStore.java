package org.realize.sync.port;

import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.Inode;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.StoreId;

/**
 * The state that all arenas of a peer share: its identity, the inode ranges, the version counter
 * and what it remembers of other stores. Thread-safe; every change is durable against a power cut
 * before the call returns, unless it says otherwise.
 */
public interface GlobalStore extends AutoCloseable {

  /** The identity of a store in Hello, with each start it has had, oldest first. */
  record Identity(StoreId store, List<UUID> incarnations) {}

  /** The identity of another store as last seen. */
  record Remembered(Identity identity, long lastSeenMillis) {}

  /** This store's identity, the incarnation of this start included. */
  Identity identity();

  /**
   * Takes a new random uuid because this store was restored or cloned, or its counters are far
   * ahead; the earlier ids stay listed in {@link #formerIds}.
   *
   * @param mostCounter counters go on from there, if they were above it
   */
  Identity renew(long mostCounter) throws StorageFailed;

  /** Ids that this store had before, oldest first. */
  List<StoreId> formerIds();

  /**
   * A counter for a new version: above every one this store gave out under its present id, and at
   * least {@code unixMillis}. Survives a power cut: numbers are reserved ahead in durable steps.
   */
  long nextCounter(long unixMillis) throws StorageFailed;

  /** The highest counter that may have been given out under the present id. */
  long highestCounter();

  Optional<Remembered> remembered(StoreId store) throws StorageFailed;

  void remember(Identity identity, long nowMillis) throws StorageFailed;

  /** The value of a small row; empty when never put. */
  <T> Optional<T> row(Rows<T> row) throws StorageFailed;

  <T> void putRow(Rows<T> row, T value) throws StorageFailed;

  /** Opens the arena's store, creating it at first use. The same instance for the same name. */
  ArenaStore arena(ArenaName name) throws StorageFailed;

  /** Arenas that have state here, opened or not. */
  List<ArenaName> arenas() throws StorageFailed;

  /**
   * Ends all use of an arena's store: waits for the change that runs, then every call of it fails,
   * and its listeners are not notified any more. Its rows stay; {@link #arena} opens it again.
   */
  void closeArena(ArenaName name);

  /** Deletes all of an arena's rows; its inode ranges stay assigned and come back with its name. */
  void deleteArena(ArenaName name) throws StorageFailed;

  /** The arena whose range holds {@code inode}; empty for the root and other global inodes. */
  Optional<ArenaName> arenaOf(Inode inode);

  /**
   * The inode of a directory above the arenas ({@code photos} of {@code photos/trips}): made at
   * first use, the same for ever. The empty string is {@link Inode#ROOT}.
   */
  Inode directoryInode(String path) throws StorageFailed;

  /**
   * Notes that the node has started. The few changes that a start makes, of arenas too, are made on
   * a full disk; later ones wait for room.
   */
  default void ready() {}

  /** What the user should know of the disk of the store, in one line; empty while it has room. */
  default Optional<String> diskTrouble() {
    return Optional.empty();
  }

  /** Ends with all commits on disk. */
  @Override
  void close() throws StorageFailed;
}
