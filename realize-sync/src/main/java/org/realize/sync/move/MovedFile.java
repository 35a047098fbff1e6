package org.realize.sync.move;

import org.realize.sync.model.RelativePath;
import org.realize.sync.port.FileStat;

/**
 * A file as its source listed it. Whatever is asked of the file later carries this, and is refused
 * with {@code VersionGone} once it is another one.
 */
public record MovedFile(RelativePath path, FileStat stat) {
  /** The size it had. */
  public long sizeBytes() {
    return stat.sizeBytes();
  }
}
