package org.realize.nima.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import org.junit.jupiter.api.Test;

class ForwardOnlyResolverProviderTest {

  @Test
  void hostName_ofAnAddress_isTheAddress() throws Exception {
    InetAddress loopback = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
    assertThat(loopback.getHostName()).isEqualTo("127.0.0.1");
  }

  @Test
  void allByName_ofAName_asksTheSystem() throws Exception {
    assertThat(InetAddress.getAllByName("localhost"))
        .isNotEmpty()
        .allMatch(InetAddress::isLoopbackAddress);
  }
}
