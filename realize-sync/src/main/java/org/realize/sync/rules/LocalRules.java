package org.realize.sync.rules;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.Metadata;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.Stamp;
import org.realize.sync.model.StoreId;
import org.realize.sync.model.Version;
import org.realize.sync.model.VersionVector;
import org.realize.sync.model.VersionVector.Order;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.PathState;
import org.realize.sync.port.RealVersion;
import org.realize.sync.port.Report;
import org.realize.sync.port.Report.Reported;

/**
 * The rules for a user's change on this peer's disk. Its base is always the version that was on the
 * disk, never the shown one, which may have moved on: a version that the user could not see is not
 * replaced, it becomes an alternative.
 */
public final class LocalRules {

  /**
   * The author of a change, with the change's numbers.
   *
   * @param counter from {@code GlobalStore.nextCounter}
   * @param seq from {@code ArenaWriter.nextSeq} of the commit that puts the result
   */
  public record Author(StoreId store, long counter, long seq) {}

  /**
   * An object as it was read from the disk.
   *
   * @param content never absent
   * @param stat what it was read under. A mode or time that the file system cannot hold is given
   *     here as last recorded, so that it never looks changed
   * @param from the path it was renamed or linked from, if that is known
   * @param found true in the first scan of a root without index: it may be older than anything that
   *     peers know
   */
  public record Sighting(
      Content content,
      FileStat stat,
      long hashedAtNanos,
      @Nullable RelativePath from,
      boolean found) {
    public Sighting {
      if (content.isAbsent()) {
        throw new IllegalArgumentException("nothing was seen");
      }
    }
  }

  /** The meaning of a sighting, before it is worth a counter and a place in the feed. */
  public enum Difference {
    /**
     * Content or kind is another, or the user put the same content back after choosing another
     * version, before the disk was brought to that: {@link #changed}.
     */
    CONTENT,
    /** Mode or mtime is another: {@link #metadataChanged}. */
    METADATA,
    /** Nothing that a user changed: {@link #restated}, if the stat is another. */
    NONE
  }

  /** Under this name a path keeps what this peer dropped, chose or promised; no store has it. */
  static final StoreId DROPPED = new StoreId(new UUID(0, 0));

  /** The same for what the user gave up, and does not want back; no store has it. */
  static final StoreId GIVEN_UP = new StoreId(new UUID(-1, -1));

  private LocalRules() {}

  /** Compares a sighting with what is known to be on the disk. */
  public static Difference difference(@Nullable PathState before, Content seen, FileStat stat) {
    FileStat known = before == null ? null : before.realStat();
    if (before == null
        || known == null
        || !before.isReal(seen)
        || (hasChosenAnother(before) && !known.sameInode(stat))) {
      return Difference.CONTENT;
    }
    boolean sameTime = seen instanceof Content.Directory || known.mtime().equals(stat.mtime());
    return known.mode() == stat.mode() && sameTime ? Difference.NONE : Difference.METADATA;
  }

  /** True if this peer's user chose what is shown, and the disk still has what that replaces. */
  private static boolean hasChosenAnother(PathState before) {
    return !before.isReal(before.shown().content()) && hasChosen(before, before.shown());
  }

  private static boolean hasChosen(PathState before, Version version) {
    Report own = before.reports().get(DROPPED);
    RealVersion real = before.real();
    return own != null
        && real != null
        && version.vector().compare(real.version().vector()) == Order.AFTER
        && own.versions().stream()
            .map(Reported::version)
            .anyMatch(said ->
                said.content().equals(version.content()) && version.vector().covers(said.vector()));
  }

  /**
   * A user made or changed what is at {@code path}: a new version, shown unless a peer has a
   * directory there. What a first scan finds to be a content that is current anyway makes no
   * version: it is that one, and only announced as held.
   */
  public static PathState changed(
      @Nullable PathState before, RelativePath path, Sighting sighting, Author author) {
    return changed(before, path, sighting, VersionVector.EMPTY, author);
  }

