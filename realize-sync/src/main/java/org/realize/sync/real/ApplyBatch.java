package org.realize.sync.real;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.Content;
import org.realize.sync.model.IoCause;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.Version;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.NotSupportedException;
import org.realize.sync.real.ApplyConclusion.Settled;
import org.realize.sync.real.ApplyIntent.Kind;
import org.realize.sync.real.ApplyIntent.Side;
import org.realize.sync.real.ApplyProtocol.ApplyOutcome;
import org.realize.sync.real.Staging.Staged;
import org.realize.sync.real.Trash.TrashSlot;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The changes of one call, made step by step together. A change that fails, or ends early, takes no
 * part in later steps. For one thread.
 */
final class ApplyBatch {
  private static final Logger LOG = LoggerFactory.getLogger(ApplyBatch.class);

  private static final int WRITABLE = 0300;

  private final List<Change> changes;
  private final Trash trash;
  private final Staging staging;
  private final ApplyEffects effects;
  private final ApplyConclusion conclusion;
  private final ApplyJournal journal;

  /** The directories that are made writable for changes in them, or made so. */
  private final Set<RelativePath> locked = new HashSet<>();

  private final List<ApplyIntent> unlocks = new ArrayList<>();

  /** The first new file for each group of names that stays one file. */
  private final Map<LinkGroup, RelativePath> groups = new HashMap<>();

  /** The inodes of files one of whose names is changed: their change times are not as indexed. */
  private final Set<Long> moved = new HashSet<>();

  /** The intents that are committed, or may be. */
  private final Set<ApplyIntent> begun = new HashSet<>();

  ApplyBatch(
      List<RealChange> changes,
      Trash trash,
      Staging staging,
      ApplyEffects effects,
      ApplyConclusion conclusion,
      ApplyJournal journal) {
    this.changes = changes.stream().map(Change::new).toList();
    this.trash = trash;
    this.staging = staging;
    this.effects = effects;
    this.conclusion = conclusion;
    this.journal = journal;
  }

  /** Names of one file that get one content, and so are one file again. */
  private record LinkGroup(
      RelativePath place,
      long fileKey,
      Content content,
      RealChange.@Nullable Attributes attributes) {}

  /** One change and how far it has come; the first result counts. */
  static final class Change {
    private final RealChange change;
    private @Nullable ApplyIntent intent;
    private @Nullable ApplyResult result;

    /** What must have the name; empty where nothing may be. */
    private Optional<FileStat> indexed = Optional.empty();

    private Change(RealChange change) {
      this.change = change;
    }

    RealChange change() {
      return change;
    }

    private RelativePath path() {
      return change.path();
    }

    private ApplyIntent intent() {
      return Objects.requireNonNull(intent);
    }

    private void ends(ApplyOutcome outcome) {
      result = result == null ? new ApplyResult.Concluded(outcome) : result;
    }

    private void fails(IOException cause) {
      result = result == null ? new ApplyResult.DiskFailed(cause) : result;
    }

    void fails(RealizeException cause) {
      result = result == null ? new ApplyResult.Failed(cause) : result;
    }
  }

  List<ApplyResult> results() {
    return changes.stream().map(each -> Objects.requireNonNull(each.result)).toList();
  }

  /** The changes that have no result yet. */
  List<Change> open() {
    return changes.stream().filter(each -> each.result == null).toList();
  }

  /** The changes of any of the names of a change that is left, and cannot be concluded, fail. */
  void failsFor(ApplyIntent left, IOException cause) {
    for (Change each : open()) {
      if (each.change.names().stream().anyMatch(left.names()::contains)) {
        each.fails(cause);
      }
    }
  }

  /** The directories in which names come or go. */
  Set<RelativePath> directories() {
    Set<RelativePath> directories = new TreeSet<>();
    for (Change each : open()) {
      if (!(each.change instanceof RealChange.SetAttributes)) {
        each.change.names().forEach(name -> directories.add(OwnDirectories.parent(name)));
      }
    }
    return directories;
  }

  /**
   * Finds the directories that are not writable, or will not be.
   *
   * @param isFree true if no other batch changes the directory meanwhile
   */
  void unlock(Predicate<RelativePath> isFree) {
    Map<RelativePath, Change> own = new HashMap<>();
    open().forEach(each -> own.put(each.path(), each));
    for (RelativePath directory : directories()) {
      Change same = own.get(directory);
      if (same != null && same.change instanceof RealChange.Create create) {
        if ((create.attributes().mode() & WRITABLE) != WRITABLE) {
          locked.add(directory);
        }
        continue;
      }
      Optional<Likeness> now = found(directory);
      if (now.filter(found -> (found.mode() & WRITABLE) != WRITABLE).isPresent()
          && (same != null || isFree.test(directory))) {
        locked.add(directory);
        Likeness writable = now.get().withMode(now.get().mode() | WRITABLE);
        Side locks = new Side(directory, writable, now.get(), null);
        unlocks.add(new ApplyIntent(Kind.UNLOCK, directory, List.of(locks)));
        if (same != null && same.change instanceof RealChange.SetAttributes) {
          same.fails(
              new RealizeException.Unreachable(
                  "change '%s': names in it are being changed".formatted(directory)));
        }
      }
    }
  }

