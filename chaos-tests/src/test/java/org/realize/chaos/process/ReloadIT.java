package org.realize.chaos.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.realize.nima.control.PeerStatus;

/** Changes of the configuration while daemons run: real daemons, real mounts, a real network. */
@Timeout(300)
class ReloadIT {

  /** A change takes effect at once: within the 3 s for which a new file stands, and a dial. */
  private static final Duration AT_ONCE = Duration.ofSeconds(12);

  private static final Duration SOON = Duration.ofSeconds(60);

  @TempDir private Path base;

  private static String read(Path path) {
    try {
      return Files.readString(path);
    } catch (IOException e) {
      return "";
    }
  }

  @Test
  void arenas_addedSetAndRemoved_takeEffectInRunningDaemons() throws Exception {
    try (Household household = new Household(base)) {
      NodeProcess desk = household.listening("desk");
      NodeProcess laptop = household.deaf("laptop");
      household.introduce(laptop, desk);
      household.startAll();
      Path shown = household.mount("laptop").resolve("home/docs/letter.txt");
      Path root = household.root("desk");
      Files.writeString(root.resolve("letter.txt"), "dear");

      laptop.realize("arena", "add", "home/docs");
      assertThat(shown.getParent()).as("in the mount at once").isDirectory();
      await().atMost(SOON).until(() -> laptop.arena("home/docs").phase().isInSync());
      desk.realize("arena", "add", "home/docs", "--root", root.toString());
      await().atMost(AT_ONCE).until(() -> read(shown).equals("dear"));

      Path real = household.root("laptop");
      laptop.realize("arena", "set", "home/docs", "--root", real.toString());
      await().atMost(AT_ONCE).until(() -> read(real.resolve("letter.txt")).equals("dear"));
      Files.writeString(real.resolve("answer.txt"), "yours");
      await().atMost(SOON).until(() -> read(root.resolve("answer.txt")).equals("yours"));

      assertThatThrownBy(() -> laptop.realize("arena", "add", "home", "--mark", "keep"))
          .hasMessageContaining("one lies inside the other");
      laptop.realize("arena", "remove", "home/docs", "--yes");
      assertThat(household.mount("laptop").resolve("home")).doesNotExist();
      assertThat(laptop.status().arenas()).isEmpty();
      Files.writeString(root.resolve("letter.txt"), "dearest");
      assertThat(real.resolve("letter.txt")).hasContent("dear");
      laptop.realize("arena", "add", "home/docs", "--root", real.toString());
      await().atMost(SOON).until(() -> read(real.resolve("letter.txt")).equals("dearest"));
      assertThat(real.resolve("answer.txt")).as("nothing was removed").hasContent("yours");
      assertThat(desk.arena("home/docs").conflicts()).isZero();

      handEdits_takeEffectWithSighup(household, desk);
      assertThat(laptop.stop()).isZero();
      assertThat(desk.stop()).isZero();
    }
  }

  private static void handEdits_takeEffectWithSighup(Household household, NodeProcess desk)
      throws Exception {
    Path file = desk.directory().resolve("realize.toml");
    Path other = Files.createDirectory(household.root("desk").resolveSibling("music"));
    Files.writeString(other.resolve("song"), "la");
    Files.writeString(
        file,
        "[[arena]]\nname = \"music\"\nroot = \"%s\"\n".formatted(other),
        StandardOpenOption.APPEND);
    new ProcessBuilder("kill", "-HUP", String.valueOf(desk.pid())).inheritIO().start().waitFor();
    Path shown = household.mount("desk").resolve("music/song");
    await().atMost(SOON.multipliedBy(3)).until(() -> read(shown).equals("la")); // with a first scan

    Files.writeString(file, "[[arena]]\nnme = 3\n", StandardOpenOption.APPEND);
    assertThatThrownBy(() -> desk.realize("reload")).hasMessageContaining("unknown key");
    assertThat(shown).as("nothing changes").hasContent("la");
  }

  /** A daemon that a script started by nohup, or a build server, inherits that it is ignored. */
  @Test
  void handEdits_ofADaemonThatWasStartedToIgnoreHangUps_takeEffectWithSighup() throws Exception {
    try (Household household = new Household(base)) {
      NodeProcess desk = household.ofNohup("desk");
      household.startAll();
      handEdits_takeEffectWithSighup(household, desk);
      assertThat(desk.stop()).isZero();
    }
  }

  @Test
  void address_changed_isDialledAtOnce() throws Exception {
    try (Household household = new Household(base);
        ServerSocket silent = new ServerSocket(0)) {
      NodeProcess desk = household.listening("desk");
      NodeProcess laptop = household.deaf("laptop");
      household.introduce(laptop, desk);
      Path file = laptop.directory().resolve("realize.toml");
      String right = Files.readString(file);
      String address = "127.0.0.1:" + silent.getLocalPort();
      Files.writeString(
          file, right.replaceAll("addresses = .*", "addresses = [\"" + address + "\"]"));
      household.startAll();
      await()
          .during(Duration.ofSeconds(2))
          .until(() -> !laptop.status().peers().getFirst().connected());

      laptop.realize("peer", "set", "desk", "--address", read(base.resolve("desk.address")));

      await().atMost(AT_ONCE).until(() -> laptop.status().peers().getFirst().connected());
      assertThat(desk.realize("peer", "set", "laptop", "--role", "send")).isEmpty();
      await().atMost(AT_ONCE).until(() -> laptop.status().peers().getFirst().connected());
    }
  }

