package org.realize.nima.rpc;

/**
 * Where a peer or a listener may be reached: a host name or address, and a TCP port. An IPv6
 * address is written in brackets, {@code [::1]:9771}.
 *
 * @param host without brackets; may have to be resolved
 * @param port 0 only for a listener, which then takes any free one
 */
public record HostPort(String host, int port) {

  public HostPort {
    if (host.isEmpty() || port < 0 || port > 65_535) {
      throw new IllegalArgumentException("address '" + host + ":" + port + "': use HOST:PORT");
    }
  }

  /** Parses {@code HOST:PORT}; throws {@link IllegalArgumentException} that says what is wrong. */
  public static HostPort parse(String text) {
    int colon = text.lastIndexOf(':');
    String host = colon < 0 ? "" : text.substring(0, colon);
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    } else if (host.indexOf(':') >= 0) {
      throw new IllegalArgumentException(
          "address '" + text + "': an IPv6 address is written in brackets, [::1]:9771");
    }
    try {
      return new HostPort(host, Integer.parseInt(text.substring(colon + 1)));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("address '" + text + "': use HOST:PORT", e);
    }
  }

  @Override
  public String toString() {
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }
}
