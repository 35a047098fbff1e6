package org.realize.chaos.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.realize.chaos.process.Launcher;
import org.realize.chaos.process.NodeProcess;

/**
 * A bench of programs that work on local files through the mount of a node with one arena, beside
 * the same programs on the root's own file system and on bindfs over that. Each round does all of
 * it on the three in turn; the figures are medians of the rounds. Needs fio, git, tar and bindfs.
 */
final class MountBench {

  private static final Duration READY = Duration.ofMinutes(2);

  /** The time in which an index has looked at what was just written. */
  private static final Duration QUIET = Duration.ofSeconds(8);

  private final Path work;
  private final int files;
  private final long bytes;
  private final Map<String, Map<MeasuredTree, List<Double>>> measured = new LinkedHashMap<>();

  private enum MeasuredTree {
    MOUNT("mount/bench"),
    PLAIN("plain"),
    BINDFS("bound");

    private final String place;

    MeasuredTree(String place) {
      this.place = place;
    }
  }

  /** A call on each of the files. */
  @FunctionalInterface
  private interface FileCall {
    void on(Path file) throws IOException;
  }

  private MountBench(Path work, int files, long bytes) {
    this.work = work;
    this.files = files;
    this.bytes = bytes;
  }

  /** Measures with {@code files} small files and one of {@code bytes}. */
  static List<Figure> run(Launcher launcher, Path base, int files, long bytes, int rounds)
      throws IOException, InterruptedException {
    Path work = Files.createDirectories(base.resolve("edit"));
    for (String each : List.of("root", "mount", "plain", "bound")) {
      Files.createDirectories(work.resolve(each));
    }
    try (NodeProcess node =
        NodeProcess.init(
            launcher,
            work.resolve("node"),
            "node",
            "--listen",
            "off",
            "--mount",
            work.resolve("mount").toString())) {
      node.realize("arena", "add", "bench", "--root", work.resolve("root").toString());
      node.start();
      BenchMachine.await(
          "the mount", READY, () -> Files.isDirectory(work.resolve(MeasuredTree.MOUNT.place)));
      BenchMachine.shell(work, "bindfs plain bound");
      try {
        return new MountBench(work, files, bytes).measure(rounds);
      } finally {
        BenchMachine.shell(work, "fusermount3 -u bound");
        node.stop();
      }
    } finally {
      BenchMachine.shell(base, "rm -rf edit");
    }
  }

  private List<Figure> measure(int rounds) throws IOException, InterruptedException {
    makeArchive();
    for (int round = 0; round < rounds; round++) {
      for (MeasuredTree side : MeasuredTree.values()) {
        large(side);
      }
      for (MeasuredTree side : MeasuredTree.values()) {
        small(side);
      }
      for (MeasuredTree side : MeasuredTree.values()) {
        tree(side);
      }
    }
    String root = "the root";
    return List.of(
        figure("sequential read, 1 MiB", "MB/s", MeasuredTree.PLAIN, root, ">= 0.9 x"),
        figure("sequential write, 1 MiB", "MB/s", MeasuredTree.PLAIN, root, ">= 0.9 x"),
        figure("random read, 4 KiB", "MB/s", MeasuredTree.PLAIN, root, ">= 0.9 x"),
        figure("random write, 4 KiB", "MB/s", MeasuredTree.PLAIN, root, ">= 0.9 x"),
        figure("create", "files/s", MeasuredTree.BINDFS, "bindfs", ">= 2 x"),
        figure("create", "files/s", MeasuredTree.PLAIN, root, "report"),
        figure("stat", "files/s", MeasuredTree.BINDFS, "bindfs", ">= 1.2 x"),
        figure("unlink", "files/s", MeasuredTree.BINDFS, "bindfs", ">= 2 x"),
        figure("unlink", "files/s", MeasuredTree.PLAIN, root, "report"),
        figure("untar", "files/s", MeasuredTree.BINDFS, "bindfs", ">= 1.2 x"),
        figure("git status", "files/s", MeasuredTree.BINDFS, "bindfs", ">= 1.2 x"),
        figure("ls -lR", "files/s", MeasuredTree.BINDFS, "bindfs", "report"),
        figure("rm -rf", "files/s", MeasuredTree.BINDFS, "bindfs", "report"));
  }

