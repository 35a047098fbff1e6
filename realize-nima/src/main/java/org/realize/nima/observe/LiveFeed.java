package org.realize.nima.observe;

import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.realize.nima.control.ControlJson;
import org.realize.nima.control.EventPage;
import org.realize.nima.control.EventQuery;
import org.realize.nima.control.Household;
import org.realize.nima.control.NodeEvent;
import org.realize.sync.model.RealizeException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The answers to {@code GET /events}: the events after {@code since}, or the header {@code
 * Last-Event-ID}, as an {@link EventPage}, or, for who accepts {@code text/event-stream}, as
 * server-sent events for as long as the reader stays. A stream begins with the last {@value
 * #FIRST_EVENTS} events if none is named, and has the status, without an id, at the begin and every
 * second when it has changed. At most {@value #MAX_STREAMS} streams at once. Thread-safe.
 */
final class LiveFeed {

  static final int FIRST_EVENTS = 200;
  static final int MAX_STREAMS = 16;
  private static final int BEAT_SECONDS = 1;

  private static final Logger LOG = LoggerFactory.getLogger(LiveFeed.class);

  private final Household household;
  private final Semaphore streams = new Semaphore(MAX_STREAMS);

  LiveFeed(Household household) {
    this.household = household;
  }

  void answer(ServerRequest request, ServerResponse response) {
    Long since;
    try {
      since =
          request
              .headers()
              .first(HeaderNames.create("Last-Event-ID"))
              .or(() -> request.query().first("since").asOptional())
              .map(Long::valueOf)
              .orElse(null);
    } catch (NumberFormatException e) {
      response.status(Status.BAD_REQUEST_400).send("since is the id of an event");
      return;
    }
    try {
      if (request.headers().first(HeaderNames.ACCEPT).orElse("").contains("text/event-stream")) {
        stream(since, response);
      } else {
        EventPage page = household.events(new EventQuery(since, 0));
        response.header(HeaderNames.CONTENT_TYPE, "application/json").send(ControlJson.write(page));
      }
    } catch (RealizeException e) {
      response.status(Status.INTERNAL_SERVER_ERROR_500).send(e.oneLine());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void stream(@Nullable Long since, ServerResponse response) throws InterruptedException {
    if (!streams.tryAcquire()) {
      response.status(Status.SERVICE_UNAVAILABLE_503).send("too many pages are open");
      return;
    }
    response.header(HeaderNames.CONTENT_TYPE, "text/event-stream");
    try (OutputStream out = response.outputStream()) {
      follow(since, out);
    } catch (IOException | UncheckedIOException e) {
      LOG.debug("a page has gone: {}", e.toString());
    } catch (RealizeException e) {
      LOG.warn("the events of a page ended: {}", e.oneLine()); // the page asks again
    } finally {
      streams.release();
    }
  }

  private void follow(@Nullable Long since, OutputStream out)
      throws RealizeException, IOException, InterruptedException {
    String status = sendStatus("", out);
    long statusNanos = System.nanoTime();
    long last = since == null ? sendLatest(out) : since;
    out.flush();
    while (true) {
      EventPage page = household.events(new EventQuery(last, BEAT_SECONDS));
      for (NodeEvent event : page.events()) {
        send(event, out);
      }
      last = page.last();
      if (System.nanoTime() - statusNanos >= Duration.ofSeconds(BEAT_SECONDS).toNanos()) {
        status = sendStatus(status, out);
        statusNanos = System.nanoTime();
      }
      out.flush();
    }
  }

  /** Sends the last of the events that are kept; returns the id of the very last one. */
  private long sendLatest(OutputStream out)
      throws RealizeException, IOException, InterruptedException {
    Deque<NodeEvent> latest = new ArrayDeque<>();
    EventPage page = household.events(new EventQuery(null, 0));
    while (!page.events().isEmpty()) {
      for (NodeEvent event : page.events()) {
        latest.add(event);
        if (latest.size() > FIRST_EVENTS) {
          latest.removeFirst();
        }
      }
      page = household.events(new EventQuery(page.last(), 0));
    }
    for (NodeEvent event : latest) {
      send(event, out);
    }
    return page.last();
  }

  private static void send(NodeEvent event, OutputStream out) throws IOException {
    write("id: " + event.id() + "\nevent: event\ndata: " + ControlJson.line(event), out);
  }

  /** Sends the status if it is not {@code before}, else a comment, which finds a reader gone. */
  private String sendStatus(String before, OutputStream out) throws RealizeException, IOException {
    String status = ControlJson.line(household.status());
    write(status.equals(before) ? ":" : "event: status\ndata: " + status, out);
    return status;
  }

  private static void write(String message, OutputStream out) throws IOException {
    out.write((message + "\n\n").getBytes(StandardCharsets.UTF_8));
  }
}
