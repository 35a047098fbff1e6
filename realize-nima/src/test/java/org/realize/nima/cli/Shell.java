package org.realize.nima.cli;

import java.io.ByteArrayInputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import picocli.CommandLine;

/** A shell of a node's owner that runs commands in this process, each with streams of its own. */
final class Shell {

  /** The exit code and output of a command. */
  record Result(int exitCode, String out, String err) {}

  private final Path home;
  private final Map<String, String> environment;
  private Path directory;
  private String input = "";
  private boolean onTerminal;

  /** A shell in whose environment {@code home} is the home directory. */
  Shell(Path home, Map<String, String> environment) {
    this.home = home;
    this.directory = home;
    this.environment = environment;
  }

  /** What further commands read from standard input. */
  Shell input(String text) {
    input = text;
    return this;
  }

  /** A person reads what further commands print. */
  Shell onTerminal() {
    onTerminal = true;
    return this;
  }

  /** Makes {@code other} the current directory of further commands; it is the home at first. */
  Shell in(Path other) {
    directory = other;
    return this;
  }

  Result run(String... arguments) {
    return run(
        (configuration, stop, ready) -> {
          throw new AssertionError("no daemon was wanted");
        },
        ProcessEnd.ofThisProcess(),
        arguments);
  }

  private Surroundings surroundings() {
    return new Surroundings(
        environment,
        home,
        directory,
        new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
        () -> onTerminal);
  }

  Result run(DaemonRunner daemon, ProcessEnd processEnd, String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine line = new Realize(surroundings(), daemon, processEnd).commandLine();
    line.setOut(new PrintWriter(out, true));
    line.setErr(new PrintWriter(err, true));
    int exitCode = line.execute(arguments);
    return new Result(exitCode, out.toString(), err.toString());
  }
}
