package org.realize.sync.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.realize.sync.delta.TreeHasher;
import org.realize.sync.model.Content;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Corrupt;
import org.realize.sync.model.RealizeException.Unreachable;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.BlobRow;
import org.realize.sync.port.ContentBatch;
import org.realize.sync.port.Finding;
import org.realize.sync.port.PathState;
import org.realize.sync.port.PeerLink.ContentSink;
import org.realize.sync.testing.ArenaRig;
import org.realize.sync.testing.ScriptedPeer;
import org.realize.sync.transfer.Downloader.WantedContent;

/** Tests of small contents that are fetched into memory. */
@Timeout(30)
final class BatchFetchTest {

  private final ArenaRig rig = new ArenaRig();
  private final ScriptedPeer nas = new ScriptedPeer("nas").sendBatches();
  private final ScriptedPeer laptop = new ScriptedPeer("laptop").sendBatches();
  private Downloader downloader =
      new Downloader(rig.arena(), rig.peers, new DownloadPool(DownloadLimits.DEFAULT));
  private final List<byte[]> contents = new ArrayList<>();

  /** The nas would deliver first. */
  @BeforeEach
  void connect() {
    rig.links.addAll(List.of(laptop, nas));
    nas.speed(Duration.ofNanos(1), Duration.ZERO);
  }

  /** Peers that send nothing are left soon. */
  private void beImpatient() {
    DownloadLimits impatient = DownloadLimits.DEFAULT.withStall(Duration.ofMillis(100));
    downloader = new Downloader(rig.arena(), rig.peers, new DownloadPool(impatient));
  }

  /** Shows a content of the size, which the peers hold. */
  private WantedContent wanted(int sizeBytes, ScriptedPeer... holders) throws Exception {
    byte[] bytes = ScriptedPeer.bytes(contents.size() + 100, sizeBytes);
    Content.File content = new Content.File(TreeHasher.hash(bytes), sizeBytes);
    for (ScriptedPeer holder : holders) {
      holder.serve(bytes);
    }
    String path = "d/f" + contents.size();
    contents.add(bytes);
    rig.show(path, content, holders);
    PathState state = rig.store.read(r -> r.path(RelativePath.of(path))).orElseThrow();
    return new WantedContent(state, content);
  }

