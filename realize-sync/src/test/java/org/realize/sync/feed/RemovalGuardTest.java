package org.realize.sync.feed;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
import org.realize.sync.port.FileStat;
import org.realize.sync.port.Finding;
import org.realize.sync.port.PathState;
import org.realize.sync.port.RealVersion;
import org.realize.sync.port.Report;
import org.realize.sync.rules.Judgement;
import org.realize.sync.rules.LocalRules;
import org.realize.sync.rules.Marks;
import org.realize.sync.rules.PathJob;
import org.realize.sync.rules.PathPlan;
import org.realize.sync.testing.ManualTime;
import org.realize.sync.testing.MemoryArenaStore;
import org.realize.sync.testing.MemoryGlobalStore;

/** The guard as the receiver of feeds shows it. Bob has the files, Eve changes them. */
class RemovalGuardTest {

  private static final FileStat STAT =
      new FileStat(FileStat.Kind.FILE, 10, 0644, FileTime.EPOCH, 1, 2, 3, 1, 4, 0);
  private static final Content GONE = new Content.Absent();
  private static final StoreId BOB = new StoreId(new UUID(0, 1));
  private static final StoreId EVE = new StoreId(new UUID(0, 2));
  private static final StoreId NAS = new StoreId(new UUID(0, 3));
  private static final PageSource FROM_BOB =
      new PageSource(new PeerName("bob"), BOB, new UUID(5, 5));
  private static final PageSource FROM_EVE =
      new PageSource(new PeerName("eve"), EVE, new UUID(6, 6));
  private static final PageSource FROM_NAS =
      new PageSource(new PeerName("nas"), NAS, new UUID(7, 7));

  private final ManualTime time = new ManualTime();
  private final MemoryGlobalStore global = new MemoryGlobalStore(new Random(1));
  private final MemoryArenaStore arena = global.memoryArena(new ArenaName("photos"));
  private FeedReceiver receiver = receiver(true);
  private long seq;

  private FeedReceiver receiver(boolean isGuarded) {
    return new FeedReceiver(arena, Mark.KEEP, time, isGuarded, Set::of);
  }

  private static Content file(int number) {
    return new Content.File(new ContentHash(number, 1, 1, 1), 10);
  }

  private FeedEntry entry(String path, Content content, Object... vector) {
    VersionVector counters = VersionVector.EMPTY;
    for (int i = 0; i < vector.length; i += 2) {
      counters = counters.with((StoreId) vector[i], ((Number) vector[i + 1]).longValue());
    }
    Stamp stamp = new Stamp(1, BOB);
    Report.Reported reported = new Report.Reported(Version.of(content, counters), true);
    Metadata metadata = new Metadata(0644, stamp, FileTime.EPOCH, stamp);
    return new FeedEntry(RelativePath.of(path), new Report(++seq, metadata, List.of(reported)));
  }

  /** The file that was {@code from} until Eve gave it another name. */
  private FeedEntry renamed(String from, String path, Content content, long counter) {
    Stamp stamp = new Stamp(1, BOB);
    VersionVector vector = VersionVector.EMPTY.with(EVE, counter);
    Version version = new Version(content, vector, null, RelativePath.of(from), false);
    Metadata metadata = new Metadata(0644, stamp, FileTime.EPOCH, stamp);
    Report.Reported reported = new Report.Reported(version, true);
    return new FeedEntry(RelativePath.of(path), new Report(++seq, metadata, List.of(reported)));
  }

  /** Eve renames f0, f1 … to new/f0, new/f1 …; the new names come first. */
  private void eveRenames(int files) throws RealizeException {
    List<FeedEntry> entries = new ArrayList<>();
    for (int i = 0; i < files; i++) {
      entries.add(renamed("f" + i, "new/f" + i, file(i), 2));
    }
    entries.addAll(removals(0, files));
    apply(FROM_EVE, entries);
  }

  private List<FeedEntry> removalsOfNew(int from, int to) {
    List<FeedEntry> entries = new ArrayList<>();
    for (int i = from; i < to; i++) {
      entries.add(entry("new/f" + i, GONE, EVE, 10));
    }
    return entries;
  }

  private void apply(PageSource from, List<FeedEntry> entries) throws RealizeException {
    receiver.apply(from, new FeedPage(entries, entries.getLast().report().seq()));
  }

