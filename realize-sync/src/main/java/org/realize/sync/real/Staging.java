package org.realize.sync.real;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.realize.sync.delta.TreeHasher;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.IoCause;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Corrupt;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Disk;
import org.realize.sync.port.Disk.OpenMode;
import org.realize.sync.port.DiskFile;
import org.realize.sync.port.FileStat;
import org.realize.sync.real.BatchSync.Unforced;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files, links and directories that one batch of changes makes, where no program looks for
 * them: beside the {@link PartialFiles} of the place of each. What replaces nothing is made in a
 * directory like the one that it will be in, so that it gets the group, ACL and label that it would
 * get there; what replaces a file gets those of the file. Nothing here is durable before the batch
 * forces it. For one thread.
 */
final class Staging {
  private static final Logger LOG = LoggerFactory.getLogger(Staging.class);

  private static final String BATCH = ".batch";
  private static final int HASHED_BYTES = 1 << 20;

  private final Disk disk;
  private final HoldingPlaces places;
  private final BatchSync sync;
  private final RealFindings findings;

  /** The directories of this kind that are in use, of all batches. */
  private final Set<RelativePath> inUse;

  /** The numbers for new directories. */
  private final LongSupplier numbers;

  /** By place: the directory of this batch. */
  private final Map<RelativePath, RelativePath> directories = new HashMap<>();

  /** By the directory that names will be in: where they are made. */
  private final Map<RelativePath, RelativePath> likenesses = new HashMap<>();

  /** By place: what is here. */
  private final Map<RelativePath, Unforced> unforced = new TreeMap<>();

  /** The directories that are made here, by the names they will have. */
  private final Map<RelativePath, RelativePath> made = new HashMap<>();

  /** The partial files that are to be moved: more than this batch may need them. */
  private final Set<RelativePath> partials = new HashSet<>();

  /** The directories of slots that are there. */
  private final Set<RelativePath> slotDirectories = new HashSet<>();

  private int count;

  /**
   * The files of a new batch.
   *
   * @param numbers gives out no number twice, so that an intent whose end a power cut takes back
   *     names nothing that a later batch has made
   */
  Staging(
      Disk disk,
      BatchSync sync,
      RealFindings findings,
      Set<RelativePath> inUse,
      LongSupplier numbers) {
    this.disk = disk;
    this.places = new HoldingPlaces(disk);
    this.sync = sync;
    this.findings = findings;
    this.inUse = inUse;
    this.numbers = numbers;
  }

  /** The places that hold the names of the batch. */
  HoldingPlaces places() {
    return places;
  }

  /** Something that waits for its name. */
  record Staged(RelativePath file, Likeness likeness) {}

  /** A name of its own for something of a path. */
  RelativePath name(RelativePath path) throws IOException {
    return directory(places.holding(path)).child(Integer.toString(count++));
  }

  private Unforced unforced(RelativePath path) throws IOException {
    return unforced.computeIfAbsent(places.holding(path), _ -> new Unforced());
  }

  /** Makes something new; its mode may be other than the one in {@code create}. */
  Staged create(RealChange.Create create, int mode)
      throws IOException, RealizeException, InterruptedException {
    RelativePath file = like(create.path()).child(Integer.toString(count++));
    RealChange.Attributes attributes = create.attributes();
    switch (create.version().content()) {
      case Content.File _ -> {
        Finish finish =
            open -> {
              open.setAttributes(mode, attributes.mtime());
              return Optional.of(open.stat());
            };
        Staged staged = write(file, create.builder(), finish).orElseThrow();
        unforced(create.path()).addFile(file);
        return staged;
      }
      case Content.Link(String target) -> {
        unforced(create.path()).addLink(file);
        disk.createLink(file, target);
        disk.setAttributes(file, 0, attributes.mtime());
      }
      case Content.Directory(), Content.Absent() -> {
        disk.createDirectory(file);
        disk.setAttributes(file, mode, attributes.mtime());
        made.put(create.path(), file);
        unforced(create.path()).addDirectory(file);
      }
    }
    return new Staged(file, Likeness.of(disk.stat(file).orElseThrow()));
  }

