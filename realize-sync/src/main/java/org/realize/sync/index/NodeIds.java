package org.realize.sync.index;

import java.util.Optional;
import org.realize.sync.model.Inode;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.FileStat;

/**
 * The inodes by which programs know files of the disk that the index has not seen yet: when it
 * commits such a file, the file keeps its inode. Called within commits: it does not block.
 * Thread-safe.
 */
public interface NodeIds {

  /** The inodes where nothing is mounted: none. */
  NodeIds NONE =
      new NodeIds() {
        @Override
        public Optional<Inode> of(ArenaReader reader, RelativePath path, FileStat stat) {
          return Optional.empty();
        }
      };

  /** The inode that programs know a file or directory of the disk by; empty if by none. */
  Optional<Inode> of(ArenaReader reader, RelativePath path, FileStat stat) throws StorageFailed;
}
