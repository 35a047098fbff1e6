package org.realize.chaos.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.realize.nima.control.ArenaStatus;
import org.realize.nima.control.ControlClient;
import org.realize.nima.control.Household;
import org.realize.nima.control.HouseholdStatus;
import org.realize.sync.model.RealizeException;

/**
 * One node of a household: its directory, and its daemon while that runs. Every wait has a
 * deadline, but the one for the end of a killed process. Used by one thread.
 */
public final class NodeProcess implements AutoCloseable {

  private static final Duration COMMAND_DEADLINE = Duration.ofMinutes(2);
  private static final Duration START_DEADLINE = Duration.ofSeconds(90);
  private static final Duration STOP_DEADLINE = Duration.ofSeconds(60);

  private final Launcher launcher;
  private final Path directory;
  private final String name;
  private @Nullable Process daemon;
  private @Nullable ControlClient control;
  private long logStartBytes;

  /** A node that is there already: its configuration, its key, and {@link #publicKey}. */
  public NodeProcess(Launcher launcher, Path directory, String name) {
    this.launcher = launcher;
    this.directory = directory;
    this.name = name;
  }

  /** Makes the node with {@code realize init}; its public key is then in {@link #publicKey}. */
  public static NodeProcess init(Launcher launcher, Path directory, String name, String... options)
      throws IOException, InterruptedException {
    NodeProcess node = new NodeProcess(launcher, directory, name);
    List<String> words =
        new ArrayList<>(List.of("init", "--dir", directory.toString(), "--name", name));
    words.addAll(List.of(options));
    String pem = node.run(words, COMMAND_DEADLINE);
    Files.writeString(node.publicKey(), pem);
    return node;
  }

  public String name() {
    return name;
  }

  public Path directory() {
    return directory;
  }

  public Path publicKey() {
    return directory.resolve("public.pem");
  }

  public Path log() {
    return directory.resolve("daemon.log");
  }

  /**
   * Runs a subcommand on this node ({@code --dir} is added); returns its output, throws on failure.
   */
  public String realize(String... words) throws IOException, InterruptedException {
    return realize(COMMAND_DEADLINE, words);
  }

  /** As {@link #realize(String...)}, for a subcommand that may take longer. */
  public String realize(Duration deadline, String... words)
      throws IOException, InterruptedException {
    List<String> all = new ArrayList<>(List.of(words));
    all.addAll(List.of("--dir", directory.toString()));
    return run(all, deadline);
  }

  /** Starts a subcommand on this node, whose output is thrown away; the caller ends it. */
  public Process begin(String... words) throws IOException {
    List<String> all = new ArrayList<>(List.of(words));
    all.addAll(List.of("--dir", directory.toString()));
    return new ProcessBuilder(launcher.command(all))
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  private String run(List<String> words, Duration deadline)
      throws IOException, InterruptedException {
    Path out = Files.createTempFile("realize-out", "");
    Path err = Files.createTempFile("realize-err", "");
    try {
      Process process =
          new ProcessBuilder(launcher.command(words))
              .redirectOutput(out.toFile())
              .redirectError(err.toFile())
              .start();
      boolean ended = process.waitFor(deadline.toSeconds(), TimeUnit.SECONDS);
      if (!ended) {
        process.destroyForcibly();
      }
      if (!ended || process.exitValue() != 0) {
        throw new IOException(
            name
                + ": "
                + words
                + (ended ? " exited " + process.exitValue() : " did not end")
                + ": "
                + Files.readString(err)
                + Files.readString(out));
      }
      return Files.readString(out);
    } finally {
      Files.deleteIfExists(out);
      Files.deleteIfExists(err);
    }
  }

  /** Starts the daemon and waits for its line {@code ready}; returns how long that took. */
  public Duration start() throws IOException, InterruptedException {
    Path out = directory.resolve("daemon.out");
    Files.deleteIfExists(out);
    logStartBytes = Files.exists(log()) ? Files.size(log()) : 0;
    long begin = System.nanoTime();
    Process process =
        new ProcessBuilder(launcher.command(List.of("daemon", "--dir", directory.toString())))
            .redirectOutput(out.toFile())
            .redirectError(ProcessBuilder.Redirect.appendTo(log().toFile()))
            .start();
    daemon = process;
    control = null;
    while (!Files.exists(out) || !Files.readString(out).lines().anyMatch("ready"::equals)) {
      if (!process.isAlive()) {
        throw new IOException(name + ": the daemon exited " + process.exitValue() + ": " + tail());
      }
      if (System.nanoTime() - begin > START_DEADLINE.toNanos()) {
        process.destroyForcibly();
        throw new IOException(name + ": the daemon is not ready: " + tail());
      }
      TimeUnit.MILLISECONDS.sleep(5);
    }
    return Duration.ofNanos(System.nanoTime() - begin);
  }

  /**
   * The first group of {@code pattern}'s last match in what the daemon has logged since its start.
   */
  public Optional<String> logged(Pattern pattern) throws IOException {
    byte[] all = Files.readAllBytes(log());
    int start = (int) logStartBytes;
    String text = new String(all, start, all.length - start, StandardCharsets.UTF_8);
    return pattern.matcher(text).results().reduce((_, last) -> last).map(match -> match.group(1));
  }

  private String tail() throws IOException {
    List<String> lines = Files.readAllLines(log());
    return String.join("\n", lines.subList(Math.max(0, lines.size() - 20), lines.size()));
  }

  public boolean running() {
    return daemon != null && daemon.isAlive();
  }

  public long pid() {
    if (daemon == null) {
      throw new IllegalStateException(name + " is not running");
    }
    return daemon.pid();
  }

  /** Lets the daemon run for {@code time}; throws if it ends by itself. */
  public void runFor(Duration time) throws IOException, InterruptedException {
    if (daemon == null || daemon.waitFor(time.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new IOException(name + ": the daemon does not run: " + tail());
    }
  }

  /** Ends the daemon with SIGTERM; returns its exit code, 0 if there is none. */
  public int stop() throws IOException, InterruptedException {
    Process process = daemon;
    if (process == null) {
      return 0;
    }
    process.destroy();
    if (!process.waitFor(STOP_DEADLINE.toSeconds(), TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new IOException(name + ": the daemon did not end on SIGTERM: " + tail());
    }
    daemon = null;
    return process.exitValue();
  }

  /** Ends the daemon with SIGKILL, if there is one, and waits for its end. */
  public void kill() throws InterruptedException {
    Process process = daemon;
    if (process != null) {
      process.destroyForcibly();
      process.waitFor();
      daemon = null;
    }
  }

  /** The commands of the running daemon, without a process for each. */
  public Household commands() throws IOException {
    ControlClient client = control;
    if (client == null) {
      Path socket = directory.resolve("control").resolve("realize.sock");
      client =
          ControlClient.open(socket)
              .orElseThrow(() -> new IOException(name + ": no daemon at " + socket));
      control = client;
    }
    return client;
  }

  /** What the daemon says of itself; throws when it does not answer. */
  public HouseholdStatus status() throws IOException {
    try {
      return commands().status();
    } catch (RealizeException e) {
      throw new IOException(name + ": " + e.oneLine(), e);
    }
  }

  /** The arena's part of {@link #status}. */
  public ArenaStatus arena(String arena) throws IOException {
    for (ArenaStatus each : status().arenas()) {
      if (each.name().toString().equals(arena)) {
        return each;
      }
    }
    throw new IOException(name + ": status knows no arena " + arena);
  }

  /** Kills the daemon if it runs. */
  @Override
  public void close() {
    try {
      kill();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
