package org.realize.nima.discovery;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.realize.nima.config.HostPort;

/**
 * The rule by which an address that a peer claims is believed enough to be dialled, so that a
 * hostile peer cannot have this machine dial strangers: literal addresses only; those of private
 * networks, which reach nobody else's; others only in the network (/24, or /64 of IPv6) of an
 * address where the peer was seen or is configured. Pure.
 */
final class ClaimedAddresses {

  /** What one peer may claim; the rest is ignored. */
  static final int MOST = 8;

  static final int MAX_CHARS = 256;

  /** Ports at which a peer may be where it was seen. */
  private static final int MOST_PORTS = 2;

  private static final int IPV4_NETWORK_BYTES = 3;
  private static final int IPV6_NETWORK_BYTES = 8;

  private ClaimedAddresses() {}

  /**
   * The addresses at which to dial a peer, each once, in canonical form.
   *
   * @param said what it says
   * @param seenHost the other end of its connection; it counts with each port that the peer claims
   * @param configured its addresses here
   */
  static List<HostPort> believed(List<String> said, String seenHost, List<HostPort> configured) {
    List<HostPort> claims = new ArrayList<>();
    for (String text : said.stream().limit(MOST).toList()) {
      parse(text).ifPresent(claims::add);
    }
    Optional<InetAddress> seen = literal(seenHost);
    List<InetAddress> anchors = new ArrayList<>();
    seen.ifPresent(anchors::add);
    configured.forEach(each -> literal(each.host()).ifPresent(anchors::add));
    Set<HostPort> believed = new LinkedHashSet<>();
    for (HostPort claim : claims) {
      if (isBelieved(InetAddress.ofLiteral(claim.host()), anchors)) {
        believed.add(claim);
      }
    }
    if (seen.isPresent() && isUsable(seen.get())) {
      claims.stream()
          .map(HostPort::port)
          .distinct()
          .limit(MOST_PORTS)
          .forEach(port -> believed.add(new HostPort(seen.get().getHostAddress(), port)));
    }
    return List.copyOf(believed);
  }

  private static Optional<HostPort> parse(String text) {
    if (text.length() > MAX_CHARS) {
      return Optional.empty();
    }
    try {
      HostPort claim = HostPort.parse(text);
      return claim.port() == 0
          ? Optional.empty()
          : literal(claim.host())
              .map(address -> new HostPort(address.getHostAddress(), claim.port()));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** Empty for a name, and for an address that means something on one interface only. */
  private static Optional<InetAddress> literal(String host) {
    if (host.indexOf('%') >= 0) {
      return Optional.empty();
    }
    try {
      return Optional.of(InetAddress.ofLiteral(host));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static boolean isUsable(InetAddress address) {
    boolean isOfOneLink = address instanceof Inet6Address && address.isLinkLocalAddress();
    return !address.isAnyLocalAddress() && !address.isMulticastAddress() && !isOfOneLink;
  }

  private static boolean isBelieved(InetAddress claimed, List<InetAddress> anchors) {
    if (!isUsable(claimed)) {
      return false;
    }
    if (claimed.isLoopbackAddress()) {
      return anchors.stream().anyMatch(InetAddress::isLoopbackAddress);
    }
    return isPrivate(claimed) || anchors.stream().anyMatch(anchor -> isNear(claimed, anchor));
  }

  /** RFC 1918, RFC 6598 (as overlay networks use it), RFC 3927, RFC 4193. */
  private static boolean isPrivate(InetAddress address) {
    byte[] bytes = address.getAddress();
    return address instanceof Inet4Address
        ? address.isSiteLocalAddress()
            || address.isLinkLocalAddress()
            || (bytes[0] == 100 && (bytes[1] & 0xc0) == 64)
        : (bytes[0] & 0xfe) == 0xfc;
  }

  private static boolean isNear(InetAddress claimed, InetAddress anchor) {
    byte[] one = claimed.getAddress();
    byte[] other = anchor.getAddress();
    int network = claimed instanceof Inet4Address ? IPV4_NETWORK_BYTES : IPV6_NETWORK_BYTES;
    return one.length == other.length && Arrays.equals(one, 0, network, other, 0, network);
  }
}
