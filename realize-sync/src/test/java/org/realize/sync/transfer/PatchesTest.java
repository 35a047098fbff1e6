package org.realize.sync.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.realize.sync.content.OpenFile;
import org.realize.sync.model.ByteRanges;
import org.realize.sync.model.Content;
import org.realize.sync.model.RealizeException.Unreachable;
import org.realize.sync.testing.ScriptedPeer;

/** New versions whose bytes moved, from peers that make deltas. */
@Timeout(30)
class PatchesTest extends UpdateRig {

  @BeforeEach
  void makeDiffs() {
    nas.makeDiffs();
  }

  /** Downloads one content after the other, and returns what the last one took. */
  private TransferCounters.CounterSnapshot update(byte[] old, byte[] bytes) throws Exception {
    Content.File first = nas.serve(old);
    rig.show(NAME, first, nas);
    downloader.download(PATH, first);
    row(first, ByteRanges.of(0, old.length));
    TransferCounters.CounterSnapshot before = downloader.counters().snapshot();
    Content.File second = replace(bytes);
    downloader.download(PATH, second);
    try (OpenFile reader = downloader.open(PATH, second)) {
      ByteBuffer all = ByteBuffer.allocate(bytes.length);
      assertThat(reader.read(0, all)).isEqualTo(bytes.length);
      assertThat(all.array()).isEqualTo(bytes);
    }
    await().until(pool::idle);
    TransferCounters.CounterSnapshot after = downloader.counters().snapshot();
    assertThat(after.badFromPeers()).isEmpty();
    return new TransferCounters.CounterSnapshot(
        after.bytesFromPeers() - before.bytesFromPeers(),
        after.bytesReused(),
        after.bytesPatched(),
        0,
        0,
        after.bytesByPeer(),
        after.badFromPeers());
  }

