package org.realize.sync.testing;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.Content;
import org.realize.sync.model.Metadata;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.Stamp;
import org.realize.sync.model.StoreId;
import org.realize.sync.model.Version;
import org.realize.sync.model.VersionVector;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.Finding;
import org.realize.sync.port.PathState;
import org.realize.sync.port.PeerDirectory;
import org.realize.sync.port.PeerLink;
import org.realize.sync.port.RealVersion;
import org.realize.sync.port.Report;

/** One peer's stores on the heap and the peers it is connected to, with states put in by hand. */
public final class ArenaRig {

  public static final ArenaName NAME = new ArenaName("photos");
  public static final int MODE = 0644;
  public static final long MTIME_NANOS = 1_700_000_000_000_000_000L;

  public final ManualTime time = new ManualTime();
  public final MemoryGlobalStore global = new MemoryGlobalStore(new SplittableRandom(1));
  public final ArenaStore store = global.arena(NAME);
  public final MemoryBlobStore blobs = new MemoryBlobStore(1L << 40);
  public final List<PeerLink> links = new CopyOnWriteArrayList<>();
  public final PeerDirectory peers = () -> List.copyOf(links);
  private long seq;

  /** Shows {@code content} at {@code path}, as reported and held by {@code holders}. */
  public void show(String path, Content content, ScriptedPeer... holders) throws RealizeException {
    show(path, content, null, holders);
  }

  /** As {@link #show}, with the content also in the Real where {@code stat} is given. */
  public void show(String path, Content content, @Nullable FileStat stat, ScriptedPeer... holders)
      throws RealizeException {
    seq++;
    StoreId own = global.identity().store();
    Version version = Version.of(content, VersionVector.EMPTY.with(own, seq));
    Stamp stamp = new Stamp(seq, own);
    Metadata metadata = new Metadata(MODE, stamp, MTIME_NANOS, stamp);
    Map<StoreId, Report> reports = new HashMap<>();
    for (ScriptedPeer holder : holders) {
      reports.put(
          holder.store(), new Report(seq, metadata, List.of(new Report.Reported(version, true))));
    }
    RealVersion real = stat == null ? null : new RealVersion(version, stat, 0);
    PathState state = new PathState(RelativePath.of(path), version, metadata, real, 0, reports);
    store.write(tx -> {
      tx.put(state);
      return null;
    });
  }

  public List<Finding> findings() throws RealizeException {
    return store.read(r -> r.findings(100));
  }
}
