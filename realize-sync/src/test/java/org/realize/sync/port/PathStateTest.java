package org.realize.sync.port;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.realize.sync.model.Content;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.StoreId;
import org.realize.sync.model.Version;
import org.realize.sync.model.VersionVector;
import org.realize.sync.port.PathState.IndexedFile;
import org.realize.sync.testing.PathStates;

class PathStateTest {

  private static final Content.File FILE = new Content.File(PathStates.hash(3), 3);
  private static final Content OTHER = PathStates.file(4);
  private static final FileStat STAT =
      new FileStat(FileStat.Kind.FILE, 3, 0640, FileTime.ofNanos(1_000), 1_000, 17, 1, 1, 0, 0);
  private static final PathState SHOWING = PathStates.showing("docs/a", FILE, 5);
  private static final StoreId PEER = new StoreId(new UUID(1, 2));

  private static PathState onDisk(Content content, FileStat stat) {
    return SHOWING.withReal(new RealVersion(Version.of(content, VersionVector.EMPTY), stat, 9));
  }

  @Test
  void isReal_thatFileOnDisk_onlyForItsContent() {
    PathState state = onDisk(FILE, STAT);

    assertThat(state.isReal(FILE)).isTrue();
    assertThat(state.isReal(OTHER)).isFalse();
    assertThat(state.realStat(FILE)).contains(STAT);
    assertThat(state.realStat(OTHER)).isEmpty();
    assertThat(state.realFile()).contains(new IndexedFile(FILE, STAT));
    assertThat(state.realContent()).isEqualTo(FILE);
  }

  @Test
  void isReal_nothingEverOnDisk_isFalse() {
    assertThat(SHOWING.isReal(FILE)).isFalse();
    assertThat(SHOWING.realStat()).isNull();
    assertThat(SHOWING.realFile()).isEmpty();
    assertThat(SHOWING.realContent()).isEqualTo(new Content.Absent());
  }

  @Test
  void isReal_removedFromDisk_isFalseForNothingToo() {
    PathState state =
        SHOWING.withReal(
            new RealVersion(Version.of(new Content.Absent(), VersionVector.EMPTY), null, 0));

    assertThat(state.isReal(FILE)).isFalse();
    assertThat(state.isReal(new Content.Absent())).isFalse();
    assertThat(state.realContent()).isEqualTo(new Content.Absent());
  }

  @Test
  void realFile_directoryOnDisk_isEmpty() {
    PathState state = onDisk(new Content.Directory(), STAT);

    assertThat(state.realFile()).isEmpty();
    assertThat(state.isReal(new Content.Directory())).isTrue();
  }

  @Test
  void with_changesThatPartAlone() {
    Version version = Version.of(OTHER, VersionVector.EMPTY);
    RealVersion real = new RealVersion(version, STAT, 9);
    Report report = Objects.requireNonNull(SHOWING.reports().get(PathStates.ONE));

    PathState after =
        SHOWING
            .withShown(version)
            .withReal(real)
            .withMetadata(PathStates.metadata(0600, FileTime.ofNanos(7)))
            .withReport(PEER, report)
            .announcedAt(8);

    assertThat(after)
        .isEqualTo(
            new PathState(
                SHOWING.path(),
                version,
                PathStates.metadata(0600, FileTime.ofNanos(7)),
                real,
                8,
                Map.of(PathStates.ONE, report, PEER, report)));
    assertThat(SHOWING.reports()).containsOnlyKeys(PathStates.ONE);
    assertThat(after.withReports(Map.of()).reports()).isEmpty();
  }

  @Test
  void reports_changedByTheGiverOrReader_stayAsTheyWere() {
    Map<StoreId, Report> given = new HashMap<>(SHOWING.reports());
    PathState state = SHOWING.withReports(given);
    given.clear();

    assertThat(state).isEqualTo(SHOWING);
    assertThatThrownBy(() -> state.reports().clear())
        .isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(() -> state.reports().values().clear())
        .isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(() -> state.reports().entrySet().iterator().remove())
        .isInstanceOf(UnsupportedOperationException.class);
  }
}
