package org.realize.sync.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.realize.sync.rules.Given.A;
import static org.realize.sync.rules.Given.B;
import static org.realize.sync.rules.Given.C;
import static org.realize.sync.rules.Given.DIRECTORY;
import static org.realize.sync.rules.Given.GONE;
import static org.realize.sync.rules.Given.ME;
import static org.realize.sync.rules.Given.PATH;
import static org.realize.sync.rules.Given.file;
import static org.realize.sync.rules.Given.found;
import static org.realize.sync.rules.Given.me;
import static org.realize.sync.rules.Given.metadata;
import static org.realize.sync.rules.Given.replacing;
import static org.realize.sync.rules.Given.report;
import static org.realize.sync.rules.Given.scanned;
import static org.realize.sync.rules.Given.seen;
import static org.realize.sync.rules.Given.stat;
import static org.realize.sync.rules.Given.state;
import static org.realize.sync.rules.Given.vector;
import static org.realize.sync.rules.Given.version;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.realize.sync.model.Content;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.Metadata;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.Stamp;
import org.realize.sync.model.StoreId;
import org.realize.sync.model.Version;
import org.realize.sync.model.VersionVector;
import org.realize.sync.model.VersionVector.Order;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.PathState;
import org.realize.sync.port.RealVersion;
import org.realize.sync.port.Report;
import org.realize.sync.rules.LocalRules.Difference;

class LocalRulesTest {

  private static Version real(PathState state) {
    return Objects.requireNonNull(state.real()).version();
  }

  @Test
  void changed_newPath_isShownRealAndAnnounced() {
    PathState after = LocalRules.changed(null, PATH, seen(file("x")), me(7));

    assertThat(after.shown()).isEqualTo(version(file("x"), ME, 7));
    assertThat(real(after)).isEqualTo(after.shown());
    assertThat(after.announcedSeq()).isEqualTo(7);
    assertThat(after.metadata().mtime()).isEqualTo(FileTime.ofNanos(5_000));
    assertThat(after.metadata().modeStamp()).isEqualTo(new Stamp(7, ME));
  }

  @Test
  void changed_knownFile_followsWhatWasOnDisk() {
    Version x = version(file("x"), A, 1);
    PathState after = LocalRules.changed(state(x, x, Map.of()), PATH, seen(file("y")), me(7));

    assertThat(after.shown()).isEqualTo(replacing("x", version(file("y"), A, 1, ME, 7)));
  }

  @Test
  void changed_shownHasMovedOn_isAConflictAndLocalComesFirst() {
    Version x = version(file("x"), A, 1);
    Version newer = version(file("z"), A, 1, B, 1);
    PathState before = state(newer, x, Map.of(B, report(1, newer)));

    PathState after = LocalRules.changed(before, PATH, seen(file("y")), me(7));

    assertThat(after.shown()).isEqualTo(replacing("x", version(file("y"), A, 1, ME, 7)));
    assertThat(Judgement.alternatives(after)).containsExactly(newer);
  }

  @Test
  void changed_othersKnowTheBaseContentToo_takesTheirVectorsIn() {
    Version x = version(file("x"), A, 1);
    PathState before = state(x, x, Map.of(B, report(1, version(file("x"), B, 3))));

    PathState after = LocalRules.changed(before, PATH, seen(file("y")), me(7));

    assertThat(after.shown().vector()).isEqualTo(vector(A, 1, B, 3, ME, 7));
  }

  @Test
  void changed_contentWasConcurrentWithADeletion_overrulesTheDeletion() {
    Version x = version(file("x"), A, 1);
    PathState before = state(x, x, Map.of(B, report(1, version(GONE, B, 3))));

    PathState after = LocalRules.changed(before, PATH, seen(file("y")), me(7));

    assertThat(after.shown().vector()).isEqualTo(vector(A, 1, B, 3, ME, 7));
    assertThat(Judgement.alternatives(after)).isEmpty();
  }

  @Test
  void changed_deletionThatTheUserCouldNotSee_staysAnAlternative() {
    Version x = version(file("x"), A, 1);
    Version gone = version(GONE, A, 1, B, 3);
    PathState before = state(gone, x, Map.of(B, report(1, gone)));

    PathState after = LocalRules.changed(before, PATH, seen(file("y")), me(7));

    assertThat(after.shown().content()).isEqualTo(file("y"));
    assertThat(Judgement.alternatives(after)).containsExactly(gone);
  }

  /** The user's own choice is known to him: what he puts back follows it, and all it deleted. */
  @Test
  void changed_putBackAfterItsDeletionWasChosen_followsTheChoice() {
    PathState chosen = LocalRules.resolved(conflict(), GONE, me(7));

    assertThat(difference(chosen, 1)).isEqualTo(Difference.NONE);
    assertThat(difference(chosen, 2)).isEqualTo(Difference.CONTENT);
    PathState after = LocalRules.changed(chosen, PATH, seen(file("x")), me(8));

    assertThat(after.shown().content()).isEqualTo(file("x"));
    assertThat(after.shown().vector()).isEqualTo(vector(A, 1, B, 3, ME, 8));
    assertThat(Judgement.isConflict(after)).isFalse();
    assertThat(difference(after, 1)).isEqualTo(Difference.NONE);
  }

  /** The other file was never on this disk: nothing here replaces it. */
  @Test
  void changed_putBackAfterAnotherFileWasChosen_isAConflict() {
    PathState chosen = LocalRules.resolved(conflict(), file("y"), me(7));

    assertThat(difference(chosen, 2)).isEqualTo(Difference.CONTENT);
    PathState after = LocalRules.changed(chosen, PATH, seen(file("x")), me(8));

    assertThat(after.shown()).isEqualTo(replacing("x", version(file("x"), A, 1, ME.further(0), 8)));
    assertThat(Judgement.alternatives(after)).containsExactly(chosen.shown());
  }

