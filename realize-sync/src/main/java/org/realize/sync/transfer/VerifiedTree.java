package org.realize.sync.transfer;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.realize.sync.delta.TreeShape;
import org.realize.sync.delta.TreeVerifier;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Corrupt;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RealizeException.TimedOut;
import org.realize.sync.port.PeerLink.ContentRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The inner nodes of one content's hash tree, fetched when a block below them is, each verified
 * against its parent before it is used, and kept: the latest {@value #MAX_IN_MEMORY} on the heap,
 * all in the arena's rows. Whoever needs a node that is being fetched waits for that fetch; when it
 * fails, the waiter asks its own source. Thread-safe, no lock is held while anything is waited for.
 */
final class VerifiedTree {

  private static final Logger LOG = LoggerFactory.getLogger(VerifiedTree.class);
  private static final int MAX_IN_MEMORY = 64;

  private record Place(int level, long index) {}

  private final FetchScope scope;
  private final ContentRequest request;
  private final TreeVerifier verifier;
  private final TreeShape shape;
  private final Map<Place, CompletableFuture<byte[]>> fetching = new ConcurrentHashMap<>();

  /** Guarded by itself. */
  private final Map<Place, byte[]> verified =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Place, byte[]> eldest) {
          return size() > MAX_IN_MEMORY;
        }
      };

  VerifiedTree(FetchScope scope, ContentRequest request) {
    this.scope = scope;
    this.request = request;
    verifier = TreeVerifier.of(request.hash(), request.sizeBytes());
    shape = verifier.shape();
  }

  TreeVerifier verifier() {
    return verifier;
  }

  /** The hash that {@code block} must have; a file of one block needs none and has none here. */
  ContentHash leaf(long block, Source source) throws RealizeException, InterruptedException {
    return TreeVerifier.hashAt(node(1, block, source), shape.positionOf(1, block));
  }

  /** As {@link #leaf}, without asking a peer; null if a node on the way is not here. */
  @Nullable ContentHash knownLeaf(long block) throws RealizeException {
    byte[] node = known(1, block);
    return node == null ? null : TreeVerifier.hashAt(node, shape.positionOf(1, block));
  }

  private byte @Nullable [] known(int level, long block) throws RealizeException {
    Place place = new Place(level, shape.nodeOf(level, block));
    byte[] node = inMemory(place);
    if (node != null) {
      return node;
    }
    ContentHash expected = null;
    if (level < shape.rootLevel()) {
      byte[] above = known(level + 1, block);
      if (above == null) {
        return null;
      }
      expected = TreeVerifier.hashAt(above, shape.positionOf(level + 1, block));
    }
    node = stored(place, expected);
    if (node != null) {
      synchronized (verified) {
        verified.put(place, node);
      }
    }
    return node;
  }

  /** Makes sure that the nodes above {@code block} are here. */
  void prepare(long block, Source source) throws RealizeException, InterruptedException {
    if (shape.blocks() > 1) {
      node(1, block, source);
    }
  }

  /** Tries again after each failed fetch of somebody else: once per run at most. */
  private byte[] node(int level, long block, Source source)
      throws RealizeException, InterruptedException {
    Place place = new Place(level, shape.nodeOf(level, block));
    while (true) {
      byte[] known = inMemory(place);
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

  private byte @Nullable [] inMemory(Place place) {
    synchronized (verified) {
      return verified.get(place);
    }
  }

  /** What somebody else fetches; null when that failed. */
  private byte @Nullable [] await(
      CompletableFuture<byte[]> other, Place place, Cancellation cancellation)
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

  private byte[] fetch(Place place, long block, Source source, CompletableFuture<byte[]> promise)
      throws RealizeException, InterruptedException {
    try {
      byte[] node = inMemory(place);
      if (node == null) {
        ContentHash expected = expected(place, block, source);
        node = stored(place, expected);
        if (node == null) {
          node = fromPeer(place, expected, source);
        }
        synchronized (verified) {
          verified.put(place, node);
        }
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

  /** The hash in the parent's list; null for the root, whose hash is the content's. */
  private @Nullable ContentHash expected(Place place, long block, Source source)
      throws RealizeException, InterruptedException {
    if (place.level() == shape.rootLevel()) {
      return null;
    }
    int above = place.level() + 1;
    return TreeVerifier.hashAt(node(above, block, source), shape.positionOf(above, block));
  }

  private boolean matches(Place place, byte[] children, @Nullable ContentHash expected) {
    return expected == null
        ? verifier.isRoot(children)
        : verifier.isNode(place.level(), place.index(), children, expected);
  }

  private byte @Nullable [] stored(Place place, @Nullable ContentHash expected)
      throws RealizeException {
    Optional<byte[]> row =
        scope.store().read(r -> r.treeNode(request.hash(), place.level(), place.index()));
    if (row.isPresent() && !matches(place, row.get(), expected)) {
      LOG.error(
          "stored node {} of {} does not match its hash; it is fetched again",
          place,
          request.hash());
      return null;
    }
    return row.orElse(null);
  }

  private byte[] fromPeer(Place place, @Nullable ContentHash expected, Source source)
      throws RealizeException, InterruptedException {
    byte[] node = source.treeNode(request, place.level(), place.index(), scope.limits().stall());
    if (!matches(place, node, expected)) {
      throw new Corrupt(
          "node %d at level %d of '%s' from %s does not match its hash"
              .formatted(place.index(), place.level(), request.hint(), source.peer()));
    }
    try {
      scope
          .store()
          .write(tx -> {
            tx.putTreeNode(request.hash(), place.level(), place.index(), node);
          });
    } catch (StorageFailed e) {
      LOG.warn("keep node {} of '{}': {}", place, request.hint(), e.oneLine());
    }
    return node;
  }
}
