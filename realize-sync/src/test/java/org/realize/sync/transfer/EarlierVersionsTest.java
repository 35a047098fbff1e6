package org.realize.sync.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.realize.sync.content.OpenFile;
import org.realize.sync.delta.TreeHasher;
import org.realize.sync.model.ByteRanges;
import org.realize.sync.model.Content;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Unreachable;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Blob;
import org.realize.sync.port.BlobHold;
import org.realize.sync.port.FileStat;
import org.realize.sync.testing.ScriptedPeer;

/** New versions of files of which earlier bytes are here. */
@Timeout(30)
class EarlierVersionsTest extends UpdateRig {

  private static byte[] changed(byte[] bytes, int... blocks) {
    byte[] changed = bytes.clone();
    for (int block : blocks) {
      changed[block * BLOCK + 100] ^= 1;
    }
    return changed;
  }

  private byte[] read(Content.File content) throws Exception {
    try (OpenFile reader = downloader.open(PATH, content)) {
      ByteBuffer buffer = ByteBuffer.allocate(Math.toIntExact(content.sizeBytes()));
      reader.read(0, buffer);
      return buffer.array();
    } finally {
      await().until(pool::idle);
    }
  }

  /** Shows and fetches {@code bytes}. */
  private Content.File cached(byte[] bytes) throws Exception {
    Content.File content = nas.serve(bytes);
    rig.show(NAME, content, nas);
    assertThat(read(content)).isEqualTo(bytes);
    row(content, ByteRanges.of(0, bytes.length));
    return content;
  }

  private int asked(Content.File content) {
    return nas.blockCalls().stream()
        .filter(call -> call.content().equals(content.hash()))
        .mapToInt(ScriptedPeer.BlockCall::count)
        .sum();
  }

  private void assertReused(long blocks) {
    assertThat(downloader.counters().snapshot().bytesReused()).isEqualTo(blocks * BLOCK);
  }

  /** Reads {@code old}, then {@code bytes}, of which so many blocks are fetched and reused. */
  private Content.File assertUpdated(byte[] old, byte[] bytes, int fetched, int reused)
      throws Exception {
    cached(old);
    Content.File content = replace(bytes);
    assertThat(read(content)).isEqualTo(bytes);
    assertThat(asked(content)).isEqualTo(fetched);
    assertReused(reused);
    return content;
  }

  @Test
  void read_someBlocksChanged_fetchesOnlyThose() throws Exception {
    byte[] old = ScriptedPeer.bytes(1, 70 * BLOCK);
    Content.File second = assertUpdated(old, changed(old, 0, 7, 8, 33, 69), 5, 65);
    assertThat(downloader.counters().snapshot().bytesFromPeers()).isEqualTo(75L * BLOCK);
    try (Blob blob = rig.blobs.find(second.hash()).orElseThrow()) {
      assertThat(blob.readable(0, old.length)).isTrue();
    }
  }

  @Test
  void read_appendedTo_fetchesTheTail() throws Exception {
    byte[] old = ScriptedPeer.bytes(2, 9 * BLOCK + 1_000);
    byte[] bytes = Arrays.copyOf(old, 12 * BLOCK + 5);
    Arrays.fill(bytes, old.length, bytes.length, (byte) 7);
    assertUpdated(old, bytes, 4, 9);
  }

  @Test
  void read_cutOff_fetchesAtMostTheLastBlock() throws Exception {
    byte[] old = ScriptedPeer.bytes(3, 9 * BLOCK);
    assertUpdated(old, Arrays.copyOf(old, 4 * BLOCK + 5), 1, 4);
  }

  @Test
  void read_oneBlockBecameMany_isTakenToo() throws Exception {
    byte[] old = ScriptedPeer.bytes(4, BLOCK);
    byte[] bytes = Arrays.copyOf(old, 3 * BLOCK);
    Arrays.fill(bytes, BLOCK, bytes.length, (byte) 7);
    assertUpdated(old, bytes, 2, 1);
  }

  /** Their hash says what they are. */
  @Test
  void read_blocksOfZeros_areNotFetched() throws Exception {
    byte[] old = ScriptedPeer.bytes(4, BLOCK);
    assertUpdated(old, Arrays.copyOf(old, 3 * BLOCK), 0, 1);
  }

  @Test
  void read_manyNodes_takesAcrossThem() throws Exception {
    byte[] old = ScriptedPeer.bytes(5, 1_030 * BLOCK);
    assertUpdated(old, changed(old, 3, 1_025), 2, 1_028);
  }

  @Test
  void read_earlierPartlyCached_takesThatPart() throws Exception {
    byte[] old = ScriptedPeer.bytes(6, 40 * BLOCK);
    Content.File first = nas.serve(old);
    rig.show(NAME, first, nas);
    try (OpenFile reader = downloader.open(PATH, first)) {
      reader.read(10L * BLOCK, ByteBuffer.allocate(5 * BLOCK));
    }
    await().until(pool::idle);
    row(first, ByteRanges.of(10L * BLOCK, 15L * BLOCK));
    Content.File second = replace(changed(old, 0, 12));
    assertThat(read(second)).isEqualTo(changed(old, 0, 12));
    assertReused(4);
    assertThat(asked(second)).isEqualTo(36);
  }

  @Test
  void read_replacedTwiceUnread_takesWhatIsHeld() throws Exception {
    byte[] old = ScriptedPeer.bytes(7, 20 * BLOCK);
    Content.File first = cached(old);
    replace(changed(old, 1));
    Content.File third = replace(changed(old, 1, 2));
    Optional<BlobHold> hold = rig.store.read(reader -> reader.blobHold(PATH));
    assertThat(hold).map(BlobHold::hash).contains(first.hash());
    assertThat(read(third)).isEqualTo(changed(old, 1, 2));
    assertThat(asked(third)).isEqualTo(2);
  }

