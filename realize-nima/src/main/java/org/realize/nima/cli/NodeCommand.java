package org.realize.nima.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.realize.nima.config.Configuration;
import org.realize.nima.config.ConfigurationFile;
import org.realize.nima.config.ConfigurationFile.KeyChange;
import org.realize.nima.config.HostPort;
import org.realize.nima.config.NamedTable;
import org.realize.nima.control.ControlClient;
import org.realize.nima.control.ControlJson;
import org.realize.sync.model.RealizeException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** A command about one node: it knows the node's directory, configuration and daemon. */
@Command
abstract class NodeCommand {

  /** The word for no listener, or no mount. */
  static final String OFF = "off";

  @Spec private @Nullable CommandSpec spec;

  final CommandSpec spec() {
    return Objects.requireNonNull(spec, "spec");
  }

  final Realize realize() {
    return (Realize) spec().root().userObject();
  }

  final Path directory() {
    return realize().directory();
  }

  final ConfigurationFile configurationFile() {
    return ConfigurationFile.in(directory());
  }

  final Configuration configuration() throws RealizeException {
    return configurationFile().read();
  }

  /** Where a new node listens, by the words of its option: none for {@code off}. */
  final List<HostPort> listeners(@Nullable List<String> words) {
    List<String> texts = words == null ? List.of(everywhere()) : words;
    try {
      return texts.equals(List.of(OFF)) ? List.of() : texts.stream().map(HostPort::parse).toList();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec().commandLine(), String.valueOf(e.getMessage()));
    }
  }

  /** All addresses of this machine, which may have been started without IPv6. */
  private static String everywhere() {
    try (ServerSocket tried = new ServerSocket()) {
      tried.bind(new InetSocketAddress("::", 0));
      return "[::]:9771";
    } catch (IOException e) {
      return "0.0.0.0:9771";
    }
  }

  /** The paths of arenas, as a user of this command may write them. */
  final ArenaPaths paths() throws RealizeException {
    return new ArenaPaths(configuration(), realize().surroundings().directory());
  }

  /** The running daemon. */
  final ControlClient daemon() throws RealizeException, NotRunning {
    Path socket = configuration().node().control();
    return ControlClient.open(socket).orElseThrow(() -> new NotRunning(socket));
  }

  /** The running daemon, if there is one. */
  final Optional<ControlClient> daemonIfRunning() throws RealizeException {
    return ControlClient.open(configuration().node().control());
  }

  /** Adds the change of a key, if its option was given; an empty value takes it out. */
  static void addText(List<KeyChange> changes, String key, @Nullable String value) {
    if (value != null) {
      changes.add(KeyChange.ofText(key, value));
    }
  }

  /** As {@link #addText}, of a list; one with an empty text only takes it out. */
  static void addTexts(List<KeyChange> changes, String key, @Nullable List<String> values) {
    if (values != null) {
      changes.add(KeyChange.ofTexts(key, values));
    }
  }

  /** Changes a table of the configuration, at least one key, and has the daemon take that in. */
  final void set(NamedTable table, List<KeyChange> changes) throws RealizeException {
    if (changes.isEmpty()) {
      throw new ParameterException(spec().commandLine(), "name at least one setting to change");
    }
    configurationFile().set(table, changes);
    applyIfRunning();
  }

  /** Removes a table of the configuration, and has the daemon take that in. */
  final void remove(NamedTable table) throws RealizeException {
    configurationFile().remove(table);
    applyIfRunning();
  }

  /** Has a running daemon take in what the configuration says now. */
  final void applyIfRunning() throws RealizeException {
    Optional<ControlClient> running = daemonIfRunning();
    if (running.isPresent()) {
      sayWaiting(running.get().reload());
    }
  }

  /** Says on stderr which settings count from the daemon's next start. */
  final void sayWaiting(List<String> keys) {
    if (!keys.isEmpty()) {
      err().println("from the daemon's next start: " + String.join(", ", keys));
    }
  }

  /** Long work of the daemon. */
  interface FollowedWork {
    void run(CacheReporter report) throws RealizeException, InterruptedException;
  }

  /** Shows what long work of the daemon does; the work ends with this process. */
  final ExitCode follow(boolean json, FollowedWork work)
      throws RealizeException, InterruptedException {
    CacheReporter report =
        new CacheReporter(json, realize().surroundings().terminal().getAsBoolean(), out(), err());
    Thread mine = Thread.currentThread();
    try (ProcessEnd.Watch watch = realize().processEnd().onSignal(mine::interrupt)) {
      watch.ended(ExitCode.INTERRUPTED.code());
      work.run(report);
      ExitCode code = report.end();
      watch.ended(code.code());
      return code;
    }
  }

  /** Standard output, for people. */
  final PrintWriter out() {
    return Printable.lines(spec().commandLine().getOut());
  }

  /** Standard error, for people. */
  final PrintWriter err() {
    return Printable.lines(spec().commandLine().getErr());
  }

  /** Prints records, indented, for programs. */
  final void printJson(Object records) {
    PrintWriter plain = spec().commandLine().getOut();
    plain.println(ControlJson.print(records));
    plain.flush();
  }
}