  private void bobHas(int files) throws RealizeException {
    List<FeedEntry> entries = new ArrayList<>();
    for (int i = 0; i < files; i++) {
      entries.add(entry("f" + i, file(i), BOB, 1));
    }
    apply(FROM_BOB, entries);
  }

  private List<FeedEntry> removals(int from, int to) {
    List<FeedEntry> entries = new ArrayList<>();
    for (int i = from; i < to; i++) {
      entries.add(entry("f" + i, GONE, BOB, 1, EVE, 2));
    }
    return entries;
  }

  private List<FeedEntry> replacements(int from, int to) {
    List<FeedEntry> entries = new ArrayList<>();
    for (int i = from; i < to; i++) {
      entries.add(entry("f" + i, file(10_000 + i), BOB, 1, EVE, 2));
    }
    return entries;
  }

  private long shownFiles() throws RealizeException {
    return arena.read(reader -> reader.totals().files());
  }

  private List<Finding> held() throws RealizeException {
    List<Finding> all = arena.read(reader -> reader.findings(10_000));
    assertThat(all).allMatch(finding -> finding.kind() == Finding.FindingKind.HELD);
    return all;
  }

  private PathState state(String path) throws RealizeException {
    return arena.read(reader -> reader.path(RelativePath.of(path)).orElseThrow());
  }

  @Test
  void apply_oneFileSavedManyTimes_holdsNothing() throws RealizeException {
    bobHas(150);
    for (int save = 0; save < 160; save++) {
      Content content = file(20_000 + save);
      apply(FROM_EVE, List.of(entry("f7", content, BOB, 1, EVE, 10 + save)));
      time.advance(Duration.ofMinutes(5));
      assertThat(state("f7").shown().content()).isEqualTo(content);
    }

    assertThat(held()).isEmpty();
  }

  @Test
  void apply_mostFilesReplaced_areHeld_withThoseThatPassedBefore() throws RealizeException {
    bobHas(150);
    PathState before = state("f5");
    apply(FROM_EVE, replacements(0, 100));
    assertThat(held()).isEmpty();
    assertThat(state("f5").shown().content()).isEqualTo(file(10_005));

    apply(FROM_EVE, replacements(100, 120));

    assertThat(held()).hasSize(120);
    assertThat(state("f110").shown().content()).isEqualTo(file(110));
    assertThat(state("f5").shown()).isEqualTo(before.shown());
    assertThat(state("f5").metadata()).isEqualTo(before.metadata());
    assertThat(state("f5").announcedSeq()).isGreaterThan(before.announcedSeq());
  }

  @Test
  void apply_replacedTwiceByTheAuthor_showsWhatWasThereBeforeBoth() throws RealizeException {
    bobHas(150);
    apply(FROM_EVE, replacements(0, 2));
    receiver = receiver(true);
    apply(FROM_EVE, List.of(entry("f0", file(20_000), BOB, 1, EVE, 3)));
    apply(FROM_BOB, List.of(entry("f1", file(20_001), BOB, 3, EVE, 2)));
    apply(FROM_EVE, List.of(entry("f1", file(20_002), BOB, 3, EVE, 4)));

    apply(FROM_EVE, replacements(2, 120));

    assertThat(held()).hasSize(120);
    assertThat(state("f0").shown().content()).isEqualTo(file(0));
    assertThat(state("f1").shown().content()).isEqualTo(file(20_001));
  }

  @Test
  void apply_replacedEveryHourOfTwoDays_showsWhatWasThereWithinTheLast() throws RealizeException {
    bobHas(150);
    for (int hour = 0; hour < 47; hour++) {
      apply(FROM_EVE, List.of(entry("f0", file(20_000 + hour), BOB, 1, EVE, 10 + hour)));
      receiver = receiver(true);
      time.advance(Duration.ofHours(1));
    }

    apply(FROM_EVE, replacements(1, 121));

    assertThat(held()).hasSize(121);
    assertThat(state("f0").shown().content()).isEqualTo(file(20_023));
  }