  @Test
  void read_nothingHeld_takesTheBasis() throws Exception {
    byte[] old = ScriptedPeer.bytes(8, 20 * BLOCK);
    Content.File first = nas.serve(old);
    rig.show("other", first, nas);
    downloader.download(RelativePath.of("other"), first);
    rig.show(NAME, first, nas);
    Content.File second = replace(changed(old, 4));
    List<BlobHold> holds = rig.store.read(reader -> reader.blobHolds(9));
    assertThat(holds).isEmpty();
    assertThat(read(second)).isEqualTo(changed(old, 4));
    assertThat(asked(second)).isEqualTo(1);
  }

  // ---- the real file

  private Content.File real(byte[] bytes) throws Exception {
    root.user().write(NAME, bytes);
    FileStat stat = root.stat(PATH).orElseThrow();
    Content.File content = new Content.File(TreeHasher.hash(bytes), bytes.length);
    rig.show(NAME, content, stat);
    rig.store.write(writer -> {
      TreeHasher hasher =
          new TreeHasher((level, index, children) -> {
            try {
              writer.putTreeNode(content.hash(), level, index, children);
            } catch (RealizeException e) {
              throw new IllegalStateException(e);
            }
          });
      hasher.update(bytes, 0, bytes.length);
      return hasher.finish();
    });
    return content;
  }

  @Test
  void read_realFileIsTheEarlierVersion_takesItsBlocks() throws Exception {
    byte[] old = ScriptedPeer.bytes(9, 33 * BLOCK + 7);
    real(old);
    Content.File second = replace(changed(old, 31));
    assertThat(read(second)).isEqualTo(changed(old, 31));
    assertThat(asked(second)).isEqualTo(1);
    assertThat(downloader.counters().snapshot().bytesReused()).isEqualTo(32L * BLOCK + 7);
  }

  @Test
  void read_realFileChangedSinceItWasIndexed_isFetched() throws Exception {
    byte[] old = ScriptedPeer.bytes(10, 12 * BLOCK);
    real(old);
    Content.File second = replace(changed(old, 3));
    root.user().write(NAME, ScriptedPeer.bytes(11, 12 * BLOCK));
    assertThat(read(second)).isEqualTo(changed(old, 3));
    assertThat(asked(second)).isEqualTo(12);
    assertReused(0);
  }

  // ---- what is not right, not there or not reachable

  @Test
  void read_earlierBlobHasOtherBytesThanItsTree_isFetched() throws Exception {
    byte[] old = ScriptedPeer.bytes(12, 10 * BLOCK);
    Content.File first = nas.serve(old);
    rig.show(NAME, first, nas);
    downloader.download(PATH, first);
    row(first, ByteRanges.of(0, old.length));
    try (Blob blob = rig.blobs.open(first.hash(), first.sizeBytes())) {
      blob.write(0, ByteBuffer.wrap(ScriptedPeer.bytes(13, 10 * BLOCK)));
    }
    Content.File second = replace(changed(old, 9));
    assertThat(read(second)).isEqualTo(changed(old, 9));
    assertThat(asked(second)).isEqualTo(10);
    assertReused(0);
  }

  @Test
  void read_offline_unchangedBlocksWhoseHashesAreHere_areRead() throws Exception {
    byte[] old = ScriptedPeer.bytes(14, 8 * BLOCK);
    cached(old);
    byte[] bytes = changed(old, 2);
    Content.File second = replace(bytes);
    try (OpenFile reader = downloader.open(PATH, second)) {
      reader.read(0, ByteBuffer.allocate(1));
    }
    await().until(pool::idle);
    rig.links.clear();
    try (OpenFile reader = downloader.open(PATH, second)) {
      ByteBuffer tail = ByteBuffer.allocate(5 * BLOCK);
      assertThat(reader.read(3L * BLOCK, tail)).isEqualTo(5 * BLOCK);
      assertThat(tail.array()).isEqualTo(Arrays.copyOfRange(bytes, 3 * BLOCK, 8 * BLOCK));
      assertThatThrownBy(() -> reader.read(2L * BLOCK, ByteBuffer.allocate(1)))
          .isInstanceOf(Unreachable.class);
    }
    assertThat(asked(second)).isZero();
  }

  @Test
  void read_noRoomForTheNewOne_readsEarlierBytesUncached() throws Exception {
    byte[] old = ScriptedPeer.bytes(15, 10 * BLOCK);
    cached(old);
    rig.blobs.capacity(10L * BLOCK);
    Content.File second = replace(changed(old, 5));
    assertThat(read(second)).isEqualTo(changed(old, 5));
    assertReused(9);
  }

  @Test
  void download_randomEdits_isAlwaysExact() throws Exception {
    long seed = Long.getLong("realize.seed", System.nanoTime());
    SplittableRandom random = new SplittableRandom(seed);
    byte[] bytes = ScriptedPeer.bytes(seed, random.nextInt(50 * BLOCK));
    Content.File content = nas.serve(bytes);
    rig.show(NAME, content, nas);
    for (int version = 0; version < 12; version++) {
      downloader.download(PATH, content);
      assertThat(read(content)).as("seed %d, version %d", seed, version).isEqualTo(bytes);
      row(content, ByteRanges.of(0, bytes.length));
      bytes = Arrays.copyOf(bytes, Math.max(1, bytes.length + random.nextInt(-BLOCK, 2 * BLOCK)));
      for (int edits = random.nextInt(4); edits > 0; edits--) {
        bytes[random.nextInt(bytes.length)] ^= 5;
      }
      content = replace(bytes);
    }
  }
}
