package org.realize.sync.view;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.Set;
import org.realize.sync.arena.Arena;
import org.realize.sync.model.Content;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.CallFailed;
import org.realize.sync.model.RealizeException.Unreachable;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.Version;
import org.realize.sync.model.VersionVector;
import org.realize.sync.port.Disk;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.Node;
import org.realize.sync.port.PathState;
import org.realize.sync.posix.Errno;
import org.realize.sync.real.ApplyProtocol.ApplyOutcome;
import org.realize.sync.real.Real;
import org.realize.sync.real.RealChange;
import org.realize.sync.transfer.Downloader;

/**
 * The ways by which what a program is about to change comes to the disk, or leaves it, first: all
 * by the protocol of {@link org.realize.sync.real.ApplyProtocol}, so that a kill at any point
 * leaves the one or the other. Thread-safe.
 */
final class LocalCopies {

  private static final int ATTEMPTS = 20;
  private static final Duration PAUSE = Duration.ofMillis(50);

  /** A directory of which no version is known: the index finds it as any other. */
  private static final Version UNKNOWN = Version.of(new Content.Absent(), VersionVector.EMPTY);

  private final Arena arena;
  private final Real root;
  private final Downloader downloader;

  LocalCopies(Arena arena, Real root, Downloader downloader) {
    this.arena = arena;
    this.root = root;
    this.downloader = downloader;
  }

  /** Makes the directories at {@code path} and above it that are only in the store. */
  void makeDirectories(RelativePath path) throws RealizeException {
    Deque<RelativePath> missing = new ArrayDeque<>();
    try {
      for (RelativePath at = path; !at.isRoot(); at = at.parent().orElseThrow()) {
        if (root.disk().stat(at).isPresent()) {
          break;
        }
        missing.push(at);
      }
    } catch (IOException e) {
      throw Disk.failure("make '" + path + "'", e);
    }
    for (RelativePath each : missing) {
      apply(
          each,
          state -> {
            Version version =
                state.map(PathState::shown).filter(LocalCopies::isDirectory).orElse(UNKNOWN);
            int mode = mode(each);
            return new RealChange.Create(
                each, version, new RealChange.Attributes(mode, now()), _ -> {});
          });
    }
  }

  /** True of a directory, or of what is one only for what lies below it. */
  private static boolean isDirectory(Version version) {
    return version.content() instanceof Content.Directory || version.isTombstone();
  }

  private int mode(RelativePath path) throws RealizeException {
    Node node = arena.store().read(reader -> RootedNames.find(reader, path));
    return node == null ? 0755 : node.mode();
  }

  private FileTime now() {
    return FileTime.ofNanos(arena.time().unixMillis() * 1_000_000);
  }

  /**
   * Brings the file or link that {@code path} shows to the disk, whole, in place of an older one if
   * there is one. Waits for peers.
   */
  void makeReal(RelativePath path) throws RealizeException {
    PeerWaits.require("fetch '" + path + "'");
    makeDirectories(path.parent().orElse(RelativePath.ROOT));
    PathState state = state(path);
    Version version = state.shown();
    FileStat indexed = state.realStat();
    RealChange.Attributes attributes =
        new RealChange.Attributes(state.metadata().mode(), state.metadata().mtime());
    switch (version.content()) {
      case Content.File _ -> {
        FileStat fetched = collect(path, version);
        apply(path, _ -> new RealChange.Adopt(path, indexed, version, attributes, fetched));
      }
      case Content.Link _ -> {
        if (indexed != null) {
          displace(path, indexed);
        }
        apply(path, _ -> new RealChange.Create(path, version, attributes, _ -> {}));
      }
      case Content.Directory _, Content.Absent _ ->
          throw new CallFailed("bring '" + path + "' to the disk", Errno.ESTALE);
    }
  }

  private FileStat collect(RelativePath path, Version version) throws RealizeException {
    try {
      return downloader.collect(path, version, Set.of());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CallFailed("fetch '" + path + "'", Errno.EINTR);
    }
  }

  private PathState state(RelativePath path) throws RealizeException {
    Optional<PathState> state = arena.store().read(reader -> reader.path(path));
    return state.orElseThrow(() -> new CallFailed("no '" + path + "'", Errno.ESTALE));
  }

  /** Moves what is on the disk, and is not shown any more, to the trash. */
  void displace(RelativePath path, FileStat hidden) throws RealizeException {
    Version shown = state(path).shown();
    apply(path, _ -> new RealChange.Remove(path, hidden, shown));
  }

  private interface PlannedChange {
    RealChange of(Optional<PathState> state) throws RealizeException;
  }

  /** Makes a change; a name that a job is changing is waited for, a second at most. */
  private void apply(RelativePath path, PlannedChange change) throws RealizeException {
    for (int attempt = 0; ; attempt++) {
      try {
        Optional<PathState> state = arena.store().read(reader -> reader.path(path));
        ApplyOutcome outcome = root.apply().apply(change.of(state));
        if (outcome == ApplyOutcome.DONE) {
          return;
        }
        int errno =
            switch (outcome) {
              case OPEN -> Errno.EBUSY;
              case UNSUPPORTED -> Errno.EOPNOTSUPP;
              case CHANGED, DONE -> Errno.ESTALE;
            };
        throw new CallFailed("change '" + path + "': " + outcome, errno);
      } catch (Unreachable busy) {
        if (attempt == ATTEMPTS) {
          throw busy;
        }
      } catch (IOException e) {
        throw Disk.failure("change '" + path + "'", e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new CallFailed("change '" + path + "'", Errno.EINTR);
      }
      pause();
    }
  }

  private void pause() throws CallFailed {
    try {
      arena.time().sleep(PAUSE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CallFailed("wait for a change", Errno.EINTR);
    }
  }
}
