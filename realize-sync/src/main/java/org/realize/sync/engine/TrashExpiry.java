package org.realize.sync.engine;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.real.Trash;

/** The expiry of what lies in the trash of one root. */
public final class TrashExpiry implements Job {

  private static final Duration PERIOD = Duration.ofSeconds(10);

  private final Trash trash;

  public TrashExpiry(Trash trash) {
    this.trash = trash;
  }

  @Override
  public String purpose() {
    return "expire the trash";
  }

  @Override
  public Optional<Duration> step() throws StorageFailed {
    try {
      trash.step();
    } catch (IOException e) {
      throw new StorageFailed("expire the trash", e);
    }
    return Optional.of(PERIOD);
  }
}