  private Figure figure(
      String what, String unit, MeasuredTree other, String yardstick, String bar) {
    double ours = median(what, MeasuredTree.MOUNT);
    return Figure.beside("in the mount: " + what, ours, unit, yardstick, median(what, other), bar);
  }

  private double median(String what, MeasuredTree side) {
    return BenchMachine.median(measured.getOrDefault(what, Map.of()).getOrDefault(side, List.of()));
  }

  private void note(String what, MeasuredTree side, double value) {
    measured
        .computeIfAbsent(what, _ -> new LinkedHashMap<>())
        .computeIfAbsent(side, _ -> new ArrayList<>())
        .add(value);
  }

  /** The tree that is unpacked, with its git repository. */
  private void makeArchive() throws IOException, InterruptedException {
    BenchMachine.makeFiles(work.resolve("tree"), files, 100, 20);
    String git = "git -c user.name=a -c user.email=a@b -c gc.auto=0 ";
    BenchMachine.shell(
        work.resolve("tree"), "git init -q . && " + git + "add . && " + git + "commit -q -m all");
    BenchMachine.shell(work, "tar cf tree.tar tree && rm -rf tree");
  }

  private void large(MeasuredTree side) throws IOException, InterruptedException {
    Path file = work.resolve(side.place).resolve("large");
    fio("sequential write, 1 MiB", "write", 1 << 20, file, side);
    fio("sequential read, 1 MiB", "read", 1 << 20, file, side);
    fio("random read, 4 KiB", "randread", 4096, file, side);
    fio("random write, 4 KiB", "randwrite", 4096, file, side);
    Files.delete(file);
  }

  private void fio(String what, String kind, int block, Path file, MeasuredTree side)
      throws IOException, InterruptedException {
    Path result = work.resolve("fio.json");
    BenchMachine.shell(
        work,
        ("fio --name=bench --filename=%s --size=%d --bs=%d --rw=%s --ioengine=psync --invalidate=0"
                + " --runtime=3 --time_based --output-format=json --output=%s")
            .formatted(file, bytes, block, kind, result));
    JsonNode job = new ObjectMapper().readTree(result.toFile()).get("jobs").get(0);
    JsonNode direction = job.get(kind.endsWith("read") ? "read" : "write");
    note(what, side, direction.get("bw_bytes").asDouble() / 1e6);
  }

  private void small(MeasuredTree side) throws IOException, InterruptedException {
    Path directory = Files.createDirectory(work.resolve(side.place).resolve("small"));
    calls("create", side, directory, Files::createFile);
    calls("stat", side, directory, Files::size);
    calls("unlink", side, directory, Files::delete);
    Files.delete(directory);
  }

  private void calls(String what, MeasuredTree side, Path directory, FileCall call)
      throws IOException, InterruptedException {
    List<Path> paths = new ArrayList<>();
    for (int i = 0; i < files; i++) {
      paths.add(directory.resolve("file-" + i));
    }
    double seconds =
        BenchMachine.seconds(() -> {
          for (Path path : paths) {
            call.on(path);
          }
        });
    note(what, side, files / seconds);
  }

  private void tree(MeasuredTree side) throws IOException, InterruptedException {
    Path place = work.resolve(side.place);
    timed("untar", side, place, "tar xf " + work.resolve("tree.tar"));
    TimeUnit.MILLISECONDS.sleep(QUIET.toMillis());
    BenchMachine.shell(place.resolve("tree"), "git status"); // which reads all of it once
    timed("git status", side, place.resolve("tree"), "git status");
    timed("ls -lR", side, place, "ls -lR tree");
    timed("rm -rf", side, place, "rm -rf tree");
    TimeUnit.MILLISECONDS.sleep(QUIET.toMillis());
  }

  private void timed(String what, MeasuredTree side, Path directory, String script)
      throws IOException, InterruptedException {
    double seconds = BenchMachine.seconds(() -> BenchMachine.shell(directory, script));
    note(what, side, files / seconds);
  }
}
