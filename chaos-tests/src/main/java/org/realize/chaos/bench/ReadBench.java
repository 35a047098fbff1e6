package org.realize.chaos.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.realize.chaos.process.Launcher;

/**
 * A bench of reads of large files through the mount: cold beside curl and rclone, warm beside the
 * blob's own file.
 */
final class ReadBench {

  private static final int RANDOM_READS = 20_000;

  private final Launcher launcher;
  private final Path work;
  private final long bytes;
  private final int runs;
  private final Path shared;

  private ReadBench(Launcher launcher, Path work, long bytes, int runs) {
    this.launcher = launcher;
    this.work = work;
    this.bytes = bytes;
    this.runs = runs;
    this.shared = work.resolve("read-shared");
  }

  static List<Figure> run(Launcher launcher, Path work, long bytes, int runs)
      throws IOException, InterruptedException {
    return new ReadBench(launcher, work, bytes, runs).measure();
  }

  private List<Figure> measure() throws IOException, InterruptedException {
    Files.createDirectories(shared);
    for (int run = 0; run < runs; run++) {
      BenchMachine.makeFile(shared.resolve("big" + run), bytes, run);
      BenchMachine.makeFile(shared.resolve("first" + run), bytes, -1 - run);
    }
    List<Figure> figures = new ArrayList<>();
    try (DaemonPair pair = DaemonPair.make(launcher, work.resolve("read"), shared)) {
      pair.source().start();
      pair.viewer().start();
      pair.awaitScanned();
      pair.awaitKnown(2L * runs);
      figures.addAll(cold(pair));
      figures.addAll(warm(pair));
      figures.add(again(pair));
    }
    return figures;
  }

  private List<Figure> cold(DaemonPair pair) throws IOException, InterruptedException {
    List<Double> first = new ArrayList<>();
    List<Double> ours = new ArrayList<>();
    List<Double> curl = new ArrayList<>();
    List<Double> rclone = new ArrayList<>();
    for (int run = 0; run < runs; run++) {
      pair.restartCold();
      Path one = pair.shown().resolve("first" + run);
      first.add(rate(() -> copyOut(one)));
      BenchMachine.dropCaches();
      Path file = pair.shown().resolve("big" + run);
      ours.add(rate(() -> copyOut(file)));
      curl.add(curlRate("big" + run));
      rclone.add(rcloneRate("big" + run));
    }
    String what = "cold sequential read of " + (bytes >> 20) + " MiB through the mount";
    return List.of(
        Figure.beside(
            "the same, the daemons' first read since their start",
            BenchMachine.median(first),
            "MB/s",
            "curl from openssl s_server, TLS 1.3",
            BenchMachine.median(curl),
            "report"),
        Figure.beside(
            what,
            BenchMachine.median(ours),
            "MB/s",
            "curl from openssl s_server, TLS 1.3",
            BenchMachine.median(curl),
            ">= 0.5 x"),
        Figure.beside(
            what,
            BenchMachine.median(ours),
            "MB/s",
            "rclone mount (vfs full) of local http",
            BenchMachine.median(rclone),
            ">= 2 x"));
  }

  private double curlRate(String name) throws IOException, InterruptedException {
    BenchMachine.shell(
        work,
        "[ -e key.pem ] || openssl req -x509 -newkey ed25519 -nodes -subj /CN=bench"
            + " -keyout key.pem -out cert.pem 2>/dev/null");
    BenchMachine.dropCaches();
    int port = BenchMachine.freePort();
    Process server =
        BenchMachine.start(
            shared,
            "openssl",
            "s_server",
            "-accept",
            "127.0.0.1:" + port,
            "-WWW",
            "-tls1_3",
            "-key",
            work.resolve("key.pem").toString(),
            "-cert",
            work.resolve("cert.pem").toString());
    try {
      BenchMachine.awaitPort(port);
      return rate(() ->
          BenchMachine.shell(
              work, "curl -sSk -o /dev/null https://127.0.0.1:" + port + "/" + name));
    } finally {
      BenchMachine.end(server);
    }
  }

