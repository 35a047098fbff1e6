package org.realize.nima.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class EventLineTest {

  private static Exception failure() {
    return new IOException("first", new IllegalStateException("second\nline", new Error()));
  }

  private static String line(Level loggerLevel, @Nullable Exception e) {
    Logger logger = ((LoggerContext) LoggerFactory.getILoggerFactory()).getLogger("event-line");
    logger.setLevel(loggerLevel);
    EventLine converter = new EventLine();
    converter.start();
    return converter.convert(
        new LoggingEvent("", logger, Level.WARN, "read {}\nx", e, new Object[] {"a"}));
  }

  @Test
  void convert_noException_isTheMessageOnOneLine() {
    assertThat(line(Level.INFO, null)).isEqualTo("read a x");
  }

  @Test
  void convert_exception_addsEachCauseOnTheLine() {
    assertThat(line(Level.INFO, failure())).isEqualTo("read a x: first: second line: Error");
  }

  /** A name in a message, or what a peer says of itself, is no place for other lines. */
  @Test
  void convert_controlsInNames_areMadeVisible() {
    assertThat(line(Level.INFO, new IOException("\033[2J\r12:00 INFO all is well\u202E")))
        .isEqualTo("read a x: \\x1b[2J\\x0d12:00 INFO all is well\\u202e");
  }

  @Test
  void convert_atDebug_addsTheStackTrace() {
    assertThat(line(Level.DEBUG, failure()))
        .startsWith("read a x: first: second line: Error\njava.io.IOException: first")
        .contains("at org.realize");
  }
}
