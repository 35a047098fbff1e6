package org.realize.sync.engine;

import java.time.Duration;
import java.util.Optional;
import org.realize.sync.model.RealizeException;
import org.realize.sync.pin.SafeDrop;
import org.realize.sync.port.BlobStore;
import org.realize.sync.transfer.HitHistory;

/**
 * Work without a state of its own that is done every 10 s.
 *
 * @param purpose for the log, see {@link Job#purpose}
 */
public record Upkeep(String purpose, UpkeepWork work) implements Job {

  private static final Duration PERIOD = Duration.ofSeconds(10);

  /** One round of the work. */
  @FunctionalInterface
  public interface UpkeepWork {
    void run() throws RealizeException, InterruptedException;
  }

  /**
   * The upkeep of an arena's cache: files and table are reconciled, limits are kept as other
   * programs use the disk, uses of blobs are saved, and a sample of the hit ratio is taken.
   */
  public static Upkeep ofCache(BlobStore blobs, HitHistory hits) {
    return new Upkeep(
        "keep the cache in order",
        () -> {
          hits.step();
          blobs.step();
        });
  }

  /** The end of pins whose grantors could not be reached when they were no longer needed. */
  public static Upkeep ofPins(SafeDrop gate) {
    return new Upkeep("end pins that are no longer needed", gate::payDebts);
  }

  @Override
  public Optional<Duration> step() throws RealizeException, InterruptedException {
    work.run();
    return Optional.of(PERIOD);
  }
}
