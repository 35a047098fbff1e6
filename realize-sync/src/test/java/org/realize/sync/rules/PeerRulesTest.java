package org.realize.sync.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.realize.sync.rules.Given.A;
import static org.realize.sync.rules.Given.B;
import static org.realize.sync.rules.Given.C;
import static org.realize.sync.rules.Given.DIRECTORY;
import static org.realize.sync.rules.Given.GONE;
import static org.realize.sync.rules.Given.PATH;
import static org.realize.sync.rules.Given.file;
import static org.realize.sync.rules.Given.found;
import static org.realize.sync.rules.Given.metadata;
import static org.realize.sync.rules.Given.replacing;
import static org.realize.sync.rules.Given.report;
import static org.realize.sync.rules.Given.state;
import static org.realize.sync.rules.Given.version;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.realize.sync.model.Mark;
import org.realize.sync.model.StoreId;
import org.realize.sync.model.Version;
import org.realize.sync.port.PathState;
import org.realize.sync.port.Report;

class PeerRulesTest {

  private static final Version X = version(file("x"), A, 1);

  private static PathState receive(PathState before, StoreId peer, Report report) {
    return PeerRules.received(before, peer, PATH, report, Set.of());
  }

  @Test
  void received_first_becomesTheDefault() {
    PathState after = PeerRules.received(null, A, PATH, report(5, X), Set.of());

    assertThat(after.shown()).isEqualTo(X);
    assertThat(after.real()).isNull();
    assertThat(after.announcedSeq()).isZero();
    assertThat(after.reports()).containsOnlyKeys(A);
  }

  @Test
  void received_dominating_isFollowed() {
    Version newer = version(file("y"), A, 1, B, 1);

    assertThat(receive(state(X, X, Map.of()), B, report(5, newer)).shown()).isEqualTo(newer);
  }

  @Test
  void received_dominated_isOnlyASource() {
    Version newer = version(file("y"), A, 1, B, 1);
    PathState after = receive(state(newer, newer, Map.of()), A, report(5, X));

    assertThat(after.shown()).isEqualTo(newer);
    assertThat(Judgement.alternatives(after)).isEmpty();
    assertThat(Availability.holders(after, file("x"))).containsExactly(A);
    assertThat(Availability.holders(after)).isEmpty();
  }

  @Test
  void received_concurrent_becomesAnAlternativeWhicheverComesFirst() {
    Version y = version(file("y"), B, 1);

    PathState mine = receive(state(X, X, Map.of()), B, report(5, y));
    PathState theirs = receive(state(y, y, Map.of()), A, report(5, X));

    assertThat(mine.shown()).isEqualTo(X);
    assertThat(Judgement.alternatives(mine)).containsExactly(y);
    assertThat(theirs.shown()).isEqualTo(y);
    assertThat(Judgement.alternatives(theirs)).containsExactly(X);
  }

  @Test
  void received_contentAfterADeletionThatAbsorbedWhatIsHere_mergesWithWhatIsHere() {
    Version here = found(version(file("x"), A, 1));
    Version gone = replacing("x", version(GONE, B, 1));
    Version again = version(file("x"), B, 2);
    PathState absorbed = receive(state(here, here, Map.of()), B, report(1, gone));

    assertThat(absorbed.shown()).isEqualTo(replacing("x", version(GONE, A, 1, B, 1)));
    assertThat(receive(absorbed, B, report(2, again)).shown())
        .isEqualTo(version(file("x"), A, 1, B, 2));
  }

  @Test
  void received_deletionConcurrentWithContent_contentIsShownEitherWay() {
    Version gone = version(GONE, B, 1);

    assertThat(receive(state(X, X, Map.of()), B, report(5, gone)).shown()).isEqualTo(X);
    assertThat(receive(state(gone, gone, Map.of()), A, report(5, X)).shown()).isEqualTo(X);
  }

  @Test
  void received_dominatingDeletion_isFollowed() {
    Version gone = version(GONE, A, 1, B, 1);

    assertThat(receive(state(X, X, Map.of()), B, report(5, gone)).shown()).isEqualTo(gone);
  }

  @Test
  void received_directoryAgainstFile_directoryIsShownEitherWay() {
    Version directory = version(DIRECTORY, B, 1);

    PathState hadFile = receive(state(X, X, Map.of()), B, report(5, directory));
    PathState hadDirectory = receive(state(directory, directory, Map.of()), A, report(5, X));

    assertThat(hadFile.shown()).isEqualTo(directory);
    assertThat(Judgement.alternatives(hadFile)).containsExactly(X);
    assertThat(hadDirectory.shown()).isEqualTo(directory);
    assertThat(Judgement.alternatives(hadDirectory)).containsExactly(X);
  }

  @Test
  void received_directoryInConflictIsRemoved_localFileIsShownAgain() {
    Version directory = version(DIRECTORY, B, 1);
    Version gone = version(GONE, B, 2);
    Version other = version(file("y"), C, 1);
    PathState conflict =
        receive(
            state(directory, X, Map.of(C, report(1, other), B, report(1, directory))),
            B,
            report(5, gone));

    assertThat(conflict.shown()).isEqualTo(X);
  }

