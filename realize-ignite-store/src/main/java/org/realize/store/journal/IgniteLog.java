package org.realize.store.journal;

import org.apache.ignite.IgniteLogger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.helpers.NOPLogger;

/**
 * Ignite's log, for who debugs: its warnings and errors are our DEBUG, the rest TRACE. They speak
 * of Ignite's own parts, or of a cluster that is not there; a failure that matters comes by way of
 * the call that failed, or the handler of failures.
 */
final class IgniteLog implements IgniteLogger {
  /** It is always there and complains of each MBean that it may not make. */
  private static final String VIEW_EXPORTER = "JmxSystemViewExporterSpi";

  private final Logger log;

  IgniteLog() {
    this(LoggerFactory.getLogger("org.apache.ignite"));
  }

  private IgniteLog(Logger log) {
    this.log = log;
  }

  @Override
  public IgniteLogger getLogger(@Nullable Object category) {
    if (category == null) {
      return this;
    }
    String name = category instanceof Class<?> type ? type.getName() : category.toString();
    return new IgniteLog(
        name.endsWith(VIEW_EXPORTER) ? NOPLogger.NOP_LOGGER : LoggerFactory.getLogger(name));
  }

  @Override
  public void trace(String message) {
    log.trace("{}", message);
  }

  @Override
  public void debug(String message) {
    log.trace("{}", message);
  }

  @Override
  public void info(String message) {
    log.trace("{}", message);
  }

  @Override
  public void warning(String message, @Nullable Throwable cause) {
    log.debug("{}", message, cause);
  }

  @Override
  public void error(String message, @Nullable Throwable cause) {
    log.debug("{}", message, cause);
  }

  @Override
  public boolean isTraceEnabled() {
    return log.isTraceEnabled();
  }

  @Override
  public boolean isDebugEnabled() {
    return log.isTraceEnabled();
  }

  @Override
  public boolean isInfoEnabled() {
    return log.isTraceEnabled();
  }

  @Override
  public boolean isQuiet() {
    return false;
  }

  @Override
  public @Nullable String fileName() {
    return null;
  }
}
