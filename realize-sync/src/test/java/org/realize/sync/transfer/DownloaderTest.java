package org.realize.sync.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.realize.sync.content.OpenFile;
import org.realize.sync.delta.TreeShape;
import org.realize.sync.model.Content;
import org.realize.sync.model.RealizeException.DiskFull;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RealizeException.Unreachable;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.port.Finding;
import org.realize.sync.port.PeerDirectory;
import org.realize.sync.port.PeerLink;
import org.realize.sync.testing.ArenaRig;
import org.realize.sync.testing.ScriptedPeer;

@Timeout(30)
class DownloaderTest {

  private static final int BLOCK = TreeShape.BLOCK_BYTES;
  private static final String PATH = "a/b";

  private final ArenaRig rig = new ArenaRig();
  private final ScriptedPeer nas = new ScriptedPeer("nas");
  private final ScriptedPeer laptop = new ScriptedPeer("laptop");
  private DownloadPool pool = new DownloadPool(DownloadLimits.DEFAULT);
  private Downloader downloader = new Downloader(rig.arena(), rig.peers, pool);

  @BeforeEach
  void connect() {
    rig.links.add(nas);
  }

  @AfterEach
  void close() {
    downloader.close();
  }

  /** Peers that send nothing are left soon. */
  private void beImpatient() {
    pool = new DownloadPool(DownloadLimits.DEFAULT.withStall(Duration.ofMillis(100)));
    downloader = new Downloader(rig.arena(), rig.peers, pool);
  }

  private OpenFile open(byte[] bytes, ScriptedPeer... holders) throws Exception {
    Content.File content = nas.serve(bytes);
    for (ScriptedPeer holder : holders) {
      holder.serve(bytes);
    }
    rig.show(PATH, content, holders);
    return downloader.open(RelativePath.of(PATH), content);
  }

  private static byte[] read(OpenFile reader, long offset, int length) throws Exception {
    ByteBuffer buffer = ByteBuffer.allocate(length);
    int count = reader.read(offset, buffer);
    assertThat(buffer.position()).isEqualTo(count);
    return Arrays.copyOf(buffer.array(), count);
  }

  private void assertNothingInFlight() {
    await().untilAsserted(() -> assertThat(pool.idle()).isTrue());
  }

  // ---- what arrives

  @Test
  void read_wholeFiles_givesTheirBytesAndFillsTheBlob() throws Exception {
    for (int size : new int[] {1, BLOCK - 1, BLOCK, BLOCK + 1, 5 * BLOCK + 17, 1030 * BLOCK + 3}) {
      byte[] bytes = ScriptedPeer.bytes(size, size);
      Content.File content = nas.serve(bytes);
      rig.show("f" + size, content, nas);
      try (OpenFile reader = downloader.open(RelativePath.of("f" + size), content)) {
        assertThat(reader.sizeBytes()).isEqualTo(size);
        assertThat(read(reader, 0, size + 10)).isEqualTo(bytes);
        assertThat(read(reader, size, 10)).isEmpty();
      }
      assertNothingInFlight();
      try (var blob = rig.blobs.find(content.hash()).orElseThrow()) {
        assertThat(blob.readable(0, size)).isTrue();
      }
      List<RelativePath> references = rig.store.read(r -> r.blobReferences(content.hash(), 10));
      assertThat(references).containsExactly(RelativePath.of("f" + size));
    }
    assertNothingInFlight();
  }

  @Test
  void read_emptyFile_asksNobody() throws Exception {
    try (OpenFile reader = open(new byte[0], nas)) {
      assertThat(read(reader, 0, 10)).isEmpty();
      assertThat(reader.readNow(0, ByteBuffer.allocate(1))).isZero();
    }
    assertThat(nas.blockCalls()).isEmpty();
    assertThat(nas.nodeCalls()).isEmpty();
  }

