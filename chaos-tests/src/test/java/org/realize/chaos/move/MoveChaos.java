package org.realize.chaos.move;

import org.realize.chaos.Sweep;

/** The program behind {@code scripts/chaos --moves A..B}. */
final class MoveChaos {

  private MoveChaos() {}

  public static void main(String[] arguments) {
    Sweep.run("moves", arguments[0], seed -> new MoveScenario(seed).run());
  }
}
