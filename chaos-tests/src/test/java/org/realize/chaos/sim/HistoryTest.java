package org.realize.chaos.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.realize.chaos.sim.History.Event;
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
  private static final Content DRAFT = History.common(1);
  private static final Content TEXT = History.common(2);
  private static final StoreId AUTHOR = new StoreId(new UUID(0, 1));
  private static final StoreId OTHER = new StoreId(new UUID(0, 2));
  private static final VersionVector OF_TEXT = vector(Map.of(AUTHOR, 2L));
  private static final VersionVector OF_BOTH = vector(Map.of(AUTHOR, 2L, OTHER, 1L));

  private final History history = new History();

  @Test
  void mustBeGone_removedByWhoKnewNothingOfTheOtherDraft_onlyWithoutIt() {
    writeText();
    change("other", OTHER, GONE, VersionVector.EMPTY, DRAFT, 1);
    change("author", AUTHOR, TEXT, OF_TEXT, GONE, 3);

    assertThat(history.mustBeGone(PATH, Version.of(TEXT, OF_TEXT))).isTrue();
    assertThat(history.mustBeGone(PATH, Version.of(TEXT, OF_BOTH))).isFalse();
  }

  @Test
  void mustBeGone_removedByWhoKnewTheOtherDraft_yes() {
    writeText();
    change("other", OTHER, GONE, VersionVector.EMPTY, DRAFT, 1);
    change("author", AUTHOR, TEXT, OF_BOTH, GONE, 3);

    assertThat(history.mustBeGone(PATH, Version.of(TEXT, OF_BOTH))).isTrue();
  }

  @Test
  void mustBeGone_otherDraftCameAfterTheTextWasRead_yes() {
    writeText();
    change("other", OTHER, TEXT, OF_TEXT, DRAFT, 1);

    assertThat(history.mustBeGone(PATH, Version.of(TEXT, OF_BOTH))).isTrue();
  }

  @Test
  void mustBeGone_otherDraftWasSignedButWrittenByNobody_yes() {
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

    assertThat(history.mustBeGone(PATH, Version.of(TEXT, OF_BOTH))).isTrue();
  }

  private void writeText() {
    change("author", AUTHOR, GONE, VersionVector.EMPTY, DRAFT, 1);
    change("author", AUTHOR, DRAFT, vector(Map.of(AUTHOR, 1L)), TEXT, 2);
  }

  /** A user's change, and its signature. */
  private void change(
      String peer, StoreId store, Content base, VersionVector known, Content made, long counter) {
    history.add(new Event(peer, PATH, base, made));
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
