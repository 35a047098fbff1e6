package org.realize.sync.transfer;

import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.realize.sync.content.StoredTree;
import org.realize.sync.delta.TreeShape;
import org.realize.sync.delta.TreeVerifier;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Corrupt;
import org.realize.sync.model.RealizeException.TimedOut;
import org.realize.sync.port.PeerLink.ContentRequest;

/**
 * The hash tree of one content, completed from peers: a node that the store lacks is fetched when a
 * block below it is, verified against its parent, and stored. A thread that needs a node while
 * another fetches it waits for that fetch; if that fails, it asks its own source. Thread-safe; no
 * lock is held during a wait.
 */
final class VerifiedTree {

  private record TreePlace(int level, long index) {}

  private final FetchScope scope;
  private final ContentRequest request;
  private final StoredTree stored;
  private final Map<TreePlace, CompletableFuture<byte[]>> fetching = new ConcurrentHashMap<>();

  VerifiedTree(FetchScope scope, ContentRequest request) {
    this.scope = scope;
    this.request = request;
    stored =
        new StoredTree(
            scope.arena().store(), new Content.File(request.hash(), request.sizeBytes()));
  }

  TreeVerifier verifier() {
    return stored.verifier();
  }

  private TreeShape shape() {
    return stored.shape();
  }

  /** The hash that {@code block} must have; a file of one block needs none and has none here. */
  ContentHash leaf(long block, DownloadSource source)
      throws RealizeException, InterruptedException {
    return TreeVerifier.hashAt(node(1, block, source), shape().positionOf(1, block));
  }

  /** As {@link #leaf}, without asking a peer; null if a node on the way is not here. */
  @Nullable ContentHash knownLeaf(long block) throws RealizeException {
    return stored.leaf(block);
  }

  /** Makes sure that the nodes above {@code block} are here. */
  void prepare(long block, DownloadSource source) throws RealizeException, InterruptedException {
    if (shape().blocks() > 1) {
      node(1, block, source);
    }
  }

  /** Retries after each failed fetch of another run: once per run at most. */
  private byte[] node(int level, long block, DownloadSource source)
      throws RealizeException, InterruptedException {
    TreePlace place = new TreePlace(level, shape().nodeOf(level, block));
    while (true) {
      byte[] known = stored.nodeInMemory(level, block);
      if (known != null) {
        return known;
      }
      CompletableFuture<byte[]> mine = new CompletableFuture<>();
      CompletableFuture<byte[]> other = fetching.putIfAbsent(place, mine);
      if (other == null) {
        return fetch(place, block, source, mine);
      }
      byte[] node = await(other, place, source.cancellation());
      if (node != null) {
        return node;
      }
    }
  }

  /** The node that another run fetches; null if that failed. */
  private byte @Nullable [] await(
      CompletableFuture<byte[]> other, TreePlace place, Cancellation cancellation)
      throws TimedOut, InterruptedException {
    cancellation.enter();
    try {
      return other.get(scope.limits().read().toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException | CancellationException e) {
      return null;
    } catch (TimeoutException e) {
      throw new TimedOut("wait for node " + place.index() + " at level " + place.level());
    } finally {
      cancellation.leave();
    }
  }

  private byte[] fetch(
      TreePlace place, long block, DownloadSource source, CompletableFuture<byte[]> promise)
      throws RealizeException, InterruptedException {
    try {
      if (place.level() < shape().rootLevel()) {
        node(place.level() + 1, block, source);
      }
      byte[] node = stored.node(place.level(), block);
      if (node == null) {
        node = fromPeer(place, block, source);
      }
      promise.complete(node);
      return node;
    } finally {
      fetching.remove(place, promise);
      if (!promise.isDone()) {
        promise.cancel(false);
      }
    }
  }

  private byte[] fromPeer(TreePlace place, long block, DownloadSource source)
      throws RealizeException, InterruptedException {
    byte[] node = source.treeNode(request, place.level(), place.index(), scope.limits().stall());
    return switch (stored.put(place.level(), block, node)) {
      case RIGHT -> node;
      case WRONG ->
          throw new Corrupt(
              "node %d at level %d of '%s' from %s does not match its hash"
                  .formatted(place.index(), place.level(), request.hint(), source.peer()));
      case UNKNOWN ->
          throw new TimedOut(
              "node %d at level %d of '%s': the node above is no longer in memory"
                  .formatted(place.index(), place.level(), request.hint()));
    };
  }
}
