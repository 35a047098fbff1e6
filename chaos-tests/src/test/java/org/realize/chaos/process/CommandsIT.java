package org.realize.chaos.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Commands by which a user decides about single paths: real daemons, a real mount, a real disk. */
@Timeout(300)
class CommandsIT {

  private static final Duration SOON = Duration.ofSeconds(60);

  @TempDir private Path base;

  private static String attribute(Path path, String name) throws IOException {
    byte[] value = (byte[]) Files.getAttribute(path, "user:realize." + name);
    return new String(value, StandardCharsets.UTF_8);
  }

  @Test
  void mark_ofPathsOfTheMountAndTheRoot_isInheritedAndSurvivesARestart() throws Exception {
    try (Household household = new Household(base)) {
      NodeProcess desk = household.deaf("desk");
      Path root = household.root("desk");
      Path shown = household.mount("desk").resolve("docs");
      Files.createDirectories(root.resolve("a/b"));
      Files.writeString(root.resolve("a/b/file"), "1");
      Files.writeString(root.resolve("log.part"), "1");
      desk.realize("arena", "add", "docs", "--root", root.toString());
      household.startAll();
      await().atMost(SOON).until(() -> Files.exists(shown.resolve("a/b/file")));
      assertThat(shown.resolve("log.part")).doesNotExist();

      desk.realize("mark", "set", "keep", shown.resolve("a").toString(), "docs/not/yet");
      desk.realize("mark", "set", "own", root.resolve("log.part").toString());
      desk.kill();
      desk.start();

      assertThat(desk.realize("mark", "get", "docs/a/b/file", "docs/a", "docs"))
          .containsPattern("keep \\(inherited\\) +docs/a/b/file\nkeep +docs/a\n")
          .containsPattern("own \\(inherited\\) +docs\n");
      assertThat(attribute(shown.resolve("a/b"), "mark")).isEqualTo("keep (inherited)");
      await().atMost(SOON).until(() -> Files.exists(shown.resolve("log.part")));
      desk.realize("mark", "clear", "docs/a", "docs/not/yet");
      assertThat(desk.realize("mark", "get"))
          .endsWith("own   docs/log.part\n")
          .doesNotContain("yet");
      assertThatThrownBy(() -> desk.realize("mark", "clear", "docs/a"))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("it has none of its own, it inherits own");
    }
  }
}
