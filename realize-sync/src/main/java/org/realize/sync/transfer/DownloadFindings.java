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

  /** The one finding that says why nothing is cached. */
  private static final Finding.Key CACHE =
      new Finding.Key(FindingKind.FAILED, FindingSource.of(Part.CACHE), "");

  private final ArenaName arena;
  private final ArenaFindings findings;

  /** True until the finding of an earlier process is known to be gone, too. */
  private final AtomicBoolean uncached = new AtomicBoolean(true);

  DownloadFindings(Arena arena) {
    this.arena = arena.name();
    this.findings = arena.findings();
  }

  void badSource(RelativePath path, PeerName peer, RealizeException cause) {
    LOG.warn(
        "{} sent bad bytes and is left aside for '{}' of {}: {}",
        peer,
        path,
        arena,
        cause.oneLine());
    findings.list(key(path), cause.oneLine() + "; left aside for this file");
  }

  void goodSource(RelativePath path, PeerName peer) {
    LOG.info("{} sends good bytes of '{}' again", peer, path);
    findings.remove(key(path));
  }

  private static Finding.Key key(RelativePath path) {
    return Finding.Key.of(FindingKind.FAILED, Part.DOWNLOAD, path);
  }

  @Override
  public void notCached(RelativePath path, RealizeException cause) {
    uncached.set(true);
    LOG.warn("cache '{}' of {}: {}; it is read uncached", path, arena, cause.oneLine());
    findings.list(CACHE, "cache '" + path + "': " + cause.oneLine() + "; read uncached");
  }

  @Override
  public void cached() {
    if (uncached.compareAndSet(true, false)) {
      findings.remove(CACHE);
    }
  }
}
