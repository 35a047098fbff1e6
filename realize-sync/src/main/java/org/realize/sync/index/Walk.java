package org.realize.sync.index;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.IoCause;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.ChangeSource;
import org.realize.sync.port.Disk;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.FileStat.Kind;
import org.realize.sync.port.PathState;
import org.realize.sync.real.RootIdentity;
import org.realize.sync.real.RootLostException;

/**
 * One run over the disk: from the root, or from touched names, down through what is new or may have
 * changed. It finds the directories and the names; what is at a name is for {@link Look}.
 * Directories wait on a stack of their own, so that neither depth nor size of a tree costs Java
 * stack, and only one listing is in memory. Not thread-safe.
 */
final class Walk {

  private final Disk disk;
  private final ArenaStore store;
  private final ChangeSource changes;
  private final IgnoreFiles ignoreFiles;
  private final IgnoreRules configured;
  private final Findings findings;
  private final Look look;

  /** Directories that wait to be listed. */
  private final Deque<Place> directories = new ArrayDeque<>();

  /** Directories above touched names, as far as they were looked at; empty for those left out. */
  private final Map<RelativePath, Optional<Place>> places = new HashMap<>();

  /** Directories that were listed: what lies below them needs no look any more. */
  private final Set<RelativePath> listed = new HashSet<>();

  /**
   * A directory on the way down.
   *
   * @param rules for the names in it, once its own ignore file was read
   * @param ignored it or a directory above it is ignored: only what has an entry counts
   */
  record Place(RelativePath path, long device, IgnoreRules rules, boolean ignored) {
    Place with(IgnoreRules inner) {
      return new Place(path, device, inner, ignored);
    }
  }

  Walk(
      Disk disk,
      ArenaStore store,
      ChangeSource changes,
      IgnoreFiles ignoreFiles,
      IgnoreRules configured,
      Findings findings,
      Look look) {
    this.disk = disk;
    this.store = store;
    this.changes = changes;
    this.ignoreFiles = ignoreFiles;
    this.configured = configured;
    this.findings = findings;
    this.look = look;
  }

  /** Looks at {@code path} and, if it is a directory, at all below it. */
  void touched(RelativePath path) throws RealizeException, RootLostException, InterruptedException {
    if (own(path) || covered(path)) {
      return;
    }
    if (path.name().equals(IgnoreRules.FILE_NAME)) {
      touched(path.parent().orElse(RelativePath.ROOT));
      return;
    }
    if (path.isRoot()) {
      root().ifPresent(directories::push);
    } else {
      Optional<Place> parent = place(path.parent().orElseThrow());
      if (parent.isPresent()) {
        name(parent.get(), path);
      }
    }
    listAll();
  }

  private void listAll() throws RealizeException, RootLostException, InterruptedException {
    while (!directories.isEmpty()) {
      look.checkCancelled();
      list(directories.pop());
    }
  }

