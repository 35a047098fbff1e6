package org.realize.chaos.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.realize.chaos.process.Launcher;

/**
 * A bench of moves of whole files between two daemons on loopback, beside rsync to its own daemon
 * there (without encryption), both with every file forced to the disk.
 */
final class MoveBench {

  private final Path plain;
  private final RootPair pair;
  private final RsyncDaemon rsync;
  private final int runs;

  private MoveBench(Path plain, RootPair pair, RsyncDaemon rsync, int runs) {
    this.plain = plain;
    this.pair = pair;
    this.rsync = rsync;
    this.runs = runs;
  }

  static List<Figure> run(Launcher launcher, Path base, int files, long bytes, int runs)
      throws IOException, InterruptedException {
    Path work = Files.createDirectories(base.resolve("move"));
    Path plain = Files.createDirectories(work.resolve("plain"));
    Path rsynced = Files.createDirectories(work.resolve("rsynced"));
    try (RootPair pair = RootPair.ofMoves(launcher, work);
        RsyncDaemon rsync = RsyncDaemon.start(work, rsynced)) {
      MoveBench bench = new MoveBench(plain, pair, rsync, runs);
      List<Figure> figures = new ArrayList<>();
      figures.addAll(bench.small(files));
      figures.addAll(bench.large(bytes));
      return figures;
    }
  }

  private List<Figure> small(int files) throws IOException, InterruptedException {
    List<Double> ours = new ArrayList<>();
    List<Double> theirs = new ArrayList<>();
    for (int run = 0; run < runs; run++) {
      Path directory = plain.resolve("small" + run);
      BenchMachine.makeFiles(directory, files, 1_000, 4 << 10);
      theirs.add(BenchMachine.seconds(() -> rsync.send(directory)));
      ours.add(pair.move(directory, files));
    }
    return List.of(
        Figure.beside(
            "move " + files + " files of 4 KiB, the daemons' first",
            ours.getFirst(),
            "s",
            "rsync -a --fsync",
            theirs.getFirst(),
            "report"),
        Figure.beside(
            "move " + files + " files of 4 KiB",
            BenchMachine.median(ours),
            "s",
            "rsync -a --fsync",
            BenchMachine.median(theirs),
            "<= 0.5 x"));
  }

  private List<Figure> large(long bytes) throws IOException, InterruptedException {
    List<Double> ours = new ArrayList<>();
    List<Double> theirs = new ArrayList<>();
    for (int run = 0; run < runs; run++) {
      Path directory = Files.createDirectories(plain.resolve("large" + run));
      BenchMachine.makeFile(directory.resolve("file"), bytes, run);
      theirs.add(BenchMachine.seconds(() -> rsync.send(directory)));
      ours.add(pair.move(directory, 1));
    }
    return List.of(
        Figure.beside(
            "move one file of " + (bytes >> 20) + " MiB",
            BenchMachine.median(ours),
            "s",
            "rsync -a --fsync",
            BenchMachine.median(theirs),
            "<= 1.2 x"));
  }
}
