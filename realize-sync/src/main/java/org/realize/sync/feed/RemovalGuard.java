package org.realize.sync.feed;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.realize.sync.feed.Losses.Loss;
import org.realize.sync.feed.Losses.LostVersion;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.model.Version;
import org.realize.sync.model.VersionVector;
import org.realize.sync.model.VersionVector.Order;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.ArenaWriter;
import org.realize.sync.port.FeedEntry;
import org.realize.sync.port.PathState;
import org.realize.sync.port.TimeSource;
import org.realize.sync.rules.ConflictRules;
import org.realize.sync.rules.GuardRules;
import org.realize.sync.rules.PeerRules;

/**
 * The guard of one arena against mass removal. It counts, for each author, the distinct paths whose
 * files that author removed or replaced within a day of observed time, and finds out which of an
 * author's changes may be judged:
 *
 * <ul>
 *   <li>Removals wait until the feed that brought them was read to the head that it had then, so
 *       that the other halves of renames are here.
 *   <li>A content that is shown elsewhere in the arena was not lost, nor was a name that was given
 *       up for another one. Where the new name came on the same page, as it does when a directory
 *       is renamed, the old one neither waits nor counts. Otherwise that is looked up, in the whole
 *       arena, only when an author would be over the limit: {@link MovedContents}.
 *   <li>All that waits of an author who is over the limit then is for the user to decide, and so is
 *       what follows; what was let through before, within the day, is taken back.
 * </ul>
 *
 * <p>Used only inside the arena's writes.
 */
final class RemovalGuard {

  /** Authors whose ids are kept in memory: peers can make up any number of them. */
  private static final int MAX_AUTHORS = 1_000;

  private final PathFindings findings;
  private final Losses losses;
  private final Additions additions = new Additions();
  private final TimeSource time;
  private final boolean isOn;

  /** All ids of authors, each of which costs a hash; see {@link #ids}. */
  private final Map<StoreId, Set<StoreId>> ids = new HashMap<>();

  /** The author of each id that is known to be a further one of a store. */
  private final Map<StoreId, StoreId> authors = new HashMap<>();

  /** The authors whose changes are being taken back, or were: nothing more of theirs passes. */
  private final Set<StoreId> over = new HashSet<>();

  RemovalGuard(PathFindings findings, TimeSource time, boolean isOn) {
    this.findings = findings;
    this.losses = new Losses(time);
    this.time = time;
    this.isOn = isOn;
  }

  Losses losses() {
    return losses;
  }

  /** Forgets what is counted in memory and reads the store. */
  void load(ArenaReader reader) throws StorageFailed {
    losses.load(reader);
    additions.load(reader);
  }

  /** Ceases to count what is older than a day. */
  void expire() {
    losses.expire();
    if (isOn) {
      additions.enter(losses.hour(), time.unixMillis(), losses.firstHour());
    }
  }

  /** Commits what was counted. */
  void write(ArenaWriter writer) throws StorageFailed {
    boolean isAdded = additions.isChanged();
    losses.write(writer, isAdded);
    if (isAdded) {
      additions.write(writer);
    }
  }

  /** Notes that {@code store} signs under its further ids, too. */
  void know(StoreId store) {
    if (!authors.containsKey(store)) {
      store.all().forEach(id -> authors.put(id, store));
    }
  }

  /** What going from {@code before} to {@code shown} loses; empty where nothing is guarded. */
  Optional<Loss> loss(@Nullable PathState before, Version shown, StoreId relay) {
    if (!isOn
        || before == null
        || !(before.shown().content() instanceof Content.File file)
        || file.equals(shown.content())) {
      return Optional.empty();
    }
    StoreId author = author(GuardRules.author(before.shown().vector(), shown.vector(), relay));
    boolean isRemoval = shown.isTombstone();
    boolean isNew =
        ConflictRules.maker(before.shown()).filter(id -> author(id).equals(author)).isPresent()
            && isNew(before.shown(), file, author);
    return Optional.of(
        new Loss(
            author, before.path(), file.hash(), isRemoval, isNew, losses.hour(), losses.nextRow()));
  }

  private long sinceMillis() {
    return additions.sinceMillis(time.unixMillis());
  }

