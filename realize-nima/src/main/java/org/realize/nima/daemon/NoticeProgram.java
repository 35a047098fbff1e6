package org.realize.nima.daemon;

import static java.util.stream.Collectors.joining;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.realize.nima.control.ControlJson;
import org.realize.nima.control.NodeEvent;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The user's program that is run for notices, one run at a time, each killed after a bounded time.
 * It gets the notices on its standard input, a line of JSON each. One that cannot be started is
 * tried again, one that fails is not. Used by one thread.
 */
final class NoticeProgram implements NoticeFeed.NoticeTarget {

  private static final Logger LOG = LoggerFactory.getLogger(NoticeProgram.class);

  /** The time that a run may take. */
  static final Duration LONGEST_RUN = Duration.ofSeconds(30);

  private final List<String> command;
  private final Duration longestRun;

  /** A program and its arguments. */
  NoticeProgram(List<String> command, Duration longestRun) {
    this.command = List.copyOf(command);
    this.longestRun = longestRun;
  }

  /** Runs the program on a file, not a pipe: one that does not read holds nobody up. */
  @Override
  public void deliver(List<NodeEvent> notices) throws RealizeException, InterruptedException {
    String program = command.getFirst();
    Process process;
    try {
      process =
          start(notices.stream().map(each -> ControlJson.line(each) + "\n").collect(joining()));
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

  private Process start(String input) throws IOException {
    Path file = Files.createTempFile("realize-notices", ".json");
    try {
      Files.writeString(file, input);
      return new ProcessBuilder(command)
          .redirectInput(file.toFile())
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .redirectError(ProcessBuilder.Redirect.DISCARD)
          .start();
    } finally {
      Files.delete(file); // the program has it open
    }
  }
}
