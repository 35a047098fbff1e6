package org.realize.sync.engine;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.realize.sync.arena.Arena;
import org.realize.sync.model.Content;
import org.realize.sync.model.Inode;
import org.realize.sync.model.Metadata;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Invalid;
import org.realize.sync.model.RealizeException.NotFound;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RealizeException.VersionGone;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.model.Version;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.ArenaWriter;
import org.realize.sync.port.Disk;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.GlobalStore;
import org.realize.sync.port.Node;
import org.realize.sync.port.PathState;
import org.realize.sync.real.OwnDirectories;
import org.realize.sync.real.Real;
import org.realize.sync.real.RootIndex;
import org.realize.sync.rules.ConflictRules;
import org.realize.sync.rules.Judgement;
import org.realize.sync.rules.LocalRules;
import org.realize.sync.rules.LocalRules.Author;
import org.realize.sync.rules.Marks;

/**
 * The conflicts of one arena, and their end by a user's choice: a version that knows of all others,
 * to which this machine's disk and all peers are brought afterwards. Thread-safe.
 */
public final class Conflicts {

  /** A user's choice among the versions of a path. */
  public sealed interface Choice {

    /**
     * The content that was made last, by the clocks of its makers; of two, the higher hash. It
     * depends on what all peers know alike, so that peers that choose so by themselves agree.
     * Nothing is removed by it, and of a directory and a file the directory stays.
     */
    record Newest() implements Choice {}

    /** The content on this machine's disk, else the shown one. */
    record Mine() implements Choice {}

    /** The content that a peer shows. */
    record OfPeer(String name, Set<StoreId> stores) implements Choice {}

    /** The file whose hash begins so, in hex. */
    record OfHash(String digits) implements Choice {}

    /** No content: the path is removed. */
    record Deleted() implements Choice {}

    /** All files: the one with the highest hash keeps the name. */
    record Both() implements Choice {}
  }

  private static final Comparator<Version> BY_TIME =
      Comparator.comparing((Version version) -> version.content() instanceof Content.Directory)
          .thenComparingLong(ConflictRules::madeMillis)
          .thenComparing(version -> version.content().toString());

  private static final int PATHS_A_COMMIT = 500;

  private final Arena arena;
  private final RootIndex index;
  private final GlobalStore global;

  /**
   * The conflicts of {@code arena}.
   *
   * @param index of the arena's root
   * @param global the store that signs
   */
  public Conflicts(Arena arena, RootIndex index, GlobalStore global) {
    this.arena = arena;
    this.index = index;
    this.global = global;
  }

  /** The conflicts at the paths that {@code wanted} takes, in path order. */
  public List<PathState> list(Predicate<RelativePath> wanted) throws RealizeException {
    return arena
        .store()
        .read(reader -> {
          List<PathState> states = new ArrayList<>();
          for (RelativePath path : reader.conflicts(Integer.MAX_VALUE)) {
            if (wanted.test(path)) {
              states.add(reader.path(path).orElseThrow());
            }
          }
          states.sort(Comparator.comparing(PathState::path));
          return states;
        });
  }

  /**
   * Refuses a choice that one of the paths does not have, or whose place is in doubt. {@link
   * VersionGone} if another file has a name since it was indexed: what is put there after a choice
   * counts as put back, so what came before must be known first. It is indexed soon.
   */
  public void check(List<RelativePath> paths, Choice choice) throws RealizeException {
    for (RelativePath path : paths) {
      index.check(path);
    }
    List<PathState> states =
        arena
            .store()
            .read(reader -> {
              List<PathState> found = new ArrayList<>();
              for (RelativePath path : paths) {
                PathState state = reader.path(path).orElseThrow();
                chosen(reader, state, choice);
                found.add(state);
              }
              return found;
            });
    for (PathState state : states) {
      requireIndexed(state);
    }
  }

  private void requireIndexed(PathState state) throws VersionGone {
    FileStat indexed = state.realStat();
    Real root = arena.root();
    if (indexed != null && root != null && !isIndexed(root.disk(), state.path(), indexed)) {
      index.request(state.path());
      throw new VersionGone(
          "choose a version of '%s': another file came there a moment ago; try again once it is indexed"
              .formatted(state.path()));
    }
  }

