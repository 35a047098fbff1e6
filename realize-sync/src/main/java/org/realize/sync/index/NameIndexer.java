package org.realize.sync.index;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.NotLinkException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.realize.sync.index.Conclusion.Holds;
import org.realize.sync.index.Observation.Present;
import org.realize.sync.model.Content;
import org.realize.sync.model.IoCause;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.FileStat.Kind;
import org.realize.sync.port.PathState;
import org.realize.sync.port.RealVersion;
import org.realize.sync.port.UndecodableNameException;
import org.realize.sync.real.OwnDirectories;
import org.realize.sync.real.Places;

/**
 * The part of one run that carries out the {@link NameJudge}'s decisions: it reads links, starts
 * hashes, lists findings, and hands conclusions to the {@link CommitBatches}.
 *
 * <p>Two things wait for the end of the walk. New files wait for the names that are gone, whose
 * hashes they may have. And removals come last, so that the new names of a tree that was moved are
 * announced before the old ones go: a peer that hears of it sees that no content is lost. The files
 * of a directory that was renamed wait for neither: each takes its hash along from its old name,
 * which goes right after it. Not thread-safe.
 */
final class NameIndexer {

  /** More new files than this are hashed without waiting for the end of the walk. */
  private static final int MAX_DEFERRED = 10_000;

  private static final int MAX_LINK_BYTES = 4096;

  /** Names of files that are kept over runs. */
  record FileNames(LinkedNames linked, KnownFiles known) {}

  /**
   * A kind of run.
   *
   * @param isWhole it looks at the whole root
   * @param found it is the first scan of a root without index
   * @param restless paths that were not quiet for long
   */
  record RunKind(boolean isWhole, boolean found, Set<RelativePath> restless) {}

  /** A new file that waits for the end of the walk. */
  private record Deferred(
      DirectoryScope parent, RelativePath path, FileStat stat, @Nullable PathState state) {}

  private final IndexedRoot root;
  private final FileNames names;
  private final FileHashing hashing;
  private final CommitBatches commits;
  private final RunKind run;
  private final Set<RelativePath> marked;

  /** Hashes of this run of files with several names. */
  private final Map<FileStat, Future<Conclusion>> linkHashes = new HashMap<>();

  /** Other names of files that have changed, for which there was no hint. */
  private final Deque<RelativePath> otherNames = new ArrayDeque<>();

  /** Entries whose names are gone, subtrees by their top. */
  private final List<PathState> vanished = new ArrayList<>();

  private final List<Deferred> deferred = new ArrayList<>();

  /** Files among the entries whose names are gone, by inode number; filled after the walk. */
  private final Map<Long, PathState> goneFiles = new HashMap<>();

  private final Set<RelativePath> again = new TreeSet<>();

  /** Old names of files went together with the new ones. */
  private boolean hasRenamed;

  NameIndexer(
      IndexedRoot root, FileNames names, FileHashing hashing, CommitBatches commits, RunKind run)
      throws RealizeException {
    this.root = root;
    this.names = names;
    this.hashing = hashing;
    this.commits = commits;
    this.run = run;
    this.marked = Set.copyOf(root.store().read(reader -> reader.marks()).keySet());
  }

  /** The next name to look at because it is another name of a changed file. */
  Optional<RelativePath> nextOtherName() {
    return Optional.ofNullable(otherNames.poll());
  }

  boolean hasOtherNames() {
    return !otherNames.isEmpty();
  }

  /** Paths that changed while they were read. */
  Collection<RelativePath> again() {
    return again;
  }

