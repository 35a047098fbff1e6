package org.realize.chaos.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A machine of three that sleeps and wakes again: its connections stay open, and nothing comes by
 * them. Real daemons, real mounts, a machine each in a network namespace. {@code
 * -Drealize.suspend.seconds=60} sleeps beyond the time after which connections are cut.
 */
@Timeout(600)
class SuspendedHostIT {

  private static final Duration ASLEEP =
      Duration.ofSeconds(Integer.getInteger("realize.suspend.seconds", 6));

  private static final Duration SOON = Duration.ofSeconds(60);

  @TempDir private Path base;

  private static String read(Path path) {
    try {
      return Files.readString(path);
    } catch (IOException e) {
      return "";
    }
  }

  private static void signal(NodeProcess node, String signal) throws Exception {
    Process kill = new ProcessBuilder("kill", signal, String.valueOf(node.pid())).start();
    assertThat(kill.waitFor()).isZero();
  }

  private static Duration timed(Runnable action) {
    long start = System.nanoTime();
    action.run();
    return Duration.ofNanos(System.nanoTime() - start);
  }

  /** Reads a file that nobody else wants; it may only be there or not be there. */
  private static Duration readTakes(Path path, boolean isThere) {
    return timed(() -> {
      if (isThere) {
        assertThat(path).hasContent(path.getFileName().toString());
      } else {
        assertThatThrownBy(() -> Files.readString(path)).hasMessageContaining("No route to host");
      }
    });
  }

  @Test
  void hostAsleep_othersGoOn_andItIsTakenUpAgainAwake() throws Exception {
    try (Network network = Network.open();
        Household household = new Household(base)) {
      NodeProcess nas = household.on(network, "nas", true);
      NodeProcess desk = household.on(network, "desk", true);
      NodeProcess laptop = household.on(network, "laptop", false);
      household.introduce(laptop, nas);
      household.introduce(laptop, desk);
      household.introduce(desk, nas);
      for (NodeProcess node : new NodeProcess[] {nas, desk}) {
        Path root = household.root(node.name());
        for (int i = 0; i < 1_000; i++) {
          Files.writeString(root.resolve("f" + i), "f" + i);
        }
        household.share(node, "of-" + node.name(), Optional.of(root), Household.QUICK);
        household.share(laptop, "of-" + node.name(), Optional.empty());
      }
      household.share(nas, "of-desk", Optional.empty());
      household.startAll();
      Path ofNas = household.mount("laptop").resolve("of-nas");
      Path ofDesk = household.mount("laptop").resolve("of-desk");
      await().atMost(SOON).until(() -> laptop.arena("of-nas").files() == 1_000);
      await().atMost(SOON).until(() -> laptop.arena("of-desk").files() == 1_000);
      assertThat(ofNas.resolve("f0")).hasContent("f0");

      signal(nas, "-STOP");
      long end = System.nanoTime() + ASLEEP.toNanos();
      assertThat(readTakes(ofNas.resolve("f1"), false)).isLessThan(Duration.ofSeconds(4));
      int next = 0;
      while (System.nanoTime() < end) {
        String name = "f" + next++ % 1_000;
        assertThat(readTakes(ofDesk.resolve(name), true)).isLessThan(Duration.ofSeconds(2));
        assertThat(readTakes(ofNas.resolve("f2"), false)).isLessThan(Duration.ofSeconds(2));
        laptop.runFor(Duration.ofMillis(50));
      }
      Files.writeString(household.root("desk").resolve("news"), "news");
      await().atMost(SOON).until(() -> read(ofDesk.resolve("news")).equals("news"));
      assertThat(laptop.status().peers())
          .filteredOn(peer -> peer.name().toString().equals("nas"))
          .noneMatch(peer -> peer.connected());

      signal(nas, "-CONT");
      await().atMost(SOON).until(() -> read(ofNas.resolve("f3")).equals("f3"));
      await().atMost(SOON).until(() -> nas.arena("of-desk").files() == 1_001);
      Files.writeString(household.root("nas").resolve("awake"), "awake");
      await().atMost(SOON).until(() -> read(ofNas.resolve("awake")).equals("awake"));

      signal(laptop, "-STOP");
      Files.writeString(household.root("desk").resolve("more"), "more");
      await().atMost(SOON).until(() -> nas.arena("of-desk").files() == 1_002);
      nas.runFor(ASLEEP);
      signal(laptop, "-CONT");
      await().atMost(SOON).until(() -> read(ofDesk.resolve("more")).equals("more"));
      await().atMost(SOON).until(() -> read(ofNas.resolve("f4")).equals("f4"));
      assertThat(laptop.stop()).isZero();
      assertThat(nas.stop()).isZero();
      assertThat(desk.stop()).isZero();
    }
  }
}
