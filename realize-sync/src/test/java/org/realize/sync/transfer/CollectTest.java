package org.realize.sync.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.realize.sync.delta.TreeHasher;
import org.realize.sync.model.ByteRanges;
import org.realize.sync.model.Content;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Corrupt;
import org.realize.sync.model.RealizeException.DiskFull;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RealizeException.Unreachable;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.Version;
import org.realize.sync.port.Blob;
import org.realize.sync.port.BlobRow;
import org.realize.sync.port.DiskFile;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.PathState;
import org.realize.sync.real.ApplyProtocol.ApplyOutcome;
import org.realize.sync.real.PartialFiles;
import org.realize.sync.real.Real;
import org.realize.sync.real.RealChange;
import org.realize.sync.real.RootCapabilities;
import org.realize.sync.testing.ArenaRig;
import org.realize.sync.testing.ScriptedPeer;

/** Tests of large files that are fetched straight into their place in the root. */
@Timeout(60)
class CollectTest extends UpdateRig {

  private static final int BLOCKS = 40;
  private static final int SIZE = BLOCKS * BLOCK - 77;

  private final byte[] bytes = ScriptedPeer.bytes(1, SIZE);
  private Downloader current = downloader;

  /** What a new process has: nothing but the disk and the store. */
  private void restart() {
    current.close();
    current = new Downloader(rig.arena(root), rig.peers, pool);
  }

  private Version version() throws RealizeException {
    return rig.store.read(r -> r.path(PATH)).orElseThrow().shown();
  }

  private Content.File show(byte[] shown) throws Exception {
    Content.File content = nas.serve(shown);
    rig.show(NAME, content, nas);
    return content;
  }

  private void collect() throws Exception {
    try {
      current.collect(PATH, version(), Set.of());
    } finally {
      await().until(pool::idle);
    }
  }

  private DiskFile partial() throws Exception {
    return new PartialFiles(root).openFetched(PATH);
  }

  private byte[] collected() throws Exception {
    try (DiskFile file = partial()) {
      ByteBuffer all = ByteBuffer.allocate((int) file.sizeBytes());
      file.read(all, 0);
      return all.array();
    }
  }

  /** Collects until the peer is lost after so many blocks. */
  private void collectUntil(int blocks) throws Exception {
    nas.cutAfter(blocks);
    int sent = sentBy(() -> assertThatThrownBy(() -> collect()).isInstanceOf(Unreachable.class));
    assertThat(sent).isEqualTo(blocks);
    nas.heal();
  }

  private int sentBy(Action action) throws Exception {
    int before = nas.blocksSent();
    action.run();
    return nas.blocksSent() - before;
  }

  private interface Action {
    void run() throws Exception;
  }

  @Test
  void collect_newFile_isWholeAndDurableAndNoBlob() throws Exception {
    Content.File content = show(bytes);
    assertThat(sentBy(() -> collect())).isEqualTo(BLOCKS);
    root.powerCut(new SplittableRandom(1));
    assertThat(collected()).isEqualTo(bytes);
    assertThat(root.stat(PATH)).isEmpty();
    List<BlobRow> blobs = rig.store.read(r -> r.blobs());
    assertThat(blobs).isEmpty();
    assertThat(rig.blobs.find(content.hash())).isEmpty();
  }

  @Test
  void collect_afterALostConnection_fetchesTheRestOnly() throws Exception {
    show(bytes);
    collectUntil(23);
    root.badByte(file(), 0); // what was verified in this process is not read again
    assertThat(sentBy(() -> collect())).isEqualTo(BLOCKS - 23);
    assertThat(nas.blocksSent()).isEqualTo(BLOCKS);
  }

  private RelativePath file() throws Exception {
    RelativePath directory = RelativePath.of(".realize/partial");
    return directory.child(root.list(directory).names().getFirst());
  }

  @Test
  void collect_afterTheProcessDied_verifiesWhatIsThereAndFetchesTheRest() throws Exception {
    show(bytes);
    collectUntil(23);
    root.kill();
    restart();
    assertThat(sentBy(() -> collect())).isEqualTo(BLOCKS - 23);
    assertThat(collected()).isEqualTo(bytes);
  }

