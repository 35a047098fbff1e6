package org.realize.chaos.sim;

/** A violation of a rule. */
final class Violation extends AssertionError {
  private static final long serialVersionUID = 1L;

  /** The broken rule. */
  enum Rule {
    STATE,
    AGREEMENT,
    /** No disk has the bytes of a file, which no user removed, at some moment. */
    BYTES,
    /** In the end the bytes of a file cannot be read anywhere any more, which no user removed. */
    LOSS,
    /** No peer knows any more of something that no user removed. */
    KNOWLEDGE,
    /** A peer takes a file from its disk, which no user removed. */
    REMOVAL,
    /** One author's removals take all files from sight at once, and no user was asked. */
    GUARD,
    /**
     * A pin is granted for bytes that are not there, too few cover a drop, or one stays for ever.
     */
    PIN,
    RETURN,
    /**
     * A deletion hides a file from a peer whose user wrote it and whom the deletion did not know.
     */
    DELETION,
    AVAILABILITY,
    /** A view lists what is not current, or does not read as what it lists. */
    VIEW,
    /** A cache says that it has bytes which are not there, or wrong. */
    CACHE,
    /** A cache gives up bytes that nobody else is known to have. */
    EVICTION,
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
