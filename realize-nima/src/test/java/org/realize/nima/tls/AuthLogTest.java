package org.realize.nima.tls;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class AuthLogTest {

  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
  private final AtomicLong nanos = new AtomicLong();
  private final AuthLog log = new AuthLog(nanos::get);

  @BeforeEach
  void listen() {
    lines.start();
    logger().addAppender(lines);
  }

  @AfterEach
  void stopListening() {
    logger().detachAppender(lines);
  }

  private static Logger logger() {
    return (Logger) LoggerFactory.getLogger(AuthLog.LOGGER);
  }

  @Test
  void refused_flood_isLoggedUpToTheBoundAndCounted() {
    for (int i = 0; i < 1000; i++) {
      log.refused("192.0.2.1:4", "unknown key");
    }
    assertThat(lines.list).hasSize(AuthLog.LINES_PER_MINUTE);
    assertThat(log.failures()).isEqualTo(1000);

    nanos.addAndGet(61_000_000_000L);
    log.refused("192.0.2.1:4", "unknown key");
    assertThat(lines.list)
        .hasSize(AuthLog.LINES_PER_MINUTE + 2)
        .element(AuthLog.LINES_PER_MINUTE)
        .extracting(ILoggingEvent::getFormattedMessage)
        .isEqualTo("980 more refused connections were not logged");
  }

  @Test
  void refused_reasonWithLineBreaks_staysOneLine() {
    log.refused("192.0.2.1:4", "a\nb\rc");
    assertThat(lines.list.getFirst().getFormattedMessage()).isEqualTo("refused 192.0.2.1:4: a b c");
  }
}
