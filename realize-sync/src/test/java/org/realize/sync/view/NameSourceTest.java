package org.realize.sync.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.realize.sync.view.NameSource.DIRECTORY;
import static org.realize.sync.view.NameSource.DISK;
import static org.realize.sync.view.NameSource.NOTHING;
import static org.realize.sync.view.NameSource.STORE;

import java.util.EnumSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.realize.sync.model.Content;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.Inode;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.Version;
import org.realize.sync.model.VersionVector;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.FileStat.Kind;
import org.realize.sync.port.Node;
import org.realize.sync.port.PathState;
import org.realize.sync.port.RealVersion;
import org.realize.sync.testing.PathStates;

/** The table of what a name shows, row by row. */
class NameSourceTest {

  private static final Content FILE = PathStates.file(1);
  private static final Content OTHER = PathStates.file(2);
  private static final Content LINK = new Content.Link("to");
  private static final Content FOLDER = new Content.Directory();
  private static final Content NONE = new Content.Absent();

  private enum Known {
    DOUBTFUL,
    IGNORED,
    BEING_MADE,
    OUTDATED,
    SHOWN_BELOW,
    UNKNOWN_BELOW,
    REACHABLE
  }

  /** Answers that are given in advance. */
  private record Told(Set<Known> known) implements NameSource.Knowledge {
    @Override
    public boolean isDoubtful() {
      return known.contains(Known.DOUBTFUL);
    }

    @Override
    public boolean isIgnored() {
      return known.contains(Known.IGNORED);
    }

    @Override
    public boolean isBeingMade() {
      return known.contains(Known.BEING_MADE);
    }

    @Override
    public boolean isOutdated(FileStat disk) {
      return known.contains(Known.OUTDATED);
    }

    @Override
    public boolean holdsShownNames() {
      return known.contains(Known.SHOWN_BELOW);
    }

    @Override
    public boolean holdsUnknownNames() {
      return known.contains(Known.UNKNOWN_BELOW);
    }

    @Override
    public boolean isReachable() {
      return known.contains(Known.REACHABLE);
    }
  }

  private static FileStat stat(Kind kind, long mtime) {
    return new FileStat(kind, 1, 0644, FileTime.ofNanos(mtime), mtime, 7, 1, 1, 3, 1);
  }

  private static final FileStat SEEN = stat(Kind.FILE, 10);
  private static final FileStat EDITED = stat(Kind.FILE, 11);
  private static final FileStat SEEN_FOLDER = stat(Kind.DIRECTORY, 10);
  private static final FileStat FIFO = stat(Kind.OTHER, 10);

  private static @Nullable Node node(Content content) {
    return content.isAbsent()
        ? null
        : new Node(new Inode(5), new Inode(2), "n", content, 0644, FileTime.EPOCH);
  }

  private static PathState shown(Content content) {
    return PathStates.showing("n", content, 0);
  }

  /** A state that shows {@code content}, and has {@code real} on the disk as indexed. */
  private static PathState shown(Content content, Content real, FileStat stat) {
    Version version = Version.of(real, VersionVector.of(Map.of(PathStates.ONE, 1L)));
    return shown(content).withReal(new RealVersion(version, stat, 0));
  }

  private static NameSource of(
      Content visible, @Nullable PathState state, @Nullable FileStat disk, Known... known)
      throws RealizeException {
    Set<Known> told = EnumSet.noneOf(Known.class);
    told.addAll(Set.of(known));
    return NameSource.of(node(visible), state, disk, new Told(told));
  }

  @Test
  void placeInDoubt_countsAsAbsentFromTheDisk() throws Exception {
    assertThat(of(FILE, shown(FILE, FILE, SEEN), null, Known.DOUBTFUL)).isEqualTo(STORE);
    assertThat(of(FILE, shown(FILE, FILE, SEEN), EDITED, Known.DOUBTFUL)).isEqualTo(STORE);
    assertThat(of(FOLDER, shown(FOLDER), SEEN, Known.DOUBTFUL)).isEqualTo(DIRECTORY);
    assertThat(of(NONE, null, SEEN, Known.DOUBTFUL)).isEqualTo(NOTHING);
  }

  @Test
  void ignoredOrNeverShared_isShownFromTheDisk_alsoWhereAPeerHasADirectory() throws Exception {
    assertThat(of(FOLDER, shown(FOLDER), SEEN, Known.IGNORED)).isEqualTo(DISK);
    assertThat(of(FILE, shown(FILE), FIFO)).isEqualTo(DISK);
    assertThat(of(FOLDER, shown(FOLDER), FIFO)).isEqualTo(DISK);
    assertThat(of(NONE, null, FIFO)).isEqualTo(DISK);
  }

  @Test
  void directory_ofEitherSide_isShown_ratherThanAFile() throws Exception {
    assertThat(of(FOLDER, shown(FOLDER), null)).isEqualTo(DIRECTORY);
    assertThat(of(FOLDER, shown(FOLDER), SEEN_FOLDER)).isEqualTo(DIRECTORY);
    assertThat(of(NONE, null, SEEN_FOLDER)).isEqualTo(DIRECTORY);
    assertThat(of(FILE, shown(FILE), SEEN_FOLDER)).isEqualTo(DIRECTORY);
    assertThat(of(FOLDER, shown(FOLDER), SEEN)).isEqualTo(DIRECTORY);
    assertThat(of(FOLDER, shown(FOLDER, FILE, SEEN), SEEN)).isEqualTo(DIRECTORY);
    assertThat(of(FOLDER, shown(FOLDER, FILE, SEEN), null)).isEqualTo(DIRECTORY);
    assertThat(of(NONE, shown(NONE, FOLDER, SEEN_FOLDER), SEEN_FOLDER, Known.UNKNOWN_BELOW))
        .isEqualTo(DIRECTORY);
  }

