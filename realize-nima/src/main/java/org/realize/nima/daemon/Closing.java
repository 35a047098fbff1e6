package org.realize.nima.daemon;

import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A stack of open resources, closed last first. One that fails to close is logged and stops no
 * other. Owned by one thread.
 */
final class Closing implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Closing.class);

  private record OpenPart(String what, AutoCloseable closeable) {}

  private final Deque<OpenPart> parts = new ArrayDeque<>();

  /** Closes {@code part} before everything that was added earlier; returns it. */
  <T extends AutoCloseable> T add(String what, T part) {
    parts.push(new OpenPart(what, part));
    return part;
  }

  @Override
  public void close() {
    while (!parts.isEmpty()) {
      OpenPart part = parts.pop();
      try {
        part.closeable().close();
      } catch (Exception e) {
        if (e instanceof InterruptedException) {
          Thread.currentThread().interrupt();
        }
        LOG.error("close {}: {}", part.what(), e.toString());
      }
    }
  }
}