  @Test
  void read_acrossBlocksAtOddOffsets_givesThoseBytes() throws Exception {
    byte[] bytes = ScriptedPeer.bytes(2, 9 * BLOCK + 100);
    try (OpenFile reader = open(bytes, nas)) {
      int from = 3 * BLOCK - 7;
      int length = 2 * BLOCK + 20;
      assertThat(read(reader, from, length))
          .isEqualTo(Arrays.copyOfRange(bytes, from, from + length));
      assertThat(read(reader, 9L * BLOCK + 90, 50))
          .isEqualTo(Arrays.copyOfRange(bytes, 9 * BLOCK + 90, bytes.length));
    }
  }

  @Test
  void readNow_missingThenFetched_waitsForNobody() throws Exception {
    byte[] bytes = ScriptedPeer.bytes(3, 2 * BLOCK);
    try (OpenFile reader = open(bytes, nas)) {
      ByteBuffer buffer = ByteBuffer.allocate(100);
      assertThat(reader.readNow(5, buffer)).isEqualTo(OpenFile.WOULD_WAIT);
      assertThat(buffer.position()).isZero();
      read(reader, 0, 10);
      assertThat(reader.readNow(5, buffer)).isEqualTo(100);
      assertThat(buffer.array()).isEqualTo(Arrays.copyOfRange(bytes, 5, 105));
    }
  }

  @Test
  void read_cachedBytesOffline_needsNoPeer() throws Exception {
    byte[] bytes = ScriptedPeer.bytes(4, 3 * BLOCK);
    try (OpenFile reader = open(bytes, nas)) {
      read(reader, 0, bytes.length);
    }
    assertNothingInFlight();
    rig.links.clear();
    Content.File content = nas.serve(bytes);
    try (OpenFile reader = downloader.open(RelativePath.of(PATH), content)) {
      assertThat(read(reader, 0, bytes.length)).isEqualTo(bytes);
    }
    assertThat(nas.blocksAsked()).isEqualTo(3);
    TransferCounters.CounterSnapshot counts = downloader.counters().snapshot();
    assertThat(counts.bytesFromPeers()).isEqualTo(bytes.length);
    assertThat(counts.bytesFromBlobs()).isGreaterThanOrEqualTo(bytes.length);
  }

  @Test
  void read_secondBlockBelowANode_fetchesTheNodeOnce() throws Exception {
    byte[] bytes = ScriptedPeer.bytes(5, 1030 * BLOCK);
    try (OpenFile reader = open(bytes, nas)) {
      read(reader, 20L * BLOCK, 10);
      read(reader, 700L * BLOCK, 10);
      assertThat(nas.nodeCalls()).hasSize(2);
      read(reader, 1029L * BLOCK, 10);
      assertThat(nas.nodeCalls()).hasSize(3);
    }
    assertNothingInFlight();
    Content.File content = nas.serve(bytes);
    try (OpenFile reader = downloader.open(RelativePath.of(PATH), content)) {
      read(reader, 300L * BLOCK, 10);
    }
    assertThat(nas.nodeCalls()).hasSize(3);
  }

  // ---- what was renamed

  private OpenFile openRenamed(byte[] bytes, ScriptedPeer... reporters) throws Exception {
    Content.File content = laptop.serve(bytes);
    rig.show(PATH, content, laptop);
    rig.rename(PATH, "c", reporters);
    return downloader.open(RelativePath.of("c"), content);
  }

  @Test
  void read_renamedFileThatNobodyReports_isAskedOfAllOnce() throws Exception {
    rig.links.add(laptop);
    byte[] bytes = ScriptedPeer.bytes(30, 2 * BLOCK);
    try (OpenFile reader = openRenamed(bytes)) {
      assertThat(read(reader, 0, bytes.length)).isEqualTo(bytes);
    }
    assertThat(nas.nodeCalls().size() + nas.blockCalls().size()).isLessThanOrEqualTo(1);
  }

  @Test
  void read_renamedFileThatNobodyHas_failsAtOnce() throws Exception {
    try (OpenFile reader = openRenamed(ScriptedPeer.bytes(31, 100))) {
      assertThatThrownBy(() -> read(reader, 0, 100)).isInstanceOf(Unreachable.class);
    }
    assertThat(nas.blockCalls()).hasSize(1);
    assertThat(rig.time.sleepers()).isZero();
  }

