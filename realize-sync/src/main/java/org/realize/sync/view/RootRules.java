package org.realize.sync.view;

import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;

/** The answers of the index about names of a root, from what it knows already. Thread-safe. */
public interface RootRules {

  /** True while the place of {@code path} is not certainly the one that was indexed. */
  boolean isDoubtful(RelativePath path);

  /** True if ignore rules keep a new file of this name out of the arena. */
  boolean ignores(RelativePath path) throws RealizeException;

  /** Notes that a program has a file open for writing, which is not indexed until it is closed. */
  void opened(RelativePath path);

  /** Has a name indexed at which a program's call is done, and which is quiet now. */
  void changed(RelativePath path);

  /** Has a name indexed that a program has removed. */
  void removed(RelativePath path);
}
