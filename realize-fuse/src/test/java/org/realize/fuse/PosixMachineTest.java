package org.realize.fuse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The machine of file-system calls on two plain directories: it agrees with itself. */
final class PosixMachineTest {

  @TempDir Path folder;

  @Test
  void run_onTwoPlainDirectories_findsNoDifference() throws IOException {
    long seed = System.nanoTime();
    SystemTree one = new SystemTree(Files.createDirectory(folder.resolve("one")));
    SystemTree other = new SystemTree(Files.createDirectory(folder.resolve("other")));
    try (PosixMachine machine =
        new PosixMachine(one, other, EnumSet.allOf(EditContract.Ability.class), seed)) {
      machine.run(2000);
    }
  }
}