  /** What the cut lost, tore or turned to zeros is fetched again, whatever that is. */
  @Test
  void collect_afterAPowerCut_makesTheSameBytes() throws Exception {
    show(bytes);
    int fetchedAgain = 0;
    for (int seed = 0; seed < 12; seed++) {
      collectUntil(5 + seed);
      root.powerCut(new SplittableRandom(seed));
      restart();
      int rest = sentBy(() -> collect());
      fetchedAgain += 5 + seed + rest - BLOCKS;
      root.powerCut(new SplittableRandom(seed));
      assertThat(collected()).as("seed %d", seed).isEqualTo(bytes);
      root.delete(file());
      restart();
    }
    assertThat(fetchedAgain).isPositive();
  }

  /** Killed at every effect on the disk: the next life ends with the same bytes. */
  @Test
  void collect_killedAtAnyEffect_isResumed() throws Exception {
    byte[] small = Arrays.copyOf(bytes, 9 * BLOCK + 5);
    show(small);
    collect();
    long effects = root.effects();
    root.delete(file());
    restart();
    for (long at = 0; at < effects; at++) {
      root.powerOffAfter(at);
      try {
        collect();
      } catch (StorageFailed | DiskFull off) {
        assertThat(off).hasRootCauseInstanceOf(java.io.IOException.class);
      }
      if (at % 2 == 0) {
        root.kill();
      } else {
        root.powerCut(new SplittableRandom(at));
      }
      restart();
      collect();
      root.powerCut(new SplittableRandom(at));
      assertThat(collected()).as("killed at effect %d", at).isEqualTo(small);
      root.delete(file());
      restart();
    }
  }

  @Test
  void collect_blocksOfZeros_areNotFetchedAndStayHoles() throws Exception {
    byte[] sparse = new byte[SIZE];
    System.arraycopy(bytes, 0, sparse, 7 * BLOCK, BLOCK);
    System.arraycopy(bytes, 0, sparse, 30 * BLOCK + 5, 100);
    show(sparse);
    // the last block is no whole one, so its hash is not known to be that of zeros
    assertThat(sentBy(() -> collect())).isEqualTo(3);
    assertThat(collected()).isEqualTo(sparse);
    try (DiskFile file = partial()) {
      assertThat(file.allocatedBytes()).isLessThanOrEqualTo(2 * BLOCK);
    }
    restart();
    assertThat(sentBy(() -> collect())).isLessThanOrEqualTo(1);
  }

  /** Zeros replace what another version has left there. */
  @Test
  void collect_zerosWhereAnEarlierAttemptHadData_areZeros() throws Exception {
    show(bytes);
    collectUntil(30);
    byte[] sparse = bytes.clone();
    Arrays.fill(sparse, 3 * BLOCK, 9 * BLOCK, (byte) 0);
    show(sparse);
    collect();
    assertThat(collected()).isEqualTo(sparse);
  }

  @Test
  void collect_anotherVersionWhileOneIsPartlyHere_reusesItsBlocks() throws Exception {
    show(bytes);
    collectUntil(30);
    byte[] next = Arrays.copyOf(bytes, 20 * BLOCK + 9);
    next[4 * BLOCK] ^= 1;
    show(next);
    // the ten that had not come, the changed one, and the new end
    assertThat(sentBy(() -> collect())).isLessThanOrEqualTo(12);
    assertThat(collected()).isEqualTo(next);
  }

  @Test
  void collect_realFileWithMostBlocks_fetchesTheChangedOnes() throws Exception {
    root.user().write(NAME, bytes);
    Content.File old = nas.serve(bytes);
    storeTree(bytes, old);
    rig.show(NAME, old, root.stat(PATH).orElseThrow());
    byte[] next = bytes.clone();
    next[4 * BLOCK] ^= 1;
    next[12 * BLOCK] ^= 1;
    replace(next);
    assertThat(sentBy(() -> collect())).isEqualTo(2);
    assertThat(collected()).isEqualTo(next);
    assertThat(root.user().read(NAME)).isEqualTo(bytes);
  }

