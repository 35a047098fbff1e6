package org.realize.chaos.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.realize.chaos.process.Launcher;

/** Many names: catch-up, listing, memory and start. */
final class TreeBench {

  private TreeBench() {}

  static List<Figure> many(Launcher launcher, Path work, int files, int runs)
      throws IOException, InterruptedException {
    Path shared = Files.createDirectories(work.resolve("tree-shared"));
    BenchMachine.makeFiles(shared, files, 100, 16);
    List<Figure> figures = new ArrayList<>();
    try (DaemonPair pair = DaemonPair.make(launcher, work.resolve("tree"), shared)) {
      pair.source().start();
      pair.awaitScanned();
      pair.viewer().start();
      double seconds = pair.awaitKnown(files);
      figures.add(
          Figure.alone(
              "tree of " + files + " files reaches the other peer",
              files / seconds,
              "files/s",
              ">= 20,000"));
      figures.addAll(listing(pair, work, shared, runs));
      figures.add(
          Figure.alone(
              "resident memory, " + files + " files known",
              BenchMachine.residentMegabytes(pair.viewer().pid()),
              "MB",
              "<= 500"));
      figures.addAll(starts(pair, files, runs));
    }
    return figures;
  }

  private static List<Figure> listing(DaemonPair pair, Path work, Path shared, int runs)
      throws IOException, InterruptedException {
    Path bind = Files.createDirectories(work.resolve("bindfs-mount"));
    BenchMachine.shell(work, "bindfs -r tree-shared bindfs-mount");
    List<Double> ls = new ArrayList<>();
    List<Double> bindLs = new ArrayList<>();
    List<Double> stat = new ArrayList<>();
    List<Double> bindStat = new ArrayList<>();
    try {
      BenchMachine.shell(shared, "find d* -type f -print0 > ../names");
      for (int run = 0; run < runs; run++) {
        ls.add(cold(pair.shown(), "ls -lR"));
        bindLs.add(cold(bind, "ls -lR --ignore=.realize"));
        stat.add(cold(pair.shown(), "xargs -0 stat -c %s < " + work.resolve("names")));
        bindStat.add(cold(bind, "xargs -0 stat -c %s < " + work.resolve("names")));
      }
    } finally {
      BenchMachine.shell(work, "fusermount3 -u bindfs-mount");
    }
    return List.of(
        speed("ls -lR, kernel caches cold", ls, bindLs),
        speed("stat of each, kernel caches cold", stat, bindStat));
  }

  private static double cold(Path directory, String script)
      throws IOException, InterruptedException {
    BenchMachine.dropCaches();
    return BenchMachine.seconds(() -> BenchMachine.shell(directory, script));
  }

  /** As speeds, so that a higher ratio is better. */
  private static Figure speed(String what, List<Double> ours, List<Double> bindfs) {
    return Figure.beside(
        what,
        1 / BenchMachine.median(ours),
        "runs/s",
        "bindfs",
        1 / BenchMachine.median(bindfs),
        ">= 1 x");
  }

  private static List<Figure> starts(DaemonPair pair, int files, int runs)
      throws IOException, InterruptedException {
    List<Double> clean = new ArrayList<>();
    List<Double> killed = new ArrayList<>();
    for (int run = 0; run < runs; run++) {
      pair.viewer().stop();
      clean.add(startAndList(pair));
      pair.viewer().kill();
      killed.add(startAndList(pair));
    }
    return List.of(
        Figure.alone(
            "start to first ls, " + files + " files", BenchMachine.median(clean), "s", "<= 6"),
        Figure.alone("the same after kill -9", BenchMachine.median(killed), "s", "<= 6"));
  }

  private static double startAndList(DaemonPair pair) throws IOException, InterruptedException {
    return BenchMachine.seconds(() -> {
      pair.viewer().start();
      BenchMachine.shell(pair.shown(), "ls d0");
    });
  }

  /** One directory of {@code files} names. */
  static List<Figure> wide(Launcher launcher, Path work, int files)
      throws IOException, InterruptedException {
    Path shared = Files.createDirectories(work.resolve("wide-shared"));
    BenchMachine.makeFiles(shared, files, files, 1);
    try (DaemonPair pair = DaemonPair.make(launcher, work.resolve("wide"), shared)) {
      pair.source().start();
      pair.awaitScanned();
      pair.viewer().start();
      double seconds = pair.awaitKnown(files);
      BenchMachine.dropCaches();
      double first =
          BenchMachine.seconds(() -> {
            try (var names = Files.newDirectoryStream(pair.shown().resolve("d0"))) {
              names.iterator().next();
            }
          });
      return List.of(
          Figure.alone(
              "tree of " + files + " files in one directory reaches the other peer",
              files / seconds,
              "files/s",
              "report"),
          Figure.alone("first entry of a directory of " + files, first * 1000, "ms", "<= 50"),
          Figure.alone(
              "resident memory, " + files + " files known",
              BenchMachine.residentMegabytes(pair.viewer().pid()),
              "MB",
              "<= 1,200"),
          Figure.alone(
              "resident memory of the source, " + files + " files",
              BenchMachine.residentMegabytes(pair.source().pid()),
              "MB",
              "<= 1,200"));
    }
  }
}
