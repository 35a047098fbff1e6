package org.realize.sync.pin;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.port.FileStat;
import org.realize.sync.testing.ManualTime;
import org.realize.sync.testing.MemoryDisk;
import org.realize.sync.testing.RootedPeer;
import org.realize.sync.testing.RootedPeer.Setup;

/**
 * Two peers with one content that give it up to each other at the same time, in every order of
 * their steps, with a kill of either after every step: at no moment are both copies out of the
 * tree, and a peer that was not killed always ends.
 */
final class CrossingDropsTest {
  private static final RelativePath PATH = RelativePath.of("f");
  private static final int STEPS = 6;

  /** One of the two, and where it is. */
  private static final class Dropper {
    private final RootedPeer peer;
    private final StoreId other;
    private @Nullable DropBatch batch;
    private int step;
    private boolean isOver;

    Dropper(RootedPeer peer, RootedPeer other) {
      this.peer = peer;
      this.other = other.global().identity().store();
    }

    /** Takes the next step of {@link SafeDrop#drop}; a failure ends the drop as it does there. */
    void take() throws Exception {
      try {
        DropBatch now = batch;
        if (now == null) {
          FileStat stat = peer.state(PATH).realStat();
          now = peer.gate().batch(stat == null ? Map.of() : Map.of(PATH, stat), Optional.of(other));
          batch = now;
        }
        switch (step) {
          case 0 -> now.intend();
          case 1 -> now.ask();
          case 2 -> now.begin();
          case 3 -> now.take();
          case 4 -> now.conclude();
          default -> peer.gate().payDebts();
        }
      } catch (RealizeException e) {
        if (step < 3 && batch != null) {
          batch.abandon();
        }
        isOver = true;
      }
      step++;
      isOver |= step == STEPS;
    }

    boolean hasFile() throws Exception {
      return peer.disk().stat(PATH).isPresent();
    }
  }

  private record Pair(Dropper one, Dropper two) {
    static Pair made() throws Exception {
      ManualTime time = new ManualTime();
      List<RootedPeer> peers = new ArrayList<>();
      for (String name : List.of("nas", "desk")) {
        MemoryDisk disk = new MemoryDisk(time, 1L << 40, name.hashCode());
        disk.user().write(PATH.toString(), new byte[] {1, 2, 3});
        disk.forceAll();
        RootedPeer peer = new RootedPeer(name, time, disk, Setup.PLAIN);
        peer.scan();
        peers.add(peer);
      }
      RootedPeer.connect(peers.getFirst(), peers.getLast());
      return new Pair(
          new Dropper(peers.getFirst(), peers.getLast()),
          new Dropper(peers.getLast(), peers.getFirst()));
    }

    void requireACopy(String when) throws Exception {
      assertThat(one.hasFile() || two.hasFile()).as(when).isTrue();
    }
  }

  /** Every order of the steps of both: bit i of {@code order} says which of them takes step i. */
  @Test
  void drop_inEveryOrderOfSteps_leavesOneCopyAndNoIntent() throws Exception {
    int successes = 0;
    for (int order = 0; order < 1 << (2 * STEPS); order++) {
      if (Integer.bitCount(order) == STEPS) {
        Pair pair = Pair.made();
        for (int i = 0; i < 2 * STEPS; i++) {
          Dropper next = (order >> i & 1) == 1 ? pair.one() : pair.two();
          if (!next.isOver) {
            next.take();
          }
          pair.requireACopy("order %x, step %d".formatted(order, i));
        }
        successes += pair.one().hasFile() && pair.two().hasFile() ? 0 : 1;
        requireSettled(pair);
      }
    }
    assertThat(successes).isPositive();
  }

  /** After all words are heard nothing binds either. */
  private static void requireSettled(Pair pair) throws Exception {
    for (Dropper each : List.of(pair.one(), pair.two())) {
      each.peer.gate().payDebts();
    }
    for (Dropper each : List.of(pair.one(), pair.two())) {
      assertThat(each.peer.pins().pins()).isEmpty();
      assertThat(each.peer.store().read(DropIntents::read)).isEmpty();
    }
  }

  /** One is killed after any step, starts again, and drops once more while the other proceeds. */
  @Test
  void drop_oneKilledAfterEveryStep_leavesOneCopy() throws Exception {
    for (int killedAt = 1; killedAt < STEPS; killedAt++) {
      for (int before = 0; before <= STEPS; before++) {
        for (int between = 0; between <= STEPS; between++) {
          String when = "killed at %d, other at %d and %d".formatted(killedAt, before, between);
          Pair pair = Pair.made();
          take(pair.two(), before);
          take(pair.one(), killedAt);
          pair.requireACopy(when);
          pair.one().peer.restart();
          take(pair.two(), between);
          pair.requireACopy(when);
          pair.one().peer.scan();
          Dropper again = new Dropper(pair.one().peer, pair.two().peer);
          take(again, STEPS);
          pair.requireACopy(when);
          take(pair.two(), STEPS);
          pair.requireACopy(when);
          requireSettled(pair);
        }
      }
    }
  }

  private static void take(Dropper dropper, int steps) throws Exception {
    for (int i = 0; i < steps && !dropper.isOver; i++) {
      dropper.take();
    }
  }
}
