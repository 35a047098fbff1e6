package org.realize.sync.index;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.IoCause;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.InDoubt;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Disk;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.FileStat.Kind;
import org.realize.sync.port.PathState;
import org.realize.sync.real.PlaceId;

/**
 * One run over the disk: from the root, or from touched names, down through what is new or may have
 * changed. It finds the directories and observes the names; the {@link NameIndexer} does the rest.
 * Directories wait on a stack of their own, so that neither depth nor size of a tree costs Java
 * stack, and only one listing is in memory. Not thread-safe.
 */
final class TreeWalk {

  private final IndexedRoot root;
  private final IgnoreFiles ignoreFiles;
  private final IgnoreRules configured;
  private final NameIndexer names;

  /** Counts the files that were looked at. */
  private final AtomicLong files;

  /** Directories that wait to be listed. */
  private final Deque<DirectoryScope> directories = new ArrayDeque<>();

  /** Directories above touched names, those that were entered; empty for those left out. */
  private final Map<RelativePath, Optional<DirectoryScope>> scopes = new HashMap<>();

  /** Directories that were listed: what lies below them needs no visit any more. */
  private final Set<RelativePath> listed = new HashSet<>();

  private final Set<RelativePath> again = new TreeSet<>();
  private final Set<RelativePath> unlisted = new TreeSet<>();

  TreeWalk(
      IndexedRoot root,
      IgnoreFiles ignoreFiles,
      IgnoreRules configured,
      NameIndexer names,
      AtomicLong files) {
    this.root = root;
    this.ignoreFiles = ignoreFiles;
    this.configured = configured;
    this.names = names;
    this.files = files;
  }

  /** Directories that moved while they were listed. */
  Collection<RelativePath> again() {
    return again;
  }

  /** True if the store has names below {@code path} of a directory that could not be listed. */
  boolean isIncomplete(RelativePath path) throws RealizeException {
    for (RelativePath directory : unlisted) {
      if (path.contains(directory)
          && !root.store().read(reader -> reader.children(directory)).isEmpty()) {
        return true;
      }
    }
    return false;
  }

  /** Visits {@code path} and, if it is a directory, all below it. */
  void visit(RelativePath path) throws RealizeException, InterruptedException {
    if (PlaceId.isOwn(path) || covered(path)) {
      return;
    }
    if (root.isMoving(path)) {
      again.add(path);
      return;
    }
    if (path.name().equals(IgnoreRules.FILE_NAME)) {
      visit(path.parent().orElse(RelativePath.ROOT));
      return;
    }
    if (path.isRoot()) {
      directories.push(rootScope());
    } else {
      Optional<DirectoryScope> parent = scope(path.parent().orElseThrow());
      if (parent.isPresent()) {
        name(parent.get(), path);
      }
    }
    listAll();
  }

  private void listAll() throws RealizeException, InterruptedException {
    while (!directories.isEmpty()) {
      root.checkCancelled();
      list(directories.pop());
    }
  }

  private boolean covered(RelativePath path) {
    Optional<RelativePath> at = Optional.of(path);
    while (at.isPresent()) {
      if (listed.contains(at.get())) {
        return true;
      }
      at = at.get().parent();
    }
    return false;
  }

  private DirectoryScope rootScope() throws InDoubt {
    try {
      FileStat stat =
          root.disk()
              .stat(RelativePath.ROOT)
              .orElseThrow(() -> new InDoubt("there is no root directory"));
      return new DirectoryScope(RelativePath.ROOT, stat, configured, false, null);
    } catch (IOException failure) {
      throw new InDoubt("cannot look at the root: " + IoCause.of(failure));
    }
  }

  /**
   * The directory of a touched name, with its rules; empty when it is left out, or was itself
   * visited as a whole because it is not the directory that was indexed.
   */
  private Optional<DirectoryScope> scope(RelativePath path)
      throws RealizeException, InterruptedException {
    Optional<DirectoryScope> known = scopes.get(path);
    if (known == null) {
      known = path.isRoot() ? Optional.of(rootScope()) : below(path);
      known = known.isPresent() ? withRules(known.get()) : known;
      scopes.put(path, known);
    }
    return known;
  }

  private Optional<DirectoryScope> below(RelativePath path)
      throws RealizeException, InterruptedException {
    Optional<DirectoryScope> parent = scope(path.parent().orElseThrow());
    if (parent.isEmpty() || covered(path)) {
      return Optional.empty();
    }
    Observation seen = observe(path);
    PathState state = root.state(path);
    FileStat indexed = state == null ? null : state.realStat();
    if (indexed != null
        && indexed.kind() == Kind.DIRECTORY
        && seen instanceof Observation.Present(FileStat stat)
        && stat.kind() == Kind.DIRECTORY
        && stat.fileKey() == indexed.fileKey()) {
      return names.isClosed(parent.get(), path, stat)
          ? Optional.empty()
          : Optional.of(names.child(parent.get(), path, stat, null));
    }
    names.index(parent.get(), path, seen, state).ifPresent(directories::push);
    listAll();
    return Optional.empty();
  }

