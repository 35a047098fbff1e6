package org.realize.nima.observe;

import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import org.realize.nima.config.HostPort;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Denied;
import org.realize.sync.model.RealizeException.StorageFailed;

/**
 * The listener for programs on this machine that watch over the node: {@code GET /metrics}, with
 * {@code Authorization: Bearer TOKEN}. It is bound to loopback only. At most {@value
 * #MAX_CONNECTIONS} connections; requests have no body.
 */
public final class Dashboard implements AutoCloseable {

  private static final int MAX_CONNECTIONS = 16;
  private static final int MAX_REQUEST_BYTES = 1_024;
  private static final Duration GRACE = Duration.ofSeconds(1);
  private static final Duration IDLE = Duration.ofSeconds(60);
  private static final String BEARER = "Bearer ";
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
                      .get(
                          "/metrics",
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
    String shown = request.headers().first(HeaderNames.AUTHORIZATION).orElse("");
    if (shown.startsWith(BEARER) && token.matches(shown.substring(BEARER.length()).strip())) {
      response.next();
      return;
    }
    response.header(HeaderNames.WWW_AUTHENTICATE, "Bearer");
    response.status(Status.UNAUTHORIZED_401).send();
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
