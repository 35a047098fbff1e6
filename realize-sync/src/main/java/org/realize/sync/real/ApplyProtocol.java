package org.realize.sync.real;

import static java.util.stream.Collectors.toUnmodifiableSet;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.realize.sync.delta.TreeHasher;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Corrupt;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RealizeException.Unreachable;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.Version;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.Disk;
import org.realize.sync.port.Disk.OpenMode;
import org.realize.sync.port.DiskFile;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.NotSupportedException;
import org.realize.sync.port.OpenState;
import org.realize.sync.port.PathState;
import org.realize.sync.real.ApplyIntent.Kind;
import org.realize.sync.real.ApplyIntent.Side;
import org.realize.sync.real.Trash.TrashSlot;
import org.realize.sync.rules.Judgement;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The protocol by which Realize changes a name of a root, whatever programs do there at the same
 * time. It never trusts the index, and unlinks nothing of a user's.
 *
 * <p><b>Order of effects.</b>
 *
 * <ol>
 *   <li>What is to be at the name is made beside the {@link PartialFiles} of its place, gets its
 *       attributes, first those of the file that it replaces, and is forced.
 *   <li>It is renamed to a slot of the {@link Trash}, where it waits. On a file system with neither
 *       a rename to a free name nor links nothing more is done.
 *   <li>The {@link ApplyIntent} is committed, and durable.
 *   <li>What has the name must be what was indexed, in every field of its stat, and not be open for
 *       writing.
 *   <li>The effect, by {@link ApplyIntent.Kind}. Two files exchange their names, so that the old
 *       one is in the trash and a program finds either the one or the other. Without such a step
 *       the old file is renamed into the trash first, and the new one then to the name, which must
 *       still be free: only here the name is missing for a moment. What replaces nothing is renamed
 *       to the free name. What is removed is renamed into the trash, an empty directory too, so
 *       that a file that took its name is not unlinked. A file that is renamed gets its new name by
 *       a link first, and then loses the old one into the trash, where it is an extra name and
 *       unlinked. Attributes are set through a descriptor.
 *   <li>What was displaced, renamed or changed must be what was indexed in all but its change time,
 *       and not be open for writing. If so, the directories are forced and the real versions are
 *       committed, together with the end of the intent. If not, the effect is taken back, once, if
 *       the new file is still exactly as made ({@link ApplyConclusion}).
 * </ol>
 *
 * A file that ends in the trash and is exactly as Realize made it, and open by no program, is
 * unlinked. Any other stays there, and is reported where it is a version that has no other place.
 *
 * <p>Thread-safe for different paths.
 */
public final class ApplyProtocol {
  private static final Logger LOG = LoggerFactory.getLogger(ApplyProtocol.class);

  /** The largest batch. */
  public static final int MAX_CHANGES = 500;

  private static final String MADE = ".made";
  private static final int HASHED_BYTES = 1 << 20;

  private final Disk disk;
  private final ArenaStore store;
  private final Trash trash;
  private final RealFindings findings;
  private final ApplyConclusion conclusion;

  /** Names that are being changed. */
  private final Set<RelativePath> underWay = ConcurrentHashMap.newKeySet();

  ApplyProtocol(
      Disk disk, ArenaStore store, Trash trash, ObservedTime observed, RealFindings findings) {
    this.disk = disk;
    this.store = store;
    this.trash = trash;
    this.findings = findings;
    this.conclusion = new ApplyConclusion(disk, store, trash, observed);
  }

  /** The result of a change. */
  public enum ApplyOutcome {
    /** It is made, durable, and what it displaced is in the trash. */
    DONE,
    /** What has the name is not what was indexed, and stays. */
    CHANGED,
    /** A program has it open for writing, and it stays. */
    OPEN,
    /** The file system cannot do it without the risk to replace another file; it stays. */
    UNSUPPORTED
  }

  /**
   * Makes a change if its name is what was indexed, durably.
   *
   * @throws Unreachable if another thread is changing it: later
   */
  public ApplyOutcome apply(RealChange change)
      throws IOException, RealizeException, InterruptedException {
    return alone(change.names(), () -> applyAlone(change));
  }