  /** Gives a file a second name, to replace one of {@code path}; empty where that fails. */
  Optional<Staged> linked(RelativePath file, RelativePath path) throws IOException {
    RelativePath second = name(path);
    try {
      disk.link(file, second);
    } catch (FileSystemException e) {
      LOG.debug("'{}' becomes a file of its own: {}", path, IoCause.of(e));
      return Optional.empty();
    }
    return Optional.of(new Staged(second, Likeness.of(disk.stat(second).orElseThrow())));
  }

  /** Makes a file to replace another one; empty where there is none. */
  Optional<Staged> replacement(RealChange.Replace replace)
      throws IOException, RealizeException, InterruptedException {
    RelativePath path = replace.path();
    if (disk.stat(path).filter(now -> now.kind() == FileStat.Kind.FILE).isEmpty()) {
      return Optional.empty();
    }
    return write(name(path), replace.builder(), open -> finished(open, path, replace.attributes()));
  }

  /**
   * Takes the partial file of a path, to replace the file there or for the free name; empty where
   * there is no file to replace.
   *
   * @throws Corrupt if it has another content: it stays
   */
  Optional<Staged> adopted(RealChange.Adopt adopt)
      throws IOException, RealizeException, InterruptedException {
    RelativePath path = adopt.path();
    FileStat fetched = adopt.fetched();
    RelativePath partial = PartialFiles.of(disk, path, fetched == null ? "" : PartialFiles.FETCHED);
    Optional<FileStat> stat;
    try (DiskFile file = disk.open(partial, OpenMode.UPDATE)) {
      boolean isRight =
          fetched == null
              ? adopt.version().content() instanceof Content.File content
                  && hash(file).equals(content.hash())
              : fetched.sameFile(file.opened());
      if (!isRight) {
        throw new Corrupt("change '%s': what came is another version".formatted(path));
      }
      stat =
          adopt.indexed() == null
              ? Optional.of(finishedNew(file, path, adopt.attributes()))
              : finished(file, path, adopt.attributes());
    }
    if (adopt.indexed() == null) {
      unforced(path).addFile(partial);
    }
    partials.add(partial);
    return stat.map(found -> new Staged(partial, Likeness.of(found)));
  }

  /** The last work on a new file; empty if it is not wanted any more. */
  private interface Finish {
    Optional<FileStat> finish(DiskFile file) throws IOException;
  }

  private Optional<Staged> write(RelativePath file, RealChange.Builder builder, Finish finish)
      throws IOException, RealizeException, InterruptedException {
    Optional<FileStat> stat = Optional.empty();
    try (DiskFile open = disk.open(file, OpenMode.CREATE_NEW)) {
      builder.build(open);
      stat = finish.finish(open);
    } finally {
      if (stat.isEmpty()) {
        discard(file);
      }
    }
    return stat.map(found -> new Staged(file, Likeness.of(found)));
  }

