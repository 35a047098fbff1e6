package org.realize.sync.feed;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.realize.sync.feed.FeedReceiver.PageSource;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.Content;
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
import org.realize.sync.port.ArenaWriter;
import org.realize.sync.port.FeedEntry;
import org.realize.sync.port.FeedPage;
import org.realize.sync.port.Finding;
import org.realize.sync.port.PathState;
import org.realize.sync.port.Report;
import org.realize.sync.rules.EntrySize;
import org.realize.sync.testing.ManualTime;
import org.realize.sync.testing.MemoryArenaStore;
import org.realize.sync.testing.MemoryGlobalStore;

/** Pages of a feed whose entries are as large as peers can make them. */
class FeedPagesTest {

  private final ManualTime time = new ManualTime();
  private final MemoryGlobalStore global = new MemoryGlobalStore(new Random(1));
  private final MemoryArenaStore arena = global.memoryArena(new ArenaName("photos"));
  private final FeedReceiver receiver = new FeedReceiver(arena, Mark.KEEP, time, true, Set::of);
  private FeedPages pages = new FeedPages(arena, Mark.KEEP, time);
  private int links;

  @BeforeEach
  void receiveNothing() throws RealizeException {
    assertThat(pages.page(0, 10).entries()).isEmpty();
  }

  private static PageSource from(int peer) {
    return new PageSource(new PeerName("p" + peer), store(peer), new UUID(5, peer));
  }

  private static StoreId store(int number) {
    return new StoreId(new UUID(0, number));
  }

  /** Versions that are concurrent with all others, with so many bytes in all, or a bit more. */
  private Report report(long seq, StoreId store, int versions, int bytes) {
    Stamp stamp = new Stamp(1, store);
    List<Report.Reported> reported = new ArrayList<>();
    for (int i = 0; i < versions; i++) {
      Content link = new Content.Link(links++ + "x".repeat(bytes / versions));
      VersionVector vector = VersionVector.EMPTY.with(store.further(i), 1);
      reported.add(new Report.Reported(Version.of(link, vector), true));
    }
    return new Report(seq, new Metadata(0644, stamp, FileTime.EPOCH, stamp), reported);
  }

  private void receive(int peer, FeedEntry entry) throws RealizeException {
    receiver.apply(from(peer), new FeedPage(List.of(entry), entry.report().seq()));
  }

  private List<Finding> findings() throws RealizeException {
    return arena.read(reader -> reader.findings(100));
  }

  @Test
  void page_largeEntries_areReadPageAfterPage() throws RealizeException {
    for (int i = 1; i <= 120; i++) {
      RelativePath path = RelativePath.of("f" + i);
      receive(1, new FeedEntry(path, report(i, store(1), 10, 40 << 10)));
    }
    long after = 0;
    int all = 0;
    int count = 0;
    for (FeedPage page = pages.page(0, 1_000);
        !page.entries().isEmpty();
        page = pages.page(after, 1_000)) {
      int bytes =
          page.entries().stream().mapToInt(e -> EntrySize.bytes(e.path(), e.report())).sum();
      assertThat(bytes).isLessThanOrEqualTo(FeedPages.MAX_BYTES);
      assertThat(page.headSeq()).isGreaterThanOrEqualTo(page.entries().getLast().report().seq());
      after = page.entries().getLast().report().seq();
      all += page.entries().size();
      count++;
    }
    assertThat(all).isEqualTo(120);
    assertThat(count).isEqualTo(3);
    assertThat(findings()).isEmpty();
  }

  @Test
  void page_whatWasAnnouncedLastIsKnownNoMore_readerHasAllUpToTheHead() throws Exception {
    PeerName reader = new PeerName("reader");
    receive(1, new FeedEntry(RelativePath.of("stays"), report(1, store(1), 1, 10)));
    long last = arena.read(r -> r.headSeq());
    assertThat(pages.page(reader, 0, 10, Duration.ZERO).entries()).hasSize(1);
    assertThat(pages.committedBy(reader)).contains(0L);

    RelativePath gone = RelativePath.of("gone");
    receive(1, new FeedEntry(gone, report(2, store(1), 1, 10)));
    PathState state = arena.read(r -> r.feed(last, 1)).getFirst();
    Version none = Version.of(new Content.Absent(), VersionVector.EMPTY);
    arena.write((ArenaWriter writer) ->
        writer.put(new PathState(gone, none, state.metadata(), null, 0, Map.of())));
    long head = arena.read(r -> r.headSeq());
    assertThat(head).isGreaterThan(last);
    assertThat(pages.page(reader, last, 10, Duration.ZERO).entries()).isEmpty();
    assertThat(pages.committedBy(reader)).contains(head);
  }

  @Test
  void page_moreThanOneEntryHolds_isCutAndListed_untilItFits() throws RealizeException {
    RelativePath path = RelativePath.of("crowded");
    for (int peer = 1; peer <= 3; peer++) {
      receive(peer, new FeedEntry(path, report(1, store(peer), 10, 30 << 10)));
    }

    FeedEntry announced = pages.page(0, 10).entries().getFirst();

    assertThat(EntrySize.bytes(path, announced.report()))
        .isLessThanOrEqualTo(EntrySize.MAX_ANNOUNCED_BYTES);
    assertThat(announced.report().versions()).hasSizeBetween(12, 16);
    assertThat(findings())
        .singleElement()
        .satisfies(finding -> {
          assertThat(finding.subject()).isEqualTo("crowded");
          assertThat(finding.cause()).endsWith("of its versions are too many to announce");
        });

    pages = new FeedPages(arena, Mark.KEEP, time); // as after a start
    receive(1, new FeedEntry(path, report(2, store(1), 1, 10)));
    receive(2, new FeedEntry(path, report(2, store(2), 1, 10)));
    receive(3, new FeedEntry(path, report(2, store(3), 1, 10)));
    pages.page(0, 10);

    assertThat(findings()).isEmpty();
  }
}