  /**
   * Indexes {@code path} in {@code parent}.
   *
   * @param state null when the path was never known
   * @return the directory that is to be listed next, if it is one
   */
  Optional<DirectoryScope> index(
      DirectoryScope parent, RelativePath path, Observation seen, @Nullable PathState state)
      throws RealizeException, InterruptedException {
    if (!(seen instanceof Present(FileStat asStated))) {
      perform(parent, path, state, judge(parent, path, seen, state, null));
      return Optional.empty();
    }
    if (root.parts().own().contains(asStated)) {
      Observation own = new Observation.Unshareable(NameJudge.OWN);
      perform(parent, path, state, judge(parent, path, own, state, null));
      return Optional.empty();
    }
    FileStat stat = root.recorded(asStated, state);
    FileStat indexed = state == null ? null : state.realStat();
    PathState twin = NameJudge.asksForTwin(indexed, stat) ? twin(parent, path, stat) : null;
    Decision decision = judge(parent, path, new Present(stat), state, twin);
    if (NameJudge.endsDirectory(indexed, stat) && !(decision instanceof Decision.DoubtfulName)) {
      root.findings().gone(path);
      goneBelow(path);
    }
    boolean isDeferred =
        decision instanceof Decision.HashFile
            && NameJudge.asksForTwin(indexed, stat)
            && !run.found()
            && deferred.size() < MAX_DEFERRED;
    if (isDeferred) {
      deferred.add(new Deferred(parent, path, stat, state));
      return Optional.empty();
    }
    if (decision instanceof Decision.IndexDirectory) {
      PathState former = formerDirectory(parent, path, stat);
      commits.add(
          path,
          state,
          new Holds(new Content.Directory(), stat, root.wallNanos(), List.of(), former));
      names.known().add(path, stat);
      return Optional.of(child(parent, path, stat, former == null ? null : former.path()));
    }
    perform(parent, path, state, decision);
    return stat.kind() == Kind.DIRECTORY && decision instanceof Decision.Keep
        ? Optional.of(child(parent, path, stat, null))
        : Optional.empty();
  }

  /** The state of the name that a directory was renamed from; null where none is known. */
  private @Nullable PathState formerDirectory(
      DirectoryScope parent, RelativePath path, FileStat stat) throws RealizeException {
    Optional<RelativePath> name =
        parent.from() == null
            ? names.known().of(stat)
            : Optional.of(parent.from().child(path.name()));
    if (name.isEmpty() || name.get().equals(path)) {
      return null;
    }
    PathState former = root.state(name.get());
    FileStat indexed = former == null ? null : former.realStat();
    boolean isSame =
        former != null
            && indexed != null
            && former.isReal(new Content.Directory())
            && NameJudge.isOneInode(indexed, stat)
            && hasLeft(name.get(), stat);
    return isSame ? former : null;
  }

  /** True if a name has another directory than this one, or none. */
  private boolean hasLeft(RelativePath name, FileStat directory) {
    try {
      return root.stat(name).filter(directory::sameInode).isEmpty();
    } catch (IOException refused) {
      return false;
    }
  }

  /** Concludes what had to wait until all names were seen. */
  void finish() throws RealizeException, InterruptedException {
    if (hasRenamed) {
      commits.finish(); // or their old names would be found below what vanished
    }
    Map<RelativePath, PathState> gone = new LinkedHashMap<>();
    for (PathState state : vanished) {
      root.checkCancelled();
      addGone(state, gone);
    }
    for (PathState state : gone.values()) {
      state.realFile().ifPresent(file -> goneFiles.put(file.stat().fileKey(), state));
    }
    for (Deferred file : deferred) {
      root.checkCancelled();
      PathState twin = goneFiles.get(file.stat().fileKey());
      Present seen = new Present(file.stat());
      Decision decision = judge(file.parent(), file.path(), seen, file.state(), twin);
      perform(file.parent(), file.path(), file.state(), decision);
    }
    deferred.clear();
    vanished.clear();
    for (PathState state : gone.values()) {
      commits.add(state.path(), state, new Conclusion.Gone());
    }
  }

  /** Drops what is indexed at {@code path} and below it, but for places in doubt. */
  void drop(RelativePath path) throws RealizeException, InterruptedException {
    Map<RelativePath, PathState> gone = new LinkedHashMap<>();
    PathState state = root.state(path);
    if (state != null && state.realStat() != null) {
      addGone(state, gone);
    }
    for (PathState each : gone.values()) {
      commits.add(each.path(), each, new Conclusion.DroppedName());
    }
  }

  /** The directory at {@code path}; its own ignore file is not among the rules yet. */
  DirectoryScope child(
      DirectoryScope parent, RelativePath path, FileStat stat, @Nullable RelativePath from) {
    boolean ignored = parent.ignores(path, true) && !marked.contains(path);
    return new DirectoryScope(path, stat, parent.rules(), ignored, from);
  }

  private Decision judge(
      DirectoryScope parent,
      RelativePath path,
      Observation seen,
      @Nullable PathState state,
      @Nullable PathState twin)
      throws RealizeException {
    boolean isIndexed = state != null && state.realStat() != null;
    boolean ignored = false;
    Optional<String> doubt = Optional.empty();
    if (seen instanceof Present(FileStat stat)) {
      boolean isDirectory = stat.kind() == Kind.DIRECTORY;
      ignored = !isIndexed && parent.ignores(path, isDirectory) && !isLifted(path, isDirectory);
      doubt = ignored ? doubt : closed(parent, path, stat, isIndexed);
    }
    return NameJudge.judge(
        new NameJudge.Question(seen, state, ignored, doubt, twin, run.isWhole()));
  }

