package org.realize.sync.engine;

import java.time.Duration;
import java.util.Optional;
import org.realize.sync.branch.Branches;
import org.realize.sync.model.RealizeException;

/**
 * The completion of the files that programs have written to before all of their bytes were here.
 */
public final class BranchCompletion implements Job {

  private final Branches branches;

  public BranchCompletion(Branches branches) {
    this.branches = branches;
  }

  @Override
  public String purpose() {
    return "complete branches";
  }

  @Override
  public Optional<Duration> step() throws RealizeException, InterruptedException {
    return Optional.of(branches.step());
  }
}