  @Test
  void read_renamedFileWhoseHolderIsAboutToFollow_waitsForIt() throws Exception {
    byte[] bytes = ScriptedPeer.bytes(32, 100);
    nas.gone().serve(bytes);
    try (OpenFile reader = openRenamed(bytes, nas);
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<byte[]> read = threads.submit(() -> read(reader, 0, 100));
      await().until(() -> rig.time.sleepers() == 1);
      nas.heal();
      rig.time.advance(Duration.ofSeconds(1));
      assertThat(read.get()).isEqualTo(bytes);
    }
  }

  @Test
  void read_renamedFileWhoseHolderNeverFollows_failsAfterTwoSeconds() throws Exception {
    nas.gone();
    try (OpenFile reader = openRenamed(ScriptedPeer.bytes(33, 100), nas);
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<byte[]> read = threads.submit(() -> read(reader, 0, 100));
      await()
          .until(() -> {
            rig.time.advance(Duration.ofMillis(500));
            return read.isDone();
          });
      assertThatThrownBy(read::get).hasCauseInstanceOf(Unreachable.class);
    }
  }

  // ---- bad sources

  @Test
  void read_corruptBlockFromOneOfTwo_isTakenFromTheOther() throws Exception {
    rig.links.add(laptop);
    nas.corruptBlock(1).speed(Duration.ofNanos(1), Duration.ZERO);
    byte[] bytes = ScriptedPeer.bytes(6, 4 * BLOCK);
    try (OpenFile reader = open(bytes, nas, laptop)) {
      assertThat(read(reader, 0, bytes.length)).isEqualTo(bytes);
    }
    assertThat(downloader.counters().snapshot().badFromPeers()).containsEntry(nas.peer(), 1L);
    assertThat(downloader.counters().snapshot().badFromPeers()).doesNotContainKey(laptop.peer());
    assertThat(rig.findings())
        .anySatisfy(finding -> {
          assertThat(finding.kind()).isEqualTo(Finding.FindingKind.FAILED);
          assertThat(finding.subject()).isEqualTo(PATH);
          assertThat(finding.cause()).contains("nas", "block 1");
        });
  }

  @Test
  void read_corruptBlockFromTheOnlyPeer_isDamageAndNeverServed() throws Exception {
    nas.corruptBlock(0);
    byte[] bytes = ScriptedPeer.bytes(7, BLOCK);
    try (OpenFile reader = open(bytes, nas)) {
      ByteBuffer buffer = ByteBuffer.allocate(10);
      assertThatThrownBy(() -> reader.read(0, buffer))
          .isInstanceOf(StorageFailed.class)
          .hasStackTraceContaining("nas")
          .hasStackTraceContaining("hash");
      assertThat(buffer.position()).isZero();
      assertThat(reader.readNow(0, buffer)).isEqualTo(OpenFile.WOULD_WAIT);
      int calls = nas.blockCalls().size();
      assertThatThrownBy(() -> reader.read(0, buffer)).isInstanceOf(StorageFailed.class);
      assertThat(nas.blockCalls()).hasSize(calls);
    }
    assertThat(rig.blobs.cachedBytes()).isZero();
    assertNothingInFlight();
  }

  @Test
  void read_peerHealsAfterItWasSetAside_isAskedAgainAndFindingGoes() throws Exception {
    nas.corruptBlock(0);
    byte[] bytes = ScriptedPeer.bytes(8, BLOCK);
    try (OpenFile reader = open(bytes, nas)) {
      assertThatThrownBy(() -> read(reader, 0, 1)).isInstanceOf(StorageFailed.class);
      nas.heal();
      assertThatThrownBy(() -> read(reader, 0, 1)).isInstanceOf(StorageFailed.class);
      rig.time.advance(DownloadLimits.DEFAULT.setAside().plusSeconds(1));
      assertThat(read(reader, 0, BLOCK)).isEqualTo(bytes);
    }
    await().untilAsserted(() -> assertThat(rig.findings()).isEmpty());
  }

