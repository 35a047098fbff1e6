package org.realize.chaos.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import org.realize.chaos.process.IdleCost;
import org.realize.chaos.process.Launcher;

/**
 * A bench of what a node costs while nothing happens: one of two that own all files, one that shows
 * them in its mount, and one of two syncthings, with the same files on loopback, all in sync and
 * measured in the same time. Beside it, what comes before: from nothing to the first file, and a
 * start with all files.
 */
final class IdleBench {

  private static final int FILE_BYTES = 1 << 10;

  /** The longest wait for the arrival of {@value #FILES} files; more have as much more time. */
  private static final Duration ARRIVAL = Duration.ofMinutes(10);

  private static final int FILES = 10_000;

  /** The time from the last file's arrival to the measurement. */
  private static final Duration REST = Duration.ofMinutes(3);

  private final int files;
  private final Duration time;
  private final Path plain;

  private IdleBench(int files, Duration time, Path plain) {
    this.files = files;
    this.time = time;
    this.plain = plain;
  }

  /** Runs it with {@code files} of 1 KiB, measured for a time. */
  static List<Figure> run(Launcher launcher, Path base, int files, Duration time)
      throws IOException, InterruptedException {
    Path work = Files.createDirectories(base.resolve("idle"));
    Path plain = Files.createDirectories(work.resolve("plain"));
    List<Figure> figures = new IdleBench(files, time, plain).measure(launcher, work);
    BenchMachine.shell(base, "rm -rf idle");
    return figures;
  }

  private List<Figure> measure(Launcher launcher, Path work)
      throws IOException, InterruptedException {
    BenchMachine.dropCaches(); // as after a start of the machine
    long begin = System.nanoTime();
    try (SyncthingPair theirs = SyncthingPair.start(work)) {
      double theirFirst = secondsSince(begin);
      begin = System.nanoTime();
      Files.writeString(Files.createDirectories(work.resolve("from")).resolve("greeting"), "hello");
      try (RootPair ours = RootPair.start(launcher, work)) {
        BenchMachine.await(
            "file", DaemonPair.LONG, () -> Files.exists(ours.to.resolve("greeting")));
        double ourFirst = secondsSince(begin);
        put(theirs);
        put(ours);
        Path root = work.resolve("shown-root"); // one node to a root
        BenchMachine.makeFiles(root, files, 100, FILE_BYTES);
        try (DaemonPair shown = DaemonPair.make(launcher, work.resolve("shown"), root)) {
          shown.source().start();
          shown.viewer().start();
          shown.awaitKnown(files);
          BenchMachine.settle();
          TimeUnit.NANOSECONDS.sleep(REST.toNanos());
          List<IdleCost> costs =
              IdleCost.of(
                  List.of(ours.pids().getLast(), theirs.pids().getLast(), shown.viewer().pid()),
                  time);
          List<Figure> figures = new ArrayList<>();
          figures.add(
              seconds("keys, pairing, starts, to the first file there", ourFirst, theirFirst));
          figures.add(
              seconds(
                  "start with " + files + " files",
                  ours.restartReceiver(),
                  theirs.restartReceiver()));
          figures.addAll(table(costs.get(0), costs.get(1), costs.get(2)));
          return figures;
        }
      }
    }
  }

  private void put(SyncedPair pair) throws IOException, InterruptedException {
    Path made = plain.resolve("many");
    BenchMachine.makeFiles(made, files, 100, FILE_BYTES);
    Files.move(made, pair.from.resolve("many"), StandardCopyOption.ATOMIC_MOVE);
    Duration limit = ARRIVAL.multipliedBy(Math.ceilDiv(files, FILES));
    BenchMachine.await("files of " + pair.to, limit, () -> isThere(pair));
    BenchMachine.settle();
  }

  /** Whether all files are at the other side; each directory is looked at once it is probable. */
  private boolean isThere(SyncedPair pair) throws InterruptedException {
    TimeUnit.SECONDS.sleep(1);
    for (int i = 0; i < files; i++) {
      if (!Files.exists(pair.to.resolve("many/d" + i / 100 + "/file-" + i + ".dat"))) {
        return false;
      }
    }
    return true;
  }

  private List<Figure> table(IdleCost ours, IdleCost theirs, IdleCost viewer) {
    String memory = files <= FILES ? "<= 200" : "<= 350";
    List<Figure> figures = new ArrayList<>();
    for (CostRow row :
        List.of(
            new CostRow("resident memory", "MB", IdleCost::residentMegabytes, memory),
            new CostRow(
                "resident memory, shared parts (PSS)", "MB", IdleCost::ownMegabytes, "report"),
            new CostRow("threads", "", IdleCost::threads, "<= 60"),
            new CostRow("wake-ups", "1/s", IdleCost::wakeUps, "<= 20"),
            new CostRow("processor", "%", IdleCost::cpuPercent, "<= 0.2"),
            new CostRow(
                "written in " + time.toSeconds() + " s", "bytes", IdleCost::writtenBytes, "0"))) {
      String what = "idle, " + files + " files: " + row.what;
      double own = row.cost.applyAsDouble(ours);
      figures.add(
          Figure.beside(what, own, row.unit, "syncthing", row.cost.applyAsDouble(theirs), row.bar));
      double shown = row.cost.applyAsDouble(viewer);
      figures.add(Figure.alone(what + ", mounted only", shown, row.unit, row.bar));
    }
    return figures;
  }

  /** A row of the table, for two owners and for the viewer. */
  private record CostRow(String what, String unit, ToDoubleFunction<IdleCost> cost, String bar) {}

  private static Figure seconds(String what, double ours, double theirs) {
    return Figure.beside(what, ours, "s", "syncthing", theirs, "report");
  }

  private static double secondsSince(long begin) {
    return (System.nanoTime() - begin) / 1e9;
  }
}