  private static boolean isIndexed(Disk disk, RelativePath path, FileStat indexed) {
    try {
      return disk.stat(path).map(indexed::sameInode).orElse(true);
    } catch (IOException unknown) {
      return true; // as a name that is missing: nothing was put there
    }
  }

  /**
   * Ends the conflicts of {@code paths}, some hundred in a commit; the first that is refused ends
   * this. A path whose conflict has ended already is left.
   */
  public void resolve(List<RelativePath> paths, Choice choice) throws RealizeException {
    long counter = global.nextCounter(arena.time().unixMillis());
    arena
        .store()
        .writeEach(paths, PATHS_A_COMMIT, (writer, path) -> resolve(writer, path, choice, counter));
  }

  private void resolve(ArenaWriter writer, RelativePath path, Choice choice, long counter)
      throws RealizeException {
    PathState state = writer.path(path).orElseThrow();
    if (!Judgement.isConflict(state)) {
      return;
    }
    StoreId self = global.identity().store();
    Content chosen = chosen(writer, state, choice);
    if (choice instanceof Choice.Both) {
      for (Content.File file : files(state)) {
        if (!file.equals(chosen)) {
          RelativePath name = nameBeside(writer, path, file);
          PathState before = writer.path(name).orElse(null);
          if (before == null || !before.shown().content().equals(file)) {
            Author author = new Author(self, counter, writer.nextSeq());
            Metadata like = ConflictRules.metadata(state, file);
            writer.put(LocalRules.added(before, name, file, like, path, author));
            copyMark(writer, path, name);
          }
        }
      }
    }
    writer.put(LocalRules.resolved(state, chosen, new Author(self, counter, writer.nextSeq())));
  }

  /**
   * Makes a version of a path the shown one, whether it is current or an earlier one that is still
   * known: a version that knows of all that is current, as the user's change. One that is shown
   * already, and undisputed, stays as it is.
   *
   * @param digits the first ones of the file's hash, in hex
   * @return the file; empty if the path has no such version
   */
  public Optional<Content.File> use(RelativePath path, String digits) throws RealizeException {
    index.check(path);
    Optional<PathState> before = arena.store().read(reader -> reader.path(path));
    if (before.isPresent()) {
      requireIndexed(before.get());
    }
    long counter = global.nextCounter(arena.time().unixMillis());
    return arena
        .store()
        .write(writer -> {
          Optional<PathState> known = writer.path(path);
          Optional<Content.File> found =
              known.isPresent() ? known(known.get(), digits) : Optional.empty();
          if (found.isPresent()) {
            use(writer, known.orElseThrow(), found.get(), counter);
          }
          return found;
        });
  }

  private void use(ArenaWriter writer, PathState state, Content.File file, long counter)
      throws RealizeException {
    if (file.equals(state.shown().content()) && !Judgement.isConflict(state)) {
      return;
    }
    if (hasChildren(writer, state.path())) {
      throw new Invalid(
          "use a version of '%s': the directory there is not empty; move its files first"
              .formatted(state.path()));
    }
    Author author = new Author(global.identity().store(), counter, writer.nextSeq());
    writer.put(LocalRules.chosen(state, file, ConflictRules.metadata(state, file), author));
  }

  private static Optional<Content.File> known(PathState state, String digits) throws Invalid {
    List<Version> versions = new ArrayList<>(ConflictRules.versions(state));
    versions.addAll(ConflictRules.earlier(state));
    List<Content.File> files = new ArrayList<>();
    for (Version version : versions) {
      if (version.content() instanceof Content.File file
          && file.hash().toString().startsWith(digits)) {
        files.add(file);
      }
    }
    if (files.size() > 1) {
      throw new Invalid(
          "use a version of '%s': two versions begin with the hash %s"
              .formatted(state.path(), digits));
    }
    return files.stream().findFirst();
  }

  /** A file's own mark holds for a new name of it, unless that has one. */
  private void copyMark(ArenaWriter writer, RelativePath path, RelativePath name)
      throws StorageFailed {
    Marks marks = arena.marks(writer);
    if (marks.isSetOn(path) && !marks.isSetOn(name)) {
      writer.putMark(name, marks.of(path));
    }
  }

