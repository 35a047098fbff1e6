package org.realize.sync.service;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.realize.sync.arena.Arena;
import org.realize.sync.content.LocalContent;
import org.realize.sync.delta.TreeShape;
import org.realize.sync.feed.FeedPages;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.ByteRange;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Invalid;
import org.realize.sync.model.RealizeException.NotFound;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.pin.PinGrantor;
import org.realize.sync.port.ContentBatch;
import org.realize.sync.port.FeedPage;
import org.realize.sync.port.PeerLink.ContentRequest;
import org.realize.sync.port.PeerService;
import org.realize.sync.port.PinAnswer;
import org.realize.sync.port.PinRequest;
import org.realize.sync.port.PurgeAnswer;

/**
 * The answers to peers for all arenas of this machine. Paths reach the disk only through {@link
 * org.realize.sync.port.Disk}, which holds them below the arena's root, and only to open a content
 * that the index has there. Nothing is buffered: a block goes from the file into the caller's
 * buffer. Thread-safe.
 */
public final class HouseholdService implements PeerService {

  /** A listener of what was deleted for peers. */
  @FunctionalInterface
  public interface PurgeListener {
    void purged(PeerName peer, ArenaName arena, List<RelativePath> paths, PurgeAnswer answer);
  }

  private final PurgeListener purges;
  private final TreeRepair repair = new TreeRepair();
  private final ContentDiff diff = new ContentDiff();
  private final LongAdder served = new LongAdder();
  private final Map<ArenaName, ServedArena> arenas = new ConcurrentHashMap<>();

  /** Guards only the waits for an arena. */
  private final ReentrantLock lock = new ReentrantLock();

  private final Condition appeared = lock.newCondition();

  /** Answers for no arena yet, and writes nothing down. */
  public HouseholdService() {
    this((_, _, _, _) -> {});
  }

  /**
   * Answers for no arena yet.
   *
   * @param purges called after files were deleted for a peer
   */
  public HouseholdService(PurgeListener purges) {
    this.purges = purges;
  }

  /**
   * Answers for {@code arena} from now on.
   *
   * @param pins its promises to peers
   */
  public void serve(Arena arena, FeedPages feed, PinGrantor pins) {
    arenas.put(arena.name(), new ServedArena(arena, feed, pins));
    lock.lock();
    try {
      appeared.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Knows nothing of the arena any more; waits for its news end, streams that are open go on. */
  public void withdraw(ArenaName arena) {
    ServedArena served = arenas.remove(arena);
    if (served != null) {
      served.feed().end();
    }
  }

  /** The bytes of contents that were sent to peers in this life. */
  public long servedBytes() {
    return served.sum();
  }

  private ServedArena arena(ArenaName name) throws NotFound {
    ServedArena arena = arenas.get(name);
    if (arena == null) {
      throw new NotFound("no arena '" + name + "' here");
    }
    return arena;
  }

  /** As {@link #arena}, of one that may appear while it is waited for. */
  private ServedArena arena(ArenaName name, Duration wait) throws NotFound, InterruptedException {
    long left = wait.toNanos();
    lock.lockInterruptibly();
    try {
      while (!arenas.containsKey(name) && left > 0) {
        left = appeared.awaitNanos(left);
      }
    } finally {
      lock.unlock();
    }
    return arena(name);
  }

  @Override
  public FeedPage feed(PeerName peer, ArenaName arena, long afterSeq, int max, Duration wait)
      throws RealizeException, InterruptedException {
    if (afterSeq < 0 || max < 1) {
      throw new Invalid("feed of '" + arena + "' after " + afterSeq + ", at most " + max);
    }
    return arena(arena, wait).feed().page(peer, afterSeq, max, wait);
  }

  @Override
  public byte[] treeNode(PeerName peer, ContentRequest content, int level, long index)
      throws RealizeException {
    ServedArena arena = arena(content.arena());
    TreeShape shape = shape(content);
    if (shape.blocks() <= 1
        || level < 1
        || level > shape.rootLevel()
        || index < 0
        || index >= shape.nodes(level)) {
      throw new Invalid(
          "no node %d at level %d in '%s' of %d bytes"
              .formatted(index, level, content.hint(), content.sizeBytes()));
    }
    long block = shape.firstBlock(level, index);
    byte[] stored = arena.tree(content).node(level, block);
    return stored != null ? stored : repair.node(arena, content, level, block);
  }

  @Override
  public byte[] diff(PeerName peer, ContentRequest content, ByteRange range, byte[] signature)
      throws RealizeException {
    return diff.delta(arena(content.arena()), content, range, signature);
  }

  @Override
  public List<PinAnswer> pin(StoreId dropper, ArenaName name, PinRequest request)
      throws RealizeException {
    return arena(name).pins().answer(dropper, request);
  }

  @Override
  public PurgeAnswer purge(PeerName peer, ArenaName name, List<RelativePath> paths)
      throws RealizeException {
    PurgeAnswer answer = new ServedTrash(arena(name).arena()).purge(paths);
    purges.purged(peer, name, paths, answer);
    return answer;
  }

  @Override
  public BlockSource blocks(PeerName peer, ContentRequest content, long firstBlock, int count)
      throws RealizeException {
    ServedArena arena = arena(content.arena());
    TreeShape shape = shape(content);
    if (firstBlock < 0 || count < 1 || firstBlock > shape.blocks() - count) {
      throw new Invalid(
          "no blocks %d+%d in '%s' of %d bytes"
              .formatted(firstBlock, count, content.hint(), content.sizeBytes()));
    }
    long end = firstBlock + count;
    return new ServedBlocks(arena.open(content), shape, firstBlock, end, served);
  }

  @Override
  public byte[] content(PeerName peer, ContentRequest content) throws RealizeException {
    ServedArena arena = arena(content.arena());
    if (content.sizeBytes() < 0 || content.sizeBytes() > ContentBatch.MAX_CONTENT_BYTES) {
      throw new Invalid("'%s' of %d bytes".formatted(content.hint(), content.sizeBytes()));
    }
    byte[] bytes = new byte[(int) content.sizeBytes()];
    try (LocalContent opened = arena.open(content)) {
      opened.read(0, ByteBuffer.wrap(bytes));
    }
    served.add(bytes.length);
    return bytes;
  }

  private static TreeShape shape(ContentRequest content) throws Invalid {
    if (content.sizeBytes() < 0) {
      throw new Invalid("size " + content.sizeBytes() + " below 0");
    }
    return new TreeShape(content.sizeBytes());
  }
}