  private Optional<DirectoryScope> withRules(DirectoryScope scope) {
    RelativePath file = scope.path().child(IgnoreRules.FILE_NAME);
    try {
      FileStat stat = root.stat(file).orElse(null);
      return Optional.of(scope.with(ignoreFiles.inside(scope.path(), scope.rules(), stat)));
    } catch (IOException refused) {
      pause(scope.path(), refused);
      return Optional.empty();
    }
  }

  private void name(DirectoryScope parent, RelativePath path)
      throws RealizeException, InterruptedException {
    names.index(parent, path, observe(path), root.state(path)).ifPresent(directories::push);
  }

  private Observation observe(RelativePath path) {
    try {
      return root.stat(path)
          .<Observation>map(Observation.Present::new)
          .orElseGet(Observation.AbsentName::new);
    } catch (IOException refused) {
      return new Observation.UnreadableName(IoCause.of(refused));
    }
  }

  /** Visits every name of {@code directory}, and every entry that has none any more. */
  private void list(DirectoryScope directory) throws RealizeException, InterruptedException {
    RelativePath path = directory.path();
    if (!listed.add(path)) {
      return;
    }
    if (root.isMoving(path)) {
      again.add(path);
      unlisted.add(path);
      return;
    }
    root.parts().changes().watch(path);
    Disk.Entries entries;
    DirectoryScope inside;
    try {
      entries = root.disk().entries(path);
      for (Disk.Unreadable name : entries.unreadable()) {
        if (name.name().equals(IgnoreRules.FILE_NAME)) {
          throw new IOException(name.cause());
        }
      }
      inside =
          directory
              .with(ignoreFiles.inside(path, directory.rules(), ignoreFile(entries)))
              .at(entries.directory());
    } catch (NoSuchFileException | NotDirectoryException moved) {
      again.add(path);
      unlisted.add(path);
      return;
    } catch (IOException refused) {
      pause(path, refused);
      unlisted.add(path);
      return;
    }
    SortedMap<String, PathState> known = root.store().read(reader -> reader.children(path));
    if (hasOwnDirectory(entries) && names.isForeign(path, known.values())) {
      return;
    }
    root.findings().relist(path);
    root.findings().well(path);
    Set<String> present = new HashSet<>();
    List<DirectoryScope> below = new ArrayList<>();
    for (Disk.Entry entry : inOrder(entries.entries())) {
      present.add(entry.name());
      entry(inside, entry, known.get(entry.name())).ifPresent(below::add);
    }
    for (Disk.Unreadable name : entries.unreadable()) {
      present.add(name.name());
      Observation seen = new Observation.UnreadableName(name.cause());
      names.index(inside, path.child(name.name()), seen, known.get(name.name()));
    }
    for (Map.Entry<String, PathState> entry : known.entrySet()) {
      if (!present.contains(entry.getKey())) {
        PathState state = entry.getValue();
        names.index(inside, state.path(), new Observation.AbsentName(), state);
      }
    }
    for (String name : entries.undecodable()) {
      String subject = path.isRoot() ? name : path + "/" + name;
      root.findings().skip(path, subject, "the name is not valid UTF-8");
    }
    below.reversed().forEach(directories::push);
  }

  private static List<Disk.Entry> inOrder(List<Disk.Entry> entries) {
    List<Disk.Entry> sorted = new ArrayList<>(entries);
    sorted.sort(Comparator.comparing(Disk.Entry::name));
    return sorted;
  }

  private static boolean hasOwnDirectory(Disk.Entries entries) {
    return entries.entries().stream().anyMatch(entry -> entry.name().equals(PlaceId.OWN_DIRECTORY));
  }

  private static @Nullable FileStat ignoreFile(Disk.Entries entries) {
    for (Disk.Entry entry : entries.entries()) {
      if (entry.name().equals(IgnoreRules.FILE_NAME)) {
        return entry.stat();
      }
    }
    return null;
  }

  private Optional<DirectoryScope> entry(
      DirectoryScope parent, Disk.Entry entry, @Nullable PathState state)
      throws RealizeException, InterruptedException {
    if (entry.name().equals(PlaceId.OWN_DIRECTORY)) {
      return Optional.empty();
    }
    RelativePath path;
    try {
      path = parent.path().child(entry.name());
    } catch (IllegalArgumentException tooLong) {
      String subject = parent.path() + "/" + entry.name();
      root.findings().skip(parent.path(), subject, String.valueOf(tooLong.getMessage()));
      return Optional.empty();
    }
    if (entry.stat().kind() == Kind.FILE) {
      files.incrementAndGet();
    }
    return names.index(parent, path, new Observation.Present(entry.stat()), state);
  }

  private void pause(RelativePath path, IOException refused) {
    root.findings().pause(path, IoCause.of(refused));
  }
}
