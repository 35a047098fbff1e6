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
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
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
import org.realize.nima.control.LimitReport.ArenaLimits;
import org.realize.nima.control.LimitReport.PeerLimits;
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
    return ask("read status", STATUS_DEADLINE, new ReadStatus(), HouseholdStatus.class);
  }

  @Override
  public List<CacheStatus> caches() throws RealizeException {
    return ask("read caches", STATUS_DEADLINE, new ReadCaches(), ControlRoutes.Caches.class)
        .caches();
  }

  @Override
  public List<String> inspect() throws RealizeException {
    return ask("look at the caches", new InspectCaches(), ControlRoutes.Inspection.class)
        .findings();
  }

  @Override
  public List<MarkStatus> marks(MarkOrder order) throws RealizeException {
    return ask(
            order.action().name().toLowerCase(Locale.ROOT) + " marks",
            order,
            ControlRoutes.MarksAnswer.class)
        .marks();
  }

  @Override
  public ConflictReport conflicts(ConflictOrder order) throws RealizeException {
    String action = (order.use() == null ? "list" : "resolve") + " conflicts";
    return ask(action, order, ConflictReport.class);
  }

  private <T> T ask(String action, ControlRequest request, Class<T> type) throws RealizeException {
    return ask(action, ACTION_DEADLINE, request, type);
  }

  private <T> T ask(String action, Duration deadline, ControlRequest request, Class<T> type)
      throws RealizeException {
    try {
      return ControlJson.read(post(action, deadline, request), type);
    } catch (IOException e) {
      throw new RealizeException.Invalid(action + ": the daemon is of another version", e);
    }
  }

  @Override
  public String dashboardLink() throws RealizeException {
    return ask("open the dashboard", new MakeLink(), ControlRoutes.MadeLink.class).link();
  }

  @Override
  public void stop() throws RealizeException {
    post("stop", STATUS_DEADLINE, new Stop());
  }

  @Override
  public void connect(PeerName peer) throws RealizeException {
    post("connect to " + peer, ACTION_DEADLINE, new Connect(peer));
  }

  @Override
  public Invite invite(List<String> addresses) throws RealizeException {
    return ask("invite", new InviteMachine(addresses), Invite.class);
  }

  @Override
  public List<MemberStatus> members() throws RealizeException {
    return ask("list members", new ReadMembers(), ControlRoutes.MembersAnswer.class).members();
  }

  @Override
  public void revoke(PeerName peer) throws RealizeException {
    post("revoke " + peer, ACTION_DEADLINE, new Revoke(peer));
  }

  @Override
  public void removePeer(PeerName peer) throws RealizeException {
    post("remove " + peer, ACTION_DEADLINE, new RemovePeer(peer));
  }

  @Override
  public LimitReport limits() throws RealizeException {
    return ask("read limits", STATUS_DEADLINE, new ReadLimits(), LimitReport.class);
  }

  @Override
  public void limitPeer(PeerLimits limits) throws RealizeException {
    post("set limits of " + limits.peer(), ACTION_DEADLINE, limits);
  }

  @Override
  public void limitArena(ArenaLimits limits) throws RealizeException {
    post("set limits of " + limits.arena(), ACTION_DEADLINE, limits);
  }

  @Override
  public void disconnect(PeerName peer) throws RealizeException {
    post("disconnect from " + peer, ACTION_DEADLINE, new Disconnect(peer));
  }

  @Override
  public List<String> reload() throws RealizeException {
    return ask("reload", new Reload(), ControlRoutes.Reloaded.class).waiting();
  }

  @Override
  public void confirm(ArenaName arena, RelativePath place) throws RealizeException {
    post("confirm " + arena, ACTION_DEADLINE, new Confirm(arena, place));
  }

  @Override
  public void adopt(ArenaName arena) throws RealizeException {
    post("adopt the root of " + arena, ACTION_DEADLINE, new AdoptArena(arena));
  }

  @Override
  public void reject(ArenaName arena) throws RealizeException {
    post("reject changes of " + arena, ACTION_DEADLINE, new Reject(arena));
  }

  @Override
  public void forget(ArenaName arena, RelativePath path) throws RealizeException {
    post("forget " + arena + "/" + path, ACTION_DEADLINE, new Forget(arena, path));
  }

  @Override
  public List<ProgramFetch> fetches() throws RealizeException {
    return ask(
            "read fetches", STATUS_DEADLINE, new ReadFetches(), ControlRoutes.FetchesAnswer.class)
        .fetches();
  }

  @Override
  public FilePage files(FileQuery query) throws RealizeException {
    return ask("list files", query, FilePage.class);
  }

  @Override
  public VersionPreview preview(PreviewQuery query) throws RealizeException, InterruptedException {
    return askWaiting("show " + query.path(), query, VersionPreview.class);
  }

  @Override
  public EventPage events(EventQuery query) throws RealizeException, InterruptedException {
    return askWaiting("read events", query, EventPage.class);
  }

  /** As {@link #ask}, of what may wait in the daemon: ends when the thread is interrupted. */
  private <T> T askWaiting(String action, ControlRequest request, Class<T> type)
      throws RealizeException, InterruptedException {
    try {
      return ask(action, request, type);
    } catch (RealizeException.TimedOut e) {
      if (Thread.interrupted()) {
        throw new InterruptedException(e.oneLine());
      }
      throw e;
    }
  }

  @Override
  public List<PinStatus> pins() throws RealizeException {
    return ask("read pins", STATUS_DEADLINE, new ReadPins(), ControlRoutes.PinsAnswer.class).pins();
  }

  @Override
  public void releasePins(ArenaName arena, RelativePath path) throws RealizeException {
    post("release pins of " + arena + "/" + path, ACTION_DEADLINE, new ReleasePins(arena, path));
  }

  /** Ends, and the daemon's move with it, when the thread is interrupted. */
  @Override
  public void move(MoveOrder order, Events<MoveEvent> events)
      throws RealizeException, InterruptedException {
    stream("move", order, MoveEvent.class, events);
  }

  /** Ends, and the daemon's work with it, when the thread is interrupted. */
  @Override
  public void cache(CacheOrder order, Events<CacheEvent> events)
      throws RealizeException, InterruptedException {
    String action = order.task().name().toLowerCase(Locale.ROOT);
    stream(action, order, CacheEvent.class, events);
  }

  @Override
  public VersionReport versions(VersionQuery query) throws RealizeException {
    return ask("list versions", query, VersionReport.class);
  }

  /** Ends, and the daemon's work with it, when the thread is interrupted. */
  @Override
  public void trash(TrashOrder order, Events<CacheEvent> events)
      throws RealizeException, InterruptedException {
    String action = order.action().name().toLowerCase(Locale.ROOT);
    stream(action, order, CacheEvent.class, events);
  }

  /** Ends, and the daemon's work with it, when the thread is interrupted. */
  @Override
  public void useVersion(VersionChoice choice, Events<CacheEvent> events)
      throws RealizeException, InterruptedException {
    stream("use version", choice, CacheEvent.class, events);
  }

  @Override
  public CopyReport copies(CopyQuery query) throws RealizeException {
    return ask("count copies", query, CopyReport.class);
  }

  @Override
  public void pause(PauseOrder order) throws RealizeException {
    post(order.paused() ? "pause" : "resume", ACTION_DEADLINE, order);
  }

  @Override
  public List<JobStatus> jobs(JobOrder order) throws RealizeException {
    String action = order.action().name().toLowerCase(Locale.ROOT) + " jobs";
    return ask(action, order, ControlRoutes.JobsAnswer.class).jobs();
  }

  /** Ends when the thread is interrupted. */
  @Override
  public void watchJobs(List<ArenaPath> paths, Events<JobEvent> events)
      throws RealizeException, InterruptedException {
    stream("watch jobs", new WatchJobs(paths), JobEvent.class, events);
  }

  /** Ends when the thread is interrupted. */
  @Override
  public void sync(List<ArenaName> arenas, Events<SyncEvent> events)
      throws RealizeException, InterruptedException {
    stream("sync", new Sync(arenas), SyncEvent.class, events);
  }

  private <E> void stream(String action, ControlRequest request, Class<E> type, Events<E> events)
      throws RealizeException, InterruptedException {
    FutureTask<StreamLine<E>> task =
        new FutureTask<>(() -> {
          byte[] body = ControlJson.write(request);
          try (HttpClientResponse response = send(request, body)) {
            return readLines(response, type, events);
          }
        });
    Thread.ofVirtual().name("control-" + action).start(task);
    try {
      Failure.Body failure = task.get().failure();
      if (failure != null) {
        throw failure.kind().exception(failure.message());
      }
    } catch (ExecutionException e) {
      throw new RealizeException.Unreachable(
          action + ": daemon at " + socket, Objects.requireNonNullElse(e.getCause(), e));
    } finally {
      task.cancel(true);
    }
  }

  /** Tells every event and returns the line after the last one. */
  private static <E> StreamLine<E> readLines(
      HttpClientResponse response, Class<E> type, Events<E> events)
      throws IOException, InterruptedException {
    if (!response.status().equals(Status.OK_200)) {
      Failure.Body failure =
          ControlJson.read(response.entity().as(String.class), Failure.Body.class);
      return new StreamLine<>(null, failure);
    }
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(response.entity().inputStream(), StandardCharsets.UTF_8))) {
      for (String text = lines.readLine(); text != null; text = lines.readLine()) {
        StreamLine<E> line = ControlJson.readLine(text, type);
        if (line.event() == null) {
          return line;
        }
        events.tell(line.event());
      }
      throw new IOException("the daemon has ended");
    }
  }

  /** Sends on a virtual thread, so that the deadline holds whatever the socket does. */
  private String post(String action, Duration deadline, ControlRequest request)
      throws RealizeException {
    byte[] body = ControlJson.write(request);
    FutureTask<Answer> task =
        new FutureTask<>(() -> {
          try (HttpClientResponse response = send(request, body)) {
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

  private HttpClientResponse send(ControlRequest request, byte[] body) {
    return http.post(ControlRequest.path(request.getClass())).submit(body);
  }
}
