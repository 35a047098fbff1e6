package org.realize.store.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.realize.sync.testing.JavaChild;

/**
 * A test that kills a committing process with SIGKILL over and over; each next process checks that
 * no acknowledged commit is lost and none is torn. {@code -Drealize.kills=N} sets the number of
 * kills, by default 12; {@code -Drealize.seed=N} repeats a choice of moments.
 */
final class CommitCrashIT {
  @TempDir Path directory;

  @Test
  void kill_atAnyMoment_losesAndTearsNothing() throws Exception {
    int kills = Integer.getInteger("realize.kills", 12);
    long seed = Long.getLong("realize.seed", System.nanoTime());
    SplittableRandom random = new SplittableRandom(seed);
    List<String> bad = new ArrayList<>();
    String last = "";
    long start = System.nanoTime();
    for (int kill = 0; kill <= kills; kill++) {
      Process child = start(directory, random.nextLong(1L << 40));
      try (BufferedReader output = child.inputReader()) {
        last = String.valueOf(output.readLine());
        if (!last.startsWith(CrashChild.CLEAN)) {
          bad.add("after kill " + kill + ": " + last);
        }
        if (child.waitFor(50 + random.nextInt(350), TimeUnit.MILLISECONDS)) {
          bad.add("child " + kill + " ended by itself with " + child.exitValue());
        }
      } finally {
        child.destroyForcibly().waitFor();
      }
    }
    long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start);
    System.out.printf(
        "%d kills in %d s, %s commits, seed %d, wrong: %s%n",
        kills, seconds, last.replace(CrashChild.CLEAN, "").strip(), seed, bad);
    assertThat(bad).as("seed %d", seed).isEmpty();
  }

  private static Process start(Path directory, long seed) throws IOException {
    List<String> command =
        JavaChild.command(CrashChild.class, directory.toString(), Long.toString(seed));
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }
}
