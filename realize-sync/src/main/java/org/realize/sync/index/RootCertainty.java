package org.realize.sync.index;

import java.util.Optional;
import java.util.random.RandomGenerator;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.Disk;
import org.realize.sync.port.FileStat;
import org.realize.sync.real.MountPoints;
import org.realize.sync.real.RootIdentity;
import org.realize.sync.real.RootLostException;

/**
 * The conditions under which something may be concluded from a root: it is the one that was
 * indexed, and a directory of it is on the file system that it was on. {@link #check} may be called
 * from any thread, all else belongs to the indexer's.
 */
final class RootCertainty {

  private final RootIdentity identity;
  private final MountPoints mounts;

  RootCertainty(Disk disk, ArenaStore store, RandomGenerator random) throws RealizeException {
    identity = new RootIdentity(disk, store, random);
    mounts = new MountPoints(store);
  }

  /** Gives the root its identity, if it has none yet. */
  void establish() throws RealizeException, RootLostException {
    identity.establish();
  }

  /** Throws unless this is certainly the root that was indexed. */
  void check() throws RealizeException, RootLostException {
    identity.check();
  }

  /** The reason why nothing may be concluded from an indexed name and what is below it. */
  Optional<String> doubt(DirectoryScope parent, RelativePath path, FileStat stat) {
    return mounts.problem(path, isMounted(parent, stat));
  }

  /** The reason why the absence of an indexed name is not certain. */
  Optional<String> doubtOfAbsence(RelativePath path) {
    return mounts.contains(path) ? Optional.of("its file system is not mounted") : Optional.empty();
  }

  /** Notes a name that is about to be indexed for the first time; durable before that. */
  void noteNew(DirectoryScope parent, RelativePath path, FileStat stat) throws RealizeException {
    mounts.note(path, isMounted(parent, stat));
  }

  private static boolean isMounted(DirectoryScope parent, FileStat stat) {
    return stat.device() != parent.stat().device();
  }
}
