package org.realize.sync.real;

import org.realize.sync.model.RelativePath;

/** The list of what the user should know of the files of a root; it never fails its caller. */
@FunctionalInterface
public interface RealFindings {

  /** Lists {@code path} with a cause in one line. */
  void report(RelativePath path, String cause);
}
