package org.realize.nima.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.SecureRandom;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.realize.nima.config.Hours;
import org.realize.nima.config.PauseTimes;
import org.realize.nima.config.PeerSettings;
import org.realize.nima.config.Rate;
import org.realize.nima.config.RateLimit;
import org.realize.nima.config.Rates;
import org.realize.nima.config.Role;
import org.realize.nima.config.Timetable;
import org.realize.nima.config.Weekdays;
import org.realize.nima.rpc.wire.Lane;
import org.realize.nima.tls.NodeKey;
import org.realize.sync.model.PeerName;
import org.realize.sync.testing.ManualTime;

class PeerRatesTest {

  private static final PeerName LAPTOP = new PeerName("laptop");
  private static final Rate SLOW = Rate.parse("64K");

  private final ManualTime time = new ManualTime();
  private final List<PeerSettings> peers = new ArrayList<>();

  private void limit(RateLimit limit) {
    peers.clear();
    peers.add(
        new PeerSettings(
            LAPTOP,
            NodeKey.generate(new SecureRandom()).publicKey(),
            List.of(),
            Optional.empty(),
            Role.BOTH,
            List.of(),
            limit,
            PauseTimes.NONE));
  }

  /** Limited up on Sundays during these hours. */
  private void limitOnSundays(int from, int to) {
    Timetable.Row row =
        new Timetable.Row(
            new Weekdays(Set.of(DayOfWeek.SUNDAY)),
            new Hours(from, to),
            Optional.of(SLOW),
            Optional.empty());
    limit(new RateLimit(Rates.UNLIMITED, new Timetable(List.of(row))));
  }

  /** How many minutes of each hour of the wall clock are limited, through one day of UTC. */
  private Map<Integer, Integer> limitedMinutes(String day, ZoneId zone) {
    PeerRates rates = new PeerRates(() -> peers, time, zone);
    Map<Integer, Integer> minutes = new HashMap<>();
    Instant start = Instant.parse(day + "T00:00:00Z");
    for (int minute = 0; minute < 24 * 60; minute++) {
      Instant now = start.plusSeconds(minute * 60L);
      time.jumpTo(now.toEpochMilli());
      if (rates.now(LAPTOP).up().equals(SLOW)) {
        minutes.merge(now.atZone(zone).getHour(), 1, Integer::sum);
      }
    }
    return minutes;
  }

  @Test
  void now_zone_decidesTheHour() {
    limitOnSundays(20, 22);
    assertThat(limitedMinutes("2026-01-04", ZoneOffset.UTC)).isEqualTo(Map.of(20, 60, 21, 60));
    PeerRates tokyo = new PeerRates(() -> peers, time, ZoneId.of("Asia/Tokyo"));
    time.jumpTo(Instant.parse("2026-01-04T11:30:00Z").toEpochMilli());
    assertThat(tokyo.now(LAPTOP).up()).isEqualTo(SLOW);
    time.jumpTo(Instant.parse("2026-01-04T20:30:00Z").toEpochMilli());
    assertThat(tokyo.now(LAPTOP).up()).isEqualTo(Rate.UNLIMITED);
  }

  /** 2:00 to 3:00 is missing: a limit of that hour does not move to another one. */
  @Test
  void now_nightWhenSummerTimeBegins_skipsTheMissingHour() {
    ZoneId berlin = ZoneId.of("Europe/Berlin");
    limitOnSundays(2, 3);
    assertThat(limitedMinutes("2026-03-29", berlin)).isEmpty();
    limitOnSundays(1, 4);
    assertThat(limitedMinutes("2026-03-29", berlin)).isEqualTo(Map.of(1, 60, 3, 60));
  }

  /** 2:00 to 3:00 comes twice: it is limited both times. */
  @Test
  void now_nightWhenSummerTimeEnds_countsTheHourTwice() {
    ZoneId berlin = ZoneId.of("Europe/Berlin");
    limitOnSundays(2, 4);
    assertThat(limitedMinutes("2026-10-25", berlin)).isEqualTo(Map.of(2, 120, 3, 60));
  }

  @Test
  void now_configurationThatIsReadAgain_counts() {
    PeerRates rates = new PeerRates(() -> peers, time, ZoneOffset.UTC);
    assertThat(rates.now(LAPTOP)).isEqualTo(Rates.UNLIMITED);
    Rates slow = new Rates(SLOW, SLOW);
    limit(new RateLimit(slow, Timetable.EMPTY));
    assertThat(rates.now(LAPTOP)).isEqualTo(slow);
    limit(RateLimit.NONE);
    assertThat(rates.now(LAPTOP)).isEqualTo(Rates.UNLIMITED);
  }

  @Test
  void pace_bulkOnly_isLimited() throws Exception {
    limit(new RateLimit(new Rates(SLOW, SLOW), Timetable.EMPTY));
    PeerRates rates = new PeerRates(() -> peers, time, ZoneOffset.UTC);
    Pace interactive = rates.pace(LAPTOP, Lane.LANE_INTERACTIVE);
    Pace bulk = rates.pace(LAPTOP, Lane.LANE_BULK);
    for (int i = 0; i < 100; i++) {
      assertThat(interactive.up().take(1 << 20, _ -> true)).isTrue();
      assertThat(interactive.down().take(1 << 20, _ -> true)).isTrue();
    }
    assertThat(bulk.up().take(1 << 20, _ -> true)).isTrue();
    assertThat(bulk.up().take(1 << 20, _ -> true)).isFalse();
    assertThat(bulk.down().take(1 << 20, _ -> true)).isTrue();
    assertThat(bulk.down().take(1 << 20, _ -> true)).isFalse();
    bulk.end();
    assertThat(bulk.up().take(1 << 20, _ -> true)).isTrue();
    assertThat(bulk.down().take(1 << 20, _ -> true)).isTrue();
  }
}