  @Test
  void directoryThatWasRemovedFromTheDisk_isShownOnlyWithNamesOfPeersBelow() throws Exception {
    PathState real = shown(FOLDER, FOLDER, SEEN_FOLDER);
    assertThat(of(FOLDER, real, null)).isEqualTo(NOTHING);
    assertThat(of(FOLDER, real, null, Known.SHOWN_BELOW)).isEqualTo(DIRECTORY);
    assertThat(of(FOLDER, real, null, Known.BEING_MADE)).isEqualTo(DIRECTORY);
    assertThat(of(FOLDER, real, EDITED)).isEqualTo(DISK);
    assertThat(of(FOLDER, real, EDITED, Known.SHOWN_BELOW)).isEqualTo(DIRECTORY);
    assertThat(of(FOLDER, null, null)).isEqualTo(NOTHING);
    assertThat(of(FOLDER, null, null, Known.SHOWN_BELOW)).isEqualTo(DIRECTORY);
  }

  @Test
  void presentAndNotAsIndexed_isTheUsersLatest() throws Exception {
    assertThat(of(NONE, null, SEEN)).isEqualTo(DISK);
    assertThat(of(FILE, shown(FILE), SEEN)).isEqualTo(DISK);
    assertThat(of(FILE, shown(FILE, FILE, SEEN), EDITED)).isEqualTo(DISK);
    assertThat(of(NONE, shown(NONE, FILE, SEEN), EDITED)).isEqualTo(DISK);
    assertThat(of(LINK, shown(LINK), stat(Kind.LINK, 1))).isEqualTo(DISK);
  }

  @Test
  void presentAndJustMade_ofAVersionThatIsNotShownAnyMore_isHiddenOnceTheShownOneIsReachable()
      throws Exception {
    assertThat(of(NONE, shown(NONE), SEEN, Known.OUTDATED, Known.REACHABLE)).isEqualTo(NOTHING);
    assertThat(of(OTHER, shown(OTHER), SEEN, Known.OUTDATED, Known.REACHABLE)).isEqualTo(STORE);
    assertThat(of(OTHER, shown(OTHER), SEEN, Known.OUTDATED)).isEqualTo(DISK);
  }

  @Test
  void presentAsIndexedAndShown_isTheDisks() throws Exception {
    assertThat(of(FILE, shown(FILE, FILE, SEEN), SEEN)).isEqualTo(DISK);
  }

  @Test
  void presentAsIndexedWhileSomethingNewerIsShown_staysUntilThatIsReachable() throws Exception {
    PathState newer = shown(OTHER, FILE, SEEN);
    assertThat(of(OTHER, newer, SEEN)).isEqualTo(DISK);
    assertThat(of(OTHER, newer, SEEN, Known.REACHABLE)).isEqualTo(STORE);
    PathState removed = shown(NONE, FILE, SEEN);
    assertThat(of(NONE, removed, SEEN, Known.REACHABLE)).isEqualTo(NOTHING);
    PathState removedFolder = shown(NONE, FOLDER, SEEN_FOLDER);
    assertThat(of(NONE, removedFolder, SEEN_FOLDER, Known.REACHABLE)).isEqualTo(NOTHING);
  }

  @Test
  void presentAsIndexedAndLatched_isTheStores_alsoWhenThatIsNotReachable() throws Exception {
    PathState newer = shown(OTHER, FILE, SEEN);
    PathState latched = newer.withReal(Objects.requireNonNull(newer.real()).latched());
    assertThat(of(OTHER, latched, SEEN)).isEqualTo(STORE);
    assertThat(of(OTHER, latched, EDITED)).isEqualTo(DISK);
    PathState back = shown(FILE, FILE, SEEN);
    assertThat(of(FILE, back.withReal(latched.real()), SEEN)).isEqualTo(DISK);
    PathState removed = shown(NONE, FILE, SEEN);
    assertThat(of(NONE, removed.withReal(latched.real()), SEEN)).isEqualTo(NOTHING);
  }

  @Test
  void absentThoughIndexedAndShown_isRemoved_butNotInTheMiddleOfAChange() throws Exception {
    PathState real = shown(FILE, FILE, SEEN);
    assertThat(of(FILE, real, null)).isEqualTo(NOTHING);
    assertThat(of(FILE, real, null, Known.BEING_MADE)).isEqualTo(STORE);
  }

  @Test
  void otherwise_isTheStores() throws Exception {
    assertThat(of(FILE, shown(FILE), null)).isEqualTo(STORE);
    assertThat(of(OTHER, shown(OTHER, FILE, SEEN), null)).isEqualTo(STORE);
    assertThat(of(LINK, shown(LINK), null)).isEqualTo(STORE);
    assertThat(of(NONE, shown(NONE), null)).isEqualTo(NOTHING);
    assertThat(of(NONE, null, null)).isEqualTo(NOTHING);
  }
}