  /** A machine was started: what is opened then is there, or is known not to be, soon. */
  @Test
  void start_readRightAfterIt_waitsForThePeer_unlessThatIsAway() throws Exception {
    try (Household household = new Household(base)) {
      NodeProcess nas = household.listening("nas");
      NodeProcess laptop = household.deaf("laptop");
      household.introduce(laptop, nas);
      Path root = household.root("nas");
      for (int i = 0; i < 4; i++) {
        Files.writeString(root.resolve("f" + i), "bytes " + i);
      }
      household.share(nas, "docs", Optional.of(root));
      household.share(laptop, "docs", Optional.empty());
      household.startAll();
      Path shown = household.mount("laptop").resolve("docs");
      await().atMost(SOON).until(() -> laptop.arena("docs").files() == 4);

      for (int i = 0; i < 3; i++) {
        assertThat(laptop.stop()).isZero();
        laptop.start();
        assertThat(Files.readString(shown.resolve("f" + i))).isEqualTo("bytes " + i);
      }

      assertThat(nas.stop()).isZero();
      assertThat(laptop.stop()).isZero();
      laptop.start();
      long start = System.nanoTime();
      assertThatThrownBy(() -> Files.readString(shown.resolve("f3")))
          .hasMessageContaining("No route to host");
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(4));
    }
  }

  @Test
  void deadLink_costsTheFirstReadsTwoSeconds_andAnotherAddressReplacesIt() throws Exception {
    try (Network network = Network.open();
        Household household = new Household(base)) {
      NodeProcess nas = household.on(network, "nas", true);
      NodeProcess laptop = household.on(network, "laptop", false);
      household.introduce(laptop, nas);
      Path root = household.root("nas");
      for (int i = 0; i < 10; i++) {
        Files.writeString(root.resolve("f" + i), "bytes " + i);
      }
      household.share(nas, "docs", Optional.of(root));
      household.share(laptop, "docs", Optional.empty());
      household.startAll();
      Path shown = household.mount("laptop").resolve("docs");
      await().atMost(SOON).until(() -> read(shown.resolve("f0")).equals("bytes 0"));
      await().atMost(SOON).until(() -> laptop.arena("docs").files() == 10);

      network.cut("nas");
      Map<String, Long> millis = new ConcurrentHashMap<>();
      Thread[] readers = new Thread[3];
      for (int i = 0; i < readers.length; i++) {
        String name = "f" + (i + 1);
        readers[i] =
            Thread.ofPlatform()
                .start(() -> {
                  long start = System.nanoTime();
                  assertThat(read(shown.resolve(name))).isEmpty();
                  millis.put(name, (System.nanoTime() - start) / 1_000_000);
                });
      }
      for (Thread reader : readers) {
        reader.join();
      }
      assertThat(millis).hasSize(3);
      assertThat(millis.values()).allSatisfy(each -> assertThat(each).isLessThan(4_000));
      long start = System.nanoTime();
      assertThatThrownBy(() -> Files.readString(shown.resolve("f4")))
          .hasMessageContaining("No route to host");
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(1));

      network.heal("nas");
      await().atMost(SOON).until(() -> read(shown.resolve("f5")).equals("bytes 5"));
      String moved = network.move("nas");
      laptop.realize("peer", "set", "nas", "--address", moved + ":9771");
      await().atMost(AT_ONCE).until(() -> read(shown.resolve("f6")).equals("bytes 6"));
    }
  }

  private static PeerStatus peer(NodeProcess node) throws IOException {
    return node.status().peers().getFirst();
  }

  private static boolean isAt(NodeProcess node, String address) throws IOException {
    PeerStatus peer = peer(node);
    String at = peer.address();
    return peer.connected() && at != null && at.startsWith(address + ":");
  }

  /** Waits until both are connected again, the first one with that address; how long that took. */
  private static Duration reconnected(NodeProcess one, NodeProcess other, String address) {
    long start = System.nanoTime();
    await()
        .atMost(SOON)
        .pollInterval(Duration.ofMillis(100))
        .until(() -> isAt(one, address) && peer(other).connected());
    return Duration.ofNanos(System.nanoTime() - start);
  }

  /** Nobody edits anything: each has said where it listens, and sees its own network change. */
  @Test
  void network_machineMoves_andItsCableIsPulled_connectedAgainByThemselves() throws Exception {
    try (Network network = Network.open();
        Household household = new Household(base)) {
      NodeProcess nas = household.on(network, "nas", true);
      NodeProcess laptop = household.on(network, "laptop", true);
      household.introduce(laptop, nas);
      household.startAll();
      String laptopAt = network.address("laptop") + ":9771";
      await().atMost(SOON).until(() -> peer(nas).heardAddresses().equals(List.of(laptopAt)));

      String moved = network.move("nas");
      Duration afterMove = reconnected(laptop, nas, moved);
      await().atMost(SOON).until(() -> peer(laptop).heardAddresses().contains(moved + ":9771"));

      network.cut("nas");
      await().atMost(SOON).until(() -> !peer(nas).connected());
      network.heal("nas");
      Duration afterHeal = reconnected(laptop, nas, moved);

      System.out.printf(
          "connected again %,d ms after the address changed, %,d ms after the cable was back%n",
          afterMove.toMillis(), afterHeal.toMillis());
      assertThat(laptop.stop()).isZero();
      assertThat(nas.stop()).isZero();
    }
  }
}
