package org.realize.nima.observe;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.realize.sync.port.TimeSource;

/**
 * The browsers that may use the page. A link has a key that is valid once, for {@value
 * #LINK_MINUTES} minutes. Who shows it gets a session of two parts, both of which every request
 * needs: a cookie, which scripts do not see, and a token, which other servers on this machine do
 * not see. Sessions are signed with a secret of their own, which nobody is shown, so they outlive
 * the daemon; they end after {@value #SESSION_DAYS} days, or when its file is removed. Thread-safe.
 */
final class PageSessions {

  static final int LINK_MINUTES = 5;
  static final int SESSION_DAYS = 30;
  private static final int MAX_LINKS = 16;
  private static final int RANDOM_BYTES = 24;

  private final AccessToken secret;
  private final SecureRandom random;
  private final TimeSource time;

  /** The keys that were not shown yet, and when they end; guarded by this. */
  private final Map<String, Long> links =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
          return size() > MAX_LINKS;
        }
      };

  /** The two parts of a session. */
  record PageSession(String cookie, String token) {}

  /** Sessions signed with {@code secret}: not with the token that programs read the page by. */
  PageSessions(AccessToken secret, SecureRandom random, TimeSource time) {
    this.secret = secret;
    this.random = random;
    this.time = time;
  }

  /** A new key of a link. */
  synchronized String link() {
    String key = text();
    links.put(key, time.monotonicNanos() + Duration.ofMinutes(LINK_MINUTES).toNanos());
    return key;
  }

  /** A session for who shows the key of a link; empty if that was used, is too old, or wrong. */
  synchronized Optional<PageSession> open(String key) {
    Long end = links.remove(key);
    if (end == null || end - time.monotonicNanos() <= 0) {
      return Optional.empty();
    }
    long ends = time.unixMillis() + Duration.ofDays(SESSION_DAYS).toMillis();
    String content = ends + "." + text();
    String cookie = content + "." + secret.sign("session " + content);
    return Optional.of(new PageSession(cookie, tokenOf(cookie)));
  }

  private String tokenOf(String cookie) {
    return secret.sign("token " + cookie);
  }

  /** True if both parts are of one session that has not ended. */
  boolean isOpen(String cookie, String shown) {
    int end = cookie.lastIndexOf('.');
    String content = cookie.substring(0, Math.max(0, end));
    return isEqual(cookie.substring(end + 1), secret.sign("session " + content))
        && isEqual(shown, tokenOf(cookie))
        && time.unixMillis() < Long.parseLong(content.substring(0, content.indexOf('.')));
  }

  private static boolean isEqual(String shown, String right) {
    return MessageDigest.isEqual(
        shown.getBytes(StandardCharsets.UTF_8), right.getBytes(StandardCharsets.UTF_8));
  }

  private String text() {
    byte[] bytes = new byte[RANDOM_BYTES];
    random.nextBytes(bytes);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }
}
