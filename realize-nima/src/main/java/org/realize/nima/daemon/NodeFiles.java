package org.realize.nima.daemon;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.realize.store.disk.LocalDisk;
import org.realize.sync.index.OwnFiles;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.FileStat;

/** The inodes of this node's own files and directories, as they are at its start. */
final class NodeFiles implements OwnFiles {

  private record InodeKey(long device, long fileKey) {}

  private final List<InodeKey> inodes;

  private NodeFiles(Set<InodeKey> inodes) {
    this.inodes = List.copyOf(inodes);
  }

  /** Those of {@code paths} that exist; links are followed. */
  static NodeFiles of(List<Path> paths) throws StorageFailed {
    Set<InodeKey> inodes = new HashSet<>();
    for (Path path : paths) {
      try {
        Path real = path.toRealPath();
        Path directory = real.getParent();
        Path name = real.getFileName();
        if (directory == null || name == null) {
          continue;
        }
        Optional<FileStat> stat = new LocalDisk(directory).stat(RelativePath.of(name.toString()));
        stat.ifPresent(each -> inodes.add(new InodeKey(each.device(), each.fileKey())));
      } catch (IOException e) {
        throw new StorageFailed("look at " + path + " of this node", e);
      }
    }
    return new NodeFiles(inodes);
  }

  @Override
  public boolean contains(FileStat stat) {
    for (InodeKey each : inodes) {
      if (each.fileKey() == stat.fileKey() && each.device() == stat.device()) {
        return true;
      }
    }
    return false;
  }
}