  /** What a peer's version replaces is saved again with the same bytes: no wish against it. */
  @Test
  void difference_sameContentUnderAnotherInode_isNoneWithoutAChoice() {
    Version x = version(file("x"), A, 1);
    Version newer = version(file("z"), A, 1, B, 1);

    assertThat(difference(state(newer, x, Map.of(B, report(1, newer))), 2))
        .isEqualTo(Difference.NONE);
    assertThat(difference(conflict(), 2)).isEqualTo(Difference.NONE);
    PathState mine = LocalRules.resolved(conflict(), file("x"), me(7));
    assertThat(difference(mine, 2)).isEqualTo(Difference.NONE);
  }

  /** x is on this disk, and y a peer's. */
  private static PathState conflict() {
    Version x = version(file("x"), A, 1);
    return state(x, x, Map.of(B, report(1, version(file("y"), B, 3))));
  }

  /** The difference that x makes under the inode with this number; 1 is the indexed one. */
  private static Difference difference(PathState state, int inode) {
    FileStat stat = Objects.requireNonNull(state.realStat());
    FileStat now =
        new FileStat(
            stat.kind(),
            stat.sizeBytes(),
            stat.mode(),
            stat.mtime(),
            stat.ctimeNanos(),
            stat.fileKey() + inode - 1,
            stat.device(),
            stat.links(),
            stat.birthNanos(),
            stat.mount());
    return LocalRules.difference(state, file("x"), now);
  }

  @Test
  void changed_createdWherePeersDeleted_followsTheDeletion() {
    Version gone = version(GONE, B, 3);
    PathState before = state(gone, null, Map.of(B, report(1, gone)));

    PathState after = LocalRules.changed(before, PATH, seen(file("y")), me(7));

    assertThat(after.shown().vector()).isEqualTo(vector(B, 3, ME, 7));
  }

  @Test
  void changed_createdWherePeersHaveAFile_isAConflict() {
    Version theirs = version(file("x"), B, 3);
    PathState before = state(theirs, null, Map.of(B, report(1, theirs)));

    PathState after = LocalRules.changed(before, PATH, seen(file("y")), me(7));

    assertThat(after.shown()).isEqualTo(version(file("y"), ME, 7));
    assertThat(Judgement.alternatives(after)).containsExactly(theirs);
  }

  @Test
  void changed_peersHaveADirectoryThere_theDirectoryIsShown() {
    Version theirs = version(DIRECTORY, B, 3);
    PathState before = state(theirs, null, Map.of(B, report(1, theirs)));

    PathState after = LocalRules.changed(before, PATH, seen(file("y")), me(7));

    assertThat(after.shown()).isEqualTo(theirs);
    assertThat(Judgement.alternatives(after)).containsExactly(version(file("y"), ME, 7));
  }

  @Test
  void changed_foundTheCurrentContent_makesNoVersion() {
    Version theirs = version(file("x"), B, 3);
    PathState before = state(theirs, null, Map.of(B, report(1, theirs)));

    PathState after = LocalRules.changed(before, PATH, scanned(file("x")), me(7));

    assertThat(real(after)).isEqualTo(theirs);
    assertThat(after.shown()).isEqualTo(theirs);
    assertThat(after.metadata()).isEqualTo(before.metadata());
    assertThat(after.announcedSeq()).isEqualTo(7);
  }

  @Test
  void changed_foundWherePeersDeleted_knowsNothingOfTheDeletion() {
    Version gone = replacing("y", version(GONE, B, 3));
    PathState before = state(gone, null, Map.of(B, report(1, gone)));

    PathState same = LocalRules.changed(before, PATH, scanned(file("y")), me(7));
    PathState other = LocalRules.changed(before, PATH, scanned(file("z")), me(7));

    assertThat(real(same)).isEqualTo(found(version(file("y"), ME, 7)));
    assertThat(same.shown()).isEqualTo(gone.withVector(vector(B, 3, ME, 7)));
    assertThat(other.shown()).isEqualTo(found(version(file("z"), ME, 7)));
  }

  @Test
  void changed_foundThoughItWasIndexed_isAnOrdinaryChange() {
    Version x = version(file("x"), A, 1);

    PathState after = LocalRules.changed(state(x, x, Map.of()), PATH, scanned(file("y")), me(7));

    assertThat(after.shown()).isEqualTo(replacing("x", version(file("y"), A, 1, ME, 7)));
  }

  @Test
  void changed_nameIsUsedAgainAfterItsFileWasDropped_isNoSuccessor() {
    Version moved = version(file("x"), ME, 5, B, 6);
    PathState dropped = LocalRules.dropped(state(moved, version(file("x"), ME, 5), Map.of()), 6);
    PathState before = dropped.withReport(B, report(1, moved)).withShown(moved);

    PathState after = LocalRules.changed(before, PATH, seen(file("y")), me(7));

    assertThat(real(after)).isEqualTo(version(file("y"), ME.further(0), 7));
    assertThat(Judgement.maxima(after)).contains(moved, real(after));
    assertThat(Judgement.alternatives(after)).containsExactly(moved);
  }

  @Test
  void changed_nameIsUsedAThirdTime_everyContentStaysCurrent() {
    PathState before = LocalRules.changed(null, PATH, seen(file("x")), me(5));
    before = LocalRules.dropped(before, 5).withReport(B, report(1, before.shown()));
    PathState second = LocalRules.changed(before, PATH, seen(file("y")), me(6));
    second = LocalRules.dropped(second, 6).withReport(B, report(2, real(second), before.shown()));

    PathState third = LocalRules.changed(second, PATH, seen(file("z")), me(7));

    assertThat(real(third)).isEqualTo(version(file("z"), ME.further(1), 7));
    assertThat(Judgement.maxima(third)).hasSize(3);
  }

