package org.realize.sync.feed;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.realize.sync.feed.FeedReceiver.PageSource;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.Mark;
import org.realize.sync.model.Metadata;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.Stamp;
import org.realize.sync.model.StoreId;
import org.realize.sync.model.Version;
import org.realize.sync.model.VersionVector;
import org.realize.sync.port.FeedEntry;
import org.realize.sync.port.FeedPage;
import org.realize.sync.port.Finding;
import org.realize.sync.port.PathState;
import org.realize.sync.port.Report;
import org.realize.sync.rules.ForkRules.Fork;
import org.realize.sync.rules.Judgement;
import org.realize.sync.testing.ManualTime;
import org.realize.sync.testing.MemoryArenaStore;
import org.realize.sync.testing.MemoryGlobalStore;

class FeedReceiverTest {

  private static final Content GONE = new Content.Absent();
  private static final StoreId BOB = new StoreId(new UUID(0, 1));
  private static final StoreId EVE = new StoreId(new UUID(0, 2));
  private static final PageSource FROM_BOB =
      new PageSource(new PeerName("bob"), BOB, new UUID(5, 5));
  private static final PageSource FROM_EVE =
      new PageSource(new PeerName("eve"), EVE, new UUID(6, 6));

  private final ManualTime time = new ManualTime();
  private final MemoryGlobalStore global = new MemoryGlobalStore(new Random(1));
  private final MemoryArenaStore arena = global.memoryArena(new ArenaName("photos"));
  private FeedReceiver receiver = new FeedReceiver(arena, Mark.KEEP, time, true, Set::of);

  private static Content file(int bytes) {
    return new Content.File(new ContentHash(bytes, 1, 1, 1), 10);
  }

  private static FeedEntry entry(
      long seq, String path, StoreId store, Content content, Object... vector) {
    VersionVector counters = VersionVector.EMPTY;
    for (int i = 0; i < vector.length; i += 2) {
      counters = counters.with((StoreId) vector[i], ((Number) vector[i + 1]).longValue());
    }
    Stamp stamp = new Stamp(seq, store);
    Report.Reported reported = new Report.Reported(Version.of(content, counters), true);
    return new FeedEntry(
        RelativePath.of(path),
        new Report(seq, new Metadata(0644, stamp, FileTime.ofNanos(1), stamp), List.of(reported)));
  }

  private static FeedPage page(List<FeedEntry> entries) {
    return new FeedPage(entries, entries.getLast().report().seq());
  }