  /** The content that the path is to have. */
  private static Content chosen(ArenaReader reader, PathState state, Choice choice)
      throws RealizeException {
    List<Version> versions = ConflictRules.versions(state);
    Content chosen =
        switch (choice) {
          case Choice.Newest() -> newest(versions);
          case Choice.Mine() -> mine(state, versions);
          case Choice.OfPeer(String name, Set<StoreId> stores) ->
              ofPeer(state, versions, stores)
                  .orElseThrow(() -> new NotFound(failed(state) + name + " has no version of it"));
          case Choice.OfHash(String digits) -> ofHash(state, digits);
          case Choice.Deleted() -> new Content.Absent();
          case Choice.Both() -> both(reader, state, versions);
        };
    if (!(chosen instanceof Content.Directory) && hasChildren(reader, state.path())) {
      throw new Invalid(failed(state) + "the directory there is not empty; move its files first");
    }
    return chosen;
  }

  private static String failed(PathState state) {
    return "resolve '" + state.path() + "': ";
  }

  private static Content newest(List<Version> versions) {
    return versions.stream()
        .filter(version -> !version.isTombstone())
        .max(BY_TIME)
        .orElse(versions.getFirst())
        .content();
  }

  private static Content mine(PathState state, List<Version> versions) {
    Content real = state.realContent();
    boolean isCurrent = versions.stream().anyMatch(version -> version.content().equals(real));
    return isCurrent && !real.isAbsent() ? real : state.shown().content();
  }

  private static Optional<Content> ofPeer(
      PathState state, List<Version> versions, Set<StoreId> stores) {
    List<Content> shown = new ArrayList<>();
    state
        .reports()
        .forEach((store, report) -> {
          if (stores.contains(store)) {
            shown.add(report.versions().getFirst().version().content());
          }
        });
    return versions.stream().map(Version::content).filter(shown::contains).findFirst();
  }

  private static Content ofHash(PathState state, String digits) throws RealizeException {
    List<Content.File> files =
        files(state).stream().filter(file -> file.hash().toString().startsWith(digits)).toList();
    return switch (files.size()) {
      case 0 -> throw new NotFound(failed(state) + "no current version has the hash " + digits);
      case 1 -> files.getFirst();
      default -> throw new Invalid(failed(state) + "two versions begin with the hash " + digits);
    };
  }

  private static Content both(ArenaReader reader, PathState state, List<Version> versions)
      throws RealizeException {
    List<Content.File> files = files(state);
    boolean hasLink = versions.stream().anyMatch(v -> v.content() instanceof Content.Link);
    if (files.isEmpty() || hasLink) {
      throw new Invalid(failed(state) + "'both' is for files; choose one version");
    }
    boolean hasDirectory =
        versions.stream().anyMatch(v -> v.content() instanceof Content.Directory);
    for (Content.File file : files.subList(hasDirectory ? 0 : 1, files.size())) {
      nameBeside(reader, state.path(), file);
    }
    return hasDirectory ? new Content.Directory() : files.getFirst();
  }

  /** The current files of a path, the highest hash first. */
  private static List<Content.File> files(PathState state) {
    List<Content.File> files = new ArrayList<>();
    for (Version version : ConflictRules.versions(state)) {
      if (version.content() instanceof Content.File file) {
        files.add(file);
      }
    }
    files.sort(Comparator.comparing(Content.File::hash).reversed());
    return files;
  }

  /** {@code NAME (HASH8).EXT}, the same on every peer; it shows nothing, or this file already. */
  private static RelativePath nameBeside(ArenaReader reader, RelativePath path, Content.File file)
      throws RealizeException {
    RelativePath name =
        OwnDirectories.parent(path).child(ConflictRules.nameBeside(path.name(), file.hash()));
    Optional<Content> there = reader.path(name).map(state -> state.shown().content());
    if (there.isPresent() && !there.get().isAbsent() && !there.get().equals(file)) {
      throw new Invalid("resolve '%s': there is another '%s'".formatted(path, name));
    }
    return name;
  }

  /** True if something visible lies below the path. */
  private static boolean hasChildren(ArenaReader reader, RelativePath path) throws StorageFailed {
    Inode at = reader.root();
    for (String part : path.parts()) {
      Optional<Node> node = reader.child(at, part);
      if (node.isEmpty()) {
        return false;
      }
      at = node.get().inode();
    }
    return !reader.list(at, 0, 1).isEmpty();
  }
}
