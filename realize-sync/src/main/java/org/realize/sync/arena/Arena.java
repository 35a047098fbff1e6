package org.realize.sync.arena;

import org.jspecify.annotations.Nullable;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.Mark;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.BlobStore;
import org.realize.sync.port.TimeSource;
import org.realize.sync.real.Real;
import org.realize.sync.rules.Marks;

/**
 * One arena of this machine, open: its state, its cached bytes, its clock and its root. The parts
 * live as long as the arena is open, and each says itself which threads may use it.
 *
 * @param mark the arena's own mark, for paths without a marked ancestor
 * @param root the arena's directory of ordinary files; null where it has none
 */
public record Arena(
    ArenaStore store, BlobStore blobs, Mark mark, TimeSource time, @Nullable Real root) {

  public ArenaName name() {
    return store.arena();
  }

  /** The arena's list of what the user should know. */
  public ArenaFindings findings() {
    return new ArenaFindings(store, time);
  }

  /** The marks of the arena's paths as of {@code reader}'s commit. */
  public Marks marks(ArenaReader reader) throws StorageFailed {
    return new Marks(mark, reader.marks());
  }
}
