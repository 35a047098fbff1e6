package org.realize.sync.real;

import org.realize.sync.model.RelativePath;
import org.realize.sync.port.FileStat;

/**
 * A change of a directory with all that is in it, in one step, which {@link TreeProtocol} makes. It
 * names no versions: what is indexed below the directory goes with it, and each path has then the
 * version that it shows.
 */
public sealed interface TreeChange {

  RelativePath path();

  /** The directory's stat as indexed. */
  FileStat indexed();

  /**
   * A directory under another name of the same place, where nothing is. What programs change in it
   * meanwhile goes along.
   */
  record Move(RelativePath path, FileStat indexed, RelativePath target) implements TreeChange {}

  /** A directory moved to the trash, if nothing is in it but what is indexed, as it is indexed. */
  record Remove(RelativePath path, FileStat indexed) implements TreeChange {}
}
