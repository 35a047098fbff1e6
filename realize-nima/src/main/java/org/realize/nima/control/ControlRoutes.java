package org.realize.nima.control;

import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import org.realize.nima.control.ControlRequest.AdoptArena;
import org.realize.nima.control.ControlRequest.Confirm;
import org.realize.nima.control.ControlRequest.Connect;
import org.realize.nima.control.ControlRequest.Disconnect;
import org.realize.nima.control.ControlRequest.Forget;
import org.realize.nima.control.ControlRequest.InspectCaches;
import org.realize.nima.control.ControlRequest.InviteMachine;
import org.realize.nima.control.ControlRequest.MakeLink;
import org.realize.nima.control.ControlRequest.ReadCaches;
import org.realize.nima.control.ControlRequest.ReadFetches;
import org.realize.nima.control.ControlRequest.ReadLimits;
import org.realize.nima.control.ControlRequest.ReadMembers;
import org.realize.nima.control.ControlRequest.ReadPins;
import org.realize.nima.control.ControlRequest.ReadStatus;
import org.realize.nima.control.ControlRequest.Reject;
import org.realize.nima.control.ControlRequest.ReleasePins;
import org.realize.nima.control.ControlRequest.Reload;
import org.realize.nima.control.ControlRequest.RemovePeer;
import org.realize.nima.control.ControlRequest.Revoke;
import org.realize.nima.control.ControlRequest.Stop;
import org.realize.nima.control.ControlRequest.Sync;
import org.realize.nima.control.ControlRequest.WatchJobs;
import org.realize.nima.control.Household.Events;
import org.realize.nima.control.LimitReport.ArenaLimits;
import org.realize.nima.control.LimitReport.PeerLimits;
import org.realize.sync.model.RealizeException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The routes of the control API over one household, or some of them. Stateless. */
public final class ControlRoutes implements HttpService {

  private static final Logger LOG = LoggerFactory.getLogger(ControlRoutes.class);

  /** The performer of one kind of request. */
  @FunctionalInterface
  private interface RouteHandler<R> {
    void run(R request) throws RealizeException;
  }

  /** The performer of one kind of request that is answered with a record. */
  @FunctionalInterface
  private interface AnswerHandler<R> {
    Object run(R request) throws RealizeException, InterruptedException;
  }

  /** The performer of long work, which is answered with a stream of {@link StreamLine}. */
  @FunctionalInterface
  private interface StreamHandler<R, E> {
    void run(R request, Events<E> events) throws RealizeException, InterruptedException;
  }

  /** The answer to {@link Household#marks}. */
  record MarksAnswer(List<MarkStatus> marks) {}

  /** The answer to {@link Household#jobs}. */
  record JobsAnswer(List<JobStatus> jobs) {}

  /** The answer to {@link Household#pins}. */
  record PinsAnswer(List<PinStatus> pins) {}

  /** The answer to {@link Household#members}. */
  record MembersAnswer(List<MemberStatus> members) {}

  /** The answer to {@link Household#fetches}. */
  record FetchesAnswer(List<ProgramFetch> fetches) {}

  /** The answer to {@link Household#inspect}. */
  record Inspection(List<String> findings) {}

  /** The answer to {@link Household#dashboardLink}. */
  record MadeLink(String link) {}

  /** The answer to {@link Household#reload}. */
  record Reloaded(List<String> waiting) {}

  /** The answer to {@link Household#caches}. */
  record Caches(List<CacheStatus> caches) {}

  /**
   * The requests of the page: none that ends the daemon, moves files, or changes more of the
   * configuration than who is a peer, and limits.
   */
  private static final Set<Class<? extends ControlRequest>> OF_PAGE =
      Set.of(
          ReadStatus.class,
          ReadFetches.class,
          EventQuery.class,
          FileQuery.class,
          PreviewQuery.class,
          MarkOrder.class,
          VersionChoice.class,
          ConflictOrder.class,
          VersionQuery.class,
          JobOrder.class,
          Connect.class,
          Disconnect.class,
          ReadMembers.class,
          InviteMachine.class,
          Revoke.class,
          RemovePeer.class,
          ReadLimits.class,
          PeerLimits.class,
          ArenaLimits.class,
          PauseOrder.class,
          Confirm.class,
          Reject.class,
          CacheOrder.class,
          TrashOrder.class);

  private final Household household;
  private final Predicate<Class<? extends ControlRequest>> served;

  private ControlRoutes(Household household, Predicate<Class<? extends ControlRequest>> served) {
    this.household = household;
    this.served = served;
  }

  /** All routes. */
  static ControlRoutes all(Household household) {
    return new ControlRoutes(household, _ -> true);
  }

