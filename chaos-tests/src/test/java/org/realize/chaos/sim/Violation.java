package org.realize.chaos.sim;

/** Something that must not be. */
final class Violation extends AssertionError {
  private static final long serialVersionUID = 1L;

  /** What was broken. */
  enum Rule {
    STATE,
    AGREEMENT,
    LOSS,
    /** No disk has a file's bytes any more, which no user removed. */
    BYTES,
    /** A peer takes a file from its disk, which no user removed. */
    REMOVAL,
    RETURN,
    AVAILABILITY,
    SILENCE
  }

  private final Rule rule;

  Violation(Rule rule, String message) {
    super(rule + ": " + message);
    this.rule = rule;
  }

  Rule rule() {
    return rule;
  }
}
