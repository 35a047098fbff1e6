package org.realize.sync.move;

import java.util.Optional;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Invalid;
import org.realize.sync.model.RealizeException.Unreachable;
import org.realize.sync.model.RelativePath;
import org.realize.sync.pin.PinGrantor;
import org.realize.sync.pin.SafeDrop;
import org.realize.sync.port.ArenaStore;

/** An arena as a target: it takes only what it could pin. Thread-safe. */
final class ArenaTarget implements TargetRules {
  private final String name;
  private final ArenaStore store;
  private final SafeDrop.RootCheck root;
  private final PinGrantor pins;

  /** The rules of an arena, whose node has a name for people. */
  ArenaTarget(String name, ArenaStore store, SafeDrop.RootCheck root, PinGrantor pins) {
    this.name = name;
    this.store = store;
    this.root = root;
    this.pins = pins;
  }

  @Override
  public void check(RelativePath path) throws RealizeException {
    root.check(path);
  }

  @Override
  public void admit(RelativePath path) throws RealizeException {
    Optional<String> refusal = pins.refusal(path);
    if (refusal.isPresent()) {
      throw new Invalid("move '%s' to %s: it %s".formatted(path, name, refusal.get()));
    }
  }

  @Override
  public void admitThere(MovedFile there) throws RealizeException {
    boolean isIndexed = store.<Boolean>read(reader -> ArenaSource.isIndexed(reader, there));
    if (!isIndexed) {
      pins.touch(there.path());
      throw new Unreachable(
          "compare '%s' at %s: not indexed as it is now".formatted(there.path(), name));
    }
  }
}