  /** The reason why a name is not to be concluded from, by the place that it is in. */
  private Optional<String> closed(
      DirectoryScope parent, RelativePath path, FileStat stat, boolean isIndexed)
      throws RealizeException {
    boolean isOpen =
        root.places().step(parent.stat(), path, stat, isIndexed) != Places.PathStep.CLOSED
            && (isIndexed
                || stat.kind() != Kind.DIRECTORY
                || !root.places().isForeign(path, false));
    return isOpen ? Optional.empty() : Optional.of(root.places().cause(path));
  }

  /** True, and listed, if an indexed directory is not certainly the one that was indexed. */
  boolean isClosed(DirectoryScope parent, RelativePath path, FileStat stat)
      throws RealizeException {
    Optional<String> cause = closed(parent, path, stat, true);
    cause.ifPresent(text -> root.findings().pause(path, text));
    return cause.isPresent();
  }

  /** True, and listed, if a directory says that it is the root of something else. */
  boolean isForeign(RelativePath path, Collection<PathState> known) throws RealizeException {
    boolean isKnown = known.stream().anyMatch(state -> state.realStat() != null);
    boolean isForeign = root.places().isForeign(path, isKnown);
    if (isForeign) {
      root.findings().pause(path, root.places().cause(path));
    }
    return isForeign;
  }

  /** True if a mark on the path lifts the ignore rules, or it holds a path with such a mark. */
  private boolean isLifted(RelativePath path, boolean isDirectory) {
    return marked.contains(path) || (isDirectory && marked.stream().anyMatch(path::contains));
  }

  private @Nullable PathState twin(DirectoryScope parent, RelativePath path, FileStat stat)
      throws RealizeException {
    if (parent.from() != null) {
      PathState former = root.state(parent.from().child(path.name()));
      FileStat indexed = former == null ? null : former.realStat();
      if (indexed != null && indexed.fileKey() == stat.fileKey()) {
        return former;
      }
    }
    Optional<RelativePath> known = names.known().of(stat);
    return known.isPresent() ? root.state(known.get()) : null;
  }

  private void perform(
      DirectoryScope parent, RelativePath path, @Nullable PathState state, Decision decision)
      throws RealizeException, InterruptedException {
    switch (decision) {
      case Decision.Keep() -> kept(path, state);
      case Decision.LeaveOut(String cause) -> {
        root.findings().gone(path);
        if (!cause.isEmpty()) {
          root.findings().skip(parent.path(), path.toString(), cause);
        }
      }
      case Decision.DoubtfulName(String cause) -> root.findings().pause(path, cause);
      case Decision.Remove() -> {
        root.findings().gone(path);
        vanished.add(Objects.requireNonNull(state));
      }
      case Decision.Withdraw(String cause) -> {
        root.findings().gone(path);
        root.findings().skip(parent.path(), path.toString(), cause);
        commits.add(path, state, new Conclusion.Unshared());
      }
      case Decision.IndexDirectory _ -> throw new IllegalStateException("indexed before: " + path);
      case Decision.ReadLink(FileStat stat) -> {
        readLink(parent, path, stat, state);
      }
      case Decision.HashFile(FileStat stat) -> {
        root.findings().well(path);
        hash(path, stat, state);
      }
      case Decision.CarryHash(FileStat stat, PathState source, boolean isProven) -> {
        root.findings().well(path);
        carry(path, stat, state, source, isProven);
        RelativePath from = source.path();
        if (parent.from() != null && OwnDirectories.parent(from).equals(parent.from())) {
          commits.add(from, source, new Conclusion.Gone());
          hasRenamed = true;
        }
      }
    }
  }

  /** The indexed stat says what the present one does. */
  private void kept(RelativePath path, @Nullable PathState state) {
    FileStat stat = state == null ? null : state.realStat();
    if (stat == null) {
      root.findings().gone(path);
    } else if (stat.kind() == Kind.FILE) {
      root.findings().well(path);
      know(path, stat);
    } else if (stat.kind() == Kind.DIRECTORY) {
      names.known().add(path, stat);
    }
  }

  private void know(RelativePath path, FileStat stat) {
    names.known().add(path, stat);
    if (stat.links() > 1) {
      names.linked().add(path, stat);
    }
  }

