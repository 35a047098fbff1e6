package org.realize.nima.config;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The address of a listener: a host name or address, without brackets, and a TCP port. Port 0 means
 * any free one.
 */
public record HostPort(String host, int port) {

  private static final Pattern VALID =
      Pattern.compile("(?:\\[([0-9A-Fa-f:.]+(?:%[^\\]]+)?)]|([^\\[\\]:/\\s]+))(?::([0-9]{1,5}))?");

  /** The port of a peer's address that names none. */
  private static final int USUAL_PORT = 9771;

  public HostPort {
    if (host.isEmpty() || port < 0 || port > 65_535) {
      throw new IllegalArgumentException("'" + host + "' port " + port + " is no address");
    }
  }

  /**
   * Reads {@code HOST:PORT}, an IPv6 address in brackets; throws {@link IllegalArgumentException}.
   */
  public static HostPort parse(String text) {
    return parse(text, -1);
  }

  /** As {@link #parse}, of a peer that may be named without its port: 9771 then. */
  public static HostPort ofPeer(String text) {
    return parse(text, USUAL_PORT);
  }

  private static HostPort parse(String text, int usual) {
    Matcher parts = VALID.matcher(text);
    int port = -1;
    if (parts.matches()) {
      port = parts.group(3) == null ? usual : Integer.parseInt(parts.group(3));
    }
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException(
          "'" + text + "' is no HOST:PORT, such as attic.example:9771 or [::]:9771");
    }
    String host = parts.group(1) != null ? parts.group(1) : parts.group(2);
    return new HostPort(host, port);
  }

  /** As {@link #parse} reads it. */
  @Override
  public String toString() {
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }
}