  /** True of a file that {@code author} added within the day, and did not take from elsewhere. */
  private boolean isNew(Version shown, Content.File file, StoreId author) {
    return GuardRules.isNewName(shown, ids(author), sinceMillis()) && !losses.isKnown(file.hash());
  }

  private Set<StoreId> ids(StoreId author) {
    if (ids.size() > MAX_AUTHORS) {
      ids.clear();
    }
    return ids.computeIfAbsent(author, StoreId::all);
  }

  /**
   * Counts {@code shown} for its author, if that is a file where none was before, and no other name
   * of one that was there.
   *
   * @param relay the store that reported it
   */
  void countAdded(ArenaReader reader, @Nullable PathState before, Version shown, StoreId relay)
      throws StorageFailed {
    if (!isOn
        || (before != null && before.shown().content() instanceof Content.File)
        || !(shown.content() instanceof Content.File file)) {
      return;
    }
    VersionVector known = before == null ? VersionVector.EMPTY : before.shown().vector();
    StoreId author = author(GuardRules.author(known, shown.vector(), relay));
    if (isNew(shown, file, author) && !isOld(reader, shown.from(), file, author)) {
      additions.count(author);
    }
  }

  /** True if a file was there before that shows the same content. */
  private boolean isOld(
      ArenaReader reader, @Nullable RelativePath from, Content.File file, StoreId author)
      throws StorageFailed {
    return from != null
        && reader
            .path(from)
            .filter(state -> state.shown().content().equals(file))
            .filter(state -> !isNew(state.shown(), file, author))
            .isPresent();
  }

  /** The search for the files that {@code author} added, among those that are shown. */
  AddedFiles addedBy(StoreId author) {
    return new AddedFiles(author, losses.known(), sinceMillis());
  }

  /**
   * Notes what {@code author} added: {@code asAdded} files that are shown as they came, and those
   * that the author changed or removed since.
   */
  void lowerAdded(StoreId author, long asAdded) {
    long changed =
        losses.of(author).values().stream()
            .filter(Loss::isNew)
            .filter(loss -> findings.heldAt(loss.path()).isEmpty())
            .count();
    additions.lower(author, asAdded + changed);
  }

  private StoreId author(StoreId id) {
    return authors.getOrDefault(id, id);
  }

  /** Counts what going on from {@code before} loses. */
  void count(Loss loss, PathState before) {
    Version shown = before.shown();
    boolean isOwn =
        ConflictRules.maker(shown).filter(maker -> author(maker).equals(loss.author())).isPresent();
    losses.count(loss, new LostVersion(shown, before.metadata()), isOwn);
  }

  /** The state that shows again what {@code loss} took out of sight; empty if others did since. */
  Optional<TakenBack> takenBack(PathState now, Loss loss, LostVersion lost) {
    Version before = lost.version();
    Version shown = now.shown();
    boolean isTaken =
        !shown.content().equals(before.content())
            && !(shown.content() instanceof Content.Directory)
            && shown.vector().compare(before.vector()) == Order.AFTER
            && author(GuardRules.author(before.vector(), shown.vector(), loss.author()))
                .equals(loss.author());
    if (!isTaken) {
      return Optional.empty();
    }
    Set<StoreId> reporters = GuardRules.reporters(now.reports(), loss.author(), before.vector());
    Set<StoreId> held = new HashSet<>(findings.heldAt(now.path()));
    held.addAll(reporters);
    return Optional.of(
        new TakenBack(PeerRules.takenBack(now, before, lost.metadata(), held), reporters));
  }

  /**
   * A path that shows again what it showed before an author's change.
   *
   * @param reporters the stores whose reports know of that change
   */
  record TakenBack(PathState state, Set<StoreId> reporters) {}

  /** True if all of {@code author}'s losses are held. */
  boolean isOver(StoreId author) {
    return over.contains(author);
  }

  /** Lets pass what {@code author} loses from now on, until there is too much of it again. */
  void reset(StoreId author) {
    over.remove(author);
  }