  @Test
  void changed_ofAVersionUnderAFurtherId_coversAllThatItsBaseDid() {
    Version base = version(file("y"), ME.further(0), 6);
    Version other = version(file("x"), ME, 5);
    PathState before = state(base, base, Map.of(B, report(1, other)));

    Version made = real(LocalRules.changed(before, PATH, seen(file("z")), me(7)));

    assertThat(made.vector()).isEqualTo(base.vector().with(ME.further(0), 7));
    assertThat(made.vector().compare(base.vector())).isEqualTo(Order.AFTER);
    assertThat(made.vector().compare(other.vector())).isEqualTo(Order.CONCURRENT);
  }

  @Test
  void changed_foundAfterDoubt_isConcurrentToAllThatWasKnown() {
    Version known = version(file("x"), A, 1, ME, 5);
    PathState dropped = LocalRules.dropped(state(known, known, Map.of(A, report(1, known))), 6);

    PathState after = LocalRules.changed(dropped, PATH, scanned(file("old")), me(7));

    assertThat(real(after)).isEqualTo(found(version(file("old"), ME.further(0), 7)));
    assertThat(Judgement.maxima(after)).contains(known);
  }

  @Test
  void givenUp_untilAnotherContentIsShown() {
    Version x = version(file("x"), ME, 5);
    PathState gone = LocalRules.givenUp(state(x, x, Map.of(A, report(1, x))), 6);
    Version pinned = version(file("x"), ME, 5, A, 7);
    Version edited = version(file("y"), ME, 5, A, 8);

    assertThat(LocalRules.isGivenUp(gone)).isTrue();
    assertThat(LocalRules.isGivenUp(gone.withShown(pinned))).isTrue();
    assertThat(LocalRules.isGivenUp(gone.withShown(edited))).isFalse();
    assertThat(LocalRules.isGivenUp(LocalRules.dropped(state(x, x, Map.of()), 6))).isFalse();
  }

  /** A deletion may hide what a scan found, not what the same bytes were made into elsewhere. */
  @Test
  void pinned_foundHereAndMadeByAPeer_isFoundNoMore() {
    Version here = found(version(file("x"), ME, 5));
    Version theirs = version(file("x"), B, 3);

    PathState both = LocalRules.pinned(state(here, here, Map.of(B, report(1, theirs))), me(7));
    PathState alone = LocalRules.pinned(state(here, here, Map.of()), me(7));

    assertThat(real(both)).isEqualTo(version(file("x"), ME, 7, B, 3));
    assertThat(real(alone)).isEqualTo(found(version(file("x"), ME, 7)));
    Version deleted = replacing("x", version(GONE, ME, 5, C, 1));
    assertThat(Maxima.of(List.of(real(both), deleted))).contains(real(both));
    assertThat(Maxima.of(List.of(real(alone), deleted))).doesNotContain(real(alone));
  }

  @Test
  void dropped_whatWasGivenUpBefore_isWantedBack() {
    Version x = version(file("x"), ME, 5);
    PathState gone = LocalRules.givenUp(state(x, x, Map.of(A, report(1, x))), 6);
    PathState restored = gone.withReal(state(x, x, Map.of()).real());

    PathState lost = LocalRules.dropped(restored, 7);

    assertThat(LocalRules.isGivenUp(restored)).isFalse();
    assertThat(LocalRules.isGivenUp(lost)).isFalse();
    assertThat(Judgement.known(lost)).contains(x);
  }

  /** Over random states: a counter covers no known change that the base does not contain. */
  @Test
  void changedOrRemoved_anyState_coversNothingThatTheBaseDoesNotContain() {
    RandomGenerator random = new SplittableRandom(7);
    StoreId[] stores = {A, B, ME, ME.further(0), ME.further(1)};
    for (int round = 0; round < 20_000; round++) {
      PathState before = random(random, stores);
      RealVersion real = before.real();
      boolean removes = real != null && real.stat() != null && random.nextInt(3) == 0;
      PathState after =
          removes
              ? LocalRules.removed(before, me(20))
              : LocalRules.changed(before, PATH, seen(file("new")), me(20));
      VersionVector made = real(after).vector();
      VersionVector base = base(before);
      assertThat(made.counters().values()).as("%s", before).containsOnlyOnce(20L);
      assertThat(made.compare(base)).isEqualTo(Order.AFTER);
      for (Version known : Judgement.known(before)) {
        assertThat(made.covers(known.vector()) && !base.covers(known.vector()))
            .as("%s covers %s of %s", made, known, before)
            .isFalse();
      }
    }
  }

  /** All that is known of what was on the disk, and of removals that its user saw overruled. */
  private static VersionVector base(PathState before) {
    RealVersion real = before.real();
    Content replaced = real == null ? GONE : real.version().content();
    VersionVector base = real == null ? VersionVector.EMPTY : real.version().vector();
    for (Version known : Judgement.known(before)) {
      base = known.content().equals(replaced) ? base.join(known.vector()) : base;
    }
    VersionVector seen = base;
    for (Version current : Judgement.maxima(before)) {
      boolean isOverruled =
          current.isTombstone() && current.vector().compare(seen) == Order.CONCURRENT;
      base = isOverruled ? base.join(current.vector()) : base;
    }
    return base;
  }

