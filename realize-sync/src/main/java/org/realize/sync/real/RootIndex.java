package org.realize.sync.real;

import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;

/** The index of an arena's root, for those that act on files of the root. Thread-safe. */
public interface RootIndex {

  /** The index of an arena without a root. */
  RootIndex NONE =
      new RootIndex() {
        @Override
        public void check(RelativePath path) {}

        @Override
        public boolean ignores(RelativePath path) {
          return false;
        }

        @Override
        public void request(RelativePath path) {}
      };

  /** Throws while the place of {@code path} is not certainly the one that was indexed. */
  void check(RelativePath path) throws RealizeException;

  /** True if ignore rules keep a new file of this name out of the arena. */
  boolean ignores(RelativePath path) throws RealizeException;

  /** Has {@code path} indexed soon. */
  void request(RelativePath path);
}
