package org.realize.sync.engine;

import java.time.Duration;
import java.util.Optional;
import org.realize.sync.model.RealizeException;
import org.realize.sync.pin.SafeDrop;

/** The words to grantors that could not be reached when their pins were no longer needed. */
public final class PinRelease implements Job {

  private static final Duration PERIOD = Duration.ofSeconds(10);

  private final SafeDrop gate;

  public PinRelease(SafeDrop gate) {
    this.gate = gate;
  }

  @Override
  public String purpose() {
    return "end pins that are no longer needed";
  }

  @Override
  public Optional<Duration> step() throws RealizeException, InterruptedException {
    gate.payDebts();
    return Optional.of(PERIOD);
  }
}
