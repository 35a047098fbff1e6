package org.realize.nima.observe;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import org.realize.sync.model.RealizeException;

/**
 * The node's figures. Names begin with {@code realize.}, sizes are in bytes, and what belongs to an
 * arena has its name as the tag {@code arena}. Thread-safe.
 */
public final class Metrics implements AutoCloseable {

  /** A figure that is asked for when somebody wants to see it. */
  @FunctionalInterface
  public interface MeterFigure {
    double ask() throws RealizeException;
  }

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

  /** Figures of the process alone, so far. */
  public Metrics() {
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
  }

  /** Something that goes up and down; NaN while it is unknown. */
  public void gauge(String name, Tags tags, MeterFigure figure) {
    Gauge.builder(name, figure, Metrics::ask).tags(tags).strongReference(true).register(registry);
  }

  /** Something that is counted elsewhere, and only goes up. */
  public void count(String name, Tags tags, MeterFigure figure) {
    FunctionCounter.builder(name, figure, Metrics::ask).tags(tags).register(registry);
  }

  /** Something to be counted. */
  public Counter counter(String name, Tags tags) {
    return Counter.builder(name).tags(tags).register(registry);
  }

  private static double ask(MeterFigure figure) {
    try {
      return figure.ask();
    } catch (RealizeException e) {
      return Double.NaN;
    }
  }

  /** All of them, in the text format of Prometheus. */
  String text() {
    return registry.scrape();
  }

  @Override
  public void close() {
    registry.close();
  }
}
