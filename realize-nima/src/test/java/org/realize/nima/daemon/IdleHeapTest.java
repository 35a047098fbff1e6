package org.realize.nima.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.realize.nima.daemon.IdleHeap.HeapRoom;
import org.realize.sync.loop.Loops;
import org.realize.sync.testing.ManualTime;

class IdleHeapTest {

  private static final long MIB = 1 << 20;
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private final ManualTime time = new ManualTime();
  private final FakeProcess process = new FakeProcess();
  private final IdleHeap heap = new IdleHeap(process, time, new Loops(time));

  private static final class FakeProcess implements IdleHeap.JavaProcess {
    private long cpuNanos = 5_000_000_000L;
    private long heapBytes = 200 * MIB;
    private int giveBacks;
    private final StringBuilder collections = new StringBuilder();

    @Override
    public long cpuNanos() {
      return cpuNanos;
    }

    @Override
    public long heapBytes() {
      return heapBytes;
    }

    @Override
    public void collect(HeapRoom room) {
      collections.append(room).append(' ');
      heapBytes = (room == HeapRoom.LITTLE ? 60 : 360) * MIB;
      cpuNanos += 2_000_000_000L; // not counted as work
    }

    @Override
    public void giveBack() {
      giveBacks++;
    }

    @Override
    public Runnable watch(Runnable listener) {
      return () -> {};
    }
  }

  private void minute(Duration cpu) {
    process.cpuNanos += cpu.toNanos();
    time.advance(MINUTE);
    heap.size(false);
  }

  private void assertCollected(String rooms) {
    assertThat(process.collections.toString().strip()).isEqualTo(rooms);
  }

  @Test
  void size_afterAMinuteOfRest_collectsOnce() {
    minute(Duration.ofMillis(1_200));
    assertCollected("LITTLE");
    for (int i = 0; i < 100; i++) {
      minute(Duration.ofMillis(100));
    }
    assertCollected("LITTLE");
  }

  @Test
  void size_atRest_givesBackThreeTimes_andAgainAfterWork() {
    for (int i = 0; i < 10; i++) {
      minute(Duration.ZERO);
    }
    assertThat(process.giveBacks).isEqualTo(3);
    minute(Duration.ofSeconds(30));
    assertThat(process.giveBacks).isEqualTo(3);
    minute(Duration.ZERO);
    assertThat(process.giveBacks).isEqualTo(4);
  }

  @Test
  void size_atWork_doesNotCollect() {
    for (int i = 0; i < 100; i++) {
      minute(Duration.ofMillis(1_201));
    }
    assertCollected("");
  }

  @Test
  void size_heapGrewAtWork_collectsAgainAtRest() {
    minute(Duration.ZERO);
    process.heapBytes = 76 * MIB - 1;
    minute(Duration.ofSeconds(30));
    minute(Duration.ZERO);
    assertCollected("LITTLE");
    process.heapBytes = 76 * MIB;
    minute(Duration.ofSeconds(30));
    assertCollected("LITTLE");
    minute(Duration.ZERO);
    assertCollected("LITTLE LITTLE");
  }

  @Test
  void size_crowded_takesRoomAndGivesItBackAtRest() {
    minute(Duration.ZERO);
    heap.size(true);
    minute(Duration.ofSeconds(30));
    assertCollected("LITTLE MUCH");
    minute(Duration.ZERO);
    assertCollected("LITTLE MUCH LITTLE");
  }

  @Test
  void collected_fourTimesInTenSeconds_isTooOften() {
    for (int i = 0; i < 3; i++) {
      assertThat(heap.collected()).isFalse();
      time.advance(Duration.ofMillis(3_333));
    }
    assertThat(heap.collected()).isTrue();
  }

  @Test
  void collected_fourTimesInMoreThanTenSeconds_isNot() {
    for (int i = 0; i < 20; i++) {
      assertThat(heap.collected()).isFalse();
      time.advance(Duration.ofMillis(3_334));
    }
  }

  @Test
  void collected_withMuchRoom_isNotTooOften() {
    heap.size(true);
    for (int i = 0; i < 20; i++) {
      assertThat(heap.collected()).isFalse();
    }
  }
}
