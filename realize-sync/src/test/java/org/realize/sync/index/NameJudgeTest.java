package org.realize.sync.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.realize.sync.index.NameJudge.Question;
import org.realize.sync.index.Observation.AbsentName;
import org.realize.sync.index.Observation.Present;
import org.realize.sync.index.Observation.UnreadableName;
import org.realize.sync.model.Content;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.Metadata;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.Stamp;
import org.realize.sync.model.StoreId;
import org.realize.sync.model.Version;
import org.realize.sync.model.VersionVector;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.FileStat.Kind;
import org.realize.sync.port.PathState;
import org.realize.sync.port.RealVersion;

class NameJudgeTest {

  private static final long SECOND = 1_000_000_000L;
  private static final long HASHED = 100 * SECOND;
  private static final RelativePath PATH = RelativePath.of("d/a");
  private static final RelativePath OTHER = RelativePath.of("d/b");
  private static final StoreId PEER = new StoreId(new UUID(1, 1));
  private static final FileStat FILE = stat(Kind.FILE);
  private static final FileStat DIRECTORY = stat(Kind.DIRECTORY);
  private static final FileStat LINK = stat(Kind.LINK);

  private static FileStat stat(Kind kind) {
    FileTime mtime = FileTime.ofNanos(SECOND);
    return new FileStat(kind, 10, 0644, mtime, SECOND, 17, 3, 1, 900, 0);
  }

  /** A stat like {@code stat} but for the named field. */
  private static FileStat other(FileStat stat, String field) {
    return new FileStat(
        stat.kind(),
        field.equals("size") ? 11 : stat.sizeBytes(),
        field.equals("mode") ? 0600 : stat.mode(),
        field.equals("mtime") ? FileTime.ofNanos(2 * SECOND) : stat.mtime(),
        field.equals("ctime") || field.equals("mode") || field.equals("links")
            ? 2 * SECOND
            : stat.ctimeNanos(),
        field.equals("inode") ? 18 : stat.fileKey(),
        field.equals("device") ? 4 : stat.device(),
        field.equals("links") ? 2 : stat.links(),
        field.equals("birth") ? 901 : stat.birthNanos(),
        stat.mount());
  }

  private static Content content(FileStat stat) {
    return switch (stat.kind()) {
      case FILE, OTHER -> IndexerRig.file("0123456789");
      case DIRECTORY -> new Content.Directory();
      case LINK -> new Content.Link("target");
    };
  }

  private static PathState indexed(RelativePath path, FileStat stat, long hashedAtNanos) {
    Version version = Version.of(content(stat), VersionVector.EMPTY.with(PEER, 5));
    return state(path, version, new RealVersion(version, stat, hashedAtNanos));
  }

  private static PathState indexed(FileStat stat) {
    return indexed(PATH, stat, HASHED);
  }

  private static PathState state(RelativePath path, Version shown, @Nullable RealVersion real) {
    Stamp stamp = new Stamp(5, PEER);
    FileTime mtime = FileTime.ofNanos(1);
    return new PathState(path, shown, new Metadata(0644, stamp, mtime, stamp), real, 1, Map.of());
  }

  /** What peers have of a path that was never on this disk. */
  private static PathState remote(Content content) {
    return state(PATH, Version.of(content, VersionVector.EMPTY.with(PEER, 5)), null);
  }

  private static Decision judge(Observation seen, @Nullable PathState state) {
    return NameJudge.judge(new Question(seen, state, false, Optional.empty(), null, false));
  }

  private static Decision judge(FileStat seen, @Nullable PathState state) {
    return judge(new Present(seen), state);
  }

  private static Decision withTwin(FileStat seen, @Nullable PathState state, PathState twin) {
    return NameJudge.judge(
        new Question(new Present(seen), state, false, Optional.empty(), twin, false));
  }

  @Test
  void judge_nothingThere_removesOnlyWhatWasIndexed() {
    assertThat(judge(new AbsentName(), null)).isEqualTo(new Decision.Keep());
    assertThat(judge(new AbsentName(), remote(content(FILE)))).isEqualTo(new Decision.Keep());
    for (FileStat stat : new FileStat[] {FILE, DIRECTORY, LINK}) {
      assertThat(judge(new AbsentName(), indexed(stat))).isEqualTo(new Decision.Remove());
    }
  }

  @Test
  void judge_unreadable_concludesNothing() {
    Decision doubt = new Decision.DoubtfulName("input/output error");
    assertThat(judge(new UnreadableName("input/output error"), null)).isEqualTo(doubt);
    assertThat(judge(new UnreadableName("input/output error"), indexed(FILE))).isEqualTo(doubt);
  }

