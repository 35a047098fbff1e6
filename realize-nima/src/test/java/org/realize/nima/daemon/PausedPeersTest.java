package org.realize.nima.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.realize.nima.config.ConfigurationFile;
import org.realize.nima.tls.NodeKey;
import org.realize.sync.engine.PauseState;
import org.realize.sync.loop.Loops;
import org.realize.sync.model.PeerName;
import org.realize.sync.port.PeerDirectory;
import org.realize.sync.port.PeerLink;
import org.realize.sync.testing.ManualTime;
import org.realize.sync.testing.MemoryGlobalStore;
import org.realize.sync.testing.ScriptedPeer;

class PausedPeersTest {

  private static final PeerName NAS = new PeerName("nas");
  private static final PeerName LAPTOP = new PeerName("laptop");

  @TempDir private Path base;
  private final ManualTime time = new ManualTime();
  private final MemoryGlobalStore global = new MemoryGlobalStore(new SplittableRandom(1));
  private final List<PeerLink> links = List.of(new ScriptedPeer("nas"), new ScriptedPeer("laptop"));
  private KnownPeers known;
  private PausedPeers paused;

  @BeforeEach
  void open() throws Exception {
    StringBuilder text = new StringBuilder("[node]\nname = \"desk\"\n");
    for (PeerName peer : List.of(NAS, LAPTOP)) {
      String pem = NodeKey.generate(new SecureRandom()).publicKey().pem();
      text.append("[[peer]]\nname = \"%s\"\npubkey = '''\n%s'''\n".formatted(peer, pem));
    }
    text.append("pause = [{ hours = \"0-24\" }]\n"); // the laptop's
    Files.writeString(base.resolve("realize.toml"), text);
    known = new KnownPeers(ConfigurationFile.in(base).read());
    paused = restarted();
  }

  private PausedPeers restarted() throws Exception {
    return new PausedPeers(global, () -> links, known, time);
  }

  private static List<PeerName> names(PeerDirectory peers) {
    return peers.links().stream().map(PeerLink::peer).toList();
  }

  @Test
  void begin_untilATime_holdsAfterARestart_andEndsByItself() throws Exception {
    paused.begin(NAS, time.unixMillis() + 1_000);
    assertThat(names(restarted())).isEmpty();
    assertThat(restarted().until(NAS)).contains(time.unixMillis() + 1_000);

    time.advance(Duration.ofSeconds(1));
    assertThat(names(paused)).containsExactly(NAS);
  }

  @Test
  void end_peerOfATimetable_holdsUntilTheEndThatWasKnown() throws Exception {
    assertThat(names(paused)).containsExactly(NAS);
    assertThat(paused.until(LAPTOP)).contains(PauseState.FOR_EVER);

    paused.end(LAPTOP);

    assertThat(names(paused)).containsExactly(NAS, LAPTOP);
    assertThat(names(restarted())).containsExactly(NAS, LAPTOP);
    paused.begin(LAPTOP, PauseState.FOR_EVER);
    assertThat(names(restarted())).containsExactly(NAS);
  }

  @Test
  void watch_beginAndEnd_areNotified() throws Exception {
    List<String> told = new CopyOnWriteArrayList<>();
    PausedPeers.PauseListener listener =
        new PausedPeers.PauseListener() {
          @Override
          public void paused() {
            told.add("paused");
          }

          @Override
          public void resumed() {
            told.add("resumed");
          }
        };
    try (PausedPeers watched = paused) {
      watched.watch(listener, new Loops(time));
      watched.begin(NAS, PauseState.FOR_EVER);
      await().until(() -> told.equals(List.of("paused")));
      watched.end(NAS);
      await().until(() -> told.equals(List.of("paused", "resumed")));
    }
  }
}
