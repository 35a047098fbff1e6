package org.realize.sync.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.realize.sync.model.Content;
import org.realize.sync.model.Mark;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.Version;
import org.realize.sync.model.VersionVector;
import org.realize.sync.model.VersionVector.Order;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.PathState;
import org.realize.sync.port.RealVersion;
import org.realize.sync.rules.LocalRules.Author;
import org.realize.sync.rules.RenameRules.RenamedPath;
import org.realize.sync.testing.PathStates;

class RenameRulesTest {
  private static final RelativePath TO = RelativePath.of("new/f");
  private static final FileStat STAT = PathStates.stat(FileStat.Kind.FILE, new SplittableRandom(1));
  private static final Content OLD = PathStates.file(1);
  private static final Content NEW = PathStates.file(2);

  private static RenamedPath rename(PathState source) {
    return RenameRules.renamed(
        source, TO, null, new Author(PathStates.TWO, 50, 11), new Author(PathStates.TWO, 50, 12));
  }

  private static PathState arrived(RenamedPath renamed) {
    return Objects.requireNonNull(renamed.arrived());
  }

  private static PathState remote() {
    return PathStates.showing("old/f", NEW, 3);
  }

  private static RealVersion real(Content content, long counter) {
    Version version = Version.of(content, VersionVector.of(Map.of(PathStates.ONE, counter)));
    return new RealVersion(version, STAT, 77);
  }

  @Test
  void renamed_fileThatIsNotHere_isRemovedAndAdded() {
    RenamedPath renamed = rename(remote());
    PathState arrived = arrived(renamed);
    assertThat(arrived.path()).isEqualTo(TO);
    assertThat(arrived.shown().content()).isEqualTo(NEW);
    assertThat(arrived.shown().from()).isEqualTo(RelativePath.of("old/f"));
    assertThat(arrived.shown().vector()).isEqualTo(VersionVector.of(Map.of(PathStates.TWO, 50L)));
    assertThat(arrived.metadata().mode()).isEqualTo(0640);
    assertThat(arrived.real()).isNull();
    assertThat(arrived.announcedSeq()).isEqualTo(11);
    PathState left = renamed.left();
    assertThat(left.shown().isTombstone()).isTrue();
    assertThat(left.shown().vector())
        .isEqualTo(VersionVector.of(Map.of(PathStates.ONE, 7L, PathStates.TWO, 50L)));
    assertThat(left.announcedSeq()).isEqualTo(12);
  }

  @Test
  void renamed_fileOfTheDisk_goesAlongUnderItsStat_andKeepsWhatThatProves() {
    RenamedPath renamed = rename(remote().withReal(real(NEW, 7)));
    PathState arrived = arrived(renamed);
    assertThat(arrived.isReal(NEW)).isTrue();
    assertThat(arrived.realStat()).isEqualTo(STAT);
    assertThat(Objects.requireNonNull(arrived.real()).hashedAtNanos()).isEqualTo(77);
    assertThat(arrived.metadata().mode()).isEqualTo(0640);
    assertThat(renamed.left().realStat()).isNull();
    assertThat(renamed.left().shown().isTombstone()).isTrue();
  }

  @Test
  void renamed_olderFileOfTheDisk_isStillReplacedByTheNewerOne() {
    RenamedPath renamed = rename(remote().withReal(real(OLD, 3).latched()));
    PathState arrived = arrived(renamed);
    assertThat(arrived.shown().content()).isEqualTo(NEW);
    assertThat(arrived.isReal(OLD)).isTrue();
    RealVersion older = Objects.requireNonNull(arrived.real());
    assertThat(older.isLatched()).isTrue();
    assertThat(arrived.shown().vector().compare(older.version().vector())).isEqualTo(Order.AFTER);
    assertThat(Judgement.isConflict(arrived)).isFalse();
    assertThat(renamed.left().realStat()).isNull();
    assertThat(renamed.left().shown().isTombstone()).isTrue();
    assertThat(Judgement.isConflict(renamed.left())).isFalse();
  }

  @Test
  void renamed_fileThatIsToGo_isToGoFromItsNewName_andLeavesNothingAtItsOldName() {
    PathState removed = PathStates.showing("old/f", new Content.Absent(), 3).withReal(real(OLD, 3));
    assertThat(RenameRules.concerns(removed)).isTrue();
    RenamedPath renamed = rename(removed);
    assertThat(renamed.left().realStat()).isNull();
    assertThat(renamed.left().shown()).isEqualTo(removed.shown());
    PathState arrived = arrived(renamed);
    assertThat(arrived.shown().isTombstone()).isTrue();
    assertThat(arrived.isReal(OLD)).isTrue();
    assertThat(arrived.realStat()).isEqualTo(STAT);
    assertThat(arrived.announcedSeq()).as("peers know nothing of it").isZero();
    assertThat(LocalRules.difference(arrived, OLD, STAT)).isEqualTo(LocalRules.Difference.NONE);
    PathPlan plan =
        new PathPlan(Optional.of(new PathPlan.RootTraits(true, 1)), (_, _) -> false, _ -> false);
    assertThat(plan.next(arrived, new Marks(Mark.OWN, Map.of())))
        .containsInstanceOf(PathJob.RemovePath.class);
  }

  @Test
  void renamed_fileThatIsToGo_toANameThatPeersHaveANewFileAt_isReplacedByThat() {
    PathState removed = PathStates.showing("old/f", new Content.Absent(), 3).withReal(real(OLD, 3));
    PathState target = PathStates.showing("new/f", NEW, 2);
    PathState arrived =
        arrived(
            RenameRules.renamed(
                removed,
                TO,
                target,
                new Author(PathStates.TWO, 50, 11),
                new Author(PathStates.TWO, 50, 12)));
    assertThat(arrived.shown()).isEqualTo(target.shown());
    assertThat(arrived.isReal(OLD)).isTrue();
    assertThat(Judgement.isConflict(arrived)).isFalse();
    assertThat(Judgement.successor(arrived)).contains(target.shown());
  }

  @Test
  void concerns_whatWasRemoved_isFalse() {
    assertThat(RenameRules.concerns(PathStates.showing("old/f", new Content.Absent(), 3)))
        .isFalse();
  }

  @Test
  void renamed_newNameHadAnotherFile_isReplacedByWhatCame() {
    PathState target = PathStates.showing("new/f", OLD, 2).withReal(real(OLD, 7));
    for (PathState source : new PathState[] {remote(), remote().withReal(real(NEW, 7))}) {
      PathState arrived =
          arrived(
              RenameRules.renamed(
                  source,
                  TO,
                  target,
                  new Author(PathStates.TWO, 50, 11),
                  new Author(PathStates.TWO, 50, 12)));
      assertThat(arrived.shown().content()).isEqualTo(NEW);
      assertThat(arrived.isReal(OLD)).isFalse();
      assertThat(arrived.shown().vector().compare(target.shown().vector())).isEqualTo(Order.AFTER);
      assertThat(Judgement.isConflict(arrived)).isFalse();
    }
  }
}