  /**
   * As the other {@link #changed}, of what replaced a version that was not on the disk, but in the
   * user's sight.
   *
   * @param replaced its vector
   */
  public static PathState changed(
      @Nullable PathState before,
      RelativePath path,
      Sighting sighting,
      VersionVector replaced,
      Author author) {
    boolean found = sighting.found() && (before == null || before.real() == null);
    if (before == null) {
      VersionVector vector = VersionVector.EMPTY.with(author.store(), author.counter());
      Version made = new Version(sighting.content(), vector, null, sighting.from(), found);
      return new PathState(
          path,
          made,
          stamped(null, sighting, author),
          new RealVersion(made, sighting.stat(), sighting.hashedAtNanos()),
          author.seq(),
          Map.of());
    }
    Version known = found ? current(before, sighting.content()) : null;
    if (known != null) {
      return before.withReal(real(known, sighting)).announcedAt(author.seq());
    }
    Version made =
        new Version(
            sighting.content(),
            next(before, found, replaced, author),
            basis(before),
            sighting.from(),
            found);
    return shown(before, made, stamped(before, sighting, author), real(made, sighting), author);
  }

  /**
   * A user removed what was on the disk: a tombstone of that. The path shows nothing then, unless
   * it showed a content that is newer than the disk's, or until there is one that came later; what
   * was known and not shown is still an alternative.
   */
  public static PathState removed(PathState before, Author author) {
    RealVersion real = before.real();
    if (real != null && before.isBareDirectory()) {
      return before.withReal(new RealVersion(real.version(), null, 0));
    }
    if (real == null || real.version().isTombstone()) {
      throw new IllegalArgumentException("nothing was on disk at '" + before.path() + "'");
    }
    Version made =
        new Version(
            new Content.Absent(),
            next(before, false, VersionVector.EMPTY, author),
            basis(before),
            null,
            false);
    return emptied(withoutUnwanted(before, made, before.shown().content(), author), made, author);
  }

  /**
   * A user removed what is shown, and not on the disk: a tombstone of that. As with {@link
   * #removed} what was known and not shown is still an alternative; an older version on the disk is
   * taken from there later.
   */
  public static PathState unlinked(PathState before, Author author) {
    ContentHash basis = before.shown().content() instanceof Content.File file ? file.hash() : null;
    VersionVector vector = counted(before, before.shown().vector(), author);
    Version made = new Version(new Content.Absent(), vector, basis, null, false);
    return unlinked(withoutUnwanted(before, made, before.shown().content(), author), made, author);
  }

  /**
   * A user removed a name at which they saw what is on the disk, and not the newer version that is
   * shown elsewhere: a tombstone of the version on the disk. What is newer is still an alternative,
   * which is not shown here.
   *
   * @param replaced what else they saw there: the vector of what the file on the disk replaced
   */
  public static PathState unlinkedOlder(PathState before, VersionVector replaced, Author author) {
    if (replaced.covers(before.shown().vector())) {
      return unlinked(before, author);
    }
    VersionVector vector = next(before, false, replaced, author);
    Version made = new Version(new Content.Absent(), vector, basis(before), null, false);
    return unlinked(withoutUnwanted(before, made, null, author), made, author);
  }

  private static PathState unlinked(PathState without, Version made, Author author) {
    RealVersion real = without.real();
    if (real == null) {
      return emptied(without, made, author);
    }
    if (real.stat() == null) {
      PathState after = emptied(without, made, author);
      boolean isCovered = made.vector().covers(real.version().vector());
      return isCovered ? after : remembered(after, real.version(), author.seq());
    }
    return signed(without, made, author);
  }

  private static PathState emptied(PathState without, Version made, Author author) {
    RealVersion nothing = new RealVersion(made, null, 0);
    return shown(without, made, without.metadata(), nothing, author);
  }

  /**
   * The state that knows which contents were not shown when {@code made} removed the path.
   *
   * @param wanted a content that may still be shown; null for none
   */
  private static PathState withoutUnwanted(
      PathState before, Version made, @Nullable Content wanted, Author author) {
    List<Reported> unwanted =
        Judgement.maxima(before).stream()
            .filter(version -> !version.isTombstone())
            .filter(version -> !version.content().equals(wanted))
            .filter(version -> version.vector().compare(made.vector()) == Order.CONCURRENT)
            .map(version -> new Reported(version, false))
            .toList();
    Map<StoreId, Report> reports = new TreeMap<>(before.reports());
    reports.remove(Judgement.UNWANTED);
    if (!unwanted.isEmpty()) {
      reports.put(Judgement.UNWANTED, new Report(author.seq(), before.metadata(), unwanted));
    }
    return before.withReports(reports);
  }