  /** The routes that the page in a browser needs. */
  public static ControlRoutes ofPage(Household household) {
    return new ControlRoutes(household, OF_PAGE::contains);
  }

  @Override
  public void routing(HttpRules rules) {
    ask(rules, ReadStatus.class, _ -> household.status());
    ask(rules, ReadCaches.class, _ -> new Caches(household.caches()));
    ask(rules, MakeLink.class, _ -> new MadeLink(household.dashboardLink()));
    ask(rules, ReadPins.class, _ -> new PinsAnswer(household.pins()));
    ask(rules, ReadFetches.class, _ -> new FetchesAnswer(household.fetches()));
    ask(rules, InspectCaches.class, _ -> new Inspection(household.inspect()));
    ask(rules, Reload.class, _ -> new Reloaded(household.reload()));
    ask(rules, MarkOrder.class, order -> new MarksAnswer(household.marks(order)));
    ask(rules, ReadMembers.class, _ -> new MembersAnswer(household.members()));
    on(rules, Revoke.class, request -> household.revoke(request.peer()));
    ask(rules, InviteMachine.class, request -> household.invite(request.addresses()));
    ask(rules, ConflictOrder.class, household::conflicts);
    ask(rules, VersionQuery.class, household::versions);
    ask(rules, CopyQuery.class, household::copies);
    ask(rules, EventQuery.class, household::events);
    ask(rules, FileQuery.class, household::files);
    ask(rules, PreviewQuery.class, household::preview);
    ask(rules, JobOrder.class, order -> new JobsAnswer(household.jobs(order)));
    on(rules, Stop.class, _ -> household.stop());
    on(rules, Connect.class, request -> household.connect(request.peer()));
    ask(rules, ReadLimits.class, _ -> household.limits());
    on(rules, PeerLimits.class, household::limitPeer);
    on(rules, ArenaLimits.class, household::limitArena);
    on(rules, RemovePeer.class, request -> household.removePeer(request.peer()));
    on(rules, Disconnect.class, request -> household.disconnect(request.peer()));
    on(rules, PauseOrder.class, household::pause);
    on(rules, Confirm.class, request -> household.confirm(request.arena(), request.place()));
    on(rules, AdoptArena.class, request -> household.adopt(request.arena()));
    on(rules, Reject.class, request -> household.reject(request.arena()));
    on(rules, Forget.class, request -> household.forget(request.arena(), request.path()));
    on(rules, ReleasePins.class, request -> household.releasePins(request.arena(), request.path()));
    stream(rules, MoveOrder.class, household::move);
    stream(rules, CacheOrder.class, household::cache);
    stream(rules, TrashOrder.class, household::trash);
    stream(rules, VersionChoice.class, household::useVersion);
    stream(
        rules,
        WatchJobs.class,
        (WatchJobs request, Events<JobEvent> events) ->
            household.watchJobs(request.paths(), events));
    stream(
        rules,
        Sync.class,
        (Sync request, Events<SyncEvent> events) -> household.sync(request.arenas(), events));
  }

  private <R extends ControlRequest, E> void stream(
      HttpRules rules, Class<R> type, StreamHandler<R, E> work) {
    handle(
        rules,
        type,
        (request, response) ->
            new EventStream<E>(type.getSimpleName(), events -> work.run(request, events))
                .run(response));
  }

  private <R extends ControlRequest> void on(
      HttpRules rules, Class<R> type, RouteHandler<R> action) {
    AnswerHandler<R> echo =
        request -> {
          action.run(request);
          return request;
        };
    ask(rules, type, echo);
  }

  private <R extends ControlRequest> void ask(
      HttpRules rules, Class<R> type, AnswerHandler<R> action) {
    handle(
        rules,
        type,
        (request, response) -> {
          try {
            send(response, Status.OK_200, action.run(request));
          } catch (RealizeException e) {
            fail(response, Failure.of(e), e.oneLine());
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            fail(response, Failure.TIMED_OUT, "request " + request + ": the daemon ends");
          } catch (RuntimeException e) {
            LOG.error("control request {} failed", request, e);
            fail(response, Failure.FAILED, "request " + request + ": " + e);
          }
        });
  }

  private <R extends ControlRequest> void handle(
      HttpRules rules, Class<R> type, BiConsumer<R, ServerResponse> answer) {
    if (!served.test(type)) {
      return;
    }
    String path = ControlRequest.path(type);
    rules.post(
        path,
        (request, response) -> {
          R read;
          try {
            read = ControlJson.read(request.content().as(String.class), type);
          } catch (IOException | RuntimeException e) {
            fail(response, Failure.INVALID, "request " + path + ": " + e.getMessage());
            return;
          }
          answer.accept(read, response);
        });
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
