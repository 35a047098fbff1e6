package org.realize.sync.move;

import java.util.List;
import java.util.Optional;
import org.realize.sync.delta.Signature;
import org.realize.sync.model.ByteRange;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.pin.DropOutcome;

/** Another source, call by call, for tests that change some. */
public class ForwardingSource implements MoveSource {
  private final MoveSource end;

  /** All calls are forwarded to {@code end}. */
  public ForwardingSource(MoveSource end) {
    this.end = end;
  }

  @Override
  public String name() {
    return end.name();
  }

  @Override
  public Page list(Optional<RelativePath> after, int max)
      throws RealizeException, InterruptedException {
    return end.list(after, max);
  }

  @Override
  public Optional<MovedFile> current(RelativePath path)
      throws RealizeException, InterruptedException {
    return end.current(path);
  }

  @Override
  public byte[] read(MovedFile file, ByteRange range)
      throws RealizeException, InterruptedException {
    return end.read(file, range);
  }

  @Override
  public byte[] hash(MovedFile file, ByteRange range)
      throws RealizeException, InterruptedException {
    return end.hash(file, range);
  }

  @Override
  public byte[] diff(MovedFile file, ByteRange range, Signature signature)
      throws RealizeException, InterruptedException {
    return end.diff(file, range, signature);
  }

  @Override
  public List<DropOutcome> drop(List<MovedFile> files)
      throws RealizeException, InterruptedException {
    return end.drop(files);
  }
}
