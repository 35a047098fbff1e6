package org.realize.sync.real;

import java.io.IOException;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.random.RandomGenerator;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.InDoubt;
import org.realize.sync.model.RealizeException.Invalid;
import org.realize.sync.model.RealizeException.NotFound;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.Disk;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.TimeSource;

/**
 * The places of one root: the root itself and each directory below it that lies in another mount or
 * file system than the directory that holds it. It answers whether a path certainly lies in the
 * directory that was indexed; nothing is concluded from absence, and nothing is changed, where it
 * does not.
 *
 * <p>A place whose doubt ended is <i>unsettled</i> until its first complete scan: what is absent
 * then may never have been there, and what differs may be older than what is known.
 *
 * <p>Thread-safe. The lock is held while places are looked at, and inside it the arena's store is
 * read and written; {@link #doubt} and {@link #isUnsettled} never wait.
 */
public final class Places {

  /** The object at the name of a directory. */
  public enum PathStep {
    /** A directory of the place that holds its name. */
    ORDINARY,
    /** A place of its own, which is certain. */
    PLACE,
    /** In doubt, or the root of something else: neither it nor what is below counts. */
    CLOSED
  }

  /** Causes that say nothing of what is there. */
  private static final Set<Doubt.Cause> UNSEEN =
      Set.of(Doubt.Cause.NO_DIRECTORY, Doubt.Cause.UNREADABLE, Doubt.Cause.RELEASED);

  private final ArenaStore store;
  private final Ownership ownership;
  private final PlaceRegister register;
  private final ReentrantLock lock = new ReentrantLock();

  /** Directories that were never indexed and belong to something else, with the reason. */
  private final Map<RelativePath, String> foreign = new ConcurrentSkipListMap<>();

  public Places(
      Disk disk, ArenaStore store, Ownership ownership, TimeSource time, RandomGenerator random) {
    this.store = store;
    this.ownership = ownership;
    register = new PlaceRegister(disk, store, ownership, time, random);
  }

  /**
   * The place in which a name at {@code path} lies, or would lie: its directory, or the nearest one
   * above that is there, is of the same mount and file system. The one answer to where the side
   * files of a path are, which a rename must reach: by stats of this moment, so that it holds for
   * directories that were never indexed, too.
   */
  public static RelativePath holding(Disk disk, RelativePath path) throws IOException {
    RelativePath at = OwnDirectories.parent(path);
    Optional<FileStat> stat = PlaceSight.stat(disk, at);
    while (stat.isEmpty() && !at.isRoot()) {
      at = OwnDirectories.parent(at);
      stat = PlaceSight.stat(disk, at);
    }
    if (at.isRoot() || disk.stat(RelativePath.ROOT).filter(stat.get()::isSameMount).isPresent()) {
      return RelativePath.ROOT;
    }
    RelativePath above = OwnDirectories.parent(at);
    while (disk.stat(above).filter(stat.get()::isSameMount).isPresent()) {
      at = above;
      above = OwnDirectories.parent(at);
    }
    return at;
  }

  /** Makes all that was written in the places of these paths durable, names too. */
  public static void force(Disk disk, Collection<RelativePath> paths) throws IOException {
    Set<RelativePath> places = new TreeSet<>();
    for (RelativePath path : paths) {
      places.add(holding(disk, path));
    }
    for (RelativePath place : places) {
      disk.forceFileSystem(place);
    }
  }

  /** The certain places of a root, as of the last look; the root alone where none was taken. */
  public static List<RelativePath> certain(ArenaReader reader) throws StorageFailed {
    return PlaceTable.read(reader)
        .map(table ->
            table.places().entrySet().stream()
                .filter(entry -> entry.getValue().established())
                .map(Map.Entry::getKey)
                .filter(path -> table.doubt(path).isEmpty())
                .toList())
        .orElse(List.of(RelativePath.ROOT));
  }

  /** The id of the root as the store has it; empty before the root was looked at once. */
  public static Optional<UUID> rootId(ArenaReader reader) throws StorageFailed {
    return PlaceTable.read(reader).map(PlaceTable::root);
  }

  /** True if {@code path} is not certain to be as the store has it, by what was committed. */
  public static boolean inDoubt(ArenaReader reader, RelativePath path) throws StorageFailed {
    Optional<PlaceTable> known = PlaceTable.read(reader);
    return known.isPresent()
        && (known.get().doubt(path).isPresent() || known.get().unsettled(path).isPresent());
  }

  /**
   * Looks at the root and all known places; the root of a new arena gets its id, and each place its
   * stamp of this start.
   */
  public void observe() throws RealizeException {
    lock.lock();
    try {
      register.observe();
    } finally {
      lock.unlock();
    }
  }

