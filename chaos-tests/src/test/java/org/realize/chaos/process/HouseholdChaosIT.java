package org.realize.chaos.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.realize.sync.port.Finding;

/**
 * Four daemons on machines of their own: two own the arena, one keeps it, one watches it and only
 * dials. Two people work, each alone and both in one directory, while cables are pulled, links are
 * slow, daemons killed, and a root's and a cache's disk full. When all is healed, each machine has
 * what each of them left alone, byte for byte; when conflicts are resolved, all agree; and every
 * content that was saved is somewhere. {@code -Drealize.seconds=N} and {@code -Drealize.seed=S}
 * choose how long and which way.
 */
class HouseholdChaosIT {

  private static final Duration HEALED = Duration.ofMinutes(2);

  /** Longer than the fourth wait before a failed path is tried again. */
  private static final Duration RETRIED = Duration.ofMinutes(5);

  /** Files that one person unpacks at once. */
  private static final int ARCHIVE = 150;

  private static final int MAX_SHOWN = 20;

  /** Mebibytes of a disk that is filled: what is replaced goes to a trash on it. */
  private static final long SMALLEST_DISK = 1_024;

  private static final long DISK_A_SECOND = 8;

  /** A directory in which both work. */
  private static final String SHARED = "shared";

  @TempDir private Path base;

  @Test
  void twoPeopleWork_cablesArePulledAndDaemonsKilled_allAgreeInTheEnd() throws Exception {
    int seconds = Integer.getInteger("realize.seconds", 30);
    long seed = Long.getLong("realize.seed", 20_261_128L);
    long disk = SMALLEST_DISK + seconds * DISK_A_SECOND;
    try (Network network = Network.open();
        FillableDisk rootDisk = FillableDisk.open(base.resolve("desktop-disk"), disk);
        FillableDisk cacheDisk = FillableDisk.open(base.resolve("box-disk"), disk);
        Household household = new Household(base)) {
      List<NodeProcess> nodes = new ArrayList<>();
      Path nasRoot = household.root("nas");
      Path desktopRoot = Files.createDirectory(rootDisk.directory().resolve("root"));
      NodeProcess nas = owner(household, network, "nas", nasRoot);
      NodeProcess desktop = owner(household, network, "desktop", desktopRoot);
      NodeProcess box = household.on(network, "box", true);
      box.realize("arena", "add", "home", "--mark", "keep");
      moveCache(box, cacheDisk.directory());
      NodeProcess laptop = household.on(network, "laptop", false);
      laptop.realize("arena", "add", "home");
      nodes.addAll(List.of(nas, desktop, box, laptop));
      for (NodeProcess node : nodes) {
        // An archive that is removed again is most of the files, and half a minute is no day.
        Files.writeString(
            node.directory().resolve("realize.toml"),
            "guard = \"off\"\n",
            StandardOpenOption.APPEND);
      }
      introduce(household, nodes);
      household.startAll();

      ChaoticUser ann = new ChaoticUser(nasRoot.resolve("ann"), seed);
      ChaoticUser ben = new ChaoticUser(desktopRoot.resolve("ben"), seed + 1);
      List<Path> roots = List.of(nasRoot, desktopRoot);
      List<ChaoticUser> users = new ArrayList<>(List.of(ann, ben));
      for (Path root : roots) {
        users.add(new ChaoticUser(root.resolve(SHARED), seed + users.size()));
      }
      List<FullMachine> full =
          List.of(new FullMachine(desktop, rootDisk), new FullMachine(box, cacheDisk));
      work(users, new Faults(network, nodes, full, new Random(seed)), seconds);
      Set<String> saved = new TreeSet<>();
      for (Path root : roots) {
        saved.addAll(Trees.contents(root.resolve(SHARED)));
      }

      Map<String, String> left = new TreeMap<>();
      left.putAll(ann.left());
      left.putAll(ben.left());
      List<Path> trees = new ArrayList<>(roots);
      trees.add(household.mount("box").resolve("home"));
      trees.add(household.mount("laptop").resolve("home"));
      for (Path tree : trees) {
        awaitTree("seed " + seed + ": " + tree, () -> ofPeople(tree), () -> left, nodes);
      }
      resolveAll(nas, nodes, seed);
      for (Path tree : trees) {
        awaitTree(
            "seed " + seed + ": " + tree,
            () -> Trees.describe(tree),
            () -> Trees.describe(roots.getFirst()),
            nodes);
      }
      Set<String> found = new TreeSet<>();
      for (Path root : roots) {
        found.addAll(Trees.contents(root));
      }
      saved.removeAll(found);
      assertThat(saved).as("contents that were saved and are nowhere, seed %d", seed).isEmpty();
      await("nothing listed, seed " + seed) // what failed while a machine was away is retried
          .atMost(RETRIED)
          .untilAsserted(() -> assertThat(findings(nodes)).isEmpty());
    }
  }

  /** Has the node keep its blobs on another disk. */
  private static void moveCache(NodeProcess node, Path disk) throws Exception {
    node.start(); // which makes its state
    node.stop();
    Path blobs = node.directory().resolve("state/blobs");
    try (Stream<Path> arenas = Files.list(blobs)) {
      for (Path arena : arenas.toList()) {
        Files.createDirectory(disk.resolve(arena.getFileName()));
        Files.delete(arena);
      }
    }
    Files.delete(blobs);
    Files.createSymbolicLink(blobs, disk);
  }

  /** What the two people have each for themselves. */
  private static Map<String, String> ofPeople(Path tree) throws IOException {
    Map<String, String> lines = Trees.describe(tree);
    lines.keySet().removeIf(path -> !path.contains("/") || path.startsWith(SHARED + "/"));
    return lines;
  }