  private double rcloneRate(String name) throws IOException, InterruptedException {
    Path mount = Files.createDirectories(work.resolve("rclone-mount"));
    Path cache = Files.createDirectories(work.resolve("rclone-cache"));
    BenchMachine.dropCaches();
    int port = BenchMachine.freePort();
    Process server =
        BenchMachine.start(
            work,
            "rclone",
            "--config",
            "/dev/null",
            "serve",
            "http",
            "--addr",
            "127.0.0.1:" + port,
            shared.toString());
    BenchMachine.awaitPort(port);
    Process client =
        BenchMachine.start(
            work,
            "rclone",
            "--config",
            "/dev/null",
            "mount",
            ":http:",
            mount.toString(),
            "--http-url",
            "http://127.0.0.1:" + port,
            "--vfs-cache-mode",
            "full",
            "--cache-dir",
            cache.toString());
    try {
      BenchMachine.await(
          "rclone mount", Duration.ofSeconds(30), () -> Files.exists(mount.resolve(name)));
      return rate(() -> copyOut(mount.resolve(name)));
    } finally {
      BenchMachine.end(client);
      BenchMachine.end(server);
      BenchMachine.shell(work, "fusermount3 -uz rclone-mount 2>/dev/null; rm -rf rclone-cache");
    }
  }

  private List<Figure> warm(DaemonPair pair) throws IOException, InterruptedException {
    List<Double> ours = new ArrayList<>();
    List<Double> blob = new ArrayList<>();
    List<Figure> figures = new ArrayList<>();
    Path blobFile = largestFileBelow(pair.viewer().directory());
    Path shown = pair.shown().resolve("big" + (runs - 1));
    for (int run = 0; run < runs; run++) {
      pair.viewer().stop();
      pair.viewer().start();
      copyOut(blobFile);
      blob.add(rate(() -> copyOut(blobFile)));
      ours.add(rate(() -> copyOut(shown)));
    }
    figures.add(
        Figure.beside(
            "warm sequential read of " + (bytes >> 20) + " MiB, new mount",
            BenchMachine.median(ours),
            "MB/s",
            "the blob's file",
            BenchMachine.median(blob),
            ">= 0.25 x"));
    for (int readers : new int[] {1, 4}) {
      pair.viewer().stop();
      pair.viewer().start();
      copyOut(blobFile);
      double yardstick = randomReads(blobFile, readers);
      figures.add(
          Figure.beside(
              "warm random reads of 4 KiB, " + readers + (readers == 1 ? " reader" : " readers"),
              randomReads(shown, readers),
              "1/s",
              "pread of the blob's file",
              yardstick,
              "report"));
    }
    return figures;
  }

  private Figure again(DaemonPair pair) throws IOException, InterruptedException {
    List<Double> ours = new ArrayList<>();
    List<Double> source = new ArrayList<>();
    for (int run = 0; run < runs; run++) {
      ours.add(secondRead(pair.shown().resolve("big" + run)));
      source.add(secondRead(shared.resolve("big" + run)));
    }
    return Figure.beside(
        "second read of the same open file",
        BenchMachine.median(ours),
        "MB/s",
        "the source's file",
        BenchMachine.median(source),
        ">= 0.9 x");
  }

  private double secondRead(Path file) throws IOException, InterruptedException {
    try (FileChannel channel = FileChannel.open(file)) {
      drain(channel);
      return rate(() -> drain(channel));
    }
  }

  /** MB/s of moving {@link #bytes}. */
  private double rate(BenchMachine.TimedWork work) throws IOException, InterruptedException {
    return bytes / 1e6 / BenchMachine.seconds(work);
  }

  private static void copyOut(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file)) {
      drain(channel);
    }
  }

  private static void drain(FileChannel channel) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 20);
    for (long at = 0; ; ) {
      int read = channel.read(buffer.clear(), at);
      if (read <= 0) {
        return;
      }
      at += read;
    }
  }

  /** Reads per second of all readers together. */
  private double randomReads(Path file, int readers) throws IOException, InterruptedException {
    List<Thread> threads = new ArrayList<>();
    try (FileChannel channel = FileChannel.open(file)) {
      double seconds =
          BenchMachine.seconds(() -> {
            for (int reader = 0; reader < readers; reader++) {
              long seed = reader;
              threads.add(Thread.ofPlatform().start(() -> readRandomly(channel, seed)));
            }
            for (Thread thread : threads) {
              thread.join();
            }
          });
      return readers * (double) RANDOM_READS / seconds;
    }
  }

  private void readRandomly(FileChannel channel, long seed) {
    Random random = new Random(seed);
    ByteBuffer buffer = ByteBuffer.allocateDirect(4096);
    try {
      for (int i = 0; i < RANDOM_READS; i++) {
        channel.read(buffer.clear(), random.nextLong(bytes / 4096) * 4096);
      }
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static Path largestFileBelow(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files
          .filter(file -> Files.isRegularFile(file) && file.toString().contains("blob"))
          .max((a, b) -> Long.compare(a.toFile().length(), b.toFile().length()))
          .orElseThrow(() -> new IOException("no blob below " + directory));
    }
  }
}
