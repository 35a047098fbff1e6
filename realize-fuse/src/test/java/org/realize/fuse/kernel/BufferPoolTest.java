package org.realize.fuse.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.realize.sync.posix.NativeBuffer;

final class BufferPoolTest {

  private static final int LARGEST = 1 << 20;

  @Test
  void lend_anySize_hasRoomForHeaderAndBody() throws InterruptedException {
    BufferPool pool = new BufferPool();
    for (int bytes : new int[] {1, 4095, 4096, 4097, 131_072, LARGEST - 1, LARGEST}) {
      NativeBuffer buffer = pool.lend(bytes);
      assertThat(buffer.bytes().capacity()).isGreaterThanOrEqualTo(bytes + 16);
      assertThat(buffer.address()).isNotZero();
      pool.giveBack(buffer);
    }
  }

  @Test
  void lend_afterGivingBack_isTheSameBuffer() throws InterruptedException {
    BufferPool pool = new BufferPool();
    NativeBuffer first = pool.lend(100_000);
    pool.giveBack(first);
    assertThat(pool.lend(120_000)).isSameAs(first);
  }

  @Test
  void lend_whenAllIsLent_waitsUntilSomeComesBack() throws Exception {
    BufferPool pool = new BufferPool();
    List<NativeBuffer> lent = new ArrayList<>();
    for (int i = 0; i < 64; i++) {
      lent.add(pool.lend(LARGEST));
    }
    CompletableFuture<NativeBuffer> waiting = new CompletableFuture<>();
    Thread thread =
        Thread.ofVirtual()
            .start(() -> {
              try {
                waiting.complete(pool.lend(1));
              } catch (InterruptedException e) {
                waiting.completeExceptionally(e);
              }
            });
    Awaitility.await().until(() -> thread.getState() == Thread.State.WAITING);
    pool.giveBack(lent.removeLast());
    assertThat(waiting.get(60, TimeUnit.SECONDS)).isNotNull();
  }
}
