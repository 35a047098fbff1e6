package org.realize.nima.control;

import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import org.realize.sync.model.RealizeException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The routes of the control API over one household. Stateless. */
final class ControlRoutes implements HttpService {

  static final String STATUS_PATH = "/v1/status";

  private static final Logger LOG = LoggerFactory.getLogger(ControlRoutes.class);

  /** Carries out one kind of request. */
  @FunctionalInterface
  private interface Action<R extends Request> {
    void run(R request) throws RealizeException;
  }

  private final Household household;

  ControlRoutes(Household household) {
    this.household = household;
  }

  @Override
  public void routing(HttpRules rules) {
    rules.get(STATUS_PATH, (request, response) -> status(response));
    on(rules, Request.Stop.PATH, Request.Stop.class, stop -> household.stop());
    on(rules, Request.Connect.PATH, Request.Connect.class, c -> household.connect(c.peer()));
    on(
        rules,
        Request.Disconnect.PATH,
        Request.Disconnect.class,
        disconnect -> household.disconnect(disconnect.peer()));
    on(
        rules,
        Request.ReloadPeers.PATH,
        Request.ReloadPeers.class,
        reload -> household.reloadPeers());
    rules.post(Request.Move.PATH, this::move);
    on(rules, Request.Confirm.PATH, Request.Confirm.class, c -> household.confirm(c.arena()));
    on(
        rules,
        Request.Forget.PATH,
        Request.Forget.class,
        forget -> household.forget(forget.arena(), forget.file()));
  }

  private void move(ServerRequest request, ServerResponse response) {
    try {
      String body = request.content().as(String.class);
      MoveOrder order = ControlJson.read(body, Request.Move.class).order();
      new MoveStream(household, order).run(response);
    } catch (IOException | RuntimeException e) {
      fail(response, Failure.INVALID, "request " + request.path().path() + ": " + e.getMessage());
    }
  }

  private void status(ServerResponse response) {
    try {
      send(response, Status.OK_200, household.status());
    } catch (RealizeException e) {
      fail(response, Failure.of(e), e.oneLine());
    } catch (RuntimeException e) {
      LOG.error("control request for the status failed", e);
      fail(response, Failure.FAILED, "read status: " + e);
    }
  }

  private static <R extends Request> void on(
      HttpRules rules, String path, Class<R> type, Action<R> action) {
    rules.post(path, (request, response) -> handle(request, response, type, action));
  }

  private static <R extends Request> void handle(
      ServerRequest request, ServerResponse response, Class<R> type, Action<R> action) {
    R read;
    try {
      read = ControlJson.read(request.content().as(String.class), type);
    } catch (IOException | RuntimeException e) {
      fail(response, Failure.INVALID, "request " + request.path().path() + ": " + e.getMessage());
      return;
    }
    try {
      action.run(read);
      send(response, Status.OK_200, read);
    } catch (RealizeException e) {
      fail(response, Failure.of(e), e.oneLine());
    } catch (RuntimeException e) {
      LOG.error("control request {} failed", read, e);
      fail(response, Failure.FAILED, "request " + read + ": " + e);
    }
  }

  private static void fail(ServerResponse response, Failure kind, String message) {
    String line = message.replace('\n', ' ');
    send(response, Status.create(kind.status()), new Failure.Body(kind, line));
  }

  private static void send(ServerResponse response, Status status, Object body) {
    response
        .status(status)
        .header(HeaderNames.CONTENT_TYPE, "application/json")
        .send(ControlJson.write(body));
  }
}
