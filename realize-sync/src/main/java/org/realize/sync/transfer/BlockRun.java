package org.realize.sync.transfer;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.realize.sync.content.EarlierVersions;
import org.realize.sync.delta.TreeShape;
import org.realize.sync.delta.TreeVerifier;
import org.realize.sync.model.ByteRange;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.CallFailed;
import org.realize.sync.model.RealizeException.Corrupt;
import org.realize.sync.model.RealizeException.Denied;
import org.realize.sync.model.RealizeException.DiskFull;
import org.realize.sync.model.RealizeException.InDoubt;
import org.realize.sync.model.RealizeException.Invalid;
import org.realize.sync.model.RealizeException.IsADirectory;
import org.realize.sync.model.RealizeException.NotADirectory;
import org.realize.sync.model.RealizeException.NotFound;
import org.realize.sync.model.RealizeException.ProtocolBroken;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RealizeException.TimedOut;
import org.realize.sync.model.RealizeException.Unreachable;
import org.realize.sync.model.RealizeException.VersionGone;
import org.realize.sync.port.Blob;
import org.realize.sync.port.PeerLink;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Consecutive missing blocks of one content on their way here, on a thread of the pool: taken from
 * an earlier version where they did not change, the others asked of the best source, what remains
 * after a failure of the next, until all are delivered or every source has failed. All state
 * belongs to that thread.
 */
final class BlockRun implements Runnable {

  private static final Logger LOG = LoggerFactory.getLogger(BlockRun.class);

  private static final Duration BEAT = Duration.ofMillis(500);

  /** The time for which a reader waits until a source has hashed a file that changed there. */
  private static final long HASHING_MILLIS = 10_000;

  /** The time for which a reader waits until a source has given a renamed file its new name. */
  private static final long FOLLOWING_MILLIS = 2_000;

  private static final ByteBuffer ZEROS =
      ByteBuffer.allocate(TreeShape.BLOCK_BYTES).asReadOnlyBuffer();

  private final ContentFetch fetch;
  private final FetchScope scope;
  private final long first;
  private final int count;
  private final boolean ahead;
  private final Cancellation cancellation = new Cancellation();
  private int done;
  private @Nullable RealizeException sinkFault;

  /**
   * A run that {@link #start} starts.
   *
   * @param ahead true if no reader waits for it; its room is reserved already
   */
  BlockRun(ContentFetch fetch, long first, int count, boolean ahead) {
    this.fetch = fetch;
    this.scope = fetch.scope;
    this.first = first;
    this.count = count;
    this.ahead = ahead;
  }

  void start() {
    scope.running().begin();
    scope.pool().execute(this);
  }

  void cancel() {
    cancellation.cancel();
  }

  @Override
  public void run() {
    boolean hasRoom = ahead;
    RealizeException failure = null;
    try {
      if (!ahead) {
        takeRoom();
        hasRoom = true;
      }
      fetchAll();
    } catch (RealizeException e) {
      failure = e;
    } catch (InterruptedException e) {
      failure = new Unreachable("fetch '" + fetch.path + "': no reader is left");
    } catch (RuntimeException | Error e) {
      LOG.error("arena {}: fetch '{}'", scope.arena().name(), fetch.path, e);
      failure = new StorageFailed("fetch '" + fetch.path + "'", e);
    } finally {
      if (hasRoom) {
        scope.pool().give(count - done, ahead);
      }
      fetch.finished(this, first + done, first + count, failure);
      scope.running().end();
    }
  }

  private void takeRoom() throws TimedOut, InterruptedException {
    cancellation.enter();
    try {
      scope.pool().take(count);
    } finally {
      cancellation.leave();
    }
  }

  private void fetchAll() throws RealizeException, InterruptedException {
    if (!fetch.earlier.isEmpty()) {
      takeHere(null);
    }
    if (done == count) {
      return;
    }
    Sources.Search search = fetch.sources.search();
    long waitedMillis = 0;
    while (done < count) {
      DownloadSource source;
      try {
        source = new DownloadSource(search.next(leftBytes(count)), cancellation);
      } catch (VersionGone e) {
        if (ahead || waitedMillis >= HASHING_MILLIS) {
          throw e;
        }
        waitedMillis += awaitBeat();
        search = fetch.sources.searchAgain(search);
        continue;
      } catch (Unreachable e) {
        if (ahead || waitedMillis >= FOLLOWING_MILLIS || !search.mayFollow()) {
          throw e;
        }
        waitedMillis += awaitBeat();
        search = fetch.sources.searchAgain(search);
        continue;
      }
      int before = done;
      sinkFault = null;
      try {
        takeHere(source);
        if (done < count) {
          int end = endOfChange(source);
          if (!patch(source, end)) {
            stream(source, end);
          }
        }
      } catch (RealizeException e) {
        if (cancellation.isCancelled()) {
          throw new InterruptedException("cancelled");
        }
        judge(source, sinkFault == null ? e : sinkFault, done > before, search);
      }
    }
  }

