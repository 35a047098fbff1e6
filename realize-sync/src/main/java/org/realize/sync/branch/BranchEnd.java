package org.realize.sync.branch;

import org.realize.sync.model.RealizeException;

/** The taker of branches of which nothing is missing any more. */
public interface BranchEnd {

  /**
   * Gives a branch, all of which is durable, its name; false if that has to wait for something that
   * is to be indexed first. What makes the name durable comes after it.
   */
  boolean take(Branch branch) throws RealizeException;

  /** The branch has its name, and knows it. */
  void taken(Branch branch);
}
