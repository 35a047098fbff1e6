package org.realize.chaos.move;

import java.util.List;
import java.util.Optional;
import org.realize.sync.delta.Signature;
import org.realize.sync.model.ByteRange;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.move.ForwardingSource;
import org.realize.sync.move.MoveSource;
import org.realize.sync.move.MovedFile;
import org.realize.sync.pin.DropOutcome;

/** A source behind a bad wire: calls are lost before or after they had their effect. */
final class FaultySource extends ForwardingSource {
  private final BadWire wire;

  FaultySource(MoveSource end, BadWire wire) {
    super(end);
    this.wire = wire;
  }

  @Override
  public Page list(Optional<RelativePath> after, int max)
      throws RealizeException, InterruptedException {
    wire.lose("before");
    return super.list(after, max);
  }

  @Override
  public byte[] read(MovedFile file, ByteRange range)
      throws RealizeException, InterruptedException {
    wire.lose("before");
    return wire.spoiled(super.read(file, range));
  }

  @Override
  public byte[] hash(MovedFile file, ByteRange range)
      throws RealizeException, InterruptedException {
    wire.lose("before");
    return wire.spoiled(super.hash(file, range));
  }

  @Override
  public byte[] diff(MovedFile file, ByteRange range, Signature signature)
      throws RealizeException, InterruptedException {
    wire.lose("before");
    return wire.spoiled(super.diff(file, range, signature));
  }

  @Override
  public List<DropOutcome> drop(List<MovedFile> files)
      throws RealizeException, InterruptedException {
    wire.lose("before");
    List<DropOutcome> outcomes = super.drop(files);
    wire.lose("after");
    return outcomes;
  }
}
