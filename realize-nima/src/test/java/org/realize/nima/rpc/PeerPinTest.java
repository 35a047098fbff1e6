package org.realize.nima.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.RealizeException.Denied;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.PinAnswer;
import org.realize.sync.port.PinRequest;
import org.realize.sync.port.PinRequest.Pinned;

/** Tests of pins over a real pair of connections. */
final class PeerPinTest {
  private static final Duration DEADLINE = Duration.ofSeconds(30);
  private static final UUID ROOT = new UUID(3, 4);

  private final TestNode desk = new TestNode("desk", Limits.DEFAULT);
  private final TestNode nas = new TestNode("nas", Limits.DEFAULT, "127.0.0.1:0");

  @BeforeEach
  void connect() throws Exception {
    nas.knows(desk);
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

  private List<PinAnswer> pin(PinRequest request) throws Exception {
    return desk.link(nas).orElseThrow().pin(TestNode.ARENA, request, DEADLINE);
  }

  private static Content file(int number) {
    return new Content.File(new ContentHash(number, 2, 3, 4), number);
  }

  @Test
  void pin_contentsOfAllKinds_areAnsweredInOrder() throws Exception {
    PinRequest request =
        new PinRequest(
            PinRequest.PinStep.PIN,
            ROOT,
            List.of(
                new Pinned(RelativePath.of("d/file"), file(7), 11),
                new Pinned(RelativePath.of("later"), new Content.Link("../x"), 12),
                new Pinned(RelativePath.of("refused"), new Content.Directory(), 13)));
    assertThat(pin(request))
        .containsExactly(
            new PinAnswer.Granted(),
            new PinAnswer.Later("nas has not indexed it yet"),
            new PinAnswer.Refused("nas marks it watch"));
    assertThat(nas.service.pinRequests)
        .containsExactly(new FakeService.PinCall(desk.identity.store(), request));
  }

  /** The longest paths of a whole batch do not fit one message. */
  @Test
  void pin_moreThanOneMessageHolds_isAnsweredWhole() throws Exception {
    String part = "p".repeat(255) + "/";
    List<Pinned> contents = new ArrayList<>();
    for (int i = 0; i < PinRequest.MAX_CONTENTS; i++) {
      contents.add(new Pinned(RelativePath.of(part.repeat(15) + i), file(i), i));
    }
    assertThat(pin(new PinRequest(PinRequest.PinStep.DROPPED, ROOT, contents)))
        .hasSize(PinRequest.MAX_CONTENTS)
        .containsOnly(new PinAnswer.Granted());
    assertThat(nas.service.pinRequests).hasSizeGreaterThan(1);
    assertThat(nas.service.pinRequests)
        .allSatisfy(
            call -> assertThat(call.request().step()).isEqualTo(PinRequest.PinStep.DROPPED));
  }

  @Test
  void pin_arenaThatIsNotShared_isDenied() throws Exception {
    nas.peers.clear();
    nas.knows(desk, java.util.Optional.of(List.of()), org.realize.nima.config.Role.BOTH);
    PinRequest request =
        new PinRequest(
            PinRequest.PinStep.PIN, ROOT, List.of(new Pinned(RelativePath.of("f"), file(1), 1)));
    await() // the pair is made again under the new settings
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> assertThatThrownBy(() -> pin(request)).isInstanceOf(Denied.class));
    assertThat(nas.service.pinRequests).isEmpty();
  }
}