  private void carry(
      RelativePath path,
      FileStat stat,
      @Nullable PathState state,
      PathState source,
      boolean isProven)
      throws RealizeException, InterruptedException {
    know(path, stat);
    RealVersion real = Objects.requireNonNull(source.real());
    long hashedAt = isProven ? real.hashedAtNanos() : RealVersion.CARRIED;
    Content content = real.version().content();
    commits.add(path, state, new Holds(content, stat, hashedAt, List.of(), source));
  }

  private void hash(RelativePath path, FileStat stat, @Nullable PathState state)
      throws RealizeException, InterruptedException {
    know(path, stat);
    if (hashing.isWaiting(path)) {
      return;
    }
    Future<Conclusion> conclusion = stat.links() > 1 ? linkHashes.get(stat) : null;
    if (conclusion == null) {
      conclusion = hashing.start(path, stat, state, run.restless().contains(path));
      if (stat.links() > 1) {
        linkHashes.put(stat, conclusion);
        names.linked().of(stat).stream()
            .filter(other -> !other.equals(path))
            .forEach(otherNames::add);
      }
    }
    if (!FileHashing.isLarge(stat)) {
      commits.add(path, state, conclusion);
    } else if (!hashing.keep(new FileHashing.Large(path, state, run.found(), conclusion))) {
      conclusion.cancel(false);
      again.add(path);
    }
  }

  private void readLink(
      DirectoryScope parent, RelativePath path, FileStat stat, @Nullable PathState state)
      throws RealizeException, InterruptedException {
    try {
      String target = root.disk().readLink(path);
      if (target.getBytes(StandardCharsets.UTF_8).length > MAX_LINK_BYTES) {
        String cause = "the link's target is longer than " + MAX_LINK_BYTES + " bytes";
        skipLink(parent, path, state, cause);
        return;
      }
      root.findings().well(path);
      commits.add(path, state, Holds.read(new Content.Link(target), stat, root.wallNanos()));
    } catch (NoSuchFileException | NotDirectoryException | NotLinkException moved) {
      again.add(path);
    } catch (UndecodableNameException undecodable) {
      skipLink(parent, path, state, "the link's target is " + undecodable.getReason());
    } catch (IOException refused) {
      root.findings().pause(path, IoCause.of(refused));
    }
  }

  /** Leaves a link out; what was known at its path is gone. */
  private void skipLink(
      DirectoryScope parent, RelativePath path, @Nullable PathState state, String cause)
      throws RealizeException, InterruptedException {
    root.findings().skip(parent.path(), path.toString(), cause);
    if (state != null && state.realStat() != null) {
      commits.add(path, state, new Conclusion.Unshared());
    }
  }

  /** Adds what is gone with {@code state}'s name; what is deeper comes first. */
  private void addGone(PathState state, Map<RelativePath, PathState> gone) throws RealizeException {
    root.places().missing(state.path());
    if (isDoubtful(state)) {
      return;
    }
    FileStat indexed = state.realStat();
    if (indexed != null && indexed.kind() == Kind.DIRECTORY) {
      below(state.path()).forEach(each -> gone.putIfAbsent(each.path(), each));
    }
    gone.putIfAbsent(state.path(), state);
  }

  /** True, and listed, if a path that is not there lies in a place in doubt. */
  private boolean isDoubtful(PathState absent) {
    boolean isDoubtful = root.places().doubt(absent.path()).isPresent();
    if (isDoubtful) {
      root.findings().pause(absent.path(), root.places().cause(absent.path()));
    }
    return isDoubtful;
  }

  private void goneBelow(RelativePath top) throws RealizeException, InterruptedException {
    root.places().missing(top);
    for (PathState state : below(top)) {
      commits.add(state.path(), state, new Conclusion.Gone());
    }
  }

  /** All indexed entries below {@code top}, deeper ones first. */
  private List<PathState> below(RelativePath top) throws RealizeException {
    List<PathState> below = new ArrayList<>();
    Deque<RelativePath> directories = new ArrayDeque<>(List.of(top));
    while (!directories.isEmpty()) {
      RelativePath directory = directories.pop();
      Map<String, PathState> children = root.store().read(reader -> reader.children(directory));
      for (PathState child : children.values()) {
        FileStat indexed = child.realStat();
        if (indexed == null || isDoubtful(child)) {
          continue;
        }
        below.add(child);
        if (indexed.kind() == Kind.DIRECTORY) {
          directories.push(child.path());
        }
      }
    }
    return below.reversed();
  }
}
