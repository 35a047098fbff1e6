package org.realize.sync.view;

import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.CallFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.posix.Errno;

/** The answers of the index about names of a root, from what it knows already. Thread-safe. */
public interface RootRules {

  /** False of a private root that nobody has written so far: see {@link #begin}. */
  boolean isBegun();

  /** Has the root watched and indexed from now on, and waits for the first look at it. */
  void begin() throws RealizeException;

  /** Fails with EROFS while the place of a path that is about to be changed is in doubt. */
  default void requireCertain(RelativePath path) throws RealizeException {
    if (!isBegun()) {
      PeerWaits.require("begin the root of '" + path + "'");
      begin();
    }
    if (isDoubtful(path)) {
      throw new CallFailed("'" + path + "' is in doubt", Errno.EROFS);
    }
  }

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
