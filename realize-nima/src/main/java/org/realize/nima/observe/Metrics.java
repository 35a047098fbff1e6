package org.realize.nima.observe;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.jvm.JvmInfoMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import org.realize.sync.model.RealizeException;

/**
 * The node's figures and those of its process. The node's names begin with {@code realize.}, sizes
 * are in bytes, and what belongs to an arena has its name as the tag {@code arena}. Thread-safe.
 */
public final class Metrics implements AutoCloseable {

  /** A figure that is asked for when somebody wants to see it. */
  @FunctionalInterface
  public interface MeterFigure {
    double ask() throws RealizeException;
  }

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

  /** The process's figures, under Prometheus's names and Micrometer's; the node's are added. */
  public Metrics() {
    registry.config().meterFilter(MeterFilter.denyNameStartsWith("process.cpu.time"));
    new JvmInfoMetrics().bindTo(registry);
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
    ProcessFigures.register(this);
  }

  /** Adds a figure that goes up and down; NaN while asking for it fails. */
  public void gauge(String name, String help, Tags tags, MeterFigure figure) {
    Gauge.builder(name, figure, Metrics::ask)
        .description(help)
        .tags(tags)
        .strongReference(true)
        .register(registry);
  }

  /** Adds a counter that its owner keeps: a figure that only goes up. */
  public void functionCounter(String name, String help, Tags tags, MeterFigure figure) {
    // The registry holds the object only weakly: of a figure that nobody else holds, nothing stays.
    FunctionCounter.builder(name, registry, ignored -> ask(figure))
        .description(help)
        .tags(tags)
        .register(registry);
  }

  /** Adds a counter for the caller to increment. */
  public Counter counter(String name, String help, Tags tags) {
    return Counter.builder(name).description(help).tags(tags).register(registry);
  }

  /** Adds facts that do not change, as the tags of a figure that is 1: {@code NAME_info}. */
  public void info(String name, String help, Tags facts) {
    gauge(name + ".info", help, facts, () -> 1);
  }

  /** Removes all meters of an arena. */
  public void remove(String arena) {
    for (Meter meter : registry.getMeters()) {
      if (arena.equals(meter.getId().getTag("arena"))) {
        registry.remove(meter);
      }
    }
  }

  private static double ask(MeterFigure figure) {
    try {
      return figure.ask();
    } catch (RealizeException e) {
      return Double.NaN;
    }
  }

  /** All figures, asked for now, in the text format of Prometheus. */
  String text() {
    return registry.scrape();
  }

  @Override
  public void close() {
    registry.close();
  }
}
