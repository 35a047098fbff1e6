package org.realize.sync.real;

import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.IoCause;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Invalid;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.ArenaWriter;
import org.realize.sync.port.Disk;
import org.realize.sync.port.ReleasedException;
import org.realize.sync.port.TimeSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The row of a root's places and their id files, kept in step with each other.
 *
 * <p>A new place gets its file first, so that a crash leaves a file that the next look accepts. A
 * stamp is written to the store first, durably, and the store keeps the one before it until the
 * file has the new one, so that a crash leaves a file whose stamp the store has. A place that is
 * taken over gets a new root id, first in the store, which still accepts the former one. So each of
 * these steps may be cut and repeated.
 *
 * <p>All but the accessors are called under the lock of {@link Places}.
 */
final class PlaceRegister {

  private static final Logger LOG = LoggerFactory.getLogger(PlaceRegister.class);
  private static final Duration STAMP_AGE = Duration.ofHours(1);

  private final Disk disk;
  private final ArenaStore store;
  private final Ownership ownership;
  private final TimeSource time;
  private final RandomGenerator random;

  /** Null before the first look. */
  private volatile @Nullable PlaceTable table;

  /** Places that could not be looked at, which says nothing about them. */
  private final Map<RelativePath, Doubt> unreadable = new ConcurrentSkipListMap<>();

  /** Places whose file has a stamp of this start. */
  private final Set<RelativePath> stamped = new HashSet<>();

  private long stampedAtNanos;
  private long stampedSeq;

  PlaceRegister(
      Disk disk, ArenaStore store, Ownership ownership, TimeSource time, RandomGenerator random) {
    this.disk = disk;
    this.store = store;
    this.ownership = ownership;
    this.time = time;
    this.random = random;
  }

  /** The table as of the last look; null before the first one. */
  @Nullable PlaceTable table() {
    return table;
  }

  /** Why places could not be looked at. */
  Collection<Doubt> unreadable() {
    return unreadable.values();
  }

  /** Looks at the root and all known places. */
  void observe() throws RealizeException {
    if (!Objects.requireNonNull(known().place(RelativePath.ROOT)).established()) {
      establishRoot();
    }
    for (RelativePath path : List.copyOf(current().places().keySet())) {
      look(path);
    }
    stampAgain();
  }

  PlaceTable current() {
    return Objects.requireNonNull(table, "places were not looked at");
  }

  private PlaceTable known() throws RealizeException {
    PlaceTable known = table;
    if (known == null) {
      known =
          store
              .read(PlaceTable::read)
              .orElseGet(() ->
                  new PlaceTable(randomId(), List.of(), new TreeMap<>())
                      .with(RelativePath.ROOT, Place.closed(Doubt.Cause.NO_DIRECTORY, "")));
      table = known;
      stampedAtNanos = time.monotonicNanos();
      stampedSeq = store.<Long>read(ArenaReader::headSeq);
    }
    return known;
  }

  void save(PlaceTable next) throws RealizeException {
    store.write((ArenaWriter writer) -> next.put(writer));
    table = next;
  }

  /** A random UUID, version 4. */
  private UUID randomId() {
    return new UUID(
        (random.nextLong() & ~0xF000L) | 0x4000L, (random.nextLong() & ~(3L << 62)) | (1L << 63));
  }

  /** The first look at a root ever: it gets an id, or its own from before a crash is accepted. */
  private void establishRoot() throws RealizeException {
    RelativePath root = RelativePath.ROOT;
    PlaceSight sight = sightOf(root);
    if (sight == null) {
      return;
    }
    Optional<Doubt> doubt = sight.newPlaceDoubt(root, current(), ownership);
    if (doubt.isPresent()) {
      Place closed = Place.closed(doubt.get().cause(), doubt.get().detail());
      if (!closed.equals(current().place(root))) {
        save(current().with(root, closed));
      }
      return;
    }
    PlaceId id = sight.id();
    if (id == null) {
      establish(root, sight, false);
    } else {
      PlaceTable own = current().withRoot(id.root(), List.of());
      save(
          own.with(
              root,
              new Place(
                  true, sight.inode(), sight.type(), id.stamp(), id.stamp(), null, "", false)));
    }
  }

  /** Gives a directory its id, the file first. */
  void establish(RelativePath path, PlaceSight sight, boolean unsettled) throws RealizeException {
    UUID stamp = randomId();
    try {
      id(path, stamp).write(disk);
    } catch (IOException failure) {
      unreadable(path, "make '" + PlaceId.FILE + "'", failure);
      return;
    }
    save(
        current()
            .with(
                path,
                new Place(true, sight.inode(), sight.type(), stamp, stamp, null, "", unsettled)));
    stamped.add(path);
  }

  private PlaceId id(RelativePath path, UUID stamp) {
    return new PlaceId(
        ownership.arena(),
        current().root(),
        path,
        ownership.global().identity().store(),
        ownership.machine(),
        stamp);
  }

  private void unreadable(RelativePath path, String action, IOException failure) {
    String why = action.isEmpty() ? IoCause.of(failure) : action + ": " + IoCause.of(failure);
    unreadable.put(path, new Doubt(path, Doubt.Cause.UNREADABLE, why));
  }

