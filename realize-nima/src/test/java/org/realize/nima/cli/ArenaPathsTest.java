package org.realize.nima.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.realize.nima.config.ConfigurationFile;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Invalid;
import org.realize.sync.model.RealizeException.NotFound;

class ArenaPathsTest {

  @TempDir private Path temporary;
  private Path home;
  private Path mount;
  private Path root;

  @BeforeEach
  void configure() throws Exception {
    home = temporary.toRealPath();
    mount = Files.createDirectory(home.resolve("household"));
    root = Files.createDirectory(home.resolve("pictures"));
    Shell shell = new Shell(home, Map.of("REALIZE_HOME", home.resolve("n").toString()));
    shell.run("init", "--name", "attic", "--mount", mount.toString());
    shell.run("arena", "add", "photos", "--root", root.toString());
    shell.run("arena", "add", "films/old");
  }

  private String of(Path directory, String text) throws RealizeException {
    return new ArenaPaths(ConfigurationFile.in(home.resolve("n")).read(), directory)
        .of("fetch", text)
        .toString();
  }

  @Test
  void of_arenaAndPath_isThatWhereverOneIs() throws Exception {
    assertThat(of(home, "photos")).isEqualTo("photos");
    assertThat(of(home, "photos/a b/c:d")).isEqualTo("photos/a b/c:d");
    assertThat(of(home, "films/old/d/")).isEqualTo("films/old/d");
    assertThat(of(root, "photos/a")).isEqualTo("photos/a");
  }

  @Test
  void of_pathInTheMountOrARoot_isFound() throws Exception {
    assertThat(of(home, mount + "/photos/d/../a")).isEqualTo("photos/a");
    assertThat(of(home, mount + "/films/old")).isEqualTo("films/old");
    assertThat(of(home, root + "/absent/b")).isEqualTo("photos/absent/b");
    assertThat(of(home, root + "/")).isEqualTo("photos");
  }

  @Test
  void of_relativePath_startsAtTheCurrentDirectory() throws Exception {
    assertThat(of(root.resolve("d"), "a")).isEqualTo("photos/d/a");
    assertThat(of(root.resolve("d"), "../photos")).isEqualTo("photos/photos");
    assertThat(of(root.resolve("d"), "./photos/a")).isEqualTo("photos/d/photos/a");
    assertThat(of(root, ".")).isEqualTo("photos");
    assertThat(of(mount.resolve("films/old"), "..hidden")).isEqualTo("films/old/..hidden");
    assertThat(of(home, "pictures/x")).isEqualTo("photos/x");
  }

  @Test
  void of_throughLinks_findsTheRoot_butFollowsNoLinkThatIsNamed() throws Exception {
    Path link = Files.createSymbolicLink(home.resolve("link"), root);
    Files.createSymbolicLink(root.resolve("out"), home);

    assertThat(of(link, "a")).isEqualTo("photos/a");
    assertThat(of(home, link + "/d/a")).isEqualTo("photos/d/a");
    assertThat(of(root, "out")).isEqualTo("photos/out");
  }

  @Test
  void of_elsewhere_isRefused() {
    assertThatThrownBy(() -> of(home, "/srv/photos/a"))
        .isInstanceOf(NotFound.class)
        .hasMessageStartingWith("fetch '/srv/photos/a': no arena is there");
    assertThatThrownBy(() -> of(home, "photo/a"))
        .hasMessageEndingWith("in a root; did you mean 'photos'?");
    assertThatThrownBy(() -> of(home, "film/old/a")).hasMessageContaining("'films/old'?");
    assertThatThrownBy(() -> of(mount, "films")).isInstanceOf(NotFound.class);
    assertThatThrownBy(() -> of(home, "pictures-old/a")).isInstanceOf(NotFound.class);
  }

  @Test
  void of_noPath_isRefused() {
    assertThatThrownBy(() -> of(home, "photos/a//b"))
        .isInstanceOf(Invalid.class)
        .hasMessage("fetch 'photos/a//b'");
    assertThatThrownBy(() -> of(home, "photos/../x")).isInstanceOf(Invalid.class);
    assertThatThrownBy(() -> of(home, "photos\0x")).isInstanceOf(Invalid.class);
    assertThatThrownBy(() ->
            new ArenaPaths(ConfigurationFile.in(home.resolve("n")).read(), home)
                .inside("forget", "photos"))
        .isInstanceOf(Invalid.class)
        .hasMessage("forget 'photos': name a path in the arena");
  }
}
