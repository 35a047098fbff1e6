package org.realize.nima.daemon;

import java.util.List;
import java.util.function.Supplier;
import org.realize.sync.feed.ArenaRenewal;
import org.realize.sync.feed.Incarnations;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.port.Hello;
import org.realize.sync.port.HelloJudge;

/**
 * Judges peers' first words and, when this store had to take a new identity, brings every arena
 * under it before anything more is announced. Thread-safe; one renewal at a time.
 */
final class RenewingJudge implements HelloJudge {

  private final Incarnations incarnations;
  private final ArenaRenewal renewal;
  private final Supplier<List<OpenArena>> arenas;

  RenewingJudge(Incarnations incarnations, ArenaRenewal renewal, Supplier<List<OpenArena>> arenas) {
    this.incarnations = incarnations;
    this.renewal = renewal;
    this.arenas = arenas;
  }

  /** Brings an arena under the present identity; costs a look-up when it is. */
  synchronized void settle(OpenArena arena) throws RealizeException {
    renewal.settle(arena.store());
  }

  @Override
  public Hello hello(PeerName peer) throws RealizeException {
    return incarnations.hello(peer);
  }

  @Override
  public Verdict judge(PeerName peer, Hello hello) throws RealizeException {
    Verdict verdict = incarnations.judge(peer, hello);
    if (verdict instanceof Verdict.Renewed) {
      for (OpenArena arena : arenas.get()) {
        settle(arena);
      }
    }
    return verdict;
  }
}
