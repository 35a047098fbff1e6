package org.realize.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.realize.store.global.IgniteGlobalStore;
import org.realize.store.journal.Durability;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.Inode;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.Version;
import org.realize.sync.model.VersionVector;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.Listed;
import org.realize.sync.port.PathState;
import org.realize.sync.port.Report;
import org.realize.sync.testing.PathStates;

/**
 * A bench of the store: catch-up of a tree and of one large directory, look-ups, listings, small
 * commits, memory and opening. Arguments: {@code fill|big|read|open} directory files.
 */
public final class StoreBench {
  private static final int PER_COMMIT = 1_000;
  private static final int PER_DIRECTORY = 100;
  private static final ArenaName ARENA = new ArenaName("bench");

  private StoreBench() {}

  public static void main(String[] arguments) throws Exception {
    String mode = arguments[0];
    int files = Integer.parseInt(arguments[2]);
    long start = System.nanoTime();
    IgniteGlobalStore global =
        IgniteGlobalStore.open(
            Path.of(arguments[1]),
            new IgniteGlobalStore.GlobalStoreSettings(Durability.OS, 256L << 20, 32L << 20),
            RandomGenerator.of("L64X128MixRandom"),
            cause -> System.exit(3));
    ArenaStore store = global.arena(ARENA);
    store.read(reader -> reader.child(reader.root(), "d0"));
    say("open to first look-up", String.format("%.2f s", seconds(start)));
    switch (mode) {
      case "fill" -> fill(store, files, "d");
      case "big" -> fill(store, files, "");
      case "read" -> {
        look(store, files);
        commits(store);
      }
      case "open" -> memory();
      default -> throw new IllegalArgumentException(mode);
    }
    if (mode.equals("fill") || mode.equals("big")) {
      memory();
      Runtime.getRuntime().halt(9);
    }
    global.close();
  }

  private static void say(String what, String value) {
    System.out.println(what + " ".repeat(Math.max(1, 45 - what.length())) + value);
  }

  private static double seconds(long start) {
    return (System.nanoTime() - start) / 1e9;
  }

  private static PathState state(String path, long n, long seq) {
    Version version =
        Version.of(PathStates.file(n + 1), VersionVector.of(Map.of(PathStates.ONE, n + 1)));
    var metadata = PathStates.metadata(0644, FileTime.ofNanos(1_700_000_000_000_000_000L + n));
    Report report = new Report(n + 1, metadata, List.of(new Report.Reported(version, true)));
    return new PathState(
        RelativePath.of(path), version, metadata, null, seq, Map.of(PathStates.ONE, report));
  }

  private static String path(String directory, long n) {
    return directory.isEmpty()
        ? "big/file-" + n + ".dat"
        : directory + n / PER_DIRECTORY / 1_000 + "/s" + n / PER_DIRECTORY + "/file-" + n + ".dat";
  }

  private static void fill(ArenaStore store, int files, String directory) throws Exception {
    long start = System.nanoTime();
    for (int done = 0; done < files; done += PER_COMMIT) {
      int from = done;
      store.write(writer -> {
        for (int n = from; n < Math.min(from + PER_COMMIT, files); n++) {
          writer.put(state(path(directory, n), n, 0));
        }
        writer.putProgress(PathStates.ONE, from + PER_COMMIT);
      });
      if (done == 99_000) {
        say("first 100,000 files", String.format("%,.0f files/s", 100_000 / seconds(start)));
      }
    }
    say("catch-up of " + files, String.format("%,.0f files/s", files / seconds(start)));
  }

  private interface Step {
    Object run(int n) throws RealizeException;
  }

  private static void time(String what, int times, Step step) throws RealizeException {
    for (int i = 0; i < times / 2; i++) {
      step.run(i);
    }
    long[] nanos = new long[times];
    for (int i = 0; i < times; i++) {
      long start = System.nanoTime();
      if (step.run(i + times) == null) {
        throw new IllegalStateException(what);
      }
      nanos[i] = System.nanoTime() - start;
    }
    Arrays.sort(nanos);
    say(
        what,
        String.format(
            "p50 %.1f µs, p99 %.1f µs", nanos[times / 2] / 1e3, nanos[times * 99 / 100] / 1e3));
  }

  private static void look(ArenaStore store, int files) throws RealizeException {
    SplittableRandom random = new SplittableRandom(1);
    boolean isTree = store.read(reader -> reader.child(reader.root(), "d0")).isPresent();
    Inode top =
        store
            .read(reader -> reader.child(reader.root(), isTree ? "d0" : "big"))
            .orElseThrow()
            .inode();
    Inode directory =
        isTree ? store.read(reader -> reader.child(top, "s0")).orElseThrow().inode() : top;
    long start = System.nanoTime();
    List<Listed> first = store.read(reader -> reader.list(directory, 0, 50));
    say("first page of 50 of a listing, cold", String.format("%.2f ms", seconds(start) * 1e3));
    Inode one = first.getLast().node().inode();
    time("node by inode, hot", 50_000, i -> store.read(reader -> reader.node(one)));
    time(
        "child by name, random",
        50_000,
        i -> {
          int n = isTree ? random.nextInt(PER_DIRECTORY) : random.nextInt(files);
          return store.read(reader -> reader.child(directory, "file-" + n + ".dat")).orElse(null);
        });
    time(
        "state by path, random",
        50_000,
        i -> {
          String path = path(isTree ? "d" : "", random.nextInt(files));
          return store.read(reader -> reader.path(RelativePath.of(path))).orElse(null);
        });
    time(
        "page of 50 at a random cursor",
        2_000,
        i -> {
          long cursor = random.nextLong(1L << 60);
          return store.read(reader -> reader.list(directory, cursor, 50));
        });
    start = System.nanoTime();
    int count = 0;
    long cursor = 0;
    while (true) {
      long after = cursor;
      List<Listed> page = store.read(reader -> reader.list(directory, after, 1_000));
      if (page.isEmpty()) {
        break;
      }
      count += page.size();
      cursor = page.getLast().cursor();
    }
    say("whole listing of " + count, String.format("%,.0f names/s", count / seconds(start)));
    memory();
  }

  private static void commits(ArenaStore store) throws RealizeException {
    time(
        "commit of one path",
        2_000,
        i ->
            store.write(writer -> {
              writer.put(state("new/file-" + i, i, writer.nextSeq()));
              return i;
            }));
    time(
        "commit of one path, forced",
        300,
        i -> {
          store.write(writer -> {
            writer.put(state("new/file-" + i, i + 1, writer.nextSeq()));
          });
          store.force();
          return i;
        });
  }

  private static void memory() throws RealizeException {
    System.gc();
    try {
      for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
        if (line.startsWith("VmRSS") || line.startsWith("VmHWM")) {
          say(line.substring(0, 5), String.format("%s", line.substring(6).strip()));
        }
      }
    } catch (IOException e) {
      throw new RealizeException.StorageFailed("no /proc", e);
    }
    Runtime runtime = Runtime.getRuntime();
    say(
        "heap in use",
        String.format("%d MB", (runtime.totalMemory() - runtime.freeMemory()) >> 20));
  }
}
