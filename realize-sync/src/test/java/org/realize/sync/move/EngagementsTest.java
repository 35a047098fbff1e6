package org.realize.sync.move;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Invalid;
import org.realize.sync.model.RealizeException.Unreachable;
import org.realize.sync.move.Engagements.MoveRole;
import org.realize.sync.testing.ManualTime;

/** Tests of which moves may run side by side. */
final class EngagementsTest {
  private static final ArenaName DOCS = new ArenaName("docs");

  private final ManualTime time = new ManualTime();
  private final Engagements engagements = new Engagements(time, new SplittableRandom(1));

  private UUID engage(String mover, MoveRole role) throws RealizeException, InterruptedException {
    return engagements.engage(mover, DOCS, role);
  }

  @Test
  void engage_sourceOfSeveral_isGranted() throws Exception {
    UUID first = engage("nas", MoveRole.SOURCE);
    UUID second = engage("desk", MoveRole.SOURCE);
    engagements.begin(first, "nas", DOCS).close();
    engagements.begin(second, "desk", DOCS).close();
  }

  @Test
  void engage_bothEndsOrTwoTargets_isRefused() throws Exception {
    engage("nas", MoveRole.SOURCE);
    assertThatThrownBy(() -> engage("desk", MoveRole.TARGET))
        .isInstanceOf(Invalid.class)
        .hasMessageContaining("source of another move, of nas");
    engagements.engage("nas", new ArenaName("films"), MoveRole.TARGET);
    assertThatThrownBy(() -> engagements.engage("desk", new ArenaName("films"), MoveRole.TARGET))
        .isInstanceOf(Invalid.class);
    assertThatThrownBy(() -> engagements.engage("desk", new ArenaName("films"), MoveRole.SOURCE))
        .isInstanceOf(Invalid.class);
  }

  @Test
  void engage_sameMoverAgain_endsItsLastOne() throws Exception {
    UUID last = engage("nas", MoveRole.TARGET);
    UUID now = engage("nas", MoveRole.SOURCE);
    assertThatThrownBy(() -> engagements.begin(last, "nas", DOCS)).isInstanceOf(Unreachable.class);
    engagements.begin(now, "nas", DOCS).close();
  }

  @Test
  void engage_whileACallOfTheLastOneRuns_waitsForIt() throws Exception {
    Engagements.Call call = engagements.begin(engage("nas", MoveRole.TARGET), "nas", DOCS);
    AtomicReference<UUID> granted = new AtomicReference<>();
    Thread next =
        Thread.ofVirtual()
            .start(() -> {
              try {
                granted.set(engage("nas", MoveRole.TARGET));
              } catch (RealizeException | InterruptedException e) {
                throw new IllegalStateException(e);
              }
            });
    assertThat(next.join(java.time.Duration.ofMillis(50))).isFalse();
    call.close();
    assertThat(next.join(java.time.Duration.ofSeconds(20))).isTrue();
    engagements.begin(granted.get(), "nas", DOCS).close();
  }

  /** While one waits for old calls to end another may be granted: both must not be. */
  @Test
  void engage_anotherGrantedWhileItWaits_isRefused() throws Exception {
    Engagements.Call old = engagements.begin(engage("nas", MoveRole.TARGET), "nas", DOCS);
    List<String> granted = new CopyOnWriteArrayList<>();
    List<Thread> waiting = new ArrayList<>();
    for (String mover : List.of("nas", "desk", "attic")) {
      waiting.add(
          Thread.ofVirtual()
              .start(() -> {
                try {
                  engage(mover, MoveRole.TARGET);
                  granted.add(mover);
                } catch (RealizeException | InterruptedException e) {
                  // Refused.
                }
              }));
      assertThat(waiting.getLast().join(java.time.Duration.ofMillis(50))).isIn(true, false);
    }
    old.close();
    for (Thread each : waiting) {
      assertThat(each.join(java.time.Duration.ofSeconds(20))).isTrue();
    }
    assertThat(granted).hasSize(1);
  }

  @Test
  void begin_releasedOrOfAnother_isRefused() throws Exception {
    UUID id = engage("nas", MoveRole.TARGET);
    assertThatThrownBy(() -> engagements.begin(id, "desk", DOCS)).isInstanceOf(Unreachable.class);
    engagements.release(id, "desk");
    engagements.begin(id, "nas", DOCS).close();
    engagements.release(id, "nas");
    assertThatThrownBy(() -> engagements.begin(id, "nas", DOCS)).isInstanceOf(Unreachable.class);
    assertThat(engage("desk", MoveRole.SOURCE)).isNotEqualTo(id);
  }

  @Test
  void engage_idleForLong_makesRoomForAnother() throws Exception {
    UUID idle = engage("nas", MoveRole.TARGET);
    time.advance(Engagements.IDLE.plusSeconds(1));
    engage("desk", MoveRole.SOURCE);
    assertThatThrownBy(() -> engagements.begin(idle, "nas", DOCS)).isInstanceOf(Unreachable.class);
  }

  @Test
  void engage_inACallForLong_isNotIdle() throws Exception {
    Engagements.Call call = engagements.begin(engage("nas", MoveRole.TARGET), "nas", DOCS);
    time.advance(Engagements.IDLE.plusSeconds(1));
    assertThatThrownBy(() -> engage("desk", MoveRole.SOURCE)).isInstanceOf(Invalid.class);
    call.close();
  }
}
