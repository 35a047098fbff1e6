package org.realize.nima.control;

import java.util.List;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RelativePath;

/** A request of a command to the daemon: a POST of its JSON to its own path. */
sealed interface ControlRequest {

  /** Where it is posted. */
  String path();

  /** {@link Household#stop}. */
  record Stop() implements ControlRequest {
    static final String PATH = "/v1/stop";

    @Override
    public String path() {
      return PATH;
    }
  }

  /** {@link Household#connect}. */
  record Connect(PeerName peer) implements ControlRequest {
    static final String PATH = "/v1/peer/connect";

    @Override
    public String path() {
      return PATH;
    }
  }

  /** {@link Household#disconnect}. */
  record Disconnect(PeerName peer) implements ControlRequest {
    static final String PATH = "/v1/peer/disconnect";

    @Override
    public String path() {
      return PATH;
    }
  }

  /** {@link Household#reloadPeers}. */
  record ReloadPeers() implements ControlRequest {
    static final String PATH = "/v1/peer/reload";

    @Override
    public String path() {
      return PATH;
    }
  }

  /** {@link Household#confirm}. */
  record Confirm(ArenaName arena, RelativePath place) implements ControlRequest {
    static final String PATH = "/v1/arena/confirm";

    @Override
    public String path() {
      return PATH;
    }
  }

  /** {@link Household#adopt}. */
  record AdoptArena(ArenaName arena) implements ControlRequest {
    static final String PATH = "/v1/arena/adopt";

    @Override
    public String path() {
      return PATH;
    }
  }

  /** {@link Household#reject}. */
  record Reject(ArenaName arena) implements ControlRequest {
    static final String PATH = "/v1/arena/reject";

    @Override
    public String path() {
      return PATH;
    }
  }

  /** {@link Household#move}; answered by a stream of {@link StreamLine}. */
  record Move(MoveOrder order) implements ControlRequest {
    static final String PATH = "/v1/move";

    @Override
    public String path() {
      return PATH;
    }
  }

  /** {@link Household#cache}; answered by a stream of {@link StreamLine}. */
  record Cache(CacheOrder order) implements ControlRequest {
    static final String PATH = "/v1/cache";

    @Override
    public String path() {
      return PATH;
    }
  }

  /** {@link Household#marks}. */
  record MarkPaths(MarkOrder order) implements ControlRequest {
    static final String PATH = "/v1/marks";

    @Override
    public String path() {
      return PATH;
    }
  }

  /** {@link Household#conflicts}. */
  record DecideConflicts(ConflictOrder order) implements ControlRequest {
    static final String PATH = "/v1/conflicts";

    @Override
    public String path() {
      return PATH;
    }
  }

  /** {@link Household#versions}. */
  record ListVersions(VersionQuery query) implements ControlRequest {
    static final String PATH = "/v1/versions";

    @Override
    public String path() {
      return PATH;
    }
  }

  /** {@link Household#trash}; answered by a stream of {@link StreamLine}. */
  record ChangeTrash(TrashOrder order) implements ControlRequest {
    static final String PATH = "/v1/trash";

    @Override
    public String path() {
      return PATH;
    }
  }

  /** {@link Household#useVersion}; answered by a stream of {@link StreamLine}. */
  record UseVersion(VersionChoice choice) implements ControlRequest {
    static final String PATH = "/v1/versions/use";

    @Override
    public String path() {
      return PATH;
    }
  }

  /** {@link Household#copies}. */
  record CountCopies(CopyQuery query) implements ControlRequest {
    static final String PATH = "/v1/copies";

    @Override
    public String path() {
      return PATH;
    }
  }

  /** {@link Household#pause}. */
  record Pause(PauseOrder order) implements ControlRequest {
    static final String PATH = "/v1/pause";

    @Override
    public String path() {
      return PATH;
    }
  }

  /** {@link Household#jobs}. */
  record ListJobs(JobOrder order) implements ControlRequest {
    static final String PATH = "/v1/jobs";

    @Override
    public String path() {
      return PATH;
    }
  }

  /** {@link Household#watchJobs}; answered by a stream of {@link StreamLine}. */
  record WatchJobs(List<ArenaPath> paths) implements ControlRequest {
    static final String PATH = "/v1/jobs/watch";

    public WatchJobs {
      paths = List.copyOf(paths);
    }

    @Override
    public String path() {
      return PATH;
    }
  }

  /** {@link Household#sync}; answered by a stream of {@link StreamLine}. */
  record Sync(List<ArenaName> arenas) implements ControlRequest {
    static final String PATH = "/v1/sync";

    public Sync {
      arenas = List.copyOf(arenas);
    }

    @Override
    public String path() {
      return PATH;
    }
  }

  /** {@link Household#forget}. */
  record Forget(ArenaName arena, RelativePath file) implements ControlRequest {
    static final String PATH = "/v1/arena/forget";

    @Override
    public String path() {
      return PATH;
    }
  }

  /** {@link Household#releasePins}. */
  record ReleasePins(ArenaName arena, RelativePath file) implements ControlRequest {
    static final String PATH = "/v1/pins/release";

    @Override
    public String path() {
      return PATH;
    }
  }
}
