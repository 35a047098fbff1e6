package org.realize.sync.real;

import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.RowDecoder;
import org.realize.sync.port.RowEncoder;
import org.realize.sync.port.Rows;

/**
 * The indexed directories that lie on another device than the directory that holds them. Which ones
 * these are is kept by path, because device numbers change when a machine starts anew. A known
 * directory must go on as it was: on its parent's device, or a mount point; else it is not certain
 * what lies below it. Kept in one row of the store.
 */
public final class MountPoints {

  private static final Rows<List<RelativePath>> ROW =
      Rows.ofLists("real.mounts", 1, RowEncoder::putPath, RowDecoder::getPath);

  private final ArenaStore store;
  private final TreeSet<RelativePath> mounted = new TreeSet<>();

  public MountPoints(ArenaStore store) throws RealizeException {
    this.store = store;
    store.read(reader -> reader.row(ROW)).ifPresent(mounted::addAll);
  }

  /** Why a known path may not be looked into; empty when it is as it was. */
  public Optional<String> problem(RelativePath path, boolean mountedNow) {
    if (mounted.contains(path) == mountedNow) {
      return Optional.empty();
    }
    return Optional.of(
        mountedNow ? "another file system is mounted over it" : "its file system is not mounted");
  }

  public boolean contains(RelativePath path) {
    return mounted.contains(path);
  }

  /** Notes a path that is about to be indexed for the first time; durable before that. */
  public void note(RelativePath path, boolean mountedNow) throws RealizeException {
    boolean changed = mountedNow ? mounted.add(path) : mounted.remove(path);
    if (changed) {
      store.write(writer -> {
        writer.putRow(ROW, List.copyOf(mounted));
      });
    }
  }
}
