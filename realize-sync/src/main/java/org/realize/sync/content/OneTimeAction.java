package org.realize.sync.content;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * An action that runs once: callers that need it while it runs wait until it has run. Thread-safe.
 */
final class OneTimeAction {

  private final Runnable action;
  private final AtomicBoolean begun = new AtomicBoolean();
  private final CompletableFuture<@Nullable Void> ended = new CompletableFuture<>();

  OneTimeAction(Runnable action) {
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
