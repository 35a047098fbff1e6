package org.realize.nima.observe;

import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import org.realize.nima.config.HostPort;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Denied;
import org.realize.sync.model.RealizeException.StorageFailed;

/**
 * The listener for programs on this machine that watch over the node: {@code GET /metrics}, with
 * {@code Authorization: Bearer TOKEN}, or with the token as the password of any user, which a
 * browser asks for. A browser that shows no token gets a page that says where it is. It is bound to
 * loopback only. At most {@value #MAX_CONNECTIONS} connections; requests have no body.
 */
public final class Dashboard implements AutoCloseable {

  private static final int MAX_CONNECTIONS = 16;
  private static final int MAX_REQUEST_BYTES = 1_024;
  private static final Duration GRACE = Duration.ofSeconds(1);
  private static final Duration IDLE = Duration.ofSeconds(60);
  private static final String BEARER = "Bearer ";
  private static final String BASIC = "Basic ";
  private static final String HTML = "text/html";
  private static final String METRICS = "/metrics";

  private static final String TEXT_FORMAT = "text/plain; version=0.0.4; charset=utf-8";

  private final WebServer server;
  private final HostPort address;

  private Dashboard(WebServer server, HostPort address) {
    this.server = server;
    this.address = address;
  }

  /** Listens at {@code place}, which must be of this machine alone. */
  public static Dashboard start(HostPort place, AccessToken token, Metrics metrics)
      throws RealizeException {
    String action = "open the dashboard at " + place;
    try {
      InetAddress address = InetAddress.getByName(place.host());
      if (!address.isLoopbackAddress()) {
        throw new Denied(action + ": only 127.0.0.1, [::1] and localhost are possible");
      }
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
              .routing(routing ->
                  routing
                      .any((request, response) -> admit(token, request, response))
                      .get("/", (_, response) -> page(token, response))
                      .get(
                          METRICS,
                          (_, response) -> {
                            response.header(HeaderNames.CONTENT_TYPE, TEXT_FORMAT);
                            response.send(metrics.text());
                          }))
              .build()
              .start();
      return new Dashboard(server, new HostPort(address.getHostAddress(), server.port()));
    } catch (IOException | RuntimeException e) {
      throw new StorageFailed(action, e);
    }
  }

  private static void admit(AccessToken token, ServerRequest request, ServerResponse response) {
    if (token.matches(shown(request.headers().first(HeaderNames.AUTHORIZATION).orElse("")))) {
      response.next();
      return;
    }
    response.status(Status.UNAUTHORIZED_401);
    boolean isBrowser = request.headers().first(HeaderNames.ACCEPT).orElse("").contains(HTML);
    boolean asksForToken = isBrowser && !request.path().path().equals("/");
    response.header(HeaderNames.WWW_AUTHENTICATE, asksForToken ? "Basic realm=Realize" : "Bearer");
    if (isBrowser) {
      page(token, response);
    } else {
      response.send();
    }
  }

  /** The token in a header; empty if none is there. */
  private static String shown(String authorization) {
    if (authorization.startsWith(BEARER)) {
      return authorization.substring(BEARER.length()).strip();
    }
    if (authorization.startsWith(BASIC)) {
      try {
        byte[] bytes = Base64.getDecoder().decode(authorization.substring(BASIC.length()).strip());
        String credentials = new String(bytes, StandardCharsets.UTF_8);
        return credentials.substring(credentials.indexOf(':') + 1);
      } catch (IllegalArgumentException e) {
        return "";
      }
    }
    return "";
  }

  private static void page(AccessToken token, ServerResponse response) {
    String file =
        token.file().toString().replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    response.header(HeaderNames.CONTENT_TYPE, HTML + "; charset=utf-8");
    response.send(
        """
        <!DOCTYPE html>
        <html lang="en"><head><meta charset="utf-8"><title>Realize</title></head><body>
        <h1>Realize</h1>
        <p><a href="/metrics">The node's figures</a>, for Prometheus.</p>
        <p>They need the token that is in <code>%s</code>. A browser asks for it as a password, with any user name; other
        programs show it as <code>Authorization: Bearer TOKEN</code>.</p>
        </body></html>
        """
            .formatted(file));
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
