package org.realize.sync.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.realize.sync.rules.Given.A;
import static org.realize.sync.rules.Given.B;
import static org.realize.sync.rules.Given.DIRECTORY;
import static org.realize.sync.rules.Given.GONE;
import static org.realize.sync.rules.Given.ME;
import static org.realize.sync.rules.Given.PATH;
import static org.realize.sync.rules.Given.file;
import static org.realize.sync.rules.Given.metadata;
import static org.realize.sync.rules.Given.report;
import static org.realize.sync.rules.Given.version;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.Mark;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.Version;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.PathState;
import org.realize.sync.port.RealVersion;
import org.realize.sync.rules.PathPlan.RootTraits;

/** Each row of the table of jobs, and what must not be a job. */
class PathPlanTest {

  private static final Version OLD = version(file("old"), A, 1);
  private static final Version NEW = version(file("new"), A, 2);
  private static final Version REMOVED = version(GONE, A, 2);
  private static final Content.Link LINK = new Content.Link("target");
  private static final RootTraits FULL = new RootTraits(true, 1);

  private static FileStat stat(FileStat.Kind kind, int mode, FileTime mtime) {
    return new FileStat(kind, 10, mode, mtime, 5, 1, 1, 1, 0, 0);
  }

  private static FileStat stat(Content content) {
    FileStat.Kind kind =
        switch (content) {
          case Content.Directory() -> FileStat.Kind.DIRECTORY;
          case Content.Link _ -> FileStat.Kind.LINK;
          default -> FileStat.Kind.FILE;
        };
    return stat(kind, 0644, FileTime.ofNanos(1_000));
  }

  private static PathState showing(Version shown, @Nullable Version real) {
    RealVersion onDisk =
        real == null
            ? null
            : new RealVersion(real, real.isTombstone() ? null : stat(real.content()), 0);
    return new PathState(PATH, shown, metadata(0644, 1, A), onDisk, 7, Map.of(A, report(1, shown)));
  }

  private static Optional<PathJob> own(PathState state) {
    return new PathPlan(Optional.of(FULL), (_, _) -> false, _ -> false)
        .next(state, marks(Mark.OWN));
  }

  private static Optional<PathJob> rooted(PathState state, Mark mark, String... whole) {
    return new PathPlan(Optional.of(FULL), (_, hash) -> hashes(whole).contains(hash), _ -> false)
        .next(state, marks(mark));
  }

  private static Optional<PathJob> rootless(PathState state, Mark mark, String... whole) {
    return new PathPlan(Optional.empty(), (_, hash) -> hashes(whole).contains(hash), _ -> false)
        .next(state, marks(mark));
  }

  private static Marks marks(Mark mark) {
    return new Marks(mark, Map.of());
  }

  private static Set<ContentHash> hashes(String... names) {
    return Set.copyOf(java.util.Arrays.stream(names).map(Given::hash).toList());
  }

  private static Optional<PathJob> realize(Version version, @Nullable Content displaced) {
    return Optional.of(
        new PathJob.RealizePath(version, displaced == null ? null : stat(displaced)));
  }

  private static Optional<PathJob> remove(Version version, Content displaced) {
    return Optional.of(new PathJob.RemovePath(stat(displaced), version));
  }

  private static Optional<PathJob> download(String content) {
    return Optional.of(new PathJob.Download((Content.File) file(content)));
  }

  @Test
  void own_nothingOnDisk_isRealized() {
    assertThat(own(showing(NEW, null))).isEqualTo(realize(NEW, null));
    Version link = version(LINK, A, 1);
    assertThat(own(showing(link, null))).isEqualTo(realize(link, null));
    Version directory = version(DIRECTORY, A, 1);
    assertThat(own(showing(directory, null))).isEqualTo(realize(directory, null));
  }

  @Test
  void own_newerThanTheRealOne_isRealized_olderOrConcurrentIsNot() {
    assertThat(own(showing(NEW, OLD))).isEqualTo(realize(NEW, OLD.content()));
    assertThat(own(showing(OLD, NEW))).isEmpty();
    Version other = version(file("old"), B, 1);
    assertThat(own(showing(NEW, other))).isEqualTo(Optional.empty());
  }

  @Test
  void own_sameContentUnderAnotherVector_needsNothing() {
    assertThat(own(showing(version(file("new"), A, 2, B, 1), version(file("new"), B, 1))))
        .isEmpty();
  }

  @Test
  void own_contentBesideARemovalHere_isRealized() {
    assertThat(own(showing(NEW, version(GONE, ME, 1)))).isEqualTo(realize(NEW, null));
  }

  @Test
  void directoryBesideAFile_takesItsName_fileBesideADirectoryDoesNot() {
    Version directory = version(DIRECTORY, A, 1);
    Version local = version(file("local"), ME, 1);
    assertThat(own(showing(directory, local))).isEqualTo(realize(directory, local.content()));
    assertThat(own(showing(NEW, version(DIRECTORY, ME, 1)))).isEmpty();
  }

