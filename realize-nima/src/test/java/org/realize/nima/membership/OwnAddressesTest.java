package org.realize.nima.membership;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.realize.nima.config.HostPort;
import org.realize.nima.membership.OwnAddresses.InterfaceAddress;

class OwnAddressesTest {

  private static final List<InterfaceAddress> MACHINE =
      List.of(
          at("docker0", "172.17.0.1"),
          at("lo", "127.0.0.1"),
          at("lo", "::1"),
          at("wlan0", "2001:db8::5"),
          at("wlan0", "fe80::1"),
          at("wlan0", "192.168.1.5"));

  private static InterfaceAddress at(String name, String address) {
    return new InterfaceAddress(name, InetAddress.ofLiteral(address));
  }

  private static List<String> of(String listener) {
    return OwnAddresses.of(List.of(HostPort.parse(listener)), MACHINE).stream()
        .map(HostPort::toString)
        .toList();
  }

  @Test
  void of_wildcard_isWhatOtherMachinesReach_bridgesLast() {
    assertThat(of("[::]:9771"))
        .containsExactly("192.168.1.5:9771", "[2001:db8:0:0:0:0:0:5]:9771", "172.17.0.1:9771");
    assertThat(of("0.0.0.0:1")).containsExactly("192.168.1.5:1", "172.17.0.1:1");
  }

  @Test
  void of_oneAddress_isThat() {
    assertThat(of("127.0.0.1:9771")).containsExactly("127.0.0.1:9771");
  }

  @Test
  void of_nothing_isNothing() {
    assertThat(OwnAddresses.of(List.of(), MACHINE)).isEmpty();
  }

  @Test
  void of_wildcardOnAMachineWithoutNetwork_isLoopback() {
    assertThat(OwnAddresses.of(List.of(HostPort.parse("[::]:9771")), MACHINE.subList(1, 3)))
        .containsExactly(new HostPort("127.0.0.1", 9771));
  }
}
