package org.realize.nima.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.realize.nima.config.NoticeSettings.StandingTimes;
import org.realize.nima.config.NoticeSettings.Webhook;
import org.realize.sync.model.RealizeException;

/** A reader of what {@code [node]} and {@code [notices]} say of notices. */
final class NoticeReader {

  private static final int LEAST_SECRET = 16;
  private static final int MOST_SECRET = 1_024;
  private static final Duration LEAST_TIME = Duration.ofMinutes(1);
  private static final Duration MOST_TIME = Duration.ofDays(3_650);
  private static final Set<String> LOOPBACK = Set.of("127.0.0.1", "[::1]", "localhost");

  private NoticeReader() {}

  /**
   * What the tables say.
   *
   * @param notices the table {@code [notices]}, which may be absent
   */
  static NoticeSettings read(SettingsTable node, Optional<SettingsTable> notices)
      throws RealizeException.Invalid {
    StandingTimes usual = StandingTimes.USUAL;
    return new NoticeSettings(
        program(node),
        webhook(node),
        notices.isEmpty()
            ? usual
            : new StandingTimes(
                time(notices.get(), "peer_away", usual.peerAway()),
                time(notices.get(), "not_in_sync", usual.notInSync()),
                time(notices.get(), "only_here", usual.onlyHere()),
                time(notices.get(), "low_disk", usual.lowDisk())));
  }

  private static List<String> program(SettingsTable node) throws RealizeException.Invalid {
    List<String> command = node.texts("notices", word -> word).orElse(List.of());
    if (!command.isEmpty() && command.getFirst().isBlank()) {
      throw node.problem("notices", "is a program and its arguments: [\"/path/to/program\"]");
    }
    return command;
  }

  private static Optional<Webhook> webhook(SettingsTable node) throws RealizeException.Invalid {
    Optional<URI> address = node.text("webhook", NoticeReader::address);
    Optional<String> secret = node.text("webhook_secret", NoticeReader::secret);
    if (address.isPresent() && secret.isEmpty()) {
      throw node.problem("webhook", "needs a 'webhook_secret', which signs what is sent");
    }
    return address.map(to -> new Webhook(to, secret.orElseThrow()));
  }

  /** The address; complaints leave it out, since it may hold a secret. */
  private static URI address(String text) {
    URI address;
    try {
      address = new URI(text);
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException("it is no address of the web", e);
    }
    String host = address.getHost();
    boolean isHere = "http".equals(address.getScheme()) && host != null && LOOPBACK.contains(host);
    if (host == null || !(isHere || "https".equals(address.getScheme()))) {
      throw new IllegalArgumentException(
          "it is not written as https://HOST/PATH; http is for this machine alone");
    }
    if (address.getRawUserInfo() != null || address.getRawFragment() != null) {
      throw new IllegalArgumentException("it has a user or a fragment");
    }
    return address;
  }

  private static String secret(String text) {
    if (text.length() < LEAST_SECRET || text.length() > MOST_SECRET) {
      throw new IllegalArgumentException(
          "has %d characters, and needs %d to %,d"
              .formatted(text.length(), LEAST_SECRET, MOST_SECRET));
    }
    return text;
  }

  private static Optional<Duration> time(
      SettingsTable notices, String key, Optional<Duration> usual) throws RealizeException.Invalid {
    return notices.text(key, NoticeReader::time).orElse(usual);
  }

  private static Optional<Duration> time(String text) {
    if (text.equals("off")) {
      return Optional.empty();
    }
    Duration time = Period.parse(text);
    if (time.compareTo(LEAST_TIME) < 0 || time.compareTo(MOST_TIME) > 0) {
      throw new IllegalArgumentException("'" + text + "' is not between 1min and 3650d; or off");
    }
    return Optional.of(time);
  }
}
