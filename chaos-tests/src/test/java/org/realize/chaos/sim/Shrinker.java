package org.realize.chaos.sim;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A shrinker of failing scripts: it leaves out actions, in ever smaller pieces, as long as the rest
 * still fails.
 */
final class Shrinker {

  private Shrinker() {}

  static List<Action> shrink(Script script, Throwable failure) {
    List<Action> left = new ArrayList<>(script.actions());
    for (int piece = Math.max(1, left.size() / 2); piece >= 1; piece /= 2) {
      boolean smaller = true;
      while (smaller) {
        smaller = false;
        for (int start = 0; start < left.size(); start += piece) {
          List<Action> fewer = new ArrayList<>(left.subList(0, start));
          fewer.addAll(left.subList(Math.min(left.size(), start + piece), left.size()));
          if (fails(script.with(fewer), failure)) {
            left = fewer;
            smaller = true;
          }
        }
      }
    }
    return left;
  }

  private static boolean fails(Script script, Throwable like) {
    try {
      Simulation.play(script);
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } catch (Throwable failure) {
      return rule(failure) == rule(like) && failure.getClass().equals(like.getClass());
    }
  }

  private static Violation.@Nullable Rule rule(Throwable failure) {
    return failure instanceof Violation violation ? violation.rule() : null;
  }
}