  @Test
  void apply_changedByOthersSince_isNotTakenBack() throws RealizeException {
    bobHas(150);
    apply(FROM_EVE, replacements(0, 2));
    apply(FROM_BOB, List.of(entry("f0", file(20_000), BOB, 3, EVE, 2)));

    apply(FROM_EVE, replacements(2, 120));

    assertThat(held()).hasSize(119);
    assertThat(state("f0").shown().content()).isEqualTo(file(20_000));
  }

  @Test
  void apply_windowIsOverWhileNothingCame_doesNotCountIt() throws RealizeException {
    bobHas(300);
    apply(FROM_EVE, removals(0, 140));
    time.advance(Duration.ofHours(25));

    apply(FROM_EVE, removals(140, 150));

    assertThat(held()).isEmpty();
    assertThat(shownFiles()).isEqualTo(150);
  }

  /** What a removal or a replacement left on the disk has no say while it is held. */
  @Test
  void apply_onThisDiskAlready_isTakenBackByThePlan() throws RealizeException {
    bobHas(150);
    List<FeedEntry> entries = new ArrayList<>(replacements(1, 100));
    entries.addAll(removals(0, 1));
    apply(FROM_EVE, entries);
    arena.write(writer -> {
      for (String path : List.of("f0", "f1")) {
        PathState state = writer.path(RelativePath.of(path)).orElseThrow();
        FileStat stat = state.shown().isTombstone() ? null : STAT;
        RealVersion real = new RealVersion(state.shown(), stat, 0);
        writer.put(LocalRules.applied(state, real, writer.nextSeq()));
      }
    });
    PathState onDisk = state("f1");

    apply(FROM_EVE, replacements(100, 120));

    PathPlan plan =
        new PathPlan(Optional.of(new PathPlan.RootTraits(true, 1)), (_, _) -> false, _ -> false);
    Marks marks = new Marks(Mark.OWN, Map.of());
    assertThat(plan.next(state("f0"), marks))
        .contains(new PathJob.RealizePath(state("f0").shown(), null));
    assertThat(state("f0").shown().content()).isEqualTo(file(0));
    assertThat(plan.next(state("f1"), marks))
        .contains(new PathJob.RealizePath(state("f1").shown(), onDisk.realStat()));
    assertThat(state("f1").shown().content()).isEqualTo(file(1));

    receiver.held().confirm();

    assertThat(state("f0").shown().isTombstone()).isTrue();
    assertThat(state("f1").shown()).isEqualTo(onDisk.shown());
    assertThat(plan.next(state("f1"), marks)).isEmpty();
  }

  /** A change that was being made on the disk when its version was held ends after that. */
  @Test
  void applied_ofWhatIsHeldSince_givesWay() throws RealizeException {
    bobHas(3);
    apply(FROM_EVE, removals(0, 2));
    RealVersion removed = new RealVersion(state("f0").shown(), null, 0);
    apply(FROM_EVE, removals(2, 3));

    PathState now = state("f0");
    arena.write(writer -> {
      writer.put(LocalRules.applied(now, removed, writer.nextSeq()));
    });
    apply(FROM_BOB, List.of(entry("f0", file(0), BOB, 1)));

    assertThat(state("f0").real()).isNull();
    assertThat(state("f0").shown().content()).isEqualTo(file(0));
  }

  @Test
  void apply_heldRemovalThroughAnotherPeer_alsoAfterTheWindow_staysHeld() throws RealizeException {
    bobHas(3);
    apply(FROM_EVE, removals(0, 3));
    time.advance(Duration.ofHours(30));

    apply(FROM_NAS, removals(0, 2));
    apply(FROM_EVE, removals(1, 2));
    receiver = receiver(true);
    apply(FROM_NAS, removals(2, 3));

    assertThat(held()).hasSize(3);
    assertThat(shownFiles()).isEqualTo(3);
  }

  @Test
  void apply_rejectedByAnotherPeer_isHeldNoLonger() throws RealizeException {
    bobHas(3);
    apply(FROM_EVE, removals(0, 3));

    apply(FROM_NAS, List.of(entry("f1", file(1), BOB, 1, EVE, 2, NAS, 3)));

    assertThat(held()).hasSize(2);
    assertThat(state("f1").shown().vector().counter(NAS)).isEqualTo(3);
    assertThat(receiver.held().confirm()).isEqualTo(2);
    assertThat(shownFiles()).isEqualTo(1);
  }

