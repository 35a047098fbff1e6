package org.realize.chaos.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Two directories that two running programs keep equal: {@code from} and {@code to}. */
abstract class SyncedPair implements AutoCloseable {

  final Path from;
  final Path to;

  SyncedPair(Path from, Path to) {
    this.from = from;
    this.to = to;
  }

  /** Seconds that the sender waits before it looks at a change. */
  abstract double debounceSeconds();

  /** The processes of both programs, the receiver last. */
  abstract List<Long> pids();

  /**
   * Ends the receiver and starts it again; returns the seconds until peers can connect, and the
   * user can use it.
   */
  abstract double restartReceiver() throws IOException, InterruptedException;

  /** Processor seconds that both have used. */
  double cpuSeconds() throws IOException {
    double seconds = 0;
    for (long pid : pids()) {
      String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
      seconds += (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / 100.0;
    }
    return seconds;
  }

  @Override
  public abstract void close();
}
