package org.realize.chaos.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.realize.chaos.process.Launcher;

/** A bench of the first and the second scan of many files, beside openssl and find. */
final class ScanBench {

  private ScanBench() {}

  static List<Figure> run(Launcher launcher, Path work, int files, int runs)
      throws IOException, InterruptedException {
    Path shared = Files.createDirectories(work.resolve("scan-shared"));
    BenchMachine.makeFiles(shared, files, 100, 100_000);
    List<Double> first = new ArrayList<>();
    List<Double> openssl = new ArrayList<>();
    List<Double> second = new ArrayList<>();
    List<Double> find = new ArrayList<>();
    for (int run = 0; run < runs; run++) {
      openssl.add(
          BenchMachine.seconds(() ->
              BenchMachine.shell(
                  shared,
                  "find . -name .realize -prune -o -type f -print0"
                      + " | xargs -0 -n 500 -P 2 openssl dgst -sha256")));
      try (DaemonPair pair = DaemonPair.make(launcher, work.resolve("scan" + run), shared)) {
        pair.source().start();
        first.add(pair.awaitScanned());
        pair.source().stop();
        find.add(
            BenchMachine.seconds(() -> BenchMachine.shell(shared, "find . -printf '%s %T@\\n'")));
        pair.source().start();
        second.add(pair.awaitScanned());
      }
      BenchMachine.shell(shared, "rm -rf .realize");
    }
    return List.of(
        Figure.beside(
            "first scan + hash of " + files + " files of 100 kB",
            BenchMachine.median(first),
            "s",
            "openssl dgst -sha256, 2 processes",
            BenchMachine.median(openssl),
            "<= 1.6 x"),
        Figure.beside(
            "second scan, nothing changed",
            BenchMachine.median(second),
            "s",
            "find -printf '%s %T@'",
            BenchMachine.median(find),
            "<= 10 x"));
  }
}
