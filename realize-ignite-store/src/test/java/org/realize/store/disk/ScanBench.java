package org.realize.store.disk;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.realize.store.global.IgniteGlobalStore;
import org.realize.store.journal.Durability;
import org.realize.sync.index.HasherThreads;
import org.realize.sync.index.Indexer;
import org.realize.sync.index.NoChangeSource;
import org.realize.sync.index.OwnFiles;
import org.realize.sync.model.ArenaName;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.GlobalStore;
import org.realize.sync.real.Ownership;
import org.realize.sync.real.Places;
import org.realize.sync.real.Real;
import org.realize.sync.real.RootCapabilities;
import org.realize.sync.testing.MemoryGlobalStore;

/**
 * Times a first and a second scan of a directory beside {@code openssl dgst -sha256} in two
 * processes and {@code find -printf}. Run by hand: {@code ScanBench DIRECTORY STATE [FILES BYTES]},
 * which fills the directory when it does not exist and keeps its stores on Ignite below STATE, or
 * on the heap when STATE is {@code -}.
 */
final class ScanBench {

  private static final int HASHERS = 2;
  private static final int ROUNDS = 3;

  private ScanBench() {}

  public static void main(String[] args) throws Exception {
    Path root = Path.of(args[0]);
    if (!Files.exists(root)) {
      fill(root, Integer.parseInt(args[2]), Integer.parseInt(args[3]));
    }
    for (int round = 0; round < ROUNDS; round++) {
      double openssl =
          seconds("find " + root + " -type f -print0 | xargs -0 -n 2500 -P 2 openssl dgst -sha256");
      double find = seconds("find " + root + " -printf '%s %T@\\n'");
      Files.deleteIfExists(root.resolve(".realize/id"));
      double first;
      double second;
      try (GlobalStore global = store(args[1], round);
          HasherThreads hashers = new HasherThreads(HASHERS)) {
        ArenaStore store = global.arena(new ArenaName("bench"));
        SystemTimeSource time = new SystemTimeSource();
        Real real = new Real(new LocalDisk(root), RootCapabilities.FULL, store, time);
        Ownership ownership = new Ownership(store.arena(), global, "here");
        Places places = new Places(new LocalDisk(root), store, ownership, time, new Random(round));
        Indexer indexer =
            new Indexer(
                new Indexer.Root(
                    real, places, new NoChangeSource("not watched here"), List.of(), OwnFiles.NONE),
                store,
                global,
                time,
                hashers);
        first = scan(indexer);
        second = scan(indexer);
      }
      System.out.printf(
          "first scan %.2f s, openssl %.2f s: %.2f x; second scan %.3f s, find %.3f s: %.1f x%n",
          first, openssl, first / openssl, second, find, second / find);
    }
  }

  private static GlobalStore store(String state, int round) throws Exception {
    if (state.equals("-")) {
      return new MemoryGlobalStore(new Random(round));
    }
    return IgniteGlobalStore.open(
        Path.of(state).resolve("round" + round),
        new IgniteGlobalStore.GlobalStoreSettings(Durability.OS, 256L << 20, 32L << 20),
        new Random(round),
        cause -> {});
  }

  private static double scan(Indexer indexer) throws Exception {
    long start = System.nanoTime();
    long cpuStart = cpuNanos();
    Indexer.IndexOutcome outcome = indexer.scan();
    double seconds = (System.nanoTime() - start) / 1e9;
    System.out.printf(
        "%d changes, paused %s, %.2f s of processor time%n",
        outcome.changes(), outcome.paused(), (cpuNanos() - cpuStart) / 1e9);
    return seconds;
  }

  private static long cpuNanos() {
    return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO).toNanos();
  }

  private static double seconds(String command) throws IOException, InterruptedException {
    long start = System.nanoTime();
    new ProcessBuilder("sh", "-c", command)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start()
        .waitFor();
    return (System.nanoTime() - start) / 1e9;
  }

  private static void fill(Path root, int files, int bytes) throws IOException {
    Random random = new Random(1);
    byte[] content = new byte[bytes];
    for (int i = 0; i < files; i++) {
      Path directory = Files.createDirectories(root.resolve("d" + i / 100));
      random.nextBytes(content);
      Files.write(directory.resolve("f" + i), content);
    }
  }
}
