package org.realize.sync.engine;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.real.Real;

/** The looks at what lies in the trash of one root, and its expiry. */
public final class TrashExpiry implements Job {

  private static final Duration PERIOD = Duration.ofSeconds(5);

  private final Real real;

  public TrashExpiry(Real real) {
    this.real = real;
  }

  @Override
  public String purpose() {
    return "expire the trash";
  }

  @Override
  public Optional<Duration> step() throws RealizeException {
    try {
      real.step();
    } catch (IOException e) {
      throw new StorageFailed("expire the trash", e);
    }
    return Optional.of(PERIOD);
  }
}
