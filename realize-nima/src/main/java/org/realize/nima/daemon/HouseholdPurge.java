package org.realize.nima.daemon;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.realize.nima.config.PeerSettings;
import org.realize.nima.control.ArenaPath;
import org.realize.nima.control.CacheEvent.CacheEventKind;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.PeerLink;
import org.realize.sync.port.PurgeAnswer;

/**
 * The purge of the trash of all peers that share an arena: each decides by itself, and what became
 * of it is told of each. Used once, by one thread.
 */
final class HouseholdPurge {

  private static final Duration DEADLINE = Duration.ofMinutes(5);

  private final NodePeers peers;
  private final WorkProgress progress;

  HouseholdPurge(NodePeers peers, WorkProgress progress) {
    this.peers = peers;
    this.progress = progress;
  }

  /** Asks every peer that shares the arena. */
  void purge(ArenaName arena, List<RelativePath> paths)
      throws RealizeException, InterruptedException {
    ArenaPath named =
        new ArenaPath(arena, paths.size() == 1 ? paths.getFirst() : RelativePath.ROOT);
    for (PeerSettings peer : peers.known().peers()) {
      if (peer.maySee(arena)) {
        purge(peer, named, paths);
      }
    }
  }

  private void purge(PeerSettings peer, ArenaPath named, List<RelativePath> paths)
      throws InterruptedException {
    Optional<PeerLink> link =
        peers.connections().links().stream()
            .filter(each -> each.peer().equals(peer.name()))
            .findFirst();
    if (link.isEmpty()) {
      tell(CacheEventKind.NOT_PURGED_AT, named, 0, peer.name() + " is not connected");
    } else if (!link.get().purges()) {
      tell(
          CacheEventKind.NOT_PURGED_AT,
          named,
          0,
          peer.name() + " cannot: its version of Realize is too old");
    } else {
      ask(link.get(), named, paths);
    }
  }

  private void ask(PeerLink link, ArenaPath named, List<RelativePath> paths)
      throws InterruptedException {
    List<PurgeAnswer> answers = new ArrayList<>();
    try {
      for (int at = 0; at < paths.size(); at += PeerLink.MAX_PURGED_PATHS) {
        List<RelativePath> part =
            paths.subList(at, Math.min(paths.size(), at + PeerLink.MAX_PURGED_PATHS));
        answers.add(link.purge(named.arena(), part, DEADLINE));
      }
    } catch (RealizeException e) {
      tell(CacheEventKind.NOT_PURGED_AT, named, 0, link.peer() + ": " + e.oneLine());
    }
    long files = answers.stream().mapToLong(PurgeAnswer::files).sum();
    long bytes = answers.stream().mapToLong(PurgeAnswer::bytes).sum();
    long kept = answers.stream().mapToLong(PurgeAnswer::keptFiles).sum();
    if (!answers.isEmpty()) {
      tell(CacheEventKind.PURGED_AT, named, bytes, "%s: %,d files".formatted(link.peer(), files));
    }
    if (kept > 0) {
      String cause =
          answers.stream().map(PurgeAnswer::cause).filter(c -> !c.isEmpty()).findFirst().orElse("");
      String text = "%s keeps %,d files: %s".formatted(link.peer(), kept, cause);
      tell(CacheEventKind.STAYS_AT, named, 0, text);
    }
  }

  private void tell(CacheEventKind kind, ArenaPath path, long bytes, String message)
      throws InterruptedException {
    progress.worked(kind, path, bytes, message);
  }
}