  private void storeTree(byte[] of, Content.File content) throws RealizeException {
    rig.store.write(writer -> {
      TreeHasher hasher =
          new TreeHasher((level, index, children) -> {
            try {
              writer.putTreeNode(content.hash(), level, index, children);
            } catch (RealizeException e) {
              throw new AssertionError(e);
            }
          });
      hasher.update(of, 0, of.length);
      hasher.finish();
    });
  }

  @Test
  void collect_contentThatTheCacheHasInPart_fetchesTheRest() throws Exception {
    Content.File content = show(bytes);
    try (Blob blob = rig.blobs.open(content.hash(), SIZE)) {
      blob.write(3L * BLOCK, ByteBuffer.wrap(bytes, 3 * BLOCK, 10 * BLOCK));
    }
    row(content, ByteRanges.of(3L * BLOCK, 13L * BLOCK));
    assertThat(sentBy(() -> collect())).isEqualTo(BLOCKS - 10);
    assertThat(collected()).isEqualTo(bytes);
  }

  @Test
  void collect_contentOfAnotherRealFile_isCopiedFromThere() throws Exception {
    root.user().write("old", bytes);
    Content.File content = nas.serve(bytes);
    storeTree(bytes, content);
    rig.show("old", content, root.stat(RelativePath.of("old")).orElseThrow());
    rig.show(NAME, content, nas);
    rig.links.clear();
    assertThatThrownBy(() -> collect()).isInstanceOf(Unreachable.class);
    current.collect(PATH, version(), Set.of(RelativePath.of("gone"), RelativePath.of("old")));
    assertThat(collected()).isEqualTo(bytes);
  }

  @Test
  void collect_wrongBytesFromOneOfTwo_areTakenFromTheOther() throws Exception {
    ScriptedPeer laptop = new ScriptedPeer("laptop");
    rig.links.add(laptop);
    nas.corruptBlock(3).corruptBlock(17).speed(Duration.ofNanos(1), Duration.ZERO);
    Content.File content = nas.serve(bytes);
    laptop.serve(bytes);
    rig.show(NAME, content, nas, laptop);
    collect();
    assertThat(collected()).isEqualTo(bytes);
  }

  @Test
  void collect_diskFull_failsSoonAndGoesOnLater() throws Exception {
    byte[] large = ScriptedPeer.bytes(2, 400 * BLOCK);
    show(large);
    root.capacity(10L * BLOCK);
    assertThatThrownBy(() -> collect()).isInstanceOf(DiskFull.class);
    assertThat(nas.blocksSent()).isLessThan(300);
    root.capacity(1L << 40);
    collect();
    assertThat(collected()).isEqualTo(large);
  }

  @Test
  void collect_interrupted_endsAndIsResumed() throws Exception {
    show(bytes);
    CountDownLatch gate = new CountDownLatch(1);
    nas.gate(gate);
    CompletableFuture<Void> end = new CompletableFuture<>();
    Thread thread =
        Thread.ofVirtual()
            .start(() -> {
              try {
                current.collect(PATH, version(), Set.of());
                end.complete(null);
              } catch (RealizeException | InterruptedException e) {
                end.completeExceptionally(e);
              }
            });
    await().until(() -> !nas.nodeCalls().isEmpty());
    thread.interrupt();
    assertThatThrownBy(() -> end.get(60, TimeUnit.SECONDS))
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(InterruptedException.class);
    gate.countDown();
    await().until(pool::idle);
    collect();
    assertThat(collected()).isEqualTo(bytes);
  }

  private ApplyOutcome adopt(@Nullable FileStat indexed, FileStat fetched) throws Exception {
    Real real = new Real(root, RootCapabilities.FULL, rig.store, rig.time);
    RealChange.Attributes attributes = new RealChange.Attributes(0640, ArenaRig.MTIME);
    return real.apply().apply(new RealChange.Adopt(PATH, indexed, version(), attributes, fetched));
  }