  /**
   * Makes changes, as {@link #apply} each, and all of them for about the cost of one sync. Those of
   * directories come before those of names in them, but removals after. Each succeeds or fails by
   * itself.
   *
   * @param changes at most {@value #MAX_CHANGES}, of different names
   * @return the results, in the order of the changes
   * @throws InterruptedException by a builder: none of those is made that is not concluded
   */
  public List<ApplyResult> applyAll(List<RealChange> changes) throws InterruptedException {
    if (changes.size() > MAX_CHANGES) {
      throw new IllegalArgumentException(changes.size() + " changes at once");
    }
    List<ApplyResult> results = new ArrayList<>();
    for (RealChange change : changes) {
      try {
        results.add(new ApplyResult.Concluded(apply(change)));
      } catch (IOException e) {
        results.add(new ApplyResult.DiskFailed(e));
      } catch (RealizeException e) {
        results.add(new ApplyResult.Failed(e));
      }
    }
    return results;
  }

  /** As {@link #apply}: the same content anew, under the attributes that the file has. */
  public ApplyOutcome replace(RelativePath path, FileStat indexed, RealChange.Builder builder)
      throws IOException, RealizeException, InterruptedException {
    return apply(new RealChange.Replace(path, indexed, null, null, builder));
  }

  /**
   * A file that is collected in {@link PartialFiles}.
   *
   * @param content of a version that follows the file at the path
   */
  public record Arrival(ContentHash content, int mode, FileTime mtime) {

    private boolean isOf(Version version) {
      return version.content() instanceof Content.File file && file.hash().equals(content);
    }
  }

  /**
   * As {@link #apply}, by the partial file of the path; the version that it follows must still have
   * no other successor.
   *
   * @throws Corrupt if the partial file has another content: nothing has changed
   */
  public ApplyOutcome replace(RelativePath path, FileStat indexed, Arrival arrival)
      throws IOException, RealizeException, InterruptedException {
    return alone(
        List.of(path),
        () -> {
          Optional<Version> version =
              store
                  .<Optional<PathState>>read(reader -> reader.path(path))
                  .flatMap(Judgement::successor)
                  .filter(arrival::isOf);
          if (version.isEmpty()) {
            return ApplyOutcome.CHANGED;
          }
          RelativePath partial = PartialFiles.of(disk, path, "");
          Optional<Likeness> made = adopt(partial, path, arrival);
          return put(partial, path, made, Optional.of(indexed), version.get());
        });
  }

  /** Work on names that no other thread may change meanwhile. */
  private interface Work {
    ApplyOutcome run() throws IOException, RealizeException, InterruptedException;
  }

  private ApplyOutcome alone(List<RelativePath> names, Work work)
      throws IOException, RealizeException, InterruptedException {
    Set<RelativePath> taken = new HashSet<>();
    try {
      for (RelativePath name : names) {
        if (!underWay.add(name)) {
          throw new Unreachable("change '%s': it is being changed already".formatted(name));
        }
        taken.add(name);
        concludeLeft(name);
      }
      return work.run();
    } finally {
      underWay.removeAll(taken);
    }
  }

  private ApplyOutcome applyAlone(RealChange change)
      throws IOException, RealizeException, InterruptedException {
    RelativePath path = change.path();
    return switch (change) {
      case RealChange.Create create -> {
        RelativePath partial = PartialFiles.of(disk, path, MADE);
        try {
          Optional<Likeness> made = Optional.of(make(partial, create));
          yield put(partial, path, made, Optional.empty(), create.version());
        } catch (NotSupportedException noLinks) {
          yield unsupported(path);
        } finally {
          deleteIfThere(partial);
        }
      }
      case RealChange.Replace replace -> {
        RelativePath partial = PartialFiles.of(disk, path, MADE);
        try {
          Optional<Likeness> made = build(partial, replace);
          yield put(partial, path, made, Optional.of(replace.indexed()), replace.version());
        } finally {
          deleteIfThere(partial);
        }
      }
      case RealChange.Remove(_, FileStat indexed, Version tombstone) -> {
        Side side = new Side(path, Likeness.of(indexed), null, tombstone);
        yield begin(Kind.REMOVE, List.of(side), indexed);
      }
      case RealChange.Rename(
              _,
              RelativePath target,
              FileStat indexed,
              Version gone,
              Version now) -> {
        if (disk.stat(target).isPresent()) {
          yield ApplyOutcome.CHANGED;
        }
        Likeness moved = Likeness.of(indexed);
        Side source = new Side(path, moved, null, gone);
        yield begin(Kind.RENAME, List.of(source, new Side(target, null, moved, now)), indexed);
      }
      case RealChange.SetAttributes(_, FileStat indexed, RealChange.Attributes attributes) -> {
        Likeness before = Likeness.of(indexed);
        Side side = new Side(path, before, before.with(attributes), null);
        yield begin(Kind.SET_ATTRIBUTES, List.of(side), indexed);
      }
    };
  }

