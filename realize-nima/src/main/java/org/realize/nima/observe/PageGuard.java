package org.realize.nima.observe;

import io.helidon.http.Header;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Method;
import io.helidon.http.ServerRequestHeaders;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.realize.nima.control.ControlJson;

/**
 * The admission of requests. A host name other than loopback's is refused, whoever asks: a foreign
 * name may be made to lead here. What changes something comes from the page itself, with both parts
 * of its session; what only reads may also show the access token, but for what a file holds.
 * Stateless.
 */
final class PageGuard {

  /** The header of the session's token. */
  static final HeaderName TOKEN = HeaderNames.create("X-Realize-Token");

  private static final HeaderName FETCH_SITE = HeaderNames.create("Sec-Fetch-Site");
  private static final Set<String> HOSTS = Set.of("127.0.0.1", "localhost", "[::1]");
  private static final String BEARER = "Bearer ";
  private static final String BASIC = "Basic ";
  private static final String METRICS = "/metrics";

  private static final List<Header> HEADERS =
      List.of(
          HeaderValues.create(
              "Content-Security-Policy",
              "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none';"
                  + " frame-ancestors 'none'"),
          HeaderValues.create("X-Content-Type-Options", "nosniff"),
          HeaderValues.create("X-Frame-Options", "DENY"),
          HeaderValues.create("Referrer-Policy", "no-referrer"),
          HeaderValues.create("Cross-Origin-Opener-Policy", "same-origin"),
          HeaderValues.create("Cross-Origin-Resource-Policy", "same-origin"),
          HeaderValues.create("Cache-Control", "no-store"));

  private final AccessToken token;
  private final PageSessions sessions;
  private final PageFiles files;

  /** The answer to a refused request. */
  record Refusal(String kind, String message) {}

  PageGuard(AccessToken token, PageSessions sessions, PageFiles files) {
    this.token = token;
    this.sessions = sessions;
    this.files = files;
  }

  /** Passes the request on, or refuses it. */
  void admit(ServerRequest request, ServerResponse response) {
    HEADERS.forEach(response::header);
    ServerRequestHeaders headers = request.headers();
    String path = request.path().path();
    boolean reads = request.prologue().method().equals(Method.GET);
    String host = headers.first(HeaderNames.HOST).orElse("");
    if (!HOSTS.contains(host.replaceFirst(":[0-9]{1,5}$", ""))) {
      refuse(response, Status.MISDIRECTED_REQUEST_421, "'" + host + "' is no name of this node");
    } else if (reads && files.at(path).isPresent()) {
      response.next();
    } else if (!reads && !isOwn(headers, host)) {
      refuse(response, Status.FORBIDDEN_403, "the request is not of this page");
    } else if (path.equals(Dashboard.OPEN)
        || sessions.isOpen(cookieOf(headers), tokenOf(request))
        || (reads && !path.equals(Dashboard.PICTURE) && token.matches(shown(headers)))) {
      response.next();
    } else {
      boolean isBrowser = headers.first(HeaderNames.ACCEPT).orElse("").contains("text/html");
      boolean asksForToken = isBrowser && path.equals(METRICS);
      response.header(
          HeaderNames.WWW_AUTHENTICATE, asksForToken ? "Basic realm=Realize" : "Bearer");
      refuse(
          response,
          Status.UNAUTHORIZED_401,
          "this browser is not known; run 'realize dashboard', or show the token of "
              + token.file());
    }
  }

  /** True of a request that a page of this origin makes. */
  private static boolean isOwn(ServerRequestHeaders headers, String host) {
    String site = headers.first(FETCH_SITE).orElse("same-origin");
    return headers.first(HeaderNames.ORIGIN).orElse("").equals("http://" + host)
        && site.equals("same-origin");
  }

  /** The name of the cookie: browsers send cookies of one host to all ports of it. */
  static String cookie(ServerRequestHeaders headers) {
    String host = headers.first(HeaderNames.HOST).orElse("");
    return "realize-" + host.substring(host.lastIndexOf(':') + 1).replaceAll("[^0-9a-z]", "");
  }

  private static String cookieOf(ServerRequestHeaders headers) {
    return headers.cookies().first(cookie(headers)).orElse("");
  }

  /** The token of the session; a picture's element can show it in its address only. */
  private static String tokenOf(ServerRequest request) {
    Optional<String> inAddress =
        request.path().path().equals(Dashboard.PICTURE)
            ? request.query().first("token").asOptional()
            : Optional.empty();
    return request.headers().first(TOKEN).or(() -> inAddress).orElse("");
  }

  private static void refuse(ServerResponse response, Status status, String message) {
    response
        .status(status)
        .header(HeaderNames.CONTENT_TYPE, "application/json")
        .send(ControlJson.write(new Refusal("denied", message)));
  }

  /** The access token in a header; empty if none is there. */
  private static String shown(ServerRequestHeaders headers) {
    String authorization = headers.first(HeaderNames.AUTHORIZATION).orElse("");
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
}
