package org.realize.sync.rules;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.Content;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.Version;
import org.realize.sync.port.FileStat;

/** The work that one path needs next, as {@link PathPlan} finds it. */
public sealed interface PathJob {

  /** The content whose bytes the job needs; {@link Content.Absent} where it needs none. */
  default Content content() {
    return new Content.Absent();
  }

  /** Bytes that the job has to bring here, or to copy. */
  default long bytes() {
    return content() instanceof Content.File file ? file.sizeBytes() : 0;
  }

  /** The bytes of a content, brought here whole as a blob. */
  record Download(Content.File content) implements PathJob {}

  /** What peers have never been told: the path is one that this peer keeps or owns now. */
  record Announce() implements PathJob {}

  /**
   * The shown version, put at the path as a real file, directory or link.
   *
   * @param version the shown one, never a tombstone
   * @param indexed what has the name, as indexed; null where nothing has it
   */
  record RealizePath(Version version, @Nullable FileStat indexed) implements PathJob {

    @Override
    public Content content() {
      return version.content();
    }

    /** What must leave the name first: all but a file that gives way to a file. */
    public Optional<FileStat> displaced() {
      return Optional.ofNullable(indexed)
          .filter(stat ->
              stat.kind() != FileStat.Kind.FILE || !(version.content() instanceof Content.File));
    }
  }

  /**
   * Other permission bits or another time for what has the name.
   *
   * @param indexed what that is
   */
  record ApplyMetadata(FileStat indexed, int mode, FileTime mtime) implements PathJob {}

  /**
   * What has the name, moved to the trash.
   *
   * @param indexed what that is
   * @param version the newer one, which is then the real one: nothing is there
   */
  record RemovePath(FileStat indexed, Version version) implements PathJob {}

  /**
   * A real file that is the shown version, given up for what peers promise to keep.
   *
   * @param indexed its stat
   */
  record UnrealizePath(FileStat indexed) implements PathJob {}
}
