package org.realize.sync.testing;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.realize.sync.delta.DeltaEncoder;
import org.realize.sync.delta.Signature;
import org.realize.sync.delta.TreeHasher;
import org.realize.sync.delta.TreeShape;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.ByteRange;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.NotFound;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RealizeException.TimedOut;
import org.realize.sync.model.RealizeException.Unreachable;
import org.realize.sync.model.RealizeException.VersionGone;
import org.realize.sync.model.StoreId;
import org.realize.sync.port.ContentBatch;
import org.realize.sync.port.FeedPage;
import org.realize.sync.port.GlobalStore;
import org.realize.sync.port.PeerLink;

/**
 * A {@link PeerLink} that serves contents from the heap and goes wrong as told. It counts what is
 * asked of it. Thread-safe: state is guarded by its monitor, which is not held while it waits.
 */
public class ScriptedPeer implements PeerLink {

  /** One call of {@link #blocks}. */
  public record BlockCall(ContentHash content, long firstBlock, int count) {}

  /** One call of {@link #treeNode}. */
  public record NodeCall(ContentHash content, int level, long index) {}

  /** One call of {@link #contents}. */
  public record BatchCall(int count, long bytes) {}

  private record NodeKey(ContentHash content, int level, long index) {}

  private final PeerName peer;
  private final StoreId store;
  private final Map<ContentHash, byte[]> contents = new HashMap<>();
  private final Map<NodeKey, byte[]> nodes = new HashMap<>();
  private final Set<Long> corruptBlocks = new HashSet<>();
  private final Set<Integer> corruptLevels = new HashSet<>();
  private final List<BlockCall> blockCalls = new ArrayList<>();
  private final List<NodeCall> nodeCalls = new ArrayList<>();
  private final List<ByteRange> diffCalls = new ArrayList<>();
  private final List<BatchCall> batchCalls = new ArrayList<>();
  private int blocksSent;
  private int blocksLeft = Integer.MAX_VALUE;
  private boolean batches;
  private boolean diffs;
  private boolean corruptDiffs;
  private boolean connected = true;
  private boolean gone;
  private long stallAt = Long.MAX_VALUE;
  private long cutAt = Long.MAX_VALUE;
  private CountDownLatch gate = new CountDownLatch(0);
  private Duration roundTrip = Duration.ofMillis(1);
  private Duration perBlock = Duration.ZERO;

  public ScriptedPeer(String name) {
    peer = new PeerName(name);
    store =
        new StoreId(
            UUID.nameUUIDFromBytes(peer.value().getBytes(java.nio.charset.StandardCharsets.UTF_8)));
  }

