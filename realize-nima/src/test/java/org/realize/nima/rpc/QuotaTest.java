package org.realize.nima.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class QuotaTest {

  private final Quota<String> quota = new Quota<>(3, 5);
  private final List<String> evicted = new ArrayList<>();

  private Wire admit(String origin, String name) {
    Wire wire = PipeWire.pair(16)[0];
    quota.admit(origin, wire, () -> evicted.add(name));
    return wire;
  }

  @Test
  void admit_oneMoreOfAnOrigin_evictsItsOldest() {
    admit("b", "b1");
    admit("a", "a1");
    admit("a", "a2");
    admit("a", "a3");
    assertThat(evicted).isEmpty();
    admit("a", "a4");
    admit("a", "a5");
    assertThat(evicted).containsExactly("a1", "a2");
  }

  @Test
  void admit_oneMoreInAll_evictsTheOldestOfTheLargestOrigin() {
    admit("c", "c1");
    admit("a", "a1");
    admit("b", "b1");
    admit("b", "b2");
    admit("a", "a2");
    admit("a", "a3");
    assertThat(evicted).containsExactly("a1");
  }

  @Test
  void release_makesRoom_andAdmittingAgainMakesItTheNewest() {
    Wire first = admit("a", "a1");
    admit("a", "a2");
    Wire third = admit("a", "a3");
    quota.release(third);
    quota.admit("a", first, () -> evicted.add("a1 again"));
    admit("a", "a4");
    assertThat(evicted).isEmpty();
    admit("a", "a5");
    assertThat(evicted).containsExactly("a2");
    admit("a", "a6");
    assertThat(evicted).containsExactly("a2", "a1 again");
  }
}
