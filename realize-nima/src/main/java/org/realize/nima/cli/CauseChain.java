package org.realize.nima.cli;

import ch.qos.logback.classic.pattern.ThrowableProxyConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import org.slf4j.LoggerFactory;

/**
 * Prints an event's exception as its chain of causes on the event's own line; with its stack trace
 * below it when the logger is at debug.
 */
public final class CauseChain extends ThrowableProxyConverter {

  @Override
  public String convert(ILoggingEvent event) {
    IThrowableProxy cause = event.getThrowableProxy();
    if (cause == null) {
      return "";
    }
    StringBuilder line = new StringBuilder();
    while (cause != null) {
      String message = cause.getMessage();
      String text = message == null ? simpleName(cause) : message;
      if (line.indexOf(text) < 0) {
        line.append(": ").append(text.replace('\n', ' '));
      }
      cause = cause.getCause();
    }
    boolean debug = LoggerFactory.getLogger(event.getLoggerName()).isDebugEnabled();
    return debug ? line + System.lineSeparator() + super.convert(event).stripTrailing() : line + "";
  }

  private static String simpleName(IThrowableProxy cause) {
    return cause.getClassName().substring(cause.getClassName().lastIndexOf('.') + 1);
  }
}
