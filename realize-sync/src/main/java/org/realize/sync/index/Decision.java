package org.realize.sync.index;

import org.realize.sync.port.FileStat;
import org.realize.sync.port.PathState;

/** A decision on one observed name, made by {@link NameJudge} before anything of it is read. */
sealed interface Decision {

  /** The index is right: it changes nothing. */
  record Keep() implements Decision {}

  /**
   * The name has no entry and gets none.
   *
   * @param cause for the list of skipped names; empty where it need not be listed
   */
  record LeaveOut(String cause) implements Decision {}

  /** A doubt: the entry stays, and the name is listed and observed again. */
  record DoubtfulName(String cause) implements Decision {}

  /** The name is gone, and with it all below it. */
  record Remove() implements Decision {}

  /** The name has an entry and holds something that is never shared: the entry is withdrawn. */
  record Withdraw(String cause) implements Decision {}

  /** A directory is new, or its mode or inode is another. */
  record IndexDirectory(FileStat stat) implements Decision {}

  /** A symbolic link is new or may have changed: its target is read. */
  record ReadLink(FileStat stat) implements Decision {}

  /** A file is new or may have changed: its bytes are read. The entry stays until then. */
  record HashFile(FileStat stat) implements Decision {}

  /**
   * A file whose inode, creation time, size and mtime are those of an indexed file, under another
   * name, mode or number of links: the known hash is taken along, and no byte is read.
   *
   * @param source the state that knows the hash, of the same path or another
   * @param isProven the ctime is the known one too, so that the hash proves as much as before
   */
  record CarryHash(FileStat stat, PathState source, boolean isProven) implements Decision {}
}