  /**
   * Waits a moment for a source that has just changed the file to hash it again: it is the same
   * content then, or the source reports another one. Or for one that is renaming it. Returns the
   * milliseconds.
   */
  private long awaitBeat() throws InterruptedException {
    cancellation.enter();
    try {
      scope.arena().time().sleep(BEAT);
    } finally {
      cancellation.leave();
    }
    return BEAT.toMillis();
  }

  private long leftBytes(int end) {
    return fetch.offset(first + end) - fetch.offset(first + done);
  }

  /**
   * Takes the next blocks that are here: in their place, in earlier versions, and those of zeros.
   *
   * @param source whom to ask for nodes of the tree; null to go by those that are here
   */
  private void takeHere(@Nullable DownloadSource source)
      throws RealizeException, InterruptedException {
    boolean hasLeaves = fetch.tree.verifier().shape().blocks() > 1;
    while (done < count && hasLeaves && takeBlock(source)) {
      if (cancellation.isCancelled()) {
        throw new InterruptedException("cancelled");
      }
    }
  }

  /** Where the blocks end that have to be fetched. */
  private int endOfChange(DownloadSource source) throws RealizeException, InterruptedException {
    int end = done + 1;
    while (end < count && !isHere(first + end, fetch.tree.leaf(first + end, source))) {
      end++;
    }
    return end;
  }

  private boolean isHere(long index, ContentHash leaf) throws RealizeException {
    return leaf.equals(TreeVerifier.ZERO_LEAF)
        || fetch.kept.prove(index, leaf)
        || fetch.earlier.haveLeaf(index, leaf);
  }

  private boolean takeBlock(@Nullable DownloadSource source)
      throws RealizeException, InterruptedException {
    long index = first + done;
    ContentHash leaf = leaf(index, source);
    if (leaf == null) {
      return false;
    }
    if (leaf.equals(TreeVerifier.ZERO_LEAF)) {
      hand(ZEROS.duplicate(), null);
      return true;
    }
    if (fetch.kept.prove(index, leaf)) {
      ByteBuffer bytes = ByteBuffer.allocate(fetch.tree.verifier().shape().blockLength(index));
      fetch.kept.read(fetch.offset(index), bytes);
      scope.counters().reused(bytes.capacity());
      hand(bytes.flip().asReadOnlyBuffer(), null);
      return true;
    }
    EarlierVersions.Taken taken = fetch.earlier.take(index, leaf);
    if (taken == null) {
      return false;
    }
    scope.counters().reused(taken.bytes().remaining());
    hand(taken.bytes(), taken.blob());
    return true;
  }

  /** Delivers the next block, which is verified. */
  private void hand(ByteBuffer verified, @Nullable Blob same) {
    long index = first + done;
    done++;
    try {
      fetch.deliver(index, verified, same);
    } finally {
      scope.pool().give(1, ahead);
    }
  }

  /** Makes the next blocks, up to {@code last}, out of earlier ones; false if that did not help. */
  private boolean patch(DownloadSource source, int last)
      throws RealizeException, InterruptedException {
    int end = Math.min(last, done + PeerLink.MAX_DIFF_BYTES / TreeShape.BLOCK_BYTES);
    ByteRange range = new ByteRange(fetch.offset(first + done), fetch.offset(first + end));
    Optional<Patches.Made> made = fetch.patches.make(source, range);
    if (made.isEmpty()) {
      return false;
    }
    long madeBytes = 0;
    ByteBuffer bytes = made.get().bytes();
    while (done < end) {
      byte[] block = new byte[fetch.tree.verifier().shape().blockLength(first + done)];
      bytes.get(block);
      ByteBuffer verified = ByteBuffer.wrap(block).asReadOnlyBuffer();
      if (!isRight(source, first + done, verified)) {
        break;
      }
      madeBytes += block.length;
      hand(verified, null);
    }
    if (madeBytes > 0) {
      scope.counters().patched(source.peer(), made.get().deltaBytes(), madeBytes);
    }
    return madeBytes > 0;
  }

