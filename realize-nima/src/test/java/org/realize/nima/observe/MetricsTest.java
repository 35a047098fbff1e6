package org.realize.nima.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.Tags;
import java.lang.ref.WeakReference;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class MetricsTest {

  @Test
  void text_hasPrometheusStandardNames_andHelpForEach() {
    try (Metrics metrics = new Metrics()) {
      metrics.info("realize.build", "The program's version", Tags.of("version", "1"));
      String text = metrics.text();
      assertThat(text)
          .contains("process_cpu_seconds_total ")
          .contains("process_start_time_seconds ")
          .contains("process_open_fds ")
          .contains("process_max_fds ")
          .contains("jvm_info{")
          .contains("realize_build_info{version=\"1\"} 1")
          .doesNotContain("process_cpu_time");
      assertThat(text.lines().filter(line -> line.startsWith("# HELP")))
          .allMatch(line -> line.split(" ", 4).length == 4 && !line.split(" ", 4)[3].isBlank());
      assertThat(value(text, "process_resident_memory_bytes")).isGreaterThan(10e6);
      assertThat(value(text, "process_virtual_memory_bytes"))
          .isGreaterThan(value(text, "process_resident_memory_bytes"));
    }
  }

  @Test
  void processCpuSeconds_growAsTheProcessorIsUsed() {
    try (Metrics metrics = new Metrics()) {
      double before = value(metrics.text(), "process_cpu_seconds_total");
      await().until(() -> value(metrics.text(), "process_cpu_seconds_total") > before);
    }
  }

  private static double value(String text, String name) {
    return text.lines()
        .filter(line -> line.startsWith(name + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void count_ofAFigureThatNobodyElseHolds_growsAfterACollection() {
    AtomicLong bytes = new AtomicLong(7);
    try (Metrics metrics = new Metrics()) {
      metrics.functionCounter("realize.read.bytes", "Bytes", Tags.of("arena", "x"), bytes::get);
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
