package org.realize.sync.testing;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.realize.sync.arena.Arena;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.Mark;
import org.realize.sync.model.Metadata;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.Stamp;
import org.realize.sync.model.StoreId;
import org.realize.sync.model.Version;
import org.realize.sync.model.VersionVector;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.Disk;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.Finding;
import org.realize.sync.port.PathState;
import org.realize.sync.port.PeerDirectory;
import org.realize.sync.port.PeerLink;
import org.realize.sync.port.RealVersion;
import org.realize.sync.port.Report;
import org.realize.sync.real.Real;
import org.realize.sync.real.RootCapabilities;

/** One peer's stores on the heap and the peers it is connected to, with states put in by hand. */
public final class ArenaRig {

  public static final ArenaName NAME = new ArenaName("photos");
  public static final int MODE = 0644;
  public static final FileTime MTIME = new FileTime(1_700_000_000, 0);

  public final ManualTime time = new ManualTime();
  public final MemoryGlobalStore global = new MemoryGlobalStore(new SplittableRandom(1));
  public final ArenaStore store = global.arena(NAME);
  public final MemoryBlobStore blobs = new MemoryBlobStore(1L << 40);
  public final List<PeerLink> links = new CopyOnWriteArrayList<>();
  public final PeerDirectory peers = () -> List.copyOf(links);
  private long seq;

  /** The arena without a root. */
  public Arena arena() {
    return new Arena(store, blobs, Mark.WATCH, time, null);
  }

  /** The arena with {@code root}. */
  public Arena arena(Disk root) {
    try {
      Real real = new Real(root, RootCapabilities.FULL, store, time);
      return new Arena(store, blobs, Mark.WATCH, time, real);
    } catch (RealizeException e) {
      throw new AssertionError(e);
    }
  }

  /** Shows {@code content} at {@code path}, as reported and held by {@code holders}. */
  public void show(String path, Content content, ScriptedPeer... holders) throws RealizeException {
    show(path, content, null, holders);
  }

  /** As {@link #show}, with the content also in the Real where {@code stat} is given. */
  public void show(String path, Content content, @Nullable FileStat stat, ScriptedPeer... holders)
      throws RealizeException {
    Version version = next(content, null);
    put(path, version, stat == null ? null : new RealVersion(version, stat, 0), holders);
  }

  /** Shows {@code content} instead of what the path showed, whose real file, if any, stays. */
  public void replace(String path, Content.File content, ScriptedPeer... holders)
      throws RealizeException {
    Optional<PathState> before = store.read(r -> r.path(RelativePath.of(path)));
    ContentHash basis =
        before.orElseThrow().shown().content() instanceof Content.File old ? old.hash() : null;
    put(path, next(content, basis), before.get().real(), holders);
  }

  /** Shows what {@code author} put in place of what the path showed, whose real file stays. */
  public void follow(String path, Content content, ScriptedPeer author) throws RealizeException {
    PathState before = store.read(r -> r.path(RelativePath.of(path))).orElseThrow();
    VersionVector vector = before.shown().vector().with(author.store(), ++seq);
    put(path, new Version(content, vector, null, null, false), before.real(), author);
  }

  /**
   * Gives what a path shows, and its reports, another name, at which {@code reporters} know it
   * without having it. The real file, if any, stays.
   */
  public void rename(String path, String name, ScriptedPeer... reporters) throws RealizeException {
    PathState before = store.read(r -> r.path(RelativePath.of(path))).orElseThrow();
    put(path, next(new Content.Absent(), null), before.real());
    Content content = before.shown().content();
    Version version =
        new Version(content, next(content, null).vector(), null, RelativePath.of(path), false);
    put(name, version, null, false, reporters);
  }

  private Version next(Content content, @Nullable ContentHash basis) {
    VersionVector vector = VersionVector.EMPTY.with(global.identity().store(), ++seq);
    return new Version(content, vector, basis, null, false);
  }

  private void put(
      String path, Version version, @Nullable RealVersion real, ScriptedPeer... holders)
      throws RealizeException {
    put(path, version, real, true, holders);
  }

  private void put(
      String path,
      Version version,
      @Nullable RealVersion real,
      boolean isHeld,
      ScriptedPeer... reporters)
      throws RealizeException {
    StoreId own = global.identity().store();
    Stamp stamp = new Stamp(seq, own);
    Metadata metadata = new Metadata(MODE, stamp, MTIME, stamp);
    Map<StoreId, Report> reports = new HashMap<>();
    for (ScriptedPeer reporter : reporters) {
      reports.put(
          reporter.store(),
          new Report(seq, metadata, List.of(new Report.Reported(version, isHeld))));
    }
    PathState state = new PathState(RelativePath.of(path), version, metadata, real, 0, reports);
    store.write(tx -> {
      tx.put(state);
    });
  }

  public List<Finding> findings() throws RealizeException {
    return store.read(r -> r.findings(100));
  }
}