  /** Null when it cannot be looked at, which is noted. */
  @Nullable PlaceSight sightOf(RelativePath path) {
    try {
      PlaceSight sight = PlaceSight.of(disk, path);
      unreadable.remove(path);
      return sight;
    } catch (ReleasedException _) {
      unreadable.put(path, new Doubt(path, Doubt.Cause.RELEASED, ""));
      return null;
    } catch (IOException failure) {
      unreadable(path, "", failure);
      return null;
    }
  }

  /** Brings what is known of a place up to date with the disk. */
  void look(RelativePath path) throws RealizeException {
    Place place = current().place(path);
    if (place == null || (path.isRoot() && !place.established())) {
      return;
    }
    PlaceSight sight = sightOf(path);
    if (sight == null) {
      return;
    }
    Optional<Doubt> doubt = sight.doubt(path, place, current(), ownership);
    if (doubt.isPresent()) {
      Place next = place.inDoubt(doubt.get().cause(), doubt.get().detail());
      if (!next.equals(place)) {
        LOG.warn("arena {}: '{}': {}", store.arena(), path, doubt.get().message(store.arena()));
        save(current().with(path, next));
      }
      return;
    }
    if (place.doubt() != null) {
      save(current().change(path, Place::cleared));
    }
    if (place.established()) {
      takeOver(path, Objects.requireNonNull(sight.id()));
    }
  }

  /** Brings the id file of a certain place under the present store, root id and start. */
  void takeOver(RelativePath path, PlaceId found) throws RealizeException {
    boolean renewed = !ownership.isPresent(found);
    if (renewed && path.isRoot()) {
      PlaceTable next = current();
      if (next.root().equals(found.root())) {
        next = next.withRoot(randomId(), List.of(found.root()));
      }
      for (RelativePath each : next.places().keySet()) {
        next = next.change(each, place -> place.doubt() == null ? place.cleared() : place);
      }
      save(next);
    }
    if (renewed || !found.root().equals(current().root()) || !stamped.contains(path)) {
      stamp(path, found.stamp());
    }
  }

  /** The store first, durably; a failure leaves a file whose stamp the store still has. */
  private void stamp(RelativePath path, UUID present) throws RealizeException {
    UUID next = randomId();
    save(current().change(path, place -> place.withStamps(next, present)));
    store.force();
    try {
      id(path, next).write(disk);
      forgetEarlier(path, next);
    } catch (IOException failure) {
      LOG.debug("{} '{}': write its stamp: {}", store.arena(), path, failure.toString());
    }
    stamped.add(path);
  }

  /** A directory that is rolled back to before the stamp is in doubt, once the file has that. */
  private void forgetEarlier(RelativePath path, UUID stamp) throws RealizeException {
    save(current().change(path, place -> place.withStamps(stamp, stamp)));
  }

  /** Hourly, where something was committed since. */
  private void stampAgain() throws RealizeException {
    long now = time.monotonicNanos();
    long seq = store.<Long>read(ArenaReader::headSeq);
    if (now - stampedAtNanos < STAMP_AGE.toNanos() || seq == stampedSeq) {
      return;
    }
    stampedAtNanos = now;
    stampedSeq = seq;
    for (Map.Entry<RelativePath, Place> entry : current().places().entrySet()) {
      Place place = entry.getValue();
      if (place.established() && place.doubt() == null && isReadable(entry.getKey())) {
        stamp(entry.getKey(), present(entry.getKey(), place));
      }
    }
  }

  /** The stamp in the id file, which is an earlier one if the last could not be written. */
  private UUID present(RelativePath path, Place place) {
    try {
      return PlaceId.read(disk, path).map(PlaceId::stamp).orElse(place.stamp());
    } catch (IOException failure) {
      LOG.debug("{} '{}': read its stamp: {}", store.arena(), path, failure.toString());
      return place.stamp();
    }
  }

  boolean isReadable(RelativePath path) {
    return unreadable.isEmpty() || !unreadable.containsKey(path);
  }

  /** The store first: a crash before the file is written leaves the doubt. */
  void accept(RelativePath path, boolean newRoot) throws RealizeException {
    PlaceSight sight = sightOf(path);
    if (sight == null || !sight.directory()) {
      throw new StorageFailed("accept '" + path + "': it cannot be looked at", null);
    }
    if (!sight.boundary()) {
      throw new Invalid(
          "confirm '%s': it is a copy of another root; delete its '.realize' to index it"
              .formatted(path));
    }
    PlaceTable next = current();
    if (newRoot) {
      List<UUID> former =
          sight.id() == null ? List.of(next.root()) : List.of(next.root(), sight.id().root());
      next = next.withRoot(randomId(), former);
      for (RelativePath each : next.places().keySet()) {
        next = next.change(each, place -> place.doubt() == null ? place.cleared() : place);
      }
    }
    UUID stamp = randomId();
    UUID before = sight.id() == null ? stamp : sight.id().stamp();
    save(
        next.with(
            path, new Place(true, sight.inode(), sight.type(), stamp, before, null, "", true)));
    store.force();
    try {
      id(path, stamp).write(disk);
      forgetEarlier(path, stamp);
    } catch (IOException failure) {
      throw new StorageFailed("write '" + PlaceId.own(path).child("id") + "'", failure);
    }
    stamped.add(path);
  }
}
