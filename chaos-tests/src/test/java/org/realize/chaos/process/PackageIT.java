package org.realize.chaos.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The deb of {@code scripts/package --quick}, which needs the jars that Maven made. {@code
 * scripts/check-package} installs and removes a deb; this looks into one. Needs root and dpkg-deb.
 */
@Timeout(300)
class PackageIT {

  private static final Path PROJECT = Path.of("..").toAbsolutePath().normalize();
  private static final Duration SOON = Duration.ofSeconds(60);

  /** Options of a unit that hide a mount from other sessions, or forbid fusermount3. */
  private static final List<String> BREAKING =
      List.of(
          "Private",
          "Protect",
          "ReadOnly",
          "ReadWrite",
          "Inaccessible",
          "Temporary",
          "Bind",
          "Root",
          "MountFlags",
          "MountAPIVFS",
          "NoNewPrivileges",
          "Restrict",
          "SystemCall",
          "Capability",
          "DynamicUser",
          "LockPersonality",
          "MemoryDenyWriteExecute");

  @TempDir private Path base;

  private static String run(Object... words) throws Exception {
    List<String> command = new ArrayList<>(List.of("timeout", "-s", "KILL", "120"));
    Stream.of(words).map(Object::toString).forEach(command::add);
    Process running = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(running.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(running.waitFor()).as("%s: %s", command, output).isZero();
    return output;
  }

  private static List<String> options(Path unit) throws IOException {
    return Files.readAllLines(unit).stream().filter(line -> line.matches("[A-Za-z]+=.*")).toList();
  }

  @Test
  void deb_hasWhatANodeNeeds_andItsUnitStartsOne() throws Exception {
    run(PROJECT.resolve("scripts/package"), "--quick", base.resolve("made"));
    Path deb;
    try (Stream<Path> made = Files.list(base.resolve("made"))) {
      deb = made.findFirst().orElseThrow();
    }
    assertThat(run("dpkg-deb", "--field", deb)).contains("Package: realize", "Depends: fuse3, ");
    Path root = Files.createDirectory(base.resolve("root"));
    run("dpkg-deb", "-x", deb, root);
    Path usr = root.resolve("usr");
    assertThat(usr.resolve("share/man/man1/realize.1.gz")).isNotEmptyFile();
    assertThat(usr.resolve("share/bash-completion/completions/realize")).isNotEmptyFile();
    for (String part : List.of("user", "system")) {
      assertThat(options(usr.resolve("lib/systemd").resolve(part).resolve("realize.service")))
          .contains("Type=notify", "NotifyAccess=all", "TimeoutStartSec=infinity")
          .noneMatch(line -> BREAKING.stream().anyMatch(line::startsWith));
    }
    startsANode(usr);
  }

  /** Where the package is unpacked, not installed, and in a home of its own. */
  private void startsANode(Path usr) throws Exception {
    Path config = base.resolve("home/.config");
    List<String> in =
        List.of(
            "env",
            "-i",
            "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME=" + base.resolve("home"),
            "XDG_DATA_HOME=" + base.resolve("data"));
    String program = usr.resolve("bin/realize").toString();
    Path mount = Files.createDirectories(base.resolve("household"));
    List<Object> init = new ArrayList<>(in);
    init.addAll(List.of(program, "init", "--name", "a", "--listen", "off", "--mount", mount));
    run(init.toArray());
    Files.writeString(
        config.resolve("realize/realize.toml"),
        Files.readString(config.resolve("realize/realize.toml")) + "[[arena]]\nname = \"notes\"\n");
    String line =
        options(usr.resolve("lib/systemd/user/realize.service")).stream()
            .filter(each -> each.startsWith("ExecStart="))
            .findFirst()
            .orElseThrow()
            .replace("ExecStart=/usr/bin/realize", program);
    List<String> words = new ArrayList<>(in);
    words.addAll(List.of(line.split(" ")));
    Process daemon =
        new ProcessBuilder(words)
            .redirectErrorStream(true)
            .redirectOutput(base.resolve("log").toFile())
            .start();
    try {
      await().atMost(SOON).until(() -> Files.readAllLines(base.resolve("log")).contains("ready"));
      Files.writeString(mount.resolve("notes/one"), "one\n");
      assertThat(run("cat", mount.resolve("notes/one"))).isEqualTo("one\n");
      assertThat(base.resolve("data/realize/roots/notes/one")).hasContent("one\n");
    } finally {
      daemon.destroy();
      boolean ended = daemon.waitFor(60, TimeUnit.SECONDS);
      if (!ended) {
        daemon.destroyForcibly().waitFor();
        run("fusermount3", "-uzq", mount);
      }
      assertThat(ended).isTrue();
    }
    assertThat(daemon.exitValue()).isZero();
  }
}
