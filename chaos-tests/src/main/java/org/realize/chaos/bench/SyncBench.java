package org.realize.chaos.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.realize.chaos.process.Launcher;

/**
 * A bench of changes that become real files on the other machine, beside syncthing and {@code rsync
 * -a --fsync}, all on an ext4 file system of their own. What each program waits before it looks at
 * a change is not counted.
 */
final class SyncBench {

  private static final int SMALL = 4 << 10;

  private final Path plain;
  private final RsyncDaemon rsync;

  private SyncBench(Path plain, RsyncDaemon rsync) {
    this.plain = plain;
    this.rsync = rsync;
  }

  /**
   * Runs all of it.
   *
   * @param files of the rows of small files; those of many files have ten times as many
   * @param bytes of the large file
   */
  static List<Figure> run(Launcher launcher, Path base, int files, long bytes)
      throws IOException, InterruptedException {
    Path work = Files.createDirectories(base.resolve("sync"));
    Path image = base.resolve("sync.img");
    BenchMachine.shell(
        base,
        "truncate -s 60G %1$s && mkfs.ext4 -q -F %1$s && mount -o loop %1$s %2$s"
            .formatted(image, work));
    try {
      Path plain = Files.createDirectories(work.resolve("plain"));
      Path rsynced = Files.createDirectories(work.resolve("rsynced"));
      List<Figure> figures = new ArrayList<>();
      try (RsyncDaemon rsync = RsyncDaemon.start(work, rsynced)) {
        SyncBench bench = new SyncBench(plain, rsync);
        Times theirs;
        Times ours;
        try (SyncedPair pair = SyncthingPair.start(work)) {
          theirs = bench.measure(pair, files, bytes);
        }
        try (SyncedPair pair = RootPair.start(launcher, work)) {
          ours = bench.measure(pair, files, bytes);
        }
        figures.addAll(table(files, bytes, ours, theirs, bench.rsync(files, bytes)));
      }
      return figures;
    } finally {
      BenchMachine.shell(base, "umount %s && rm -f %s".formatted(work, image));
    }
  }

  /** Seconds by row. */
  private record Times(
      double first,
      double third,
      double thirdCpu,
      double many,
      double large,
      double saved,
      double renamed,
      double removed) {}

  private static List<Figure> table(
      int files, long bytes, Times ours, Times theirs, double[] rsync) {
    String small = files + " files of 4 KiB become real, ";
    int many = 10 * files;
    return List.of(
        beside(small + "first job", ours.first, "syncthing", theirs.first, "<= 0.35 x"),
        beside(small + "first job", ours.first, "rsync --fsync", rsync[0], "<= 0.9 x"),
        beside(small + "third job", ours.third, "syncthing", theirs.third, "<= 0.15 x"),
        beside(small + "third job", ours.third, "rsync --fsync", rsync[0], "<= 0.45 x"),
        Figure.alone(
            "processor time of both daemons a file, third job",
            ours.thirdCpu * 1000 / files,
            "ms",
            "<= 0.45"),
        beside(many + " files of 16 KiB", ours.many, "syncthing", theirs.many, "<= 0.15 x"),
        beside(
            "one file of " + (bytes >> 20) + " MiB",
            ours.large,
            "syncthing",
            theirs.large,
            "<= 0.5 x"),
        beside(
            "one file of " + (bytes >> 20) + " MiB",
            ours.large,
            "rsync --fsync",
            rsync[1],
            "<= 1.3 x"),
        beside("one saved file of 10 KB", ours.saved, "syncthing", theirs.saved, "<= 0.3 s"),
        beside(
            "rename of a directory of " + many + " files",
            ours.renamed,
            "syncthing",
            theirs.renamed,
            "<= 0.1 x"),
        beside(
            "rm -rf of " + 5 * files + " of " + 13 * files + " files",
            ours.removed,
            "syncthing",
            theirs.removed,
            "<= 0.3 x"));
  }

  private static Figure beside(String what, double ours, String name, double other, String bar) {
    return Figure.beside(what, ours, "s", name, other, bar);
  }

  private double[] rsync(int files, long bytes) throws IOException, InterruptedException {
    Path small = plain.resolve("rsync");
    BenchMachine.makeFiles(small, files, 100, SMALL);
    Path large = Files.createDirectories(plain.resolve("rsync-large"));
    BenchMachine.makeFile(large.resolve("file"), bytes, 5);
    BenchMachine.settle();
    double first = BenchMachine.seconds(() -> rsync.send(small));
    BenchMachine.settle();
    return new double[] {first, BenchMachine.seconds(() -> rsync.send(large))};
  }

