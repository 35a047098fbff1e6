package org.realize.sync.move;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.RelativePath;

/**
 * A directory on its way. It is prepared at the target before anything that it holds arrives, and
 * finished and given up once all of that has been moved or has failed. Thread-safe.
 */
final class DirectoryMove {
  private final RelativePath path;
  private final @Nullable DirectoryMove above;
  private final CountDownLatch prepared = new CountDownLatch(1);
  private final CountDownLatch done = new CountDownLatch(1);

  /** What it holds and is not over, and one more while it is being listed. */
  private final AtomicInteger underWay = new AtomicInteger(1);

  /** A directory that is being listed, below another one if that was listed too. */
  DirectoryMove(RelativePath path, @Nullable DirectoryMove above) {
    this.path = path;
    this.above = above;
  }

  /**
   * The listed directory that holds a path, from the last one on: those that the listing has left
   * are complete.
   */
  static @Nullable DirectoryMove holding(@Nullable DirectoryMove last, RelativePath path) {
    DirectoryMove directory = last;
    while (directory != null && !directory.path.contains(path)) {
      directory.ended();
      directory = directory.above;
    }
    return directory;
  }

  /** One more of what it holds is under way. */
  void begun() {
    underWay.incrementAndGet();
  }

  /** One of what it holds is over, or its listing. */
  void ended() {
    if (underWay.decrementAndGet() == 0) {
      done.countDown();
    }
  }

  /** It is at the target, or cannot be. */
  void prepared() {
    prepared.countDown();
  }

  void awaitPrepared() throws InterruptedException {
    prepared.await();
  }

  /** Waits until all that it holds is over. */
  void awaitDone() throws InterruptedException {
    done.await();
  }
}