  @Test
  void read_corruptNodes_areTakenFromTheOther() throws Exception {
    rig.links.add(laptop);
    byte[] bytes = ScriptedPeer.bytes(9, 1025 * BLOCK);
    nas.corruptNodes(2).speed(Duration.ofNanos(1), Duration.ZERO);
    try (OpenFile reader = open(bytes, nas, laptop)) {
      assertThat(read(reader, 0, 10)).isEqualTo(Arrays.copyOf(bytes, 10));
    }
    assertThat(downloader.counters().snapshot().badFromPeers()).containsEntry(nas.peer(), 1L);
    assertThat(nas.blockCalls()).isEmpty();
  }

  @Test
  void read_peerStalls_isReadFromTheNextAfterTheDeadline() throws Exception {
    beImpatient();
    rig.links.add(laptop);
    byte[] bytes = ScriptedPeer.bytes(10, 6 * BLOCK);
    nas.stallAt(2).speed(Duration.ofNanos(1), Duration.ZERO);
    try (OpenFile reader = open(bytes, nas, laptop)) {
      assertThat(read(reader, 0, bytes.length)).isEqualTo(bytes);
    }
    assertThat(laptop.blockCalls()).allMatch(call -> call.firstBlock() >= 2);
    assertThat(downloader.counters().snapshot().badFromPeers()).isEmpty();
  }

  @Test
  void read_onlyPeerStalls_endsUnreachable() throws Exception {
    beImpatient();
    nas.stallAt(0);
    try (OpenFile reader = open(ScriptedPeer.bytes(11, BLOCK), nas)) {
      assertThatThrownBy(() -> read(reader, 0, 1)).isInstanceOf(Unreachable.class);
    }
    assertNothingInFlight();
  }

  @Test
  void read_connectionCutMidway_goesOnAtTheOther() throws Exception {
    rig.links.add(laptop);
    byte[] bytes = ScriptedPeer.bytes(12, 6 * BLOCK);
    nas.cutAt(3).speed(Duration.ofNanos(1), Duration.ZERO);
    try (OpenFile reader = open(bytes, nas, laptop)) {
      assertThat(read(reader, 0, bytes.length)).isEqualTo(bytes);
    }
    assertThat(laptop.blockCalls()).allMatch(call -> call.firstBlock() >= 3);
  }

  @Test
  void read_versionGone_isNoFault() throws Exception {
    rig.links.add(laptop);
    byte[] bytes = ScriptedPeer.bytes(13, 2 * BLOCK);
    nas.gone().speed(Duration.ofNanos(1), Duration.ZERO);
    try (OpenFile reader = open(bytes, nas, laptop)) {
      assertThat(read(reader, 0, bytes.length)).isEqualTo(bytes);
    }
    assertThat(downloader.counters().snapshot().badFromPeers()).isEmpty();
    assertThat(rig.findings()).isEmpty();
  }

  /** The peer's file was touched: it is hashed again, and the same. */
  @Test
  void read_fileThatTheOnlyPeerIsHashing_waitsForIt() throws Exception {
    byte[] bytes = ScriptedPeer.bytes(16, 2 * BLOCK);
    nas.gone();
    try (OpenFile reader = open(bytes, nas)) {
      Thread healing =
          Thread.ofVirtual()
              .start(() -> {
                await().until(() -> rig.time.sleepers() > 0);
                nas.heal();
                await()
                    .pollInterval(Duration.ofMillis(10))
                    .until(() -> {
                      rig.time.advance(Duration.ofMillis(500));
                      return nas.blocksAsked() >= 2;
                    });
              });
      assertThat(read(reader, 0, bytes.length)).isEqualTo(bytes);
      healing.join();
    }
  }

  @Test
  void read_peerThatDoesNotHoldIt_isNotAsked() throws Exception {
    rig.links.add(laptop);
    laptop.speed(Duration.ofNanos(1), Duration.ZERO);
    byte[] bytes = ScriptedPeer.bytes(14, BLOCK);
    laptop.serve(bytes);
    try (OpenFile reader = open(bytes, nas)) {
      read(reader, 0, 1);
    }
    assertThat(laptop.blockCalls()).isEmpty();
  }

