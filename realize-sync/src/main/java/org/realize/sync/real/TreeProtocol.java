package org.realize.sync.real;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.Content;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RealizeException.Unreachable;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.Version;
import org.realize.sync.model.VersionVector;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.ArenaWriter;
import org.realize.sync.port.Disk;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.NotSupportedException;
import org.realize.sync.port.OpenState;
import org.realize.sync.port.PathState;
import org.realize.sync.port.RealVersion;
import org.realize.sync.real.ApplyProtocol.ApplyOutcome;
import org.realize.sync.real.Trash.TrashSlot;
import org.realize.sync.rules.Judgement;
import org.realize.sync.rules.LocalRules;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The protocol by which a directory leaves its name with all that is in it, for another name or the
 * trash: one rename for any number of files.
 *
 * <p><b>Order of effects.</b>
 *
 * <ol>
 *   <li>The directory must be the one that was indexed. One that is to be removed must have exactly
 *       the names that are indexed, each as it was indexed and open to no program for writing; the
 *       notes of its files are written to the trash.
 *   <li>The {@link TreeIntent}s are committed, durable.
 *   <li>The directory is renamed, in one step and to a free name.
 *   <li>Whatever has taken the directory's name meanwhile is renamed back. In the trash, where no
 *       program finds it, the directory is compared with the index again, and renamed back if
 *       anything in it differs.
 *   <li>The directories that have lost or got the name are forced.
 *   <li>What is indexed below the directory is moved to the new names, or is gone, in commits of
 *       {@value #COMMIT_PATHS} paths; the last one ends the intents.
 * </ol>
 *
 * A rename of a directory changes nothing of what is in it, so a moved file is indexed under its
 * old stat and keeps what that proves. A file that a program has changed before or meanwhile
 * differs from that, at its new name, and is a change of that name when the index looks at it next.
 * While an intent is open nothing is concluded from names below it. Stopped anywhere, the change is
 * finished by {@link #conclude} if the directory has left its name, else given up.
 *
 * <p>Thread-safe for different paths.
 */
final class TreeProtocol {
  private static final Logger LOG = LoggerFactory.getLogger(TreeProtocol.class);

  static final int COMMIT_PATHS = 500;

  /** Owner's rights without which the trash could not delete what is in a directory. */
  private static final int USABLE = 0700;

  private static final Content DIRECTORY = new Content.Directory();

  private final Disk disk;
  private final ArenaStore store;
  private final Trash trash;
  private final RealFindings findings;
  private final BatchSync sync;
  private final NamesUnderWay underWay;
  private final RenameProtocol renames;

  TreeProtocol(
      Disk disk,
      ArenaStore store,
      Trash trash,
      RealFindings findings,
      BatchSync sync,
      NamesUnderWay underWay) {
    this.disk = disk;
    this.store = store;
    this.trash = trash;
    this.findings = findings;
    this.sync = sync;
    this.underWay = underWay;
    this.renames = new RenameProtocol(disk, store, sync, underWay);
  }

  /** The renames by programs. */
  RenameProtocol renames() {
    return renames;
  }

  /** One change and how far it has come; the first result counts. */
  private static final class Tree {
    private final TreeChange change;
    private @Nullable TreeIntent intent;
    private @Nullable ApplyResult result;

    private Tree(TreeChange change) {
      this.change = change;
    }

    private void ends(ApplyOutcome outcome) {
      result = result == null ? new ApplyResult.Concluded(outcome) : result;
    }

    private void fails(IOException cause) {
      result = result == null ? new ApplyResult.DiskFailed(cause) : result;
    }

    private void fails(RealizeException cause) {
      result = result == null ? new ApplyResult.Failed(cause) : result;
    }

    private boolean isOpen() {
      return result == null;
    }
  }

  /**
   * Makes changes, each by itself, durably. One that is not done has changed nothing, unless it
   * failed: what a failure leaves is concluded later.
   *
   * @return the results, in the order of the changes
   */
  List<ApplyResult> applyAll(List<TreeChange> changes) {
    List<Tree> trees = changes.stream().map(Tree::new).toList();
    List<RelativePath> taken = new ArrayList<>();
    Map<RelativePath, TrashSlot> slots = new HashMap<>();
    try {
      for (Tree tree : trees) {
        prepare(tree, taken, slots);
      }
      perform(trees, slots);
    } catch (RealizeException e) {
      trees.forEach(tree -> tree.fails(e));
    } finally {
      slots.values().forEach(trash::release);
      underWay.releaseTrees(taken);
    }
    return trees.stream().map(tree -> Objects.requireNonNull(tree.result)).toList();
  }

  private void perform(List<Tree> trees, Map<RelativePath, TrashSlot> slots)
      throws RealizeException {
    List<TreeIntent> intents = new ArrayList<>();
    for (Tree tree : trees) {
      if (tree.intent != null && tree.isOpen()) {
        intents.add(tree.intent);
      }
    }
    if (intents.isEmpty()) {
      return;
    }
    Set<TreeIntent> open = new HashSet<>(intents); // who ends an intent releases its slot
    try {
      store.write((ArenaWriter writer) -> TreeIntent.add(writer, intents));
      store.force();
      Map<TreeIntent, Boolean> settled = new LinkedHashMap<>();
      for (Tree tree : trees) {
        if (tree.intent != null && tree.isOpen()) {
          move(tree, tree.intent, settled);
        }
      }
      Map<TreeIntent, IOException> failures = finish(settled);
      open.removeAll(settled.keySet());
      open.addAll(failures.keySet());
      for (Tree tree : trees) {
        TreeIntent intent = tree.intent;
        IOException failure = intent == null ? null : failures.get(intent);
        if (failure != null) {
          tree.fails(failure);
        } else if (intent != null) {
          boolean isMoved = settled.getOrDefault(intent, false);
          tree.ends(isMoved ? ApplyOutcome.DONE : ApplyOutcome.CHANGED);
        }
      }
    } finally {
      open.forEach(intent -> slots.remove(intent.path()));
    }
  }

  // ---- before the effect

  private void prepare(Tree tree, List<RelativePath> taken, Map<RelativePath, TrashSlot> slots)
      throws RealizeException {
    TreeChange change = tree.change;
    List<RelativePath> tops =
        change instanceof TreeChange.Move move
            ? List.of(move.path(), move.target())
            : List.of(change.path());
    if (!underWay.reserveTrees(tops)) {
      tree.fails(
          new Unreachable("move '%s': names in it are being changed".formatted(change.path())));
      return;
    }
    taken.addAll(tops);
    try {
      if (store.<Boolean>read(reader -> isBusy(reader, tops)) || !isAsIndexed(change)) {
        tree.ends(ApplyOutcome.CHANGED);
        return;
      }
      RelativePath place = Places.holding(disk, change.path());
      switch (change) {
        case TreeChange.Move(var path, var indexed, var target) -> {
          if (!place.equals(Places.holding(disk, target)) || disk.stat(target).isPresent()) {
            tree.ends(ApplyOutcome.CHANGED);
            return;
          }
          tree.intent = new TreeIntent(path, target, indexed.fileKey(), false, null);
        }
        case TreeChange.Remove(var path, var indexed) -> {
          TrashSlot slot = trash.reserve(path, place);
          slots.put(path, slot);
          if (!isAsIndexed(path, path, slot)) {
            tree.ends(ApplyOutcome.CHANGED);
            return;
          }
          tree.intent = new TreeIntent(path, slot.file(), indexed.fileKey(), false, null);
        }
      }
    } catch (IOException e) {
      tree.fails(e);
    }
  }

  /** True if a change of an earlier life is open below these, or a place is there. */
  static boolean isBusy(ArenaReader reader, List<RelativePath> tops) throws StorageFailed {
    return isChanging(reader, tops) || holdsPlaces(reader, tops);
  }

  static boolean holdsPlaces(ArenaReader reader, List<RelativePath> tops) throws StorageFailed {
    Optional<PlaceTable> places = PlaceTable.read(reader);
    return tops.stream()
        .anyMatch(top -> places.filter(table -> !table.below(top).isEmpty()).isPresent());
  }

  /** True if a change is open at or below one of these. */
  static boolean isChanging(ArenaReader reader, List<RelativePath> tops) throws StorageFailed {
    List<ApplyIntent> changes = ApplyIntent.read(reader);
    List<TreeIntent> trees = TreeIntent.read(reader);
    for (RelativePath top : tops) {
      boolean isChanged =
          changes.stream().flatMap(each -> each.names().stream()).anyMatch(top::contains)
              || trees.stream()
                  .anyMatch(
                      each -> each.covers(top) || each.tops().stream().anyMatch(top::contains));
      if (isChanged) {
        return true;
      }
    }
    return false;
  }

  private boolean isAsIndexed(TreeChange change) throws IOException {
    Optional<FileStat> now = at(change.path());
    Optional<FileStat> above = at(OwnDirectories.parent(change.path()));
    return now.isPresent()
        && change.indexed().kind() == FileStat.Kind.DIRECTORY
        && change.indexed().sameEntry(now.get())
        && above.filter(now.get()::isSameMount).isPresent();
  }

  /**
   * Compares a directory with what is indexed below {@code path}: every name must be indexed, and
   * every file there as it was indexed and open to no program for writing.
   *
   * @param now where the directory is
   * @param noted the slot that it is to go to, to note its files; null if they are noted
   */
  private boolean isAsIndexed(RelativePath now, RelativePath path, @Nullable TrashSlot noted)
      throws IOException, RealizeException {
    try {
      return hasOnlyIndexed(now, path, noted);
    } catch (NoSuchFileException | NotDirectoryException changing) {
      LOG.debug("'{}' changes: {}", path, changing.toString());
      return false;
    }
  }

  private boolean hasOnlyIndexed(RelativePath now, RelativePath path, @Nullable TrashSlot noted)
      throws IOException, RealizeException {
    Deque<RelativePath> directories = new ArrayDeque<>(List.of(path));
    while (!directories.isEmpty()) {
      RelativePath directory = directories.pop();
      RelativePath there =
          RelativePath.of(now + directory.toString().substring(path.toString().length()));
      Disk.Entries listed = disk.entries(there);
      if ((listed.directory().mode() & USABLE) != USABLE || !listed.undecodable().isEmpty()) {
        return false;
      }
      Map<String, FileStat> indexed = indexed(directory);
      List<String> files = new ArrayList<>();
      for (Disk.Entry entry : listed.complete()) {
        FileStat known = indexed.remove(entry.name());
        if (known == null || !isSame(known, entry.stat(), listed.directory())) {
          return false;
        }
        if (known.kind() == FileStat.Kind.DIRECTORY) {
          directories.push(directory.child(entry.name()));
        } else if (known.kind() == FileStat.Kind.FILE) {
          files.add(entry.name());
        }
      }
      OpenState state = disk.openForWriting(there, files);
      if (!indexed.isEmpty() || state == OpenState.OPEN) {
        return false;
      }
      if (noted != null && !isNoted(directory, listed, state == OpenState.UNKNOWN, noted)) {
        return false;
      }
    }
    return true;
  }

  private static boolean isSame(FileStat known, FileStat now, FileStat directory) {
    return known.sameEntry(now) && known.mode() == now.mode() && !directory.isMountAbove(now);
  }

  /** The stats of what is on disk in a directory, as indexed. */
  private Map<String, FileStat> indexed(RelativePath directory) throws RealizeException {
    Map<String, FileStat> indexed = new HashMap<>();
    store
        .read(reader -> reader.children(directory))
        .forEach((name, state) -> {
          FileStat stat = state.realStat();
          if (stat != null) {
            indexed.put(name, stat);
          }
        });
    return indexed;
  }

  /** Notes the files of a directory; false if one would have another name in the trash. */
  private boolean isNoted(
      RelativePath directory, Disk.Entries listed, boolean isUnknown, TrashSlot slot)
      throws IOException {
    Map<RelativePath, FileStat> files = new LinkedHashMap<>();
    for (Disk.Entry entry : listed.entries()) {
      if (entry.stat().kind() != FileStat.Kind.DIRECTORY) {
        files.put(directory.child(entry.name()), entry.stat());
      }
    }
    return trash.noteAll(slot, files, isUnknown);
  }

  // ---- the effect

  /** Makes the effect, and finds out whether the directory has left its name. */
  private void move(Tree tree, TreeIntent intent, Map<TreeIntent, Boolean> settled) {
    try {
      try {
        if (intent.isRemoval()) {
          FreeNames.moveInto(disk, intent.path(), intent.target());
        } else {
          Optional<FileStat> now = disk.renameNew(intent.path(), intent.target());
          if (now.filter(stat -> stat.fileKey() != intent.fileKey()).isPresent()) {
            takeBack(intent);
          }
        }
      } catch (NotSupportedException
          | FileAlreadyExistsException
          | NoSuchFileException
          | NotDirectoryException e) {
        LOG.debug("'{}' is not moved as a whole: {}", intent.path(), e.toString());
      }
      settled.put(intent, isMoved(intent));
    } catch (IOException | RealizeException e) {
      fails(tree, e);
      try {
        settled.put(intent, isMoved(intent));
      } catch (IOException | RealizeException again) {
        e.addSuppressed(again);
      }
    }
  }

  private static void fails(Tree tree, Exception cause) {
    if (cause instanceof IOException failure) {
      tree.fails(failure);
    } else {
      tree.fails((RealizeException) cause);
    }
  }

  /** Gives a directory its name back that was put at the one that was meant to be moved. */
  private void takeBack(TreeIntent intent) throws IOException {
    try {
      Optional<FileStat> ignored = disk.renameNew(intent.target(), intent.path());
    } catch (FileAlreadyExistsException | NoSuchFileException taken) {
      findings.report(intent.target(), "it was '" + intent.path() + "', whose name is taken");
    }
  }

  /** True if the directory has left its name for good; puts back what must not leave it. */
  private boolean isMoved(TreeIntent intent) throws IOException, RealizeException {
    Optional<FileStat> now = at(intent.target());
    boolean isThere = now.filter(stat -> stat.fileKey() == intent.fileKey()).isPresent();
    if (!intent.isRemoval() || intent.isJudged()) {
      return isThere;
    }
    if (isThere && isAsIndexed(intent.target(), intent.path(), null)) {
      return true;
    }
    if (now.isPresent()) {
      trash.putBack(intent.target(), intent.path());
    }
    return false;
  }

  // ---- after the effect

  /**
   * Ends intents: those of directories that have moved once that is durable and indexed.
   *
   * @param settled true for a directory that has moved
   * @return those that are not durable, with the cause: they stay open
   */
  private Map<TreeIntent, IOException> finish(Map<TreeIntent, Boolean> settled)
      throws RealizeException {
    Map<TreeIntent, IOException> failures = new HashMap<>();
    List<TreeIntent> moved = new ArrayList<>();
    settled.forEach((intent, isMoved) -> {
      if (isMoved) {
        moved.add(intent);
      }
    });
    force(moved, failures);
    moved.removeAll(failures.keySet());
    Set<TreeIntent> ended = new HashSet<>(settled.keySet());
    ended.removeAll(failures.keySet());
    new Commits(moved, ended).run();
    return failures;
  }

  private void force(List<TreeIntent> moved, Map<TreeIntent, IOException> failures) {
    Map<RelativePath, BatchSync.Unforced> byPlace = new HashMap<>();
    Map<TreeIntent, BatchSync.Unforced> own = new HashMap<>();
    HoldingPlaces places = new HoldingPlaces(disk);
    for (TreeIntent intent : moved) {
      BatchSync.Unforced names = new BatchSync.Unforced();
      names.addDirectory(OwnDirectories.parent(intent.path()));
      names.addDirectory(OwnDirectories.parent(intent.target()));
      intent.slot().ifPresent(slot -> trash.notes(slot.place()).addUnforced(slot.id(), names));
      try {
        byPlace
            .computeIfAbsent(places.holding(intent.path()), _ -> new BatchSync.Unforced())
            .add(names);
        own.put(intent, names);
      } catch (IOException e) {
        failures.put(intent, e);
      }
    }
    Map<RelativePath, IOException> unforced = new HashMap<>();
    byPlace.forEach((place, names) -> unforced.putAll(sync.force(place, names)));
    own.forEach((intent, names) ->
        names.names().stream()
            .filter(unforced::containsKey)
            .findFirst()
            .ifPresent(name -> failures.put(intent, unforced.get(name))));
  }

  /** The commits of what has moved with its directory. */
  private final class Commits {
    private final List<TreeIntent> moved;
    private final Set<TreeIntent> ended;
    private final List<MovedPath> waiting = new ArrayList<>();
    private boolean isBegun;

    private Commits(List<TreeIntent> moved, Set<TreeIntent> ended) {
      this.moved = moved;
      this.ended = ended;
    }

    private record MovedPath(TreeIntent intent, RelativePath path) {}

    /** Of each directory last: until its row is committed those below it are looked for. */
    private void run() throws RealizeException {
      for (TreeIntent intent : moved) {
        Deque<RelativePath> open = new ArrayDeque<>(List.of(intent.path()));
        Set<RelativePath> entered = new HashSet<>();
        while (!open.isEmpty()) {
          RelativePath directory = open.element();
          if (!entered.add(directory)) {
            add(new MovedPath(intent, open.remove()));
            entered.remove(directory);
            continue;
          }
          for (PathState state : store.read(reader -> reader.children(directory)).values()) {
            FileStat stat = state.realStat();
            if (stat != null && stat.kind() == FileStat.Kind.DIRECTORY) {
              open.push(state.path());
            } else if (stat != null) {
              add(new MovedPath(intent, state.path()));
            }
          }
        }
      }
      commit(true);
    }

    private void add(MovedPath path) throws RealizeException {
      waiting.add(path);
      if (waiting.size() == COMMIT_PATHS) {
        commit(false);
      }
    }

    private void commit(boolean isLast) throws RealizeException {
      store.write(writer -> {
        if (!isBegun && !isLast) {
          TreeIntent.judged(writer, Set.copyOf(moved));
        }
        for (MovedPath each : waiting) {
          if (each.intent().isRemoval()) {
            removed(writer, each.path());
          } else {
            moved(writer, each.intent(), each.path());
          }
        }
        if (isLast) {
          TreeIntent.remove(writer, ended);
        }
      });
      isBegun = true;
      waiting.clear();
    }
  }

  private static void removed(ArenaWriter writer, RelativePath path) throws StorageFailed {
    PathState state = writer.path(path).orElse(null);
    if (state != null && state.realStat() != null) {
      writer.put(gone(state, writer.nextSeq()));
    }
  }

  /** Nothing is at the name, whatever it shows by now. */
  private static PathState gone(PathState state, long seq) {
    return LocalRules.applied(state, new RealVersion(state.shown(), null, 0), seq);
  }

  private void moved(ArenaWriter writer, TreeIntent intent, RelativePath path)
      throws StorageFailed {
    PathState state = writer.path(path).orElse(null);
    RealVersion real = state == null ? null : state.real();
    FileStat stat = real == null ? null : real.stat();
    if (state == null || real == null || stat == null) {
      return;
    }
    Optional<RelativePath> target = intent.moved(path);
    PathState there = target.isEmpty() ? null : writer.path(target.get()).orElse(null);
    if (there != null && there.realStat() == null) {
      RealVersion now = new RealVersion(version(there, real), stat, real.hashedAtNanos());
      writer.put(LocalRules.applied(there, now, writer.nextSeq()));
    }
    writer.put(gone(state, writer.nextSeq()));
  }

  /**
   * The version that a moved file is at its new name: the one that has its content; where none is
   * known there any more, one that every other version replaces.
   */
  private static Version version(PathState there, RealVersion real) {
    boolean isDirectory = Objects.requireNonNull(real.stat()).kind() == FileStat.Kind.DIRECTORY;
    Content content = isDirectory ? DIRECTORY : real.version().content();
    if (there.shown().content().equals(content)) {
      return there.shown();
    }
    return Judgement.maxima(there).stream()
        .filter(version -> version.content().equals(content))
        .findFirst()
        .orElseGet(() -> Version.of(content, VersionVector.EMPTY));
  }

  // ---- after a stop

  /**
   * Finishes or gives up what no thread is at work on, in places that are certain. Each is tried by
   * itself; the first failure is thrown, and leaves its intent open.
   */
  void conclude() throws RealizeException, IOException {
    List<TreeIntent> left = store.read(TreeProtocol::left);
    Set<RelativePath> taken = new HashSet<>();
    List<IOException> failures = new ArrayList<>();
    try {
      Map<TreeIntent, Boolean> settled = new LinkedHashMap<>();
      List<TreeIntent> free = new ArrayList<>();
      for (TreeIntent each : left) {
        if (underWay.reserveTrees(each.tops())) {
          taken.addAll(each.tops());
          free.add(each);
        }
      }
      if (free.isEmpty()) {
        return;
      }
      free.retainAll(store.<List<TreeIntent>>read(TreeIntent::read));
      for (TreeIntent each : free) {
        each.slot().ifPresent(trash::hold);
        try {
          if (each.rename() != null) {
            renames.conclude(each, each.rename());
            continue;
          }
          settled.put(each, isMoved(each));
          LOG.info(
              "arena {}: '{}' was being moved: {}", store.arena(), each.path(), settled.get(each));
        } catch (IOException e) {
          failures.add(e);
        }
      }
      if (!settled.isEmpty()) {
        Map<TreeIntent, IOException> unforced = finish(settled);
        failures.addAll(unforced.values());
        settled.keySet().removeAll(unforced.keySet());
        settled.keySet().forEach(each -> each.slot().ifPresent(trash::release));
      }
    } finally {
      underWay.releaseTrees(taken);
    }
    for (IOException first : failures) {
      throw first;
    }
  }

  private static List<TreeIntent> left(ArenaReader reader) throws StorageFailed {
    List<TreeIntent> intents = TreeIntent.read(reader);
    if (!intents.isEmpty()) {
      Optional<PlaceTable> places = PlaceTable.read(reader);
      intents.removeIf(
          left -> places.filter(table -> table.doubt(left.path()).isPresent()).isPresent());
    }
    return intents;
  }

  private Optional<FileStat> at(RelativePath path) throws IOException {
    return PlaceSight.stat(disk, path);
  }
}
