package org.realize.store.disk;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.realize.sync.delta.TreeShape;
import org.realize.sync.port.DiskFile;
import org.realize.sync.real.PartialFiles;
import org.realize.sync.testing.JavaChild;

/** A large file that is collected on this machine's disk by a process that is killed. */
@Timeout(120)
final class CollectKillIT {

  private static final int KILLS = 3;
  private static final long SEED = 20_261_128;

  /** Blocks that a kill may cost: those that were sent and not written yet. */
  private static final int ON_THE_WAY = 64;

  @TempDir private Path directory;

  @Test
  void kill_whileCollecting_costsOnlyWhatWasOnTheWay() throws Exception {
    Files.createDirectories(directory.resolve("root/d"));
    SplittableRandom random = new SplittableRandom(SEED);
    int needed = CollectingProcess.BLOCKS - CollectingProcess.ZERO_BLOCKS;
    int sent = 0;
    for (int kill = 0; kill < KILLS; kill++) {
      sent += run(1 + random.nextInt(needed / KILLS));
    }
    assertThat(sent).as("seed %d", SEED).isLessThan(needed);
    sent += run(Integer.MAX_VALUE);
    assertThat(sent).isBetween(needed, needed + KILLS * ON_THE_WAY);
    PartialFiles partials = new PartialFiles(new LocalDisk(directory.resolve("root")));
    byte[] bytes = CollectingProcess.bytes();
    try (DiskFile file = partials.openFetched(CollectingProcess.PATH)) {
      ByteBuffer all = ByteBuffer.allocate(bytes.length + 1);
      assertThat(file.read(all, 0)).isEqualTo(bytes.length);
      assertThat(all.flip()).isEqualTo(ByteBuffer.wrap(bytes));
      long holes = (long) CollectingProcess.ZERO_BLOCKS * TreeShape.BLOCK_BYTES;
      assertThat(file.allocatedBytes()).isLessThan(bytes.length - holes / 2);
    }
  }

  /** Runs the process until it was sent so many blocks, or has ended; returns how many it was. */
  private int run(int blocks) throws IOException, InterruptedException {
    List<String> command = JavaChild.command(CollectingProcess.class, directory.toString());
    File errors = directory.resolve("errors").toFile();
    Process process = new ProcessBuilder(command).redirectError(errors).start();
    try (BufferedReader out =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      int sent = 0;
      boolean isWhole = false;
      while (sent < blocks && !isWhole) {
        String line = out.readLine();
        assertThat(line).as("the process: %s", Files.readString(errors.toPath())).isNotNull();
        isWhole = line.startsWith("whole ");
        sent = number(line, sent);
      }
      // by its handle: Process.destroyForcibly would close the pipe that the last lines are in
      process.toHandle().destroyForcibly();
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        sent = number(line, sent);
      }
      return sent;
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  private static int number(String line, int before) {
    return line.matches("(sent|whole) [0-9]+")
        ? Math.max(before, Integer.parseInt(line.substring(line.indexOf(' ') + 1)))
        : before;
  }
}