  /**
   * The step from a listed directory to one of its names.
   *
   * @param above stat of the directory, of the same moment as {@code stat}
   * @param known true if the store has something on disk at {@code path}
   */
  public PathStep step(FileStat above, RelativePath path, FileStat stat, boolean known)
      throws RealizeException {
    Place place = register.current().place(path);
    boolean boundary = above.isMountAbove(stat);
    if (place == null && !boundary) {
      foreign.remove(path);
      return PathStep.ORDINARY;
    }
    lock.lock();
    try {
      if (stat.kind() != FileStat.Kind.DIRECTORY && place == null) {
        foreign.put(path, "a file system is mounted over it");
        return PathStep.CLOSED;
      }
      if (place == null) {
        firstSight(path, known);
      } else if (place.established() != boundary) {
        register.look(path);
      }
      return isOpen(path)
          ? Optional.ofNullable(register.current().place(path))
                  .filter(Place::established)
                  .isPresent()
              ? PathStep.PLACE
              : PathStep.ORDINARY
          : PathStep.CLOSED;
    } finally {
      lock.unlock();
    }
  }

  private boolean isOpen(RelativePath path) {
    return doubt(path).isEmpty() && !foreign.containsKey(path);
  }

  private void firstSight(RelativePath path, boolean known) throws RealizeException {
    PlaceSight sight = register.sightOf(path);
    if (sight == null || !sight.directory() || !sight.boundary()) {
      return;
    }
    foreign.remove(path);
    PlaceId id = sight.id();
    if (known) {
      register.save(register.current().with(path, Place.closed(Doubt.Cause.MOUNTED_OVER, "")));
    } else if (sight.newPlaceDoubt(path, register.current(), ownership).isPresent()) {
      foreign.put(path, "it belongs to another root, says its '.realize/id'");
    } else if (id == null) {
      register.establish(path, sight, false);
    } else {
      Place own =
          new Place(true, sight.inode(), sight.type(), id.stamp(), id.stamp(), null, "", false);
      register.save(register.current().with(path, own));
      register.takeOver(path, id);
    }
  }

