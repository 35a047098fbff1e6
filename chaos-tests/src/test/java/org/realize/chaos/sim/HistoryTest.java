package org.realize.chaos.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.realize.chaos.sim.History.Base;
import org.realize.sync.model.Content;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.model.Version;
import org.realize.sync.model.VersionVector;

/** One user writes a draft and makes the text of it; another writes the same draft. */
class HistoryTest {

  private static final RelativePath PATH = RelativePath.of("a");
  private static final Content GONE = new Content.Absent();
  private static final Contents CONTENTS = new Contents();
  private static final Content DRAFT = CONTENTS.common(1);
  private static final Content TEXT = CONTENTS.common(2);
  private static final StoreId AUTHOR = new StoreId(new UUID(0, 1));
  private static final StoreId OTHER = new StoreId(new UUID(0, 2));
  private static final VersionVector OF_TEXT = vector(Map.of(AUTHOR, 2L));
  private static final VersionVector OF_BOTH = vector(Map.of(AUTHOR, 2L, OTHER, 1L));

  private static final VersionVector OF_AUTHORS_CHOICE = vector(Map.of(AUTHOR, 2L, OTHER, 1L));

  private static final History.Placed DRAFT_THERE = new History.Placed(PATH, DRAFT);

  private final History history = new History();

  @Test
  void mayBeBack_removedByWhoKnewNothingOfTheOtherDraft_onlyWithIt() {
    writeText();
    change("other", OTHER, GONE, VersionVector.EMPTY, DRAFT, 1);
    change("author", AUTHOR, TEXT, OF_TEXT, GONE, 3);

    assertThat(mayBeBack(Version.of(TEXT, OF_TEXT))).isEmpty();
    assertThat(mayBeBack(Version.of(TEXT, OF_BOTH))).contains(Excuse.ABSORBED_ANOTHER);
  }

  @Test
  void mayBeBack_removedByWhoKnewTheOtherDraft_no() {
    writeText();
    change("other", OTHER, GONE, VersionVector.EMPTY, DRAFT, 1);
    change("author", AUTHOR, TEXT, OF_BOTH, GONE, 3);

    assertThat(mayBeBack(Version.of(TEXT, OF_BOTH))).isEmpty();
  }

  @Test
  void mayBeBack_otherDraftCameAfterTheTextWasRead_no() {
    writeText();
    change("other", OTHER, TEXT, OF_TEXT, DRAFT, 1);

    assertThat(mayBeBack(Version.of(TEXT, OF_BOTH))).isEmpty();
  }

  @Test
  void mayBeBack_otherDraftKnewAnEarlierMakingOfTheText_onlyWithIt() {
    writeText();
    change("author", AUTHOR, TEXT, OF_TEXT, DRAFT, 3);
    VersionVector ofDraft = vector(Map.of(AUTHOR, 3L));
    change("author", AUTHOR, DRAFT, ofDraft, TEXT, 4);
    change("other", OTHER, DRAFT, ofDraft, GONE, 1);
    change("other", OTHER, GONE, vector(Map.of(AUTHOR, 3L, OTHER, 1L)), DRAFT, 2);
    VersionVector ofText = vector(Map.of(AUTHOR, 4L));
    change("author", AUTHOR, TEXT, ofText, GONE, 5);

    assertThat(mayBeBack(Version.of(TEXT, ofText))).isEmpty();
    assertThat(mayBeBack(Version.of(TEXT, vector(Map.of(AUTHOR, 4L, OTHER, 2L)))))
        .contains(Excuse.ABSORBED_ANOTHER);
  }

  @Test
  void mayBeBack_otherDraftWasSignedButWrittenByNobody_no() {
    writeText();
    history
        .signatures()
        .add(
            new PeerName("other"),
            OTHER,
            PATH,
            GONE,
            VersionVector.EMPTY,
            Version.of(DRAFT, vector(Map.of(OTHER, 1L))));
    change("author", AUTHOR, TEXT, OF_TEXT, GONE, 3);

    assertThat(mayBeBack(Version.of(TEXT, OF_BOTH))).isEmpty();
  }

  @Test
  void mayBeBack_whatItsAuthorKnewInALifeThatIsLost_isNotKnownLater() {
    change("other", OTHER, GONE, VersionVector.EMPTY, DRAFT, 1);
    VersionVector draft = vector(Map.of(OTHER, 1L));
    change("author", AUTHOR, DRAFT, draft, TEXT, 1);
    history.doubt("author", 0, Excuse.REMOVED_BEFORE_WIPE);
    history.arrived(PATH, DRAFT);
    history.add("author", PATH, DRAFT, GONE, Base.NONE);

    assertThat(mayBeBack(Version.of(DRAFT, draft))).contains(Excuse.ARRIVED_UNKNOWN);
  }

