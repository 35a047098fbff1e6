package org.realize.sync.index;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.NotLinkException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.realize.sync.index.Seen.Gone;
import org.realize.sync.index.Seen.Present;
import org.realize.sync.index.Walk.Place;
import org.realize.sync.model.Content;
import org.realize.sync.model.IoCause;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.Disk;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.FileStat.Kind;
import org.realize.sync.port.PathState;
import org.realize.sync.port.RealVersion;
import org.realize.sync.port.TimeSource;
import org.realize.sync.port.UndecodableNameException;
import org.realize.sync.real.MountPoints;
import org.realize.sync.real.RootCapabilities;
import org.realize.sync.real.RootLostException;

/**
 * Judges one name: what its stat says against what was stored, and whether that calls for a hash, a
 * removal, a pause, or nothing. Not thread-safe.
 */
final class Look {

  private static final int MAX_LINK_BYTES = 4096;

  private final Disk disk;
  private final ArenaStore store;
  private final TimeSource time;
  private final Hashers hashers;
  private final RootCapabilities capabilities;
  private final MountPoints mounts;
  private final LinkedNames linked;
  private final Findings findings;
  private final Commits commits;
  private final BooleanSupplier cancelled;
  private final Queue<FileHasher> idle = new ConcurrentLinkedQueue<>();

  /** Hashes of this run of files with several names. */
  private final Map<FileStat, Future<Seen>> linkHashes = new HashMap<>();

  /** Other names of files that have changed, which no hint told of. */
  private final Deque<RelativePath> otherNames = new ArrayDeque<>();

  /** What is no more, subtrees by their top. */
  private final List<PathState> vanished = new ArrayList<>();

  Look(
      Disk disk,
      ArenaStore store,
      TimeSource time,
      Hashers hashers,
      RootCapabilities capabilities,
      MountPoints mounts,
      LinkedNames linked,
      Findings findings,
      Commits commits,
      BooleanSupplier cancelled) {
    this.disk = disk;
    this.store = store;
    this.time = time;
    this.hashers = hashers;
    this.capabilities = capabilities;
    this.mounts = mounts;
    this.linked = linked;
    this.findings = findings;
    this.commits = commits;
    this.cancelled = cancelled;
  }

  /** The stat of what was on disk when it was last looked at; null if there was nothing. */
  static @Nullable FileStat onDisk(@Nullable PathState state) {
    RealVersion real = state == null ? null : state.real();
    return real == null ? null : real.stat();
  }

  void again(RelativePath path) {
    commits.lookAgain(path);
  }

  /** The next name that must be looked at because it is another name of a changed file. */
  Optional<RelativePath> nextOtherName() {
    return Optional.ofNullable(otherNames.poll());
  }

  void checkCancelled() throws InterruptedException {
    if (cancelled.getAsBoolean()) {
      throw new InterruptedException("the look was cancelled");
    }
  }

  /**
   * Looks at {@code path} in {@code parent}.
   *
   * @param stat null when there is nothing
   * @param state null when the path was never known
   * @return the directory that is to be listed next, if it is one
   */
  Optional<Place> at(
      Place parent, RelativePath path, @Nullable FileStat stat, @Nullable PathState state)
      throws RealizeException, RootLostException, InterruptedException {
    FileStat before = onDisk(state);
    if (stat == null) {
      findings.gone(path);
      if (state != null && before != null) {
        vanished.add(state);
      }
      return Optional.empty();
    }
    if (before != null && mountProblem(parent, path, stat)) {
      return Optional.empty();
    }
    if (stat.kind() == Kind.OTHER) {
      findings.gone(path);
      findings.skip(parent.path(), path.toString(), "neither a file, a directory nor a link");
      if (state != null && before != null) {
        goneBelow(path);
        commits.add(path, state.real(), new Seen.Unshared());
      }
      return Optional.empty();
    }
    boolean directory = stat.kind() == Kind.DIRECTORY;
    if (before == null) {
      if (parent.ignored() || parent.rules().ignores(path, directory)) {
        ignored(parent, path, state);
        return Optional.empty();
      }
      mounts.note(path, stat.device() != parent.device());
    }
    if (before != null && before.kind() == Kind.DIRECTORY && !directory) {
      findings.gone(path);
      goneBelow(path);
    }
    return present(parent, path, stat, state);
  }

