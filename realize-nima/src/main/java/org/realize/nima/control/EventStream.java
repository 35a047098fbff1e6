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
import org.realize.nima.control.Household.Events;
import org.realize.sync.model.RealizeException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Long work for as long as somebody reads what happens in it: one line of JSON per event. When the
 * reader goes, the work is interrupted. A reader who is slow holds it up. Used once.
 */
final class EventStream<E> {

  private static final Logger LOG = LoggerFactory.getLogger(EventStream.class);
  private static final int MAX_WAITING = 1_000;

  /** Work that says nothing for so long is stuck where it cannot be. */
  private static final Duration SILENCE = Duration.ofSeconds(30);

  /** Work that emits events, on any thread. */
  interface EmittingWork<E> {
    void run(Events<E> events) throws RealizeException, InterruptedException;
  }

  private final String name;
  private final EmittingWork<E> work;
  private final BlockingQueue<StreamLine<E>> lines = new ArrayBlockingQueue<>(MAX_WAITING);

  /**
   * @param name what is done, for messages
   */
  EventStream(String name, EmittingWork<E> work) {
    this.name = name;
    this.work = work;
  }

  /** Does the work on a thread of its own and writes what it tells. */
  void run(ServerResponse response) {
    Thread worker = Thread.ofVirtual().name(name).start(this::work);
    response.header(HeaderNames.CONTENT_TYPE, "application/x-ndjson");
    try (OutputStream out = response.outputStream()) {
      StreamLine<E> line;
      do {
        line = lines.poll(SILENCE.toSeconds(), TimeUnit.SECONDS);
        if (line == null) {
          throw new IOException("it is silent");
        }
        out.write(ControlJson.write(line));
        out.write('\n');
        if (lines.isEmpty()) {
          out.flush();
        }
      } while (line.event() != null);
    } catch (IOException | UncheckedIOException e) {
      LOG.info("{}: the command has gone: {}", name, e.toString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      worker.interrupt();
    }
  }

  private void work() {
    StreamLine<E> last;
    try {
      work.run(event -> lines.put(new StreamLine<>(event, null)));
      last = StreamLine.end();
    } catch (RealizeException e) {
      last = StreamLine.failed(e);
    } catch (InterruptedException e) {
      return;
    } catch (RuntimeException e) {
      LOG.error("{} failed", name, e);
      last = StreamLine.failed(new RealizeException.StorageFailed(name, e));
    }
    try {
      lines.put(last);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
