package org.realize.nima.daemon;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Executors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.realize.nima.config.NoticeSettings.Webhook;
import org.realize.nima.control.ControlJson;
import org.realize.nima.control.NodeEvent;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Unreachable;
import org.realize.sync.port.TimeSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The web server that notices are posted to, as {@code {"node": NAME, "events": […]}}. The header
 * {@value #TIME_HEADER} has the time in Unix seconds, {@value #SIGNATURE_HEADER} {@code sha256=}
 * and in hex the HMAC-SHA256, by the secret, of that time, a full stop and the body. Notices that
 * the server does not take are abandoned after {@value #MAX_TRIES} tries, with those that came
 * since. The client lives for one try: at rest there is neither thread nor connection. Used by one
 * thread.
 */
final class NoticeWebhook implements NoticeFeed.NoticeTarget {

  private static final Logger LOG = LoggerFactory.getLogger(NoticeWebhook.class);

  static final String TIME_HEADER = "Realize-Time";
  static final String SIGNATURE_HEADER = "Realize-Signature";

  /** Tries of the same notices; with the pauses of a loop between them, an hour and a half. */
  static final int MAX_TRIES = 24;

  /** The time that one try may take. */
  static final Duration DEADLINE = Duration.ofSeconds(30);

  private static final int OK = 200;
  private static final int AFTER_OK = 300;

  /** The body of a post. */
  private record NoticeBody(PeerName node, List<NodeEvent> events) {}

  private final Webhook webhook;
  private final PeerName node;
  private final TimeSource time;
  private final Duration deadline;
  private int tries;

  /**
   * A server that has not been tried yet.
   *
   * @param node the name of this node
   * @param deadline of one try
   */
  NoticeWebhook(Webhook webhook, PeerName node, TimeSource time, Duration deadline) {
    this.webhook = webhook;
    this.node = node;
    this.time = time;
    this.deadline = deadline;
  }

  @Override
  public void deliver(List<NodeEvent> notices) throws RealizeException, InterruptedException {
    String body = ControlJson.line(new NoticeBody(node, notices));
    tries++;
    try {
      int status = post(body.getBytes(StandardCharsets.UTF_8));
      if (status < OK || status >= AFTER_OK) {
        throw new IOException("it answered " + status);
      }
    } catch (IOException e) {
      if (tries < MAX_TRIES) {
        throw new Unreachable("send notices to " + webhook, e);
      }
      LOG.error("send notices to {}: abandoned after {} tries: {}", webhook, tries, e.toString());
    }
    tries = 0;
  }

  private int post(byte[] body) throws IOException, InterruptedException {
    String now = Long.toString(time.unixMillis() / 1_000);
    HttpRequest request =
        HttpRequest.newBuilder(webhook.address())
            .timeout(deadline)
            .header("Content-Type", "application/json")
            .header(TIME_HEADER, now)
            .header(SIGNATURE_HEADER, "sha256=" + signature(now, body))
            .POST(HttpRequest.BodyPublishers.ofByteArray(body))
            .build();
    HttpClient client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(deadline)
            .executor(Executors.newVirtualThreadPerTaskExecutor())
            .build();
    try {
      HttpResponse<InputStream> answer =
          client.send(request, HttpResponse.BodyHandlers.ofInputStream());
      answer.body().close(); // not read: it may be of any length
      return answer.statusCode();
    } finally {
      client.shutdownNow();
    }
  }

  private String signature(String now, byte[] body) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(webhook.secret().getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
      mac.update((now + ".").getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(mac.doFinal(body));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has HmacSHA256", e);
    }
  }
}