  /** Seeded bytes of the given size, to be served by any number of peers. */
  public static byte[] bytes(long seed, int sizeBytes) {
    byte[] bytes = new byte[sizeBytes];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  /** Serves {@code bytes} from now on. */
  public synchronized Content.File serve(byte[] bytes) {
    Map<NodeKey, byte[]> tree = new HashMap<>();
    TreeHasher hasher =
        new TreeHasher((level, index, children) ->
            tree.put(new NodeKey(new ContentHash(0, 0, 0, 0), level, index), children));
    hasher.update(bytes, 0, bytes.length);
    ContentHash hash = hasher.finish();
    tree.forEach((key, value) -> nodes.put(new NodeKey(hash, key.level(), key.index()), value));
    contents.put(hash, bytes);
    return new Content.File(hash, bytes.length);
  }

  /** Sends this block with one bit turned. */
  public synchronized ScriptedPeer corruptBlock(long index) {
    corruptBlocks.add(index);
    return this;
  }

  /** Sends all nodes of this level with one bit turned. */
  public synchronized ScriptedPeer corruptNodes(int level) {
    corruptLevels.add(level);
    return this;
  }

  /** Sends what it should again. */
  public synchronized ScriptedPeer heal() {
    corruptBlocks.clear();
    corruptLevels.clear();
    gone = false;
    stallAt = Long.MAX_VALUE;
    cutAt = Long.MAX_VALUE;
    blocksLeft = Integer.MAX_VALUE;
    connected = true;
    return this;
  }

  /** Sends nothing from this block on, until the deadline. */
  public synchronized ScriptedPeer stallAt(long block) {
    stallAt = block;
    return this;
  }

  /** Loses the connection in front of this block. */
  public synchronized ScriptedPeer cutAt(long block) {
    cutAt = block;
    return this;
  }

  /** Loses the connection after so many more blocks. */
  public synchronized ScriptedPeer cutAfter(int blocks) {
    blocksLeft = blocks;
    return this;
  }

  /** Answers that the file has changed. */
  public synchronized ScriptedPeer gone() {
    gone = true;
    return this;
  }

  /** Answers {@link #diff} from now on. */
  public synchronized ScriptedPeer makeDiffs() {
    diffs = true;
    return this;
  }

  /** Answers {@link #contents} from now on, in which content n goes wrong as block n would. */
  public synchronized ScriptedPeer sendBatches() {
    batches = true;
    return this;
  }

  /** Sends deltas that make other bytes. */
  public synchronized ScriptedPeer corruptDiffs() {
    corruptDiffs = true;
    return makeDiffs();
  }

  public synchronized ScriptedPeer disconnect() {
    connected = false;
    return this;
  }

  /** Holds every call until {@code open} is counted down. */
  public synchronized ScriptedPeer gate(CountDownLatch open) {
    gate = open;
    return this;
  }

  public synchronized ScriptedPeer speed(Duration newRoundTrip, Duration newPerBlock) {
    roundTrip = newRoundTrip;
    perBlock = newPerBlock;
    return this;
  }

  public synchronized List<BlockCall> blockCalls() {
    return List.copyOf(blockCalls);
  }

  public synchronized List<NodeCall> nodeCalls() {
    return List.copyOf(nodeCalls);
  }

  public synchronized List<BatchCall> batchCalls() {
    return List.copyOf(batchCalls);
  }

  public synchronized List<ByteRange> diffCalls() {
    return List.copyOf(diffCalls);
  }

  /** How often blocks were asked for, each counted by itself. */
  public synchronized int blocksAsked() {
    return blockCalls.stream().mapToInt(BlockCall::count).sum();
  }

  /** How many blocks were sent, wrong ones too. */
  public synchronized int blocksSent() {
    return blocksSent;
  }

  public StoreId store() {
    return store;
  }

  @Override
  public PeerName peer() {
    return peer;
  }

  @Override
  public GlobalStore.Identity identity() {
    return new GlobalStore.Identity(store, List.of(store.value()));
  }

  @Override
  public synchronized boolean connected() {
    return connected;
  }

  @Override
  public FeedPage feed(ArenaName arena, long afterSeq, int max, Duration wait) {
    return new FeedPage(List.of(), 0);
  }

  @Override
  public byte[] treeNode(ContentRequest content, int level, long index, Duration deadline)
      throws RealizeException, InterruptedException {
    CountDownLatch wait;
    synchronized (this) {
      nodeCalls.add(new NodeCall(content.hash(), level, index));
      wait = gate;
    }
    pass(wait, deadline, "node " + level + "/" + index);
    synchronized (this) {
      checkServed(content);
      byte[] node = nodes.get(new NodeKey(content.hash(), level, index));
      if (node == null) {
        throw new NotFound("no node " + level + "/" + index);
      }
      return corruptLevels.contains(level) ? turned(node) : node.clone();
    }
  }

  @Override
  public synchronized boolean diffs() {
    return diffs;
  }

  @Override
  public synchronized byte[] diff(
      ContentRequest content, ByteRange range, byte[] signature, Duration deadline)
      throws RealizeException {
    diffCalls.add(range);
    checkServed(content);
    byte[] bytes = served(content).clone();
    int start = (int) range.startBytes();
    if (corruptDiffs) {
      bytes[start + 7] ^= 1;
    }
    List<byte[]> deltas = new ArrayList<>();
    DeltaEncoder encoder = new DeltaEncoder(Signature.decode(signature), deltas::add);
    try {
      encoder.update(bytes, start, (int) range.lengthBytes());
      encoder.finish();
    } catch (IOException e) {
      throw new StorageFailed("diff", e);
    }
    return deltas.getFirst().length < range.lengthBytes() ? deltas.getFirst() : new byte[0];
  }

  @Override
  public void blocks(
      ContentRequest content, long firstBlock, int count, BlockSink sink, Duration deadline)
      throws RealizeException, InterruptedException {
    CountDownLatch wait;
    synchronized (this) {
      blockCalls.add(new BlockCall(content.hash(), firstBlock, count));
      wait = gate;
    }
    pass(wait, deadline, "block " + firstBlock);
    for (long index = firstBlock; index < firstBlock + count; index++) {
      sink.block(index, ByteBuffer.wrap(block(content, index, deadline)));
    }
  }

  @Override
  public synchronized boolean batches() {
    return batches;
  }

  @Override
  public void contents(ContentBatch batch, ContentSink sink, Duration deadline)
      throws RealizeException, InterruptedException {
    CountDownLatch wait;
    synchronized (this) {
      long bytes = batch.contents().stream().mapToLong(ContentRequest::sizeBytes).sum();
      batchCalls.add(new BatchCall(batch.contents().size(), bytes));
      wait = gate;
    }
    pass(wait, deadline, "contents");
    for (int i = 0; i < batch.contents().size(); i++) {
      byte[] bytes;
      try {
        bytes = whole(batch.contents().get(i), i, deadline);
      } catch (VersionGone e) {
        sink.failed(i, e);
        continue;
      }
      sink.arrived(i, ByteBuffer.wrap(bytes));
    }
  }

  private byte[] whole(ContentRequest content, int index, Duration deadline)
      throws RealizeException, InterruptedException {
    step(index, deadline);
    synchronized (this) {
      checkServed(content);
      byte[] bytes = served(content);
      return corruptBlocks.contains((long) index) ? turned(bytes) : bytes.clone();
    }
  }

  private byte[] block(ContentRequest content, long index, Duration deadline)
      throws RealizeException, InterruptedException {
    step(index, deadline);
    synchronized (this) {
      checkServed(content);
      byte[] bytes = served(content);
      TreeShape shape = new TreeShape(bytes.length);
      blocksSent++;
      blocksLeft--;
      byte[] block = new byte[shape.blockLength(index)];
      System.arraycopy(bytes, (int) TreeShape.blockOffset(index), block, 0, block.length);
      return corruptBlocks.contains(index) ? turned(block) : block;
    }
  }

  /** Stalls, pauses or loses the connection as told. */
  private void step(long index, Duration deadline) throws RealizeException, InterruptedException {
    boolean stall;
    Duration pause;
    synchronized (this) {
      stall = index >= stallAt;
      pause = perBlock;
    }
    if (stall) {
      pass(new CountDownLatch(1), deadline, "block " + index);
    }
    if (!pause.isZero()) {
      boolean cut = new CountDownLatch(1).await(pause.toNanos(), TimeUnit.NANOSECONDS);
      assert !cut;
    }
    synchronized (this) {
      if (index >= cutAt || blocksLeft <= 0) {
        connected = false;
      }
    }
  }

  private byte[] served(ContentRequest content) throws VersionGone {
    byte[] bytes = contents.get(content.hash());
    if (bytes == null) {
      throw new VersionGone("no content " + content.hash().hex8());
    }
    return bytes;
  }

  private void checkServed(ContentRequest content) throws RealizeException {
    if (!connected) {
      throw new Unreachable("connection to " + peer + " is gone");
    }
    if (gone) {
      throw new VersionGone(content.hint() + " changed");
    }
    served(content);
  }

  private static void pass(CountDownLatch gate, Duration deadline, String what)
      throws TimedOut, InterruptedException {
    if (!gate.await(deadline.toNanos(), TimeUnit.NANOSECONDS)) {
      throw new TimedOut(what + " after " + deadline);
    }
  }

  private static byte[] turned(byte[] bytes) {
    byte[] bad = bytes.clone();
    bad[bad.length / 2] ^= 1;
    return bad;
  }

  @Override
  public synchronized Duration roundTrip() {
    return roundTrip;
  }
}