  private static PathState random(RandomGenerator random, StoreId[] stores) {
    Version real = random.nextInt(4) == 0 ? null : randomVersion(random, stores);
    Map<StoreId, Report> reports = new TreeMap<>();
    for (StoreId peer : List.of(A, B)) {
      if (random.nextInt(3) > 0) {
        Version[] versions = new Version[random.nextInt(1, 3)];
        Arrays.setAll(versions, _ -> randomVersion(random, stores));
        reports.put(peer, report(1, versions));
      }
    }
    return state(randomVersion(random, stores), real, reports);
  }

  private static Version randomVersion(RandomGenerator random, StoreId[] stores) {
    TreeMap<StoreId, Long> counters = new TreeMap<>();
    counters.put(stores[random.nextInt(stores.length)], random.nextLong(1, 5));
    if (random.nextBoolean()) {
      counters.put(stores[random.nextInt(stores.length)], random.nextLong(1, 5));
    }
    Content[] contents = {GONE, file("x"), file("y"), DIRECTORY};
    return Version.of(contents[random.nextInt(contents.length)], VersionVector.of(counters));
  }

  @Test
  void changed_sameModeAsBefore_stampsOnlyTheTime() {
    Version x = version(file("x"), A, 1);

    Metadata after =
        LocalRules.changed(state(x, x, Map.of()), PATH, seen(file("y")), me(7)).metadata();

    assertThat(after.modeStamp()).isEqualTo(new Stamp(1, A));
    assertThat(after.mtimeStamp()).isEqualTo(new Stamp(7, ME));
  }

  @Test
  void changed_ownClockBehind_stampStillWins() {
    Version x = version(file("x"), A, 100);
    PathState before =
        new PathState(
            PATH,
            x,
            Given.metadata(0644, 100, A),
            Objects.requireNonNull(state(x, x, Map.of()).real()),
            1,
            Map.of());

    Metadata after = LocalRules.changed(before, PATH, seen(file("y")), me(7)).metadata();

    assertThat(after.mtimeStamp()).isEqualTo(new Stamp(101, ME));
  }

  @Test
  void removed_file_isATombstoneOfWhatWasOnDisk() {
    Version x = version(file("x"), A, 1);

    PathState after = LocalRules.removed(state(x, x, Map.of()), me(7));

    assertThat(after.shown()).isEqualTo(replacing("x", version(GONE, A, 1, ME, 7)));
    assertThat(Objects.requireNonNull(after.real()).stat()).isNull();
    assertThat(after.announcedSeq()).isEqualTo(7);
  }

  private static PathState received(PathState before, StoreId peer, long seq, Version version) {
    return PeerRules.received(before, peer, PATH, report(seq, version), Set.of());
  }

  /** A conflict whose other side stays one, and is not taken for what the user asked for. */
  @Test
  void removed_alternativeKnownBefore_isListedAndNotShown_butWhatComesLaterIs() {
    Version x = version(file("x"), A, 1);
    Version y = version(file("y"), B, 1);
    PathState conflict = state(x, x, Map.of(B, report(1, y)));

    PathState after = LocalRules.removed(conflict, me(7));

    assertThat(after.shown()).isEqualTo(replacing("x", version(GONE, A, 1, ME, 7)));
    assertThat(Judgement.alternatives(after)).containsExactly(y);
    assertThat(AnnounceRules.report(after, _ -> false).versions())
        .extracting(Report.Reported::version)
        .containsExactly(after.shown(), y);
    assertThat(received(after, C, 1, y).shown()).isEqualTo(after.shown());
    assertThat(PeerRules.withdrawn(after, B).shown()).isEqualTo(after.shown());
    for (Version later :
        List.of(
            version(file("z"), B, 1, C, 1), version(file("z"), C, 1), version(file("y"), B, 2))) {
      assertThat(received(after, C, 1, later).shown()).isEqualTo(later);
    }
    Version directory = version(DIRECTORY, C, 1);
    assertThat(received(after, C, 1, directory).shown()).isEqualTo(directory);
  }

  /** Who did not delete the name sees its content. */
  @Test
  void received_deletionAndConcurrentContent_inAnyOrder_showsTheContent() {
    Version gone = version(GONE, A, 1, ME, 7);
    Version y = version(file("y"), B, 1);
    PathState last = state(gone, null, Map.of(A, report(1, gone)));
    assertThat(received(last, B, 1, y).shown()).isEqualTo(y);
    PathState first = state(y, null, Map.of(B, report(1, y)));
    assertThat(received(first, A, 1, gone).shown()).isEqualTo(y);
    PathState both = PeerRules.received(null, A, PATH, report(1, gone, y), Set.of());
    assertThat(both.shown()).isEqualTo(y);
  }

  /** A new file at the name replaces the deletion, not what is hidden by it. */
  @Test
  void changedOrAdded_afterARemovalThatHidesAnAlternative_leavesThatConcurrent() {
    Version y = version(file("y"), B, 1);
    Version x = version(file("x"), A, 1);
    PathState hidden = LocalRules.removed(state(x, x, Map.of(B, report(1, y))), me(7));
    PathState changed = LocalRules.changed(hidden, PATH, seen(file("z")), me(8));
    PathState added =
        LocalRules.added(
            hidden, PATH, file("z"), metadata(0600, 3, A), RelativePath.of("a"), me(8));
    for (PathState after : List.of(changed, added)) {
      assertThat(after.shown().content()).isEqualTo(file("z"));
      assertThat(after.shown().vector().covers(hidden.shown().vector())).isTrue();
      assertThat(Judgement.alternatives(after)).containsExactly(y);
    }
    PathState again = LocalRules.removed(changed, me(9));
    assertThat(again.shown().isTombstone()).isTrue();
    assertThat(Judgement.alternatives(again)).containsExactly(y);
  }