  @Test
  void tombstone_removesWhatItCovers_whateverTheMark() {
    for (Mark mark : Mark.values()) {
      assertThat(rooted(showing(REMOVED, OLD), mark)).isEqualTo(remove(REMOVED, OLD.content()));
      assertThat(rooted(showing(REMOVED, version(file("x"), ME, 1)), mark)).isEmpty();
      assertThat(rooted(showing(REMOVED, null), mark)).isEmpty();
    }
  }

  @Test
  void notOwn_olderRealFile_goes_underKeepOnceTheNewContentIsWhole() {
    assertThat(rooted(showing(NEW, OLD), Mark.WATCH)).isEqualTo(remove(NEW, OLD.content()));
    assertThat(rooted(showing(NEW, OLD), Mark.KEEP)).isEqualTo(download("new"));
    assertThat(rooted(showing(NEW, OLD), Mark.KEEP, "new")).isEqualTo(remove(NEW, OLD.content()));
  }

  @Test
  void notOwn_realFileThatIsShown_isGivenUp_otherKindsStay() {
    Optional<PathJob> unrealize = Optional.of(new PathJob.UnrealizePath(stat(NEW.content())));
    assertThat(rooted(showing(NEW, NEW), Mark.WATCH)).isEqualTo(unrealize);
    assertThat(rooted(showing(NEW, NEW), Mark.KEEP)).isEqualTo(unrealize);
    Version directory = version(DIRECTORY, A, 1);
    assertThat(rooted(showing(directory, directory), Mark.WATCH)).isEmpty();
  }

  @Test
  void withoutRoot_keepAndOwnDownload_watchDoesNot() {
    assertThat(rootless(showing(NEW, null), Mark.KEEP)).isEqualTo(download("new"));
    assertThat(rootless(showing(NEW, null), Mark.OWN)).isEqualTo(download("new"));
    assertThat(rootless(showing(NEW, null), Mark.WATCH)).isEmpty();
    assertThat(rootless(showing(NEW, null), Mark.KEEP, "new")).isEmpty();
    assertThat(rootless(showing(REMOVED, null), Mark.KEEP)).isEmpty();
  }

  @Test
  void alternatives_areDownloadedLast() {
    Version other = version(file("other"), B, 1);
    PathState conflict = showing(NEW, null).withReport(B, report(2, other));
    assertThat(rootless(conflict, Mark.KEEP)).isEqualTo(download("new"));
    assertThat(rootless(conflict, Mark.KEEP, "new")).isEqualTo(download("other"));
    assertThat(rootless(conflict, Mark.KEEP, "new", "other")).isEmpty();
    PathState real = showing(NEW, NEW).withReport(B, report(2, other));
    assertThat(own(real)).isEqualTo(download("other"));
  }

  @Test
  void fileWithoutBytes_isHereWithoutADownload() {
    Version empty = version(new Content.File(Given.hash("empty"), 0), B, 1);
    assertThat(rootless(showing(empty, null), Mark.KEEP)).isEmpty();
    PathState conflict = showing(NEW, null).withReport(B, report(2, empty));
    assertThat(rootless(conflict, Mark.KEEP, "new")).isEmpty();
    assertThat(own(showing(empty, null))).isEqualTo(realize(empty, null));
  }

  @Test
  void privateRoot_filesStayFiles_othersAreCached_ownActsAsKeep() {
    Optional<PathJob> unrealize = Optional.of(new PathJob.UnrealizePath(stat(NEW.content())));
    assertThat(inPrivateRoot(showing(NEW, NEW), Mark.WATCH)).isEqualTo(unrealize);
    assertThat(inPrivateRoot(showing(NEW, NEW), Mark.KEEP)).isEmpty();
    assertThat(inPrivateRoot(showing(NEW, NEW), Mark.OWN)).isEmpty();
    assertThat(inPrivateRoot(showing(NEW, null), Mark.WATCH)).isEmpty();
    assertThat(inPrivateRoot(showing(NEW, null), Mark.OWN)).isEqualTo(download("new"));
    assertThat(inPrivateRoot(showing(NEW, null), Mark.OWN, "new")).isEmpty();
    assertThat(inPrivateRoot(showing(NEW, OLD), Mark.WATCH)).isEqualTo(remove(NEW, OLD.content()));
    assertThat(inPrivateRoot(showing(NEW, OLD), Mark.OWN)).isEqualTo(download("new"));
    PathState mode = showing(NEW, NEW).withMetadata(metadata(0600, 1, A));
    assertThat(inPrivateRoot(mode, Mark.WATCH))
        .contains(new PathJob.ApplyMetadata(stat(NEW.content()), 0600, FileTime.ofNanos(1_000)));
  }

