package org.realize.sync.transfer;

import java.util.concurrent.atomic.AtomicBoolean;
import org.realize.sync.arena.Arena;
import org.realize.sync.arena.ArenaFindings;
import org.realize.sync.content.CacheFill;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Finding;
import org.realize.sync.port.Finding.FindingKind;
import org.realize.sync.port.Finding.FindingSource;
import org.realize.sync.port.Finding.Part;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The findings of one arena's downloads, in the log and in the arena's list. Thread-safe. */
final class DownloadFindings implements CacheFill.FillListener {

  private static final Logger LOG = LoggerFactory.getLogger(DownloadFindings.class);

  /** The one finding that tells of a failed write to the cache. */
  private static final Finding.Key CACHE =
      new Finding.Key(FindingKind.FAILED, FindingSource.of(Part.CACHE), "");

  private final ArenaName arena;
  private final ArenaFindings findings;

  /** The finding may be listed; true at first, since an earlier process may have listed it. */
  private final AtomicBoolean mayBeListed = new AtomicBoolean(true);

  DownloadFindings(Arena arena) {
    this.arena = arena.name();
    this.findings = arena.findings();
  }

  void badSource(RelativePath path, PeerName peer, RealizeException cause) {
    LOG.warn(
        "{} sent bad bytes and is not asked for '{}' of {}: {}",
        peer,
        path,
        arena,
        cause.oneLine());
    findings.list(key(path, peer), cause.oneLine() + "; it is not asked for this file");
  }

  void goodSource(RelativePath path, PeerName peer) {
    LOG.info("{} sends good bytes of '{}' of {} again", peer, path, arena);
    findings.remove(key(path, peer));
  }

  private static Finding.Key key(RelativePath path, PeerName peer) {
    FindingSource source = new FindingSource(Part.DOWNLOAD, peer.value());
    return new Finding.Key(FindingKind.FAILED, source, path.toString());
  }

  @Override
  public void notCached(RelativePath path, RealizeException cause) {
    LOG.warn("'{}' of {} cannot be cached: {}", path, arena, cause.oneLine());
    findings.list(CACHE, "'" + path + "' cannot be cached: " + cause.oneLine());
    mayBeListed.set(true); // after that: what is cached meanwhile leaves it to the next one
  }

  @Override
  public void cached() {
    if (mayBeListed.compareAndSet(true, false)) {
      findings.remove(CACHE);
    }
  }
}
