package org.realize.chaos.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.realize.chaos.process.Launcher;

/**
 * A bench of moves that are held to a rate, packed where that pays beside never packed: a tar of
 * the JDK's sources, which shrinks, and a zip of its classes, which does not.
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

  /** {@code all}: the whole JDK, else the sources of {@code java.base} only. */
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
      bench.move("classes.zip", "auto");
      return List.of(bench.shrinks(), bench.doesNotShrink());
    }
  }

  /** As speeds, so that a higher ratio is better. */
  private Figure shrinks() throws IOException, InterruptedException {
    Path tar = work.resolve("sources.tar");
    double megabytes = Files.size(tar) / 1e6;
    Seconds seconds = measure(tar.getFileName().toString());
    return Figure.beside(
        "move a tar of JDK sources, %.0f MB, at %s, auto".formatted(megabytes, RATE),
        megabytes / seconds.packed(),
        "MB/s",
        "--compress off",
        megabytes / seconds.plain(),
        ">= 2.5 x");
  }

  private Figure doesNotShrink() throws IOException, InterruptedException {
    Path zip = work.resolve("classes.zip");
    Seconds seconds = measure(zip.getFileName().toString());
    return Figure.beside(
        "move a zip of JDK classes, %.0f MB, at %s, auto".formatted(Files.size(zip) / 1e6, RATE),
        seconds.packed(),
        "s",
        "--compress off",
        seconds.plain(),
        "<= 1.02 x");
  }

  private record Seconds(double packed, double plain) {}

  private Seconds measure(String file) throws IOException, InterruptedException {
    List<Double> packed = new ArrayList<>();
    List<Double> plain = new ArrayList<>();
    for (int run = 0; run < runs; run++) {
      plain.add(move(file, "off"));
      packed.add(move(file, "auto"));
    }
    return new Seconds(BenchMachine.median(packed), BenchMachine.median(plain));
  }

  /** Moves a copy of the file; the target loses it again, so that it does not fill up. */
  private double move(String file, String compress) throws IOException, InterruptedException {
    Path moved = Files.createDirectories(work.resolve("moved"));
    Files.copy(work.resolve(file), moved.resolve(file));
    double seconds = pair.move(moved, 1, "--throttle-up", RATE, "--compress", compress);
    pair.clearTarget();
    return seconds;
  }
}
