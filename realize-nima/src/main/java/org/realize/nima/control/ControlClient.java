package org.realize.nima.control;

import io.helidon.http.Status;
import io.helidon.webclient.api.HttpClientResponse;
import io.helidon.webclient.http1.Http1Client;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;

/**
 * A running daemon's household, seen from another process. Every call ends within its deadline with
 * {@link RealizeException.TimedOut}, and is {@link RealizeException.Unreachable} when the daemon
 * has gone. Thread-safe.
 */
public final class ControlClient implements Household {

  private static final Duration STATUS_DEADLINE = Duration.ofSeconds(10);
  private static final Duration ACTION_DEADLINE = Duration.ofSeconds(60);

  /** An answer of the daemon. */
  private record Answer(Status status, String body) {}

  private final Path socket;
  private final Http1Client http;

  private ControlClient(Path socket, Http1Client http) {
    this.socket = socket;
    this.http = http;
  }

  /** The daemon that listens at {@code socket}; empty when none is running there. */
  public static Optional<ControlClient> open(Path socket) {
    if (!answers(socket)) {
      return Optional.empty();
    }
    Http1Client http =
        Http1Client.builder()
            .baseUri("http://localhost")
            .baseAddress(UnixDomainSocketAddress.of(socket))
            .shareConnectionCache(false)
            .build();
    return Optional.of(new ControlClient(socket, http));
  }

  /** True if somebody accepts connections at {@code socket}. */
  static boolean answers(Path socket) {
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      return channel.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  @Override
  public HouseholdStatus status() throws RealizeException {
    String body =
        call("read status", STATUS_DEADLINE, () -> http.get(ControlRoutes.STATUS_PATH).request());
    try {
      return ControlJson.read(body, HouseholdStatus.class);
    } catch (IOException e) {
      throw new RealizeException.Invalid("read status: the daemon is of another version", e);
    }
  }

  @Override
  public void stop() throws RealizeException {
    post("stop", STATUS_DEADLINE, new Request.Stop());
  }

  @Override
  public void connect(PeerName peer) throws RealizeException {
    post("connect to " + peer, ACTION_DEADLINE, new Request.Connect(peer));
  }

  @Override
  public void disconnect(PeerName peer) throws RealizeException {
    post("disconnect from " + peer, ACTION_DEADLINE, new Request.Disconnect(peer));
  }

  @Override
  public void reloadPeers() throws RealizeException {
    post("tell the daemon of changed peers", ACTION_DEADLINE, new Request.ReloadPeers());
  }

  @Override
  public void confirm(ArenaName arena) throws RealizeException {
    post("confirm " + arena, ACTION_DEADLINE, new Request.Confirm(arena));
  }

  @Override
  public void forget(ArenaName arena, RelativePath path) throws RealizeException {
    post("forget " + arena + "/" + path, ACTION_DEADLINE, new Request.Forget(arena, path));
  }

  /** Ends, and the daemon's move with it, when the thread is interrupted. */
  @Override
  public void move(MoveOrder order, MoveEvents events)
      throws RealizeException, InterruptedException {
    FutureTask<MoveLine> task =
        new FutureTask<>(() -> {
          byte[] body = ControlJson.write(new Request.Move(order));
          try (HttpClientResponse response = http.post(Request.Move.PATH).submit(body)) {
            return readLines(response, events);
          }
        });
    Thread.ofVirtual().name("control-move").start(task);
    try {
      Failure.Body failure = task.get().failure();
      if (failure != null) {
        throw failure.kind().exception(failure.message());
      }
    } catch (ExecutionException e) {
      throw new RealizeException.Unreachable(
          "move: daemon at " + socket, Objects.requireNonNullElse(e.getCause(), e));
    } finally {
      task.cancel(true);
    }
  }

  /** Tells every event and returns the line after the last one. */
  private static MoveLine readLines(HttpClientResponse response, MoveEvents events)
      throws IOException, InterruptedException {
    if (!response.status().equals(Status.OK_200)) {
      Failure.Body failure =
          ControlJson.read(response.entity().as(String.class), Failure.Body.class);
      return new MoveLine(null, failure);
    }
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(response.entity().inputStream(), StandardCharsets.UTF_8))) {
      for (String text = lines.readLine(); text != null; text = lines.readLine()) {
        MoveLine line = ControlJson.read(text, MoveLine.class);
        if (line.event() == null) {
          return line;
        }
        events.tell(line.event());
      }
      throw new IOException("the daemon ended within the move");
    }
  }

  private void post(String action, Duration deadline, Request request) throws RealizeException {
    call(action, deadline, () -> http.post(request.path()).submit(ControlJson.write(request)));
  }

  /** Sends on a virtual thread, so that the deadline holds whatever the socket does. */
  private String call(String action, Duration deadline, Exchange exchange) throws RealizeException {
    FutureTask<Answer> task =
        new FutureTask<>(() -> {
          try (HttpClientResponse response = exchange.send()) {
            return new Answer(response.status(), response.entity().as(String.class));
          }
        });
    Thread.ofVirtual().name("control-call").start(task);
    try {
      Answer answer = task.get(deadline.toMillis(), TimeUnit.MILLISECONDS);
      if (answer.status().equals(Status.OK_200)) {
        return answer.body();
      }
      Failure.Body failure = ControlJson.read(answer.body(), Failure.Body.class);
      throw failure.kind().exception(failure.message());
    } catch (ExecutionException e) {
      throw new RealizeException.Unreachable(
          action + ": daemon at " + socket, Objects.requireNonNullElse(e.getCause(), e));
    } catch (IOException e) {
      throw new RealizeException.Invalid(action + ": the daemon is of another version", e);
    } catch (TimeoutException e) {
      throw new RealizeException.TimedOut(
          "%s: the daemon did not answer within %d s".formatted(action, deadline.toSeconds()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RealizeException.TimedOut(action + ": interrupted");
    } finally {
      task.cancel(true);
    }
  }

  /** Sends one request and waits for the head of its answer. */
  @FunctionalInterface
  private interface Exchange {
    HttpClientResponse send();
  }
}