  @Test
  void judge_doubt_concludesNothing() {
    for (FileStat stat : new FileStat[] {FILE, DIRECTORY, LINK, stat(Kind.OTHER)}) {
      Optional<String> doubt = Optional.of("not mounted");
      Question known = new Question(new Present(stat), indexed(FILE), false, doubt, null, false);
      assertThat(NameJudge.judge(known)).isEqualTo(new Decision.DoubtfulName("not mounted"));
    }
    Question unknown =
        new Question(new Present(FILE), null, false, Optional.of("not mounted"), null, false);
    assertThat(NameJudge.judge(unknown)).isEqualTo(new Decision.LeaveOut("not mounted"));
  }

  @Test
  void judge_newName_isIndexedByItsKind() {
    judgeNew(null);
    judgeNew(remote(content(FILE)));
  }

  private static void judgeNew(@Nullable PathState state) {
    assertThat(judge(FILE, state)).isEqualTo(new Decision.HashFile(FILE));
    assertThat(judge(DIRECTORY, state)).isEqualTo(new Decision.IndexDirectory(DIRECTORY));
    assertThat(judge(LINK, state)).isEqualTo(new Decision.ReadLink(LINK));
    assertThat(judge(stat(Kind.OTHER), state))
        .isEqualTo(new Decision.LeaveOut(NameJudge.NEVER_SHARED));
  }

  @Test
  void judge_indexedNameThatHoldsADevice_isWithdrawn() {
    assertThat(judge(stat(Kind.OTHER), indexed(FILE)))
        .isEqualTo(new Decision.Withdraw(NameJudge.NEVER_SHARED));
  }

  @Test
  void judge_ignored_affectsOnlyWhatIsNotIndexed_andIsListedWhereAPeerHasIt() {
    Content content = content(FILE);
    assertThat(ignored(null)).isEqualTo(new Decision.LeaveOut(""));
    assertThat(ignored(remote(content))).isEqualTo(new Decision.LeaveOut(NameJudge.IGNORED));
    assertThat(ignored(remote(new Content.Absent()))).isEqualTo(new Decision.LeaveOut(""));
    assertThat(ignored(indexed(FILE))).isEqualTo(new Decision.Keep());
  }

  private static Decision ignored(@Nullable PathState state) {
    return NameJudge.judge(
        new Question(new Present(FILE), state, true, Optional.empty(), null, false));
  }

  @Test
  void judge_kindChanged_isIndexedByTheNewKind() {
    for (FileStat before : new FileStat[] {FILE, DIRECTORY, LINK}) {
      for (FileStat after : new FileStat[] {FILE, DIRECTORY, LINK}) {
        Decision decision = judge(after, indexed(before));
        Decision expected =
            before.equals(after)
                ? new Decision.Keep()
                : switch (after.kind()) {
                  case FILE -> new Decision.HashFile(after);
                  case DIRECTORY -> new Decision.IndexDirectory(after);
                  case LINK, OTHER -> new Decision.ReadLink(after);
                };
        assertThat(decision).as("%s to %s", before.kind(), after.kind()).isEqualTo(expected);
        assertThat(NameJudge.endsDirectory(before, after))
            .isEqualTo(before.equals(DIRECTORY) && !after.equals(DIRECTORY));
      }
    }
  }

  @Test
  void judge_directory_isIndexedAgainForModeInodeAndDevice() {
    for (String field : new String[] {"mode", "inode", "device"}) {
      FileStat stat = other(DIRECTORY, field);
      assertThat(judge(stat, indexed(DIRECTORY))).isEqualTo(new Decision.IndexDirectory(stat));
    }
    for (String field : new String[] {"size", "mtime", "ctime", "links"}) {
      assertThat(judge(other(DIRECTORY, field), indexed(DIRECTORY))).isEqualTo(new Decision.Keep());
    }
  }

  @Test
  void judge_link_isReadAgainForTimesModeAndInode() {
    for (String field : new String[] {"mode", "inode", "mtime", "ctime"}) {
      FileStat stat = other(LINK, field);
      assertThat(judge(stat, indexed(LINK))).isEqualTo(new Decision.ReadLink(stat));
    }
  }

  @Test
  void judge_file_isHashedForSizeTimesInodeAndBirth() {
    for (String field : new String[] {"size", "mtime", "ctime", "inode", "birth"}) {
      FileStat stat = other(FILE, field);
      assertThat(judge(stat, indexed(FILE))).as(field).isEqualTo(new Decision.HashFile(stat));
    }
    assertThat(judge(other(FILE, "device"), indexed(FILE))).isEqualTo(new Decision.Keep());
  }

  @Test
  void judge_modeOrLinksChanged_takeTheHashAlong_whichThenProvesNothing() {
    PathState state = indexed(FILE);
    for (String field : new String[] {"mode", "links"}) {
      FileStat stat = other(FILE, field);
      assertThat(judge(stat, state)).isEqualTo(new Decision.CarryHash(stat, state, false));
    }
  }

