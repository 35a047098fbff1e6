package org.realize.chaos.sim;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.realize.sync.feed.FeedPuller;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.ByteRange;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.TimedOut;
import org.realize.sync.model.RealizeException.Unreachable;
import org.realize.sync.port.ContentBatch;
import org.realize.sync.port.FeedPage;
import org.realize.sync.port.GlobalStore.Identity;
import org.realize.sync.port.PeerLink;
import org.realize.sync.port.PinAnswer;
import org.realize.sync.port.PinRequest;
import org.realize.sync.testing.ServiceLink;

/**
 * One direction of a connection: pages come in small pieces, late, twice, or not at all, until one
 * side's process ends.
 */
final class SimulatedLink implements PeerLink {

  private final SimulatedPeer client;
  private final SimulatedPeer server;
  private final Identity identity;
  private final Random random;
  private @Nullable FeedPuller puller;
  private boolean up = true;

  private @Nullable FeedPage late;
  private @Nullable FeedPage last;
  private boolean replay;
  private boolean lose;
  private boolean garble;

  /** When the puller wants to be called next, on the monotonic clock. */
  private long dueNanos;

  /** The entries that the last pull brought. */
  private int entries;

  SimulatedLink(SimulatedPeer client, SimulatedPeer server, Identity identity, Random random) {
    this.client = client;
    this.server = server;
    this.identity = identity;
    this.random = random;
    dueNanos = client.time().monotonicNanos();
  }

  SimulatedPeer server() {
    return server;
  }

  void pulledBy(FeedPuller newPuller) {
    puller = newPuller;
  }

  @Override
  public void end(String cause) {
    up = false;
  }

  /**
   * One step of the puller, unless it waits after a failure; returns the entries that came. It has
   * no cause to wait but a page that was lost.
   */
  int pull() throws InterruptedException {
    if (client.time().monotonicNanos() < dueNanos) {
      return 0;
    }
    boolean loses = lose;
    entries = 0;
    Duration next = Objects.requireNonNull(puller).step().orElse(Duration.ZERO);
    dueNanos = client.time().monotonicNanos() + next.toNanos();
    if (next.isPositive() && !loses) {
      throw new Violation(Violation.Rule.SILENCE, "cannot follow " + server.name());
    }
    return entries;
  }

  /** The next blocks that are asked for come with a wrong byte. */
  void garbleNext() {
    garble = true;
  }

  /** The next page that is asked for does not come. */
  void loseNext() {
    lose = true;
  }

  /** The page that the next pull would bring is read now, and arrives only then. */
  void readAhead(long progress) throws RealizeException {
    late = server.pages().page(progress, 1 + random.nextInt(5));
  }

  /** The next pull brings the last page once more. */
  void replayNext() {
    replay = true;
  }

  @Override
  public FeedPage feed(ArenaName arena, long afterSeq, int max, Duration wait)
      throws RealizeException {
    if (!connected()) {
      throw new Unreachable("connection ended");
    }
    if (lose) {
      lose = false;
      throw new TimedOut("the page was lost");
    }
    FeedPage page = late;
    late = null;
    if (replay && last != null) {
      page = last;
    }
    replay = false;
    if (page == null) {
      page = server.pages().page(afterSeq, 1 + random.nextInt(5));
    }
    last = page;
    entries = page.entries().size();
    return page;
  }

  @Override
  public PeerName peer() {
    return server.name();
  }

  @Override
  public Identity identity() {
    return identity;
  }

  @Override
  public boolean connected() {
    return up && server.running();
  }

  @Override
  public byte[] treeNode(ContentRequest content, int level, long index, Duration deadline)
      throws RealizeException {
    return service().treeNode(content, level, index, deadline);
  }

  @Override
  public boolean diffs() {
    return true;
  }

  @Override
  public byte[] diff(ContentRequest content, ByteRange range, byte[] signature, Duration deadline)
      throws RealizeException {
    return service().diff(content, range, signature, deadline);
  }

  @Override
  public void blocks(
      ContentRequest content, long firstBlock, int count, BlockSink sink, Duration deadline)
      throws RealizeException {
    boolean wrong = garble;
    garble = false;
    service()
        .blocks(
            content,
            firstBlock,
            count,
            (index, bytes) -> {
              if (wrong) {
                turn(bytes);
              }
              sink.block(index, bytes);
            },
            deadline);
  }

  @Override
  public boolean batches() {
    return true;
  }

  @Override
  public void contents(ContentBatch batch, ContentSink sink, Duration deadline)
      throws RealizeException {
    boolean wrong = garble;
    garble = false;
    service()
        .contents(
            batch,
            new ContentSink() {
              @Override
              public void arrived(int index, ByteBuffer bytes) {
                if (wrong && bytes.hasRemaining()) {
                  turn(bytes);
                }
                sink.arrived(index, bytes);
              }

              @Override
              public void failed(int index, RealizeException cause) {
                sink.failed(index, cause);
              }
            },
            deadline);
  }

  private static void turn(ByteBuffer bytes) {
    bytes.put(bytes.position(), (byte) ~bytes.get(bytes.position()));
  }

  private ServiceLink service() throws RealizeException {
    if (!connected()) {
      throw new Unreachable("connection ended");
    }
    return new ServiceLink(
        server.name(),
        client.name(),
        client.state().identity().store(),
        identity,
        server.cache().service());
  }

  @Override
  public List<PinAnswer> pin(ArenaName arena, PinRequest request, Duration deadline)
      throws RealizeException {
    if (!connected()) {
      throw new Unreachable("connection ended");
    }
    try {
      List<PinAnswer> answers = server.pins().answer(client.state().identity().store(), request);
      for (int i = 0; i < answers.size(); i++) {
        if (request.step() == PinRequest.PinStep.PIN
            && answers.get(i) instanceof PinAnswer.Granted) {
          client.granted(server, request.contents().get(i));
        }
      }
      return answers;
    } catch (SimulatedCrash _) {
      for (PinRequest.Pinned pinned : request.contents()) {
        if (request.step() == PinRequest.PinStep.PIN) {
          client.unanswered(server, pinned);
        }
      }
      throw new Unreachable("no answer");
    }
  }

  @Override
  public Duration roundTrip() {
    return Duration.ZERO;
  }
}