  /** Gives a new file the attributes of the one at {@code path}, then its own. */
  private Optional<FileStat> finished(
      DiskFile open, RelativePath path, RealChange.@Nullable Attributes attributes)
      throws IOException {
    try (DiskFile replaced = disk.open(path, OpenMode.READ)) {
      reportLeft(path, open.takeAttributes(replaced));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
    if (attributes != null) {
      open.setAttributes(attributes.mode(), attributes.mtime());
    }
    return Optional.of(open.stat());
  }

  /** Gives a file what a new one in the directory of {@code path} gets, then its own attributes. */
  private FileStat finishedNew(DiskFile open, RelativePath path, RealChange.Attributes attributes)
      throws IOException {
    RelativePath model = like(path).child(Integer.toString(count++));
    try (DiskFile made = disk.open(model, OpenMode.CREATE_NEW)) {
      reportLeft(path, open.takeAttributes(made));
    } finally {
      discard(model);
    }
    open.setAttributes(attributes.mode(), attributes.mtime());
    return open.stat();
  }

  private void reportLeft(RelativePath path, List<String> left) {
    if (!left.isEmpty()) {
      findings.report(path, "not carried over to the new file: " + String.join(", ", left));
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

  /** Moves a file of {@code path} to a slot of the trash; it must be free. */
  void move(RelativePath file, RelativePath path, RelativePath slot) throws IOException {
    RelativePath directory = OwnDirectories.parent(slot);
    if (slotDirectories.add(directory)) {
      OwnDirectories.make(disk, directory);
    }
    FreeNames.move(disk, file, slot);
    unforced(path).addFile(slot);
  }

  /** Makes all that is here durable; returns the failures, by file. */
  Map<RelativePath, IOException> force() {
    Map<RelativePath, IOException> failures = new HashMap<>();
    unforced.forEach((place, files) -> failures.putAll(sync.force(place, files)));
    return failures;
  }

  /** The directory in which what will be at {@code path} is made. */
  private RelativePath like(RelativePath path) throws IOException {
    RelativePath parent = OwnDirectories.parent(path);
    RelativePath known = likenesses.get(parent);
    if (known == null) {
      known = name(path);
      RelativePath model = made.getOrDefault(parent, parent);
      try {
        reportLeft(path, disk.createDirectoryLike(known, model));
      } catch (NoSuchFileException | NotDirectoryException noParent) {
        disk.createDirectory(known);
      }
      likenesses.put(parent, known);
    }
    return known;
  }

  /** The directory of this batch in a place. */
  private RelativePath directory(RelativePath place) throws IOException {
    RelativePath known = directories.get(place);
    if (known != null) {
      return known;
    }
    RelativePath partial = PartialFiles.directory(place);
    OwnDirectories.make(disk, partial);
    while (true) {
      RelativePath next = partial.child(numbers.getAsLong() + BATCH);
      if (!inUse.add(next)) {
        continue;
      }
      boolean isMine = false;
      try {
        disk.createDirectory(next);
        isMine = true;
        directories.put(place, next);
        return next;
      } catch (FileAlreadyExistsException ofAnEarlierLife) {
        LOG.debug("'{}' is in use", next);
      } finally {
        if (!isMine) {
          inUse.remove(next);
        }
      }
    }
  }

  /** Deletes what waits for no name any more, if it is there; a partial file stays. */
  void discard(RelativePath file) {
    if (partials.contains(file)) {
      return;
    }
    try {
      disk.delete(file);
    } catch (NoSuchFileException none) {
      LOG.debug("'{}' is not there", file);
    } catch (IOException e) {
      LOG.debug("'{}' stays until the next start: {}", file, e.toString());
    }
  }

  /** Removes the directories; one that still holds something stays. */
  void close() {
    List<RelativePath> all = new ArrayList<>(likenesses.values());
    all.addAll(directories.values());
    for (RelativePath directory : all) {
      removeIfEmpty(disk, directory);
    }
    inUse.removeAll(directories.values());
  }

  /** Removes the directories in which something of a batch that was stopped waited, if empty. */
  static void removeDirectories(Disk disk, RelativePath file) {
    RelativePath directory = OwnDirectories.parent(file);
    removeIfEmpty(disk, directory);
    if (!directory.name().endsWith(BATCH)) {
      removeIfEmpty(disk, OwnDirectories.parent(directory));
    }
  }

  private static void removeIfEmpty(Disk disk, RelativePath directory) {
    try {
      disk.deleteDirectory(directory);
    } catch (IOException e) {
      LOG.debug("'{}' stays: {}", directory, e.toString());
    }
  }

  /**
   * Deletes what a kill left in a place, but for the files that wait for the end of an intent.
   *
   * @param waiting those files
   * @param inUse the directories of batches at work
   */
  static void clear(
      Disk disk, RelativePath place, Set<RelativePath> waiting, Set<RelativePath> inUse)
      throws IOException {
    RelativePath partial = PartialFiles.directory(place);
    if (disk.stat(partial).isEmpty()) {
      return;
    }
    for (String name : disk.list(partial).names()) {
      RelativePath directory = partial.child(name);
      if (name.endsWith(BATCH) && inUse.add(directory)) {
        try {
          clear(disk, directory, waiting);
        } finally {
          inUse.remove(directory);
        }
      }
    }
  }

  private static void clear(Disk disk, RelativePath directory, Set<RelativePath> waiting)
      throws IOException {
    for (Disk.Entry entry : disk.entries(directory).entries()) {
      RelativePath file = directory.child(entry.name());
      if (waiting.contains(file)) {
        continue;
      }
      if (entry.stat().kind() == FileStat.Kind.DIRECTORY) {
        clear(disk, file, waiting);
      } else {
        disk.delete(file);
      }
    }
    removeIfEmpty(disk, directory);
  }
}
