package org.realize.nima.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.realize.nima.config.Role;
import org.realize.sync.model.RealizeException.Denied;
import org.realize.sync.model.RealizeException.Invalid;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.PeerLink;
import org.realize.sync.port.PurgeAnswer;

/** Tests of the purge of a peer's trash over a real pair of connections. */
final class PeerPurgeTest {
  private static final Duration DEADLINE = Duration.ofSeconds(30);
  private static final RelativePath PATH = RelativePath.of("d/f");

  private final TestNode desk = new TestNode("desk", Limits.DEFAULT);
  private final TestNode nas = new TestNode("nas", Limits.DEFAULT, "127.0.0.1:0");

  @BeforeEach
  void connect() throws Exception {
    nas.knows(desk, Optional.empty(), Role.BOTH, List.of(TestNode.ARENA));
    nas.connections().start();
    desk.knows(nas, "127.0.0.1:" + nas.port());
    desk.connections().start();
    await().atMost(Duration.ofSeconds(30)).until(() -> desk.link(nas).isPresent());
  }

  @AfterEach
  void close() {
    desk.connections().close();
    nas.connections().close();
  }

  private PeerLink link() {
    return desk.link(nas).orElseThrow();
  }

  @Test
  void purge_pathsOfAnArena_areAskedForAndAnswered() throws Exception {
    assertThat(link().purges()).isTrue();

    PurgeAnswer answer = link().purge(TestNode.ARENA, List.of(PATH, RelativePath.ROOT), DEADLINE);

    assertThat(answer).isEqualTo(new PurgeAnswer(2, 7, 1, "'a' is open"));
    assertThat(nas.service.purged).containsExactly("desk " + TestNode.ARENA + " [d/f, ]");
  }

  @Test
  void purge_peerThatMayNotWrite_isDenied() throws Exception {
    nas.peers.clear();
    nas.knows(desk);
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() ->
            assertThatThrownBy(() -> link().purge(TestNode.ARENA, List.of(PATH), DEADLINE))
                .isInstanceOf(Denied.class)
                .hasMessageContaining("not in 'write'"));
    nas.peers.clear();
    nas.knows(desk, Optional.of(List.of()), Role.BOTH);
    await() // the pair is made again under the new settings
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() ->
            assertThatThrownBy(() -> link().purge(TestNode.ARENA, List.of(PATH), DEADLINE))
                .isInstanceOf(Denied.class));
    assertThat(nas.service.purged).isEmpty();
  }

  @Test
  void purge_noPathOrTooMany_isRefused() {
    List<RelativePath> many = Collections.nCopies(PeerLink.MAX_PURGED_PATHS + 1, PATH);
    for (List<RelativePath> paths : List.of(List.<RelativePath>of(), many)) {
      assertThatThrownBy(() -> link().purge(TestNode.ARENA, paths, DEADLINE))
          .isInstanceOf(Invalid.class);
    }
    assertThat(nas.service.purged).isEmpty();
  }
}
