package org.realize.nima.rpc;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;

/**
 * A resolver of host names. Blocks; the caller interrupts it when nobody needs the answer any more,
 * and it may go on regardless.
 */
@FunctionalInterface
public interface Resolver {

  /**
   * The system's: files, DNS, whatever it is set up for. Address literals need no look-up. {@code
   * localhost} and names below it are both loopback addresses whatever the system says (RFC 6761,
   * section 6.3).
   */
  Resolver SYSTEM = Resolver::look;

  /** The addresses of {@code host}, at least one, in no particular order. */
  List<InetAddress> resolve(String host) throws UnknownHostException;

  private static List<InetAddress> look(String host) throws UnknownHostException {
    if (host.equals("localhost") || host.endsWith(".localhost")) {
      byte[] six = new byte[16];
      six[15] = 1;
      return List.of(
          InetAddress.getByAddress(host, six),
          InetAddress.getByAddress(host, new byte[] {127, 0, 0, 1}));
    }
    return List.of(InetAddress.getAllByName(host));
  }
}
