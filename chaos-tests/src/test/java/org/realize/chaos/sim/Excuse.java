package org.realize.chaos.sim;

import org.realize.chaos.sim.Violation.Rule;

/**
 * A reason for which a check of the oracle may fail. Each has a bound: the share of its rule's
 * checks, in per mille, that it may take of a sweep.
 */
enum Excuse {
  /** The content was written more than once: by which of its writers it is there is not known. */
  WRITTEN_AGAIN(Rule.RETURN, 120),
  /** A backup was restored, and the content was on the disk or in the index then. */
  RETURNS_WITH_BACKUP(Rule.RETURN, 25),
  /** A state was wiped, and the content was on the disk: the next scan finds it. */
  RETURNS_WITH_WIPE(Rule.RETURN, 35),
  /**
   * It was signed under an identity that its store left: who heard of it tells it apart from what
   * the other copy signed, and from a removal by somebody who has not heard that it was left.
   */
  TOLD_BEFORE_RENEWAL(Rule.RETURN, 15),
  /** The disk of a machine was copied before the index had seen the content. */
  RETURNS_WITH_COPY(Rule.RETURN, 35),
  /** A power cut took from a copied machine what its copies know. */
  COPY_SURVIVED_POWER_CUT(Rule.RETURN, 3),
  /** A power cut took what was done with a file that a move had brought. */
  ARRIVED_BEFORE_POWER_CUT(Rule.RETURN, 3),
  /** It was removed or replaced before the first complete scan after a doubt of the root. */
  REMOVED_IN_DOUBT(Rule.RETURN, 35),
  /**
   * It was removed or replaced where the product had made it, or was about to, and had not indexed
   * that before its process ended.
   */
  CHANGED_WHILE_MADE(Rule.RETURN, 3),
  /** A power cut took the choice by which a user ended a conflict. */
  CHOSEN_BEFORE_POWER_CUT(Rule.RETURN, 3),
  /** A program that replaced it had not forced what it wrote before a power cut. */
  WRITTEN_BEFORE_POWER_CUT(Rule.RETURN, 10),
  /** The process ended in the call by which a program replaced it. */
  CUT_SHORT(Rule.RETURN, 20),
  /** What a program replaced it by is in a branch that cannot be completed, which is listed. */
  REPLACED_IN_BRANCH(Rule.RETURN, 20),
  /** All who removed it lost what they knew with a restored backup, and no other store knows. */
  REMOVED_BEFORE_RESTORE(Rule.RETURN, 25),
  /** All who removed it lost what they knew with a wiped state, and no other store knows. */
  REMOVED_BEFORE_WIPE(Rule.RETURN, 45),
  /** It stands for another user's change, which nobody who removed it knew. */
  ABSORBED_ANOTHER(Rule.RETURN, 5),
  /** A move brought it to a disk, and nobody who removed it knew. */
  ARRIVED_UNKNOWN(Rule.RETURN, 25),
  /** The guard held what removed or replaced it, and a user kept it. */
  KEPT_BY_USER(Rule.RETURN, 20),
  /** A grantor of a pin signed it, and nobody who removed it knew. */
  PINNED_UNKNOWN(Rule.RETURN, 30),
  /** The bytes were only on a disk that was lost. */
  GONE_WITH_DISK(Rule.LOSS, 100),
  /** The bytes were dropped for a copy on a disk that was lost after the comparison. */
  GONE_WITH_TARGET(Rule.LOSS, 3),
  /**
   * A choice gave the file a name of its own, and before it was made there, nobody heard of that
   * who tells it on or is to have the file, or the only file of its bytes was removed by a user who
   * did not know.
   */
  NOT_COPIED(Rule.LOSS, 6),
  /** A power cut took it, or a part of it, before the program that wrote it had forced it. */
  LOST_BEFORE_FORCED(Rule.LOSS, 40),
  /** The process ended in the call by which a program wrote it. */
  NOT_WRITTEN(Rule.LOSS, 150),
  /** It is in a branch of a state that was lost, which is listed. */
  LEFT_IN_BRANCH(Rule.LOSS, 10),
  /** It is in a branch of a file whose bytes nobody has any more, which is listed. */
  BASE_IS_GONE(Rule.LOSS, 40),
  /** A power cut took it before anybody else heard of it. */
  UNHEARD_BEFORE_POWER_CUT(Rule.KNOWLEDGE, 3),
  /** A disk was lost before anybody else heard of it. */
  UNHEARD_BEFORE_DISK_LOSS(Rule.KNOWLEDGE, 80),
  /** A state was wiped before anybody else heard of it. */
  UNHEARD_BEFORE_WIPE(Rule.KNOWLEDGE, 3),
  /**
   * A program wrote it, and it ended with the process, the power or the state before it counted.
   */
  UNHEARD_BEFORE_FORCED(Rule.KNOWLEDGE, 150),
  /**
   * A machine that was restored signed another file under the name of the first one, and was wiped
   * before it could tell those who had heard of that one.
   */
  WIPED_BEFORE_TOLD_APART(Rule.KNOWLEDGE, 3),
  /** A file was dropped, unannounced, for a copy on a disk that was lost. */
  DROPPED_FOR_LOST_COPY(Rule.KNOWLEDGE, 3);

  private final Rule rule;
  private final int mostPerMille;

  Excuse(Rule rule, int mostPerMille) {
    this.rule = rule;
    this.mostPerMille = mostPerMille;
  }

  Rule rule() {
    return rule;
  }

  int mostPerMille() {
    return mostPerMille;
  }
}