  @Test
  void mayBeBack_whoRemovedItForgotThat_onlyIfNobodyKnows() {
    change("author", AUTHOR, GONE, VersionVector.EMPTY, DRAFT, 1);
    Version draft = Version.of(DRAFT, vector(Map.of(AUTHOR, 1L)));
    change("author", AUTHOR, DRAFT, draft.vector(), GONE, 2);
    history.doubt("author", 1, Excuse.REMOVED_BEFORE_RESTORE);
    Version removal = Version.of(GONE, vector(Map.of(AUTHOR, 2L)));

    assertThat(mayBeBack(draft)).contains(Excuse.REMOVED_BEFORE_RESTORE);
    assertThat(history.mayBeBack(PATH, draft, List.of(draft, removal))).isEmpty();
  }

  /** Counters grow, so what its author signs later is above what a power cut took. */
  @Test
  void mayBeBack_powerCutTookTheRemoval_laterChangeOfItsAuthorIsNoProofOfIt() {
    change("other", OTHER, GONE, VersionVector.EMPTY, DRAFT, 1);
    Version draft = Version.of(DRAFT, vector(Map.of(OTHER, 1L)));
    change("author", AUTHOR, DRAFT, draft.vector(), TEXT, 2);
    history.doubt("author", 1, PATH::equals, Excuse.CHANGED_WHILE_MADE);
    Version again = Version.of(TEXT, vector(Map.of(AUTHOR, 3L)));
    assertThat(history.mayBeBack(PATH, draft, List.of(draft, again))).isEmpty();

    history.signatures().lose(new PeerName("author"), PATH, List.of(draft));
    assertThat(history.mayBeBack(PATH, draft, List.of(draft, again)))
        .contains(Excuse.CHANGED_WHILE_MADE);
  }

  @Test
  void add_restoredByWhoKnewTheReplacement_isWantedAgain() {
    writeText();
    history.add("other", PATH, TEXT, DRAFT, Base.SEEN);

    assertThat(history.wanted()).containsExactly(DRAFT_THERE);
    assertThat(history.isReplaced(DRAFT_THERE)).isFalse();
    assertThat(history.reverts()).isEqualTo(1);
  }

  @Test
  void add_restoredWhereAnotherReplacementIsNotKnown_isNotWanted() {
    writeText();
    history.add("third", PATH, DRAFT, CONTENTS.common(0), Base.SEEN);
    history.add("author", PATH, TEXT, DRAFT, Base.SEEN);

    assertThat(history.wanted()).doesNotContain(DRAFT_THERE);
    assertThat(history.isReplaced(DRAFT_THERE)).isTrue();
  }

  /** That nothing was there is not the other user's deletion. */
  @Test
  void add_restoredByWhoBeganWithNothing_whereAnotherDeletedIt_isNotWanted() {
    change("other", OTHER, GONE, VersionVector.EMPTY, DRAFT, 1);
    change("other", OTHER, DRAFT, vector(Map.of(OTHER, 1L)), GONE, 2);
    history.add("author", PATH, GONE, TEXT, Base.NONE);
    history.add("author", PATH, TEXT, DRAFT, Base.SEEN);

    assertThat(history.wanted()).isEmpty();
    assertThat(history.isReplaced(DRAFT_THERE)).isTrue();
  }

  @Test
  void add_restoredByWhoBeganAfterTheDeletion_isWantedAgain() {
    change("other", OTHER, GONE, VersionVector.EMPTY, DRAFT, 1);
    change("other", OTHER, DRAFT, vector(Map.of(OTHER, 1L)), GONE, 2);
    history.add("author", PATH, GONE, TEXT, Base.SEEN);
    history.add("author", PATH, TEXT, DRAFT, Base.SEEN);

    assertThat(history.wanted()).containsExactly(DRAFT_THERE);
  }

  @Test
  void add_restoredWhereADirectoryTookTheNameOfItsReplacement_isNotWanted() {
    writeText();
    history.add("author", PATH, GONE, DRAFT, Base.BESIDE_REPLACEMENT);

    assertThat(history.wanted()).containsExactly(new History.Placed(PATH, TEXT));
    assertThat(history.isReplaced(DRAFT_THERE)).isTrue();
  }

