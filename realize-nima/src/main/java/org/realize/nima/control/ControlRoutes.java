package org.realize.nima.control;

import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.realize.sync.model.RealizeException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The routes of the control API over one household. Stateless. */
final class ControlRoutes implements HttpService {

  static final String STATUS_PATH = "/v1/status";
  static final String CACHES_PATH = "/v1/caches";

  private static final Logger LOG = LoggerFactory.getLogger(ControlRoutes.class);

  /** The performer of one kind of request. */
  @FunctionalInterface
  private interface RouteHandler<R extends ControlRequest> {
    void run(R request) throws RealizeException;
  }

  /** The performer of one kind of request that is answered with a record. */
  @FunctionalInterface
  private interface AnswerHandler<R extends ControlRequest> {
    Object run(R request) throws RealizeException;
  }

  /** A request that is answered with a record. */
  @FunctionalInterface
  private interface RecordHandler {
    Object ask() throws RealizeException;
  }

  static final String INSPECTION_PATH = "/v1/inspection";
  static final String PINS_PATH = "/v1/pins";

  /** The answer to {@link Household#marks}. */
  record MarksAnswer(List<MarkStatus> marks) {}

  /** The answer to {@link Household#jobs}. */
  record JobsAnswer(List<JobStatus> jobs) {}

  /** The answer to {@link Household#pins}. */
  record PinsAnswer(List<PinStatus> pins) {}

  /** The answer to {@link Household#inspect}. */
  record Inspection(List<String> findings) {}

  /** The answer to {@link Household#caches}. */
  record Caches(List<CacheStatus> caches) {}

  private final Household household;

  ControlRoutes(Household household) {
    this.household = household;
  }

  @Override
  public void routing(HttpRules rules) {
    rules.get(STATUS_PATH, (request, response) -> answer(response, "status", household::status));
    rules.get(
        CACHES_PATH,
        (request, response) -> answer(response, "caches", () -> new Caches(household.caches())));
    rules.get(
        PINS_PATH,
        (request, response) -> answer(response, "pins", () -> new PinsAnswer(household.pins())));
    rules.get(
        INSPECTION_PATH,
        (request, response) ->
            answer(response, "inspection", () -> new Inspection(household.inspect())));
    on(rules, ControlRequest.Stop.PATH, ControlRequest.Stop.class, stop -> household.stop());
    on(
        rules,
        ControlRequest.Connect.PATH,
        ControlRequest.Connect.class,
        c -> household.connect(c.peer()));
    on(
        rules,
        ControlRequest.Disconnect.PATH,
        ControlRequest.Disconnect.class,
        disconnect -> household.disconnect(disconnect.peer()));
    on(
        rules,
        ControlRequest.ReloadPeers.PATH,
        ControlRequest.ReloadPeers.class,
        reload -> household.reloadPeers());
    stream(
        rules,
        ControlRequest.Move.PATH,
        ControlRequest.Move.class,
        move -> new EventStream<MoveEvent>("move", events -> household.move(move.order(), events)));
    stream(
        rules,
        ControlRequest.Cache.PATH,
        ControlRequest.Cache.class,
        cache ->
            new EventStream<CacheEvent>(
                cache.order().task().name().toLowerCase(Locale.ROOT),
                events -> household.cache(cache.order(), events)));
    ask(
        rules,
        ControlRequest.MarkPaths.PATH,
        ControlRequest.MarkPaths.class,
        marks -> new MarksAnswer(household.marks(marks.order())));
    ask(
        rules,
        ControlRequest.DecideConflicts.PATH,
        ControlRequest.DecideConflicts.class,
        conflicts -> household.conflicts(conflicts.order()));
    ask(
        rules,
        ControlRequest.ListVersions.PATH,
        ControlRequest.ListVersions.class,
        versions -> household.versions(versions.query()));
    stream(
        rules,
        ControlRequest.ChangeTrash.PATH,
        ControlRequest.ChangeTrash.class,
        trash ->
            new EventStream<CacheEvent>(
                trash.order().action().name().toLowerCase(Locale.ROOT),
                events -> household.trash(trash.order(), events)));
    stream(
        rules,
        ControlRequest.UseVersion.PATH,
        ControlRequest.UseVersion.class,
        use ->
            new EventStream<CacheEvent>(
                "use version", events -> household.useVersion(use.choice(), events)));
    ask(
        rules,
        ControlRequest.CountCopies.PATH,
        ControlRequest.CountCopies.class,
        copies -> household.copies(copies.query()));
    on(
        rules,
        ControlRequest.Pause.PATH,
        ControlRequest.Pause.class,
        pause -> household.pause(pause.order()));
    ask(
        rules,
        ControlRequest.ListJobs.PATH,
        ControlRequest.ListJobs.class,
        jobs -> new JobsAnswer(household.jobs(jobs.order())));
    stream(
        rules,
        ControlRequest.WatchJobs.PATH,
        ControlRequest.WatchJobs.class,
        watch ->
            new EventStream<JobEvent>("watch jobs", e -> household.watchJobs(watch.paths(), e)));
    stream(
        rules,
        ControlRequest.Sync.PATH,
        ControlRequest.Sync.class,
        sync -> new EventStream<SyncEvent>("sync", e -> household.sync(sync.arenas(), e)));
    on(
        rules,
        ControlRequest.Confirm.PATH,
        ControlRequest.Confirm.class,
        confirm -> household.confirm(confirm.arena(), confirm.place()));
    on(
        rules,
        ControlRequest.AdoptArena.PATH,
        ControlRequest.AdoptArena.class,
        a -> household.adopt(a.arena()));
    on(
        rules,
        ControlRequest.Reject.PATH,
        ControlRequest.Reject.class,
        r -> household.reject(r.arena()));
    on(
        rules,
        ControlRequest.Forget.PATH,
        ControlRequest.Forget.class,
        forget -> household.forget(forget.arena(), forget.file()));
    on(
        rules,
        ControlRequest.ReleasePins.PATH,
        ControlRequest.ReleasePins.class,
        release -> household.releasePins(release.arena(), release.file()));
  }

