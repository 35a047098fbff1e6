package org.realize.sync.view;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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
import org.realize.sync.port.TreeRename;
import org.realize.sync.posix.Errno;
import org.realize.sync.real.ApplyProtocol;
import org.realize.sync.real.ApplyProtocol.ApplyOutcome;
import org.realize.sync.real.ApplyResult;
import org.realize.sync.real.Real;
import org.realize.sync.real.RealChange;
import org.realize.sync.transfer.Downloader;
import org.realize.sync.view.RootedNames.HiddenName;

/**
 * The ways by which what a program is about to change comes to the disk, or leaves it, first: all
 * by the protocol of {@link org.realize.sync.real.ApplyProtocol}, so that a kill at any point
 * leaves the one or the other. Thread-safe.
 */
final class LocalCopies {

  private static final int ATTEMPTS = 600;
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
          List.of(each),
          (_, state) -> {
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
        apply(
            List.of(path),
            (_, _) -> new RealChange.Adopt(path, indexed, version, attributes, fetched));
      }
      case Content.Link _ -> {
        if (indexed != null) {
          displace(List.of(new HiddenName(path, indexed)));
        }
        apply(List.of(path), (_, _) -> new RealChange.Create(path, version, attributes, _ -> {}));
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

  /** A call of a program, or a part of one. */
  interface TreeCall {
    void run() throws RealizeException;
  }

  /**
   * Has a program rename a directory with all that is known below it; names there that a job is
   * changing are waited for, half a minute at most.
   *
   * @param directory what the old name has
   * @param names that no look sees half renamed
   * @param call renames it on the disk
   */
  void renameTree(TreeRename rename, FileStat directory, RootedNames names, TreeCall call)
      throws RealizeException {
    String action = "rename '" + rename.from() + "'";
    for (int attempt = 0; ; attempt++) {
      names.turn();
      try {
        root.apply().renameTree(rename, directory, call::run);
        return;
      } catch (Unreachable busy) {
        PeerWaits.require(action);
        if (attempt == ATTEMPTS) {
          throw new CallFailed(action + ": a job is at work in it", Errno.EBUSY);
        }
      } catch (IOException e) {
        throw Disk.failure(action, e);
      } finally {
        names.turned();
      }
      pause(action);
    }
  }

  /** Moves what is on the disk, and is not shown any more, to the trash, in this order. */
  void displace(List<HiddenName> hidden) throws RealizeException {
    for (int from = 0; from < hidden.size(); from += ApplyProtocol.MAX_CHANGES) {
      int to = Math.min(hidden.size(), from + ApplyProtocol.MAX_CHANGES);
      Map<RelativePath, FileStat> batch = new LinkedHashMap<>();
      hidden.subList(from, to).forEach(each -> batch.put(each.path(), each.stat()));
      apply(
          List.copyOf(batch.keySet()),
          (path, _) ->
              new RealChange.Remove(
                  path, Objects.requireNonNull(batch.get(path)), state(path).shown()));
    }
  }

  /**
   * As the other, of one name, for the sake of {@code version}: what was on the disk stays known
   * where that does not follow it.
   */
  void displace(HiddenName hidden, Version version) throws RealizeException {
    apply(List.of(hidden.path()), (path, _) -> new RealChange.Remove(path, hidden.stat(), version));
  }

  /** A change of one name by what is known of it at that moment. */
  private interface PlannedChange {
    RealChange of(RelativePath path, Optional<PathState> state) throws RealizeException;
  }

  /** Makes changes; names that a job is changing are waited for, half a minute at most. */
  private void apply(List<RelativePath> paths, PlannedChange planned) throws RealizeException {
    List<RelativePath> left = paths;
    for (int attempt = 0; !left.isEmpty(); attempt++) {
      List<RealChange> changes = new ArrayList<>();
      for (RelativePath path : left) {
        changes.add(planned.of(path, arena.store().read(reader -> reader.path(path))));
      }
      left = applyFree(changes);
      if (!left.isEmpty()) {
        String action = "change '" + left.getFirst() + "'";
        PeerWaits.require(action);
        if (attempt == ATTEMPTS) {
          throw new CallFailed(action + ": a job is at work on it", Errno.EBUSY);
        }
        pause(action);
      }
    }
  }

  /**
   * Makes those changes that no job is in the way of.
   *
   * @return the paths of the others
   */
  private List<RelativePath> applyFree(List<RealChange> changes) throws RealizeException {
    List<RelativePath> busy = new ArrayList<>();
    RelativePath path = RelativePath.ROOT;
    try {
      List<ApplyResult> results = root.apply().applyAll(changes);
      for (int i = 0; i < changes.size(); i++) {
        path = changes.get(i).path();
        try {
          requireDone(path, results.get(i).outcome());
        } catch (Unreachable underWay) {
          busy.add(path);
        }
      }
      return busy;
    } catch (IOException e) {
      throw Disk.failure("change '" + path + "'", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CallFailed("change '" + path + "'", Errno.EINTR);
    }
  }

  private static void requireDone(RelativePath path, ApplyOutcome outcome) throws CallFailed {
    int errno =
        switch (outcome) {
          case DONE -> 0;
          case OPEN -> Errno.EBUSY;
          case UNSUPPORTED -> Errno.EOPNOTSUPP;
          case CHANGED -> Errno.ESTALE;
        };
    if (errno != 0) {
      throw new CallFailed("change '" + path + "': " + outcome, errno);
    }
  }

  /** Waits a moment for the index; EBUSY after half a minute of attempts. */
  void awaitIndex(String action, int attempt) throws RealizeException {
    PeerWaits.require(action);
    if (attempt == ATTEMPTS) {
      throw new CallFailed(action + ": what was there is not indexed as removed", Errno.EBUSY);
    }
    pause(action);
  }

  private void pause(String action) throws CallFailed {
    try {
      arena.time().sleep(PAUSE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CallFailed(action, Errno.EINTR);
    }
  }
}