  @Test
  void choose_twoUsersAtOnceEachTheirOwn_bothAreWanted() {
    writeDraftAndText();
    history.choose("author", PATH, TEXT, Version.of(DRAFT, OF_AUTHORS_CHOICE), true);
    VersionVector atOnce = vector(Map.of(AUTHOR, 1L, OTHER, 2L));
    history.choose("other", PATH, DRAFT, Version.of(TEXT, atOnce), true);

    assertThat(history.wanted())
        .containsExactlyInAnyOrder(DRAFT_THERE, new History.Placed(PATH, TEXT));
  }

  @Test
  void choose_secondUserKnowsTheFirstChoice_lastIsWanted() {
    writeDraftAndText();
    history.choose("author", PATH, TEXT, Version.of(DRAFT, OF_AUTHORS_CHOICE), true);
    VersionVector later = vector(Map.of(AUTHOR, 2L, OTHER, 2L));
    history.choose("other", PATH, DRAFT, Version.of(TEXT, later), true);

    assertThat(history.wanted()).containsExactly(new History.Placed(PATH, TEXT));
  }

  @Test
  void add_restoredWhereItWasReplacedAsTheDiskWasCopied_isNotWanted() {
    writeText();
    history.replacedOnCopy(PATH, DRAFT);
    history.add("author", PATH, TEXT, DRAFT, Base.SEEN);

    assertThat(history.wanted()).isEmpty();
  }

  @Test
  void add_restoredOnADiskThatWasNotScannedYet_isNotWanted() {
    change("author", AUTHOR, GONE, VersionVector.EMPTY, DRAFT, 1);
    change("author", AUTHOR, DRAFT, vector(Map.of(AUTHOR, 1L)), GONE, 2);
    history.add("other", PATH, GONE, DRAFT, Base.NONE);

    assertThat(history.wanted()).isEmpty();
    assertThat(history.isReplaced(DRAFT_THERE)).isTrue();
  }

  @Test
  void mayBeBack_removedByWhoKnewTheFileButNotThatItWasPinned_yes() {
    StoreId further = OTHER.further(0);
    change("other", further, GONE, VersionVector.EMPTY, DRAFT, 1);
    Version pinned = Version.of(DRAFT, vector(Map.of(further, 1L, OTHER, 2L)));
    history.pinned(new PeerName("other"), OTHER, PATH, pinned);
    change("author", AUTHOR, DRAFT, vector(Map.of(further, 1L)), GONE, 3);

    assertThat(mayBeBack(pinned)).contains(Excuse.PINNED_UNKNOWN);
  }

  @Test
  void coveredUnknown_restoredToBeforeADraftAndWritesAnotherUnderTheSameName_theFirst() {
    change("author", AUTHOR, GONE, VersionVector.EMPTY, DRAFT, 1);
    change("author", AUTHOR, GONE, VersionVector.EMPTY, TEXT, 3);

    assertThat(history.signatures().coveredUnknown(new PeerName("author")))
        .hasSize(1)
        .allSatisfy((change, by) -> {
          assertThat(change.made()).isEqualTo(DRAFT);
          assertThat(by).isEqualTo(vector(Map.of(AUTHOR, 3L)));
        });
  }

  @Test
  void coveredUnknown_replacedByWhoKnewIt_none() {
    writeText();
    change("other", OTHER, GONE, VersionVector.EMPTY, DRAFT, 1);

    assertThat(history.signatures().coveredUnknown(new PeerName("author"))).isEmpty();
  }

  private Optional<Excuse> mayBeBack(Version version) {
    return history.mayBeBack(PATH, version, List.of(version));
  }

  /** Two users who know nothing of each other. */
  private void writeDraftAndText() {
    change("author", AUTHOR, GONE, VersionVector.EMPTY, DRAFT, 1);
    change("other", OTHER, GONE, VersionVector.EMPTY, TEXT, 1);
  }

  private void writeText() {
    change("author", AUTHOR, GONE, VersionVector.EMPTY, DRAFT, 1);
    change("author", AUTHOR, DRAFT, vector(Map.of(AUTHOR, 1L)), TEXT, 2);
  }

  /** A user's change, and its signature. */
  private void change(
      String peer, StoreId store, Content base, VersionVector known, Content made, long counter) {
    history.add(peer, PATH, base, made, Base.SEEN);
    history
        .signatures()
        .add(
            new PeerName(peer),
            store,
            PATH,
            base,
            known,
            Version.of(made, known.join(vector(Map.of(store, counter)))));
  }

  private static VersionVector vector(Map<StoreId, Long> counters) {
    return VersionVector.of(counters);
  }
}