  @Test
  void removed_newerContentThatTheUserCouldNotSee_staysShown() {
    Version x = version(file("x"), A, 1);
    Version newer = version(file("z"), A, 1, B, 1);

    PathState after = LocalRules.removed(state(newer, x, Map.of(B, report(1, newer))), me(7));

    assertThat(after.shown()).isEqualTo(newer);
    assertThat(Judgement.alternatives(after)).hasSize(1).allMatch(Version::isTombstone);
  }

  @Test
  void unlinkedOlder_newerContentThatTheUserCouldNotSee_staysAnAlternative_andIsNotShown() {
    Version x = version(file("x"), A, 1);
    Version newer = version(file("z"), A, 1, B, 1);
    PathState before = state(newer, x, Map.of(B, report(1, newer)));

    PathState after = LocalRules.unlinkedOlder(before, VersionVector.EMPTY, me(7));

    assertThat(after.shown()).isEqualTo(replacing("x", version(GONE, A, 1, ME, 7)));
    assertThat(real(after)).as("it is still on the disk").isEqualTo(x);
    PathState taken = LocalRules.removed(after, me(8));
    for (PathState each : List.of(after, taken)) {
      assertThat(each.shown().isTombstone()).isTrue();
      assertThat(Judgement.alternatives(each)).containsExactly(newer);
      assertThat(received(each, C, 1, newer).shown()).isEqualTo(each.shown());
      assertThat(PeerRules.withdrawn(each, B).shown()).isEqualTo(each.shown());
      assertThat(received(each, C, 1, version(file("w"), A, 1, B, 2)).shown().content())
          .isEqualTo(file("w"));
      PathState peer = state(newer, newer, Map.of());
      assertThat(received(peer, ME, 1, each.shown()).shown()).as("at peers").isEqualTo(newer);
      assertThat(Judgement.isConflict(received(peer, ME, 1, each.shown()))).isTrue();
    }
  }

  @Test
  void unlinkedOlder_whatTheFileOnTheDiskReplaced_isRemovedWithIt() {
    Version x = version(file("x"), A, 1);
    Version newer = version(file("z"), A, 1, B, 1);
    PathState before = state(newer, x, Map.of(B, report(1, newer)));

    PathState after = LocalRules.unlinkedOlder(before, newer.vector(), me(7));

    assertThat(after.shown().vector()).isEqualTo(vector(A, 1, B, 1, ME, 7));
    assertThat(Judgement.isConflict(after)).isFalse();
  }

  @Test
  void unlinkedOlder_fileThatIsNotIndexed_isATombstoneBesideWhatPeersHave() {
    Version newer = version(file("z"), B, 1);
    PathState before = state(newer, null, Map.of(B, report(1, newer)));

    PathState after = LocalRules.unlinkedOlder(before, VersionVector.EMPTY, me(7));

    assertThat(after.shown().vector()).isEqualTo(vector(ME, 7));
    assertThat(after.shown().isTombstone()).isTrue();
    assertThat(Judgement.alternatives(after)).containsExactly(newer);
  }

  /** Whatever is known: the removal follows what was seen, and all else that is current stays. */
  @Test
  void unlinkedOlder_anyState_leavesAllThatWasNotSeen() {
    RandomGenerator random = new SplittableRandom(11);
    StoreId[] stores = {A, B, ME, ME.further(0), ME.further(1)};
    for (int round = 0; round < 20_000; round++) {
      PathState before = random(random, stores);
      PathState after = LocalRules.unlinkedOlder(before, VersionVector.EMPTY, me(20));
      if (base(before).covers(before.shown().vector())) {
        continue;
      }
      Version made = after.shown();
      for (Version known : Judgement.maxima(before)) {
        boolean isSeen = base(before).covers(known.vector());
        boolean isReported =
            before.reports().values().stream()
                .flatMap(report -> report.versions().stream())
                .anyMatch(reported -> reported.version().equals(known));
        boolean isLeft =
            Judgement.known(after).stream().anyMatch(v -> v.vector().covers(known.vector()));
        assertThat(isLeft || !isReported).as("%s of %s", known, before).isTrue();
        assertThat(!isSeen && made.isTombstone() && made.vector().covers(known.vector()))
            .as("%s covers %s of %s", made, known, before)
            .isFalse();
      }
    }
  }

  @Test
  void isOvertaken_byChangesOfPeers_notByThoseOfThisStoreAlone() {
    Version base = version(file("x"), A, 1, ME, 3);
    for (Version own :
        List.of(
            base,
            version(file("y"), A, 1, ME, 7),
            version(GONE, A, 1, ME, 7),
            version(file("x"), A, 1, B, 5, ME, 3), // signed by one that promises to keep it
            version(file("y"), A, 1, ME, 3, ME.further(0), 9))) {
      assertThat(ConflictRules.isOvertaken(base, state(own, null, Map.of()), ME)).isFalse();
    }
    for (Version theirs :
        List.of(
            version(file("y"), A, 2, ME, 3),
            version(file("y"), A, 2),
            version(GONE, A, 1, B, 1, ME, 3),
            version(file("y"), A, 1, B, 1, ME, 7))) {
      assertThat(ConflictRules.isOvertaken(base, state(theirs, null, Map.of()), ME)).isTrue();
    }
  }

  @Test
  void kept_removalIsHeld_isAVersionOfTheShownContentThatKnowsOfIt() {
    Version x = version(file("x"), A, 1);
    Version gone = replacing("x", version(GONE, A, 1, B, 5));
    PathState before = state(x, x, Map.of(B, report(1, gone)));

    PathState after = LocalRules.kept(before, Set.of(B), me(7));

    assertThat(after.shown()).isEqualTo(version(file("x"), A, 1, B, 5, ME, 7));
    assertThat(real(after)).isEqualTo(after.shown());
    assertThat(Judgement.maxima(after)).containsExactly(after.shown());
    assertThat(after.announcedSeq()).isEqualTo(7);
  }