  /** Realize's own directory at the root. */
  private static boolean own(RelativePath path) {
    String text = path.toString();
    return text.equals(RootIdentity.OWN_DIRECTORY)
        || text.startsWith(RootIdentity.OWN_DIRECTORY + "/");
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

  private Optional<Place> root() throws RootLostException {
    try {
      FileStat stat =
          disk.stat(RelativePath.ROOT)
              .orElseThrow(() -> new RootLostException("there is no root directory"));
      return Optional.of(new Place(RelativePath.ROOT, stat.device(), configured, false));
    } catch (IOException failure) {
      throw new RootLostException("cannot look at the root: " + IoCause.of(failure));
    }
  }

  /**
   * The directory of a touched name, with its rules; empty when it is left out, or was itself
   * looked at as a whole because it is not the directory that was indexed.
   */
  private Optional<Place> place(RelativePath path)
      throws RealizeException, RootLostException, InterruptedException {
    Optional<Place> known = places.get(path);
    if (known == null) {
      known = path.isRoot() ? root() : below(path);
      known = known.isPresent() ? withRules(known.get()) : known;
      places.put(path, known);
    }
    return known;
  }

  private Optional<Place> below(RelativePath path)
      throws RealizeException, RootLostException, InterruptedException {
    Optional<Place> parent = place(path.parent().orElseThrow());
    if (parent.isEmpty() || covered(path)) {
      return Optional.empty();
    }
    Optional<FileStat> stat;
    try {
      stat = stat(path);
    } catch (IOException refused) {
      pause(path, refused);
      return Optional.empty();
    }
    PathState state = store.<Optional<PathState>>read(r -> r.path(path)).orElse(null);
    FileStat before = Look.onDisk(state);
    if (stat.isEmpty()
        || before == null
        || stat.get().kind() != Kind.DIRECTORY
        || before.kind() != Kind.DIRECTORY
        || before.fileKey() != stat.get().fileKey()) {
      look.at(parent.get(), path, stat.orElse(null), state).ifPresent(directories::push);
      listAll();
      return Optional.empty();
    }
    return look.mountProblem(parent.get(), path, stat.get())
        ? Optional.empty()
        : Optional.of(look.child(parent.get(), path, stat.get()));
  }

  private Optional<Place> withRules(Place place) {
    RelativePath file = place.path().child(IgnoreRules.FILE_NAME);
    try {
      FileStat stat = stat(file).orElse(null);
      return Optional.of(place.with(ignoreFiles.inside(place.path(), place.rules(), stat)));
    } catch (IOException refused) {
      pause(place.path(), refused);
      return Optional.empty();
    }
  }

  private void name(Place parent, RelativePath path)
      throws RealizeException, RootLostException, InterruptedException {
    Optional<FileStat> stat;
    try {
      stat = stat(path);
    } catch (IOException refused) {
      pause(path, refused);
      return;
    }
    PathState state = store.<Optional<PathState>>read(r -> r.path(path)).orElse(null);
    look.at(parent, path, stat.orElse(null), state).ifPresent(directories::push);
  }

  /** Empty also when a directory above {@code path} is gone. */
  private Optional<FileStat> stat(RelativePath path) throws IOException {
    try {
      return disk.stat(path);
    } catch (NoSuchFileException | NotDirectoryException gone) {
      return Optional.empty();
    }
  }

  /** Looks at every name of {@code directory}, and at every entry that has none any more. */
  private void list(Place directory)
      throws RealizeException, RootLostException, InterruptedException {
    RelativePath path = directory.path();
    if (!listed.add(path)) {
      return;
    }
    changes.watch(path);
    Disk.Entries entries;
    Place inside;
    try {
      entries = disk.entries(path);
      inside = directory.with(ignoreFiles.inside(path, directory.rules(), ignoreFile(entries)));
    } catch (NoSuchFileException | NotDirectoryException moved) {
      look.again(path);
      return;
    } catch (IOException refused) {
      pause(path, refused);
      return;
    }
    findings.relist(path);
    findings.well(path);
    SortedMap<String, PathState> known = store.read(reader -> reader.children(path));
    Set<String> present = new HashSet<>();
    List<Place> below = new ArrayList<>();
    for (Disk.Entry entry : inOrder(entries.entries())) {
      present.add(entry.name());
      entry(inside, entry, known.get(entry.name())).ifPresent(below::add);
    }
    for (Disk.Unreadable name : entries.unreadable()) {
      present.add(name.name());
      findings.pause(path.child(name.name()), name.cause());
    }
    for (Map.Entry<String, PathState> entry : known.entrySet()) {
      if (!present.contains(entry.getKey())) {
        look.at(inside, entry.getValue().path(), null, entry.getValue());
      }
    }
    for (String name : entries.undecodable()) {
      String subject = path.isRoot() ? name : path + "/" + name;
      findings.skip(path, subject, "the name is not valid UTF-8");
    }
    below.reversed().forEach(directories::push);
  }

  private static List<Disk.Entry> inOrder(List<Disk.Entry> entries) {
    List<Disk.Entry> sorted = new ArrayList<>(entries);
    sorted.sort(Comparator.comparing(Disk.Entry::name));
    return sorted;
  }

  private static @Nullable FileStat ignoreFile(Disk.Entries entries) {
    for (Disk.Entry entry : entries.entries()) {
      if (entry.name().equals(IgnoreRules.FILE_NAME)) {
        return entry.stat();
      }
    }
    return null;
  }

  private Optional<Place> entry(Place parent, Disk.Entry entry, @Nullable PathState state)
      throws RealizeException, RootLostException, InterruptedException {
    if (parent.path().isRoot() && entry.name().equals(RootIdentity.OWN_DIRECTORY)) {
      return Optional.empty();
    }
    RelativePath path;
    try {
      path = parent.path().child(entry.name());
    } catch (IllegalArgumentException tooLong) {
      String subject = parent.path() + "/" + entry.name();
      findings.skip(parent.path(), subject, String.valueOf(tooLong.getMessage()));
      return Optional.empty();
    }
    return look.at(parent, path, entry.stat(), state);
  }

  private void pause(RelativePath path, IOException refused) {
    findings.pause(path, IoCause.of(refused));
  }
}