  private Optional<Likeness> found(RelativePath directory) {
    try {
      return effects.directory(directory);
    } catch (IOException e) {
      LOG.debug("'{}': {}", directory, IoCause.of(e)); // what is to be in it fails, too
      return Optional.empty();
    }
  }

  /** Makes what is to be, durably, where it waits. */
  void stage() throws InterruptedException {
    for (Change each : open()) {
      try {
        if (!isStaged(each)) {
          each.ends(ApplyOutcome.CHANGED);
        }
      } catch (NotSupportedException e) {
        each.ends(effects.unsupported(each.path()));
      } catch (IOException e) {
        each.fails(e);
      } catch (RealizeException e) {
        each.fails(e);
      }
    }
    Map<RelativePath, IOException> failures = staging.force();
    for (Change each : open()) {
      IOException failure = failures.get(each.intent().file());
      if (failure != null) {
        each.fails(failure);
      }
    }
  }

  /** False if the name is not what was indexed. */
  private boolean isStaged(Change each) throws IOException, RealizeException, InterruptedException {
    RelativePath path = each.path();
    return switch (each.change) {
      case RealChange.Create create -> {
        stage(each, create);
        yield true;
      }
      case RealChange.Replace replace -> {
        each.indexed = Optional.of(replace.indexed());
        yield isStaged(each, replace);
      }
      case RealChange.Adopt adopt -> {
        each.indexed = Optional.ofNullable(adopt.indexed());
        Optional<ApplyOutcome> refusal = effects.refusal(path, each.indexed);
        if (refusal.isPresent()) {
          each.ends(refusal.get()); // before anything is done to the file
          yield true;
        }
        Optional<Staged> made = staging.adopted(adopt);
        if (each.indexed.isPresent()) {
          yield waits(each, made, adopt.version());
        }
        Staged waiting = made.orElseThrow();
        Side side = new Side(path, null, waiting.likeness(), adopt.version());
        each.intent = new ApplyIntent(Kind.PUT, waiting.file(), List.of(side));
        yield true;
      }
      case RealChange.Remove(_, FileStat indexed, Version tombstone) -> {
        boolean isDirectory = indexed.kind() == FileStat.Kind.DIRECTORY;
        FileStat now =
            locked.contains(path) ? indexed.withMode(indexed.mode() | WRITABLE) : indexed;
        each.indexed = Optional.of(now);
        RelativePath file = isDirectory ? staging.name(path) : reserve(path).file();
        Side side = new Side(path, Likeness.of(now), null, tombstone);
        each.intent = new ApplyIntent(Kind.REMOVE, file, List.of(side));
        yield true;
      }
      case RealChange.Rename(
              _,
              RelativePath target,
              FileStat indexed,
              Version gone,
              Version now) -> {
        each.indexed = Optional.of(indexed);
        if (effects.isTaken(target)) {
          yield false;
        }
        Likeness moved = Likeness.of(indexed);
        List<Side> sides =
            List.of(new Side(path, moved, null, gone), new Side(target, null, moved, now));
        each.intent = new ApplyIntent(Kind.RENAME, reserve(path).file(), sides);
        yield true;
      }
      case RealChange.SetAttributes(_, FileStat indexed, RealChange.Attributes attributes) -> {
        each.indexed = Optional.of(indexed);
        Likeness before = Likeness.of(indexed);
        Side side = new Side(path, before, before.with(attributes), null);
        each.intent = new ApplyIntent(Kind.SET_ATTRIBUTES, path, List.of(side));
        yield true;
      }
    };
  }

  private void stage(Change each, RealChange.Create create)
      throws IOException, RealizeException, InterruptedException {
    RelativePath path = create.path();
    int mode = create.attributes().mode();
    boolean isLocked =
        locked.contains(path) && create.version().content() instanceof Content.Directory;
    Staged made = staging.create(create, isLocked ? mode | WRITABLE : mode);
    List<Side> sides = new ArrayList<>();
    sides.add(new Side(path, null, made.likeness(), create.version()));
    if (isLocked) {
      Side locks = new Side(path, made.likeness(), made.likeness().withMode(mode), null);
      sides.add(locks);
      unlocks.add(new ApplyIntent(Kind.UNLOCK, path, List.of(locks)));
    }
    each.intent = new ApplyIntent(Kind.PUT, made.file(), sides);
  }