  private static byte[] joined(byte[]... parts) {
    ByteArrayOutputStream joined = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      joined.writeBytes(part);
    }
    return joined.toByteArray();
  }

  private static byte[] part(byte[] bytes, int from, int to) {
    return Arrays.copyOfRange(bytes, from, to);
  }

  @Test
  void download_bytesInsertedInFront_fetchesLittle() throws Exception {
    byte[] old = ScriptedPeer.bytes(1, 100 * BLOCK + 5);
    byte[] bytes = joined(new byte[] {1, 2, 3}, old);
    TransferCounters.CounterSnapshot took = update(old, bytes);
    assertThat(took.bytesFromPeers()).isLessThan(2L * BLOCK);
    assertThat(took.bytesPatched()).isEqualTo(bytes.length - took.bytesFromPeers());
  }

  @Test
  void download_removedInTheMiddle_reusesTheFrontAndPatchesTheRest() throws Exception {
    byte[] old = ScriptedPeer.bytes(2, 64 * BLOCK);
    byte[] bytes = joined(part(old, 0, 30 * BLOCK + 9), part(old, 31 * BLOCK, old.length));
    TransferCounters.CounterSnapshot took = update(old, bytes);
    assertThat(took.bytesReused()).isEqualTo(30L * BLOCK);
    assertThat(took.bytesFromPeers()).isLessThan(2L * BLOCK);
  }

  @Test
  void download_smallEditsInPlace_fetchesLessThanTheirBlocks() throws Exception {
    byte[] old = ScriptedPeer.bytes(3, 40 * BLOCK);
    byte[] bytes = old.clone();
    for (int block = 3; block < 40; block += 12) {
      bytes[block * BLOCK + 70_000] ^= 1;
    }
    TransferCounters.CounterSnapshot took = update(old, bytes);
    assertThat(took.bytesReused()).isEqualTo(36L * BLOCK);
    assertThat(took.bytesFromPeers()).isLessThan(BLOCK / 2);
  }

  @Test
  void download_otherBytes_givesDeltasUp() throws Exception {
    byte[] bytes = ScriptedPeer.bytes(5, 200 * BLOCK);
    TransferCounters.CounterSnapshot took = update(ScriptedPeer.bytes(4, 200 * BLOCK), bytes);
    assertThat(took.bytesFromPeers()).isEqualTo(bytes.length);
    assertThat(took.bytesPatched()).isZero();
    assertThat(nas.diffCalls()).hasSizeBetween(Patches.MAX_VAIN, 20);
  }

  @Test
  void download_deltasOfOtherBytes_areFetchedInstead() throws Exception {
    nas.corruptDiffs();
    byte[] old = ScriptedPeer.bytes(6, 30 * BLOCK);
    byte[] bytes = joined(new byte[] {9}, old);
    TransferCounters.CounterSnapshot took = update(old, bytes);
    assertThat(nas.diffCalls()).isNotEmpty();
    assertThat(took.bytesFromPeers()).isGreaterThan(2L * BLOCK);
  }

  /** Guards against judging a peer by what the one before it sent. */
  @Test
  void download_peerGoneAfterAnotherSentBadBytes_isNotBlamed() throws Exception {
    byte[] old = ScriptedPeer.bytes(9, 4 * BLOCK);
    Content.File first = nas.serve(old);
    rig.show(NAME, first, nas);
    downloader.download(PATH, first);
    row(first, ByteRanges.of(0, old.length));
    ScriptedPeer laptop = new ScriptedPeer("laptop").makeDiffs().gone();
    rig.links.add(laptop);
    nas.corruptDiffs().corruptBlock(1).speed(Duration.ofNanos(1), Duration.ZERO);
    byte[] bytes = joined(new byte[] {9}, old);
    laptop.serve(bytes);
    Content.File second = nas.serve(bytes);
    rig.replace(NAME, second, nas, laptop);
    CompletableFuture<Void> ended = new CompletableFuture<>();
    Thread.startVirtualThread(() -> {
      while (!ended.isDone()) { // the laptop may be hashing it again
        if (rig.time.sleepers() > 0) {
          rig.time.advance(Duration.ofMillis(500));
        }
        LockSupport.parkNanos(1_000_000);
      }
    });
    assertThatThrownBy(() -> downloader.download(PATH, second)).isInstanceOf(Unreachable.class);
    ended.complete(null);
    assertThat(laptop.diffCalls()).isNotEmpty();
    assertThat(downloader.counters().snapshot().badFromPeers()).containsOnlyKeys(nas.peer());
  }

  @Test
  void download_fastPeer_isAskedForBlocks() throws Exception {
    byte[] old = ScriptedPeer.bytes(7, 30 * BLOCK);
    PeerSpeed speed = pool.speed(nas.store());
    speed.asked(1L << 40, rig.time.monotonicNanos());
    rig.time.advance(Duration.ofSeconds(10));
    speed.received(1L << 40, rig.time.monotonicNanos());
    TransferCounters.CounterSnapshot took = update(old, joined(new byte[] {9}, old));
    assertThat(nas.diffCalls()).isEmpty();
    assertThat(took.bytesPatched()).isZero();
  }

  @Test
  void download_peerWithoutDeltas_isAskedForBlocks() throws Exception {
    ScriptedPeer plain = new ScriptedPeer("plain");
    rig.links.clear();
    rig.links.add(plain);
    byte[] old = ScriptedPeer.bytes(8, 5 * BLOCK);
    Content.File first = plain.serve(old);
    rig.show(NAME, first, plain);
    downloader.download(PATH, first);
    Content.File second = plain.serve(joined(new byte[] {9}, old));
    rig.replace(NAME, second, plain);
    downloader.download(PATH, second);
    assertThat(plain.diffCalls()).isEmpty();
    assertThat(List.copyOf(plain.blockCalls())).isNotEmpty();
  }

  @Test
  void download_randomEdits_isAlwaysExact() throws Exception {
    long seed = Long.getLong("realize.seed", System.nanoTime());
    SplittableRandom random = new SplittableRandom(seed);
    byte[] old = ScriptedPeer.bytes(seed, 1 + random.nextInt(40 * BLOCK));
    for (int version = 0; version < 10; version++) {
      byte[] bytes = old;
      for (int edits = 1 + random.nextInt(4); edits > 0; edits--) {
        int from = random.nextInt(bytes.length + 1);
        int to = Math.min(bytes.length, from + random.nextInt(BLOCK));
        byte[] instead = ScriptedPeer.bytes(random.nextLong(), random.nextInt(BLOCK));
        bytes = joined(part(bytes, 0, from), instead, part(bytes, to, bytes.length));
      }
      try {
        update(old, bytes);
      } catch (AssertionError e) {
        throw new AssertionError("seed " + seed + ", version " + version, e);
      }
      old = bytes;
    }
  }
}
