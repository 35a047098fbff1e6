package org.realize.fuse;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The exerciser of files on a plain directory: it is right about a file system that is right. */
final class FsxTest {

  @TempDir Path folder;

  @Test
  void run_onAPlainDirectory_findsNothing() throws IOException {
    new Fsx(folder, "file", System.nanoTime()).run(1500);
  }
}
