package org.realize.nima.observe;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.Tags;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.realize.nima.config.HostPort;
import org.realize.sync.model.RealizeException.Denied;
import org.realize.sync.model.RealizeException.Invalid;
import org.realize.sync.model.RealizeException.StorageFailed;

class DashboardTest {

  private static final HostPort ANY = new HostPort("127.0.0.1", 0);

  @TempDir private Path directory;
  private final Metrics metrics = new Metrics();
  private final HttpClient client = HttpClient.newHttpClient();
  private Dashboard dashboard;
  private Path file;

  @BeforeEach
  void start() throws Exception {
    file = directory.resolve("token");
    dashboard = Dashboard.start(ANY, token(), metrics);
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

  private HttpResponse<String> get(String path, String... headers)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://" + dashboard.address() + path))
            .timeout(Duration.ofSeconds(30));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return client.send(request.build(), BodyHandlers.ofString());
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
      assertThat(refused.body()).as(wrong).doesNotContain("realize");
    }
    assertThat(get("/other").statusCode()).isEqualTo(401);
  }

  @Test
  void browser_withoutTheToken_getsAPageThatSaysWhereItIs() throws Exception {
    HttpResponse<String> page = get("/", "Accept", "text/html,application/xhtml+xml");
    assertThat(page.statusCode()).isEqualTo(401);
    assertThat(page.headers().firstValue("Content-Type")).hasValue("text/html; charset=utf-8");
    assertThat(page.headers().firstValue("WWW-Authenticate")).hasValue("Bearer");
    assertThat(page.body()).contains(file.toAbsolutePath().toString()).contains("/metrics");
    assertThat(page.body()).doesNotContain(Files.readString(file).strip());

    HttpResponse<String> figures = get("/metrics", "Accept", "text/html");
    assertThat(figures.statusCode()).isEqualTo(401);
    assertThat(figures.headers().firstValue("WWW-Authenticate")).hasValue("Basic realm=Realize");
    assertThat(figures.body()).contains(file.toAbsolutePath().toString());
  }

  @Test
  void browser_withTheTokenAsPassword_seesTheFigures() throws Exception {
    metrics.gauge("realize.files", "Files", Tags.empty(), () -> 7);
    String token = Files.readString(file).strip();
    for (String user : new String[] {"", "me"}) {
      HttpResponse<String> figures = get("/metrics", "Authorization", basic(user + ":" + token));
      assertThat(figures.statusCode()).isEqualTo(200);
      assertThat(figures.body()).contains("realize_files 7.0");
      assertThat(get("/", "Authorization", basic(user + ":" + token)).statusCode()).isEqualTo(200);
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
  void start_placeOfOthers_orTaken_isRefused() throws Exception {
    AccessToken token = token();
    assertThatThrownBy(() -> Dashboard.start(new HostPort("0.0.0.0", 0), token, metrics))
        .isInstanceOf(Denied.class)
        .hasMessageContaining("open the dashboard at 0.0.0.0:0");
    HostPort taken = HostPort.parse(dashboard.address());
    assertThatThrownBy(() -> Dashboard.start(taken, token, metrics))
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