  @Test
  void reject_replacedWithAnotherMode_keepsContentAndMode() throws RealizeException {
    bobHas(150);
    List<FeedEntry> entries = new ArrayList<>();
    for (FeedEntry entry : replacements(0, 120)) {
      Report report = entry.report();
      Stamp stamp = new Stamp(5, EVE);
      Metadata metadata = new Metadata(0600, stamp, new FileTime(9, 9), stamp);
      entries.add(
          new FeedEntry(entry.path(), new Report(report.seq(), metadata, report.versions())));
    }
    apply(FROM_EVE, entries.subList(0, 60));
    assertThat(state("f1").metadata().mode()).isEqualTo(0600);
    apply(FROM_EVE, entries.subList(60, 120));

    assertThat(receiver.held().reject(global)).isEqualTo(120);

    PathState kept = state("f1");
    assertThat(kept.shown().content()).isEqualTo(file(1));
    assertThat(kept.shown().vector().counter(EVE)).isEqualTo(2);
    assertThat(kept.metadata().mode()).isEqualTo(0644);
    assertThat(kept.metadata().mtime()).isEqualTo(FileTime.EPOCH);
    assertThat(kept.metadata().modeStamp()).isGreaterThan(new Stamp(5, EVE));
  }

  @Test
  void apply_allFilesOfASmallArenaRemoved_isHeld() throws RealizeException {
    bobHas(3);
    apply(FROM_EVE, removals(0, 2));
    assertThat(held()).isEmpty();

    apply(FROM_EVE, removals(2, 3));

    assertThat(held()).hasSize(3);
    assertThat(shownFiles()).isEqualTo(3);
  }

  @Test
  void apply_onlyFileRemoved_isNotHeld() throws RealizeException {
    bobHas(1);

    apply(FROM_EVE, removals(0, 1));

    assertThat(held()).isEmpty();
    assertThat(shownFiles()).isZero();
  }

  @Test
  void apply_allReplacedInASmallArena_isNotHeld() throws RealizeException {
    bobHas(3);

    apply(FROM_EVE, replacements(0, 3));

    assertThat(held()).isEmpty();
  }

  @Test
  void apply_removedByOneAuthorThroughTwoPeers_isCountedOnceForThatAuthor()
      throws RealizeException {
    bobHas(300);
    apply(FROM_EVE, removals(0, 100));
    apply(FROM_NAS, removals(0, 100));
    assertThat(held()).isEmpty();

    apply(FROM_NAS, removals(100, 200));

    assertThat(held()).hasSize(200);
    assertThat(shownFiles()).isEqualTo(300);
  }

  @Test
  void apply_removedByAFurtherIdOfTheAuthor_isCountedForThatAuthor() throws RealizeException {
    bobHas(300);
    apply(FROM_EVE, removals(0, 100));
    List<FeedEntry> further = new ArrayList<>();
    for (int i = 100; i < 200; i++) {
      further.add(entry("f" + i, GONE, BOB, 1, EVE.further(0), 2));
    }

    apply(FROM_EVE, further);

    assertThat(held()).hasSize(200);
  }

  @Test
  void apply_removedByTwoAuthors_isCountedForEach() throws RealizeException {
    bobHas(300);
    apply(FROM_EVE, removals(0, 100));
    List<FeedEntry> nas = new ArrayList<>();
    for (int i = 100; i < 200; i++) {
      nas.add(entry("f" + i, GONE, BOB, 1, NAS, 2));
    }

    apply(FROM_NAS, nas);

    assertThat(held()).isEmpty();
    assertThat(shownFiles()).isEqualTo(100);
  }

  @Test
  void apply_restartInBetween_countsOn() throws RealizeException {
    bobHas(300);
    for (int i = 0; i < 150; i += 50) {
      apply(FROM_EVE, removals(i, i + 50));
      receiver = receiver(true);
    }

    apply(FROM_EVE, removals(150, 200));

    assertThat(held()).hasSize(200);
    assertThat(shownFiles()).isEqualTo(300);
  }

  @Test
  void apply_oldLossesLeaveTheWindow_alsoAfterARestart() throws RealizeException {
    bobHas(300);
    apply(FROM_EVE, removals(0, 100));
    time.advance(Duration.ofHours(25));
    apply(FROM_EVE, removals(100, 110));
    receiver = receiver(true);

    apply(FROM_EVE, removals(110, 190));

    assertThat(held()).isEmpty();
    assertThat(shownFiles()).isEqualTo(110);
  }

