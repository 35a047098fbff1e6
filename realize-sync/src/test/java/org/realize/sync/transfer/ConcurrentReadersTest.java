package org.realize.sync.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.realize.sync.content.OpenFile;
import org.realize.sync.delta.TreeShape;
import org.realize.sync.model.ByteRange;
import org.realize.sync.model.Content;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Blob;
import org.realize.sync.testing.ArenaRig;
import org.realize.sync.testing.ScriptedPeer;

/** Many readers of one content from peers of which all but one are bad, by seed. */
@Timeout(60)
class ConcurrentReadersTest {

  private static final int BLOCK = TreeShape.BLOCK_BYTES;
  private static final int READERS = 6;
  private static final int READS = 25;

  private final ArenaRig rig = new ArenaRig();

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void read_byManyFromBadPeers_isRightAndLeavesNothingBehind(long seed) throws Exception {
    Random random = new Random(seed);
    byte[] bytes = ScriptedPeer.bytes(seed, random.nextInt(1, 120 * BLOCK));
    int blocks = (int) new TreeShape(bytes.length).blocks();
    ScriptedPeer good = new ScriptedPeer("good");
    ScriptedPeer corrupt = new ScriptedPeer("corrupt").corruptBlock(random.nextInt(blocks));
    ScriptedPeer cut = new ScriptedPeer("cut").cutAt(random.nextInt(blocks));
    ScriptedPeer stalling = new ScriptedPeer("stalling").stallAt(random.nextInt(blocks));
    List<ScriptedPeer> peers = List.of(corrupt, cut, stalling, good);
    Content.File content = good.serve(bytes);
    for (ScriptedPeer peer : peers) {
      peer.serve(bytes);
      rig.links.add(peer);
    }
    rig.show("f", content, peers.toArray(ScriptedPeer[]::new));
    if (random.nextBoolean()) {
      rig.blobs.capacity(random.nextInt(1, bytes.length + 1));
    }
    DownloadPool pool = new DownloadPool(DownloadLimits.DEFAULT.withStall(Duration.ofMillis(50)));
    try (Downloader downloader = new Downloader(rig.arena(), rig.peers, pool);
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> readers = new ArrayList<>();
      for (int i = 0; i < READERS; i++) {
        long own = random.nextLong();
        readers.add(threads.submit(() -> readAround(downloader, content, bytes, new Random(own))));
      }
      for (Future<?> reader : readers) {
        reader.get();
      }
    } catch (Exception | AssertionError e) {
      throw new AssertionError("seed " + seed, e);
    }
    await().untilAsserted(() -> assertThat(pool.idle()).as("seed %d", seed).isTrue());
    assertBlobIsRight(content, bytes);
  }

  private static Void readAround(
      Downloader downloader, Content.File content, byte[] bytes, Random random) throws Exception {
    boolean inOrder = random.nextBoolean();
    OpenFile reader = downloader.open(RelativePath.of("f"), content);
    int at = 0;
    for (int i = 0; i < READS; i++) {
      if (random.nextInt(10) == 0) {
        reader.close();
        reader = downloader.open(RelativePath.of("f"), content);
      }
      int offset = inOrder ? at : random.nextInt(bytes.length);
      ByteBuffer buffer = ByteBuffer.allocate(random.nextInt(1, 3 * BLOCK));
      int count = random.nextBoolean() ? reader.readNow(offset, buffer) : -1;
      if (count < 0) {
        assertThat(buffer.position()).isZero();
        count = reader.read(offset, buffer);
      }
      assertThat(count).isEqualTo(Math.min(buffer.capacity(), bytes.length - offset));
      assertThat(buffer.flip()).isEqualTo(ByteBuffer.wrap(bytes, offset, count));
      at = (offset + count) % bytes.length;
    }
    reader.close();
    return null;
  }

  private void assertBlobIsRight(Content.File content, byte[] bytes) throws Exception {
    try (Blob blob = rig.blobs.open(content.hash(), content.sizeBytes())) {
      for (ByteRange range : blob.readable().ranges()) {
        ByteBuffer buffer = ByteBuffer.allocate((int) range.lengthBytes());
        blob.read(range.startBytes(), buffer);
        assertThat(buffer.flip())
            .isEqualTo(ByteBuffer.wrap(bytes, (int) range.startBytes(), buffer.limit()));
      }
    }
  }
}
