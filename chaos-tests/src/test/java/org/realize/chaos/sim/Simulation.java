package org.realize.chaos.sim;

import org.realize.sync.model.RealizeException;

/** A run of a script to its end, with the oracle's verdict. */
final class Simulation {

  /**
   * The result of a clean run.
   *
   * @param dropped files that moves gave up at their source
   * @param reverts files that users restored by hand
   * @param choices contents that users replaced by their choice among several
   * @param parts that programs wrote through mounts to files not all of which was there
   */
  record Outcome(
      int actions, int pages, int dropped, int reverts, int choices, int parts, Checks checks) {}

  /** A script that failed, cut down to few actions that fail in the same way. */
  static final class Failure extends AssertionError {
    private static final long serialVersionUID = 1L;

    private final transient Script script;

    Failure(String name, Script script, Throwable cause) {
      super("%s fails: %s%nactions that give it:%n%s".formatted(name, cause, script.text()), cause);
      this.script = script;
    }

    Script script() {
      return script;
    }
  }

  private Simulation() {}

  /** Throws what went wrong: an {@link AssertionError} of the oracle, or a bug's exception. */
  static Outcome play(Script script) throws RealizeException, InterruptedException {
    Household household = new Household(script);
    Oracle oracle = new Oracle(household);
    try {
      household.begin();
      for (Action action : script.actions()) {
        household.play(action);
        oracle.checkNow();
      }
      household.heal();
      checkInTheEnd(household, oracle);
    } finally {
      household.end();
    }
    return new Outcome(
        script.actions().size(),
        household.pages(),
        household.dropped(),
        household.history().reverts(),
        household.history().choices(),
        household.writers().branched(),
        household.checks());
  }

  private static void checkInTheEnd(Household household, Oracle oracle)
      throws RealizeException, InterruptedException {
    oracle.checkNow();
    oracle.checkWell();
    new ViewOracle(household).check();
    household.loseOneAndEvictAll();
    oracle.checkNow();
  }

  /** As {@link #play}, and prints what each action changed. */
  static void trace(Script script) throws RealizeException, InterruptedException {
    Household household = new Household(script);
    Oracle oracle = new Oracle(household);
    Trace trace = new Trace(household);
    household.begin();
    System.out.printf("begin%n%s%n", trace.changes());
    for (Action action : script.actions()) {
      household.play(action);
      System.out.printf("%s%n%s%n", household.described(action), trace.changes());
      oracle.checkNow();
    }
    household.heal();
    System.out.printf("heal%n%s%n", trace.changes());
    checkInTheEnd(household, oracle);
  }

  /** As {@link #play}; a {@link Failure} has the name and the fewest actions that still fail. */
  static Outcome check(String name, Script script) {
    try {
      return play(script);
    } catch (Throwable failure) {
      Script few = script.with(Shrinker.shrink(script, failure));
      throw new Failure(name, few, failure);
    }
  }
}
