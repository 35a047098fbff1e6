package org.realize.nima.membership;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.realize.nima.config.HostPort;

/**
 * The addresses at which other machines may dial a listener of this one: of {@code 0.0.0.0} and
 * {@code [::]} those of the machine's interfaces that are up. Bridges of containers and virtual
 * machines, which have the same addresses on many machines, come last; IPv4 comes first; addresses
 * of one link only are left out. Loopback stands in only where nothing else is there.
 */
public final class OwnAddresses {

  private static final int MOST = 6;
  private static final Pattern BRIDGE = Pattern.compile("(?:docker|br-|veth|virbr|lxc|cni).*");

  /** An address of an interface. */
  record InterfaceAddress(String interfaceName, InetAddress address) {}

  private OwnAddresses() {}

  /** At most {@value #MOST}, for listeners whose ports are known. */
  public static List<HostPort> of(List<HostPort> listening) throws IOException {
    return of(listening, machine());
  }

  /** True if the machine has this address, also where its interface is down or cannot be asked. */
  public static boolean has(InetAddress address) {
    try {
      return address.isLoopbackAddress() || NetworkInterface.getByInetAddress(address) != null;
    } catch (IOException e) {
      return true;
    }
  }

  /** The addresses of the machine by which other machines may be reached, with the interface. */
  public static Set<String> reaching() throws IOException {
    Set<String> all = new TreeSet<>();
    for (InterfaceAddress each : machine()) {
      if (!BRIDGE.matcher(each.interfaceName()).matches() && !each.address().isLoopbackAddress()) {
        all.add(each.interfaceName() + " " + each.address().getHostAddress());
      }
    }
    return all;
  }

  private static List<InterfaceAddress> machine() throws IOException {
    List<InterfaceAddress> addresses = new ArrayList<>();
    for (NetworkInterface each : Collections.list(NetworkInterface.getNetworkInterfaces())) {
      if (each.isUp()) {
        each.inetAddresses()
            .forEach(address -> addresses.add(new InterfaceAddress(each.getName(), address)));
      }
    }
    return addresses;
  }

  static List<HostPort> of(List<HostPort> listening, List<InterfaceAddress> machine) {
    Set<HostPort> all = new LinkedHashSet<>();
    for (HostPort listener : listening) {
      switch (listener.host()) {
        case "0.0.0.0" -> reachable(machine, false).forEach(at -> all.add(at(at, listener)));
        case "::", "0:0:0:0:0:0:0:0" ->
            reachable(machine, true).forEach(at -> all.add(at(at, listener)));
        default -> all.add(listener);
      }
    }
    return all.stream().limit(MOST).toList();
  }

  private static HostPort at(InetAddress address, HostPort listener) {
    return new HostPort(address.getHostAddress(), listener.port());
  }

  private static List<InetAddress> reachable(List<InterfaceAddress> machine, boolean withIpv6) {
    Comparator<InterfaceAddress> order =
        Comparator.comparing(each -> BRIDGE.matcher(each.interfaceName()).matches());
    List<InetAddress> usable =
        machine.stream()
            .sorted(order.thenComparing(each -> each.address() instanceof Inet6Address))
            .map(InterfaceAddress::address)
            .filter(address -> withIpv6 || address instanceof Inet4Address)
            .filter(address -> !address.isLinkLocalAddress() && !address.isLoopbackAddress())
            .toList();
    return usable.isEmpty() ? List.of(InetAddress.ofLiteral("127.0.0.1")) : usable;
  }
}
