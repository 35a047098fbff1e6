package org.realize.nima.config;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The address of a listener: a host name or address, without brackets, and a TCP port. Port 0 means
 * any free one.
 */
public record HostPort(String host, int port) {

  private static final Pattern VALID =
      Pattern.compile("(?:\\[([0-9A-Fa-f:.]+(?:%[^\\]]+)?)]|([^\\[\\]:/\\s]+)):([0-9]{1,5})");

  public HostPort {
    if (host.isEmpty() || port < 0 || port > 65_535) {
      throw new IllegalArgumentException("'" + host + "' port " + port + " is no address");
    }
  }

  /**
   * Reads {@code HOST:PORT}, an IPv6 address in brackets; throws {@link IllegalArgumentException}.
   */
  public static HostPort parse(String text) {
    Matcher parts = VALID.matcher(text);
    if (!parts.matches() || Integer.parseInt(parts.group(3)) > 65_535) {
      throw new IllegalArgumentException(
          "'" + text + "' is no HOST:PORT, such as attic.example:9771 or [::]:9771");
    }
    String host = parts.group(1) != null ? parts.group(1) : parts.group(2);
    return new HostPort(host, Integer.parseInt(parts.group(3)));
  }

  /** As {@link #parse} reads it. */
  @Override
  public String toString() {
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }
}