  /** One of them chooses the newest of what both have changed, until there is nothing to choose. */
  private static void resolveAll(NodeProcess chooser, List<NodeProcess> nodes, long seed) {
    await("no conflicts, seed " + seed)
        .atMost(HEALED)
        .pollInterval(Duration.ofSeconds(1))
        .ignoreExceptionsInstanceOf(IOException.class)
        .until(() -> {
          if (chooser.arena("home").conflicts() > 0) {
            chooser.realize("conflict", "resolve", "home/**", "--use", "newest");
          }
          for (NodeProcess node : nodes) {
            if (node.arena("home").conflicts() > 0) {
              return false;
            }
          }
          return true;
        });
  }

  private static NodeProcess owner(Household household, Network network, String name, Path root)
      throws Exception {
    NodeProcess node = household.on(network, name, true);
    node.realize("arena", "add", "home", "--root", root.toString());
    return node;
  }

  private static void introduce(Household household, List<NodeProcess> nodes) throws Exception {
    for (int i = 0; i < nodes.size(); i++) {
      for (int j = 0; j < i; j++) {
        household.introduce(nodes.get(i), nodes.get(j));
      }
    }
  }

  private static void work(List<ChaoticUser> users, Faults faults, int seconds) throws Exception {
    AtomicBoolean working = new AtomicBoolean(true);
    AtomicReference<IOException> failed = new AtomicReference<>();
    List<Thread> threads = users.stream().map(user -> start(user, working, failed)).toList();
    try {
      faults.play(Duration.ofSeconds(seconds));
    } finally {
      working.set(false);
      for (Thread thread : threads) {
        thread.join();
      }
    }
    if (failed.get() != null) {
      throw failed.get();
    }
  }

  private static Thread start(
      ChaoticUser user, AtomicBoolean working, AtomicReference<IOException> failed) {
    return Thread.ofPlatform()
        .start(() -> {
          try {
            for (int i = 0; working.get(); i++) {
              act(user, i);
              TimeUnit.MILLISECONDS.sleep(50);
            }
          } catch (IOException e) {
            failed.set(e);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
  }

  /**
   * Does one thing; one that finds no room is left half done, as a program leaves it, and so is one
   * in the shared directory whose name the other person has just taken away.
   */
  private static void act(ChaoticUser user, int i) throws IOException {
    try {
      user.act();
      if (i % 100 == 50) {
        user.unpack("archive", ARCHIVE);
      }
      if (i % 100 == 90) {
        user.remove("archive");
      }
    } catch (NoSuchFileException e) {
      if (!user.isIn(SHARED)) {
        throw e;
      }
    } catch (IOException e) {
      if (!String.valueOf(e.getMessage()).contains("No space left on device")) {
        throw e;
      }
    }
  }

  private static void awaitTree(
      String what,
      Callable<Map<String, String>> tree,
      Callable<Map<String, String>> left,
      List<NodeProcess> nodes) {
    await(what)
        .atMost(HEALED)
        .pollInterval(Duration.ofMillis(500))
        .ignoreExceptionsInstanceOf(IOException.class)
        .untilAsserted(() ->
            assertThat(differences(left.call(), tree.call()))
                .as("with findings %s", findings(nodes))
                .isEmpty());
  }

  private static List<String> findings(List<NodeProcess> nodes) throws IOException {
    List<String> findings = new ArrayList<>();
    for (NodeProcess node : nodes) {
      for (Finding finding : node.arena("home").findings()) {
        findings.add(node.name() + ": " + finding.place() + ": " + finding.cause());
      }
    }
    return findings;
  }

  /** The first few lines that only one of the two has, or that differ. */
  private static List<String> differences(Map<String, String> wanted, Map<String, String> found) {
    List<String> lines = new ArrayList<>();
    Set<String> paths = new TreeSet<>(wanted.keySet());
    paths.addAll(found.keySet());
    for (String path : paths) {
      String line = wanted.getOrDefault(path, "nothing");
      String other = found.getOrDefault(path, "nothing");
      if (!line.equals(other) && lines.size() < MAX_SHOWN) {
        lines.add(path + ": " + other + " instead of " + line);
      }
    }
    return lines;
  }

  /** A machine, and a disk of it that is full now and then. */
  private record FullMachine(NodeProcess node, FillableDisk disk) {}

  /** Faults of machines, one after the other. */
  private record Faults(
      Network network, List<NodeProcess> nodes, List<FullMachine> full, Random random) {

    void play(Duration time) throws IOException, InterruptedException {
      long end = System.nanoTime() + time.toNanos();
      while (System.nanoTime() < end) {
        TimeUnit.MILLISECONDS.sleep(random.nextInt(2_000));
        NodeProcess victim = nodes.get(random.nextInt(nodes.size()));
        switch (random.nextInt(5)) {
          case 0 -> {
            network.cut(victim.name());
            TimeUnit.MILLISECONDS.sleep(random.nextInt(3_000));
            network.heal(victim.name());
          }
          case 1 -> {
            network.slow(victim.name(), 256 << random.nextInt(6));
            TimeUnit.MILLISECONDS.sleep(random.nextInt(5_000));
            network.fast(victim.name());
          }
          case 2 -> fill(full.get(random.nextInt(full.size())));
          default -> {
            victim.kill();
            victim.start();
          }
        }
      }
    }

    /** Also over the end of a process and the start of the next one. */
    private void fill(FullMachine machine) throws IOException, InterruptedException {
      machine.disk().fill();
      try {
        TimeUnit.MILLISECONDS.sleep(random.nextInt(3_000));
        if (random.nextBoolean()) {
          machine.node().kill();
          machine.node().start();
          TimeUnit.MILLISECONDS.sleep(random.nextInt(3_000));
        }
      } finally {
        machine.disk().empty();
      }
    }
  }
}