  private boolean isRight(DownloadSource source, long index, ByteBuffer block)
      throws RealizeException, InterruptedException {
    TreeVerifier verifier = fetch.tree.verifier();
    return verifier.shape().blocks() == 1
        ? verifier.isWhole(block)
        : verifier.isBlock(index, block, fetch.tree.leaf(index, source));
  }

  private @Nullable ContentHash leaf(long block, @Nullable DownloadSource source)
      throws RealizeException, InterruptedException {
    return source == null ? fetch.tree.knownLeaf(block) : fetch.tree.leaf(block, source);
  }

  /** Asks {@code source} for a portion of the blocks up to {@code last}. */
  private void stream(DownloadSource source, int last)
      throws RealizeException, InterruptedException {
    PeerSpeed speed = scope.pool().speed(source.link().identity().store());
    long portion = Math.max(1, speed.portionBytes() / TreeShape.BLOCK_BYTES);
    int end = (int) Math.min(last, done + portion);
    fetch.tree.prepare(first + done, source);
    long bytes = leftBytes(end);
    Duration deadline = scope.deadline(speed, bytes);
    Duration longest = scope.limits().stall().multipliedBy(3);
    speed.asked(bytes, scope.arena().time().monotonicNanos());
    try {
      source.blocks(
          fetch.request,
          first + done,
          end - done,
          (index, block) -> accept(source, speed, index, block),
          deadline.compareTo(longest) < 0 ? deadline : longest);
    } finally {
      long missing = leftBytes(end);
      if (missing > 0) {
        speed.gaveUp(missing, scope.arena().time().monotonicNanos());
      }
    }
    if (done < end) {
      throw new ProtocolBroken(source.peer() + " ended a stream of blocks early");
    }
  }

  private void accept(DownloadSource source, PeerSpeed speed, long index, ByteBuffer block)
      throws RealizeException {
    try {
      ByteBuffer verified = verify(source, index, block);
      speed.received(verified.remaining(), scope.arena().time().monotonicNanos());
      scope.counters().fromPeer(source.peer(), verified.remaining());
      hand(verified, null);
      scope.good(fetch.request, source.link());
    } catch (InterruptedException e) {
      throw new Unreachable("fetch '" + fetch.path + "' was cancelled", e);
    } catch (RealizeException e) {
      sinkFault = e;
      throw e;
    }
  }

  /** A copy of the block that is known to be right. */
  private ByteBuffer verify(DownloadSource source, long index, ByteBuffer block)
      throws RealizeException, InterruptedException {
    TreeVerifier verifier = fetch.tree.verifier();
    if (index != first + done || block.remaining() != verifier.shape().blockLength(index)) {
      throw corrupt(source, index, "is not what was asked for");
    }
    byte[] copy = new byte[block.remaining()];
    block.get(copy);
    ByteBuffer bytes = ByteBuffer.wrap(copy);
    if (!isRight(source, index, bytes)) {
      throw corrupt(source, index, "does not match its hash");
    }
    return bytes.asReadOnlyBuffer();
  }

  private Corrupt corrupt(DownloadSource source, long index, String what) {
    return new Corrupt(
        "block %d of '%s' from %s %s".formatted(index, fetch.path, source.peer(), what));
  }

  /** Decides what a failure means for its source. */
  private void judge(
      DownloadSource source, RealizeException cause, boolean progressed, Sources.Search search) {
    switch (cause) {
      case Corrupt bad -> {
        scope.bad(fetch.request, source.link(), bad);
        search.failed(source.link(), bad);
      }
      case TimedOut _ when progressed ->
          LOG.debug("{} is slow: {}", source.peer(), cause.oneLine());
      case TimedOut _,
          ProtocolBroken _,
          StorageFailed _,
          DiskFull _,
          CallFailed _,
          RealizeException.WouldWait _ -> {
        LOG.warn(
            "arena {}: fetch '{}' from {}: {}",
            scope.arena().name(),
            fetch.path,
            source.peer(),
            cause.oneLine());
        search.failed(source.link(), cause);
      }
      case VersionGone _,
          NotFound _,
          Unreachable _,
          Denied _,
          Invalid _,
          InDoubt _,
          IsADirectory _,
          NotADirectory _ -> {
        LOG.debug("fetch '{}' from {}: {}", fetch.path, source.peer(), cause.oneLine());
        search.failed(source.link(), cause);
      }
    }
  }
}
