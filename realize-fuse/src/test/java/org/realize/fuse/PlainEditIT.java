package org.realize.fuse;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** The contract of edits on a plain directory, whose file system is the measure. Needs root. */
final class PlainEditIT extends EditContract {

  @TempDir static Path folder;

  private final SystemTree tree = new SystemTree(folder);

  @BeforeEach
  void setUmask() {
    Posix.CALLS.umask(022);
  }

  @Override
  EditedTree tree() {
    return tree;
  }
}
