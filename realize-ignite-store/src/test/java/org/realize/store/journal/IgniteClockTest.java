package org.realize.store.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.util.Set;
import org.apache.ignite.internal.util.typedef.internal.U;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IgniteClockTest {

  private static final long REGION_BYTES = 64L << 20;

  @TempDir private Path base;

  private static long alive(String name) {
    Set<Thread> threads = Thread.getAllStackTraces().keySet();
    return threads.stream().filter(thread -> thread.getName().equals(name)).count();
  }

  private static void assertClockGoes() {
    await().until(() -> Math.abs(System.currentTimeMillis() - U.currentTimeMillis()) < 100);
    long shown = U.currentTimeMillis();
    await().until(() -> U.currentTimeMillis() > shown);
  }

  @Test
  void ignitesOwnClock_isEndedByEachStart_andTimeGoesOnUntilTheLastNodeEnds() throws Exception {
    long before = alive("store-clock");
    for (int life = 0; life < 2; life++) {
      try (IgniteNode one = IgniteNode.start(base.resolve("one"), REGION_BYTES)) {
        assertThat(alive("ignite-clock")).isZero();
        assertClockGoes();
        try (IgniteNode two = IgniteNode.start(base.resolve("two"), REGION_BYTES)) {
          assertThat(one).isNotSameAs(two);
          assertThat(alive("store-clock")).isEqualTo(before + 2);
        }
        assertClockGoes();
      }
      assertThat(alive("store-clock")).isEqualTo(before);
    }
  }
}
