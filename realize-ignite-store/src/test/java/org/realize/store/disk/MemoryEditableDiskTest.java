package org.realize.store.disk;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;

/** The calls of programs on tmpfs. */
final class MemoryEditableDiskTest extends EditableDiskTest {

  private static final Path SHARED = Path.of("/dev/shm");

  private Path directory = SHARED;

  @Override
  Path directory() throws IOException {
    directory = Files.createTempDirectory(SHARED, "realize-edit");
    return directory;
  }

  @AfterEach
  void delete() throws IOException {
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path each : all.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    }
  }
}
