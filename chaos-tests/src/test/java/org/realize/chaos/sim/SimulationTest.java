package org.realize.chaos.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** A short sweep, and all that has failed once; {@code scripts/chaos} plays many more seeds. */
class SimulationTest {

  private static final int SEEDS = 300;

  @Test
  void check_shortSweep_holdsAndExcusesAreFew() {
    Checks checks = new Checks();
    int dropped = 0;
    int reverts = 0;
    for (long seed = 0; seed < SEEDS; seed++) {
      Simulation.Outcome still = Simulation.check("seed " + seed, Script.of(seed));
      Simulation.Outcome moved =
          Simulation.check("seed " + seed + " with moves", Script.withMoves(seed));
      checks.add(still.checks());
      checks.add(moved.checks());
      dropped += moved.dropped();
      reverts += still.reverts() + moved.reverts();
    }
    assertThat(checks.overdrawn()).isEmpty();
    assertThat(dropped).isGreaterThan(100);
    assertThat(reverts).isGreaterThan(50);
  }

  /** A file of actions each, named for what they lead to and what must hold. */
  @TestFactory
  Stream<DynamicTest> check_regressions_hold() throws Exception {
    Path directory = Path.of(Objects.requireNonNull(getClass().getResource("regressions")).toURI());
    List<Path> files;
    try (Stream<Path> listed = Files.list(directory)) {
      files = listed.sorted().toList();
    }
    assertThat(files).isNotEmpty();
    return files.stream()
        .map(file ->
            DynamicTest.dynamicTest(
                name(file), () -> Simulation.check(name(file), Script.parse(read(file)))));
  }

  private static String name(Path file) {
    return String.valueOf(file.getFileName()).replace(".txt", "");
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