  private ApplyOutcome put(
      RelativePath partial,
      RelativePath path,
      Optional<Likeness> made,
      Optional<FileStat> indexed,
      @Nullable Version version)
      throws IOException, RealizeException {
    if (made.isEmpty()) {
      return ApplyOutcome.CHANGED;
    }
    TrashSlot slot;
    try {
      slot = stage(partial, path);
    } catch (NotSupportedException e) {
      return unsupported(path);
    }
    Likeness before = indexed.map(Likeness::of).orElse(null);
    return begin(Kind.PUT, slot, List.of(new Side(path, before, made.get(), version)), indexed);
  }

  /** Makes something new, durable but for its name. */
  private Likeness make(RelativePath partial, RealChange.Create create)
      throws IOException, RealizeException, InterruptedException {
    deleteIfThere(partial);
    OwnDirectories.make(disk, OwnDirectories.parent(partial));
    RealChange.Attributes attributes = create.attributes();
    switch (create.version().content()) {
      case Content.File _ -> {
        try (DiskFile made = disk.open(partial, OpenMode.CREATE_NEW)) {
          create.builder().build(made);
          made.setAttributes(attributes.mode(), attributes.mtime());
          made.force();
        }
      }
      case Content.Link(String target) -> {
        disk.createLink(partial, target);
        disk.setAttributes(partial, 0, attributes.mtime());
        disk.forceFileSystem(OwnDirectories.parent(partial)); // no descriptor forces a link
      }
      case Content.Directory() -> {
        disk.createDirectory(partial);
        disk.setAttributes(partial, attributes.mode(), attributes.mtime());
        disk.forceDirectory(partial);
      }
      case Content.Absent() -> throw new IllegalArgumentException("create nothing");
    }
    return Likeness.of(disk.stat(partial).orElseThrow());
  }

  /** Empty where there is no file to take the attributes of. */
  private Optional<Likeness> build(RelativePath partial, RealChange.Replace replace)
      throws IOException, RealizeException, InterruptedException {
    RelativePath path = replace.path();
    deleteIfThere(partial);
    if (disk.stat(path).filter(now -> now.kind() == FileStat.Kind.FILE).isEmpty()) {
      return Optional.empty();
    }
    OwnDirectories.make(disk, OwnDirectories.parent(partial));
    try (DiskFile made = disk.open(partial, OpenMode.CREATE_NEW)) {
      replace.builder().build(made);
      return finished(made, path, replace.attributes());
    }
  }

  /** Empty where there is no file to take the attributes of. */
  private Optional<Likeness> adopt(RelativePath partial, RelativePath path, Arrival arrival)
      throws IOException, RealizeException, InterruptedException {
    try (DiskFile made = disk.open(partial, OpenMode.UPDATE)) {
      if (!hash(made).equals(arrival.content())) {
        throw new Corrupt("replace '%s': what came is another version".formatted(path));
      }
      return finished(made, path, new RealChange.Attributes(arrival.mode(), arrival.mtime()));
    }
  }

  private static ContentHash hash(DiskFile file) throws IOException, InterruptedException {
    TreeHasher hasher = new TreeHasher(TreeHasher.NO_NODES);
    ByteBuffer buffer = ByteBuffer.allocate(HASHED_BYTES);
    while (file.read(buffer.clear(), hasher.sizeBytes()) > 0) {
      hasher.update(buffer.flip());
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
    }
    return hasher.finish();
  }

