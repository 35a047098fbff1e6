package org.realize.nima.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.realize.nima.config.HostPort;

class ClaimedAddressesTest {

  private static final String SEEN = "192.168.1.20";

  private static List<String> believed(List<String> said, String seen, String... configured) {
    List<HostPort> known = List.of(configured).stream().map(HostPort::parse).toList();
    return ClaimedAddresses.believed(said, seen, known).stream().map(HostPort::toString).toList();
  }

  @Test
  void believed_privateAddresses_areTaken_andWhereThePeerWasSeenCounts() {
    assertThat(believed(List.of("10.1.2.3:9771", "[fd00::5]:9771", "100.64.0.9:9771"), SEEN))
        .containsExactly(
            "10.1.2.3:9771", "[fd00:0:0:0:0:0:0:5]:9771", "100.64.0.9:9771", "192.168.1.20:9771");
    assertThat(believed(List.of("172.16.0.1:1", "169.254.3.4:1", "192.168.1.20:1"), SEEN))
        .containsExactly("172.16.0.1:1", "169.254.3.4:1", "192.168.1.20:1");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "8.8.8.8:9771",
        "100.128.0.1:9771",
        "172.32.0.1:9771",
        "[2001:db8::1]:9771",
        "127.0.0.1:9771",
        "[::1]:9771",
        "0.0.0.0:9771",
        "[::]:9771",
        "224.0.0.1:9771",
        "[ff02::1]:9771",
        "[fe80::1]:9771",
        "[fe80::1%lo]:9771",
        "10.0.0.1:0",
        "10.0.0.1",
        "bank.example:443",
        "localhost:9771",
        "10.0.0.1:9771 ",
        "",
        "\u0000"
      })
  void believed_strangersLoopbackNamesAndNonsense_areNot(String claim) {
    assertThat(believed(List.of(claim), SEEN)).doesNotContain(claim).allMatch(SEEN_ALONE::contains);
  }

  private static final List<String> SEEN_ALONE = List.of(SEEN + ":9771", SEEN + ":443");

  @Test
  void believed_publicAddresses_onlyInANetworkWhereThePeerIsKnown() {
    assertThat(believed(List.of("8.8.8.8:1", "8.8.9.8:1"), "8.8.8.1"))
        .containsExactly("8.8.8.8:1", "8.8.8.1:1");
    assertThat(believed(List.of("8.8.8.8:1", "8.8.9.8:1"), SEEN, "8.8.9.1:9771", "nas.lan:9771"))
        .containsExactly("8.8.9.8:1", SEEN + ":1");
    assertThat(believed(List.of("[2001:db8:0:1::8]:1", "[2001:db8:0:2::8]:1"), "2001:db8:0:1::1"))
        .containsExactly("[2001:db8:0:1:0:0:0:8]:1", "[2001:db8:0:1:0:0:0:1]:1");
  }

  @Test
  void believed_loopback_onlyOfAPeerOfThisMachine() {
    assertThat(believed(List.of("127.0.0.1:4001", "[::1]:4001"), "127.0.0.1"))
        .containsExactly("127.0.0.1:4001", "[0:0:0:0:0:0:0:1]:4001");
  }

  @Test
  void believed_longAndManyClaims_areCutOff() {
    List<String> many =
        IntStream.range(0, 100).mapToObj(i -> "10.0.0." + i + ":" + (i + 1)).toList();
    assertThat(believed(many, SEEN)).hasSize(ClaimedAddresses.MOST + 2);
    assertThat(believed(Collections.nCopies(100, "10.0.0.1:1"), SEEN)).hasSize(2);
    String padded = "10.0.0.1:" + "0".repeat(ClaimedAddresses.MAX_CHARS) + "1";
    assertThat(believed(List.of(padded), SEEN)).isEmpty();
  }
}
