package org.realize.sync.real;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.Version;
import org.realize.sync.port.DiskFile;
import org.realize.sync.port.FileStat;

/**
 * A change of one name of a root, which {@link ApplyProtocol} makes if the name is as it was
 * indexed. The versions are those that are then on the disk.
 */
public sealed interface RealChange {

  RelativePath path();

  /** The names that must not change otherwise meanwhile. */
  default List<RelativePath> names() {
    return List.of(path());
  }

  /** A writer of the bytes of a new file. */
  interface Builder {
    void build(DiskFile made) throws IOException, RealizeException, InterruptedException;
  }

  /** Permission bits, which links do not have, and the time, which directories do not share. */
  record Attributes(int mode, FileTime mtime) {}

  /**
   * A new file, link or directory where nothing is. Its directory must be there.
   *
   * @param version a tombstone for a directory that is no version ({@link
   *     org.realize.sync.port.PathState#isBareDirectory})
   * @param builder of a file
   */
  record Create(RelativePath path, Version version, Attributes attributes, Builder builder)
      implements RealChange {}

  /**
   * A new file in place of another, with its owner, group, ACL and extended attributes.
   *
   * @param version null where the content stays
   * @param attributes null for those of the file that is replaced
   */
  record Replace(
      RelativePath path,
      FileStat indexed,
      @Nullable Version version,
      @Nullable Attributes attributes,
      Builder builder)
      implements RealChange {}

  /**
   * As {@link Create} or {@link Replace}, by the file of the path that was collected in {@link
   * PartialFiles}, which has the content of {@code version}. Where the change is not made, and
   * nothing of it has begun, the file stays there.
   *
   * @param indexed of the file that is replaced; null where nothing is
   * @param fetched the stat under which the file was verified that was fetched; null for the one
   *     that was moved here, which is verified then
   */
  record Adopt(
      RelativePath path,
      @Nullable FileStat indexed,
      Version version,
      Attributes attributes,
      @Nullable FileStat fetched)
      implements RealChange {}

  /** A file or link moved to the trash, or an empty directory removed. */
  record Remove(RelativePath path, FileStat indexed, Version version) implements RealChange {}

  /**
   * A file or link under another name of the same place, where nothing is.
   *
   * @param moved the version at the target
   */
  record Rename(
      RelativePath path, RelativePath target, FileStat indexed, Version version, Version moved)
      implements RealChange {
    @Override
    public List<RelativePath> names() {
      return List.of(path, target);
    }
  }

  /** Other attributes of the same file, link or directory. */
  record SetAttributes(RelativePath path, FileStat indexed, Attributes attributes)
      implements RealChange {}
}
