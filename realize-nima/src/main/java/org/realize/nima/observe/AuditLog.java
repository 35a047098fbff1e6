package org.realize.nima.observe;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.rolling.RollingFileAppender;
import ch.qos.logback.core.rolling.SizeAndTimeBasedRollingPolicy;
import ch.qos.logback.core.util.FileSize;
import java.nio.file.Path;
import org.slf4j.LoggerFactory;

/**
 * A file of its own for what happened to the user's bytes other than by the user: one line each,
 * with the time in UTC. It is written at once, not forced; a new file begins every month and after
 * {@value #MAX_FILE}, the oldest go after {@value #MAX_MONTHS} months or beyond {@value #MAX_ALL}.
 * Thread-safe. An entry that cannot be written goes to the ordinary log only.
 */
public final class AuditLog implements AutoCloseable {

  private static final String MAX_FILE = "10MB";
  private static final String MAX_ALL = "100MB";
  private static final int MAX_MONTHS = 24;

  private final Logger logger;
  private final RollingFileAppender<ILoggingEvent> appender;

  private AuditLog(Logger logger, RollingFileAppender<ILoggingEvent> appender) {
    this.logger = logger;
    this.appender = appender;
  }

  /** Appends to {@code file}, which is made if it is missing. */
  public static AuditLog open(Path file) {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    PatternLayoutEncoder line = new PatternLayoutEncoder();
    line.setContext(context);
    line.setPattern("%d{yyyy-MM-dd'T'HH:mm:ss.SSS'Z', UTC} %replace(%msg){'\\p{Cntrl}', ' '}%n");
    line.start();
    RollingFileAppender<ILoggingEvent> appender = new RollingFileAppender<>();
    appender.setContext(context);
    appender.setName("audit");
    appender.setFile(file.toString());
    appender.setEncoder(line);
    SizeAndTimeBasedRollingPolicy<ILoggingEvent> rolling = new SizeAndTimeBasedRollingPolicy<>();
    rolling.setContext(context);
    rolling.setParent(appender);
    rolling.setFileNamePattern(file + ".%d{yyyy-MM, UTC}.%i");
    rolling.setMaxFileSize(FileSize.valueOf(MAX_FILE));
    rolling.setTotalSizeCap(FileSize.valueOf(MAX_ALL));
    rolling.setMaxHistory(MAX_MONTHS);
    rolling.start();
    appender.setRollingPolicy(rolling);
    appender.start();
    return new AuditLog(context.getLogger(AuditLog.class), appender);
  }

  /** Writes one line. */
  public void write(String event) {
    appender.doAppend(
        new LoggingEvent(AuditLog.class.getName(), logger, Level.INFO, event, null, null));
  }

  @Override
  public void close() {
    appender.stop();
  }
}
