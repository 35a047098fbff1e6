package org.realize.chaos.bench;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.realize.chaos.process.Launcher;

/**
 * A bench of filling a cache at full download speed, with blobs on a file system of their own: with
 * a limit that a quarter of the files reach, beside one that is never reached. The space in use on
 * that file system is sampled every ten milliseconds.
 */
final class FillBench {

  private final Launcher launcher;
  private final Path work;
  private final Path shared;
  private final int files;
  private final long fileBytes;

  private FillBench(Launcher launcher, Path work, int files, long fileBytes) throws IOException {
    this.launcher = launcher;
    this.work = Files.createDirectories(work.resolve("fill"));
    this.shared = Files.createDirectories(this.work.resolve("shared"));
    this.files = files;
    this.fileBytes = fileBytes;
  }

  static List<Figure> run(Launcher launcher, Path work, int files, long fileBytes, int runs)
      throws IOException, InterruptedException {
    FillBench bench = new FillBench(launcher, work, files, fileBytes);
    return bench.measure(runs);
  }

  /** The figures of one pass over all files. */
  private record FillPass(double megabytesPerSecond, long peakBytes) {}

  private List<Figure> measure(int runs) throws IOException, InterruptedException {
    for (int n = 0; n < files; n++) {
      BenchMachine.makeFile(shared.resolve("file" + n), fileBytes, n);
    }
    long all = files * fileBytes;
    long max = all / 4;
    List<Double> limited = new ArrayList<>();
    List<Double> unlimited = new ArrayList<>();
    double peak = 0;
    for (int run = 0; run < runs; run++) {
      unlimited.add(pass("unlimited" + run, 2 * all).megabytesPerSecond());
      FillPass pass = pass("limited" + run, max);
      limited.add(pass.megabytesPerSecond());
      peak = Math.max(peak, (double) pass.peakBytes() / max);
    }
    return List.of(
        Figure.beside(
            "reading %d MiB through a cache of %d MiB".formatted(all >> 20, max >> 20),
            BenchMachine.median(limited),
            "MB/s",
            "the same with no limit",
            BenchMachine.median(unlimited),
            ">= 0.9 x"),
        Figure.alone("the most that the blobs took, of the limit", peak, "x", "<= 1.01"));
  }

  private FillPass pass(String name, long maxBytes) throws IOException, InterruptedException {
    Path base = Files.createDirectories(work.resolve(name));
    Path blobs = base.resolve("viewer").resolve("state").resolve("blobs");
    try (DaemonPair pair = DaemonPair.make(launcher, base, shared)) {
      Files.writeString(
          pair.viewer().directory().resolve("realize.toml"),
          "cache = { max = \"%d MiB\", leave = \"0%%\" }\n".formatted(maxBytes >> 20),
          StandardOpenOption.APPEND);
      Files.createDirectories(blobs);
      long image = files * fileBytes * 5 / 4 + (256L << 20);
      BenchMachine.shell(
          base,
          "truncate -s %d image && mkfs.ext4 -q -m 0 image && mount -o loop image '%s'"
              .formatted(image, blobs));
      try {
        pair.source().start();
        pair.viewer().start();
        pair.awaitScanned();
        pair.awaitKnown(files);
        FillPass pass = read(pair, blobs);
        pair.viewer().stop();
        pair.source().stop();
        return pass;
      } finally {
        pair.viewer().close();
        BenchMachine.shell(base, "umount '%s' && rm image".formatted(blobs));
      }
    }
  }

  private FillPass read(DaemonPair pair, Path blobs) throws IOException, InterruptedException {
    BenchMachine.dropCaches();
    FileStore disk = Files.getFileStore(blobs);
    long before = disk.getTotalSpace() - disk.getUnallocatedSpace();
    AtomicLong peak = new AtomicLong();
    Thread sampler =
        Thread.ofPlatform()
            .start(() -> {
              try {
                while (true) {
                  long used = disk.getTotalSpace() - disk.getUnallocatedSpace() - before;
                  peak.accumulateAndGet(used, Math::max);
                  TimeUnit.MILLISECONDS.sleep(10);
                }
              } catch (IOException | InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    double seconds;
    try {
      seconds =
          BenchMachine.seconds(() -> BenchMachine.shell(pair.shown(), "cat file* > /dev/null"));
    } finally {
      sampler.interrupt();
      sampler.join();
    }
    return new FillPass(files * fileBytes / 1e6 / seconds, peak.get());
  }
}