  @Test
  void kept_notOnThisDisk_isKnownForItsOwnSake() {
    Version x = version(file("x"), A, 1);
    Version gone = replacing("x", version(GONE, A, 1, B, 5));
    PathState before = state(x, null, Map.of(B, report(1, gone)));

    PathState kept = LocalRules.kept(before, Set.of(B), me(7));
    PathState after =
        PeerRules.received(kept, A, PATH, report(2, version(DIRECTORY, A, 9)), Set.of());

    assertThat(after.shown().content()).isEqualTo(DIRECTORY);
    assertThat(Judgement.alternatives(after)).containsExactly(kept.shown());
  }

  @Test
  void kept_otherSideOfAConflict_staysAnAlternative() {
    Version x = version(file("x"), A, 1);
    Version mine = version(file("y"), ME, 3);
    Version gone = replacing("x", version(GONE, A, 1, B, 5));
    PathState before = state(x, mine, Map.of(B, report(1, gone)));

    PathState after = LocalRules.kept(before, Set.of(B), me(7));

    assertThat(after.shown()).isEqualTo(version(file("x"), A, 1, B, 5, ME.further(0), 7));
    assertThat(Judgement.alternatives(after)).containsExactly(mine);
  }

  @Test
  void resolved_choiceIsOnThisDisk_followsAllVersionsAndIsReal() {
    Version mine = version(file("x"), ME, 3);
    Version theirs = version(file("y"), B, 5);
    Version gone = version(GONE, C, 2);
    PathState before = state(mine, mine, Map.of(B, report(1, theirs), C, report(1, gone)));

    PathState after = LocalRules.resolved(before, file("x"), me(7));

    assertThat(after.shown()).isEqualTo(version(file("x"), ME, 7, B, 5, C, 2));
    assertThat(real(after)).isEqualTo(after.shown());
    assertThat(after.realStat()).isEqualTo(before.realStat());
    assertThat(Judgement.isConflict(before)).isTrue();
    assertThat(Judgement.isConflict(after)).isFalse();
    assertThat(after.announcedSeq()).isEqualTo(7);
  }

  @Test
  void resolved_choiceIsElsewhere_dominatesWhatIsOnTheDisk() {
    Version mine = version(file("x"), ME, 3);
    Version theirs = version(file("y"), B, 5);
    PathState before = state(mine, mine, Map.of(B, report(1, theirs)));

    for (Content chosen : List.of(file("y"), GONE)) {
      PathState after = LocalRules.resolved(before, chosen, me(7));

      assertThat(after.shown()).isEqualTo(version(chosen, ME, 7, B, 5));
      assertThat(real(after)).isEqualTo(mine);
      assertThat(Judgement.maxima(after)).containsExactly(after.shown());
      PathState told =
          PeerRules.received(after, A, PATH, report(2, version(DIRECTORY, A, 9)), Set.of());
      assertThat(Judgement.alternatives(told)).containsExactly(after.shown());
    }
  }

  @Test
  void resolved_earlierOwnAlternative_isSignedUnderTheIdThatCoversIt() {
    Version mine = version(file("x"), ME, 3);
    Version further = version(file("y"), ME.further(0), 5);
    PathState before = state(mine, mine, Map.of(B, report(1, further)));

    assertThat(LocalRules.resolved(before, file("x"), me(7)).shown())
        .isEqualTo(version(file("x"), ME, 7, ME.further(0), 5));
  }

  @Test
  void resolved_changeThatIsHeld_isNotCovered() {
    Version mine = version(file("x"), A, 1, ME, 3);
    Version theirs = version(file("y"), B, 5);
    Version held = version(GONE, A, 2, ME, 3);
    PathState before = state(mine, mine, Map.of(B, report(1, theirs), A, report(2, held)));

    PathState after = LocalRules.resolved(before, file("y"), me(7));

    assertThat(Judgement.alternatives(before)).containsExactly(theirs);
    assertThat(after.shown()).isEqualTo(version(file("y"), A, 1, B, 5, ME, 7));
    assertThat(Judgement.maxima(after)).contains(held);
  }

  @Test
  void resolved_onTwoPeersAtOnce_agreesOnOneChoice_andTwoChoicesAreAConflict() {
    Version x = version(file("x"), A, 1);
    Version y = version(file("y"), B, 1);
    PathState atA = state(x, x, Map.of(B, report(1, y)));
    PathState atB = state(y, y, Map.of(A, report(1, x)));
    PathState aChoosesX = LocalRules.resolved(atA, file("x"), new LocalRules.Author(A, 8, 2));
    PathState bChoosesX = LocalRules.resolved(atB, file("x"), new LocalRules.Author(B, 9, 2));
    PathState bChoosesY = LocalRules.resolved(atB, file("y"), new LocalRules.Author(B, 9, 2));

    PathState same = PeerRules.received(aChoosesX, B, PATH, report(2, bChoosesX.shown()), Set.of());
    PathState other =
        PeerRules.received(aChoosesX, B, PATH, report(2, bChoosesY.shown()), Set.of());
    PathState otherAtB =
        PeerRules.received(bChoosesY, A, PATH, report(2, aChoosesX.shown()), Set.of());

    assertThat(same.shown()).isEqualTo(version(file("x"), A, 8, B, 9));
    assertThat(Judgement.isConflict(same)).isFalse();
    assertThat(Judgement.alternatives(other)).containsExactly(bChoosesY.shown());
    assertThat(Judgement.alternatives(otherAtB)).containsExactly(aChoosesX.shown());
  }