  /**
   * The authors that would be over the limit with all that {@code entries} bring.
   *
   * @param states gets the state of each path
   */
  Set<StoreId> overLimit(
      ArenaReader reader,
      StoreId relay,
      List<FeedEntry> entries,
      Map<RelativePath, Optional<PathState>> states)
      throws StorageFailed {
    if (!isOn) {
      return Set.of();
    }
    Map<StoreId, Map<RelativePath, Loss>> coming = new HashMap<>();
    for (FeedEntry entry : entries) {
      Optional<PathState> state = reader.path(entry.path());
      states.put(entry.path(), state);
      PathState before = state.orElse(null);
      Version shown = entry.report().versions().getFirst().version();
      loss(before, shown, relay)
          .ifPresent(loss ->
              coming
                  .computeIfAbsent(loss.author(), _ -> new LinkedHashMap<>())
                  .put(loss.path(), loss));
    }
    Set<StoreId> tripping = new HashSet<>();
    for (Map.Entry<StoreId, Map<RelativePath, Loss>> author : coming.entrySet()) {
      int most = losses.of(author.getKey()).size() + author.getValue().size();
      if (mayTrip(reader, author.getKey(), most)) {
        Map<RelativePath, Loss> all = new HashMap<>(losses.of(author.getKey()));
        author.getValue().forEach((path, loss) -> all.merge(path, loss, Losses::last));
        if (trips(reader, author.getKey(), all, author.getValue().keySet())) {
          tripping.add(author.getKey());
          continue;
        }
      }
      over.remove(author.getKey());
    }
    return tripping;
  }

  /** False if so many losses are not too many, whatever they are. */
  private boolean mayTrip(ArenaReader reader, StoreId author, int losses) throws StorageFailed {
    long files = reader.totals().files();
    return GuardRules.trips(losses, losses, files)
        || GuardRules.isMost(losses, files - additions.of(author));
  }

  /**
   * True if a loss, a removal, is none: its author gave the file the name {@code to}, under which
   * it is shown.
   */
  boolean isRenamed(Loss loss, PathState to) {
    Version shown = to.shown();
    return loss.isRemoval()
        && shown.content() instanceof Content.File file
        && file.hash().equals(loss.hash())
        && Objects.equals(shown.from(), loss.path())
        && ConflictRules.maker(shown)
            .filter(maker -> author(maker).equals(loss.author()))
            .isPresent();
  }

  /** True if {@code author} is over the limit with what is counted. */
  boolean isOverLimit(ArenaReader reader, StoreId author) throws StorageFailed {
    return trips(reader, author, losses.of(author), Set.of());
  }

  /** As {@link #isOverLimit}; if so, nothing more of {@code author}'s losses passes. */
  boolean close(ArenaReader reader, StoreId author) throws StorageFailed {
    boolean isOver = isOverLimit(reader, author);
    if (isOver) {
      over.add(author);
    }
    return isOver;
  }

  /**
   * True if these losses are most of what is here, or most of what was before the author's changes.
   *
   * @param shown paths of {@code all} whose file is still shown, besides the held ones
   */
  private boolean trips(
      ArenaReader reader, StoreId author, Map<RelativePath, Loss> all, Set<RelativePath> shown)
      throws StorageFailed {
    if (!mayTrip(reader, author, all.size())) {
      return false;
    }
    Set<ContentHash> old = new HashSet<>();
    int removed = 0;
    int hidden = 0;
    for (Loss loss : all.values()) {
      if (!loss.isNew()) {
        old.add(loss.hash());
      }
      if (loss.isRemoval()) {
        removed++;
        boolean isShown = shown.contains(loss.path()) || !findings.heldAt(loss.path()).isEmpty();
        hidden += isShown ? 0 : 1;
      }
    }
    long files = reader.totals().files() + hidden;
    return GuardRules.trips(all.size(), removed, files)
        || GuardRules.isMost(old.size(), files - additions.of(author));
  }

  /** What waited for a feed that was read that far, by author. */
  Map<StoreId, List<RelativePath>> due(StoreId feed, long reached) {
    return findings.held().entrySet().stream()
        .filter(entry -> !entry.getValue().waitsForUser())
        .filter(entry -> entry.getValue().feed().equals(feed))
        .filter(entry -> entry.getValue().until() <= reached)
        .collect(
            Collectors.groupingBy(
                entry -> entry.getValue().author(),
                Collectors.mapping(Map.Entry::getKey, Collectors.toList())));
  }
}
