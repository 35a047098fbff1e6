package org.realize.chaos.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.realize.chaos.process.Launcher;
import org.realize.chaos.process.NodeProcess;

/** Two running daemons on loopback, {@code source} and {@code target}, each with a root. */
final class RootPair extends SyncedPair {

  private static final String ARENA = "bench";

  private final Path work;
  private final NodeProcess source;
  private final NodeProcess target;

  private RootPair(Path work, NodeProcess source, NodeProcess target) throws IOException {
    super(
        Files.createDirectories(work.resolve("from")), Files.createDirectories(work.resolve("to")));
    this.work = work;
    this.source = source;
    this.target = target;
  }

  /** A pair whose source may write into the target's root, for moves. */
  static RootPair ofMoves(Launcher launcher, Path work) throws IOException, InterruptedException {
    return start(launcher, work, "--write", ARENA);
  }

  /** Makes both in {@code work}, starts them and waits until they are connected. */
  static RootPair start(Launcher launcher, Path work, String... granted)
      throws IOException, InterruptedException {
    String address = "127.0.0.1:" + BenchMachine.freePort();
    NodeProcess source =
        NodeProcess.init(launcher, work.resolve("source"), "source", "--listen", "off");
    NodeProcess target =
        NodeProcess.init(launcher, work.resolve("target"), "target", "--listen", address);
    RootPair pair = new RootPair(work, source, target);
    source.realize("arena", "add", ARENA, "--root", pair.from.toString());
    target.realize("arena", "add", ARENA, "--root", pair.to.toString());
    DaemonPair.introduce(source, target, address, granted);
    try {
      source.start();
      target.start();
      BenchMachine.await(
          "connection", DaemonPair.LONG, () -> source.status().peers().getFirst().connected());
      return pair;
    } catch (IOException | InterruptedException e) {
      pair.close();
      throw e;
    }
  }

  @Override
  double debounceSeconds() {
    return 3;
  }

  @Override
  List<Long> pids() {
    return List.of(source.pid(), target.pid());
  }

  @Override
  double restartReceiver() throws IOException, InterruptedException {
    target.stop();
    return target.start().toNanos() / 1e9;
  }

  NodeProcess source() {
    return source;
  }

  NodeProcess target() {
    return target;
  }

  /**
   * Puts a directory with so many files, the only ones then, into the source's root and waits until
   * they are indexed and nothing is left to be written.
   */
  void put(Path directory, int files) throws IOException, InterruptedException {
    BenchMachine.shell(work, "mv %s from/".formatted(directory));
    BenchMachine.await("index of " + directory, DaemonPair.LONG, () -> localFiles(source) == files);
    BenchMachine.settle();
  }

  /** Moves all that was put there to the target; returns the seconds it took. */
  double move(String... options) throws IOException, InterruptedException {
    List<String> words = new ArrayList<>(List.of("move", "source", "target", ARENA, "--json"));
    words.addAll(List.of(options));
    double seconds =
        BenchMachine.seconds(() -> source.realize(DaemonPair.LONG, words.toArray(String[]::new)));
    BenchMachine.await(
        "index of what was moved",
        DaemonPair.LONG,
        () -> localFiles(source) == 0 && localFiles(target) == target.arena(ARENA).files());
    return seconds;
  }

  /** As {@link #put}, then {@link #move}. */
  double move(Path directory, int files, String... options)
      throws IOException, InterruptedException {
    put(directory, files);
    return move(options);
  }

  /** Removes what was moved, and waits until both know that. */
  void clearTarget() throws IOException, InterruptedException {
    BenchMachine.shell(work, "rm -rf to/*");
    BenchMachine.await(
        "removal of what was moved",
        DaemonPair.LONG,
        () -> localFiles(target) == 0 && source.arena(ARENA).files() == 0);
  }

  private static long localFiles(NodeProcess node) throws IOException {
    return node.arena(ARENA).localFiles();
  }

  /** Ends both daemons cleanly. */
  @Override
  public void close() {
    DaemonPair.end(source, target);
  }
}
