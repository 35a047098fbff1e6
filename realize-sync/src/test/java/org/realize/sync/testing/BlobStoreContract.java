package org.realize.sync.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.realize.sync.model.ByteRanges;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.DiskFull;
import org.realize.sync.port.Blob;
import org.realize.sync.port.BlobStore;

/** The contract of every {@link BlobStore}. Sizes are not multiples of a block on purpose. */
public abstract class BlobStoreContract {

  private static final int BLOCK = 128 * 1024;
  private static final ContentHash HASH = new ContentHash(1, 2, 3, 4);
  private static final ContentHash OTHER = new ContentHash(5, 6, 7, 8);

  /** The store under test, the same one during a test. */
  protected abstract BlobStore store() throws Exception;

  /** Closes the store and opens it again on the same state. */
  protected abstract BlobStore reopened() throws Exception;

  /** Lets writes fail for want of room once {@code bytes} more are written. */
  protected abstract void leaveRoom(long bytes) throws Exception;

  /** True if {@link Blob#completeFile} gives files. */
  protected abstract boolean hasFiles();

  protected static byte[] bytes(long seed, int length) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private static byte[] read(Blob blob, long offset, int length) throws RealizeException {
    ByteBuffer buffer = ByteBuffer.allocate(length);
    assertThat(blob.read(offset, buffer)).isEqualTo(length);
    return buffer.array();
  }

  private static void closeAgain(Blob blob) {
    blob.close();
  }

  @Test
  void open_unknownHash_isEmpty() throws Exception {
    try (Blob blob = store().open(HASH, 1000)) {
      assertThat(blob.hash()).isEqualTo(HASH);
      assertThat(blob.sizeBytes()).isEqualTo(1000);
      assertThat(blob.readable()).isEqualTo(ByteRanges.EMPTY);
      assertThat(blob.readable(0, 1)).isFalse();
      assertThat(blob.completeFile()).isEmpty();
    }
    assertThat(store().cachedBytes()).isZero();
  }

  @Test
  void find_unknownHash_isEmpty() throws Exception {
    assertThat(store().find(HASH)).isEmpty();
  }

  @Test
  void write_block_isReadableAtOnceAndNothingElse() throws Exception {
    byte[] content = bytes(1, BLOCK);
    try (Blob blob = store().open(HASH, 3L * BLOCK + 5)) {
      blob.write(BLOCK, ByteBuffer.wrap(content));
      assertThat(blob.readable()).isEqualTo(ByteRanges.of(BLOCK, 2L * BLOCK));
      assertThat(blob.readable(BLOCK, 2L * BLOCK)).isTrue();
      assertThat(blob.readable(BLOCK - 1L, 2L * BLOCK)).isFalse();
      assertThat(blob.readable(BLOCK, 2L * BLOCK + 1)).isFalse();
      assertThat(read(blob, BLOCK, BLOCK)).isEqualTo(content);
      assertThat(read(blob, BLOCK + 7L, 9)).isEqualTo(java.util.Arrays.copyOfRange(content, 7, 16));
    }
  }

  @Test
  void read_absentRange_fails() throws Exception {
    try (Blob blob = store().open(HASH, 2L * BLOCK)) {
      blob.write(0, ByteBuffer.wrap(bytes(1, BLOCK)));
      assertThatThrownBy(() -> blob.read(BLOCK - 1L, ByteBuffer.allocate(2)))
          .isInstanceOf(RealizeException.class);
    }
  }

  @Test
  void write_directBuffer_isTheSame() throws Exception {
    byte[] content = bytes(2, 1234);
    ByteBuffer direct = ByteBuffer.allocateDirect(1234).put(content).flip();
    try (Blob blob = store().open(HASH, 1234)) {
      blob.write(0, direct);
      ByteBuffer target = ByteBuffer.allocateDirect(1234);
      assertThat(blob.read(0, target)).isEqualTo(1234);
      byte[] seen = new byte[1234];
      target.flip().get(seen);
      assertThat(seen).isEqualTo(content);
    }
  }

  @Test
  void write_pastTheEnd_isRefused() throws Exception {
    try (Blob blob = store().open(HASH, 10)) {
      assertThatThrownBy(() -> blob.write(5, ByteBuffer.allocate(6)))
          .isInstanceOf(IllegalArgumentException.class);
      assertThat(blob.readable().isEmpty()).isTrue();
    }
  }

  @Test
  void open_twice_sharesTheBytes() throws Exception {
    byte[] content = bytes(3, 100);
    try (Blob second = store().open(HASH, 100)) {
      Blob first = store().open(HASH, 100);
      try (first) {
        first.write(0, ByteBuffer.wrap(content));
        assertThat(second.readable(0, 100)).isTrue();
        assertThat(read(second, 0, 100)).isEqualTo(content);
      }
      closeAgain(first);
      assertThat(read(second, 0, 100)).isEqualTo(content);
    }
  }

  @Test
  void commit_thenReopen_keepsWhatWasCommitted() throws Exception {
    byte[] content = bytes(4, BLOCK);
    try (Blob blob = store().open(HASH, 2L * BLOCK)) {
      blob.write(BLOCK, ByteBuffer.wrap(content));
      blob.commit();
    }
    assertThat(store().cachedBytes()).isEqualTo(BLOCK);
    BlobStore again = reopened();
    assertThat(again.cachedBytes()).isEqualTo(BLOCK);
    try (Blob blob = again.find(HASH).orElseThrow()) {
      assertThat(blob.sizeBytes()).isEqualTo(2L * BLOCK);
      assertThat(blob.readable()).isEqualTo(ByteRanges.of(BLOCK, 2L * BLOCK));
      assertThat(read(blob, BLOCK, BLOCK)).isEqualTo(content);
    }
  }

