package org.realize.chaos.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.realize.chaos.process.Launcher;

/**
 * A bench of memory: the growth of both ends while they move one very large file, above their size
 * after the move of a smaller one.
 */
final class MemoryBench {

  private static final long WARM_UP_BYTES = 512L << 20;

  private MemoryBench() {}

  static List<Figure> run(Launcher launcher, Path base, long bytes, int runs)
      throws IOException, InterruptedException {
    List<Double> source = new ArrayList<>();
    List<Double> target = new ArrayList<>();
    for (int run = 0; run < runs; run++) {
      Path work = Files.createDirectories(base.resolve("memory"));
      try (RootPair pair = RootPair.ofMoves(launcher, work)) {
        pair.move(directory(work, "warm", WARM_UP_BYTES), 1);
        pair.clearTarget();
        pair.put(directory(work, "large", bytes), 1);
        Growth ofSource = Growth.begin(pair.source().pid());
        Growth ofTarget = Growth.begin(pair.target().pid());
        pair.move();
        source.add(ofSource.megabytes());
        target.add(ofTarget.megabytes());
      }
      BenchMachine.shell(base, "rm -rf memory");
    }
    String what = "peak memory beyond idle, moving one file of " + (bytes >> 20) + " MiB: ";
    return List.of(
        Figure.alone(what + "source", BenchMachine.median(source), "MB", "<= 64"),
        Figure.alone(what + "target", BenchMachine.median(target), "MB", "<= 64"));
  }

  private static Path directory(Path work, String name, long bytes) throws IOException {
    Path directory = Files.createDirectories(work.resolve(name));
    BenchMachine.makeFile(directory.resolve("file"), bytes, 5);
    return directory;
  }

  /** A process's memory, from a moment on. */
  private record Growth(long pid, double idleMegabytes) {

    static Growth begin(long pid) throws IOException {
      BenchMachine.forgetPeak(pid);
      return new Growth(pid, BenchMachine.residentMegabytes(pid));
    }

    double megabytes() throws IOException {
      return BenchMachine.peakMegabytes(pid) - idleMegabytes;
    }
  }
}