  @Test
  void apply_removalsBeforeTheHead_waitForTheRestOfTheFeed() throws RealizeException {
    bobHas(10);
    List<FeedEntry> page = removals(0, 2);

    receiver.apply(FROM_EVE, new FeedPage(page, seq + 2));

    assertThat(shownFiles()).isEqualTo(10);
    assertThat(held()).hasSize(2).allMatch(finding -> finding.cause().contains("eve"));
    receiver = receiver(true);
    apply(FROM_EVE, List.of(entry("x", file(77), EVE, 3), entry("y", file(78), EVE, 3)));
    assertThat(held()).isEmpty();
    assertThat(shownFiles()).isEqualTo(10);
    assertThat(state("f0").shown().isTombstone()).isTrue();
  }

  /** The rest of the feed cannot make a loss of it. */
  @Test
  void apply_oldNameOfARenamedFile_goesBeforeTheFeedIsRead_aRemovedOneWaits()
      throws RealizeException {
    bobHas(400);
    List<FeedEntry> entries = new ArrayList<>();
    for (int i = 0; i < 150; i++) {
      entries.add(renamed("f" + i, "new/f" + i, file(i), 2));
      entries.addAll(removals(i, i + 1));
    }
    entries.add(renamed("f200", "new/f200", file(9_999), 2)); // another content
    entries.addAll(removals(200, 202));

    receiver.apply(FROM_EVE, new FeedPage(entries, seq + 1));

    assertThat(state("f149").shown().isTombstone()).isTrue();
    assertThat(state("f200").shown().content()).isEqualTo(file(200));
    assertThat(state("f201").shown().content()).isEqualTo(file(201));
    assertThat(held()).hasSize(2);

    apply(FROM_EVE, List.of(entry("last", file(500), EVE, 5)));
    assertThat(held()).isEmpty();
    assertThat(state("f201").shown().isTombstone()).isTrue();
  }

  /** Their contents are old ones under the new names, too. */
  @Test
  void apply_renamedInPairs_manyAdded_andTheRenamedThenRemoved_areHeld() throws RealizeException {
    bobHas(150);
    long day = time.unixMillis();
    List<FeedEntry> entries = new ArrayList<>();
    for (int i = 0; i < 120; i++) {
      entries.add(renamed("f" + i, "new/f" + i, file(i), day));
      entries.add(entry("f" + i, GONE, BOB, 1, EVE, day));
    }
    apply(FROM_EVE, entries);
    assertThat(held()).isEmpty();
    List<FeedEntry> added = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      added.add(entry("added" + i, file(1_000 + i), EVE, day + 1));
    }
    apply(FROM_EVE, added);

    List<FeedEntry> removed = new ArrayList<>();
    for (int i = 0; i < 120; i++) {
      removed.add(entry("new/f" + i, GONE, EVE, day + 2));
    }
    apply(FROM_EVE, removed);

