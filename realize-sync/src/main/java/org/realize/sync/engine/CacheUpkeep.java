package org.realize.sync.engine;

import java.time.Duration;
import java.util.Optional;
import org.realize.sync.model.RealizeException;
import org.realize.sync.port.BlobStore;
import org.realize.sync.transfer.HitHistory;

/**
 * The upkeep of one arena's cache: files and table are reconciled, limits are kept as other
 * programs use the disk, uses of blobs are saved, and a sample of the hit ratio is taken.
 */
public final class CacheUpkeep implements Job {

  private static final Duration PERIOD = Duration.ofSeconds(10);

  private final BlobStore blobs;
  private final HitHistory hits;

  public CacheUpkeep(BlobStore blobs, HitHistory hits) {
    this.blobs = blobs;
    this.hits = hits;
  }

  @Override
  public String purpose() {
    return "keep the cache in order";
  }

  @Override
  public Optional<Duration> step() throws RealizeException {
    hits.step();
    blobs.step();
    return Optional.of(PERIOD);
  }
}
