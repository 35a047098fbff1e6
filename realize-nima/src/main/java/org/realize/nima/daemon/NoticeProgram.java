package org.realize.nima.daemon;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.realize.nima.control.ControlJson;
import org.realize.nima.control.EventPage;
import org.realize.nima.control.EventQuery;
import org.realize.nima.control.NodeEvent;
import org.realize.nima.control.NodeEvent.EventKind;
import org.realize.nima.control.NodeEvent.EventState;
import org.realize.nima.observe.EventRing;
import org.realize.sync.loop.Loop;
import org.realize.sync.loop.Loops;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.port.TimeSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The runs of the user's program for what waits for a decision: conflicts, held changes, places in
 * doubt and damage, as they begin. The program gets the events on its standard input, a line of
 * JSON each. One run at a time, 10 s after the one before at the earliest, each killed after a
 * bounded time. What begins is an event once, also over restarts, and is given to one run; a
 * program that cannot be started is tried again, one that fails is not. Used by one thread.
 */
final class NoticeProgram implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(NoticeProgram.class);

  private static final Set<EventKind> KINDS =
      Set.of(EventKind.CONFLICT, EventKind.HELD, EventKind.IN_DOUBT, EventKind.DAMAGED);

  /** The longest input of one run, unless a single event is longer. */
  private static final int MAX_BYTES = 32 << 10;

  private static final Duration REST = Duration.ofSeconds(10);
  private static final Duration LONGEST_RUN = Duration.ofSeconds(30);
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final Duration CLOSE = Duration.ofSeconds(10);

  private final List<String> command;
  private final EventRing events;
  private final Duration longestRun;

  /** The last event that was looked at; null before the first. */
  private @Nullable Long last;

  private @Nullable Thread thread;

  NoticeProgram(List<String> command, EventRing events, Duration longestRun) {
    this.command = List.copyOf(command);
    this.events = events;
    this.longestRun = longestRun;
  }

  static NoticeProgram start(List<String> command, EventRing events, TimeSource time, Loops loops) {
    NoticeProgram notices = new NoticeProgram(command, events, LONGEST_RUN);
    Loop loop = loops.of("notices", PATIENCE);
    notices.thread =
        Thread.ofVirtual()
            .name("notices")
            .start(() ->
                loop.run(() -> {
                  Duration rest = notices.step();
                  loop.waits(rest);
                  time.sleep(rest);
                  return true;
                }));
    return notices;
  }

  /** Waits for events, and runs the program if it is to know of some; returns the time to rest. */
  Duration step() throws RealizeException, InterruptedException {
    EventPage page = events.read(new EventQuery(last, EventQuery.MAX_WAIT_SECONDS));
    ByteArrayOutputStream lines = new ByteArrayOutputStream();
    long read = page.last();
    for (NodeEvent event : page.events()) {
      if (event.state() != EventState.BEGUN || !KINDS.contains(event.kind())) {
        continue;
      }
      byte[] line = (ControlJson.line(event) + "\n").getBytes(StandardCharsets.UTF_8);
      if (lines.size() > 0 && lines.size() + line.length > MAX_BYTES) {
        read = event.id() - 1; // for the next run
        break;
      }
      lines.writeBytes(line);
    }
    if (lines.size() > 0) {
      run(lines.toByteArray());
    }
    last = read;
    return lines.size() == 0 ? Duration.ZERO : REST;
  }

  /** Runs the program on a file, not a pipe: one that does not read holds nobody up. */
  private void run(byte[] input) throws RealizeException, InterruptedException {
    String program = command.getFirst();
    Process process;
    try {
      process = start(input);
    } catch (IOException e) {
      throw new StorageFailed("run the program of notices '" + program + "'", e);
    }
    try {
      if (!process.waitFor(longestRun.toMillis(), TimeUnit.MILLISECONDS)) {
        LOG.warn("the program of notices '{}' was ended after {}", program, longestRun);
      } else if (process.exitValue() != 0) {
        LOG.warn("the program of notices '{}' exited {}", program, process.exitValue());
      }
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }

  private Process start(byte[] input) throws IOException {
    Path file = Files.createTempFile("realize-notices", ".json");
    try {
      Files.write(file, input);
      return new ProcessBuilder(command)
          .redirectInput(file.toFile())
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .redirectError(ProcessBuilder.Redirect.DISCARD)
          .start();
    } finally {
      Files.delete(file); // the program has it open
    }
  }

  @Override
  public void close() {
    if (thread == null) {
      return;
    }
    thread.interrupt();
    try {
      if (!thread.join(CLOSE)) {
        LOG.warn("the notices have not ended within {} s", CLOSE.toSeconds());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
