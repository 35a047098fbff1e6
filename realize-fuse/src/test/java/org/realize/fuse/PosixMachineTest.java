package org.realize.fuse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The machine of file-system calls on two plain directories: it agrees with itself. */
final class PosixMachineTest {

  @TempDir Path folder;

  @Test
  void run_onTwoPlainDirectories_findsNoDifference() throws IOException {
    Path one = Files.createDirectory(folder.resolve("one"));
    Path other = Files.createDirectory(folder.resolve("other"));
    try (PosixMachine machine = PosixMachine.beside(one, other, System.nanoTime())) {
      machine.run(2000);
    }
  }
}
