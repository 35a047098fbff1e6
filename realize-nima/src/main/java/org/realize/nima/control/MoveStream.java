package org.realize.nima.control;

import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.realize.sync.model.RealizeException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A move for as long as somebody reads what happens in it: one line of JSON per event. When the
 * reader goes, the move is interrupted. A reader who is slow holds the move up. Used once.
 */
final class MoveStream {

  private static final Logger LOG = LoggerFactory.getLogger(MoveStream.class);
  private static final int MAX_WAITING = 1_000;

  /** A move that says nothing for so long is stuck where it cannot be. */
  private static final Duration SILENCE = Duration.ofSeconds(30);

  private final Household household;
  private final MoveOrder order;
  private final BlockingQueue<MoveLine> lines = new ArrayBlockingQueue<>(MAX_WAITING);

  MoveStream(Household household, MoveOrder order) {
    this.household = household;
    this.order = order;
  }

  /** Runs the move on a thread of its own and writes what it tells. */
  void run(ServerResponse response) {
    Thread mover = Thread.ofVirtual().name("move").start(this::move);
    response.header(HeaderNames.CONTENT_TYPE, "application/x-ndjson");
    try (OutputStream out = response.outputStream()) {
      MoveLine line;
      do {
        line = lines.poll(SILENCE.toSeconds(), TimeUnit.SECONDS);
        if (line == null) {
          throw new IOException("the move is silent");
        }
        out.write(ControlJson.write(line));
        out.write('\n');
        if (lines.isEmpty()) {
          out.flush();
        }
      } while (line.event() != null);
    } catch (IOException | UncheckedIOException e) {
      LOG.info("the command that moves has gone: {}", e.toString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      mover.interrupt();
    }
  }

  private void move() {
    MoveLine last;
    try {
      household.move(order, event -> lines.put(new MoveLine(event, null)));
      last = MoveLine.END;
    } catch (RealizeException e) {
      last = MoveLine.failed(e);
    } catch (InterruptedException e) {
      return;
    } catch (RuntimeException e) {
      LOG.error("move {} failed", order, e);
      last = MoveLine.failed(new RealizeException.StorageFailed("move", e));
    }
    try {
      lines.put(last);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
