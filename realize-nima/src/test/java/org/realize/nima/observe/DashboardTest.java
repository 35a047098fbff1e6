package org.realize.nima.observe;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.Tags;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.realize.nima.config.HostPort;
import org.realize.nima.control.RecordingHousehold;
import org.realize.sync.model.RealizeException.Denied;
import org.realize.sync.model.RealizeException.Invalid;
import org.realize.sync.model.RealizeException.NotFound;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.testing.ManualTime;

class DashboardTest {

  private static final HostPort ANY = new HostPort("127.0.0.1", 0);

  @TempDir private Path directory;
  private final Metrics metrics = new Metrics();
  private final RecordingHousehold household = new RecordingHousehold(42);
  private final ManualTime time = new ManualTime();
  private final HttpClient client = HttpClient.newHttpClient();
  private Dashboard dashboard;
  private Path file;

  @BeforeEach
  void start() throws Exception {
    file = directory.resolve("token");
    dashboard = start(ANY);
  }

  private Dashboard start(HostPort place) throws Exception {
    Dashboard.DashboardParts parts = new Dashboard.DashboardParts(household, metrics);
    return Dashboard.start(place, token(), parts, new SecureRandom(), time);
  }

  private AccessToken token() throws Exception {
    return AccessToken.readOrMake(file, new SecureRandom());
  }

  @AfterEach
  void stop() {
    dashboard.close();
    metrics.close();
    client.close();
  }

  private HttpRequest.Builder request(String path, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://" + dashboard.address() + path))
            .timeout(Duration.ofSeconds(30));
    return headers.length > 0 ? request.headers(headers) : request;
  }

  private HttpResponse<String> get(String path, String... headers)
      throws IOException, InterruptedException {
    return client.send(request(path, headers).build(), BodyHandlers.ofString());
  }

  private HttpResponse<String> post(String path, String body, String... headers)
      throws IOException, InterruptedException {
    return client.send(
        request(path, headers).POST(BodyPublishers.ofString(body)).build(),
        BodyHandlers.ofString());
  }

  private String origin() {
    return "http://" + dashboard.address();
  }

  /** The headers of a session that was opened by a link. */
  private String[] session() throws Exception {
    String link = dashboard.link();
    assertThat(link).startsWith(origin() + "/#key=");
    HttpResponse<String> opened =
        post("/open", link.substring(link.indexOf('=') + 1), "Origin", origin());
    assertThat(opened.statusCode()).isEqualTo(200);
    String cookie = opened.headers().firstValue("Set-Cookie").orElseThrow();
    assertThat(cookie).contains("HttpOnly").contains("SameSite=Strict").contains("Path=/");
    String token = opened.body().replaceFirst(".*\"token\":\"([^\"]+)\".*", "$1");
    return new String[] {
      "Cookie",
      cookie.substring(0, cookie.indexOf(';')),
      "X-Realize-Token",
      token,
      "Origin",
      origin()
    };
  }

