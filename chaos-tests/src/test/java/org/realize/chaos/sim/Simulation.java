package org.realize.chaos.sim;

import java.util.ArrayList;
import java.util.List;
import org.realize.sync.model.RealizeException;

/** Plays a script to its end and judges it. */
final class Simulation {

  /** What a clean run came to. */
  record Outcome(int actions, int events, int pages, int dropped) {}

  private Simulation() {}

  /** Throws what went wrong: an {@link AssertionError} of the oracle, or a bug's exception. */
  static Outcome play(Script script) throws RealizeException, InterruptedException {
    Household household = new Household(script);
    Oracle oracle = new Oracle(household);
    household.begin();
    for (Action action : script.actions()) {
      household.play(action);
      oracle.checkNow();
    }
    household.heal();
    oracle.checkNow();
    oracle.checkWell();
    return new Outcome(
        script.actions().size(),
        household.history().size(),
        household.pages(),
        household.dropped());
  }

  /** As {@link #play}; a failure names the seed and the fewest actions that still fail. */
  static Outcome check(long seed) {
    return check(Script.of(seed), "seed " + seed);
  }

  /** As {@link #check}, with moves among all that happens otherwise. */
  static Outcome checkWithMoves(long seed) {
    return check(Script.withMoves(seed), "seed " + seed + " with moves");
  }

  private static Outcome check(Script script, String name) {
    try {
      return play(script);
    } catch (Throwable failure) {
      throw new AssertionError(describe(script, name, failure), failure);
    }
  }

  private static String describe(Script script, String name, Throwable failure) {
    List<Action> few = Shrinker.shrink(script, failure);
    List<String> lines = new ArrayList<>();
    lines.add(name + " fails: " + failure);
    lines.add("peers " + script.peers());
    few.forEach(action -> lines.add("  " + action));
    try {
      play(script.with(few));
    } catch (Throwable small) {
      lines.add("which gives: " + small);
    }
    return String.join(System.lineSeparator(), lines);
  }
}