  private List<WantedContent> wanted(int count, int sizeBytes, ScriptedPeer... holders)
      throws Exception {
    List<WantedContent> wanted = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      wanted.add(wanted(sizeBytes, holders));
    }
    return wanted;
  }

  /** What came, by index. */
  private static final class Outcomes implements ContentSink {
    final Map<Integer, byte[]> arrived = new TreeMap<>();
    final Map<Integer, RealizeException> failed = new TreeMap<>();

    @Override
    public void arrived(int index, ByteBuffer bytes) {
      byte[] copy = new byte[bytes.remaining()];
      bytes.get(copy);
      assertThat(arrived.put(index, copy)).isNull();
    }

    @Override
    public void failed(int index, RealizeException cause) {
      assertThat(failed.put(index, cause)).isNull();
    }
  }

  private Outcomes fetch(List<WantedContent> wanted) throws InterruptedException {
    Outcomes outcomes = new Outcomes();
    downloader.fetch(wanted, outcomes);
    assertThat(outcomes.arrived.size() + outcomes.failed.size()).isEqualTo(wanted.size());
    outcomes.arrived.forEach((index, bytes) -> assertThat(bytes).isEqualTo(contents.get(index)));
    return outcomes;
  }

  private Outcomes fetchAll(List<WantedContent> wanted) throws InterruptedException {
    Outcomes outcomes = fetch(wanted);
    assertThat(outcomes.failed).isEmpty();
    return outcomes;
  }

  @Test
  void fetch_manySmallContents_areOneCallAndNoBlobs() throws Exception {
    fetchAll(wanted(400, 4096, nas, laptop));
    assertThat(nas.batchCalls()).containsExactly(new ScriptedPeer.BatchCall(400, 400 * 4096));
    assertThat(laptop.batchCalls()).isEmpty();
    assertThat(nas.nodeCalls()).isEmpty();
    List<BlobRow> blobs = rig.store.read(r -> r.blobs());
    assertThat(blobs).isEmpty();
    assertThat(downloader.counters().snapshot().bytesByPeer())
        .containsExactly(Map.entry(nas.peer(), 400L * 4096));
  }

  @Test
  void fetch_moreThanABatchHolds_areSeveralCallsWithinTheBounds() throws Exception {
    List<WantedContent> wanted = wanted(12, ContentBatch.MAX_CONTENT_BYTES, nas);
    wanted.addAll(wanted(700, 3, nas));
    fetchAll(wanted);
    assertThat(nas.batchCalls())
        .hasSizeBetween(3, 15)
        .allSatisfy(call -> {
          assertThat(call.count()).isLessThanOrEqualTo(ContentBatch.MAX_CONTENTS);
          assertThat(call.bytes()).isLessThanOrEqualTo(ContentBatch.MAX_BYTES);
        });
  }

  @Test
  void fetch_emptyContents_askNobody() throws Exception {
    fetchAll(wanted(2, 0, nas));
    assertThat(nas.batchCalls()).isEmpty();
  }

  @Test
  void fetch_peerWithoutBatches_isAskedForBlocks() throws Exception {
    ScriptedPeer old = new ScriptedPeer("old");
    rig.links.add(old);
    List<WantedContent> wanted = wanted(3, 300_000, old);
    fetchAll(wanted);
    assertThat(old.blocksAsked()).isEqualTo(9);
    old.gone();
    assertThat(fetch(wanted).failed).hasSize(3);
    old.heal().corruptBlock(1);
    assertThat(fetch(wanted).failed).hasSize(3);
    assertThat(downloader.counters().snapshot().badFromPeers()).containsEntry(old.peer(), 3L);
  }

  @Test
  void fetch_wrongBytesFromOneOfTwo_areTakenFromTheOther() throws Exception {
    nas.corruptBlock(1);
    fetchAll(wanted(3, 4096, nas, laptop));
    assertThat(laptop.batchCalls()).containsExactly(new ScriptedPeer.BatchCall(1, 4096));
    assertThat(downloader.counters().snapshot().badFromPeers()).isEqualTo(Map.of(nas.peer(), 1L));
    assertThat(rig.findings())
        .singleElement()
        .satisfies(finding -> {
          assertThat(finding.kind()).isEqualTo(Finding.FindingKind.FAILED);
          assertThat(finding.subject()).isEqualTo("d/f1");
          assertThat(finding.cause()).contains("nas", "hash");
        });
  }

  @Test
  void fetch_wrongBytesFromTheOnlyPeer_failAloneAndThePeerIsLeftAside() throws Exception {
    nas.corruptBlock(1);
    List<WantedContent> wanted = wanted(3, 4096, nas);
    Outcomes outcomes = fetch(wanted);
    assertThat(outcomes.arrived).containsOnlyKeys(0, 2);
    assertThat(outcomes.failed.get(1)).isInstanceOf(Corrupt.class).hasMessageContaining("hash");
    nas.heal();
    assertThat(fetch(wanted.subList(1, 2)).failed.get(0)).hasMessageContaining("bad bytes");
    assertThat(nas.batchCalls()).hasSize(1);
    rig.time.advance(DownloadLimits.DEFAULT.setAside().plusSeconds(1));
    Outcomes healed = new Outcomes();
    downloader.fetch(wanted.subList(1, 2), healed);
    assertThat(healed.arrived.get(0)).isEqualTo(contents.get(1));
    assertThat(rig.findings()).isEmpty();
  }

  @Test
  void fetch_connectionCutMidway_takesTheRestFromTheOther() throws Exception {
    nas.cutAt(3);
    fetchAll(wanted(8, 1000, nas, laptop));
    assertThat(laptop.batchCalls()).containsExactly(new ScriptedPeer.BatchCall(5, 5000));
  }

  @Test
  void fetch_connectionCutMidwayAndNoOther_keepsWhatCame() throws Exception {
    nas.cutAt(3);
    Outcomes outcomes = fetch(wanted(8, 1000, nas));
    assertThat(outcomes.arrived).containsOnlyKeys(0, 1, 2);
    assertThat(outcomes.failed.get(5))
        .isInstanceOf(Unreachable.class)
        .hasMessageContaining("nas: connection to nas is gone");
  }

  @Test
  void fetch_peerStalls_takesTheRestFromTheOtherAfterTheDeadline() throws Exception {
    beImpatient();
    nas.stallAt(0);
    fetchAll(wanted(4, 1000, nas, laptop));
    assertThat(laptop.batchCalls()).containsExactly(new ScriptedPeer.BatchCall(4, 4000));
    assertThat(downloader.counters().snapshot().badFromPeers()).isEmpty();
  }

  @Test
  void fetch_versionGone_isNoFault() throws Exception {
    nas.gone();
    fetchAll(wanted(2, 1000, nas, laptop));
    assertThat(rig.findings()).isEmpty();
    assertThat(downloader.counters().snapshot().badFromPeers()).isEmpty();
  }

  @Test
  void fetch_contentsOfDifferentHolders_askEachForItsOwn() throws Exception {
    List<WantedContent> wanted = wanted(2, 1000, nas);
    wanted.addAll(wanted(3, 1000, laptop));
    fetchAll(wanted);
    assertThat(nas.batchCalls()).containsExactly(new ScriptedPeer.BatchCall(2, 2000));
    assertThat(laptop.batchCalls()).containsExactly(new ScriptedPeer.BatchCall(3, 3000));
  }

  @Test
  void fetch_noPeerConnected_failsAtOnce() throws Exception {
    rig.links.clear();
    Outcomes outcomes = fetch(wanted(2, 1000, nas));
    assertThat(outcomes.failed.get(0))
        .isInstanceOf(Unreachable.class)
        .hasMessageContaining("not connected");
  }
}