  /** A user changed mode or mtime, not the content: only those registers are stamped. */
  public static PathState metadataChanged(
      PathState before, FileStat stat, long hashedAtNanos, Author author) {
    RealVersion real = onDisk(before);
    FileStat known = Objects.requireNonNull(real.stat());
    Metadata old = before.metadata();
    boolean mode = known.mode() != stat.mode();
    boolean mtime =
        !(real.version().content() instanceof Content.Directory)
            && !known.mtime().equals(stat.mtime());
    Metadata next =
        new Metadata(
            mode ? stat.mode() : old.mode(),
            mode ? above(old.modeStamp(), author) : old.modeStamp(),
            mtime ? stat.mtime() : old.mtime(),
            mtime ? above(old.mtimeStamp(), author) : old.mtimeStamp());
    RealVersion now = new RealVersion(real.version(), stat, hashedAtNanos);
    return before.withMetadata(next).withReal(now).announcedAt(author.seq());
  }

  /**
   * A user changed mode or mtime of what is shown and not on the disk: only those registers are
   * stamped.
   *
   * @param mode null where it stays
   * @param mtime null where it stays
   */
  public static PathState metadataSet(
      PathState before, @Nullable Integer mode, @Nullable FileTime mtime, Author author) {
    Metadata old = before.metadata();
    Metadata next =
        new Metadata(
            mode == null ? old.mode() : mode,
            mode == null ? old.modeStamp() : above(old.modeStamp(), author),
            mtime == null ? old.mtime() : mtime,
            mtime == null ? old.mtimeStamp() : above(old.mtimeStamp(), author));
    return before.withMetadata(next).announcedAt(author.seq());
  }

  /** The same content and metadata under another stat: nothing to tell anybody. */
  public static PathState restated(PathState before, FileStat stat, long hashedAtNanos) {
    return before.withReal(onDisk(before).withStat(stat, hashedAtNanos));
  }

  /**
   * This peer no longer holds what was on its disk: it was dropped, or the path is ignored from now
   * on and what is there no longer shared. That is no removal. The version stays known, and with it
   * what it replaced, whatever is shown later: as the last words of {@link #DROPPED}. So does what
   * the user chose instead of it.
   */
  public static PathState dropped(PathState before, long seq) {
    return lastWords(before, seq, DROPPED, GIVEN_UP);
  }

  /**
   * As {@link #dropped}, by the user's own wish: a move or a mark took the bytes from here, so they
   * are not fetched back before the path shows another content or is marked itself.
   */
  public static PathState givenUp(PathState before, long seq) {
    return lastWords(before, seq, GIVEN_UP, DROPPED);
  }

  /** True if the user gave up the content that is shown, and nothing is on disk since. */
  public static boolean isGivenUp(PathState state) {
    Report last = state.reports().get(GIVEN_UP);
    return last != null
        && state.real() == null
        && last.versions().getFirst().version().content().equals(state.shown().content());
  }

  private static PathState lastWords(PathState before, long seq, StoreId name, StoreId other) {
    RealVersion real = before.real();
    PathState after = before.withReal(null).announcedAt(seq);
    if (real == null) {
      return after;
    }
    Map<StoreId, Report> reports = new TreeMap<>(before.reports());
    Report earlier = reports.get(other);
    if (earlier != null
        && earlier.versions().stream()
            .allMatch(said -> real.version().vector().covers(said.version().vector()))) {
      reports.remove(other);
    }
    reports.put(name, words(before, name, real.version(), seq));
    return after.withReports(reports);
  }

