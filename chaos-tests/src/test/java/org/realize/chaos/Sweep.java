package org.realize.chaos;

/** Runs something for every seed of a range, until one fails: what {@code scripts/chaos} does. */
public final class Sweep {

  private Sweep() {}

  /** A scenario that fails with a message that names the seed. */
  public interface Scenario {
    void run(long seed) throws Exception;
  }

  /**
   * Ends the process, with 1 at the first seed that fails.
   *
   * @param name what is run
   * @param range the seeds, as {@code A..B}
   */
  public static void run(String name, String range, Scenario scenario) {
    int dots = range.indexOf("..");
    long first = Long.parseLong(range.substring(0, dots));
    long last = Long.parseLong(range.substring(dots + 2));
    for (long seed = first; seed <= last; seed++) {
      try {
        scenario.run(seed);
      } catch (Exception e) {
        System.err.println(e.getMessage());
        System.exit(1);
      }
    }
    System.out.printf("%s %d..%d: nothing lost, nothing left%n", name, first, last);
    System.exit(0);
  }
}