  @Test
  void metrics_withTheToken_areThere_withoutItNothingIs() throws Exception {
    metrics.gauge("realize.files", "Files", Tags.of("arena", "photos"), () -> 7);
    metrics.counter("realize.wrong.bytes", "Bytes", Tags.of("arena", "photos")).increment(5);
    metrics.gauge(
        "realize.broken",
        "Broken",
        Tags.empty(),
        () -> {
          throw new StorageFailed("read", null);
        });
    String token = Files.readString(file).strip();

    HttpResponse<String> answer = get("/metrics", "Authorization", "Bearer " + token);
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body())
        .contains("realize_files{arena=\"photos\"} 7.0")
        .contains("realize_wrong_bytes_total{arena=\"photos\"} 5.0")
        .contains("realize_broken NaN")
        .contains("jvm_memory_used_bytes");
    assertThat(get("/other", "Authorization", "Bearer " + token).statusCode()).isEqualTo(404);
    for (String wrong : new String[] {"", "Bearer ", "Bearer x" + token, "Basic " + token, token}) {
      HttpResponse<String> refused =
          wrong.isEmpty() ? get("/metrics") : get("/metrics", "Authorization", wrong);
      assertThat(refused.statusCode()).as(wrong).isEqualTo(401);
      assertThat(refused.body()).as(wrong).doesNotContain("realize_");
    }
    assertThat(get("/other").statusCode()).isEqualTo(401);
  }

  @Test
  void browser_withTheTokenAsPassword_seesTheFigures() throws Exception {
    metrics.gauge("realize.files", "Files", Tags.empty(), () -> 7);
    HttpResponse<String> unknown = get("/metrics", "Accept", "text/html");
    assertThat(unknown.statusCode()).isEqualTo(401);
    assertThat(unknown.headers().firstValue("WWW-Authenticate")).hasValue("Basic realm=Realize");
    assertThat(unknown.body()).contains(file.toAbsolutePath().toString());
    String token = Files.readString(file).strip();
    for (String user : new String[] {"", "me"}) {
      HttpResponse<String> figures = get("/metrics", "Authorization", basic(user + ":" + token));
      assertThat(figures.statusCode()).isEqualTo(200);
      assertThat(figures.body()).contains("realize_files 7.0");
    }
    for (String wrong :
        new String[] {basic("me:x" + token), basic(token + ":"), basic(""), "Basic *", "Basic"}) {
      assertThat(get("/metrics", "Authorization", wrong).statusCode()).as(wrong).isEqualTo(401);
    }
  }

  private static String basic(String credentials) {
    return "Basic " + Base64.getEncoder().encodeToString(credentials.getBytes(UTF_8));
  }

  @Test
  void page_anybodyOnThisMachine_getsItsFilesUnderAStrictPolicy_andNothingOfTheNode()
      throws Exception {
    HttpResponse<String> page = get("/");
    assertThat(page.statusCode()).isEqualTo(200);
    assertThat(page.headers().firstValue("Content-Type")).hasValue("text/html; charset=utf-8");
    assertThat(page.headers().firstValue("Content-Security-Policy").orElseThrow())
        .startsWith("default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'")
        .contains("frame-ancestors 'none'")
        .doesNotContain("unsafe");
    assertThat(page.headers().firstValue("X-Content-Type-Options")).hasValue("nosniff");
    assertThat(page.headers().firstValue("Referrer-Policy")).hasValue("no-referrer");
    assertThat(page.headers().map()).doesNotContainKey("access-control-allow-origin");
    assertThat(page.body()).doesNotContain("<script>", "onclick=", "style=", "attic");
    assertThat(get("/page.js").headers().firstValue("Content-Type"))
        .hasValue("text/javascript; charset=utf-8");
    assertThat(get("/page.js/..%2f..%2fDashboard.class").statusCode()).isEqualTo(401);
    assertThat(household.asked).isEmpty();
  }

  @Test
  void page_allItsFiles_areTogetherBelow150KiB_andNameNoOtherHost() throws Exception {
    Path files = Path.of("src/main/resources/org/realize/nima/observe/page");
    long bytes = 0;
    try (Stream<Path> all = Files.list(files)) {
      for (Path each : all.toList()) {
        String name = each.getFileName().toString();
        HttpResponse<String> got = get(name.equals("index.html") ? "/" : "/" + name);
        assertThat(got.statusCode()).as(name).isEqualTo(200);
        assertThat(got.body()).isEqualTo(Files.readString(each));
        assertThat(got.body().replace("http://www.w3.org/2000/svg", ""))
            .as(name)
            .doesNotContain("http://", "https://", "innerHTML", "eval(");
        bytes += Files.size(each);
      }
    }
    assertThat(bytes).isBetween(10_000L, 150L << 10);
  }

  @Test
  void link_opensOneBrowserOnce_withBothPartsOfTheSessionOnly() throws Exception {
    String link = dashboard.link();
    String key = link.substring(link.indexOf('=') + 1);
    assertThat(post("/open", "wrong", "Origin", origin()).statusCode()).isEqualTo(403);
    assertThat(post("/open", key, "Origin", origin()).statusCode()).isEqualTo(200);
    HttpResponse<String> again = post("/open", key, "Origin", origin());
    assertThat(again.statusCode()).isEqualTo(403);
    assertThat(again.body()).contains("realize dashboard");

    String[] session = session();
    assertThat(post("/v1/read-status", "{}", session).statusCode()).isEqualTo(200);
    assertThat(get("/events", session).statusCode()).isEqualTo(200);
    String[] cookie = {session[0], session[1], "Origin", origin()};
    String[] token = {session[2], session[3], "Origin", origin()};
    String[] mixed = {session[0], session[1], session[2], session()[3], "Origin", origin()};
    for (String[] part : List.of(cookie, token, mixed)) {
      assertThat(post("/v1/read-status", "{}", part).statusCode()).isEqualTo(401);
      assertThat(get("/events", part).statusCode()).isEqualTo(401);
    }
    String cut = session[1].substring(0, session[1].length() - 1);
    assertThat(get("/events", "Cookie", cut, session[2], session[3]).statusCode()).isEqualTo(401);
    assertThat(get("/events", "Cookie", "realize-x=..", session[2], session[3]).statusCode())
        .isEqualTo(401);
  }

  @Test
  void link_afterFiveMinutes_andSession_afterThirtyDays_areOver() throws Exception {
    String link = dashboard.link();
    String[] session = session();
    time.advance(Duration.ofMinutes(5));
    assertThat(
            post("/open", link.substring(link.indexOf('=') + 1), "Origin", origin()).statusCode())
        .isEqualTo(403);
    dashboard.close();
    dashboard = start(HostPort.parse(dashboard.address()));
    assertThat(get("/events", session).statusCode()).as("after a new start").isEqualTo(200);
    time.advance(Duration.ofDays(30));
    assertThat(get("/events", session).statusCode()).isEqualTo(401);
  }

  @Test
  void picture_withBothPartsOfTheSession_isThere_andForNobodyElse() throws Exception {
    String[] session = session();
    household.asked.clear();
    String address = "/picture?arena=photos&path=a%20b&hash=12&token=";
    HttpResponse<String> picture = get(address + session[3], "Cookie", session[1]);
    assertThat(picture.statusCode()).isEqualTo(200);
    assertThat(picture.headers().firstValue("Content-Type")).hasValue("image/png");
    assertThat(picture.headers().firstValue("X-Content-Type-Options")).hasValue("nosniff");
    assertThat(household.asked)
        .containsExactly(
            "preview PreviewQuery[path=photos/a b, hash=12, fetch=false, withPicture=true]");

    household.asked.clear();
    String bearer = "Bearer " + Files.readString(file).strip();
    assertThat(get(address, "Cookie", session[1]).statusCode()).isEqualTo(401);
    assertThat(get(address + session[3]).statusCode()).isEqualTo(401);
    assertThat(get(address, "Authorization", bearer).statusCode())
        .as("programs read no file")
        .isEqualTo(401);
    assertThat(get("/events?token=" + session[3], "Cookie", session[1]).statusCode())
        .as("the token in an address opens pictures only")
        .isEqualTo(401);
    assertThat(get("/picture?path=..&arena=a&hash=1", session).statusCode()).isEqualTo(400);
    assertThat(get("/picture", session).statusCode()).isEqualTo(400);
    assertThat(household.asked).isEmpty();
    household.failWith(new NotFound("no such version"));
    assertThat(get(address + session[3], "Cookie", session[1]).statusCode()).isEqualTo(404);
  }

  @Test
  void request_thatChangesSomething_needsTheOriginOfThePage() throws Exception {
    String[] session = session();
    household.asked.clear();
    for (String foreign : new String[] {"http://127.0.0.1:1", "null", "https://evil.example"}) {
      String[] headers = session.clone();
      headers[5] = foreign;
      assertThat(post("/v1/reject", "{\"arena\":\"photos\"}", headers).statusCode()).isEqualTo(403);
    }
    String[] none = {session[0], session[1], session[2], session[3]};
    assertThat(post("/v1/reject", "{\"arena\":\"photos\"}", none).statusCode()).isEqualTo(403);
    List<String> crossSite = new ArrayList<>(List.of(session));
    crossSite.addAll(List.of("Sec-Fetch-Site", "same-site"));
    assertThat(
            post("/v1/reject", "{\"arena\":\"photos\"}", crossSite.toArray(String[]::new))
                .statusCode())
        .isEqualTo(403);
    String bearer = "Bearer " + Files.readString(file).strip();
    assertThat(post("/v1/reject", "{\"arena\":\"photos\"}", "Authorization", bearer).statusCode())
        .as("programs use the control socket")
        .isEqualTo(403);
    assertThat(
            post(
                    "/v1/reject",
                    "{\"arena\":\"photos\"}",
                    "Authorization",
                    bearer,
                    "Origin",
                    origin())
                .statusCode())
        .isEqualTo(401);
    String cookie = "9999999999999.x";
    String forged = cookie + "." + token().sign("session " + cookie);
    String[] signed = session.clone();
    signed[1] = signed[1].substring(0, signed[1].indexOf('=') + 1) + forged;
    signed[3] = token().sign("token " + forged);
    assertThat(post("/v1/reject", "{\"arena\":\"photos\"}", signed).statusCode())
        .as("who may read the token may not change anything")
        .isEqualTo(401);
    assertThat(household.asked).isEmpty();

    assertThat(post("/v1/reject", "{\"arena\":\"photos\"}", session).statusCode()).isEqualTo(200);
    assertThat(household.asked).containsExactly("reject photos");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v1/stop", "/v1/reload", "/v1/move-order", "/v1/make-link"})
  void request_thatThePageDoesNotNeed_isNotThere(String path) throws Exception {
    assertThat(post(path, "{}", session()).statusCode()).isEqualTo(404);
    assertThat(household.asked).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"evil.example", "127.0.0.1.evil.example:80", "localhost.", ""})
  void request_underAnotherHostName_isRefused(String host) throws Exception {
    HostPort place = HostPort.parse(dashboard.address());
    String token = Files.readString(file).strip();
    for (String path : new String[] {"/", "/metrics", "/events"}) {
      try (Socket socket = new Socket(place.host(), place.port())) {
        socket.setSoTimeout(30_000);
        String request =
            "GET %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\n\r\n"
                .formatted(path, host, token);
        socket.getOutputStream().write(request.getBytes(UTF_8));
        byte[] bytes = new byte[8_192];
        int length = 0;
        while (!new String(bytes, 0, length, UTF_8).contains("\r\n\r\n")) {
          length += socket.getInputStream().read(bytes, length, bytes.length - length);
        }
        String answer = new String(bytes, 0, length, UTF_8);
        assertThat(answer).startsWith("HTTP/1.1 4").doesNotContain("realize_", "<html");
      }
    }
    assertThat(household.asked).isEmpty();
  }

  @Test
  void events_withTheToken_areAPage_orAStreamWithTheStatus() throws Exception {
    String bearer = "Bearer " + Files.readString(file).strip();
    HttpResponse<String> page = get("/events?since=6", "Authorization", bearer);
    assertThat(page.body()).startsWith("{\"events\":[{\"id\":7,").endsWith("\"last\":7}");
    assertThat(get("/events?since=x", "Authorization", bearer).statusCode()).isEqualTo(400);

    HttpResponse<InputStream> stream =
        client.send(
            request(
                    "/events",
                    "Authorization",
                    bearer,
                    "Accept",
                    "text/event-stream",
                    "Last-Event-ID",
                    "6")
                .build(),
            BodyHandlers.ofInputStream());
    assertThat(stream.headers().firstValue("Content-Type")).hasValue("text/event-stream");
    List<String> lines = new ArrayList<>();
    try (BufferedReader reader = new BufferedReader(new InputStreamReader(stream.body(), UTF_8))) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        lines.add(line);
        if (line.startsWith("id: ")) {
          lines.add(reader.readLine());
          lines.add(reader.readLine());
          break;
        }
      }
    }
    assertThat(lines.getFirst()).isEqualTo("event: status");
    assertThat(lines.get(1)).startsWith("data: {\"version\":\"0.1.0\"");
    assertThat(lines.subList(lines.size() - 3, lines.size() - 1))
        .containsExactly("id: 7", "event: event");
    assertThat(lines.getLast()).startsWith("data: {\"id\":7,");
  }

  @Test
  void start_placeOfOthers_orTaken_isRefused() throws Exception {
    assertThatThrownBy(() -> start(new HostPort("0.0.0.0", 0)))
        .isInstanceOf(Denied.class)
        .hasMessageContaining("open the dashboard at 0.0.0.0:0");
    HostPort taken = HostPort.parse(dashboard.address());
    assertThatThrownBy(() -> start(taken))
        .isInstanceOf(StorageFailed.class)
        .hasMessageContaining("open the dashboard at " + taken);
  }

  @Test
  void token_isMadeOnce_forItsOwnerOnly_andRefusedWhereOthersMayReadIt() throws Exception {
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    String made = Files.readString(file).strip();
    assertThat(made).hasSizeGreaterThan(40);
    assertThat(token().matches(made)).isTrue();
    assertThat(token().matches(made + "x")).isFalse();

    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
    assertThatThrownBy(this::token).isInstanceOf(Denied.class).hasMessageContaining("chmod 600");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    Files.writeString(file, "short\n");
    assertThatThrownBy(this::token).isInstanceOf(Invalid.class).hasMessageContaining("16");
  }
}