  @Test
  void judge_hashedWithinTwoSeconds_isNotKeptNorTakenAlong() {
    assertThat(judge(LINK, indexed(PATH, LINK, 2 * SECOND))).isEqualTo(new Decision.ReadLink(LINK));
    assertThat(judge(LINK, indexed(LINK))).isEqualTo(new Decision.Keep());
    PathState racy = indexed(PATH, FILE, 2 * SECOND);
    assertThat(judge(FILE, racy)).isEqualTo(new Decision.HashFile(FILE));
    FileStat chmod = other(FILE, "mode");
    assertThat(judge(chmod, racy)).isEqualTo(new Decision.HashFile(chmod));
    assertThat(withTwin(FILE, null, indexed(OTHER, FILE, 2 * SECOND)))
        .isEqualTo(new Decision.HashFile(FILE));
  }

  @Test
  void judge_carriedHash_isKeptUntilTheWholeRootIsScanned() {
    PathState carried = indexed(PATH, FILE, RealVersion.CARRIED);
    assertThat(judge(FILE, carried)).isEqualTo(new Decision.Keep());
    Question whole = new Question(new Present(FILE), carried, false, Optional.empty(), null, true);
    assertThat(NameJudge.judge(whole)).isEqualTo(new Decision.HashFile(FILE));
    FileStat chmod = other(FILE, "mode");
    assertThat(judge(chmod, carried)).isEqualTo(new Decision.CarryHash(chmod, carried, false));
  }

  @Test
  void judge_newNameOfAKnownFile_takesItsHash_provenWhileTheCtimeIsTheSame() {
    PathState twin = indexed(OTHER, FILE, HASHED);
    assertThat(withTwin(FILE, null, twin)).isEqualTo(new Decision.CarryHash(FILE, twin, true));
    for (String field : new String[] {"ctime", "mode", "links"}) {
      FileStat stat = other(FILE, field);
      assertThat(withTwin(stat, null, twin)).isEqualTo(new Decision.CarryHash(stat, twin, false));
    }
    PathState carried = indexed(OTHER, FILE, RealVersion.CARRIED);
    assertThat(withTwin(FILE, null, carried))
        .isEqualTo(new Decision.CarryHash(FILE, carried, false));
  }

  @Test
  void judge_newNameOfAnotherFile_isHashed() {
    for (String field : new String[] {"size", "mtime", "inode", "birth"}) {
      FileStat stat = other(FILE, field);
      assertThat(withTwin(stat, null, indexed(OTHER, FILE, HASHED)))
          .as(field)
          .isEqualTo(new Decision.HashFile(stat));
    }
  }

  @Test
  void judge_otherDevice_isAnotherFileOnlyWhereThereIsNoBirthTime() {
    PathState twin = indexed(OTHER, FILE, HASHED);
    FileStat moved = other(FILE, "device");
    assertThat(withTwin(moved, null, twin)).isEqualTo(new Decision.CarryHash(moved, twin, true));
    FileStat unborn = new FileStat(Kind.FILE, 10, 0644, FILE.mtime(), SECOND, 17, 3, 1, 0, 0);
    PathState unbornTwin = indexed(OTHER, unborn, HASHED);
    FileStat elsewhere = other(unborn, "device");
    assertThat(withTwin(elsewhere, null, unbornTwin)).isEqualTo(new Decision.HashFile(elsewhere));
    assertThat(withTwin(unborn, null, unbornTwin))
        .isEqualTo(new Decision.CarryHash(unborn, unbornTwin, true));
  }

  @Test
  void judge_renamedOverAnIndexedFile_takesTheHashOfTheOtherName() {
    FileStat replaced = other(FILE, "inode");
    PathState twin = indexed(OTHER, FILE, HASHED);
    assertThat(NameJudge.asksForTwin(replaced, FILE)).isTrue();
    assertThat(withTwin(FILE, indexed(replaced), twin))
        .isEqualTo(new Decision.CarryHash(FILE, twin, true));
    assertThat(NameJudge.asksForTwin(FILE, other(FILE, "mtime"))).isFalse();
  }

  @Test
  void recorded_fileSystemWithoutModes_keepsTheModeThatWasRecordedLast() {
    FileStat seen = FILE.withMode(0777);
    assertThat(NameJudge.recorded(seen, indexed(FILE), true)).isEqualTo(seen);
    assertThat(NameJudge.recorded(seen, indexed(FILE.withMode(0600)), false).mode())
        .isEqualTo(0600);
    assertThat(NameJudge.recorded(seen, remote(content(FILE)), false).mode()).isEqualTo(0644);
    assertThat(NameJudge.recorded(seen, null, false).mode()).isEqualTo(0644);
    assertThat(NameJudge.recorded(DIRECTORY.withMode(0777), null, false).mode()).isEqualTo(0755);
  }
}