  private static Optional<PathJob> inPrivateRoot(PathState state, Mark mark, String... whole) {
    return new PathPlan(
            Optional.of(new RootTraits(true, 1, true)),
            (_, hash) -> hashes(whole).contains(hash),
            _ -> false)
        .next(state, marks(mark));
  }

  @Test
  void metadata_otherModeOrTime_isAppliedUnderOwnOnly() {
    FileStat stat = stat(NEW.content());
    PathState mode = showing(NEW, NEW).withMetadata(metadata(0600, 1, A));
    assertThat(own(mode)).contains(new PathJob.ApplyMetadata(stat, 0600, FileTime.ofNanos(1_000)));
    PathState time = showing(NEW, NEW).withMetadata(metadata(0644, 2, A));
    assertThat(own(time)).contains(new PathJob.ApplyMetadata(stat, 0644, FileTime.ofNanos(2_000)));
    assertThat(own(showing(NEW, NEW))).isEmpty();
    assertThat(rooted(mode, Mark.WATCH)).contains(new PathJob.UnrealizePath(stat));
  }

  @Test
  void metadata_thatTheKindOrTheRootDoesNotHold_isNoJob() {
    Version directory = version(DIRECTORY, A, 1);
    assertThat(own(showing(directory, directory).withMetadata(metadata(0644, 2, A)))).isEmpty();
    Version link = version(LINK, A, 1);
    assertThat(own(showing(link, link).withMetadata(metadata(0600, 1, A)))).isEmpty();
    PathPlan coarse =
        new PathPlan(
            Optional.of(new RootTraits(false, 2_000_000_000)), (_, _) -> false, _ -> false);
    PathState other = showing(NEW, NEW).withMetadata(metadata(0600, 999_999, A));
    assertThat(coarse.next(other, marks(Mark.OWN))).isEmpty();
    PathState later = showing(NEW, NEW).withMetadata(metadata(0644, 3_000_000, A));
    assertThat(coarse.next(later, marks(Mark.OWN)))
        .contains(
            new PathJob.ApplyMetadata(stat(NEW.content()), 0644, FileTime.ofNanos(2_000_000_000)));
  }

  @Test
  void givenUp_staysAway_untilItsPathIsMarkedOrShowsAnotherContent() {
    PathState gone = LocalRules.givenUp(showing(NEW, NEW), 8);
    Version edited = version(file("edited"), A, 9);

    assertThat(own(gone)).isEmpty();
    assertThat(rootless(gone, Mark.KEEP)).isEmpty();
    assertThat(own(LocalRules.dropped(showing(NEW, NEW), 8))).isEqualTo(realize(NEW, null));
    assertThat(own(gone.withShown(edited))).isEqualTo(realize(edited, null));
    Marks asked = new Marks(Mark.WATCH, Map.of(PATH, Mark.OWN));
    assertThat(new PathPlan(Optional.of(FULL), (_, _) -> false, _ -> false).next(gone, asked))
        .isEqualTo(realize(NEW, null));
  }

  @Test
  void bareDirectory_isRemoved_orBecomesTheShownOne() {
    RealVersion bare = new RealVersion(REMOVED, stat(DIRECTORY), 0);
    PathState removed = showing(REMOVED, null).withReal(bare);
    assertThat(own(removed)).isEqualTo(remove(REMOVED, DIRECTORY));
    Version made = version(DIRECTORY, A, 3);
    assertThat(own(showing(made, null).withReal(bare))).isEqualTo(realize(made, DIRECTORY));
  }

  /** A blob that was made for another path may go once that path needs it no more. */
  @Test
  void keep_wholeBlobThatDoesNotReferToThePath_isDownloaded() {
    PathState kept = showing(NEW, null);
    PathPlan elsewhere =
        new PathPlan(
            Optional.empty(), (path, _) -> path.equals(RelativePath.of("other")), _ -> false);
    assertThat(elsewhere.next(kept, marks(Mark.KEEP))).isEqualTo(download("new"));
    PathPlan here = new PathPlan(Optional.empty(), (path, _) -> path.equals(PATH), _ -> false);
    assertThat(here.next(kept, marks(Mark.KEEP))).isEmpty();
  }

  @Test
  void neverAnnounced_butKeptNow_isAnnounced() {
    PathState heard = showing(version(DIRECTORY, A, 1), null).announcedAt(0);
    assertThat(rootless(heard, Mark.KEEP)).contains(new PathJob.Announce());
    assertThat(rootless(heard, Mark.WATCH)).isEmpty();
    assertThat(own(heard)).isEqualTo(realize(heard.shown(), null));
  }

  @Test
  void rootOfTheArena_isTheUsersOwn() {
    PathState root =
        new PathState(
            RelativePath.ROOT, version(DIRECTORY, A, 1), metadata(0700, 1, A), null, 7, Map.of());
    assertThat(own(root)).isEmpty();
  }
}
