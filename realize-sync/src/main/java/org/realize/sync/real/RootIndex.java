package org.realize.sync.real;

import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.InDoubt;
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

  /** Those of {@code paths} that {@link #check} does not refuse: one look at each place. */
  default Set<RelativePath> certain(Collection<RelativePath> paths) throws RealizeException {
    Set<RelativePath> certain = new HashSet<>();
    for (RelativePath path : paths) {
      if (isCertain(path)) {
        certain.add(path);
      }
    }
    return certain;
  }

  private boolean isCertain(RelativePath path) throws RealizeException {
    try {
      check(path);
      return true;
    } catch (InDoubt listed) {
      return false;
    }
  }

  /** True if ignore rules keep a new file of this name out of the arena. */
  boolean ignores(RelativePath path) throws RealizeException;

  /** True for a name that goes with its directory, where it has no entry. */
  default boolean isPerishable(RelativePath path, boolean isDirectory) {
    return false;
  }

  /** A rule about names. */
  @FunctionalInterface
  interface NameRule {
    boolean covers(RelativePath path) throws RealizeException;
  }

  /** {@link #ignores} for the names of one batch, for one thread. */
  default NameRule ignoring() {
    return this::ignores;
  }

  /** Has {@code path} indexed soon. */
  void request(RelativePath path);
}
