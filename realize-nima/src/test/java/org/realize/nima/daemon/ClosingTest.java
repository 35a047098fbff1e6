package org.realize.nima.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClosingTest {

  private final List<String> closed = new ArrayList<>();

  @Test
  void close_severalParts_lastFirst() {
    try (Closing closing = new Closing()) {
      AutoCloseable store = () -> closed.add("store");
      assertThat(closing.add("store", store)).isSameAs(store);
      closing.add("mount", () -> closed.add("mount"));
    }
    assertThat(closed).containsExactly("mount", "store");
  }

  @Test
  void close_onePartFails_theOthersAreClosed_interruptIsKept() {
    try (Closing closing = new Closing()) {
      closing.add("store", () -> closed.add("store"));
      closing.add(
          "peers",
          () -> {
            throw new InterruptedException();
          });
      closing.add(
          "mount",
          () -> {
            throw new IllegalStateException("a bug");
          });
    }
    assertThat(closed).containsExactly("store");
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void close_twice_closesOnce() {
    Closing closing = new Closing();
    closing.add("store", () -> closed.add("store"));
    closing.close();
    closing.close();
    assertThat(closed).hasSize(1);
  }
}
