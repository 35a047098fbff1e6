package org.realize.nima.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.realize.nima.config.HostPort;
import org.realize.nima.config.PauseTimes;
import org.realize.nima.config.PeerSettings;
import org.realize.nima.config.RateLimit;
import org.realize.nima.config.Role;
import org.realize.nima.tls.NodeKey;
import org.realize.sync.model.PeerName;
import org.realize.sync.testing.ManualTime;

class AddressBookTest {

  private static final String SEEN = "10.0.0.250";
  private static final Duration A_DAY = Duration.ofDays(1);

  private final ManualTime time = new ManualTime();
  private final PeerSettings peer = peer("nas");
  @TempDir private Path state;
  private AddressBook book;

  private static PeerSettings peer(String name) {
    return new PeerSettings(
        new PeerName(name),
        NodeKey.generate(new SecureRandom()).publicKey(),
        List.of(),
        Optional.empty(),
        Role.BOTH,
        List.of(),
        RateLimit.NONE,
        PauseTimes.NONE);
  }

  @BeforeEach
  void open() {
    book = AddressBook.open(state, time);
  }

  @AfterEach
  void close() {
    book.close();
  }

  private void restart() {
    book.close();
    book = AddressBook.open(state, time);
  }

  private List<String> heard() {
    return book.heard(peer.key()).stream().map(HostPort::toString).toList();
  }

  private void said(int... hosts) {
    List<String> all = IntStream.of(hosts).mapToObj(AddressBookTest::at).toList();
    book.said(peer, SEEN, all);
  }

  private static String at(int host) {
    return "10.0.0." + host + ":9771";
  }

  private void reached(int host) {
    book.reached(peer, HostPort.parse(at(host)));
  }

  @Test
  void said_newAddresses_comeFirst_thenThoseReachedBefore_theLatestFirst() {
    said(1, 2, 3);
    reached(1);
    time.advance(A_DAY);
    reached(3);

    said(4);

    assertThat(heard()).containsExactly(at(4), at(250), at(3), at(1));
    said(1);
    assertThat(heard()).as("4 was never reached").containsExactly(at(1), at(250), at(3));
  }

  @Test
  void said_addressNotReachedForLong_goes() {
    said(1);
    reached(1);
    time.advance(HeardAddresses.KEPT);
    said(2);
    assertThat(heard()).contains(at(1));

    time.advance(Duration.ofMillis(1));
    said(3);
    assertThat(heard()).doesNotContain(at(1));
  }

  @Test
  void said_againAndAgain_isBounded() {
    for (int i = 1; i < 200; i++) {
      said(i);
      reached(i);
      time.advance(Duration.ofHours(2));
    }
    assertThat(heard()).hasSize(HeardAddresses.MOST).startsWith(at(199), at(250), at(198), at(197));
  }

  @Test
  void said_nothing_leavesWhereThePeerWasReached() {
    said(1, 2);
    reached(2);
    book.said(peer, SEEN, List.of());
    assertThat(heard()).containsExactly(at(2));
  }

  @Test
  void reached_addressNotHeard_isNotRemembered() {
    reached(1);
    assertThat(heard()).isEmpty();
  }

  @Test
  void restart_keepsWhatWasHeard_andWhenItWasReached() {
    said(1, 2);
    reached(2);
    restart();
    assertThat(heard()).containsExactly(at(1), at(2), at(250));
    said(3);
    assertThat(heard()).containsExactly(at(3), at(250), at(2));
  }

  @Test
  void said_theSame_andReachedAgainSoon_writeNothing() throws Exception {
    Path file = state.resolve("addresses.json");
    said(1);
    reached(1);
    restart();
    Files.delete(file);

    said(1);
    time.advance(Duration.ofMinutes(59));
    reached(1);
    restart();
    assertThat(file).doesNotExist();
  }

  @Test
  void restart_fileThatIsBroken_countsAsEmpty() throws Exception {
    for (String text : List.of("", "{", "{\"peers\":[{\"key\":\"x\"}]}", "[1]", "null")) {
      Files.writeString(state.resolve("addresses.json"), text);
      restart();
      assertThat(heard()).isEmpty();
    }
    said(1);
    restart();
    assertThat(heard()).contains(at(1));
  }

  @Test
  void said_byManyPeers_isBounded_theOldestGoes() {
    List<PeerSettings> all = new ArrayList<>();
    for (int i = 0; i < 129; i++) {
      all.add(peer("p" + i));
      book.said(all.get(i), SEEN, List.of(at(1)));
    }
    assertThat(book.heard(all.getFirst().key())).isEmpty();
    assertThat(all.stream().skip(1))
        .allSatisfy(each -> assertThat(book.heard(each.key())).isNotEmpty());
  }
}
