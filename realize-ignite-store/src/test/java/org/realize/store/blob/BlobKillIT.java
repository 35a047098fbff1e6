package org.realize.store.blob;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.realize.store.global.IgniteGlobalStore;
import org.realize.sync.model.ContentHash;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.BlobRow;
import org.realize.sync.testing.JavaChild;

/** Blobs on Ignite and on this machine's disk, in a process that is killed again and again. */
class BlobKillIT {

  private static final int KILLS = 3;
  private static final long SEED = 20_260_101;
  private static final Pattern SAID = Pattern.compile("([0-9a-f]{64}) (-?[0-9]+)");

  @TempDir private Path directory;

  @Test
  void kill_whileWriting_leavesOnlyRightBytesCommitted() throws Exception {
    Files.createDirectory(directory.resolve("blobs"));
    RandomGenerator random = new SplittableRandom(SEED);
    Map<ContentHash, Long> committed = new HashMap<>();
    for (int kill = 0; kill < KILLS; kill++) {
      runAndKill(kill, 5 + random.nextInt(60), committed);
      check("seed %d, kill %d".formatted(SEED, kill), committed);
    }
  }

  /**
   * Kills the process after so many of its commits; notes what it said, also what it said between
   * the last line that was waited for and its end.
   */
  private void runAndKill(int seed, int lines, Map<ContentHash, Long> committed)
      throws IOException, InterruptedException {
    List<String> command =
        JavaChild.command(BlobWriterProcess.class, directory.toString(), Integer.toString(seed));
    File errors = directory.resolve("errors").toFile();
    Process process = new ProcessBuilder(command).redirectError(errors).start();
    try (BufferedReader out =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      int seen = 0;
      while (seen < lines) {
        String line = out.readLine();
        assertThat(line).as("the process: %s", Files.readString(errors.toPath())).isNotNull();
        seen += note(line, committed) ? 1 : 0;
      }
      // By its handle: Process.destroyForcibly would close the pipe that the last lines are in.
      process.toHandle().destroyForcibly();
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        note(line, committed);
      }
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  private static boolean note(String line, Map<ContentHash, Long> committed) {
    Matcher said = SAID.matcher(line);
    if (said.matches()) {
      byte[] hash = HexFormat.of().parseHex(said.group(1));
      committed.put(ContentHash.of(hash), Long.parseLong(said.group(2)));
    }
    return said.matches();
  }

  private void check(String run, Map<ContentHash, Long> committed) throws Exception {
    try (IgniteGlobalStore global = BlobWriterProcess.openStore(directory)) {
      ArenaStore arena = global.arena(BlobWriterProcess.ARENA);
      try (SparseBlobStore store = BlobWriterProcess.openBlobs(arena, directory)) {
        StoreInvariants.checkAfterCrash(arena, store);
        List<BlobRow> rows = arena.read(reader -> reader.blobs());
        assertThat(directory.resolve("blobs").toFile().list())
            .as(run)
            .containsExactlyInAnyOrderElementsOf(CacheRig.names(rows));
        for (Map.Entry<ContentHash, Long> each : committed.entrySet()) {
          Optional<BlobRow> row = arena.read(reader -> reader.blob(each.getKey()));
          if (each.getValue() >= 0) {
            assertThat(row.orElseThrow().available().lengthBytes())
                .as("%s, %s", run, each.getKey())
                .isGreaterThanOrEqualTo(each.getValue());
          }
        }
      }
    }
  }
}
