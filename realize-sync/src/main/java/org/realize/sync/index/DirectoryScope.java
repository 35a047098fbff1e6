package org.realize.sync.index;

import org.jspecify.annotations.Nullable;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.FileStat;

/**
 * A directory on the way down, with the ignore rules in force in it.
 *
 * @param rules for the names in it, once its own ignore file was read
 * @param ignored it or a directory above it is ignored: only what has an entry or a mark counts
 * @param from the name that it was renamed from, which has it no more; null where none is known
 */
record DirectoryScope(
    RelativePath path,
    FileStat stat,
    IgnoreRules rules,
    boolean ignored,
    @Nullable RelativePath from) {

  DirectoryScope with(IgnoreRules inner) {
    return new DirectoryScope(path, stat, inner, ignored, from);
  }

  /** The same with a stat of the moment in which its names are listed. */
  DirectoryScope at(FileStat listed) {
    return new DirectoryScope(path, listed, rules, ignored, from);
  }

  /** True if the name of {@code child}, in this directory, is ignored. */
  boolean ignores(RelativePath child, boolean isDirectory) {
    return ignored || rules.ignores(child, isDirectory);
  }
}
