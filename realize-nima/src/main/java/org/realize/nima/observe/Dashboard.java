package org.realize.nima.observe;

import io.helidon.common.uri.UriQuery;
import io.helidon.http.HeaderNames;
import io.helidon.http.SetCookie;
import io.helidon.http.Status;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.NoSuchElementException;
import java.util.Optional;
import org.realize.nima.config.HostPort;
import org.realize.nima.control.ArenaPath;
import org.realize.nima.control.ControlJson;
import org.realize.nima.control.ControlRoutes;
import org.realize.nima.control.Household;
import org.realize.nima.control.PreviewQuery;
import org.realize.nima.control.VersionPreview;
import org.realize.nima.observe.PageSessions.PageSession;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Denied;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.TimeSource;

/**
 * The listener for people and programs on this machine that watch over the node: the page, the
 * requests of the control API that it needs, {@code GET /events} and {@code GET /metrics}. Programs
 * show {@code Authorization: Bearer TOKEN}, or the token as the password of any user, and may only
 * read, but no file; see {@link PageGuard}. It is bound to loopback only. At most {@value
 * #MAX_CONNECTIONS} connections; a request is at most 64 KiB.
 */
public final class Dashboard implements AutoCloseable {

  static final String OPEN = "/open";
  static final String PICTURE = "/picture";

  private static final int MAX_CONNECTIONS = 64;
  private static final int MAX_REQUEST_BYTES = 64 * 1024;
  private static final Duration GRACE = Duration.ofSeconds(1);
  private static final Duration IDLE = Duration.ofSeconds(60);

  private static final String TEXT_FORMAT = "text/plain; version=0.0.4; charset=utf-8";

  private final WebServer server;
  private final HostPort address;
  private final PageSessions sessions;

  /** The parts of a node that a dashboard shows. */
  public record DashboardParts(Household household, Metrics metrics) {}

  /** The token of a session, for the page to keep. */
  record OpenedPage(String token) {}

  private Dashboard(WebServer server, HostPort address, PageSessions sessions) {
    this.server = server;
    this.address = address;
    this.sessions = sessions;
  }

  /** Listens at {@code place}, which must be of this machine alone. */
  public static Dashboard start(
      HostPort place, AccessToken token, DashboardParts parts, SecureRandom random, TimeSource time)
      throws RealizeException {
    String action = "open the dashboard at " + place;
    try {
      InetAddress address = InetAddress.getByName(place.host());
      if (!address.isLoopbackAddress()) {
        throw new Denied(action + ": only 127.0.0.1, [::1] and localhost are possible");
      }
      Path secret = token.file().resolveSibling("dashboard.sessions");
      PageSessions sessions =
          new PageSessions(AccessToken.readOrMake(secret, random), random, time);
      PageFiles files = PageFiles.read();
      PageGuard guard = new PageGuard(token, sessions, files);
      WebServer server =
          WebServer.builder()
              .address(address)
              .port(place.port())
              .shutdownHook(false)
              .featuresDiscoverServices(false)
              .shutdownGracePeriod(GRACE)
              .idleConnectionTimeout(IDLE)
              .maxTcpConnections(MAX_CONNECTIONS)
              .maxPayloadSize(MAX_REQUEST_BYTES)
              .routing(routing -> {
                routing.any(guard::admit);
                route(routing, files, sessions, parts);
              })
              .build()
              .start();
      HostPort open = new HostPort(address.getHostAddress(), server.port());
      return new Dashboard(server, open, sessions);
    } catch (IOException | RuntimeException e) {
      throw new StorageFailed(action, e);
    }
  }

  private static void route(
      HttpRouting.Builder routing, PageFiles files, PageSessions sessions, DashboardParts parts) {
    LiveFeed feed = new LiveFeed(parts.household());
    routing
        .post(OPEN, (request, response) -> open(sessions, request, response))
        .get("/events", feed::answer)
        .get(
            "/metrics",
            (_, response) -> {
              response.header(HeaderNames.CONTENT_TYPE, TEXT_FORMAT);
              response.send(parts.metrics().text());
            })
        .get(PICTURE, (request, response) -> picture(parts.household(), request, response))
        .register(ControlRoutes.ofPage(parts.household()))
        .get((request, response) -> {
          Optional<PageFiles.PageFile> file = files.at(request.path().path());
          if (file.isEmpty()) {
            response.status(Status.NOT_FOUND_404).send();
            return;
          }
          response.header(HeaderNames.CONTENT_TYPE, file.get().type()).send(file.get().text());
        });
  }

  /** Opens a session for who shows the key of a link. */
  private static void open(PageSessions sessions, ServerRequest request, ServerResponse response) {
    Optional<PageSession> session = sessions.open(request.content().as(String.class));
    if (session.isEmpty()) {
      response
          .status(Status.FORBIDDEN_403)
          .header(HeaderNames.CONTENT_TYPE, "application/json")
          .send(
              ControlJson.write(
                  new PageGuard.Refusal(
                      "denied",
                      "the link was used, or is too old; run 'realize dashboard' again")));
      return;
    }
    response
        .headers()
        .addCookie(
            SetCookie.builder(PageGuard.cookie(request.headers()), session.get().cookie())
                .httpOnly(true)
                .sameSite(SetCookie.SameSite.STRICT)
                .path("/")
                .maxAge(Duration.ofDays(PageSessions.SESSION_DAYS))
                .build());
    response
        .header(HeaderNames.CONTENT_TYPE, "application/json")
        .send(ControlJson.write(new OpenedPage(session.get().token())));
  }

  /** Sends a version that is a picture, as far as it is here. */
  private static void picture(Household household, ServerRequest request, ServerResponse response) {
    try {
      UriQuery query = request.query();
      ArenaName arena = new ArenaName(query.get("arena"));
      ArenaPath path = new ArenaPath(arena, RelativePath.of(query.get("path")));
      VersionPreview preview =
          household.preview(new PreviewQuery(path, query.get("hash"), false, true));
      String type = preview.type();
      String picture = preview.picture();
      if (type == null || picture == null) {
        response.status(Status.NOT_FOUND_404).send();
        return;
      }
      response.header(HeaderNames.CONTENT_TYPE, type).send(Base64.getDecoder().decode(picture));
    } catch (NoSuchElementException | IllegalArgumentException e) {
      response.status(Status.BAD_REQUEST_400).send("a picture has an arena, a path and a hash");
    } catch (RealizeException e) {
      response.status(Status.NOT_FOUND_404).send(e.oneLine());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      response.status(Status.SERVICE_UNAVAILABLE_503).send();
    }
  }

  /** A link to the page that opens it in one browser, once. */
  public String link() {
    return "http://%s/#key=%s".formatted(address, sessions.link());
  }

  /** Where it listens, with the port that is really open. */
  public String address() {
    return address.toString();
  }

  @Override
  public void close() {
    server.stop();
  }
}