  @Test
  void restored_earlierContent_followsWhatIsShownAndOnTheDisk() {
    Version x = version(file("x"), A, 1);
    Version newer = version(file("y"), A, 1, B, 2);
    PathState before = state(newer, x, Map.of(B, report(1, newer)));

    assertThat(LocalRules.restored(before, file("old"), me(7)))
        .isEqualTo(replacing("x", version(file("old"), A, 1, B, 2, ME, 7)));
    assertThat(LocalRules.restored(null, file("old"), me(7)))
        .isEqualTo(version(file("old"), ME, 7));
  }

  @Test
  void applied_versionThatNobodyKnew_isShownWithItsOwnAttributes() {
    Version x = version(file("x"), A, 1);
    PathState before = state(x, x, Map.of());
    Version made = LocalRules.restored(before, file("old"), me(7));

    PathState after = LocalRules.applied(before, new RealVersion(made, stat(0600, 55), 9_000), 12);

    assertThat(after.shown()).isEqualTo(made);
    assertThat(real(after)).isEqualTo(made);
    assertThat(after.announcedSeq()).isEqualTo(12);
    assertThat(after.metadata().mode()).isEqualTo(0600);
    assertThat(after.metadata().mtime()).isEqualTo(FileTime.ofNanos(55));
    assertThat(after.metadata().join(before.metadata())).isEqualTo(after.metadata());
  }

  @Test
  void applied_removalThatPeersWereToldOf_isNotAnnouncedAgain_aContentIs() {
    Version x = version(file("x"), A, 1);
    Version gone = version(GONE, A, 1, B, 2);
    RealVersion nothing = new RealVersion(gone, null, 0);
    PathState told = state(gone, x, Map.of(B, report(1, gone))).announcedAt(5);

    PathState after = LocalRules.applied(told, nothing, 12);
    assertThat(after.realStat()).isNull();
    assertThat(after.announcedSeq()).isEqualTo(5);
    assertThat(LocalRules.applied(told.announcedAt(0), nothing, 12).announcedSeq()).isEqualTo(12);

    PathState back = LocalRules.applied(told, new RealVersion(x, stat(0600, 55), 9_000), 12);
    assertThat(back.announcedSeq()).isEqualTo(12);
  }

  @Test
  void applied_versionThatIsKnownButNoLongerShown_onlyIsOnTheDisk() {
    Version x = version(file("x"), A, 1);
    Version newer = version(file("y"), B, 2);
    PathState before =
        state(version(DIRECTORY, C, 3), x, Map.of(B, report(1, newer), A, report(1, x)));

    PathState after = LocalRules.applied(before, new RealVersion(newer, stat(0600, 55), 9_000), 12);

    assertThat(after.shown()).isEqualTo(before.shown());
    assertThat(after.metadata()).isEqualTo(before.metadata());
    assertThat(real(after)).isEqualTo(newer);
  }

  @Test
  void added_freeName_isShownAndNotOnTheDisk() {
    RelativePath from = RelativePath.of("dir/from");

    PathState after = LocalRules.added(null, PATH, file("x"), metadata(0600, 3, A), from, me(7));

    assertThat(after.shown()).isEqualTo(new Version(file("x"), vector(ME, 7), null, from, false));
    assertThat(after.real()).isNull();
    assertThat(after.metadata().mode()).isEqualTo(0600);
    assertThat(after.metadata().mtime()).isEqualTo(metadata(0600, 3, A).mtime());
    assertThat(Judgement.known(after)).containsOnly(after.shown());
  }

  @Test
  void added_removedName_followsTheRemovalWithNewerAttributes() {
    Version gone = version(GONE, B, 3);
    PathState before = state(gone, null, Map.of(B, report(1, gone)));

    PathState after =
        LocalRules.added(
            before, PATH, file("x"), metadata(0600, 3, A), RelativePath.of("a"), me(7));

    assertThat(after.shown().vector()).isEqualTo(vector(B, 3, ME, 7));
    assertThat(after.shown().from()).isEqualTo(RelativePath.of("a"));
    assertThat(after.metadata().join(before.metadata())).isEqualTo(after.metadata());
    assertThat(Judgement.maxima(after)).containsExactly(after.shown());
  }