  /**
   * The user keeps what is shown against changes that are held: a version of the same content that
   * knows of them.
   *
   * @param held the stores whose reports are held
   */
  public static PathState kept(PathState before, Set<StoreId> held, Author author) {
    Version shown = before.shown();
    VersionVector base = shown.vector();
    Metadata old = before.metadata();
    Metadata newest = old;
    for (StoreId store : held) {
      Report report = before.reports().get(store);
      if (report != null) {
        newest = newest.join(report.metadata());
        for (Reported reported : report.versions()) {
          base = base.join(reported.version().vector());
        }
      }
    }
    Version made = Version.of(shown.content(), counted(before, base, author));
    Metadata kept =
        new Metadata(
            old.mode(),
            old.mode() == newest.mode() ? newest.modeStamp() : above(newest.modeStamp(), author),
            old.mtime(),
            old.mtime().equals(newest.mtime())
                ? newest.mtimeStamp()
                : above(newest.mtimeStamp(), author));
    return PeerRules.judged(signed(before.withMetadata(kept), made, author), Set.of());
  }

  /**
   * This peer promised another one to keep what is on its disk. The version gets a counter of this
   * peer, so that a file of that name that the other one makes later, knowing nothing of it, is
   * concurrent and not its successor. The content is the same, whatever is known of it is merged.
   */
  public static PathState pinned(PathState before, Author author) {
    RealVersion real = onDisk(before);
    Version made = merged(before, real.version(), author);
    RealVersion now = new RealVersion(made, real.stat(), real.hashedAtNanos());
    return shown(before, made, before.metadata(), now, author);
  }

  /** As {@link #pinned}, of the shown version, whose bytes are here as a blob. */
  public static PathState pinnedBlob(PathState before, Author author) {
    return signed(before, merged(before, before.shown(), author), author);
  }

  /**
   * The user ends a conflict: a version that knows of all that was current. Where its content is
   * not what is on the disk, the disk is brought to it later.
   *
   * @param chosen the content of one of those versions, or {@link Content.Absent}
   */
  public static PathState resolved(PathState before, Content chosen, Author author) {
    VersionVector base = before.shown().vector();
    for (Version other : Judgement.alternatives(before)) {
      base = base.join(other.vector());
    }
    return signed(before, Version.of(chosen, counted(before, base, author)), author);
  }

  /**
   * The user chooses a content that is or was current, as {@link #resolved}, with the time that it
   * had.
   *
   * @param like has the mtime
   */
  public static PathState chosen(PathState before, Content chosen, Metadata like, Author author) {
    Metadata old = before.metadata();
    boolean isSameTime = old.mtime().equals(like.mtime());
    Stamp stamp = isSameTime ? old.mtimeStamp() : above(old.mtimeStamp(), author);
    Metadata now = new Metadata(old.mode(), old.modeStamp(), like.mtime(), stamp);
    return resolved(before.withMetadata(now), chosen, author);
  }

  /**
   * The version that the user's choice of an earlier content makes: a change of what is shown and
   * on the disk, which the disk is brought to first.
   */
  public static Version restored(@Nullable PathState before, Content content, Author author) {
    if (before == null) {
      return Version.of(content, VersionVector.EMPTY.with(author.store(), author.counter()));
    }
    RealVersion real = before.real();
    VersionVector shown = before.shown().vector();
    VersionVector base = real == null ? shown : shown.join(real.version().vector());
    return new Version(content, counted(before, base, author), basis(before), null, false);
  }

  /**
   * The user gives {@code content} a name that shows nothing: a version that is not on the disk,
   * and is brought there later.
   *
   * @param like has the mode and mtime
   * @param from the path that has the bytes
   */
  public static PathState added(
      @Nullable PathState before,
      RelativePath path,
      Content content,
      Metadata like,
      RelativePath from,
      Author author) {
    Stamp none = new Stamp(0, author.store());
    Metadata old = before == null ? new Metadata(0, none, FileTime.EPOCH, none) : before.metadata();
    Metadata metadata =
        new Metadata(
            like.mode(),
            above(old.modeStamp(), author),
            like.mtime(),
            above(old.mtimeStamp(), author));
    if (before == null) {
      VersionVector vector = VersionVector.EMPTY.with(author.store(), author.counter());
      Version made = new Version(content, vector, null, from, false);
      Report own = new Report(author.seq(), metadata, List.of(new Reported(made, false)));
      return new PathState(path, made, metadata, null, author.seq(), Map.of(DROPPED, own));
    }
    VersionVector vector = counted(before, before.shown().vector(), author);
    Version made = new Version(content, vector, null, from, false);
    return signed(before.withMetadata(metadata), made, author);
  }

