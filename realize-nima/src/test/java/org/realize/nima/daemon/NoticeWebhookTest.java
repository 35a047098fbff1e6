package org.realize.nima.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.realize.nima.config.NoticeSettings.Webhook;
import org.realize.nima.control.NodeEvent.EventKind;
import org.realize.nima.control.NodeEvent.EventState;
import org.realize.nima.control.NodeEvent.Occurrence;
import org.realize.nima.observe.EventRing;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException.Unreachable;
import org.realize.sync.testing.ManualTime;

@Timeout(120)
class NoticeWebhookTest {

  private static final String SECRET = "a secret of the user";

  /** A request to the server. */
  private record Post(String path, String time, String signature, String body) {}

  private final ManualTime time = new ManualTime();
  private final EventRing events = new EventRing(time);
  private final List<Post> posts = new CopyOnWriteArrayList<>();
  private volatile int answer = 204;
  private HttpServer server;
  private NoticeFeed feed;

  @BeforeEach
  void serve() throws Exception {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          posts.add(
              new Post(
                  exchange.getRequestURI().toString(),
                  exchange.getRequestHeaders().getFirst("Realize-Time"),
                  exchange.getRequestHeaders().getFirst("Realize-Signature"),
                  new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8)));
          exchange.getResponseHeaders().add("Location", "/elsewhere");
          exchange.sendResponseHeaders(answer, -1);
          exchange.close();
        });
    server.start();
    feed = feed(server.getAddress().getPort());
  }

  private NoticeFeed feed(int port) {
    Webhook webhook =
        new Webhook(URI.create("http://127.0.0.1:%d/hook?a=b".formatted(port)), SECRET);
    return new NoticeFeed(
        events, new NoticeWebhook(webhook, new PeerName("nas"), time, Duration.ofSeconds(60)));
  }

  @AfterEach
  void end() {
    server.stop(0);
  }

  private void happen(EventKind kind, String text) {
    events.add(new Occurrence(kind, EventState.BEGUN, null, "desk", null, text));
  }

  @Test
  void step_notices_arePostedTogether_signedByTheSecret() throws Exception {
    happen(EventKind.AWAY, "peer desk: not connected for 7 d");
    happen(EventKind.PEER, "connected to desk");
    happen(EventKind.LOW_DISK, "the disk of the state is nearly full");

    assertThat(feed.step()).isEqualTo(Duration.ofSeconds(10));

    assertThat(posts).hasSize(1);
    Post post = posts.getFirst();
    assertThat(post.path()).isEqualTo("/hook?a=b");
    assertThat(post.time()).isEqualTo(Long.toString(ManualTime.START_MILLIS / 1_000));
    assertThat(post.body())
        .startsWith("{\"node\":\"nas\",\"events\":[{\"id\":")
        .contains("\"kind\":\"away\"")
        .contains("\"text\":\"the disk of the state is nearly full\"")
        .doesNotContain("connected to desk");
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(SECRET.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
    byte[] signed = (post.time() + "." + post.body()).getBytes(StandardCharsets.UTF_8);
    assertThat(post.signature())
        .isEqualTo("sha256=" + HexFormat.of().formatHex(mac.doFinal(signed)));
  }

  @Test
  void step_serverThatFails_getsTheSameAgain_andIsAbandonedInTheEnd() throws Exception {
    happen(EventKind.CONFLICT, "conflict at 'a'");
    answer = 500;
    for (int i = 1; i < NoticeWebhook.MAX_TRIES; i++) {
      assertThatThrownBy(feed::step)
          .isInstanceOf(Unreachable.class)
          .hasMessageMatching("send notices to http://127.0.0.1:[0-9]+")
          .hasStackTraceContaining("it answered 500");
    }
    assertThat(feed.step()).isEqualTo(Duration.ofSeconds(10));
    assertThat(posts).hasSize(NoticeWebhook.MAX_TRIES);
    answer = 200;
    happen(EventKind.HELD, "held");
    assertThat(feed.step()).isEqualTo(Duration.ofSeconds(10));
    assertThat(posts.getLast().body()).contains("held").doesNotContain("conflict at");
  }

  @Test
  void step_redirect_isNotFollowed() throws Exception {
    happen(EventKind.CONFLICT, "conflict at 'a'");
    answer = 307;
    assertThatThrownBy(feed::step).isInstanceOf(Unreachable.class);
    assertThat(posts).hasSize(1);
  }

  @Test
  void step_nobodyListens_isTriedAgain() throws Exception {
    int port = server.getAddress().getPort();
    server.stop(0);
    happen(EventKind.CONFLICT, "conflict at 'a'");
    assertThatThrownBy(feed(port)::step).isInstanceOf(Unreachable.class);
  }
}
