package org.realize.sync.engine;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.real.Real;

/**
 * The looks at what lies in the trash of one root, its expiry, and the end of replacements that
 * were interrupted and have their files there. Nothing is changed while the root may be another
 * one, or was not looked at in this life.
 */
public final class TrashExpiry implements Job {

  private static final Duration PERIOD = Duration.ofSeconds(5);

  private final Real real;
  private final BooleanSupplier isCertain;

  /**
   * The expiry of the trash of {@code real}.
   *
   * @param isCertain true while the root is the one that was indexed
   */
  public TrashExpiry(Real real, BooleanSupplier isCertain) {
    this.real = real;
    this.isCertain = isCertain;
  }

  @Override
  public String purpose() {
    return "expire the trash and conclude replacements";
  }

  @Override
  public Optional<Duration> step() throws RealizeException {
    if (!isCertain.getAsBoolean()) {
      return Optional.of(PERIOD);
    }
    try {
      return Optional.of(real.step() ? Duration.ZERO : PERIOD);
    } catch (IOException e) {
      throw new StorageFailed("expire the trash and conclude replacements", e);
    }
  }
}
