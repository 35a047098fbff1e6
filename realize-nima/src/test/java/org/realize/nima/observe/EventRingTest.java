package org.realize.nima.observe;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.realize.nima.control.EventPage;
import org.realize.nima.control.EventQuery;
import org.realize.nima.control.NodeEvent;
import org.realize.nima.control.NodeEvent.EventKind;
import org.realize.nima.control.NodeEvent.EventState;
import org.realize.nima.control.NodeEvent.Occurrence;
import org.realize.sync.testing.ManualTime;

class EventRingTest {

  private final ManualTime time = new ManualTime();
  private final EventRing ring = new EventRing(time);

  private static void add(EventRing ring, String text) {
    ring.add(new Occurrence(EventKind.CONFLICT, EventState.BEGUN, "photos", null, "a", text));
  }

  private EventPage read(@Nullable Long since) throws InterruptedException {
    return ring.read(new EventQuery(since, 0));
  }

  private static List<String> texts(EventPage page) {
    return page.events().stream().map(NodeEvent::text).toList();
  }

  @Test
  void read_eventsAfterOne_areAllOfThemInOrder() throws Exception {
    assertThat(read(null).events()).isEmpty();
    add(ring, "a");
    add(ring, "b");
    add(ring, "c");

    EventPage all = read(null);
    assertThat(texts(all)).containsExactly("a", "b", "c");
    assertThat(all.last()).isEqualTo(all.events().getLast().id());
    assertThat(texts(read(all.events().getFirst().id()))).containsExactly("b", "c");
    assertThat(read(all.last()).events()).isEmpty();
    assertThat(read(all.last()).last()).isEqualTo(all.last());
  }

  @Test
  void read_moreThanAPage_goesOnAfterTheLast() throws Exception {
    for (int i = 0; i < EventPage.MAX_EVENTS + 3; i++) {
      add(ring, "e" + i);
    }
    EventPage first = read(null);
    assertThat(first.events()).hasSize(EventPage.MAX_EVENTS);
    assertThat(texts(read(first.last()))).containsExactly("e500", "e501", "e502");
  }

  @Test
  void read_afterOneThatIsNotKept_tellsTheGapFirst() throws Exception {
    add(ring, "first");
    long first = read(null).last();
    for (int i = 0; i < EventRing.MAX_EVENTS; i++) {
      add(ring, "e" + i);
    }
    assertThat(read(first).events().getFirst().kind())
        .as("none is missing")
        .isEqualTo(EventKind.CONFLICT);
    add(ring, "last");

    EventPage page = read(first);
    assertThat(page.events().getFirst().kind()).isEqualTo(EventKind.GAP);
    assertThat(texts(page).get(1)).isEqualTo("e1");
    assertThat(read(page.events().getFirst().id()).events())
        .as("after the gap the list goes on without one")
        .first()
        .extracting(NodeEvent::text)
        .isEqualTo("e1");
    assertThat(read(null).events()).noneMatch(event -> event.kind() == EventKind.GAP);
  }

  @Test
  void read_afterOneOfAnotherLife_tellsTheGap_alsoWhereNothingHasHappened() throws Exception {
    add(ring, "before");
    long before = read(null).last();
    time.advance(Duration.ofMillis(1));
    EventRing next = new EventRing(time);

    EventPage page = next.read(new EventQuery(before, 0));
    assertThat(page.events()).singleElement().extracting(NodeEvent::kind).isEqualTo(EventKind.GAP);
    assertThat(page.last()).isGreaterThan(before);
    assertThat(next.read(new EventQuery(page.last(), 0)).events()).isEmpty();
    add(next, "after");
    assertThat(texts(next.read(new EventQuery(page.last(), 0)))).containsExactly("after");
    assertThat(next.read(new EventQuery(Long.MAX_VALUE, 0)).events())
        .as("one that never was, as after the clock was set back")
        .extracting(NodeEvent::kind)
        .containsExactly(EventKind.GAP, EventKind.CONFLICT);
  }

  @Test
  void read_thatWaits_returnsWithTheNextEvent() throws Exception {
    add(ring, "known");
    long last = read(null).last();
    CompletableFuture<List<String>> waiting = new CompletableFuture<>();
    Thread reader =
        Thread.ofVirtual()
            .start(() -> {
              try {
                waiting.complete(texts(ring.read(new EventQuery(last, 20))));
              } catch (InterruptedException e) {
                waiting.completeExceptionally(e);
              }
            });
    assertThat(waiting).isNotDone();
    add(ring, "next");
    assertThat(waiting.get(60, TimeUnit.SECONDS)).containsExactly("next");
    reader.join();
  }

  @Test
  void add_longText_isCut() throws Exception {
    add(ring, "x".repeat(EventRing.MAX_TEXT + 1));
    assertThat(new ArrayList<>(texts(read(null))))
        .containsExactly("x".repeat(EventRing.MAX_TEXT) + "…");
  }
}
