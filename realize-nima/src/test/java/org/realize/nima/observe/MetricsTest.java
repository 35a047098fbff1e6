package org.realize.nima.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.Tags;
import java.lang.ref.WeakReference;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class MetricsTest {

  @Test
  void count_ofAFigureThatNobodyElseHolds_growsAfterACollection() {
    AtomicLong bytes = new AtomicLong(7);
    try (Metrics metrics = new Metrics()) {
      metrics.count("realize.read.bytes", Tags.of("arena", "x"), bytes::get);
      WeakReference<Object> collected = new WeakReference<>(new Object());
      await()
          .until(() -> {
            System.gc();
            return collected.get() == null;
          });
      bytes.set(42);
      assertThat(metrics.text()).contains("realize_read_bytes_total{arena=\"x\"} 42.0");
    }
  }
}
