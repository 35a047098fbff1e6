package org.realize.nima.cli;

import ch.qos.logback.classic.pattern.ThrowableProxyConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxy;
import java.util.stream.Collectors;
import org.realize.sync.model.RealizeException;
import org.slf4j.LoggerFactory;

/**
 * A log layout that prints an event's message and its exception's chain of causes on one line, with
 * the stack trace below it when the logger is at debug.
 */
public final class EventLine extends ThrowableProxyConverter {

  @Override
  public String convert(ILoggingEvent event) {
    StringBuilder line = new StringBuilder(event.getFormattedMessage());
    IThrowableProxy cause = event.getThrowableProxy();
    while (cause != null) {
      String text =
          cause instanceof ThrowableProxy local
              ? RealizeException.describe(local.getThrowable(), line.toString())
              : String.valueOf(cause.getMessage());
      if (line.indexOf(text) < 0) {
        line.append(": ").append(text);
      }
      cause = cause.getCause();
    }
    String oneLine = Printable.line(line.toString().replace('\n', ' '));
    boolean trace =
        event.getThrowableProxy() != null
            && LoggerFactory.getLogger(event.getLoggerName()).isDebugEnabled();
    return trace ? oneLine + System.lineSeparator() + stackTrace(event) : oneLine;
  }

  private String stackTrace(ILoggingEvent event) {
    return super.convert(event)
        .lines()
        .map(line -> Printable.line(line.replace("\t", "    ")))
        .collect(Collectors.joining(System.lineSeparator()));
  }
}
