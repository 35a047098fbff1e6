package org.realize.nima.rpc;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.ByteRange;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.port.FeedEntry;
import org.realize.sync.port.FeedPage;
import org.realize.sync.port.PeerLink.ContentRequest;
import org.realize.sync.port.PeerService;
import org.realize.sync.port.PinAnswer;
import org.realize.sync.port.PinRequest;
import org.realize.sync.port.PurgeAnswer;

/** Serves invented content: every block is drawn from its index. Thread-safe. */
final class FakeService implements PeerService {

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition news = lock.newCondition();
  private final List<FeedEntry> entries = new ArrayList<>();
  private final AtomicInteger open = new AtomicInteger();
  private final AtomicInteger waiting = new AtomicInteger();

  /** A request for pins, and the store that it came from. */
  record PinCall(StoreId dropper, PinRequest request) {}

  /** The calls for purges, in order. */
  final List<String> purged = new CopyOnWriteArrayList<>();

  final List<PinCall> pinRequests = new CopyOnWriteArrayList<>();

  /** The contents of batches that were asked for. */
  final List<ContentRequest> contents = new CopyOnWriteArrayList<>();

  private volatile boolean ignoresMax;

  /** Sends more of the feed than is asked for from now on. */
  void ignoreMax() {
    ignoresMax = true;
  }

  void publish(FeedEntry entry) {
    lock.lock();
    try {
      entries.add(entry);
      news.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Sources that were opened and not closed. */
  int open() {
    return open.get();
  }

  /** Calls that wait for an entry now. */
  int waiting() {
    return waiting.get();
  }

  @Override
  public FeedPage feed(PeerName peer, ArenaName arena, long afterSeq, int max, Duration wait)
      throws InterruptedException {
    long left = wait.toNanos();
    lock.lockInterruptibly();
    waiting.incrementAndGet();
    try {
      while (true) {
        List<FeedEntry> page =
            entries.stream()
                .filter(e -> e.report().seq() > afterSeq)
                .limit(ignoresMax ? Long.MAX_VALUE : max)
                .toList();
        if (!page.isEmpty() || left <= 0) {
          long head = entries.isEmpty() ? 0 : entries.getLast().report().seq();
          return new FeedPage(page, head);
        }
        left = news.awaitNanos(left);
      }
    } finally {
      waiting.decrementAndGet();
      lock.unlock();
    }
  }

  @Override
  public PurgeAnswer purge(PeerName peer, ArenaName arena, List<RelativePath> paths) {
    purged.add(peer + " " + arena + " " + paths);
    return new PurgeAnswer(paths.size(), 7, 1, "'a' is open");
  }

  @Override
  public List<PinAnswer> pin(StoreId dropper, ArenaName arena, PinRequest request) {
    pinRequests.add(new PinCall(dropper, request));
    List<PinAnswer> answers = new ArrayList<>();
    for (PinRequest.Pinned pinned : request.contents()) {
      answers.add(
          switch (pinned.path().name()) {
            case "later" -> new PinAnswer.Later("has not indexed it yet");
            case "refused" -> new PinAnswer.Refused("marks it watch");
            default -> new PinAnswer.Granted();
          });
    }
    return answers;
  }

  @Override
  public byte[] treeNode(PeerName peer, ContentRequest content, int level, long index) {
    byte[] node = new byte[1024 * 32];
    new SplittableRandom(level * 1000L + index).nextBytes(node);
    return node;
  }

  /** A hundredth of the range, drawn from where it begins. */
  @Override
  public byte[] diff(PeerName peer, ContentRequest content, ByteRange range, byte[] signature) {
    return blockBytes(range.startBytes(), (int) range.lengthBytes() / 100);
  }

  /** Drawn from the size; a content whose name says so fails. */
  @Override
  public byte[] content(PeerName peer, ContentRequest content) throws RealizeException {
    contents.add(content);
    switch (content.hint().name()) {
      case "gone" -> throw new RealizeException.VersionGone("'gone' changed");
      case "missing" -> throw new RealizeException.NotFound("no 'missing'");
      case "failing" -> throw new RealizeException.StorageFailed("read 'failing'", null);
      case "broken" -> throw new IllegalStateException("a bug");
      default -> {}
    }
    return blockBytes(content.sizeBytes(), (int) content.sizeBytes());
  }

  static byte[] blockBytes(long index, int length) {
    byte[] block = new byte[length];
    new SplittableRandom(index).nextBytes(block);
    return block;
  }

  @Override
  public BlockSource blocks(PeerName peer, ContentRequest content, long firstBlock, int count)
      throws RealizeException {
    if (content.sizeBytes() == 0) {
      throw new RealizeException.VersionGone("read " + content.hint() + ": changed");
    }
    open.incrementAndGet();
    return new BlockSource() {
      private long index = firstBlock;

      @Override
      public int next(ByteBuffer destination) {
        long left = content.sizeBytes() - index * InboundService.BLOCK_BYTES;
        int length = Math.clamp(left, 0, InboundService.BLOCK_BYTES);
        if (length > 0 && index < firstBlock + count) {
          destination.put(blockBytes(index++, length));
          return length;
        }
        return 0;
      }

      @Override
      public void close() {
        open.decrementAndGet();
      }
    };
  }
}
