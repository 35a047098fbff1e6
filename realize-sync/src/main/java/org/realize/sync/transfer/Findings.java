package org.realize.sync.transfer;

import java.util.concurrent.atomic.AtomicBoolean;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.Finding;
import org.realize.sync.port.TimeSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What downloads tell the user, in the log and in the arena's findings. Thread-safe. */
final class Findings {

  private static final Logger LOG = LoggerFactory.getLogger(Findings.class);

  /** Subject of the one finding that says why nothing is cached. */
  static final String CACHE = "cache";

  private final ArenaStore store;
  private final TimeSource time;

  /** True until the finding of an earlier process is known to be gone, too. */
  private final AtomicBoolean uncached = new AtomicBoolean(true);

  Findings(ArenaStore store, TimeSource time) {
    this.store = store;
    this.time = time;
  }

  void badSource(RelativePath path, PeerName peer, RealizeException cause) {
    LOG.warn(
        "{} sent bad bytes and is left aside for '{}' of {}: {}",
        peer,
        path,
        store.arena(),
        cause.oneLine());
    put(path.toString(), cause.oneLine() + "; left aside for this file");
  }

  void goodSource(RelativePath path, PeerName peer) {
    LOG.info("{} sends good bytes of '{}' again", peer, path);
    remove(path.toString());
  }

  void notCached(RelativePath path, RealizeException cause) {
    uncached.set(true);
    LOG.warn("cache '{}' of {}: {}; it is read uncached", path, store.arena(), cause.oneLine());
    put(CACHE, "cache '" + path + "': " + cause.oneLine() + "; read uncached");
  }

  void cached() {
    if (uncached.compareAndSet(true, false)) {
      remove(CACHE);
    }
  }

  private void put(String subject, String cause) {
    Finding finding = new Finding(Finding.Kind.FAILED, subject, cause, time.unixMillis());
    write(subject, tx -> tx.putFinding(finding));
  }

  private void remove(String subject) {
    write(subject, tx -> tx.removeFinding(Finding.Kind.FAILED, subject));
  }

  private void write(String subject, ArenaStore.Effect change) {
    try {
      store.write(change);
    } catch (RealizeException e) {
      LOG.error("note what happened to '{}': {}", subject, e.oneLine());
    }
  }
}