  /**
   * Closes a directory that is no place and has a directory {@code .realize}, if that says that it
   * is the root of something else: a snapshot, or a copy. True if it is closed.
   *
   * @param known true if the store has something on disk below it
   */
  public boolean isForeign(RelativePath path, boolean known) throws RealizeException {
    lock.lock();
    try {
      if (register.current().place(path) != null) {
        return !isOpen(path);
      }
      PlaceSight sight = register.sightOf(path);
      if (sight == null) {
        return true;
      }
      if (!sight.hasIdFile()) {
        foreign.remove(path);
        return false;
      }
      if (known) {
        register.save(register.current().with(path, Place.closed(Doubt.Cause.OTHER_ID, "")));
      } else {
        foreign.put(path, "it is a copy of another root, says its '.realize/id'");
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** Looks at the places at {@code path} and below it, because there is nothing there. */
  public void missing(RelativePath path) throws RealizeException {
    foreign.keySet().removeIf(path::contains);
    if (!register.current().below(path).isEmpty()) {
      lock.lock();
      try {
        for (RelativePath place : register.current().below(path)) {
          register.look(place);
        }
      } finally {
        lock.unlock();
      }
    }
  }

  /**
   * Looks again at the places that hold these paths, before something is concluded from them. The
   * paths in doubt are not among those returned.
   */
  public <P> List<P> certain(Collection<P> all, java.util.function.Function<P, RelativePath> path)
      throws RealizeException {
    Set<RelativePath> holding = new TreeSet<>();
    all.forEach(each -> holding.addAll(register.current().holding(path.apply(each))));
    lock.lock();
    try {
      for (RelativePath place : holding) {
        register.look(place);
      }
    } finally {
      lock.unlock();
    }
    return all.stream().filter(each -> doubt(path.apply(each)).isEmpty()).toList();
  }

  /** The doubt of the place that holds {@code path}, as of the last look at it. */
  public Optional<Doubt> doubt(RelativePath path) {
    PlaceTable known = register.table();
    if (known == null) {
      return Optional.empty();
    }
    for (Doubt doubt : register.unreadable()) {
      if (doubt.place().contains(path)) {
        return Optional.of(doubt);
      }
    }
    return known.doubt(path);
  }

  /** The reason why nothing may be concluded from {@code path}, in one line. */
  public String cause(RelativePath path) {
    Optional<Doubt> doubt = doubt(path);
    String other = foreign.get(path);
    return doubt.isPresent() || other == null
        ? doubt.map(d -> d.message(store.arena())).orElse("")
        : other;
  }

  /** True until the first complete scan after a doubt of the place that holds {@code path}. */
  public boolean isUnsettled(RelativePath path) {
    return register.current().unsettled(path).isPresent();
  }

  /** Everything that is in doubt or unsettled now. */
  public List<Doubt> doubts() {
    SortedMap<RelativePath, Doubt> all = new TreeMap<>();
    PlaceTable known = register.table();
    if (known != null) {
      known
          .places()
          .forEach((path, place) -> {
            if (place.doubt() != null) {
              all.put(path, new Doubt(path, place.doubt(), place.detail()));
            } else if (place.unsettled()) {
              all.put(path, new Doubt(path, Doubt.Cause.UNSETTLED, ""));
            }
          });
    }
    register.unreadable().forEach(doubt -> all.put(doubt.place(), doubt));
    return List.copyOf(all.values());
  }

  /** Directories that are left out because they belong to something else, with the reason. */
  public Map<RelativePath, String> foreign() {
    return Map.copyOf(foreign);
  }

  /**
   * Settles unsettled places, durably, after the first complete scan of them: a power cut that
   * brought the doubt back would make drops of later removals.
   */
  public void settle(Set<RelativePath> scanned) throws RealizeException {
    lock.lock();
    try {
      PlaceTable next = register.current();
      for (RelativePath path : scanned) {
        Place place = next.place(path);
        if (place != null && place.unsettled() && place.doubt() == null) {
          next = place.established() ? next.with(path, place.settled()) : next.without(path);
        }
      }
      if (!next.equals(register.current())) {
        register.save(next);
        store.force();
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * Throws {@link InDoubt} unless {@code path} lies certainly, at this moment, in the directory
   * that was indexed; to be called before anything there is changed or promised.
   */
  public void require(RelativePath path) throws RealizeException {
    if (register.table() == null) {
      throw new InDoubt("arena '%s' was not looked at yet".formatted(store.arena()));
    }
    certain(List.of(path), each -> each);
    Optional<Doubt> doubt = doubt(path);
    if (doubt.isEmpty()) {
      doubt = register.current().unsettled(path).map(p -> new Doubt(p, Doubt.Cause.UNSETTLED, ""));
    }
    if (doubt.isPresent()) {
      String where = doubt.get().place().isRoot() ? "" : "/" + doubt.get().place();
      throw new InDoubt(
          "'%s%s' is in doubt: %s"
              .formatted(store.arena(), where, doubt.get().message(store.arena())));
    }
  }

  /** Those of {@code paths} that {@link #require} does not refuse: one look at each place. */
  public Set<RelativePath> settled(Collection<RelativePath> paths) throws RealizeException {
    Set<RelativePath> settled = new HashSet<>();
    if (register.table() != null) {
      settled.addAll(certain(paths, each -> each));
      settled.removeIf(this::isUnsettled);
    }
    return settled;
  }

  /** Accepts a place in doubt as it is; its next scan drops what is absent. */
  public void confirm(RelativePath path) throws RealizeException {
    lock.lock();
    try {
      observe();
      Place place = register.current().place(path);
      if (place == null && foreign.containsKey(path)) {
        register.accept(path, false);
        foreign.remove(path);
        return;
      }
      if (place == null) {
        throw new NotFound("confirm '" + path + "': it is no place of " + store.arena());
      }
      if (place.doubt() == null && register.isReadable(path)) {
        return;
      }
      Doubt doubt = doubt(path).orElseThrow();
      String action = "confirm '%s%s': ".formatted(store.arena(), path.isRoot() ? "" : "/" + path);
      switch (doubt.cause()) {
        case NO_DIRECTORY, UNREADABLE, RELEASED -> throw new Invalid(action + doubt.text());
        case OTHER_ARENA, OTHER_OWNER -> {
          if (path.isRoot()) {
            throw new Invalid(action + doubt.message(store.arena()));
          }
          register.accept(path, false);
        }
        case OTHER_ID -> register.accept(path, path.isRoot());
        case NOT_MOUNTED -> register.save(register.current().change(path, Place::dissolved));
        case NO_ID, OTHER_STAMP, OTHER_DIRECTORY, OTHER_FILE_SYSTEM, MOUNTED_OVER, UNSETTLED ->
            register.accept(path, false);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Takes over a root in doubt, whatever store it belongs to, under a new root id. */
  public void adopt() throws RealizeException {
    lock.lock();
    try {
      observe();
      Doubt doubt =
          doubt(RelativePath.ROOT)
              .orElseThrow(() ->
                  new Invalid(
                      "adopt the root of " + store.arena() + ": it is this store's already"));
      if (UNSEEN.contains(doubt.cause())) {
        throw new Invalid("adopt the root of " + store.arena() + ": " + doubt.text());
      }
      register.accept(RelativePath.ROOT, true);
    } finally {
      lock.unlock();
    }
  }
}
