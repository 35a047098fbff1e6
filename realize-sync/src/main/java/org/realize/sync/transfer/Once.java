package org.realize.sync.transfer;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** An action that runs once; whoever needs it meanwhile waits until it has run. Thread-safe. */
final class Once {

  private final Runnable action;
  private final AtomicBoolean begun = new AtomicBoolean();
  private final CompletableFuture<@Nullable Void> ended = new CompletableFuture<>();

  Once(Runnable action) {
    this.action = action;
  }

  void run() {
    if (begun.compareAndSet(false, true)) {
      try {
        action.run();
      } finally {
        ended.complete(null);
      }
    } else {
      ended.join();
    }
  }
}
