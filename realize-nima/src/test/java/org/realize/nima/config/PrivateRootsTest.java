package org.realize.nima.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.RealizeException.Invalid;

class PrivateRootsTest {

  private static final Map<String, String> USER = Map.of("HOME", "/home/no-such-user");

  private static Path directory(String node, Map<String, String> environment) {
    return PrivateRoots.directory(Path.of(node), Path.of(node, "state"), environment);
  }

  @Test
  void directory_ofTheUsualNode_isInTheUsersData() {
    assertThat(directory("/home/no-such-user/.config/realize", USER))
        .isEqualTo(Path.of("/home/no-such-user/.local/share/realize/roots"));
    Map<String, String> own =
        Map.of("HOME", "/home/x", "XDG_CONFIG_HOME", "/no/c", "XDG_DATA_HOME", "/no/d");
    assertThat(directory("/no/c/realize", own)).isEqualTo(Path.of("/no/d/realize/roots"));
  }

  @Test
  void directory_ofANodeElsewhere_isInThat() {
    assertThat(directory("/var/lib/no-such-node", USER))
        .isEqualTo(Path.of("/var/lib/no-such-node/roots"));
    assertThat(
            PrivateRoots.directory(
                Path.of("/etc/no-such-node"), Path.of("/var/lib/no-such-node/state"), USER))
        .isEqualTo(Path.of("/var/lib/no-such-node/roots"));
  }

  @Test
  void directory_onceItIsSettled_doesNotDependOnTheEnvironment(@TempDir Path home)
      throws Exception {
    Path node = Files.createDirectories(home.resolve("node"));
    Files.createDirectory(node.resolve("state"));
    String text = "[node]\nname='a'\n";
    Configuration configuration = ConfigurationReader.read(node.resolve("realize.toml"), text);
    assertThat(PrivateRoots.settled(configuration).directory()).isEqualTo(node.resolve("roots"));
    Map<String, String> other =
        Map.of("HOME", "/x", "XDG_CONFIG_HOME", home.toString(), "XDG_DATA_HOME", "/no/d");
    Files.move(node, home.resolve("realize"));
    Path moved = home.resolve("realize");
    assertThat(PrivateRoots.directory(moved, moved.resolve("state"), other))
        .isEqualTo(moved.resolve("roots"));
    Files.writeString(moved.resolve("state/private-roots"), "/srv/roots\n");
    assertThat(PrivateRoots.directory(moved, moved.resolve("state"), other))
        .isEqualTo(Path.of("/srv/roots"));
    Files.delete(moved.resolve("state/private-roots"));
    assertThat(PrivateRoots.directory(moved, moved.resolve("state"), other))
        .isEqualTo(Path.of("/no/d/realize/roots"));
  }

  @Test
  void root_ofEachArena_isADirectoryOfItsOwn_noneLiesInAnother() {
    PrivateRoots roots = new PrivateRoots(Path.of("/r"), Optional.empty());
    assertThat(roots.of(new ArenaName("photos"))).isEqualTo(Path.of("/r/photos"));
    assertThat(roots.of(new ArenaName("photos/trips"))).isEqualTo(Path.of("/r/photos%2Ftrips"));
    assertThat(roots.of(new ArenaName("photos%2Ftrips"))).isEqualTo(Path.of("/r/photos%252Ftrips"));
  }

  @Test
  void configuredPaths_thatContainThePrivateRoots_orLieInThem_areRefused() {
    for (String root : new String[] {"/no-such/node/roots", "/no-such/node/roots/x"}) {
      assertThatThrownBy(() -> read("[node]\nname='a'\n[[arena]]\nname='x'\nroot='" + root + "'\n"))
          .isInstanceOf(Invalid.class)
          .hasMessageContaining("private roots");
    }
    assertThatThrownBy(() -> read("[node]\nname='a'\nmount='/no-such/node/roots/m'\n"))
        .hasMessageContaining("mount and the private roots");
    assertThatThrownBy(() -> read("[node]\nname='a'\nstate='/no-such/node/roots'\n"))
        .hasMessageContaining("state and the private roots");
  }

  private static Configuration read(String text) throws Invalid {
    return ConfigurationReader.read(Path.of("/no-such/node/realize.toml"), text);
  }
}