  @Test
  void collect_thenAdopted_isTheRealFileAndWasWrittenOnce() throws Exception {
    show(bytes);
    FileStat fetched = current.collect(PATH, version(), Set.of());
    assertThat(adopt(null, fetched)).isEqualTo(ApplyOutcome.DONE);
    FileStat now = root.stat(PATH).orElseThrow();
    assertThat(now.fileKey()).isEqualTo(fetched.fileKey());
    assertThat(now.mode()).isEqualTo(0640);
    assertThat(root.user().read(NAME)).isEqualTo(bytes);
    PathState state = rig.store.read(r -> r.path(PATH)).orElseThrow();
    assertThat(state.realStat()).isEqualTo(now);
    assertThat(root.list(RelativePath.of(".realize/partial")).names()).isEmpty();

    byte[] next = bytes.clone();
    next[5] ^= 1;
    replace(next);
    assertThat(sentBy(() -> collect())).isEqualTo(1);
    assertThat(adopt(now, current.collect(PATH, version(), Set.of()))).isEqualTo(ApplyOutcome.DONE);
    assertThat(root.user().read(NAME)).isEqualTo(next);
  }

  /** What was fetched is not lost, nor verified again, when the name is not as it was indexed. */
  @Test
  void collect_adoptionRefused_keepsWhatWasFetched() throws Exception {
    show(bytes);
    FileStat fetched = current.collect(PATH, version(), Set.of());
    root.user().write(NAME, new byte[] {1, 2, 3});
    assertThat(adopt(null, fetched)).isEqualTo(ApplyOutcome.CHANGED);
    assertThat(adopt(fetched, fetched)).isEqualTo(ApplyOutcome.CHANGED);
    root.badByte(file(), 0);
    assertThat(sentBy(() -> collect())).isZero();
    assertThat(root.user().read(NAME)).isEqualTo(new byte[] {1, 2, 3});
  }

  /** A file is published only under the stat under which it was verified. */
  @Test
  void collect_fileChangedBeforeItsAdoption_isNotAdopted() throws Exception {
    show(bytes);
    FileStat fetched = current.collect(PATH, version(), Set.of());
    rig.time.advance(Duration.ofSeconds(1));
    root.user().write(file().toString(), new byte[SIZE]);
    assertThatThrownBy(() -> adopt(null, fetched)).isInstanceOf(Corrupt.class);
    assertThat(root.stat(PATH)).isEmpty();
    collect();
    assertThat(collected()).isEqualTo(bytes);
  }

  /** Without a rename to a free name, a power cut may leave a file of the root its partial name. */
  @Test
  void collect_partialNameOfARealFile_isLeftToThatFile() throws Exception {
    show(bytes);
    FileStat fetched = current.collect(PATH, version(), Set.of());
    root.link(file(), PATH);
    byte[] next = ScriptedPeer.bytes(3, 3 * BLOCK);
    replace(next);
    collect();
    assertThat(collected()).isEqualTo(next);
    assertThat(root.user().read(NAME)).isEqualTo(bytes);
    assertThat(root.stat(PATH).orElseThrow().fileKey()).isEqualTo(fetched.fileKey());
    assertThat(root.stat(PATH).orElseThrow().links()).isEqualTo(1);
  }

  @Test
  void close_whileAFileIsCollected_endsIt() throws Exception {
    show(bytes);
    nas.gate(new CountDownLatch(1));
    CompletableFuture<Void> end = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(() -> {
          try {
            current.collect(PATH, version(), Set.of());
            end.complete(null);
          } catch (RealizeException | InterruptedException e) {
            end.completeExceptionally(e);
          }
        });
    await().until(() -> !nas.nodeCalls().isEmpty());
    current.close();
    assertThatThrownBy(() -> end.get(60, TimeUnit.SECONDS)).hasCauseInstanceOf(Unreachable.class);
  }
}
