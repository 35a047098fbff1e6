package org.realize.chaos.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.realize.chaos.process.Launcher;

/**
 * A bench of moves that are held to a rate, with {@code --compress auto} beside {@code off}: of a
 * tar of the JDK's sources, which shrinks, and of a zip of its classes, which does not.
 */
final class CompressBench {

  private static final String RATE = "20M";

  private final Path work;
  private final RootPair pair;
  private final int runs;

  private CompressBench(Path work, RootPair pair, int runs) {
    this.work = work;
    this.pair = pair;
    this.runs = runs;
  }

  /** Runs it; {@code all}: with the sources of the whole JDK, else of {@code java.base} only. */
  static List<Figure> run(Launcher launcher, Path base, boolean all, int runs)
      throws IOException, InterruptedException {
    Path work = Files.createDirectories(base.resolve("compress"));
    BenchMachine.shell(
        work,
        """
        jdk=%s
        mkdir sources
        (cd sources && $jdk/bin/jar -xf $jdk/lib/src.zip %s)
        tar -cf sources.tar sources
        $jdk/bin/jimage extract --dir classes $jdk/lib/modules
        $jdk/bin/jar -cMf classes.zip classes
        rm -rf sources classes
        """
            .formatted(System.getProperty("java.home"), all ? "" : "java.base"));
    try (RootPair pair = RootPair.ofMoves(launcher, work)) {
      CompressBench bench = new CompressBench(work, pair, runs);
      bench.move("classes.zip", "auto"); // warms both sides up
      return List.of(bench.shrinks(), bench.doesNotShrink());
    }
  }

  /** A figure in MB/s, so that a higher ratio is better. */
  private Figure shrinks() throws IOException, InterruptedException {
    Path tar = work.resolve("sources.tar");
    double megabytes = Files.size(tar) / 1e6;
    Seconds seconds = measure(tar.getFileName().toString());
    return Figure.beside(
        "move a tar of JDK sources, %.0f MB, at %s, auto".formatted(megabytes, RATE),
        megabytes / seconds.auto(),
        "MB/s",
        "--compress off",
        megabytes / seconds.off(),
        ">= 2.5 x");
  }

  private Figure doesNotShrink() throws IOException, InterruptedException {
    Path zip = work.resolve("classes.zip");
    Seconds seconds = measure(zip.getFileName().toString());
    return Figure.beside(
        "move a zip of JDK classes, %.0f MB, at %s, auto".formatted(Files.size(zip) / 1e6, RATE),
        seconds.auto(),
        "s",
        "--compress off",
        seconds.off(),
        "<= 1.02 x");
  }

  private record Seconds(double auto, double off) {}

  private Seconds measure(String file) throws IOException, InterruptedException {
    List<Double> auto = new ArrayList<>();
    List<Double> off = new ArrayList<>();
    for (int run = 0; run < runs; run++) {
      off.add(move(file, "off"));
      auto.add(move(file, "auto"));
    }
    return new Seconds(BenchMachine.median(auto), BenchMachine.median(off));
  }

  /** Moves a copy of the file; the target loses it again, so that it does not fill up. */
  private double move(String file, String compress) throws IOException, InterruptedException {
    Path outgoing = Files.createDirectories(work.resolve("moved"));
    Files.copy(work.resolve(file), outgoing.resolve(file));
    double seconds = pair.move(outgoing, 1, "--throttle-up", RATE, "--compress", compress);
    pair.clearTarget();
    return seconds;
  }
}
