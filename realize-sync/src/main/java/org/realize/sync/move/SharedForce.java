package org.realize.sync.move;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Disk;
import org.realize.sync.real.Places;

/**
 * One force of a file system for all who need one at about the same time, so that many small files
 * cost few waits for it. Thread-safe.
 */
final class SharedForce {

  /** A caller that waits for a force; written by the thread that runs it, before it ends. */
  private static final class Waiter {
    private final RelativePath path;
    private @Nullable IOException failure = new IOException("the force did not end");

    private Waiter(RelativePath path) {
      this.path = path;
    }
  }

  private final Disk disk;
  private final Together<Waiter> together = new Together<>(this::forceFor);

  SharedForce(Disk disk) {
    this.disk = disk;
  }

  /** Returns when all that the caller did before in the place of {@code path} is durable. */
  void force(RelativePath path) throws IOException {
    Waiter waiter = new Waiter(path);
    together.join(waiter);
    IOException failure = waiter.failure;
    if (failure != null) {
      throw new IOException(failure.getMessage(), failure);
    }
  }

  private void forceFor(List<Waiter> waiters) {
    IOException failure = null;
    try {
      Places.force(disk, waiters.stream().map(waiter -> waiter.path).toList());
    } catch (IOException e) {
      failure = e;
    }
    for (Waiter waiter : waiters) {
      waiter.failure = failure;
    }
  }
}
