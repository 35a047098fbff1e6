package org.realize.chaos.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The list of mutations fits the sources; {@code scripts/chaos --mutations} plays them. */
class MutationTest {

  @TempDir Path directory;

  @Test
  void applied_eachOfTheList_changesItsFile() throws IOException {
    Path sources = Files.exists(Path.of("chaos-tests")) ? Path.of("") : Path.of("..");
    List<Mutation> all = MutationSweep.all();
    Set<String> names = new HashSet<>();
    for (Mutation mutation : all) {
      assertThat(mutation.applied(sources))
          .as(mutation.name())
          .isNotEqualTo(Files.readString(sources.resolve(mutation.file())));
      assertThat(names.add(mutation.name())).as(mutation.name()).isTrue();
    }
    assertThat(all).hasSizeGreaterThan(10);
  }

  @Test
  void applied_textIsNotThereOnce_fails() throws IOException {
    Mutation mutation = new Mutation("name", "rule", Path.of("a"), "one", "two");
    Files.writeString(directory.resolve("a"), "one one");

    assertThatThrownBy(() -> mutation.applied(directory)).hasMessageContaining("more than once");

    Files.writeString(directory.resolve("a"), "none");
    assertThat(mutation.applied(directory)).isEqualTo("ntwo");

    Files.writeString(directory.resolve("a"), "other");
    assertThatThrownBy(() -> mutation.applied(directory)).hasMessageContaining("not in 'a'");
  }
}
