package org.realize.sync.real;

import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;

/** The index of an arena's root, for those that act on files of the root. Thread-safe. */
public interface RootIndex {

  /** The index of an arena without a root. */
  RootIndex NONE =
      new RootIndex() {
        @Override
        public void check() {}

        @Override
        public boolean ignores(RelativePath path) {
          return false;
        }

        @Override
        public void request(RelativePath path) {}
      };

  /** Throws while the root is not certainly the arena's own. */
  void check() throws RealizeException;

  /** True if ignore rules keep a new file of this name out of the arena. */
  boolean ignores(RelativePath path) throws RealizeException;

  /** Has {@code path} indexed soon. */
  void request(RelativePath path);
}