  /**
   * Concludes what the names that were looked at and are no more mean. Comes last, so that the new
   * names of a tree that was moved are told before the old ones go: whoever hears of it sees that
   * no content is lost.
   */
  void removals() throws RealizeException, RootLostException, InterruptedException {
    for (PathState state : vanished) {
      checkCancelled();
      gone(state);
    }
  }

  /** A local name that is left alone; listed where peers have something of that name. */
  private void ignored(Place parent, RelativePath path, @Nullable PathState state) {
    findings.gone(path);
    if (state != null && !state.shown().isTombstone()) {
      String cause = "ignored here: what peers have at this path is not brought to the disk";
      findings.skip(parent.path(), path.toString(), cause);
    }
  }

  private Optional<Place> present(
      Place parent, RelativePath path, FileStat stat, @Nullable PathState state)
      throws RealizeException, RootLostException, InterruptedException {
    switch (stat.kind()) {
      case DIRECTORY -> {
        directory(path, stat, state);
        return Optional.of(child(parent, path, stat));
      }
      case FILE -> file(path, stat, state);
      case LINK -> link(parent, path, stat, state);
      case OTHER -> throw new IllegalArgumentException("'" + path + "' is never shared");
    }
    return Optional.empty();
  }

  /** Pauses {@code path} when it is not on the device that it was on. */
  boolean mountProblem(Place parent, RelativePath path, FileStat stat) {
    Optional<String> problem = mounts.problem(path, stat.device() != parent.device());
    problem.ifPresent(cause -> findings.pause(path, cause));
    return problem.isPresent();
  }

  /** The directory at {@code path}; its own ignore file is not among the rules yet. */
  Place child(Place parent, RelativePath path, FileStat stat) {
    boolean ignored = parent.ignored() || parent.rules().ignores(path, true);
    return new Place(path, stat.device(), parent.rules(), ignored);
  }

  private void directory(RelativePath path, FileStat stat, @Nullable PathState state)
      throws RealizeException, RootLostException, InterruptedException {
    FileStat before = onDisk(state);
    FileStat held = held(stat, before, state);
    boolean same =
        before != null
            && before.kind() == Kind.DIRECTORY
            && before.mode() == held.mode()
            && before.fileKey() == held.fileKey()
            && before.device() == held.device();
    if (!same) {
      long now = FileHasher.wallNanos(time);
      commits.add(path, real(state), new Present(new Content.Directory(), held, now, List.of()));
    }
  }

  private void file(RelativePath path, FileStat stat, @Nullable PathState state)
      throws RealizeException, RootLostException, InterruptedException {
    findings.well(path);
    FileStat before = onDisk(state);
    if (stat.links() > 1) {
      linked.add(path, stat);
    }
    RealVersion real = real(state);
    if (real != null && before != null && unchanged(real, before, stat, state)) {
      return;
    }
    Future<Seen> seen;
    if (stat.links() > 1) {
      for (RelativePath other : linked.of(stat)) {
        if (!other.equals(path) && !linkHashes.containsKey(stat)) {
          otherNames.add(other);
        }
      }
      seen = linkHashes.get(stat);
      if (seen == null) {
        seen = hash(path, before, state);
        linkHashes.put(stat, seen);
      }
    } else {
      seen = hash(path, before, state);
    }
    commits.add(path, real, seen);
  }

  private Future<Seen> hash(
      RelativePath path, @Nullable FileStat before, @Nullable PathState state) {
    return hashers.submit(() -> {
      FileHasher pooled = idle.poll();
      FileHasher hasher = pooled != null ? pooled : new FileHasher(disk, time, cancelled);
      Seen seen = hasher.hash(path);
      idle.add(hasher);
      return seen instanceof Present present
          ? new Present(
              present.content(),
              held(present.stat(), before, state),
              present.atNanos(),
              present.nodes())
          : seen;
    });
  }

