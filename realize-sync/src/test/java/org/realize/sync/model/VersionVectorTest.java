package org.realize.sync.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.realize.sync.model.VersionVector.Order;

class VersionVectorTest {

  private static final StoreId A = new StoreId(new UUID(0, 1));
  private static final StoreId B = new StoreId(new UUID(0, 2));

  @Test
  void compare_allSmallVectors_isAPartialOrderThatAgreesWithJoin() {
    List<VersionVector> all = new ArrayList<>();
    for (long a = 0; a < 4; a++) {
      for (long b = 0; b < 4; b++) {
        all.add(vector(a, b));
      }
    }
    for (VersionVector x : all) {
      for (VersionVector y : all) {
        assertThat(x.compare(y)).isEqualTo(expected(x, y));
        assertThat(mirrored(x.compare(y))).isEqualTo(y.compare(x));
        VersionVector joined = x.join(y);
        assertThat(joined).isEqualTo(y.join(x));
        assertThat(joined.covers(x)).isTrue();
        assertThat(joined.covers(y)).isTrue();
        assertThat(joined.equals(x)).isEqualTo(x.covers(y));
      }
    }
  }

  @Test
  void with_counterNotAboveTheOldOne_isRefused() {
    VersionVector vector = vector(3, 0);
    assertThat(vector.with(A, 4).counter(A)).isEqualTo(4);
    assertThat(vector.with(B, 1).counter(B)).isEqualTo(1);
    assertThatIllegalArgumentException().isThrownBy(() -> vector.with(A, 3));
  }

  @Test
  void of_counterBelowOne_isRefused() {
    assertThatIllegalArgumentException().isThrownBy(() -> VersionVector.of(Map.of(A, 0L)));
  }

  private static VersionVector vector(long a, long b) {
    Map<StoreId, Long> counters = new HashMap<>();
    if (a > 0) {
      counters.put(A, a);
    }
    if (b > 0) {
      counters.put(B, b);
    }
    return VersionVector.of(counters);
  }

  private static Order expected(VersionVector x, VersionVector y) {
    boolean le = x.counter(A) <= y.counter(A) && x.counter(B) <= y.counter(B);
    boolean ge = x.counter(A) >= y.counter(A) && x.counter(B) >= y.counter(B);
    return le ? (ge ? Order.EQUAL : Order.BEFORE) : (ge ? Order.AFTER : Order.CONCURRENT);
  }

  private static Order mirrored(Order order) {
    return switch (order) {
      case EQUAL -> Order.EQUAL;
      case BEFORE -> Order.AFTER;
      case AFTER -> Order.BEFORE;
      case CONCURRENT -> Order.CONCURRENT;
    };
  }
}
