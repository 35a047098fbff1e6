package org.realize.sync.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.realize.sync.rules.Given.A;
import static org.realize.sync.rules.Given.B;
import static org.realize.sync.rules.Given.ME;
import static org.realize.sync.rules.Given.PATH;
import static org.realize.sync.rules.Given.file;
import static org.realize.sync.rules.Given.hash;
import static org.realize.sync.rules.Given.report;
import static org.realize.sync.rules.Given.state;
import static org.realize.sync.rules.Given.version;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.realize.sync.model.Content;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.model.Version;
import org.realize.sync.model.VersionVector;
import org.realize.sync.port.PathState;
import org.realize.sync.port.Report;

class AnnounceRulesTest {

  private static Version link(int bytes, int number) {
    StoreId store = new StoreId(new UUID(7, number));
    return Version.of(
        new Content.Link(number + "x".repeat(bytes)), VersionVector.EMPTY.with(store, 1));
  }

  private static List<Version> links(int count, int bytes) {
    return Stream.iterate(1, i -> i + 1).limit(count).map(i -> link(bytes, i)).toList();
  }

  private static List<Version> versions(Report report) {
    return report.versions().stream().map(Report.Reported::version).toList();
  }

  private static Report bounded(PathState state) {
    return AnnounceRules.bounded(state, AnnounceRules.report(state, _ -> false));
  }

  @Test
  void bounded_whatFits_isAsItIs() {
    Version own = version(file("own"), ME, 1);
    Version other = version(file("other"), A, 1);
    PathState state = state(own, own, Map.of(A, report(1, other)));
    Report report = AnnounceRules.report(state, _ -> false);

    assertThat(AnnounceRules.bounded(state, report)).isSameAs(report);
    assertThat(versions(report)).containsExactly(own, other);
  }

  @Test
  void bounded_tooLargeWithHints_losesHintsFirst() {
    RelativePath from = RelativePath.of("d/".repeat(2_000) + "e");
    List<Version> hinted = new ArrayList<>();
    for (Version link : links(20, 100)) {
      hinted.add(new Version(link.content(), link.vector(), hash("gone"), from, false));
    }
    PathState state =
        state(hinted.getFirst(), null, Map.of(A, report(1, hinted.toArray(Version[]::new))));

    Report report = bounded(state);

    assertThat(report.versions()).hasSize(20);
    assertThat(versions(report)).allMatch(v -> v.from() == null && v.basis() == null);
    assertThat(EntrySize.bytes(PATH, report)).isLessThanOrEqualTo(48 << 10);
  }

  @Test
  void bounded_tooManyVersions_keepsTheShownAndTheOwnOne() {
    Version own = version(file("own"), ME, 1);
    Version shown = link(10, 1);
    List<Version> all = new ArrayList<>(links(60, 10));
    PathState state = state(shown, own, Map.of(A, report(1, all.toArray(Version[]::new))));

    Report report = bounded(state);

    assertThat(report.versions()).hasSize(AnnounceRules.MAX_VERSIONS);
    assertThat(versions(report)).startsWith(shown).contains(own);
  }

  @Test
  void bounded_tooManyBytes_keepsTheShownOne_whateverItsSize() {
    List<Version> stores = new ArrayList<>();
    VersionVector huge = VersionVector.EMPTY;
    for (int i = 0; i < 1_850; i++) {
      huge = huge.with(new StoreId(new UUID(9, i)), 1L << 40);
    }
    Version shown = Version.of(file("mine"), huge);
    stores.addAll(links(10, 2_000));
    PathState state = state(shown, shown, Map.of(B, report(1, stores.toArray(Version[]::new))));

    Report report = bounded(state);

    assertThat(versions(report)).containsExactly(shown);
    assertThat(EntrySize.bytes(PATH, report)).isGreaterThan(48 << 10);
  }
}
