package org.realize.chaos.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import org.realize.chaos.process.Launcher;
import org.realize.chaos.process.NodeProcess;

/**
 * Two fresh nodes: {@code source} shares a directory as arena {@code bench}, {@code viewer} mounts
 * it.
 */
final class DaemonPair implements AutoCloseable {

  private static final Pattern SCANNED = Pattern.compile("scanned bench in (\\d+) ms");
  static final Duration LONG = Duration.ofMinutes(10);

  private final NodeProcess source;
  private final NodeProcess viewer;
  private final Path mount;

  private DaemonPair(NodeProcess source, NodeProcess viewer, Path mount) {
    this.source = source;
    this.viewer = viewer;
    this.mount = mount;
  }

  static DaemonPair make(Launcher launcher, Path base, Path shared)
      throws IOException, InterruptedException {
    String address = "127.0.0.1:" + BenchMachine.freePort();
    return make(launcher, base, shared, new PairAddresses(address, address));
  }

  /** With {@code relay} between the two. */
  static DaemonPair make(Launcher launcher, Path base, Path shared, Relay relay)
      throws IOException, InterruptedException {
    return make(launcher, base, shared, new PairAddresses(relay.address(), relay.behind()));
  }

  /**
   * The addresses of a pair: the one that the viewer dials, and the one where the source listens.
   */
  private record PairAddresses(String dialled, String listening) {}

  private static DaemonPair make(Launcher launcher, Path base, Path shared, PairAddresses way)
      throws IOException, InterruptedException {
    Files.createDirectories(base);
    Path mount = Files.createDirectories(base.resolve("mount"));
    NodeProcess source =
        NodeProcess.init(launcher, base.resolve("source"), "source", "--listen", way.listening());
    NodeProcess viewer =
        NodeProcess.init(
            launcher,
            base.resolve("viewer"),
            "viewer",
            "--listen",
            "off",
            "--mount",
            mount.toString());
    introduce(viewer, source, way.dialled());
    source.realize("arena", "add", "bench", "--root", shared.toString());
    viewer.realize("arena", "add", "bench");
    return new DaemonPair(source, viewer, mount);
  }

  /**
   * Makes two nodes peers: {@code dialler} calls {@code listener}, which grants it these rights.
   */
  static void introduce(
      NodeProcess dialler, NodeProcess listener, String address, String... granted)
      throws IOException, InterruptedException {
    List<String> words = new ArrayList<>();
    words.addAll(List.of("peer", "add", dialler.name()));
    words.addAll(List.of("--pubkey", dialler.publicKey().toString()));
    words.addAll(List.of(granted));
    listener.realize(words.toArray(String[]::new));
    String key = listener.publicKey().toString();
    dialler.realize("peer", "add", listener.name(), "--pubkey", key, "--address", address);
  }

  NodeProcess source() {
    return source;
  }

  NodeProcess viewer() {
    return viewer;
  }

  /** The arena in the viewer's mount. */
  Path shown() {
    return mount.resolve("bench");
  }

  /** Waits until the source has scanned its root since it started; returns the scan's seconds. */
  double awaitScanned() throws IOException, InterruptedException {
    BenchMachine.await("scan", LONG, () -> source.logged(SCANNED).isPresent());
    return Long.parseLong(source.logged(SCANNED).orElseThrow()) / 1000.0;
  }

  /** Waits until the viewer knows {@code files} files; returns the seconds since it connected. */
  double awaitKnown(long files) throws IOException, InterruptedException {
    BenchMachine.await(
        "catch-up of " + files + " files", LONG, () -> viewer.arena("bench").files() >= files);
    Instant now = Instant.now();
    Instant since = Objects.requireNonNull(viewer.status().peers().getFirst().since());
    return Duration.between(since, now).toMillis() / 1000.0;
  }

  /** Stops both, drops the kernel's caches, starts both and waits until they are connected. */
  void restartCold() throws IOException, InterruptedException {
    source.stop();
    viewer.stop();
    BenchMachine.dropCaches();
    source.start();
    viewer.start();
    awaitConnected();
  }

  void awaitConnected() throws IOException, InterruptedException {
    BenchMachine.await(
        "connection", Duration.ofMinutes(1), () -> viewer.status().peers().getFirst().connected());
  }

  /** Ends both daemons cleanly, so that nothing stays mounted. */
  @Override
  public void close() {
    end(viewer, source);
  }

  static void end(NodeProcess first, NodeProcess second) {
    try {
      first.stop();
      second.stop();
    } catch (IOException e) {
      System.err.println("bench: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      first.close();
      second.close();
    }
  }
}