  @Test
  void close_ofTheStore_commitsWhatWasWritten() throws Exception {
    try (Blob blob = store().open(HASH, 50)) {
      blob.write(0, ByteBuffer.wrap(bytes(5, 50)));
    }
    try (Blob blob = reopened().find(HASH).orElseThrow()) {
      assertThat(blob.readable(0, 50)).isTrue();
    }
  }

  @Test
  void completeFile_onlyOnceEverythingIsCommitted() throws Exception {
    byte[] content = bytes(6, BLOCK + 1);
    try (Blob blob = store().open(HASH, content.length)) {
      blob.write(BLOCK, ByteBuffer.wrap(content, BLOCK, 1));
      blob.commit();
      assertThat(blob.completeFile()).isEmpty();
      blob.write(0, ByteBuffer.wrap(content, 0, BLOCK));
      blob.commit();
      if (hasFiles()) {
        assertThat(Files.readAllBytes(blob.completeFile().orElseThrow())).isEqualTo(content);
      }
    }
  }

  @Test
  void writeSame_bytesOfAnotherBlob_areItsOwn() throws Exception {
    byte[] content = bytes(12, 2 * BLOCK + 5);
    try (Blob old = store().open(HASH, content.length);
        Blob blob = store().open(OTHER, content.length)) {
      old.write(0, ByteBuffer.wrap(content));
      old.commit();
      for (int at : new int[] {BLOCK, 2 * BLOCK}) {
        int length = Math.min(BLOCK, content.length - at);
        ByteBuffer verified = ByteBuffer.wrap(content, at, length).slice().asReadOnlyBuffer();
        blob.writeSame(at, verified, old);
        assertThat(verified.hasRemaining()).isFalse();
      }
      assertThat(blob.readable()).isEqualTo(ByteRanges.of(BLOCK, content.length));
      blob.commit();
    }
    store().delete(HASH);
    assertThat(store().cachedBytes()).isEqualTo(BLOCK + 5);
    try (Blob blob = reopened().find(OTHER).orElseThrow()) {
      assertThat(read(blob, BLOCK, BLOCK + 5))
          .isEqualTo(java.util.Arrays.copyOfRange(content, BLOCK, content.length));
    }
  }

  @Test
  void writeSame_withoutRoom_failsAndCommitsNothing() throws Exception {
    try (Blob old = store().open(HASH, BLOCK);
        Blob blob = store().open(OTHER, BLOCK)) {
      old.write(0, ByteBuffer.wrap(bytes(13, BLOCK)));
      leaveRoom(0);
      assertThatThrownBy(() -> blob.writeSame(0, ByteBuffer.wrap(bytes(13, BLOCK)), old))
          .isInstanceOf(DiskFull.class);
      blob.commit();
      assertThat(blob.readable()).isEqualTo(ByteRanges.EMPTY);
    }
  }

  @Test
  void delete_closedBlob_isGone() throws Exception {
    try (Blob blob = store().open(HASH, 50)) {
      blob.write(0, ByteBuffer.wrap(bytes(7, 50)));
      blob.commit();
    }
    store().delete(HASH);
    store().delete(HASH);
    assertThat(store().find(HASH)).isEmpty();
    assertThat(store().cachedBytes()).isZero();
    assertThat(reopened().find(HASH)).isEmpty();
  }

  @Test
  void delete_openBlob_staysReadableForItsHandles() throws Exception {
    byte[] content = bytes(8, 50);
    try (Blob blob = store().open(HASH, 50)) {
      blob.write(0, ByteBuffer.wrap(content));
      store().delete(HASH);
      assertThat(read(blob, 0, 50)).isEqualTo(content);
    }
    assertThat(reopened().find(HASH)).isEmpty();
  }

  @Test
  void write_withoutRoom_failsAndCommitsNothing() throws Exception {
    try (Blob blob = store().open(HASH, 4L * BLOCK)) {
      leaveRoom(0);
      assertThatThrownBy(() -> blob.write(0, ByteBuffer.wrap(bytes(9, BLOCK))))
          .isInstanceOf(DiskFull.class);
      blob.commit();
      assertThat(blob.readable()).isEqualTo(ByteRanges.EMPTY);
      leaveRoom(1L << 30);
      blob.write(0, ByteBuffer.wrap(bytes(9, BLOCK)));
      assertThat(read(blob, 0, BLOCK)).isEqualTo(bytes(9, BLOCK));
    }
  }

  @Test
  void cachedBytes_severalBlobs_isTheirSum() throws Exception {
    try (Blob first = store().open(HASH, 100);
        Blob second = store().open(OTHER, 200)) {
      first.write(10, ByteBuffer.wrap(bytes(10, 20)));
      second.write(0, ByteBuffer.wrap(bytes(11, 200)));
      first.commit();
      second.commit();
    }
    assertThat(store().cachedBytes()).isEqualTo(220);
  }

  @Test
  void find_emptyContent_isReadable() throws Exception {
    try (Blob blob = store().open(HASH, 0)) {
      assertThat(blob.readable(0, 0)).isTrue();
      assertThat(blob.read(0, ByteBuffer.allocate(0))).isZero();
    }
    Optional<Blob> found = store().find(HASH);
    found.ifPresent(Blob::close);
    assertThat(found).isPresent();
  }

  @Test
  void usage_tellsTheFileSystem() throws Exception {
    assertThat(store().usage().blockBytes()).isPositive();
    assertThat(store().usage().totalBytes())
        .isGreaterThanOrEqualTo(store().usage().availableBytes());
  }
}
