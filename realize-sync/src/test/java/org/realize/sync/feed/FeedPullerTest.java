package org.realize.sync.feed;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.Content;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.Mark;
import org.realize.sync.model.Metadata;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.NotFound;
import org.realize.sync.model.RealizeException.TimedOut;
import org.realize.sync.model.RealizeException.Unreachable;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.Stamp;
import org.realize.sync.model.StoreId;
import org.realize.sync.model.Version;
import org.realize.sync.model.VersionVector;
import org.realize.sync.port.FeedEntry;
import org.realize.sync.port.FeedPage;
import org.realize.sync.port.GlobalStore.Identity;
import org.realize.sync.port.Hello;
import org.realize.sync.port.PeerLink;
import org.realize.sync.port.Report;
import org.realize.sync.testing.ManualTime;
import org.realize.sync.testing.MemoryGlobalStore;

class FeedPullerTest {

  private static final ArenaName ARENA = new ArenaName("photos");

  private final ManualTime time = new ManualTime();
  private final MemoryGlobalStore global = new MemoryGlobalStore(new Random(1));
  private final PageLink link = new PageLink();
  private FeedPuller puller;
  private FeedReceiver receiver;
  private Supplier<FeedPuller> reconnected;

  /** Brings one page again and again, an empty one unless told, or fails. */
  private static final class PageLink implements PeerLink {
    private final Identity identity = new MemoryGlobalStore(new Random(2)).identity();
    private @Nullable RealizeException failure;
    private @Nullable RuntimeException bug;
    private FeedPage page = new FeedPage(List.of(), 0);
    private Duration waited = Duration.ZERO;
    private boolean connected = true;

    @Override
    public FeedPage feed(ArenaName arena, long afterSeq, int max, Duration wait)
        throws RealizeException {
      waited = wait;
      if (bug != null) {
        throw bug;
      }
      if (failure != null) {
        throw failure;
      }
      return page;
    }

    @Override
    public PeerName peer() {
      return new PeerName("bob");
    }

    @Override
    public Identity identity() {
      return identity;
    }

    @Override
    public boolean connected() {
      return connected;
    }

    @Override
    public void end(String cause) {
      connected = false;
    }

    @Override
    public byte[] treeNode(ContentRequest content, int level, long index, Duration deadline) {
      throw new IllegalStateException("only the feed is read");
    }

    @Override
    public void blocks(
        ContentRequest content, long firstBlock, int count, BlockSink sink, Duration deadline) {
      throw new IllegalStateException("only the feed is read");
    }

    @Override
    public Duration roundTrip() {
      return Duration.ZERO;
    }
  }

  @BeforeEach
  void open() throws Exception {
    Incarnations incarnations = Incarnations.opened(global, time, "here");
    receiver = new FeedReceiver(global.arena(ARENA), Mark.KEEP, time, false, Set::of);
    incarnations.judge(link.peer(), new Hello(link.identity, Optional.empty()));
    puller = new FeedPuller(ARENA, link, receiver, incarnations);
    reconnected = () -> new FeedPuller(ARENA, link, receiver, incarnations);
  }

  @Test
  void head_isKnownOnceThePeerHasSaidIt_andNotOverANewConnection() throws Exception {
    StoreId store = link.identity.store();
    assertThat(receiver.head(store)).isEmpty();
    puller.step();
    assertThat(receiver.head(store)).contains(0L);

    puller = reconnected.get();
    assertThat(receiver.head(store)).isEmpty();
    link.failure = new NotFound("no such arena there");
    puller.step();
    assertThat(receiver.head(store)).as("nothing to be read").contains(0L);
  }

  @Test
  void step_caughtUp_waitsForNews() throws Exception {
    assertThat(puller.step()).contains(Duration.ZERO);
    assertThat(link.waited).isEqualTo(Duration.ZERO);

    assertThat(puller.step()).contains(Duration.ZERO);
    assertThat(link.waited).isEqualTo(Duration.ofSeconds(30));
  }

  @Test
  void step_lastEntryBelowTheHead_isReadOnAtOnce_untilAllWasHeard() throws Exception {
    StoreId store = link.identity.store();
    puller.step();
    link.page = new FeedPage(List.of(entry(store, 5)), 7);
    puller.step();
    assertThat(receiver.reached(store)).isEqualTo(5);

    link.page = new FeedPage(List.of(), 7);
    puller.step();
    assertThat(link.waited).isEqualTo(Duration.ZERO);
    assertThat(receiver.progress(store)).isEqualTo(5);
    assertThat(receiver.reached(store)).isEqualTo(7);

    puller.step();
    assertThat(link.waited).isEqualTo(Duration.ofSeconds(30));
    puller = reconnected.get();
    assertThat(receiver.reached(store)).as("what it is now was not said").isEqualTo(5);
  }

  private FeedEntry entry(StoreId store, long seq) {
    Stamp stamp = new Stamp(1, store);
    Version version =
        Version.of(new Content.Link("target"), VersionVector.EMPTY.with(store, time.unixMillis()));
    Report report =
        new Report(
            seq,
            new Metadata(0644, stamp, FileTime.EPOCH, stamp),
            List.of(new Report.Reported(version, true)));
    return new FeedEntry(RelativePath.of("link"), report);
  }

  @Test
  void step_failsAgainAndAgain_waitsTwiceAsLongEachTime_untilAPageComes() throws Exception {
    link.failure = new TimedOut("read the feed");
    assertThat(puller.step()).contains(Duration.ofMillis(500));
    assertThat(puller.step()).contains(Duration.ofSeconds(1));
    for (int i = 0; i < 10; i++) {
      puller.step();
    }
    assertThat(puller.step()).contains(Duration.ofMinutes(5));

    link.failure = null;
    assertThat(puller.step()).contains(Duration.ZERO);

    link.failure = new TimedOut("read the feed");
    assertThat(puller.step()).contains(Duration.ofMillis(500));
  }

  /** It waits for the arena there, so that one that is added takes part at once. */
  @Test
  void step_peerWithoutTheArena_isAskedToWaitForItAgainAndAgain() throws Exception {
    link.failure = new NotFound("no such arena there");
    assertThat(puller.step()).contains(Duration.ofMillis(500));
    assertThat(link.waited).isEqualTo(Duration.ZERO);
    for (int i = 0; i < 10; i++) {
      puller.step();
      assertThat(link.waited).isEqualTo(Duration.ofSeconds(30));
    }
    assertThat(puller.step()).contains(Duration.ofSeconds(4));

    link.failure = new TimedOut("read the feed");
    assertThat(puller.step()).contains(Duration.ofMillis(500));
    link.failure = null;
    assertThat(puller.step()).contains(Duration.ZERO);
  }

  /** A thread that ended of it would follow this peer no more until the next connection. */
  @Test
  void step_bug_isTriedAgain() throws Exception {
    link.bug = new IllegalStateException("a bug");
    assertThat(puller.step()).contains(Duration.ofMillis(500));
    link.bug = null;
    assertThat(puller.step()).contains(Duration.ZERO);
  }

  @Test
  void step_linkEnded_isDone() throws Exception {
    link.failure = new Unreachable("connection ended");
    assertThat(puller.step()).isPresent();
    link.connected = false;
    assertThat(puller.step()).isEqualTo(Optional.empty());
  }
}