  /**
   * {@code made} is shown: it is on the disk where its content is there, else it is known for its
   * own sake.
   */
  private static PathState signed(PathState before, Version made, Author author) {
    PathState after = before.withShown(made).announcedAt(author.seq());
    RealVersion real = before.real();
    if (real != null && real.version().content().equals(made.content())) {
      return after.withReal(new RealVersion(made, real.stat(), real.hashedAtNanos()));
    }
    return remembered(after, made, author.seq());
  }

  /**
   * Realize put a version on the disk, or took an older one away for it, so that nothing is there:
   * the path is then as one that never was real, and a file that a user makes replaces nothing.
   * What was there before, also "nothing", stays known where the version does not cover it: as the
   * last words of {@link #DROPPED}. A version that no store knows yet is {@link #restored}: it is
   * shown, with its own attributes. Peers that know of a removal need not hear that it was made.
   */
  public static PathState applied(PathState before, RealVersion now, long seq) {
    PathState after = made(before, now, seq);
    boolean isSaid =
        now.stat() == null && before.announcedSeq() > 0 && !AnnounceRules.saysMore(before, after);
    return isSaid ? after.announcedAt(before.announcedSeq()) : after;
  }

  private static PathState made(PathState before, RealVersion now, long seq) {
    RealVersion old = before.real();
    Version made = now.version();
    FileStat stat = now.stat();
    boolean isKnown =
        Judgement.known(before).stream().anyMatch(v -> v.vector().covers(made.vector()));
    if (stat != null && !isKnown) {
      StoreId maker = ConflictRules.maker(made).orElseThrow();
      Author author = new Author(maker, made.vector().counter(maker), seq);
      Sighting seen = new Sighting(made.content(), stat, now.hashedAtNanos(), null, false);
      return shown(before, made, stamped(before, seen, author), now, author);
    }
    if (made.vector().compare(before.shown().vector()) == Order.AFTER) {
      return before.withReal(yielding(now)).announcedAt(seq); // held since the change began
    }
    boolean isUnreal = stat == null && !made.isTombstone();
    PathState after = before.withReal(isUnreal ? null : now).announcedAt(seq);
    return old == null || now.version().vector().covers(old.version().vector())
        ? after
        : remembered(after, old.version(), seq);
  }

  private static PathState remembered(PathState before, Version version, long seq) {
    return before.withReport(DROPPED, words(before, DROPPED, version, seq));
  }

  /**
   * What is known under one of this peer's own names: {@code first}, and of what was known under it
   * before all that nothing else covers.
   */
  private static Report words(PathState before, StoreId name, Version first, long seq) {
    Map<StoreId, Report> others = new TreeMap<>(before.reports());
    Report earlier = others.remove(name);
    List<Version> rest = Judgement.supporting(before.real(), others, Set.of());
    rest.add(first);
    List<Reported> words = new ArrayList<>(List.of(new Reported(first, false)));
    if (earlier != null) {
      words.addAll(earlier.versions());
      words
          .subList(1, words.size())
          .removeIf(
              said -> rest.stream().anyMatch(v -> v.vector().covers(said.version().vector())));
    }
    return new Report(seq, before.metadata(), words);
  }

  /**
   * What a change left on the disk that is held now, so that it has no say: a file under a vector
   * that every version covers, until a user changes it; an absence as if nothing ever was there.
   */
  static @Nullable RealVersion yielding(RealVersion real) {
    return real.stat() == null
        ? null
        : new RealVersion(
            real.version().withVector(VersionVector.EMPTY), real.stat(), real.hashedAtNanos());
  }

  /** A version of all that is known of its content, with a counter of the author. */
  private static Version merged(PathState before, Version version, Author author) {
    List<Version> same = new ArrayList<>(List.of(version));
    same.addAll(Judgement.known(before));
    same.removeIf(known -> !known.content().equals(version.content()));
    Version all = Maxima.of(same).getFirst();
    return all.withVector(counted(before, all.vector(), author));
  }

