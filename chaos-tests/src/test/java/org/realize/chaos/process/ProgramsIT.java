package org.realize.chaos.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The programs of {@code programs.sh} in the mount of one of two real daemons, beside the same on
 * this machine's disk. Needs root, git, sqlite3, vim, python3 with venv, rsync, tar and unzip.
 */
class ProgramsIT {

  private static final Duration SOON = Duration.ofSeconds(90);
  private static final int PROGRAM_SECONDS = 120;
  private static final List<String> PROGRAMS =
      List.of("git", "sqlite", "vim", "saves", "rsync", "archives", "venv", "tail");

  /** Names that are ignored by default, and those that live for less than two seconds. */
  private static final List<String> TEMPORARY =
      List.of(
          ".goutputstream-ABC",
          ".~lock.report.odt",
          "film.bin.crdownload",
          ".swp",
          "lu-temporary1.tmp",
          "lu-temporary2.tmp",
          "lu-temporary3.tmp");

  @TempDir private Path base;

  /** Runs a program in a new directory of its name; its output. */
  private String run(String program, Path directory) throws Exception {
    Path script =
        Path.of(Objects.requireNonNull(ProgramsIT.class.getResource("/programs.sh")).toURI());
    ProcessBuilder builder =
        new ProcessBuilder(
                "timeout", "-s", "KILL", "" + PROGRAM_SECONDS, "bash", script.toString(), program)
            .directory(Files.createDirectory(directory.resolve(program)).toFile())
            .redirectErrorStream(true);
    builder.environment().put("SLOW", base.resolve("slow").toString());
    Process running = builder.start();
    String output = new String(running.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(running.waitFor()).as("%s in %s: %s", program, directory, output).isZero();
    return output;
  }

  private Map<String, String> run(Path directory) throws Exception {
    Map<String, String> outputs = new LinkedHashMap<>();
    for (String program : PROGRAMS) {
      outputs.put(program, run(program, directory));
    }
    return outputs;
  }

  @Test
  void programs_inAMount_workAsOnADisk_andPeersHaveTheSame_butNoTemporaryNames() throws Exception {
    Files.createFile(base.resolve("slow"));
    Map<String, String> onDisk = run(Files.createDirectory(base.resolve("plain")));
    try (Household household = new Household(base)) {
      NodeProcess nas = household.listening("nas");
      NodeProcess desktop = household.deaf("desktop");
      household.introduce(desktop, nas);
      for (NodeProcess node : List.of(nas, desktop)) {
        // a compaction of a repository, or the end of an unpacked tree, is a removal of most files
        household.share(node, "docs", Optional.of(household.root(node.name())), "guard = \"off\"");
      }
      household.startAll();
      Path here = household.mount("nas").resolve("docs");
      assertThat(run(here)).isEqualTo(onDisk);
      Path there = household.mount("desktop").resolve("docs");
      await("the trees are equal")
          .atMost(SOON)
          .pollInterval(Duration.ofMillis(500))
          .ignoreExceptionsInstanceOf(IOException.class)
          .untilAsserted(() -> assertThat(Trees.describe(there)).isEqualTo(Trees.describe(here)));
      for (NodeProcess node : List.of(nas, desktop)) {
        assertThat(node.realize("conflict", "list")).as(node.name()).doesNotContain("docs/");
      }
      desktop.realize("stop");
      assertThat(namesIn(desktop.directory().resolve("state"), List.of("letter.txt")))
          .as("names can be found in the state")
          .isNotEmpty();
      List<String> temporary = new ArrayList<>(TEMPORARY);
      temporary.removeAll(Files.readAllLines(base.resolve("slow")));
      assertThat(namesIn(desktop.directory().resolve("state"), temporary)).isEmpty();
    }
  }

  /** Those of the names that stand anywhere in the files of a state. */
  private static List<String> namesIn(Path state, List<String> names) throws Exception {
    List<String> found = new ArrayList<>();
    for (String name : names) {
      Process search =
          new ProcessBuilder("grep", "-rqaF", "-e", name, state.toString()).inheritIO().start();
      if (search.waitFor() == 0) {
        found.add(name);
      }
    }
    return found;
  }
}