    assertThat(held()).hasSize(120);
  }

  /** Somebody else's copy says nothing of what the author of the removal did. */
  @Test
  void apply_newNameOfAnotherAuthor_removalIsCounted() throws RealizeException {
    bobHas(150);
    List<FeedEntry> entries = new ArrayList<>();
    for (int i = 0; i < 120; i++) {
      FeedEntry made = renamed("f" + i, "new/f" + i, file(i), 2);
      Version version = made.report().versions().getFirst().version();
      VersionVector vector = VersionVector.EMPTY.with(BOB, 2);
      Report.Reported bobs = new Report.Reported(version.withVector(vector), true);
      Report report = new Report(made.report().seq(), made.report().metadata(), List.of(bobs));
      entries.add(new FeedEntry(made.path(), report));
      entries.addAll(removals(i, i + 1));
    }
    receiver.apply(FROM_EVE, new FeedPage(entries, seq + 5));
    assertThat(held()).hasSize(120);
  }

  @Test
  void apply_killedBeforeTheReview_isReviewedWithTheNextPage() throws RealizeException {
    bobHas(10);
    List<FeedEntry> page = removals(0, 2);
    receiver.apply(FROM_EVE, new FeedPage(page, seq + 2));

    receiver = receiver(true);
    receiver.apply(FROM_EVE, new FeedPage(List.of(), seq + 2));

    assertThat(held()).isEmpty();
    assertThat(shownFiles()).isEqualTo(8);
  }

  @Test
  void apply_removedDuplicatesWhoseContentIsElsewhere_areNotCounted() throws RealizeException {
    bobHas(300);
    List<FeedEntry> copies = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      copies.add(entry("copies/f" + i, file(i), BOB, 1));
    }
    apply(FROM_BOB, copies);
    receiver = receiver(true); // what came lately is not needed for that

    List<FeedEntry> removals = removals(0, 300);
    removals.addAll(
        List.of(
            entry("copies/f0", GONE, BOB, 1, EVE, 2), entry("copies/f1", GONE, BOB, 1, EVE, 2)));
    apply(FROM_EVE, removals);

    assertThat(held()).isEmpty();
    assertThat(shownFiles()).isEqualTo(298);
  }

  @Test
  void apply_someMovedNewNamesFirstAndRemovedAfterARestart_onlyLossesAreHeld()
      throws RealizeException {
    bobHas(300);
    List<FeedEntry> moved = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      moved.add(entry("new/f" + i, file(i), EVE, 2));
    }
    apply(FROM_EVE, moved);
    receiver = receiver(true);

    apply(FROM_EVE, removals(0, 300));

    assertThat(held()).hasSize(200);
    assertThat(shownFiles()).isEqualTo(300);
  }

  @Test
  void apply_renamedAndThenRemoved_countsOneLossAFile() throws RealizeException {
    bobHas(300);
    eveRenames(140);
    receiver = receiver(true);

    apply(FROM_EVE, removalsOfNew(0, 140));

    assertThat(held()).isEmpty();
    assertThat(shownFiles()).isEqualTo(160);
  }

  @Test
  void apply_renamedAndMostThenRemoved_bringsBackTheNewNamesOnly() throws RealizeException {
    bobHas(300);
    eveRenames(200);
    apply(FROM_EVE, removalsOfNew(0, 100));
    apply(FROM_EVE, removalsOfNew(100, 150));
    assertThat(held()).isEmpty();
    assertThat(shownFiles()).isEqualTo(150);

    apply(FROM_EVE, removalsOfNew(150, 200));

    assertThat(held())
        .extracting(Finding::subject)
        .hasSize(200)
        .allMatch(name -> name.startsWith("new/"));
    assertThat(shownFiles()).isEqualTo(300);
    assertThat(state("f0").shown().isTombstone()).isTrue();
    assertThat(state("new/f0").shown().content()).isEqualTo(file(0));
    assertThat(receiver.held().confirm()).isEqualTo(200);
    assertThat(shownFiles()).isEqualTo(100);
  }

  /** The removals of the old names still wait for the rest of the feed, which has the others. */
  @Test
  void apply_newNamesRemovedBeforeTheOldOnesWereJudged_holdsTheNewNamesOnly()
      throws RealizeException {
    bobHas(300);
    List<FeedEntry> renames = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      renames.add(renamed("f" + i, "new/f" + i, file(i), 2));
    }
    apply(FROM_EVE, renames);
    receiver.apply(FROM_EVE, new FeedPage(removals(0, 200), seq + 200));

    apply(FROM_EVE, removalsOfNew(0, 200));

    assertThat(held())
        .extracting(Finding::subject)
        .hasSize(200)
        .allMatch(name -> name.startsWith("new/"));
    assertThat(shownFiles()).isEqualTo(300);
  }

  @Test
  void apply_renamedTwiceAndThenRemoved_bringsBackTheLastNamesOnly() throws RealizeException {
    bobHas(3);
    apply(FROM_EVE, List.of(renamed("f0", "b", file(0), 2), entry("f0", GONE, BOB, 1, EVE, 3)));
    apply(FROM_EVE, List.of(renamed("b", "c", file(0), 4), entry("b", GONE, EVE, 5)));
    apply(FROM_EVE, List.of(entry("c", GONE, EVE, 6)));
    assertThat(held()).isEmpty();

    apply(FROM_EVE, removals(1, 3));

    assertThat(held()).extracting(Finding::subject).containsExactlyInAnyOrder("c", "f1", "f2");
    assertThat(shownFiles()).isEqualTo(3);
  }

  @Test
  void apply_renamedAndBackAndThenRemoved_bringsBackOneName() throws RealizeException {
    bobHas(3);
    apply(FROM_EVE, List.of(renamed("f0", "b", file(0), 2), entry("f0", GONE, BOB, 1, EVE, 3)));
    apply(FROM_EVE, List.of(renamed("b", "c", file(0), 4), entry("b", GONE, EVE, 5)));
    apply(FROM_EVE, List.of(renamed("c", "b", file(0), 6), entry("c", GONE, EVE, 7)));
    apply(FROM_EVE, List.of(entry("b", GONE, EVE, 8)));

    apply(FROM_EVE, removals(1, 3));

    assertThat(held()).extracting(Finding::subject).containsExactlyInAnyOrder("b", "f1", "f2");
    assertThat(shownFiles()).isEqualTo(3);
  }

  /** Both names were there for long, so both were lost. */
  @Test
  void apply_linkedNamesRemovedOneAfterTheOther_bringsBackBoth() throws RealizeException {
    bobHas(3);
    long later = 2 + Duration.ofHours(2).toMillis();
    apply(FROM_EVE, List.of(renamed("f0", "linked", file(0), 2)));
    apply(FROM_EVE, List.of(entry("f0", GONE, BOB, 1, EVE, later)));
    apply(FROM_EVE, List.of(entry("linked", GONE, EVE, later + 1)));

    apply(FROM_EVE, removals(1, 3));

    assertThat(held()).hasSize(4);
    assertThat(shownFiles()).isEqualTo(4);
  }

  /** That is what ransomware does: the file that was there first has no other name. */
  @Test
  void apply_replacedAndThenRenamed_isStillCounted() throws RealizeException {
    bobHas(150);
    apply(FROM_EVE, replacements(0, 100));
    List<FeedEntry> renames = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      renames.add(entry("f" + i, GONE, BOB, 1, EVE, 3));
      renames.add(renamed("f" + i, "new/f" + i, file(10_000 + i), 3));
    }
    apply(FROM_EVE, renames);

    apply(FROM_EVE, replacements(100, 130));

    assertThat(held()).hasSize(130);
    assertThat(state("f5").shown().content()).isEqualTo(file(5));
  }

  @Test
  void reject_held_keepsWhatIsHereForEverybody() throws RealizeException {
    bobHas(3);
    apply(FROM_EVE, removals(0, 3));
    assertThat(held()).hasSize(3);

    assertThat(receiver.held().reject(global)).isEqualTo(3);

    assertThat(held()).isEmpty();
    assertThat(shownFiles()).isEqualTo(3);
    PathState kept = state("f1");
    assertThat(kept.shown().content()).isEqualTo(file(1));
    assertThat(kept.shown().vector().counter(EVE)).isEqualTo(2);
    assertThat(kept.shown().vector().counter(global.identity().store())).isPositive();
    assertThat(Judgement.maxima(kept)).hasSize(1);
    assertThat(kept.announcedSeq()).isEqualTo(arenaHead(kept));
    apply(FROM_EVE, removals(1, 2));
    assertThat(state("f1").shown()).isEqualTo(kept.shown());
  }

  private long arenaHead(PathState kept) throws RealizeException {
    return arena.read(reader ->
        reader.feed(kept.announcedSeq() - 1, 1).getFirst().path().equals(kept.path())
            ? kept.announcedSeq()
            : -1L);
  }

  @Test
  void confirm_held_passesAndStartsToCountAgain() throws RealizeException {
    bobHas(300);
    apply(FROM_EVE, removals(0, 200));

    assertThat(receiver.held().confirm()).isEqualTo(200);
    apply(FROM_EVE, removals(200, 260));

    assertThat(held()).isEmpty();
    assertThat(shownFiles()).isEqualTo(40);
  }

  @Test
  void apply_guardOff_holdsNothing() throws RealizeException {
    receiver = receiver(false);
    bobHas(300);

    apply(FROM_EVE, removals(0, 300));

    assertThat(held()).isEmpty();
    assertThat(shownFiles()).isZero();
  }
}
