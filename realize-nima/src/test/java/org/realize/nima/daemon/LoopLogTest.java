package org.realize.nima.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.realize.sync.loop.Loop;
import org.realize.sync.loop.Loops;
import org.realize.sync.model.RealizeException;
import org.realize.sync.testing.SleeplessTime;
import org.slf4j.LoggerFactory;

/** The log lines of a background loop that fails. */
@Timeout(30)
class LoopLogTest {

  private final Logger logger = (Logger) LoggerFactory.getLogger(Loop.class);
  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
  private final SleeplessTime time = new SleeplessTime();
  private final Loop loop = new Loops(time).of("loop of this test", Duration.ofMinutes(10));
  private int steps;

  @BeforeEach
  void listen() {
    lines.start();
    logger.addAppender(lines);
  }

  @AfterEach
  void stopListening() {
    logger.detachAppender(lines);
  }

  private List<String> errors() {
    return lines.list.stream()
        .filter(line -> line.getLevel().equals(Level.ERROR))
        .map(ILoggingEvent::getFormattedMessage)
        .filter(line -> line.startsWith("loop of this test "))
        .toList();
  }

  /** Fails every second step, for the time that 590 pauses of a second take. */
  private void failAndSucceed(RealizeException failure) {
    loop.run(() -> {
      if (steps++ % 2 == 0) {
        throw failure;
      }
      return steps < 2 * 590;
    });
  }

  @Test
  void run_fullDiskBetweenStepsThatSucceed_isLoggedOnceInTenMinutes() {
    failAndSucceed(new RealizeException.DiskFull("the disk is full", null));
    assertThat(errors())
        .containsExactly("loop of this test failed: the disk is full; tried again in 1 s");
    time.sleep(Duration.ofMinutes(10));
    steps = 0;
    failAndSucceed(new RealizeException.DiskFull("the disk is full", null));
    assertThat(errors()).hasSize(2);
  }

  @Test
  void run_diskIsFullAgainAndStaysSo_isLoggedOnceMore() {
    loop.run(() -> {
      steps++;
      if (steps == 100) {
        return false;
      }
      if (steps != 2) { // one step succeeds, soon after the first failure
        throw new RealizeException.DiskFull("the disk is full", null);
      }
      return true;
    });
    assertThat(errors()).hasSize(2);
  }

  @Test
  void run_anotherFailureBetweenStepsThatSucceed_isLoggedEachTime() {
    failAndSucceed(new RealizeException.StorageFailed("the disk is broken", null));
    assertThat(errors()).hasSize(590);
  }
}
