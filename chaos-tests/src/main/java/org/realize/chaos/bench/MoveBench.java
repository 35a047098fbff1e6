package org.realize.chaos.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.realize.chaos.process.Launcher;
import org.realize.chaos.process.Node;

/**
 * Moving whole files between two daemons on loopback, beside rsync to its own daemon there (without
 * encryption), both with every file forced to the disk.
 */
final class MoveBench {

  private static final String ARENA = "bench";

  private final Path work;
  private final Path root;
  private final Path plain;
  private final Node source;
  private final int runs;

  private MoveBench(Path work, Node source, int runs) {
    this.work = work;
    this.root = work.resolve("from");
    this.plain = work.resolve("plain");
    this.source = source;
    this.runs = runs;
  }

  static List<Figure> run(Launcher launcher, Path base, int files, long bytes, int runs)
      throws IOException, InterruptedException {
    Path work = Files.createDirectories(base.resolve("move"));
    for (String directory : List.of("from", "to", "plain", "rsynced")) {
      Files.createDirectories(work.resolve(directory));
    }
    String address = "127.0.0.1:" + freePort();
    try (Node source = Node.init(launcher, work.resolve("source"), "source");
        Node target = Node.init(launcher, work.resolve("target"), "target", "--listen", address)) {
      source.realize("arena", "add", ARENA, "--root", work.resolve("from").toString());
      target.realize("arena", "add", ARENA, "--root", work.resolve("to").toString());
      target.realize(
          "peer", "add", "source", "--pubkey", source.publicKey().toString(), "--write", ARENA);
      source.realize(
          "peer", "add", "target", "--pubkey", target.publicKey().toString(), "--address", address);
      source.start();
      target.start();
      Machine.await("connection", Pair.LONG, () -> source.status().peers().getFirst().connected());
      MoveBench bench = new MoveBench(work, source, runs);
      List<Figure> figures = new ArrayList<>();
      figures.addAll(bench.small(files));
      figures.addAll(bench.large(bytes));
      source.stop();
      target.stop();
      return figures;
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return free.getLocalPort();
    }
  }

  private List<Figure> small(int files) throws IOException, InterruptedException {
    List<Double> ours = new ArrayList<>();
    List<Double> rsync = new ArrayList<>();
    for (int run = 0; run < runs; run++) {
      String name = "small" + run;
      Machine.makeFiles(plain.resolve(name), files, 1_000, 4 << 10);
      rsync.add(rsync(name));
      ours.add(move(name, files));
    }
    return List.of(
        Figure.beside(
            "move " + files + " files of 4 KiB, the daemons' first",
            ours.getFirst(),
            "s",
            "rsync -a --fsync",
            rsync.getFirst(),
            "report"),
        Figure.beside(
            "move " + files + " files of 4 KiB",
            Machine.median(ours),
            "s",
            "rsync -a --fsync",
            Machine.median(rsync),
            "<= 0.5 x"));
  }

  private List<Figure> large(long bytes) throws IOException, InterruptedException {
    List<Double> ours = new ArrayList<>();
    List<Double> rsync = new ArrayList<>();
    for (int run = 0; run < runs; run++) {
      String name = "large" + run;
      Machine.makeFile(Files.createDirectories(plain.resolve(name)).resolve("file"), bytes, run);
      rsync.add(rsync(name));
      ours.add(move(name, 1));
    }
    return List.of(
        Figure.beside(
            "move one file of " + (bytes >> 20) + " MiB",
            Machine.median(ours),
            "s",
            "rsync -a --fsync",
            Machine.median(rsync),
            "<= 1.2 x"));
  }

  /** Seconds of rsync for a directory below {@link #plain}, which stays. */
  private double rsync(String name) throws IOException, InterruptedException {
    int port = freePort();
    Path configuration = work.resolve("rsyncd.conf");
    Files.writeString(
        configuration,
        "use chroot = no\nuid = root\ngid = root\n[to]\npath = %s\nread only = no\n"
            .formatted(work.resolve("rsynced")));
    Process daemon =
        Machine.start(
            work,
            "rsync",
            "--daemon",
            "--no-detach",
            "--address=127.0.0.1",
            "--port=" + port,
            "--config=" + configuration);
    try {
      Machine.await("rsync's daemon", Pair.LONG, () -> answers(port));
      return Machine.seconds(() ->
          Machine.shell(
              plain, "rsync -a --fsync %s rsync://127.0.0.1:%d/to/".formatted(name, port)));
    } finally {
      Machine.end(daemon);
    }
  }

  private static boolean answers(int port) {
    try (java.net.Socket socket = new java.net.Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  /** Seconds to move a directory of so many files, which is put into the root and indexed first. */
  private double move(String name, int files, String... options)
      throws IOException, InterruptedException {
    Machine.shell(work, "mv plain/%s from/".formatted(name));
    Machine.await("index of " + name, Pair.LONG, () -> localFiles(source) == files);
    settle();
    List<String> words = new ArrayList<>(List.of("move", "source", "target", ARENA, "--json"));
    words.addAll(List.of(options));
    double seconds = Machine.seconds(() -> source.realize(words.toArray(String[]::new)));
    if (Files.exists(root.resolve(name).resolve("file"))) {
      throw new IOException("not moved: " + name);
    }
    Machine.await("index of what was moved", Pair.LONG, () -> localFiles(source) == 0);
    return seconds;
  }

  /** Both sides write what they have put off, so that none pays for the other. */
  private static void settle() throws IOException, InterruptedException {
    Machine.shell(Path.of("/"), "sync");
    TimeUnit.SECONDS.sleep(1);
  }

  private static long localFiles(Node node) throws IOException {
    return node.arena(ARENA).localFiles();
  }
}
