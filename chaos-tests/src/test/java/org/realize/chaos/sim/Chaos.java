package org.realize.chaos.sim;

import java.time.Duration;
import java.util.List;

/**
 * Plays many seeds, each without moves and with them: {@code scripts/chaos --seeds A..B}. Exits
 * with 1 at the first that fails.
 */
public final class Chaos {

  private Chaos() {}

  public static void main(String[] args) {
    if (args.length != 2 || !args[0].equals("--seeds") || !args[1].matches("\\d+\\.\\.\\d+")) {
      System.err.println("usage: chaos --seeds A..B");
      System.exit(2);
    }
    int dots = args[1].indexOf("..");
    long first = Long.parseLong(args[1].substring(0, dots));
    long last = Long.parseLong(args[1].substring(dots + 2));
    long started = System.nanoTime();
    long actions = 0;
    long pages = 0;
    long dropped = 0;
    for (long seed = first; seed <= last; seed++) {
      try {
        for (Simulation.Outcome outcome :
            List.of(Simulation.check(seed), Simulation.checkWithMoves(seed))) {
          actions += outcome.actions();
          pages += outcome.pages();
          dropped += outcome.dropped();
        }
      } catch (AssertionError failure) {
        System.err.println(failure.getMessage());
        System.exit(1);
      }
    }
    Duration taken = Duration.ofNanos(System.nanoTime() - started);
    System.out.printf(
        "%d seeds clean: %d actions, %d pages, %d files moved, %d.%03d s%n",
        last - first + 1, actions, pages, dropped, taken.toSeconds(), taken.toMillisPart());
  }
}