  private static <R extends ControlRequest, E> void stream(
      HttpRules rules, String path, Class<R> type, Function<R, EventStream<E>> begin) {
    rules.post(
        path,
        (request, response) -> {
          try {
            begin.apply(ControlJson.read(request.content().as(String.class), type)).run(response);
          } catch (IOException | RuntimeException e) {
            fail(
                response,
                Failure.INVALID,
                "request " + request.path().path() + ": " + e.getMessage());
          }
        });
  }

  private static void answer(ServerResponse response, String what, RecordHandler question) {
    try {
      send(response, Status.OK_200, question.ask());
    } catch (RealizeException e) {
      fail(response, Failure.of(e), e.oneLine());
    } catch (RuntimeException e) {
      LOG.error("control request for the {} failed", what, e);
      fail(response, Failure.FAILED, "read " + what + ": " + e);
    }
  }

  private static <R extends ControlRequest> void on(
      HttpRules rules, String path, Class<R> type, RouteHandler<R> action) {
    AnswerHandler<R> echo =
        request -> {
          action.run(request);
          return request;
        };
    ask(rules, path, type, echo);
  }

  private static <R extends ControlRequest> void ask(
      HttpRules rules, String path, Class<R> type, AnswerHandler<R> action) {
    rules.post(path, (request, response) -> handle(request, response, type, action));
  }

  private static <R extends ControlRequest> void handle(
      ServerRequest request, ServerResponse response, Class<R> type, AnswerHandler<R> action) {
    R read;
    try {
      read = ControlJson.read(request.content().as(String.class), type);
    } catch (IOException | RuntimeException e) {
      fail(response, Failure.INVALID, "request " + request.path().path() + ": " + e.getMessage());
      return;
    }
    try {
      send(response, Status.OK_200, action.run(read));
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
