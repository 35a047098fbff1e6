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

/** An arena with a root, as either end of moves. Thread-safe. */
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
   * @param name of its node, for people
   * @param root refuses until what an earlier life left half dropped is settled
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
   * @param other the store of the target, which this peer asks for pins itself; empty for a plain
   *     directory
   */
  public MoveSource source(Optional<StoreId> other) {
    return new SourceFiles(name, disk, new ArenaSource(store, root, gate, other));
  }

  /** Its files, to be added to. */
  public MoveTarget target() {
    return target;
  }

  /** The id of its root: two ends with one id are one directory. */
  public UUID rootId() throws RealizeException {
    root.check(RelativePath.ROOT);
    return store
        .read(Places::rootId)
        .orElseThrow(
            () -> new Unreachable("arena '%s' was not looked at yet".formatted(store.arena())));
  }
}