  /** Who starts a machine and opens a file is not refused for the second that a dial takes. */
  @Test
  void read_holderIsBeingDialled_waitsForIt_butNotBesideAnother() throws Exception {
    List<Set<StoreId>> waits = new ArrayList<>();
    PeerDirectory dialling =
        new PeerDirectory() {
          @Override
          public List<PeerLink> links() {
            return rig.peers.links();
          }

          @Override
          public void awaitFirstDials(Set<StoreId> stores) {
            waits.add(stores);
            rig.links.add(nas);
          }
        };
    rig.links.clear();
    rig.links.add(laptop);
    downloader = new Downloader(rig.arena(), dialling, pool);
    byte[] bytes = ScriptedPeer.bytes(16, 2 * BLOCK);
    try (OpenFile reader = open(bytes, nas)) {
      assertThat(read(reader, 0, 1)).containsExactly(bytes[0]);
      assertThat(read(reader, 0, bytes.length)).isEqualTo(bytes);
    }
    assertThat(waits).containsExactly(Set.of(nas.store()));
  }

  @Test
  void read_peerAway_namesItAsTheUserDoes() throws Exception {
    rig.links.clear();
    PeerDirectory named =
        new PeerDirectory() {
          @Override
          public List<PeerLink> links() {
            return List.of();
          }

          @Override
          public String name(StoreId store) {
            return store.equals(nas.store()) ? "attic" : "another";
          }
        };
    downloader = new Downloader(rig.arena(), named, pool);
    try (OpenFile reader = open(ScriptedPeer.bytes(15, BLOCK), nas)) {
      assertThatThrownBy(() -> read(reader, 0, 1))
          .isInstanceOf(Unreachable.class)
          .hasStackTraceContaining("attic: not connected");
    }
  }

  @Test
  void read_noPeerConnected_failsAtOnce() throws Exception {
    rig.links.clear();
    try (OpenFile reader = open(ScriptedPeer.bytes(15, BLOCK), nas)) {
      assertThatThrownBy(() -> read(reader, 0, 1))
          .isInstanceOf(Unreachable.class)
          .hasStackTraceContaining("not connected");
    }
    assertThat(rig.blobs.find(nas.serve(ScriptedPeer.bytes(15, BLOCK)).hash())).isEmpty();
  }

  @Test
  void read_pathShowsAnotherContent_keepsTheOpenedOne() throws Exception {
    byte[] bytes = ScriptedPeer.bytes(16, 3 * BLOCK);
    try (OpenFile reader = open(bytes, nas)) {
      rig.show(PATH, nas.serve(ScriptedPeer.bytes(17, BLOCK)), nas);
      assertThat(read(reader, 0, bytes.length)).isEqualTo(bytes);
      List<RelativePath> references =
          rig.store.read(r -> r.blobReferences(nas.serve(bytes).hash(), 10));
      assertThat(references).isEmpty();
    }
  }

  // ---- the disk

  @Test
  void read_diskFull_succeedsUncachedAndSaysSo() throws Exception {
    rig.blobs.capacity(3L * BLOCK);
    byte[] bytes = ScriptedPeer.bytes(18, 40 * BLOCK + 5);
    try (OpenFile reader = open(bytes, nas)) {
      for (int at = 0; at < bytes.length; at += BLOCK) {
        int length = Math.min(BLOCK, bytes.length - at);
        assertThat(read(reader, at, length)).isEqualTo(Arrays.copyOfRange(bytes, at, at + length));
      }
      // a reader has its bytes before the disk refuses them
      await()
          .untilAsserted(() ->
              assertThat(rig.findings())
                  .anySatisfy(finding ->
                      assertThat(finding.source().part()).isEqualTo(Finding.Part.CACHE)));
    }
    try (var blob = rig.blobs.find(nas.serve(bytes).hash()).orElseThrow()) {
      assertThat(blob.readable().lengthBytes()).isLessThanOrEqualTo(3L * BLOCK);
    }
    assertNothingInFlight();
    assertThat(nas.blocksAsked()).isLessThan(80);

    rig.blobs.capacity(1L << 40);
    try (OpenFile reader = downloader.open(RelativePath.of(PATH), nas.serve(bytes))) {
      assertThat(read(reader, 0, bytes.length)).isEqualTo(bytes);
    }
    await().untilAsserted(() -> assertThat(rig.findings()).isEmpty());
  }

