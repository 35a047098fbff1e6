package org.realize.chaos.process;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random calls of programs in the mount of a daemon that has few of the files, beside the same
 * calls in a plain directory: the answers are the same, whether a file is here, with its peer,
 * cached in part, or being completed. Meanwhile the peer changes other paths. Needs root.
 *
 * <p>{@code -Dposix.calls} is the number of calls, {@code -Dposix.seed} repeats a run.
 */
class RemotePosixChaos {

  private static final Duration SOON = Duration.ofSeconds(60);
  private static final int ROUND_CALLS = 600;
  private static final int DEFAULT_CALLS = 1_000_000;

  private static final int SHRINKING_PAIRS = 60;

  private static final int MAX_SMALL = 300;
  private static final int MAX_LARGE = 300_000;

  @TempDir private Path base;

  @Test
  void calls_atRandom_onFilesThatAreElsewhere_areAnsweredAsOnAPlainDirectory() throws Exception {
    long seed = Long.getLong("posix.seed", System.nanoTime());
    long calls = Long.getLong("posix.calls", DEFAULT_CALLS);
    System.out.println("random calls with seed " + seed);
    try (Household household = new Household(base)) {
      NodeProcess nas = household.listening("nas");
      NodeProcess desktop = household.deaf("desktop");
      household.introduce(desktop, nas);
      String all = "guard = \"off\"";
      household.share(nas, "docs", Optional.of(household.root("nas")), Household.QUICK, all);
      household.share(
          desktop,
          "docs",
          Optional.of(household.root("desktop")),
          Household.QUICK,
          all,
          "mark = \"watch\"");
      household.startAll();
      AtomicBoolean isOver = new AtomicBoolean();
      Thread other = Thread.ofVirtual().start(() -> changeOthers(household, seed, isOver));
      try {
        for (long round = 0; round * ROUND_CALLS < calls; round++) {
          run(new Pairs(household, seed + round), seed + round);
        }
      } finally {
        isOver.set(true);
        other.join();
      }
    }
  }

  /** Runs the machine, as a process, since its calls are those of another module's tests. */
  private static void run(Pairs pairs, long seed) throws IOException, InterruptedException {
    List<String> first = pairs.make(1);
    if (machine(seed, first).isEmpty()) {
      return;
    }
    String difference = machine(seed, pairs.make(SHRINKING_PAIRS)).orElse("not found again");
    throw new AssertionError("seed " + seed + ": " + difference);
  }

  /** The differences that it finds; empty for none. */
  private static Optional<String> machine(long seed, List<String> pairs)
      throws IOException, InterruptedException {
    List<String> words = new ArrayList<>();
    words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    words.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp"));
    words.addAll(List.of(System.getProperty("java.class.path"), "org.realize.fuse.PosixMachine"));
    words.addAll(List.of("" + seed, "" + ROUND_CALLS));
    words.addAll(pairs);
    Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return process.waitFor() == 0 ? Optional.empty() : Optional.of(said);
  }

  /** Changes paths of the arena that no machine calls. */
  private static void changeOthers(Household household, long seed, AtomicBoolean isOver) {
    Random random = new Random(seed);
    try {
      Path others = Files.createDirectories(household.root("nas").resolve("others"));
      while (!isOver.get()) {
        Path file = others.resolve("f" + random.nextInt(20));
        if (random.nextBoolean()) {
          Files.writeString(file, "text " + random.nextInt());
        } else {
          Files.deleteIfExists(file);
        }
        Thread.sleep(50);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Pairs of trees that follow from a seed: one with the peer, and a plain directory. */
  private final class Pairs {
    private final Household household;
    private final long seed;
    private int made;

    Pairs(Household household, long seed) {
      this.household = household;
      this.seed = seed;
    }

    /** Makes pairs; each is two words. */
    List<String> make(int count) throws IOException {
      List<String> ready = new ArrayList<>();
      Path mount = household.mount("desktop").resolve("docs");
      List<String> names = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        String name = "t%d-%d".formatted(Math.floorMod(seed, 1_000_000_000L), made++);
        Path theirs = household.root("nas").resolve(name);
        fill(theirs);
        Files.createFile(theirs.resolve("last"));
        fill(base.resolve("plain").resolve(name));
        names.add(name);
      }
      for (String name : names) {
        Path tested = mount.resolve(name);
        await().atMost(SOON).until(() -> Files.exists(tested.resolve("last")));
        Files.delete(tested.resolve("last"));
        Path plain = base.resolve("plain").resolve(name);
        prepare(tested);
        ready.addAll(List.of(tested.toString(), plain.toString()));
      }
      return ready;
    }

    private void fill(Path tree) throws IOException {
      Random random = new Random(seed);
      Files.createDirectories(tree);
      for (String directory : List.of("", "A/", "B/", "A/A/", "A/B/", "B/C/")) {
        Files.createDirectories(tree.resolve(directory));
        for (char name = 'a'; name <= 'f'; name++) {
          byte[] bytes = new byte[random.nextInt(random.nextInt(4) == 0 ? MAX_LARGE : MAX_SMALL)];
          random.nextBytes(bytes);
          if (random.nextInt(3) > 0) {
            Files.write(tree.resolve(directory + name), bytes);
          }
        }
      }
    }

    /** Reads the beginning of some files, and brings some to the disk. */
    private void prepare(Path tested) throws IOException {
      Random random = new Random(seed + 1);
      for (String directory : List.of("", "A/", "B/", "A/A/", "A/B/", "B/C/")) {
        for (char name = 'a'; name <= 'f'; name++) {
          Path file = tested.resolve(directory + name);
          int kind = random.nextInt(4);
          if (kind == 0 && Files.exists(file)) {
            try (InputStream stream = Files.newInputStream(file)) {
              byte[] _ = stream.readNBytes(1_000);
            }
          } else if (kind == 1 && Files.exists(file)) {
            Files.setAttribute(file, "unix:uid", 1);
            Files.setAttribute(file, "unix:uid", 0);
          }
        }
      }
    }
  }
}
