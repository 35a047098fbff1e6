package org.realize.nima.daemon;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.realize.nima.control.ArenaPhase;
import org.realize.nima.control.ArenaPhase.PhaseKind;
import org.realize.nima.rpc.PeerConnections;
import org.realize.sync.engine.SyncWork.SyncFigures;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.InDoubt;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.PeerLink;

/**
 * The one meaning of <i>in sync</i> for an arena: its root was scanned, the connected peers' feeds
 * were read to these heads, nothing is left to do but what is held up, and they have read ours.
 *
 * @param heads the heads of the connected peers' feeds
 */
record ArenaSync(OpenArena arena, Map<PeerLink, Long> heads) {

  /** With the heads that connected peers have said last, without asking any. */
  static ArenaSync known(OpenArena arena, KnownPeers known, PeerConnections peers) {
    Map<PeerLink, Long> heads = new HashMap<>();
    for (PeerLink link : peers.links()) {
      if (known.byName(link.peer()).filter(peer -> peer.maySee(arena.name())).isPresent()) {
        Optional<Long> head = arena.receiver().head(link.identity().store());
        heads.put(link, head.orElse(Long.MAX_VALUE));
      }
    }
    return new ArenaSync(arena, heads);
  }

  /**
   * The first thing that is waited for before peers can be asked to have read all; {@code IN_SYNC}
   * if there is nothing that goes on now. {@code InDoubt} while the root is.
   */
  ArenaPhase own() throws RealizeException {
    Optional<ArenaPhase> index = arena.indexing();
    if (index.isPresent()) {
      return index.get();
    }
    arena.checkRoot();
    for (Map.Entry<PeerLink, Long> peer : heads.entrySet()) {
      PeerLink link = peer.getKey();
      long head = peer.getValue();
      long left = head - arena.receiver().reached(link.identity().store());
      if (link.connected() && left > 0) {
        long known = head == Long.MAX_VALUE ? -1 : left;
        return new ArenaPhase(PhaseKind.CATCHING_UP, link.peer().toString(), 0, known);
      }
    }
    SyncFigures work = arena.work().figures();
    boolean isHeld = arena.work().userPause().until().isPresent() || arena.work().isFull();
    if (!work.done() && !isHeld) {
      return work.walking()
          ? ArenaPhase.of(PhaseKind.LOOKING)
          : new ArenaPhase(PhaseKind.WORKING, null, 0, work.files());
    }
    return ArenaPhase.of(PhaseKind.IN_SYNC);
  }

  /** The first connected peer that has not read our feed up to {@code head}. */
  ArenaPhase peers(long head) {
    for (PeerLink link : heads.keySet()) {
      Optional<Long> read = arena.feed().committedBy(link.peer());
      if (link.connected() && read.isPresent() && read.get() < head) {
        long left = head - read.get();
        return new ArenaPhase(PhaseKind.HANDING_OVER, link.peer().toString(), 0, left);
      }
    }
    return ArenaPhase.of(PhaseKind.IN_SYNC);
  }

  /** All of it, as of now. */
  ArenaPhase now() throws RealizeException {
    try {
      ArenaPhase own = own();
      return own.isInSync() ? peers(arena.store().read(ArenaReader::headSeq)) : own;
    } catch (InDoubt e) {
      return ArenaPhase.of(PhaseKind.IN_DOUBT);
    }
  }
}
