package org.realize.sync.index;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.ChangeSource;

/**
 * A source that cannot watch anything: it says so of the root, once for each time that the root is
 * listed, and the watcher scans from time to time. Thread-safe.
 */
public final class NoChangeSource implements ChangeSource {

  private final BlockingQueue<Hint> changes = new LinkedBlockingQueue<>();
  private final String cause;

  public NoChangeSource(String cause) {
    this.cause = cause;
  }

  @Override
  public List<Hint> take(Duration timeout) throws InterruptedException {
    Hint first = changes.poll(timeout.toNanos(), TimeUnit.NANOSECONDS);
    return first == null ? List.of() : List.of(first);
  }

  @Override
  public void watch(RelativePath directory) {
    if (directory.isRoot()) {
      changes.add(new Hint.Unwatched(directory, cause));
    }
  }

  @Override
  public void close() {}
}