  /** Gives a new file the attributes of the one at {@code path}, then its own, and forces it. */
  private Optional<Likeness> finished(
      DiskFile made, RelativePath path, RealChange.@Nullable Attributes attributes)
      throws IOException {
    try (DiskFile replaced = disk.open(path, OpenMode.READ)) {
      List<String> left = made.takeAttributes(replaced);
      if (!left.isEmpty()) {
        findings.report(path, "not carried over to the new file: " + String.join(", ", left));
      }
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
    if (attributes != null) {
      made.setAttributes(attributes.mode(), attributes.mtime());
    }
    made.force();
    return Optional.of(Likeness.of(made.stat()));
  }

  /** Renames what was made to a slot, where it waits. */
  private TrashSlot stage(RelativePath partial, RelativePath path) throws IOException {
    TrashSlot slot = trash.reserve(path);
    boolean isStaged = false;
    try {
      OwnDirectories.make(disk, OwnDirectories.parent(slot.file()));
      FreeNames.move(disk, partial, slot.file());
      isStaged = true;
      return slot;
    } finally {
      if (!isStaged) {
        trash.release(slot);
      }
    }
  }

  private ApplyOutcome unsupported(RelativePath path) {
    findings.report(path, "not changed: the file system has neither safe renames nor links");
    return ApplyOutcome.UNSUPPORTED;
  }

  private ApplyOutcome begin(Kind kind, List<Side> sides, FileStat indexed)
      throws IOException, RealizeException {
    return begin(kind, trash.reserve(sides.getFirst().path()), sides, Optional.of(indexed));
  }

  private ApplyOutcome begin(
      Kind kind, TrashSlot slot, List<Side> sides, Optional<FileStat> indexed)
      throws IOException, RealizeException {
    ApplyIntent intent = new ApplyIntent(kind, slot, sides);
    boolean isOpen = false;
    try {
      store.write(intent::add);
      isOpen = true; // whoever ends the intent releases the slot
      store.force();
      return perform(intent, indexed);
    } finally {
      if (!isOpen) {
        trash.release(slot);
      }
    }
  }

  /** A failure is concluded like a crash, at once; where that fails too, later. */
  private ApplyOutcome perform(ApplyIntent intent, Optional<FileStat> indexed)
      throws IOException, RealizeException {
    try {
      Optional<OpenState> ready = check(intent.path(), indexed);
      boolean isUnsupported = false;
      boolean isRefused = true;
      if (ready.isPresent() && ready.get() != OpenState.OPEN) {
        try {
          isRefused = false;
          effect(intent, indexed, ready.get() == OpenState.UNKNOWN);
        } catch (NotSupportedException nothingHasHappened) {
          isUnsupported = true;
          isRefused = true;
        } catch (FileAlreadyExistsException taken) {
          isRefused = true;
        } catch (NoSuchFileException e) {
          LOG.debug("'{}' was removed", intent.path());
        }
      }
      ApplyOutcome concluded =
          isRefused ? conclusion.concludeRefused(intent) : conclusion.conclude(intent);
      if (isUnsupported) {
        return unsupported(intent.path());
      }
      return ready.filter(OpenState.OPEN::equals).isPresent() ? ApplyOutcome.OPEN : concluded;
    } catch (IOException e) {
      try {
        conclusion.conclude(intent);
      } catch (IOException again) {
        e.addSuppressed(again);
      }
      throw e;
    }
  }

  /** Compares every field; empty if something else is there. */
  private Optional<OpenState> check(RelativePath path, Optional<FileStat> indexed)
      throws IOException {
    Optional<FileStat> now = disk.stat(path);
    if (indexed.isEmpty() || now.isEmpty()) {
      return indexed.isEmpty() && now.isEmpty() ? Optional.of(OpenState.CLOSED) : Optional.empty();
    }
    boolean isSame = indexed.get().sameEntry(now.get()) && indexed.get().mode() == now.get().mode();
    return isSame ? Optional.of(trash.openState(path, indexed.get())) : Optional.empty();
  }

  private void effect(ApplyIntent intent, Optional<FileStat> indexed, boolean isUnknown)
      throws IOException {
    RelativePath path = intent.path();
    TrashSlot slot = intent.slot();
    switch (intent.kind()) {
      case PUT -> {
        if (indexed.isEmpty()) {
          FreeNames.move(disk, slot.file(), path);
        } else {
          trash.note(slot, path, indexed.get(), isUnknown, false);
          swap(path, slot);
        }
      }
      case REMOVE -> {
        boolean isDirectory = indexed.orElseThrow().kind() == FileStat.Kind.DIRECTORY;
        if (!isDirectory) {
          trash.note(slot, path, indexed.get(), isUnknown, false);
        }
        if (!isDirectory || disk.entries(path).complete().isEmpty()) {
          FreeNames.moveInto(disk, path, slot.file());
        }
      }
      case RENAME -> {
        RelativePath target = intent.sides().getLast().path();
        disk.link(path, target);
        disk.forceDirectory(OwnDirectories.parent(target));
        if (conclusion.isLinked(intent)) {
          FreeNames.moveInto(disk, path, slot.file());
        }
      }
      case SET_ATTRIBUTES -> conclusion.setAttributes(intent.first());
    }
  }

  private void swap(RelativePath path, TrashSlot slot) throws IOException {
    try {
      disk.exchange(slot.file(), path);
    } catch (NotSupportedException noSuchStep) {
      displace(path, slot);
    }
  }

  /**
   * The first half of a swap without an exchange; concluding does the second. The new file must be
   * sure to be there after a power cut that keeps this half.
   */
  private void displace(RelativePath path, TrashSlot slot) throws IOException {
    disk.forceDirectory(OwnDirectories.parent(slot.file()));
    FreeNames.moveInto(disk, path, slot.old().file());
  }

  /** The names of changes that are not concluded; an absence of them proves nothing. */
  public static Set<RelativePath> open(ArenaReader reader) throws StorageFailed {
    return ApplyIntent.read(reader).stream()
        .flatMap(intent -> intent.sides().stream().map(Side::path))
        .collect(toUnmodifiableSet());
  }

  /** The changes that are not concluded, in places that are certain. */
  private static List<ApplyIntent> left(ArenaReader reader) throws StorageFailed {
    List<ApplyIntent> intents = ApplyIntent.read(reader);
    if (!intents.isEmpty()) {
      Optional<PlaceTable> places = PlaceTable.read(reader);
      intents.removeIf(
          left -> places.filter(table -> table.doubt(left.path()).isPresent()).isPresent());
    }
    return intents;
  }

  /** Deletes the new files that a kill left in a place, before any was put in its place. */
  void clear(RelativePath place) throws IOException {
    RelativePath directory = PartialFiles.directory(place);
    if (disk.stat(directory).isPresent()) {
      Set<RelativePath> made = new HashSet<>();
      for (RelativePath path : underWay) {
        made.add(PartialFiles.of(disk, path, MADE));
      }
      for (String name : disk.list(directory).names()) {
        if (name.endsWith(MADE) && !made.contains(directory.child(name))) {
          deleteIfThere(directory.child(name));
        }
      }
    }
  }

  /**
   * Finishes or takes back the changes that no thread is at work on, in the places that are
   * certain. Each is tried by itself; the first failure is thrown. Where that fails, or the place
   * is in doubt, the intent stays open: its files in the trash are busy, and an absence of its name
   * is no removal.
   */
  void conclude() throws RealizeException, IOException {
    IOException failed = null;
    for (ApplyIntent left : store.read(ApplyProtocol::left)) {
      RelativePath path = left.path();
      if (!underWay.add(path)) {
        continue;
      }
      try {
        concludeLeft(path);
      } catch (IOException e) {
        failed = failed == null ? e : failed;
      } finally {
        underWay.remove(path);
      }
    }
    if (failed != null) {
      throw failed;
    }
  }

  private void concludeLeft(RelativePath path) throws RealizeException, IOException {
    for (ApplyIntent left : store.read(ApplyIntent::read)) {
      if (left.path().equals(path)) {
        trash.hold(left.slot());
        LOG.info("'{}' was being changed: {}", path, conclusion.conclude(left));
      }
    }
  }

  private void deleteIfThere(RelativePath file) throws IOException {
    try {
      disk.delete(file);
    } catch (NoSuchFileException none) {
      LOG.debug("'{}' is not there", file);
    }
  }
}