  private static RealVersion onDisk(PathState before) {
    RealVersion real = before.real();
    if (real == null || real.stat() == null) {
      throw new IllegalArgumentException("nothing is on disk at '" + before.path() + "'");
    }
    return real;
  }

  private static RealVersion real(Version version, Sighting sighting) {
    return new RealVersion(version, sighting.stat(), sighting.hashedAtNanos());
  }

  private static PathState shown(
      PathState before, Version made, Metadata metadata, RealVersion real, Author author) {
    List<Version> all = Judgement.known(before.shown(), real, before.reports(), Set.of());
    Version shown = Judgement.shown(made, made.content(), Maxima.of(all), before.reports());
    return before.withShown(shown).withMetadata(metadata).withReal(real).announcedAt(author.seq());
  }

  private static @Nullable Version current(PathState before, Content content) {
    return Judgement.maxima(before).stream()
        .filter(version -> version.content().equals(content))
        .findFirst()
        .orElse(null);
  }

  /**
   * The vector of a change: all that is known of the content that was on disk (of "nothing" too),
   * and of deletions that its user chose or saw overruled; what a first scan finds knows of
   * nothing.
   */
  private static VersionVector next(
      PathState before, boolean found, VersionVector replaced, Author author) {
    VersionVector base = replaced;
    if (!found) {
      RealVersion real = before.real();
      Content content = real == null ? new Content.Absent() : real.version().content();
      base = real == null ? base : base.join(real.version().vector());
      for (Version version : Judgement.known(before)) {
        base = version.content().equals(content) ? base.join(version.vector()) : base;
      }
      VersionVector seen = base;
      for (Version version : Judgement.maxima(before)) {
        boolean overruled =
            version.isTombstone()
                && (version.vector().compare(seen) == Order.CONCURRENT
                    || hasChosen(before, version));
        base = overruled ? base.join(version.vector()) : base;
      }
    }
    return counted(before, base, author);
  }

  private static VersionVector counted(PathState before, VersionVector base, Author author) {
    StoreId name = name(before, base, author);
    return base.with(name, Math.max(author.counter(), base.counter(name) + 1));
  }

  /**
   * The first id of the store under which no change of the path is known that {@code base} does not
   * contain: a counter under any other id would cover that change, which the user did not replace.
   * Nor one under which {@code base} has a counter that the store never gave out. A peer made it
   * up, or it is from a life that the store has no memory of; what goes beyond it could be out of
   * all bounds.
   */
  private static StoreId name(PathState before, VersionVector base, Author author) {
    StoreId name = author.store();
    for (int n = 0; covers(before, base, name) || base.counter(name) > author.counter(); n++) {
      name = author.store().further(n);
    }
    return name;
  }

  private static boolean covers(PathState before, VersionVector base, StoreId name) {
    return Judgement.known(before).stream()
        .anyMatch(known -> known.vector().counter(name) > base.counter(name));
  }

  private static @Nullable ContentHash basis(PathState before) {
    RealVersion real = before.real();
    return real != null && real.version().content() instanceof Content.File file
        ? file.hash()
        : null;
  }

  private static Metadata stamped(@Nullable PathState before, Sighting sighting, Author author) {
    FileStat stat = sighting.stat();
    boolean directory = sighting.content() instanceof Content.Directory;
    if (before == null) {
      Stamp stamp = new Stamp(author.counter(), author.store());
      return new Metadata(stat.mode(), stamp, directory ? FileTime.EPOCH : stat.mtime(), stamp);
    }
    Metadata old = before.metadata();
    FileStat known = before.realStat();
    boolean sameKind = known != null && known.kind() == stat.kind();
    boolean keepMode = sameKind && known != null && known.mode() == stat.mode();
    return new Metadata(
        keepMode ? old.mode() : stat.mode(),
        keepMode ? old.modeStamp() : above(old.modeStamp(), author),
        directory ? old.mtime() : stat.mtime(),
        directory ? old.mtimeStamp() : above(old.mtimeStamp(), author));
  }

  /** A stamp that beats {@code old} even where this peer's clock is behind its author's. */
  private static Stamp above(Stamp old, Author author) {
    return new Stamp(Math.max(author.counter(), old.counter() + 1), author.store());
  }
}