  @Test
  void received_equalContent_mergesAndAddsASource() {
    PathState after = receive(state(X, X, Map.of()), B, report(5, version(file("x"), B, 1)));

    assertThat(after.shown()).isEqualTo(version(file("x"), A, 1, B, 1));
    assertThat(Availability.holders(after)).containsExactly(B);
  }

  @Test
  void received_notNewerThanTheLast_changesNothing() {
    PathState before = state(X, X, Map.of(B, report(5, X)));

    assertThat(receive(before, B, report(5, version(file("y"), B, 1)))).isSameAs(before);
    assertThat(receive(before, B, report(4, version(file("y"), B, 1)))).isSameAs(before);
  }

  @Test
  void received_sourceForgetsTheDefault_staysShownAsUnavailable() {
    PathState before = state(X, null, Map.of(A, report(5, X)));

    PathState after =
        receive(
            before, A, new Report(6, metadata(0644, 1, A), List.of(new Report.Reported(X, false))));

    assertThat(after.shown()).isEqualTo(X);
    assertThat(Availability.holders(after)).isEmpty();
  }

  @Test
  void received_severalVersions_allAreKnown() {
    Version y = version(file("y"), B, 1);
    PathState after = PeerRules.received(null, A, PATH, report(5, X, y), Set.of());

    assertThat(after.shown()).isEqualTo(X);
    assertThat(Judgement.alternatives(after)).containsExactly(y);
  }

  @Test
  void received_metadata_higherStampWinsEitherWay() {
    PathState before = state(X, X, Map.of());
    Report later = new Report(5, metadata(0600, 9, B), List.of(new Report.Reported(X, true)));

    PathState after = receive(before, B, later);
    PathState afterEarlier =
        receive(after, C, new Report(5, metadata(0755, 2, C), later.versions()));

    assertThat(after.metadata()).isEqualTo(metadata(0600, 9, B));
    assertThat(afterEarlier.metadata()).isEqualTo(metadata(0600, 9, B));
  }

  @Test
  void received_heldElsewhere_hasNoSayUntilConfirmed() {
    Version gone = version(GONE, A, 1, B, 1);
    PathState held = PeerRules.recorded(state(X, X, Map.of()), B, report(5, gone));

    PathState after = PeerRules.received(held, C, PATH, report(3, X), Set.of(B));

    assertThat(after.shown()).isEqualTo(X);
    assertThat(AnnounceRules.report(after, _ -> false).versions())
        .extracting(Report.Reported::version)
        .containsExactly(X);
    assertThat(PeerRules.judged(after, Set.of()).shown()).isEqualTo(gone);
  }

  @Test
  void withdrawn_whatOthersKnow_rowGoes() {
    PathState before = state(X, null, Map.of(A, report(5, X), B, report(5, X)));

    PathState after = PeerRules.withdrawn(before, A);

    assertThat(after.reports()).containsOnlyKeys(B);
    assertThat(PeerRules.withdrawn(after, A)).isSameAs(after);
  }

  @Test
  void withdrawn_alternativeThatNobodyElseKnows_staysWithoutSource() {
    Version y = version(file("y"), B, 1);
    PathState before = state(X, X, Map.of(B, report(5, y)));

    PathState after = PeerRules.withdrawn(before, B);

    assertThat(Judgement.alternatives(after)).containsExactly(y);
    assertThat(Availability.holders(after, file("y"))).isEmpty();
  }

  @Test
  void withdrawn_shownFileThatNobodyElseKnows_survivesADirectory() {
    PathState before = PeerRules.withdrawn(state(X, null, Map.of(A, report(5, X))), A);

    PathState after = receive(before, B, report(1, version(DIRECTORY, B, 1)));

    assertThat(Judgement.alternatives(after)).containsExactly(X);
  }

  @Test
  void isNews_whatIsMerelyHeard_isNotPassedOn() {
    PathState heard = PeerRules.received(null, A, PATH, report(5, X), Set.of());

    assertThat(AnnounceRules.isNews(null, heard, Mark.WATCH)).isFalse();
    assertThat(AnnounceRules.isNews(null, heard, Mark.KEEP)).isTrue();
    assertThat(AnnounceRules.isNews(null, heard, Mark.OWN)).isTrue();
  }

  @Test
  void isNews_onceAnnounced_everyNewVersionIs() {
    PathState own = state(X, X, Map.of());
    PathState conflict = receive(own, B, report(5, version(file("y"), B, 1)));
    PathState again = receive(conflict, C, report(5, version(file("y"), B, 1)));

    assertThat(AnnounceRules.isNews(own, conflict, Mark.WATCH)).isTrue();
    assertThat(AnnounceRules.isNews(conflict, again, Mark.WATCH)).isFalse();
  }

  @Test
  void report_held_isWhatIsOnDiskOrKept() {
    Version y = version(file("y"), B, 1);
    PathState state = state(X, X, Map.of(B, report(5, y)));

    assertThat(AnnounceRules.report(state, _ -> false).versions())
        .containsExactly(new Report.Reported(X, true), new Report.Reported(y, false));
    assertThat(AnnounceRules.report(state, Given.hash("y")::equals).versions())
        .containsExactly(new Report.Reported(X, true), new Report.Reported(y, true));
  }
}
