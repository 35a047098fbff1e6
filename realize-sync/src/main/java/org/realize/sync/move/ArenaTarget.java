package org.realize.sync.move;

import java.io.IOException;
import java.util.Optional;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Invalid;
import org.realize.sync.model.RealizeException.Unreachable;
import org.realize.sync.model.RelativePath;
import org.realize.sync.pin.PinGrantor;
import org.realize.sync.pin.Pins;
import org.realize.sync.pin.SafeDrop;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.real.ApplyProtocol;
import org.realize.sync.real.Real;
import org.realize.sync.rules.Judgement;

/** An arena as a target: it takes only what it could pin. Thread-safe. */
final class ArenaTarget implements TargetRules {
  private final String name;
  private final Real real;
  private final ArenaStore store;
  private final SafeDrop.RootCheck root;
  private final PinGrantor pins;

  /** The rules of an arena, whose node has a name for people. */
  ArenaTarget(String name, Real real, ArenaStore store, SafeDrop.RootCheck root, PinGrantor pins) {
    this.name = name;
    this.real = real;
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
    if (store.read(reader -> ArenaSource.indexed(reader, there)).isEmpty()) {
      pins.touch(there.path());
      throw new Unreachable(
          "compare '%s' at %s: not indexed as it is now".formatted(there.path(), name));
    }
  }

  /** Only by the shown version, and nothing that this peer has promised to keep. */
  @Override
  public boolean replaces(MovedFile file, MovedFile there) throws RealizeException {
    return store.read(reader -> {
      boolean follows =
          ArenaSource.indexed(reader, there)
              .flatMap(Judgement::successor)
              .filter(next -> file.isOf(next.content()))
              .isPresent();
      return follows && Pins.read(reader).stream().noneMatch(pin -> pin.path().equals(file.path()));
    });
  }

  @Override
  public ApplyProtocol.ApplyOutcome replace(MovedFile file, MovedFile there)
      throws IOException, RealizeException, InterruptedException {
    ContentHash hash = file.hash();
    if (hash == null) {
      throw new IllegalArgumentException("'" + file.path() + "' replaces nothing");
    }
    ApplyProtocol.Arrival arrival =
        new ApplyProtocol.Arrival(hash, file.stat().mode(), file.stat().mtime());
    return real.apply().replace(file.path(), there.stat(), arrival);
  }
}