  private Times measure(SyncedPair pair, int files, long bytes)
      throws IOException, InterruptedException {
    double first =
        put(pair, "first", () -> BenchMachine.makeFiles(made("first"), files, 100, SMALL));
    put(pair, "second", () -> BenchMachine.makeFiles(made("second"), files, 100, SMALL));
    double cpu = pair.cpuSeconds();
    double third =
        put(pair, "third", () -> BenchMachine.makeFiles(made("third"), files, 100, SMALL));
    double used = pair.cpuSeconds() - cpu;
    double many =
        put(pair, "many", () -> BenchMachine.makeFiles(made("many"), 10 * files, 100, 16 << 10));
    double large =
        put(
            pair,
            "large",
            () ->
                BenchMachine.makeFile(
                    Files.createDirectories(made("large")).resolve("f"), bytes, 3));
    Path saved = plain.resolve("saved");
    BenchMachine.makeFile(saved, 10 << 10, 4);
    double one =
        change(
            pair,
            "saved",
            () -> Files.move(saved, pair.from.resolve("saved")),
            () -> Files.exists(pair.to.resolve("saved")));
    double renamed =
        change(
            pair,
            "renamed",
            () ->
                Files.move(
                    pair.from.resolve("many"),
                    pair.from.resolve("moved"),
                    StandardCopyOption.ATOMIC_MOVE),
            () ->
                files(pair.to.resolve("moved")) == 10L * files
                    && files(pair.to.resolve("many")) == 0);
    double removed =
        change(
            pair,
            "removed",
            () -> BenchMachine.shell(pair.from, "rm -rf moved/d*[02468]"),
            () -> files(pair.to.resolve("moved")) == 5L * files);
    return new Times(first, third, used, many, large, one, renamed, removed);
  }

  private Path made(String name) {
    return plain.resolve(name);
  }

  /** Makes a directory aside, moves it into the sender's and waits until all of it came over. */
  private double put(SyncedPair pair, String name, BenchMachine.TimedWork maker)
      throws IOException, InterruptedException {
    maker.run();
    long files = files(made(name));
    long bytes = bytes(made(name));
    Path to = pair.to.resolve(name);
    return change(
        pair,
        name,
        () -> Files.move(made(name), pair.from.resolve(name), StandardCopyOption.ATOMIC_MOVE),
        () -> files(to) == files && (files > 1 || bytes(to) == bytes));
  }

  private static double change(
      SyncedPair pair, String what, BenchMachine.TimedWork change, BenchMachine.Condition done)
      throws IOException, InterruptedException {
    BenchMachine.settle();
    long begin = System.nanoTime();
    change.run();
    BenchMachine.await("sync", DaemonPair.LONG, () -> atLeisure(done));
    double seconds = (System.nanoTime() - begin) / 1e9 - pair.debounceSeconds();
    System.err.printf("%s: %s %.2f s%n", pair.getClass().getSimpleName(), what, seconds);
    BenchMachine.settle();
    return seconds;
  }

  /** A look that leaves half of a core to those who do the work. */
  private static boolean atLeisure(BenchMachine.Condition done)
      throws IOException, InterruptedException {
    long begin = System.nanoTime();
    boolean met = done.holds();
    if (!met) {
      Thread.sleep((System.nanoTime() - begin) / 1_000_000);
    }
    return met;
  }

  /** Files below a directory, without those that have a temporary name. */
  private static long files(Path directory) throws IOException {
    return sum(directory, _ -> 1);
  }

  private static long bytes(Path directory) throws IOException {
    return sum(directory, file -> file.toFile().length());
  }

  private static long sum(Path directory, java.util.function.ToLongFunction<Path> value)
      throws IOException {
    if (!Files.exists(directory)) {
      return 0;
    }
    try (Stream<Path> all =
        Files.find(
            directory,
            Integer.MAX_VALUE,
            (path, attributes) ->
                attributes.isRegularFile() && !path.getFileName().toString().startsWith("."))) {
      return all.mapToLong(value).sum();
    } catch (UncheckedIOException changing) {
      return -1;
    }
  }
}