  @Test
  void removed_nothingOnDisk_isABug() {
    Version x = version(file("x"), A, 1);

    assertThatThrownBy(() -> LocalRules.removed(state(x, null, Map.of()), me(7)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> LocalRules.removed(state(x, version(GONE, A, 2), Map.of()), me(7)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void metadataChanged_mode_stampsOnlyTheMode() {
    Version x = version(file("x"), A, 1);

    PathState after =
        LocalRules.metadataChanged(state(x, x, Map.of()), stat(0600, 1_000), 9_999, me(7));

    assertThat(after.metadata())
        .isEqualTo(new Metadata(0600, new Stamp(7, ME), FileTime.ofNanos(1_000), new Stamp(1, A)));
    assertThat(after.shown()).isEqualTo(x);
    assertThat(after.announcedSeq()).isEqualTo(7);
  }

  @Test
  void metadataChanged_timeOfADirectory_isNotShared() {
    Version directory = version(DIRECTORY, A, 1);
    PathState before = state(directory, directory, Map.of());

    assertThat(LocalRules.difference(before, DIRECTORY, stat(0644, 2_000)))
        .isEqualTo(Difference.NONE);
    assertThat(
            LocalRules.metadataChanged(before, stat(0700, 2_000), 9_999, me(7))
                .metadata()
                .mtimeStamp())
        .isEqualTo(new Stamp(1, A));
  }

  @Test
  void difference_tellsContentFromMetadataFromNothing() {
    Version x = version(file("x"), A, 1);
    PathState before = state(x, x, Map.of());

    assertThat(LocalRules.difference(before, file("y"), stat(0644, 1_000)))
        .isEqualTo(Difference.CONTENT);
    assertThat(LocalRules.difference(before, file("x"), stat(0600, 1_000)))
        .isEqualTo(Difference.METADATA);
    assertThat(LocalRules.difference(before, file("x"), stat(0644, 1_001)))
        .isEqualTo(Difference.METADATA);
    assertThat(LocalRules.difference(before, file("x"), stat(0644, 1_000)))
        .isEqualTo(Difference.NONE);
    assertThat(LocalRules.difference(null, file("x"), stat(0644, 1_000)))
        .isEqualTo(Difference.CONTENT);
  }

  @Test
  void restated_anotherInode_tellsNobody() {
    Version x = version(file("x"), A, 1);
    PathState before = state(x, x, Map.of());

    PathState after = LocalRules.restated(before, stat(0644, 1_000), 12_345);

    assertThat(after.announcedSeq()).isEqualTo(before.announcedSeq());
    assertThat(Objects.requireNonNull(after.real()).hashedAtNanos()).isEqualTo(12_345);
  }

  @Test
  void forgotten_keepsTheVersionAndHoldsNothing() {
    Version x = version(file("x"), A, 1);

    PathState after = LocalRules.dropped(state(x, x, Map.of()), 8);

    assertThat(after.shown()).isEqualTo(x);
    assertThat(AnnounceRules.report(after, _ -> false).versions())
        .containsExactly(new Report.Reported(x, false));
  }

  /** Else what it replaced, and somebody still reports, would be current again. */
  @Test
  void dropped_directoryIsShownLater_versionIsAnAlternative() {
    Version x = version(file("x"), A, 1);
    Version y = replacing("x", version(file("y"), A, 1, ME, 2));
    Version directory = version(DIRECTORY, B, 3);
    PathState dropped = LocalRules.dropped(state(y, y, Map.of(A, report(1, x))), 8);

    PathState after = PeerRules.received(dropped, B, PATH, report(1, directory), Set.of());

    assertThat(after.shown()).isEqualTo(directory);
    assertThat(Judgement.alternatives(after)).containsExactly(y);
  }

  /** The user decided: what he decided against must not be current again. */
  @Test
  void droppedOrGivenUp_anotherVersionIsChosen_choiceStaysKnown() {
    PathState chosen = LocalRules.resolved(conflict(), file("y"), me(7));
    Version directory = version(DIRECTORY, C, 3);

    for (PathState gone : List.of(LocalRules.dropped(chosen, 8), LocalRules.givenUp(chosen, 8))) {
      PathState after = PeerRules.received(gone, C, PATH, report(1, directory), Set.of());

      assertThat(after.shown()).isEqualTo(directory);
      assertThat(Judgement.alternatives(after)).containsExactly(chosen.shown());
    }
  }

  @Test
  void changed_foundAfterDoubtBesideAChoice_choiceIsAnAlternative() {
    PathState chosen = LocalRules.resolved(conflict(), file("y"), me(7));

    PathState after =
        LocalRules.changed(LocalRules.dropped(chosen, 8), PATH, scanned(file("old")), me(8));

    assertThat(real(after)).isEqualTo(found(version(file("old"), ME.further(0), 8)));
    assertThat(after.shown()).isEqualTo(real(after));
    assertThat(Judgement.alternatives(after)).containsExactly(chosen.shown());
  }

  /** A camera uses one name for ever: what peers know is not kept under it a second time. */
  @Test
  void givenUp_againAndAgain_keepsOnlyWhatNobodyElseKnows() {
    Version x = version(file("x"), ME, 5);
    Version y = version(file("y"), ME.further(0), 6);
    Version z = version(file("z"), ME.further(1), 7);
    PathState first = LocalRules.givenUp(state(x, x, Map.of()), 5);
    PathState second = LocalRules.givenUp(first.withReal(state(y, y, Map.of()).real()), 6);
    PathState third = second.withReport(B, report(1, x)).withReal(state(z, z, Map.of()).real());

    assertThat(words(second)).containsExactly(y, x);
    assertThat(words(LocalRules.givenUp(third, 7))).containsExactly(z, y);
  }

  private static List<Version> words(PathState state) {
    Report words = Objects.requireNonNull(state.reports().get(LocalRules.GIVEN_UP));
    return words.versions().stream().map(Report.Reported::version).toList();
  }

  /** A counter of this store above all it gave out is made up, or of a life it has forgotten. */
  @Test
  void changed_ownCounterThatWasNeverGivenOut_signsUnderAFurtherId() {
    Version forged = version(file("x"), ME, 1L << 50, A, 1);
    PathState before = state(forged, forged, Map.of(A, report(1, forged)));

    PathState after = LocalRules.changed(before, PATH, seen(file("new")), me(20));

    assertThat(after.shown().content()).isEqualTo(file("new"));
    assertThat(after.shown().vector()).isEqualTo(vector(ME, 1L << 50, A, 1, ME.further(0), 20));
    assertThat(after.shown().vector().covers(forged.vector())).isTrue();
  }

  @Test
  void changed_allIdsForged_signsUnderTheFirstThatIsNot() {
    VersionVector vector = vector(ME, 1L << 50, ME.further(0), 1L << 50, ME.further(1), 19);
    Version forged = Version.of(file("x"), vector);
    PathState before = state(forged, forged, Map.of(A, report(1, forged)));

    PathState after = LocalRules.changed(before, PATH, seen(file("new")), me(20));

    assertThat(after.shown().vector().counter(ME.further(1))).isEqualTo(20);
    assertThat(after.shown().vector().counter(ME)).isEqualTo(1L << 50);
  }
}
