package org.realize.sync.move;

import java.util.Optional;
import java.util.UUID;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Unreachable;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.pin.PinGrantor;
import org.realize.sync.pin.SafeDrop;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.Disk;
import org.realize.sync.real.Places;
import org.realize.sync.real.Real;

/**
 * The files of an arena with a root, as either end of moves; to be used only while it is
 * {@linkplain Engagements engaged}. Thread-safe.
 */
public final class MovableArena {
  private final String name;
  private final Disk disk;
  private final ArenaStore store;
  private final SafeDrop.RootCheck root;
  private final SafeDrop gate;
  private final MoveTarget target;

  /**
   * An arena.
   *
   * @param name of this node, for messages
   * @param root refuses while a path is not certainly in the directory that was indexed, and until
   *     the drops that an earlier run of the node left unfinished are settled
   * @param gate through which its files are given up
   */
  public MovableArena(
      String name,
      Real real,
      ArenaStore store,
      SafeDrop.RootCheck root,
      SafeDrop gate,
      PinGrantor pins) {
    this.name = name;
    this.disk = real.disk();
    this.store = store;
    this.root = root;
    this.gate = gate;
    ArenaTarget rules = new ArenaTarget(name, real, store, root, pins);
    this.target = new TargetFiles(name, disk, real.capabilities(), rules);
  }

  /**
   * Its files, to be moved away.
   *
   * @param other the target's store, which must have pinned a file before it is given up; empty if
   *     the target is a plain directory: then any store will do
   */
  public MoveSource source(Optional<StoreId> other) {
    return new SourceFiles(name, disk, new ArenaSource(store, root, gate, other));
  }

  /** Its files, to be added to. */
  public MoveTarget target() {
    return target;
  }

  /** The id of its root: two ends with one id are one directory. Refuses as {@code root} does. */
  public UUID rootId() throws RealizeException {
    root.check(RelativePath.ROOT);
    return store
        .read(Places::rootId)
        .orElseThrow(
            () -> new Unreachable("arena '%s' was not looked at yet".formatted(store.arena())));
  }
}
