package org.realize.nima.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.realize.nima.config.Role;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Denied;
import org.realize.sync.model.RealizeException.NotFound;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RealizeException.Unreachable;
import org.realize.sync.model.RealizeException.VersionGone;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.ContentBatch;
import org.realize.sync.port.PeerLink.ContentRequest;
import org.realize.sync.port.PeerLink.ContentSink;

/** Tests of batches of contents over a real pair of connections. */
@Timeout(60)
final class PeerContentsTest {
  private static final Duration DEADLINE = Duration.ofSeconds(30);

  private final TestNode desk = new TestNode("desk", Limits.DEFAULT);
  private final TestNode nas = new TestNode("nas", Limits.DEFAULT, "127.0.0.1:0");

  @BeforeEach
  void connect() throws Exception {
    nas.knows(desk);
    nas.connections().start();
    desk.knows(nas, "127.0.0.1:" + nas.port());
    desk.connections().start();
    await().atMost(Duration.ofSeconds(30)).until(() -> desk.link(nas).isPresent());
    await().atMost(Duration.ofSeconds(30)).until(() -> nas.link(desk).isPresent());
  }

  @AfterEach
  void close() {
    desk.connections().close();
    nas.connections().close();
  }

  private static ContentRequest content(int sizeBytes, String path) {
    return new ContentRequest(
        TestNode.ARENA, new ContentHash(sizeBytes, 2, 3, 4), sizeBytes, RelativePath.of(path));
  }

  /** What came, in the order in which it did. */
  private static final class Arrivals implements ContentSink {
    private final List<Object> all = new ArrayList<>();

    @Override
    public void arrived(int index, ByteBuffer bytes) {
      assertThat(index).isEqualTo(all.size());
      byte[] copy = new byte[bytes.remaining()];
      bytes.duplicate().get(copy);
      all.add(copy);
    }

    @Override
    public void failed(int index, RealizeException cause) {
      assertThat(index).isEqualTo(all.size());
      all.add(cause);
    }
  }

  private static List<Object> ask(TestNode from, TestNode to, List<ContentRequest> contents)
      throws Exception {
    Arrivals arrivals = new Arrivals();
    from.link(to).orElseThrow().contents(new ContentBatch(contents), arrivals, DEADLINE);
    return arrivals.all;
  }

  private static void assertArrived(List<ContentRequest> contents, List<Object> arrived) {
    assertThat(arrived).hasSameSizeAs(contents);
    for (int i = 0; i < contents.size(); i++) {
      int size = (int) contents.get(i).sizeBytes();
      assertThat(arrived.get(i)).as("content %d", i).isEqualTo(FakeService.blockBytes(size, size));
    }
  }

  @Test
  void contents_sizesUpToTheBounds_arriveWholeAndInOrderBothWays() throws Exception {
    List<ContentRequest> contents = new ArrayList<>();
    for (int size : new int[] {0, 1, 4096, 262_142, 262_143, 262_144, 131_072, 0, 1 << 20, 5}) {
      contents.add(content(size, "d/" + contents.size()));
    }
    while (contents.size() < ContentBatch.MAX_CONTENTS) {
      contents.add(content(contents.size() * 3, "d/" + contents.size()));
    }
    assertThat(desk.link(nas).orElseThrow().batches()).isTrue();
    assertArrived(contents, ask(desk, nas, contents));
    assertArrived(contents, ask(nas, desk, contents));
    List<ContentRequest> large = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      large.add(content(1 << 20, "large/" + i));
    }
    assertArrived(large, ask(desk, nas, large));
    assertThat(nas.service.contents).hasSize(contents.size() + large.size());
  }

  @Test
  void contents_ofWhichSomeFail_bringTheOthersAndEachFailure() throws Exception {
    List<ContentRequest> contents =
        List.of(
            content(7, "a"),
            content(8, "gone"),
            content(9, "missing"),
            content(10, "b"),
            content(11, "failing"),
            content(12, "c"));
    List<Object> arrived = ask(desk, nas, contents);
    assertThat(arrived).hasSize(6);
    assertThat(arrived.get(0)).isEqualTo(FakeService.blockBytes(7, 7));
    assertThat(arrived.get(1))
        .isInstanceOf(VersionGone.class)
        .hasToString(new VersionGone("'gone' changed").toString());
    assertThat(arrived.get(2)).isInstanceOf(NotFound.class);
    assertThat(arrived.get(3)).isEqualTo(FakeService.blockBytes(10, 10));
    assertThat(arrived.get(4)).isInstanceOf(StorageFailed.class);
    assertThat(arrived.get(5)).isEqualTo(FakeService.blockBytes(12, 12));
  }

  /** The longest paths of a whole batch do not fit one message. */
  @Test
  void contents_moreThanOneMessageNames_arriveWhole() throws Exception {
    String part = "p".repeat(255) + "/";
    List<ContentRequest> contents = new ArrayList<>();
    for (int i = 0; i < ContentBatch.MAX_CONTENTS; i++) {
      contents.add(content(i, part.repeat(15) + i));
    }
    assertArrived(contents, ask(desk, nas, contents));
    assertThat(nas.service.contents).containsExactlyElementsOf(contents);
  }

  /** A bug of the peer fails the call; what came before stands, and so does the connection. */
  @Test
  void contents_peerThatFailsInTheMiddle_failAfterWhatCame() throws Exception {
    Arrivals arrivals = new Arrivals();
    ContentBatch batch =
        new ContentBatch(
            List.of(content(300_000, "a"), content(2, "b"), content(3, "broken"), content(4, "c")));
    assertThatThrownBy(() -> desk.link(nas).orElseThrow().contents(batch, arrivals, DEADLINE))
        .isInstanceOf(Unreachable.class);
    assertThat(arrivals.all.size()).isLessThan(3);
    assertArrived(List.of(content(5, "d")), ask(desk, nas, List.of(content(5, "d"))));
  }

  @Test
  void contents_arenaThatIsNotShared_areDenied() throws Exception {
    nas.peers.clear();
    nas.knows(desk, Optional.of(List.of()), Role.BOTH);
    await() // the pair is made again under the new settings
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() ->
            assertThatThrownBy(() -> ask(desk, nas, List.of(content(1, "a"))))
                .isInstanceOf(Denied.class));
    assertThat(nas.service.contents).isEmpty();
  }
}