  /** {@code count} files, numbered in name and content, at places from {@code firstSeq} on. */
  private static List<FeedEntry> files(int count, long firstSeq) {
    List<FeedEntry> entries = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      entries.add(entry(firstSeq + i, "f" + i, BOB, file(i), BOB, 1));
    }
    return entries;
  }

  private static List<FeedEntry> removals(int from, int to, long firstSeq) {
    List<FeedEntry> entries = new ArrayList<>();
    for (int i = from; i < to; i++) {
      entries.add(entry(firstSeq + i - from, "f" + i, EVE, GONE, BOB, 1, EVE, 2));
    }
    return entries;
  }

  private long shownFiles() throws RealizeException {
    return arena.read(reader -> reader.totals().files());
  }

  private List<Finding> findings() throws RealizeException {
    return arena.read(reader -> reader.findings(10_000));
  }

  private PathState state(String path) throws RealizeException {
    return arena.read(reader -> reader.path(RelativePath.of(path)).orElseThrow());
  }

  @Test
  void apply_manyEntries_areCommittedWithTheirProgress() throws RealizeException {
    receiver.apply(FROM_BOB, page(files(600, 1)));

    assertThat(shownFiles()).isEqualTo(600);
    assertThat(receiver.progress(BOB)).isEqualTo(600);
    assertThat(findings()).isEmpty();
  }

  @Test
  void apply_samePageTwice_changesNothing() throws RealizeException {
    receiver.apply(FROM_BOB, page(files(3, 1)));
    long head = arena.read(reader -> reader.headSeq());

    receiver.apply(FROM_BOB, page(files(3, 1)));

    assertThat(arena.<Long>read(reader -> reader.headSeq())).isEqualTo(head);
  }

  @Test
  void apply_watched_isNotPassedOn() throws RealizeException {
    receiver = new FeedReceiver(arena, Mark.WATCH, time, true, Set::of);

    receiver.apply(FROM_BOB, page(files(3, 1)));

    assertThat(arena.<Long>read(reader -> reader.headSeq())).isZero();
    assertThat(shownFiles()).isEqualTo(3);
  }

  @Test
  void apply_entryThatCannotBe_failsThatPathOnlyUntilALaterOne() throws RealizeException {
    FeedEntry bad = entry(2, "bad", BOB, file(2), BOB, Long.MAX_VALUE);
    receiver.apply(
        FROM_BOB,
        page(
            List.of(
                entry(1, "a", BOB, file(1), BOB, 1), bad, entry(3, "c", BOB, file(3), BOB, 1))));

    assertThat(shownFiles()).isEqualTo(2);
    assertThat(receiver.progress(BOB)).isEqualTo(3);
    assertThat(findings())
        .singleElement()
        .satisfies(finding -> {
          assertThat(finding.kind()).isEqualTo(Finding.FindingKind.FAILED);
          assertThat(finding.place()).isEqualTo("bad (from bob)");
        });

    receiver.apply(FROM_BOB, page(List.of(entry(4, "bad", BOB, file(2), BOB, 1))));

    assertThat(findings()).isEmpty();
    assertThat(shownFiles()).isEqualTo(3);
  }

  @Test
  void apply_mostFilesRemoved_isHeldAndNeitherShownNorPassedOn() throws RealizeException {
    receiver.apply(FROM_BOB, page(files(300, 1)));
    long head = arena.read(reader -> reader.headSeq());

    receiver.apply(FROM_EVE, page(removals(0, 200, 1)));

    assertThat(shownFiles()).isEqualTo(300);
    assertThat(findings()).hasSize(200).allMatch(f -> f.kind() == Finding.FindingKind.HELD);
    assertThat(arena.<Long>read(reader -> reader.headSeq())).isEqualTo(head);
    assertThat(receiver.progress(EVE)).isEqualTo(200);
  }

  @Test
  void confirm_held_isJudgedAndPassedOn() throws RealizeException {
    receiver.apply(FROM_BOB, page(files(300, 1)));
    receiver.apply(FROM_EVE, page(removals(0, 290, 1)));

    assertThat(receiver.held().confirm()).isEqualTo(290);

    assertThat(shownFiles()).isEqualTo(10);
    assertThat(findings()).isEmpty();
    assertThat(state("f0").announcedSeq()).isGreaterThan(300);
    assertThat(receiver.held().confirm()).isZero();
  }

  @Test
  void confirm_afterRestart_stillKnowsWhatIsHeld() throws RealizeException {
    receiver.apply(FROM_BOB, page(files(300, 1)));
    receiver.apply(FROM_EVE, page(removals(0, 200, 1)));

    receiver = new FeedReceiver(arena, Mark.KEEP, time, true, Set::of);
    receiver.apply(FROM_BOB, page(List.of(entry(301, "f0", BOB, file(0), BOB, 1))));

    assertThat(state("f0").shown().content()).isEqualTo(file(0));
    assertThat(receiver.held().confirm()).isEqualTo(200);
    assertThat(shownFiles()).isEqualTo(100);
  }

  @Test
  void apply_heldPathIsGivenBack_isHeldNoMore() throws RealizeException {
    receiver.apply(FROM_BOB, page(files(300, 1)));
    receiver.apply(FROM_EVE, page(removals(0, 200, 1)));

    receiver.apply(FROM_EVE, page(List.of(entry(500, "f0", EVE, file(0), BOB, 1, EVE, 3))));

    assertThat(findings()).hasSize(199);
    assertThat(state("f0").shown().vector().counter(EVE)).isEqualTo(3);
  }

  @Test
  void apply_treeMovedOldNamesFirst_isHeldNoMoreOnceTheNewNamesAreHere() throws RealizeException {
    receiver.apply(FROM_BOB, page(files(300, 1)));
    receiver.apply(FROM_EVE, new FeedPage(removals(0, 300, 1), 560));
    assertThat(findings()).hasSize(300);

    List<FeedEntry> moved = new ArrayList<>();
    for (int i = 0; i < 260; i++) {
      moved.add(entry(301 + i, "new/f" + i, EVE, file(i), EVE, 3));
    }
    receiver.apply(FROM_EVE, page(moved));

    assertThat(findings()).isEmpty();
    assertThat(shownFiles()).isEqualTo(260);
  }

  @Test
  void apply_equalFilesMovedOldNamesFirst_areHeldNoMore() throws RealizeException {
    List<FeedEntry> equal = new ArrayList<>();
    List<FeedEntry> gone = new ArrayList<>();
    List<FeedEntry> moved = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      equal.add(entry(1 + i, "f" + i, BOB, file(7), BOB, 1));
      gone.add(entry(1 + i, "f" + i, EVE, GONE, BOB, 1, EVE, 2));
      moved.add(entry(301 + i, "new/f" + i, EVE, file(7), EVE, 3));
    }
    receiver.apply(FROM_BOB, page(equal));
    receiver.apply(FROM_EVE, new FeedPage(gone, 600));
    receiver.apply(FROM_EVE, page(moved));

    assertThat(findings()).isEmpty();
    assertThat(shownFiles()).isEqualTo(300);
  }

  @Test
  void apply_fewFilesRemoved_isNotHeld() throws RealizeException {
    receiver.apply(FROM_BOB, page(files(150, 1)));
    receiver.apply(FROM_EVE, page(removals(0, 100, 1)));

    assertThat(shownFiles()).isEqualTo(50);
    assertThat(findings()).isEmpty();
  }

  @Test
  void apply_removedLittleByLittleWithinADay_isHeldInTheEnd() throws RealizeException {
    receiver.apply(FROM_BOB, page(files(300, 1)));
    for (int i = 0; i < 200; i += 50) {
      receiver.apply(FROM_EVE, page(removals(i, i + 50, 1 + i)));
      time.advance(Duration.ofHours(1));
    }

    assertThat(shownFiles()).isEqualTo(300);
    assertThat(findings()).hasSize(200);
  }

  @Test
  void apply_removedOverDays_isNotHeld() throws RealizeException {
    receiver.apply(FROM_BOB, page(files(300, 1)));
    for (int i = 0; i < 270; i += 90) {
      receiver.apply(FROM_EVE, page(removals(i, i + 90, 1 + i)));
      time.advance(Duration.ofHours(25));
    }

    assertThat(shownFiles()).isEqualTo(30);
    assertThat(findings()).isEmpty();
  }

  @Test
  void apply_allRenamedInOnePage_isNotHeld() throws RealizeException {
    receiver.apply(FROM_BOB, page(files(300, 1)));
    List<FeedEntry> renames = new ArrayList<>(removals(0, 300, 1));
    for (int i = 0; i < 300; i++) {
      renames.add(entry(301 + i, "new" + i, EVE, file(i), EVE, 2));
    }

    receiver.apply(FROM_EVE, page(renames));

    assertThat(shownFiles()).isEqualTo(300);
    assertThat(findings()).isEmpty();
  }

  @Test
  void apply_renamesWhoseOtherHalfComesLater_areReleasedThen() throws RealizeException {
    receiver.apply(FROM_BOB, page(files(300, 1)));
    receiver.apply(FROM_EVE, page(removals(0, 300, 1)));
    assertThat(findings()).hasSize(300);
    List<FeedEntry> adds = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      adds.add(entry(301 + i, "new" + i, EVE, file(i), EVE, 2));
    }

    receiver.apply(FROM_EVE, page(adds));

    assertThat(findings()).isEmpty();
    assertThat(shownFiles()).isEqualTo(300);
  }

  @Test
  void sweep_goneStore_onlyAvailabilityEnds() throws RealizeException {
    receiver.apply(FROM_BOB, page(files(10, 1)));

    receiver.sweep(FROM_BOB.peer(), BOB, Optional.empty());

    assertThat(shownFiles()).isEqualTo(10);
    assertThat(state("f3").reports().values())
        .allMatch(report -> report.versions().stream().noneMatch(Report.Reported::held));
  }

  @Test
  void sweep_storeWhoseRemovalsAreHeld_theyWaitForTheUserStill() throws RealizeException {
    receiver.apply(FROM_BOB, page(files(300, 1)));
    receiver.apply(FROM_EVE, page(removals(0, 200, 1)));

    receiver.sweep(FROM_EVE.peer(), EVE, Optional.empty());

    assertThat(shownFiles()).isEqualTo(300);
    assertThat(findings()).hasSize(200);
    assertThat(receiver.held().confirm()).isEqualTo(200);
    assertThat(shownFiles()).isEqualTo(100);
  }

  @Test
  void sweep_storeWhoseFeedWasNotReadToItsEnd_whatWaitedForItWaitsForTheUser()
      throws RealizeException {
    receiver.apply(FROM_BOB, page(files(300, 1)));
    receiver.apply(FROM_EVE, new FeedPage(removals(0, 200, 1), 560));
    assertThat(findings()).noneMatch(f -> f.cause().contains("confirm"));

    receiver.sweep(FROM_EVE.peer(), EVE, Optional.empty());

    assertThat(shownFiles()).isEqualTo(300);
    assertThat(findings()).hasSize(200).allMatch(f -> f.cause().contains("confirm"));
  }

  @Test
  void sweep_storeThatTwoCopiesUsed_itsWordsAreToldApartAndPassedOn() throws RealizeException {
    receiver.apply(
        FROM_BOB,
        page(List.of(entry(1, "a", BOB, file(1), BOB, 9), entry(2, "b", BOB, file(2), BOB, 12))));
    receiver.apply(FROM_EVE, page(List.of(entry(1, "b", EVE, file(3), BOB, 20))));
    StoreId start = new StoreId(FROM_BOB.incarnation());
    long head = arena.read(reader -> reader.headSeq());

    receiver.sweep(FROM_BOB.peer(), BOB, Optional.of(new Fork(BOB, 10, start)));

    assertThat(Judgement.alternatives(state("b")))
        .containsExactly(Version.of(file(2), VersionVector.EMPTY.with(BOB, 12).with(start, 12)));
    assertThat(state("b").shown().content()).isEqualTo(file(3));
    assertThat(state("b").announcedSeq()).isGreaterThan(head);
    assertThat(state("a").announcedSeq()).isLessThanOrEqualTo(head);
  }

  private static final long YEAR = Duration.ofDays(365).toMillis();

  private void assertFailed(String path, String cause) throws RealizeException {
    assertThat(findings())
        .singleElement()
        .satisfies(finding -> {
          assertThat(finding.kind()).isEqualTo(Finding.FindingKind.FAILED);
          assertThat(finding.subject()).isEqualTo(path);
          assertThat(finding.cause()).contains(cause);
        });
  }

  /** A file that so many stores have changed. */
  private static FeedEntry many(long seq, String path, StoreId store, int first, int stores) {
    Object[] vector = new Object[2 * stores];
    for (int i = 0; i < stores; i++) {
      vector[2 * i] = new StoreId(new UUID(7, first + i));
      vector[2 * i + 1] = 1;
    }
    return entry(seq, path, store, file(1), vector);
  }

  @Test
  void apply_counterMoreThanAYearAhead_isNotLetIn() throws RealizeException {
    time.jumpTo(Instant.parse("2027-06-01T00:00:00Z").toEpochMilli());
    long most = time.unixMillis() + YEAR;
    receiver.apply(
        FROM_BOB,
        page(
            List.of(
                entry(1, "most", BOB, file(1), BOB, most),
                entry(2, "more", BOB, file(2), BOB, most + 1))));

    assertThat(shownFiles()).isEqualTo(1);
    assertFailed("more", "a clock is wrong");
    assertThat(receiver.progress(BOB)).isEqualTo(2);
  }

  /** The wrong clock was this machine's: what it did not believe is read again. */
  @Test
  void position_clockIsSetRight_goesBackToWhatWasNotBelieved() throws RealizeException {
    long made = Instant.parse("2029-06-01T00:00:00Z").toEpochMilli();
    List<FeedEntry> feed =
        List.of(
            entry(1, "a", BOB, file(1), BOB, 1),
            entry(2, "b", BOB, file(2), BOB, made),
            entry(3, "c", BOB, file(3), BOB, 1));
    time.jumpTo(0);
    receiver.apply(FROM_BOB, page(feed));
    assertThat(receiver.position(BOB)).isEqualTo(3);
    assertThat(shownFiles()).isEqualTo(2);

    time.jumpTo(made);
    assertThat(receiver.position(BOB)).isEqualTo(1);
    receiver.apply(FROM_BOB, page(feed.subList(1, 3)));

    assertThat(shownFiles()).isEqualTo(3);
    assertThat(findings()).isEmpty();
    assertThat(receiver.position(BOB)).isEqualTo(3);
  }

  /** The wrong clock is the peer's: its feed is read again once a day, not for ever. */
  @Test
  void position_peersClockIsWrong_goesBackOnceADay() throws RealizeException {
    time.jumpTo(Instant.parse("2027-06-01T00:00:00Z").toEpochMilli());
    List<FeedEntry> feed =
        List.of(entry(1, "a", BOB, file(1), BOB, 1L << 60), entry(2, "b", BOB, file(2), BOB, 1));
    receiver.apply(FROM_BOB, page(feed));
    for (int day = 0; day < 3; day++) {
      assertThat(receiver.position(BOB)).isEqualTo(2);
      time.advance(Duration.ofDays(1));
      assertThat(receiver.position(BOB)).isZero();
      receiver.apply(FROM_BOB, page(feed));
    }
    assertThat(shownFiles()).isEqualTo(1);
  }

  /** Without a clock that runs while it is off, a machine starts in 1970. */
  @Test
  void apply_ownClockIsBehindThisProgram_goesByTheProgram() throws RealizeException {
    time.jumpTo(0);
    long made = Instant.parse("2027-06-01T00:00:00Z").toEpochMilli();
    receiver.apply(FROM_BOB, page(List.of(entry(1, "a", BOB, file(1), BOB, made))));

    assertThat(shownFiles()).isEqualTo(1);
    assertThat(findings()).isEmpty();
  }

  @Test
  void apply_stampMoreThanAYearAhead_isNotLetIn() throws RealizeException {
    FeedEntry good = entry(1, "a", BOB, file(1), BOB, 1);
    Stamp ahead = new Stamp(1L << 60, BOB);
    Metadata metadata = new Metadata(0600, ahead, FileTime.EPOCH, ahead);
    receiver.apply(
        FROM_BOB,
        page(
            List.of(
                new FeedEntry(good.path(), new Report(1, metadata, good.report().versions())))));

    assertThat(shownFiles()).isZero();
    assertFailed("a", "a clock is wrong");
  }

  @Test
  void apply_entryOfTooManyBytes_isNotLetIn_andOthersAre() throws RealizeException {
    List<Report.Reported> versions = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      Content link = new Content.Link("x".repeat(4_000) + i);
      versions.add(
          new Report.Reported(Version.of(link, VersionVector.EMPTY.with(EVE, 1 + i)), true));
    }
    Metadata metadata = entry(1, "a", EVE, GONE, EVE, 1).report().metadata();
    receiver.apply(
        FROM_EVE,
        page(
            List.of(
                new FeedEntry(RelativePath.of("a"), new Report(1, metadata, versions)),
                entry(2, "b", EVE, file(2), EVE, 1))));

    assertFailed("a", "bytes");
    assertThat(shownFiles()).isEqualTo(1);
  }

  @Test
  void apply_moreVersionsThanAnybodyMakes_isNotLetIn() throws RealizeException {
    List<Report.Reported> versions = new ArrayList<>();
    for (int i = 0; i < 33; i++) {
      versions.add(
          new Report.Reported(Version.of(file(i), VersionVector.EMPTY.with(EVE, 1 + i)), true));
    }
    Metadata metadata = entry(1, "a", EVE, GONE, EVE, 1).report().metadata();
    receiver.apply(
        FROM_EVE,
        page(List.of(new FeedEntry(RelativePath.of("a"), new Report(1, metadata, versions)))));

    assertFailed("a", "33 versions");
  }

  @Test
  void apply_moreStrangersThanLetIn_fail_andMembersDoNotCount() throws RealizeException {
    receiver.apply(
        FROM_EVE, page(List.of(many(1, "most", EVE, 0, 64), many(2, "more", EVE, 0, 65))));
    assertThat(shownFiles()).isEqualTo(1);
    assertFailed("more", "65 stores that are no member's");

    Set<StoreId> members = Set.of(new StoreId(new UUID(7, 3)));
    receiver = new FeedReceiver(arena, Mark.KEEP, time, true, () -> members);
    receiver.apply(FROM_EVE, page(List.of(many(3, "more", EVE, 0, 65))));

    assertThat(shownFiles()).isEqualTo(2);
    assertThat(findings()).isEmpty();
  }

  /** Equal contents join: what is announced would name more stores than anybody lets in. */
  @Test
  void apply_reportsThatTogetherNameTooManyStrangers_theSecondFails() throws RealizeException {
    receiver.apply(FROM_BOB, page(List.of(many(1, "a", BOB, 0, 40))));
    receiver.apply(FROM_EVE, page(List.of(many(1, "a", EVE, 100, 40))));
    assertFailed("a", "80 stores that are no member's");
    assertThat(state("a").reports()).containsOnlyKeys(BOB);

    receiver.apply(FROM_EVE, page(List.of(many(2, "a", EVE, 0, 40))));
    assertThat(findings()).isEmpty();
    assertThat(state("a").reports()).containsOnlyKeys(BOB, EVE);
  }

  @Test
  void apply_moreFaultsThanAnybodyReads_listsSomeOfThem() throws RealizeException {
    List<FeedEntry> bad = new ArrayList<>();
    for (int i = 1; i <= PathFindings.MAX_FAILED + 10; i++) {
      bad.add(entry(i, "bad" + i, EVE, file(i), EVE, Long.MAX_VALUE));
    }
    receiver.apply(FROM_EVE, page(bad));
    receiver.apply(FROM_BOB, page(List.of(entry(1, "bad", BOB, file(1), BOB, Long.MAX_VALUE))));

    assertThat(findings()).hasSize(PathFindings.MAX_FAILED + 1);
    assertThat(receiver.progress(EVE)).isEqualTo(bad.size());
  }
}
