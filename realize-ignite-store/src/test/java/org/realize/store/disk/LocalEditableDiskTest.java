package org.realize.store.disk;

import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** The calls of programs on the file system of temporary files, as ext4. */
final class LocalEditableDiskTest extends EditableDiskTest {

  @TempDir private Path directory;

  @Override
  Path directory() {
    return directory;
  }
}
