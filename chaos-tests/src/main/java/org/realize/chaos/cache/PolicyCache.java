package org.realize.chaos.cache;

import org.realize.sync.model.ContentHash;
import org.realize.sync.rules.cache.CachePolicy;
import org.realize.sync.rules.cache.CachedBlob;

/**
 * The daemon's policy, driven as the blobstore drives it. Like the others it is offered whatever
 * fits in; the daemon does not even offer what {@link CachePolicy#admits} turns away.
 */
final class PolicyCache implements SimulatedCache {

  private final CachePolicy policy;

  PolicyCache(long capacityBytes) {
    policy = new CachePolicy(capacityBytes);
  }

  @Override
  public boolean request(int blob, long bytes) {
    ContentHash hash = new ContentHash(blob, 0, 0, 0);
    boolean hit = policy.find(hash).isPresent();
    if (!hit && bytes > policy.capacityBytes()) {
      return false; // what cannot be kept is not told of as used
    }
    policy.use(hash, bytes);
    if (!hit && policy.fits(bytes)) {
      policy.insert(hash, bytes);
      for (CachedBlob victim : policy.victims(0)) {
        policy.remove(victim.hash());
      }
    }
    return hit;
  }
}
