package org.realize.sync.view;

import java.time.Duration;
import java.util.Objects;
import org.realize.sync.arena.Arena;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.CallFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.PathState;
import org.realize.sync.port.RealVersion;
import org.realize.sync.posix.Errno;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The notes of one arena that something newer is shown than an unchanged file of its disk ({@link
 * RealVersion#isLatched}). A note ends with the real version that it is of. Thread-safe.
 */
final class Latches {

  private static final Logger LOG = LoggerFactory.getLogger(Latches.class);

  /** The longest wait for a commit: a full disk must not keep names from being read. */
  private static final Duration WAIT = Duration.ofMillis(500);

  private final Arena arena;

  Latches(Arena arena) {
    this.arena = arena;
  }

  /** Notes, if the state is still {@code seen}, that the path's file is shown no more. */
  void note(RelativePath path, PathState seen) throws RealizeException {
    Thread noting = Thread.ofVirtual().name("latch").start(() -> commit(path, seen));
    try {
      if (!noting.join(WAIT)) {
        LOG.debug("'{}' of {} is shown before that is noted", path, arena.name());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CallFailed("look at '" + path + "'", Errno.EINTR);
    }
  }

  private void commit(RelativePath path, PathState seen) {
    try {
      arena
          .store()
          .write(writer -> {
            PathState now = writer.path(path).orElse(null);
            RealVersion real = now == null ? null : now.real();
            boolean isSame = real != null && real.equals(seen.real());
            if (now != null && isSame && now.shown().equals(seen.shown())) {
              writer.put(now.withReal(Objects.requireNonNull(real).latched()));
            }
          });
    } catch (RealizeException e) {
      LOG.debug("note what '{}' of {} shows: {}", path, arena.name(), e.oneLine());
    }
  }
}