  @Test
  void download_partlyCached_fetchesTheRestAndCommitsIt() throws Exception {
    byte[] bytes = ScriptedPeer.bytes(25, 90 * BLOCK + 1);
    try (OpenFile reader = open(bytes, nas)) {
      read(reader, 40L * BLOCK, 1);
    }
    assertNothingInFlight();
    Content.File content = nas.serve(bytes);
    downloader.download(RelativePath.of(PATH), content);
    assertThat(rig.blobs.cachedBytes()).isEqualTo(bytes.length);
    assertThat(nas.blocksAsked()).isEqualTo(91);
    downloader.download(RelativePath.of(PATH), content);
    assertThat(nas.blocksAsked()).isEqualTo(91);
  }

  @Test
  void download_largeFileThatPassesByAReader_keepsIt() throws Exception {
    rig.blobs.admitUpTo(BLOCK);
    byte[] bytes = ScriptedPeer.bytes(27, 20 * BLOCK + 5);
    Content.File content = nas.serve(bytes);
    try (OpenFile reader = open(bytes, nas)) {
      read(reader, 3L * BLOCK, 4 * BLOCK);
      assertNothingInFlight();
      assertThat(rig.blobs.cachedBytes()).isZero();
      downloader.download(RelativePath.of(PATH), content);
      assertThat(rig.blobs.cachedBytes()).isEqualTo(bytes.length);
      long asked = nas.blocksAsked();
      assertThat(read(reader, 0, bytes.length)).isEqualTo(bytes);
      assertThat(nas.blocksAsked()).isEqualTo(asked);
    }
    assertNothingInFlight();
  }

  @Test
  void download_diskFull_fails() throws Exception {
    rig.blobs.capacity(3L * BLOCK);
    byte[] bytes = ScriptedPeer.bytes(26, 20 * BLOCK);
    Content.File content = nas.serve(bytes);
    rig.show(PATH, content, nas);
    assertThatThrownBy(() -> downloader.download(RelativePath.of(PATH), content))
        .isInstanceOf(DiskFull.class);
    assertNothingInFlight();
  }

  // ---- several readers