  /** Links what replaces another name of the same file by the same content, else makes it. */
  private boolean isStaged(Change each, RealChange.Replace replace)
      throws IOException, RealizeException, InterruptedException {
    RelativePath path = replace.path();
    if (replace.indexed().links() <= 1 || replace.version() == null) {
      return waits(each, staging.replacement(replace), replace.version());
    }
    LinkGroup group =
        new LinkGroup(
            staging.places().holding(path),
            replace.indexed().fileKey(),
            replace.version().content(),
            replace.attributes());
    RelativePath first = groups.get(group);
    Optional<Staged> made = first == null ? Optional.empty() : staging.linked(first, path);
    boolean isStaged =
        waits(each, made.isPresent() ? made : staging.replacement(replace), replace.version());
    if (isStaged) {
      groups.putIfAbsent(group, each.intent().file());
    }
    return isStaged;
  }

  /** Moves what replaces a file to a slot. */
  private boolean waits(Change each, Optional<Staged> made, @Nullable Version version)
      throws IOException {
    if (made.isEmpty()) {
      return false;
    }
    RelativePath path = each.path();
    Likeness before = Likeness.of(each.indexed.orElseThrow());
    TrashSlot slot = reserve(path);
    boolean isMoved = false;
    try {
      staging.move(made.get().file(), path, slot.file());
      isMoved = true;
    } finally {
      if (!isMoved) {
        trash.release(slot);
        staging.discard(made.get().file());
      }
    }
    Side side = new Side(path, before, made.get().likeness(), version);
    each.intent = new ApplyIntent(Kind.PUT, slot.file(), List.of(side));
    return true;
  }

  private TrashSlot reserve(RelativePath path) throws IOException {
    return trash.reserve(path, staging.places().holding(path));
  }

  /** Makes the changes that are staged, and ends them. */
  void perform() {
    List<Change> staged = open();
    if (staged.isEmpty()) {
      return;
    }
    List<ApplyIntent> intents = new ArrayList<>(unlocks);
    staged.forEach(each -> intents.add(each.intent()));
    Set<RelativePath> emptied = directories();
    begun.addAll(intents); // who ends an intent releases its slot
    try {
      journal.begin(intents);
      unlocks.forEach(effects::unlock);
      Map<Change, Settled> settled = new LinkedHashMap<>();
      List<Change> halves = new ArrayList<>();
      for (Change each : staged) {
        boolean isFilled = each.intent().removesDirectory() && emptied.contains(each.path());
        settle(
            each,
            settled,
            () ->
                isFilled
                    ? Optional.empty()
                    : effects.perform(each.intent(), each.indexed, moved::contains));
        Settled now = settled.get(each);
        if (each.result == null && now == null) {
          halves.add(each);
        }
        if (now == null || now.isDone()) {
          each.indexed.ifPresent(indexed -> moved.add(indexed.fileKey()));
        }
      }
      performSecondHalves(halves, settled);
      end(settled);
    } catch (RealizeException e) {
      staged.forEach(each -> each.fails(e));
    }
  }

  /** Files lose their old names, and directories are removed whose names were. */
  private void performSecondHalves(List<Change> halves, Map<Change, Settled> settled) {
    Map<ApplyIntent, IOException> unsafe =
        journal.forceFirstHalf(halves.stream().map(Change::intent).toList(), staging.places());
    for (Change each : halves) {
      IOException failure = unsafe.get(each.intent());
      settle(
          each,
          settled,
          () -> {
            if (failure != null) {
              throw failure;
            }
            return each.intent().removesDirectory()
                ? effects.perform(each.intent(), each.indexed, moved::contains)
                : Optional.of(effects.takeOldName(each.intent()));
          });
    }
  }

  /** An effect and the look after it; empty where another effect is to follow. */
  private interface Effect {
    Optional<Settled> perform() throws IOException;
  }

  /** A failure is concluded like a crash, at once; where that fails too, later. */
  private void settle(Change each, Map<Change, Settled> settled, Effect effect) {
    try {
      effect.perform().ifPresent(now -> settled.put(each, now));
    } catch (IOException e) {
      each.fails(e);
      try {
        settled.put(each, conclusion.settle(each.intent()));
      } catch (IOException again) {
        e.addSuppressed(again);
      }
    }
  }

  private void end(Map<Change, Settled> settled) throws RealizeException {
    List<Settled> all = new ArrayList<>(settled.values());
    for (ApplyIntent unlock : unlocks) {
      try {
        all.add(conclusion.settle(unlock)); // after the names in it, whose results it extends
      } catch (IOException e) {
        LOG.warn(
            "arena {}: '{}' stays writable until later: {}",
            journal.arena(),
            unlock.path(),
            IoCause.of(e));
      }
    }
    Map<ApplyIntent, IOException> failures = journal.end(conclusion.again(all), staging.places());
    settled.forEach((each, now) -> {
      IOException failure = failures.get(now.intent());
      if (failure != null) {
        each.fails(failure);
      }
      each.ends(now.outcome());
    });
  }

  /** Deletes what was staged in vain. */
  void close() {
    for (Change each : changes) {
      ApplyIntent intent = each.intent;
      if (intent != null && !begun.contains(intent)) {
        if (intent.kind() == Kind.PUT) {
          staging.discard(intent.file());
        }
        intent.slot().ifPresent(trash::release);
      }
    }
    staging.close();
  }
}
