package org.realize.chaos.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * README's section on two machines, line by line in its order, each machine a shell in a network
 * and mount namespace of its own. What stands in for the outside world: {@code realize} runs from
 * the classes under test, and the code is carried by the test.
 */
@Timeout(300)
class ReadmeIT {

  private static final Path README = Path.of("..", "README.md").toAbsolutePath().normalize();
  private static final Duration SOON = Duration.ofSeconds(60);

  @TempDir private Path base;

  /** A machine of the README: a shell that gets one line after the other. */
  private final class Machine implements AutoCloseable {
    private final Path home;
    private final Process shell;

    Machine(String name, List<String> network) throws IOException {
      home = Files.createDirectories(base.resolve(name).resolve("home"));
      Path srv = Files.createDirectories(base.resolve(name).resolve("srv"));
      List<String> words = new ArrayList<>(network);
      words.addAll(List.of("unshare", "--mount", "--propagation", "private", "bash", "-e"));
      shell = terminal(words).redirectOutput(home.resolve("terminal").toFile()).start();
      type("mount --bind " + srv + " /srv");
    }

    private ProcessBuilder terminal(List<String> words) {
      ProcessBuilder builder = new ProcessBuilder(words).directory(home.toFile());
      builder.environment().remove("REALIZE_HOME");
      builder.environment().remove("XDG_CONFIG_HOME");
      builder.environment().put("HOME", home.toString());
      builder.environment().put("PATH", base.resolve("bin") + ":" + System.getenv("PATH"));
      return builder.redirectErrorStream(true);
    }

    void type(String line) throws IOException {
      shell.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
      shell.getOutputStream().flush();
    }

    /** What a second terminal prints. */
    String output(String command) throws IOException, InterruptedException {
      String pid = Long.toString(shell.pid());
      Process other =
          terminal(List.of("nsenter", "-m", "-n", "-t", pid, "bash", "-c", "cd; " + command))
              .start();
      other.getOutputStream().close();
      String text = new String(other.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(other.waitFor(60, TimeUnit.SECONDS)).isTrue();
      return text;
    }

    String terminal() throws IOException {
      return Files.readString(home.resolve("terminal"));
    }

    @Override
    public void close() throws IOException {
      shell.descendants().forEach(ProcessHandle::destroy);
      shell.getOutputStream().close();
      try {
        if (!shell.waitFor(60, TimeUnit.SECONDS)) {
          shell.descendants().forEach(ProcessHandle::destroyForcibly);
          shell.destroyForcibly();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** The commands below each line of text that ends with a colon, in their order. */
  private static Map<String, List<String>> blocks() throws IOException {
    Map<String, List<String>> blocks = new LinkedHashMap<>();
    String text = Files.readString(README);
    int from = text.indexOf("## Two machines");
    String title = "";
    for (String line : text.substring(from, text.indexOf("\n## ", from + 1)).lines().toList()) {
      if (line.startsWith("    ")) {
        blocks.computeIfAbsent(title, _ -> new ArrayList<>()).add(line.strip());
      } else if (line.endsWith(":")) {
        title = line;
      }
    }
    return blocks;
  }

  private void program(String name, String text) throws IOException {
    Path file = Files.createDirectories(base.resolve("bin")).resolve(name);
    Files.writeString(file, "#!/bin/bash\n" + text + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private static String quoted(String word) {
    return "'" + word.replace("'", "'\\''") + "'";
  }

  @Test
  void twoMachines_everyLineInItsOrder_showTheFilesOfOneOnTheOther() throws Exception {
    Map<String, List<String>> blocks = blocks();
    assertThat(blocks.keySet())
        .containsExactly(
            "On both, from a clone of this repository:",
            "On the NAS, which has the files:",
            "In a second terminal of the NAS, for a code that one machine can use within 15"
                + " minutes:",
            "On the laptop, which wants to see them, with that code:");
    List<String> words = Launcher.ofThisJvm(List.of("-Xmx256m")).prefix();
    program(
        "realize",
        "exec " + String.join(" ", words.stream().map(ReadmeIT::quoted).toList()) + " \"$@\"");
    try (Network network = Network.open()) {
      List<String> atNas = network.add("nas");
      List<String> atLaptop = network.add("laptop");
      Path photos = Files.createDirectories(base.resolve("nas/srv/photos/2024"));
      Files.writeString(photos.resolve("sea.jpg"), "a picture of the sea");
      try (Machine nas = new Machine("nas", atNas);
          Machine laptop = new Machine("laptop", atLaptop)) {
        List<List<String>> lines = List.copyOf(blocks.values());
        type(nas, lines.get(1));
        String code = code(nas.output(lines.get(2).getFirst()));
        type(laptop, lines.get(3).stream().map(line -> line.replace("CODE", code)).toList());

        await()
            .atMost(SOON)
            .untilAsserted(() ->
                assertThat(laptop.output("cat household/photos/2024/sea.jpg"))
                    .as(() -> terminals(nas, laptop))
                    .isEqualTo("a picture of the sea"));
        assertThat(laptop.output("realize status")).contains("nas", "connected", "photos");
        await()
            .atMost(SOON)
            .untilAsserted(() ->
                assertThat(laptop.output("realize peer members"))
                    .matches("(?s)NAME .*\nnas +yes +- .*\n[^ ]+ +yes +nas .*\n"));
      }
    }
  }

  /** The code of the command that an invitation says. */
  private static String code(String invitation) {
    Matcher command = Pattern.compile("realize join (\\S+)").matcher(invitation);
    assertThat(command.find()).as(invitation).isTrue();
    return command.group(1);
  }

  /** Types a block; the next one waits until what the last line made is there. */
  private static void type(Machine machine, List<String> lines) throws IOException {
    for (String line : lines) {
      machine.type(line);
    }
    if (!lines.getLast().startsWith("realize daemon")) {
      Path done = machine.home.resolve("typed");
      machine.type("touch " + done);
      await().atMost(SOON).until(() -> Files.exists(done));
    } else {
      await().atMost(SOON).until(() -> machine.terminal().contains("ready"));
    }
  }

  private static String terminals(Machine nas, Machine laptop) {
    try {
      return "nas:\n" + nas.terminal() + "\nlaptop:\n" + laptop.terminal();
    } catch (IOException e) {
      return e.toString();
    }
  }
}
