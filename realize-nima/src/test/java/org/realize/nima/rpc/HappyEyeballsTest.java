package org.realize.nima.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.realize.nima.config.HostPort;

/** #ipv64: whatever a name resolves to, and whichever of it listens. */
@Timeout(30)
class HappyEyeballsTest {

  /** Longer than any test: the next attempt starts only after a failure. */
  private static final Duration NEVER = Duration.ofHours(1);

  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final List<String> tried = new CopyOnWriteArrayList<>();
  private final List<String> discarded = new CopyOnWriteArrayList<>();

  private final Map<String, List<String>> names =
      Map.of(
          "dual", List.of("2001:db8::1", "2001:db8::2", "192.0.2.1", "192.0.2.2"),
          "other", List.of("192.0.2.3"));

  private List<InetAddress> resolve(String host) throws UnknownHostException {
    List<String> literals = names.get(host);
    if (literals == null) {
      throw new UnknownHostException(host);
    }
    List<InetAddress> addresses = new java.util.ArrayList<>();
    for (String literal : literals) {
      addresses.addAll(List.of(InetAddress.getAllByName(literal)));
    }
    return addresses;
  }

  private HappyEyeballs<String> race(HappyEyeballs.Attempt<String> attempt, Duration delay) {
    return new HappyEyeballs<>(
        this::resolve,
        address -> {
          tried.add(literal(address));
          return attempt.connect(address);
        },
        discarded::add,
        delay);
  }

  private static String literal(InetSocketAddress address) {
    return address.getAddress().getHostAddress();
  }

  private static String refuse(InetSocketAddress address) throws IOException {
    throw new IOException("refused");
  }

  private static String hang() throws IOException {
    try {
      new CountDownLatch(1).await();
      return "never";
    } catch (InterruptedException e) {
      throw new IOException("interrupted", e);
    }
  }

  private static List<HostPort> hosts(String... names) {
    return List.of(names).stream().map(name -> new HostPort(name, 9771)).toList();
  }

  @Test
  void run_firstSucceeds_triesNoOther() throws Exception {
    String won = race(HappyEyeballsTest::literal, NEVER).run(hosts("dual"), PATIENCE);
    assertThat(won).isEqualTo("2001:db8:0:0:0:0:0:1");
    assertThat(tried).hasSize(1);
  }

  @Test
  void run_failures_takeTurnsBetweenFamiliesBeginningWithSix() {
    assertThatThrownBy(() -> race(HappyEyeballsTest::refuse, NEVER).run(hosts("dual"), PATIENCE))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("[2001:db8:0:0:0:0:0:1]:9771: refused")
        .hasMessageContaining("192.0.2.2:9771: refused");
    assertThat(tried)
        .containsExactly("2001:db8:0:0:0:0:0:1", "192.0.2.1", "2001:db8:0:0:0:0:0:2", "192.0.2.2");
  }

  @Test
  void run_firstHangs_secondStartsAfterTheDelayAndWins() throws Exception {
    String won =
        race(
                address -> literal(address).equals("192.0.2.1") ? "four" : hang(),
                Duration.ofMillis(20))
            .run(hosts("dual"), PATIENCE);
    assertThat(won).isEqualTo("four");
  }

  @Test
  void run_lateWinners_areDiscarded() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    String won =
        race(
                address -> {
                  if (literal(address).equals("192.0.2.1")) {
                    return "first";
                  }
                  awaitUninterruptibly(release);
                  return "late";
                },
                Duration.ofMillis(20))
            .run(hosts("dual"), PATIENCE);
    assertThat(won).isEqualTo("first");
    release.countDown();
    await().untilAsserted(() -> assertThat(discarded).contains("late"));
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    boolean done = false;
    while (!done) {
      try {
        latch.await();
        done = true;
      } catch (InterruptedException e) {
        // An attempt that does not notice.
      }
    }
  }

  @Test
  void run_unknownHostBesideAGoodOne_connects() throws Exception {
    String won = race(HappyEyeballsTest::literal, NEVER).run(hosts("none", "other"), PATIENCE);
    assertThat(won).isEqualTo("192.0.2.3");
  }

  @Test
  void run_nothingResolves_saysSo() {
    assertThatThrownBy(() -> race(HappyEyeballsTest::literal, NEVER).run(hosts("none"), PATIENCE))
        .isInstanceOf(IOException.class)
        .hasMessage("none: unknown host");
    assertThatThrownBy(() -> race(HappyEyeballsTest::literal, NEVER).run(List.of(), PATIENCE))
        .hasMessage("no address");
  }

  @Test
  void run_nobodyAnswers_endsAtTheDeadline() {
    assertThatThrownBy(() -> race(_ -> hang(), NEVER).run(hosts("other"), Duration.ofMillis(50)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("no answer within 50 ms");
  }
}