  @Test
  void read_concurrentReadersOfABlock_fetchItOnce() throws Exception {
    CountDownLatch gate = new CountDownLatch(1);
    byte[] bytes = ScriptedPeer.bytes(19, 2 * BLOCK);
    nas.gate(gate);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<byte[]>> reads = new ArrayList<>();
      List<OpenFile> readers = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        OpenFile reader = open(bytes, nas);
        readers.add(reader);
        reads.add(threads.submit(() -> read(reader, BLOCK + 10, 100)));
      }
      await().until(() -> !nas.nodeCalls().isEmpty());
      gate.countDown();
      for (Future<byte[]> read : reads) {
        assertThat(read.get()).isEqualTo(Arrays.copyOfRange(bytes, BLOCK + 10, BLOCK + 110));
      }
      readers.forEach(OpenFile::close);
    }
    assertThat(nas.blockCalls())
        .containsExactly(new ScriptedPeer.BlockCall(nas.serve(bytes).hash(), 1, 1));
    assertThat(nas.nodeCalls()).hasSize(1);
  }

  @Test
  void read_interrupted_endsAndOthersGoOn() throws Exception {
    CountDownLatch gate = new CountDownLatch(1);
    byte[] bytes = ScriptedPeer.bytes(20, BLOCK);
    nas.gate(gate);
    try (OpenFile reader = open(bytes, nas)) {
      CompletableFuture<Throwable> ended = new CompletableFuture<>();
      Thread blocked =
          Thread.startVirtualThread(() -> {
            try {
              read(reader, 0, 1);
              ended.complete(new AssertionError("it read"));
            } catch (Exception e) {
              ended.complete(e);
            }
          });
      await().until(() -> !nas.blockCalls().isEmpty());
      CompletableFuture<byte[]> other = new CompletableFuture<>();
      Thread.startVirtualThread(() -> {
        try {
          other.complete(read(reader, 0, BLOCK));
        } catch (Exception e) {
          other.completeExceptionally(e);
        }
      });
      blocked.interrupt();
      assertThat(ended.get()).isInstanceOf(InterruptedException.class);
      gate.countDown();
      assertThat(other.get()).isEqualTo(bytes);
    }
    assertThat(nas.blockCalls()).hasSize(1);
  }

  @Test
  void close_whileFetching_cancelsAndFreesTheRoom() throws Exception {
    nas.gate(new CountDownLatch(1));
    OpenFile reader = open(ScriptedPeer.bytes(21, 4 * BLOCK), nas);
    CompletableFuture<Throwable> ended = new CompletableFuture<>();
    Thread.startVirtualThread(() -> {
      try {
        read(reader, 0, 4 * BLOCK);
      } catch (Exception e) {
        ended.complete(e);
      }
    });
    await().until(() -> !nas.nodeCalls().isEmpty());
    reader.close();
    reader.close();
    assertThat(ended.get()).isInstanceOf(Unreachable.class);
    assertNothingInFlight();
  }

  // ---- read-ahead

  @Test
  void read_inOrder_growsTheReadAhead() throws Exception {
    byte[] bytes = ScriptedPeer.bytes(22, 300 * BLOCK);
    try (OpenFile reader = open(bytes, nas)) {
      for (int at = 0; at < bytes.length; at += BLOCK) {
        assertThat(read(reader, at, BLOCK)).isEqualTo(Arrays.copyOfRange(bytes, at, at + BLOCK));
      }
    }
    assertThat(nas.blocksAsked()).isEqualTo(300);
    assertThat(nas.blockCalls()).anyMatch(call -> call.count() >= 16);
    assertThat(nas.blockCalls()).hasSizeLessThan(60);
  }

  /** As the kernel reads: in order, with neighbours of the frontier out of order. */
  @Test
  void read_largeFileThatIsNotKept_isFetchedOnce() throws Exception {
    rig.blobs.admitUpTo(BLOCK);
    byte[] bytes = ScriptedPeer.bytes(28, 700 * BLOCK);
    try (OpenFile reader = open(bytes, nas)) {
      for (int at = 0; at < 700; at += 4) {
        for (int block : new int[] {at, at + 2, at + 1, at + 3}) {
          int start = block * BLOCK;
          assertThat(read(reader, start, BLOCK))
              .isEqualTo(Arrays.copyOfRange(bytes, start, start + BLOCK));
        }
      }
    }
    assertNothingInFlight();
    assertThat(nas.blocksAsked()).isEqualTo(700);
    assertThat(nas.blockCalls()).hasSizeLessThan(150);
  }

  @Test
  void read_atRandom_fetchesOnlyWhatIsRead() throws Exception {
    byte[] bytes = ScriptedPeer.bytes(23, 400 * BLOCK);
    try (OpenFile reader = open(bytes, nas)) {
      for (int block : new int[] {300, 100, 250, 50, 399, 200}) {
        int at = block * BLOCK + 77;
        assertThat(read(reader, at, 10)).isEqualTo(Arrays.copyOfRange(bytes, at, at + 10));
      }
    }
    assertNothingInFlight();
    assertThat(nas.blocksAsked()).isEqualTo(6);
  }

  @Test
  void read_largeFileFromTwoPeers_asksBoth() throws Exception {
    rig.links.add(laptop);
    nas.speed(Duration.ofMillis(1), Duration.ofMillis(1));
    laptop.speed(Duration.ofMillis(1), Duration.ofMillis(1));
    byte[] bytes = ScriptedPeer.bytes(24, 256 * BLOCK);
    try (OpenFile reader = open(bytes, nas, laptop)) {
      for (int at = 0; at < bytes.length; at += 8 * BLOCK) {
        assertThat(read(reader, at, 8 * BLOCK))
            .isEqualTo(Arrays.copyOfRange(bytes, at, at + 8 * BLOCK));
      }
    }
    assertThat(nas.blocksAsked()).isPositive();
    assertThat(laptop.blocksAsked()).isPositive();
    assertThat(nas.blocksAsked() + laptop.blocksAsked()).isEqualTo(256);
  }
}