  /** True if the stat proves that the file is still the one that was hashed. */
  private boolean unchanged(
      RealVersion real, FileStat before, FileStat stat, @Nullable PathState state) {
    return before.kind() == Kind.FILE
        && before.sizeBytes() == stat.sizeBytes()
        && before.mtime().equals(stat.mtime())
        && before.ctimeNanos() == stat.ctimeNanos()
        && before.fileKey() == stat.fileKey()
        && before.mode() == held(stat, before, state).mode()
        && real.isCertain();
  }

  private void link(Place parent, RelativePath path, FileStat stat, @Nullable PathState state)
      throws RealizeException, RootLostException, InterruptedException {
    FileStat before = onDisk(state);
    FileStat held = held(stat, before, state);
    if (before != null
        && before.kind() == Kind.LINK
        && before.mtime().equals(stat.mtime())
        && before.ctimeNanos() == stat.ctimeNanos()
        && before.fileKey() == stat.fileKey()
        && before.mode() == held.mode()) {
      return;
    }
    try {
      String target = disk.readLink(path);
      String fault = fault(target);
      if (!fault.isEmpty()) {
        skipLink(parent, path, state, fault);
        return;
      }
      findings.well(path);
      long now = FileHasher.wallNanos(time);
      commits.add(path, real(state), new Present(new Content.Link(target), held, now, List.of()));
    } catch (NoSuchFileException | NotDirectoryException | NotLinkException moved) {
      again(path);
    } catch (UndecodableNameException undecodable) {
      skipLink(parent, path, state, "the link's target is " + undecodable.getReason());
    } catch (IOException refused) {
      findings.pause(path, IoCause.of(refused));
    }
  }

  /** Leaves a link out; what was known at its path is gone. */
  private void skipLink(Place parent, RelativePath path, @Nullable PathState state, String cause)
      throws RealizeException, RootLostException, InterruptedException {
    findings.skip(parent.path(), path.toString(), cause);
    if (onDisk(state) != null) {
      commits.add(path, real(state), new Seen.Unshared());
    }
  }

  private static String fault(String target) {
    return target.getBytes(StandardCharsets.UTF_8).length > MAX_LINK_BYTES
        ? "the link's target is longer than " + MAX_LINK_BYTES + " bytes"
        : "";
  }

  /** {@code stat} with the mode that was last recorded, where the file system cannot hold one. */
  private FileStat held(FileStat stat, @Nullable FileStat before, @Nullable PathState state) {
    if (capabilities.modeBits()) {
      return stat;
    }
    int mode;
    if (before != null && before.kind() == stat.kind()) {
      mode = before.mode();
    } else if (state != null && before == null) {
      mode = state.metadata().mode();
    } else {
      mode = stat.kind() == Kind.FILE ? 0644 : 0755;
    }
    return stat.withMode(mode);
  }

  private static @Nullable RealVersion real(@Nullable PathState state) {
    return state == null ? null : state.real();
  }

  /** What was at {@code state}'s path, and below it, was removed. */
  private void gone(PathState state)
      throws RealizeException, RootLostException, InterruptedException {
    RelativePath path = state.path();
    if (mounts.contains(path)) {
      findings.pause(path, "its file system is not mounted");
      return;
    }
    FileStat before = onDisk(state);
    if (before != null && before.kind() == Kind.DIRECTORY) {
      goneBelow(path);
    }
    commits.add(path, state.real(), new Gone());
  }

  /** Everything that was below {@code top} was removed; what is deeper goes first. */
  private void goneBelow(RelativePath top)
      throws RealizeException, RootLostException, InterruptedException {
    List<PathState> below = new ArrayList<>();
    Deque<RelativePath> directories = new ArrayDeque<>(List.of(top));
    while (!directories.isEmpty()) {
      RelativePath directory = directories.pop();
      for (PathState child :
          store.<Map<String, PathState>>read(r -> r.children(directory)).values()) {
        FileStat before = onDisk(child);
        if (before == null) {
          continue;
        }
        if (mounts.contains(child.path())) {
          findings.pause(child.path(), "its file system is not mounted");
          continue;
        }
        below.add(child);
        if (before.kind() == Kind.DIRECTORY) {
          directories.push(child.path());
        }
      }
    }
    for (PathState state : below.reversed()) {
      commits.add(state.path(), state.real(), new Gone());
    }
  }
}
