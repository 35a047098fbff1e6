package org.realize.chaos.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** A short sweep, and all that has failed once; {@code scripts/chaos} plays many more seeds. */
class SimulationTest {

  private static final int SEEDS = 300;

  /** Each costs as much as four others. */
  private static final int WRITER_SEEDS = 8;

  @Test
  void check_shortSweep_holdsAndExcusesAreFew() {
    Checks checks = new Checks();
    int dropped = 0;
    int reverts = 0;
    int choices = 0;
    for (Simulation.Outcome outcome : sweep()) {
      checks.add(outcome.checks());
      dropped += outcome.dropped();
      reverts += outcome.reverts();
      choices += outcome.choices();
    }
    assertThat(checks.overdrawn()).isEmpty();
    assertThat(dropped).isGreaterThan(100);
    assertThat(reverts).isGreaterThan(50);
    assertThat(choices).isGreaterThan(100);
  }

  /** Plays on all processors: each household has one thread, and shares nothing with others. */
  private static List<Simulation.Outcome> sweep() {
    return LongStream.range(0, SEEDS)
        .boxed()
        .parallel()
        .flatMap(seed ->
            Script.Form.SWEPT.stream()
                .map(form -> Simulation.check(form.name(seed), form.script(seed))))
        .toList();
  }

  @Test
  void check_programsWriteThroughMounts_holds() {
    int parts = 0;
    for (long seed = 1; seed <= WRITER_SEEDS; seed++) {
      Script.Form form = Script.Form.WRITERS;
      parts += Simulation.check(form.name(seed), form.script(seed)).parts();
    }
    assertThat(parts).isGreaterThan(WRITER_SEEDS);
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
