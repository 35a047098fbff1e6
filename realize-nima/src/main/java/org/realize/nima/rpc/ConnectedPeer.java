package org.realize.nima.rpc;

import com.google.protobuf.InvalidProtocolBufferException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.realize.nima.config.HostPort;
import org.realize.nima.config.PeerSettings;
import org.realize.nima.membership.OwnAddresses;
import org.realize.nima.rpc.wire.AddressesMethod;
import org.realize.nima.rpc.wire.BlocksMethod;
import org.realize.nima.rpc.wire.ContentsMethod;
import org.realize.nima.rpc.wire.DiffMethod;
import org.realize.nima.rpc.wire.Entry;
import org.realize.nima.rpc.wire.FeedMethod;
import org.realize.nima.rpc.wire.FeedPart;
import org.realize.nima.rpc.wire.GoodbyeReason;
import org.realize.nima.rpc.wire.MembersMethod;
import org.realize.nima.rpc.wire.MoveMethod;
import org.realize.nima.rpc.wire.PinnedContents;
import org.realize.nima.rpc.wire.PurgeMethod;
import org.realize.nima.rpc.wire.PurgedPaths;
import org.realize.nima.rpc.wire.Request;
import org.realize.nima.rpc.wire.RequestedContents;
import org.realize.nima.rpc.wire.TreeNodeMethod;
import org.realize.nima.tls.PeerKey;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.ByteRange;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.ProtocolBroken;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.ContentBatch;
import org.realize.sync.port.FeedEntry;
import org.realize.sync.port.FeedPage;
import org.realize.sync.port.GlobalStore;
import org.realize.sync.port.PeerLink;
import org.realize.sync.port.PinAnswer;
import org.realize.sync.port.PinRequest;
import org.realize.sync.port.PurgeAnswer;

/**
 * The pair of connections to one peer: <i>interactive</i> for what somebody waits for, <i>bulk</i>
 * for runs of blocks, so that the one does not queue behind the other. They live and end together.
 * Thread-safe.
 */
final class ConnectedPeer implements PeerLink {

  /** A request for at most so many blocks goes by the interactive connection. */
  private static final int FEW_BLOCKS = 4;

  private static final int WINDOW_BYTES = 4 << 20;

  /** One page of a feed has so many bytes at most. */
  private static final long MAX_FEED_BYTES = 8 << 20;

  /** The answer to one step of a move has so many: a listing of the longest names fits. */
  private static final long MAX_STEP_BYTES = 16 << 20;

  private final PeerSettings setup;
  private final PeerName name;
  private final PeerKey key;
  private final Introduction theirs;
  private final Origin origin;
  private final PeerBook book;
  private final Session interactive;
  private final Session bulk;
  private final BiConsumer<ConnectedPeer, SessionEnd> onEnd;
  private final AtomicReference<@Nullable SessionEnd> end = new AtomicReference<>();

  /**
   * Makes both sessions, which start with {@link #start}.
   *
   * @param theirs what the peer said on the interactive connection
   * @param sessions makes the session of a lane, given whom to tell its end
   * @param onEnd told once when the pair ended
   */
  ConnectedPeer(
      PeerSettings setup,
      Introduction theirs,
      Origin origin,
      PeerBook book,
      Lanes sessions,
      BiConsumer<ConnectedPeer, SessionEnd> onEnd) {
    this.setup = setup;
    this.name = setup.name();
    this.key = setup.key();
    this.theirs = theirs;
    this.origin = origin;
    this.book = book;
    this.onEnd = onEnd;
    this.interactive = sessions.interactive().apply(this::ended);
    this.bulk = sessions.bulk().apply(this::ended);
  }

  /**
   * The beginning of a pair of connections.
   *
   * @param dialled true if this node dialled
   * @param address of the peer, as seen here
   * @param local this side's address; empty where that is not known
   * @param clockAhead how far the peer's clock was ahead of ours; empty where it does not say
   */
  record Origin(
      boolean dialled,
      String address,
      Optional<InetAddress> local,
      long sinceMillis,
      Optional<Duration> clockAhead) {}

  /** A factory of the session of each lane. */
  record Lanes(
      Function<Consumer<SessionEnd>, Session> interactive,
      Function<Consumer<SessionEnd>, Session> bulk) {}

  void start() {
    interactive.start();
    bulk.start();
  }

  /** Does what is due on both connections; see {@link Session#tick}. */
  long tick() {
    return Math.min(interactive.tick(), bulk.tick());
  }

  /**
   * Cuts the pair unless the peer answers within two seconds; at once if this machine does not have
   * the address any more that the pair was made from.
   */
  void check() {
    if (origin.local().isEmpty() || OwnAddresses.has(origin.local().get())) {
      interactive.check();
    } else {
      close(GoodbyeReason.GOODBYE_SHUTDOWN, "this machine has another address now");
    }
  }

  /** Ends both connections. Returns at once. */
  void close(GoodbyeReason reason, String message) {
    ended(new SessionEnd(reason, message, false));
  }

  /** Somebody closes the pair, or one of the connections ended. The first cause counts. */
  private void ended(SessionEnd cause) {
    if (end.compareAndSet(null, cause)) {
      GoodbyeReason reason = cause.byPeer() ? GoodbyeReason.GOODBYE_SHUTDOWN : cause.reason();
      interactive.close(reason, cause.message());
      bulk.close(reason, cause.message());
      onEnd.accept(this, cause);
    }
  }

  /** True once the threads of both connections have ended. */
  boolean isOver() {
    return interactive.isOver() && bulk.isOver();
  }

  /** Waits until the threads of both connections ended; false if not within {@code timeout}. */
  boolean awaitEnd(Duration timeout) throws InterruptedException {
    return interactive.awaitEnd(timeout) && bulk.awaitEnd(timeout);
  }

  PeerKey key() {
    return key;
  }

  /**
   * True if the pair may last under {@code now}: both ends have agreed on role and arenas when it
   * was made, and an address that was dialled may be one that the peer has left.
   */
  boolean isAsIn(PeerSettings now) {
    return key.equals(now.key())
        && setup.role() == now.role()
        && setup.arenas().equals(now.arenas())
        && (!origin.dialled() || now.addresses().containsAll(setup.addresses()));
  }

  PeerSettings settings() {
    return setup;
  }

  UUID run() {
    return theirs.run();
  }

  UUID pair() {
    return theirs.pair();
  }

  boolean dialled() {
    return origin.dialled();
  }

  PeerState.Connected state() {
    return new PeerState.Connected(origin.sinceMillis(), origin.address(), origin.clockAhead());
  }

  // ---- what we may ask

  @Override
  public PeerName peer() {
    return name;
  }

  @Override
  public GlobalStore.Identity identity() {
    return theirs.hello().identity();
  }

  @Override
  public boolean connected() {
    return end.get() == null;
  }

  @Override
  public void end(String cause) {
    close(GoodbyeReason.GOODBYE_SHUTDOWN, cause);
  }

  @Override
  public Duration roundTrip() {
    return interactive.roundTrip();
  }

  @Override
  public FeedPage feed(ArenaName arena, long afterSeq, int max, Duration wait)
      throws RealizeException, InterruptedException {
    check(arena);
    int most = Math.clamp(max, 1, InboundService.MAX_ENTRIES);
    Duration bounded = wait.compareTo(InboundService.MAX_WAIT) < 0 ? wait : InboundService.MAX_WAIT;
    FeedMethod method =
        FeedMethod.newBuilder()
            .setArena(arena.value())
            .setAfterSeq(afterSeq)
            .setMax(most)
            .setWaitMillis(bounded.toMillis())
            .build();
    List<FeedEntry> entries = new ArrayList<>();
    long headSeq = 0;
    long bytes = 0;
    Duration deadline = bounded.plusSeconds(60);
    try (OutgoingCall call =
        interactive.call(Request.newBuilder().setFeed(method), WINDOW_BYTES, deadline)) {
      for (ByteBuffer part = call.next(); part != null; part = call.next()) {
        bytes += Frame.costBytes(part.remaining());
        headSeq = readPart(part, afterSeq, entries);
        if (entries.size() > most || bytes > MAX_FEED_BYTES) {
          throw broken("feed", "%,d entries, %,d bytes".formatted(entries.size(), bytes));
        }
      }
    }
    if (!entries.isEmpty() && headSeq < entries.getLast().report().seq()) {
      throw broken("feed", "a head of " + headSeq + " below its last entry");
    }
    return new FeedPage(entries, headSeq);
  }

  /** Appends the part's entries, whose numbers must rise, and returns its head. */
  private long readPart(ByteBuffer bytes, long afterSeq, List<FeedEntry> entries)
      throws RealizeException {
    try {
      FeedPart part = FeedPart.parseFrom(bytes);
      for (Entry message : part.getEntriesList()) {
        FeedEntry entry = WireCodec.decode(message);
        long last = entries.isEmpty() ? afterSeq : entries.getLast().report().seq();
        if (entry.report().seq() <= last) {
          throw broken("feed", "entry " + entry.report().seq() + " after " + last);
        }
        entries.add(entry);
      }
      return part.getHeadSeq();
    } catch (InvalidProtocolBufferException | IllegalArgumentException e) {
      throw broken("feed", String.valueOf(e.getMessage()));
    }
  }

  @Override
  public byte[] treeNode(ContentRequest content, int level, long index, Duration deadline)
      throws RealizeException, InterruptedException {
    check(content.arena());
    TreeNodeMethod method =
        TreeNodeMethod.newBuilder()
            .setContent(WireCodec.encode(content))
            .setLevel(level)
            .setIndex(index)
            .build();
    try (Session.AwaitedAnswer _ = interactive.waiting();
        OutgoingCall call =
            interactive.call(
                Request.newBuilder().setTreeNode(method), Limits.MIN_WINDOW_BYTES, deadline)) {
      ByteBuffer node = call.next();
      if (node == null || node.remaining() % ContentHash.BYTES != 0 || call.next() != null) {
        throw broken("tree node", "not a list of hashes");
      }
      byte[] hashes = new byte[node.remaining()];
      node.get(hashes);
      return hashes;
    }
  }

  @Override
  public void blocks(
      ContentRequest content, long firstBlock, int count, BlockSink sink, Duration deadline)
      throws RealizeException, InterruptedException {
    check(content.arena());
    BlocksMethod method =
        BlocksMethod.newBuilder()
            .setContent(WireCodec.encode(content))
            .setFirst(firstBlock)
            .setCount(count)
            .build();
    Session session = count <= FEW_BLOCKS ? interactive : bulk;
    try (Session.AwaitedAnswer _ = session.waiting();
        OutgoingCall call =
            session.call(Request.newBuilder().setBlocks(method), WINDOW_BYTES, deadline)) {
      long index = firstBlock;
      for (ByteBuffer block = call.next(); block != null; block = call.next()) {
        checkBlock(content, index, firstBlock + count, block.remaining());
        sink.block(index, block);
        index++;
      }
      long fileBlocks = Math.ceilDiv(content.sizeBytes(), InboundService.BLOCK_BYTES);
      if (index < Math.min(firstBlock + count, fileBlocks)) {
        throw broken("blocks", "ended before block " + index);
      }
    }
  }

  @Override
  public boolean batches() {
    return theirs.terms().capabilities().contains(Introduction.CONTENTS);
  }

  @Override
  public void contents(ContentBatch batch, ContentSink sink, Duration deadline)
      throws RealizeException, InterruptedException {
    check(batch.arena());
    ContentsMethod method = ContentsMethod.newBuilder().setArena(batch.arena().value()).build();
    int next = 0;
    for (RequestedContents contents : WireCodec.payloads(batch)) {
      ByteBuffer payload = ByteBuffer.wrap(contents.toByteArray());
      Request.Builder request = Request.newBuilder().setContents(method);
      try (Session.AwaitedAnswer _ = bulk.waiting();
          OutgoingCall call = bulk.call(request, payload, WINDOW_BYTES, deadline)) {
        ContentsReader answer = new ContentsReader(call);
        for (int i = 0; i < contents.getContentsCount(); i++) {
          hand(answer, next, batch.contents().get(next), sink);
          next++;
        }
        answer.end();
      } catch (ProtocolBroken e) {
        throw broken("contents", String.valueOf(e.getMessage()));
      }
    }
  }

  private static void hand(
      ContentsReader answer, int index, ContentRequest content, ContentSink sink)
      throws RealizeException, InterruptedException {
    int code = answer.code();
    if (code == ContentsWriter.WHOLE) {
      sink.arrived(index, answer.take((int) content.sizeBytes()));
    } else {
      sink.failed(index, answer.failure(code));
    }
  }

  private void checkBlock(ContentRequest content, long index, long end, int length)
      throws RealizeException {
    long left = content.sizeBytes() - index * InboundService.BLOCK_BYTES;
    if (index >= end || length != Math.min(left, InboundService.BLOCK_BYTES)) {
      throw broken("blocks", "block " + index + " of " + length + " bytes");
    }
  }

  /** Asks for nothing and waits for the answer. */
  Duration ping(Duration deadline) throws RealizeException, InterruptedException {
    long start = System.nanoTime();
    Request.Builder request =
        Request.newBuilder().setPing(org.realize.nima.rpc.wire.PingMethod.getDefaultInstance());
    try (OutgoingCall call = interactive.call(request, Limits.MIN_WINDOW_BYTES, deadline)) {
      if (call.next() != null) {
        throw broken("ping", "answered with data");
      }
    }
    return Duration.ofNanos(System.nanoTime() - start);
  }

  @Override
  public boolean diffs() {
    return true;
  }

  @Override
  public byte[] diff(ContentRequest content, ByteRange range, byte[] signature, Duration deadline)
      throws RealizeException, InterruptedException {
    check(content.arena());
    DiffMethod method =
        DiffMethod.newBuilder()
            .setContent(WireCodec.encode(content))
            .setStart(range.startBytes())
            .setLength(range.lengthBytes())
            .build();
    Request.Builder request = Request.newBuilder().setDiff(method);
    try (Session.AwaitedAnswer _ = bulk.waiting();
        OutgoingCall call =
            bulk.call(request, ByteBuffer.wrap(signature), Limits.MIN_WINDOW_BYTES, deadline)) {
      ByteBuffer delta = call.next();
      if (delta == null || call.next() != null) {
        throw broken("diff", "not one delta");
      }
      byte[] bytes = new byte[delta.remaining()];
      delta.get(bytes);
      return bytes;
    }
  }

  @Override
  public List<PinAnswer> pin(ArenaName arena, PinRequest request, Duration deadline)
      throws RealizeException, InterruptedException {
    check(arena);
    Request.Builder call = Request.newBuilder().setPin(PinWireCodec.encode(arena, request));
    List<PinAnswer> answers = new ArrayList<>();
    for (PinnedContents contents : PinWireCodec.payloads(request)) {
      ByteBuffer payload = ByteBuffer.wrap(contents.toByteArray());
      try (OutgoingCall outgoing =
          bulk.call(call.clone(), payload, Limits.MIN_WINDOW_BYTES, deadline)) {
        ByteBuffer part = outgoing.next();
        if (part == null || outgoing.next() != null) {
          throw broken("pin", "not one list of answers");
        }
        answers.addAll(PinWireCodec.answers(name.toString(), part));
      } catch (InvalidProtocolBufferException e) {
        throw broken("pin", String.valueOf(e.getMessage()));
      }
    }
    if (answers.size() != request.contents().size()) {
      throw broken("pin", answers.size() + " answers");
    }
    return answers;
  }

  @Override
  public boolean purges() {
    return theirs.terms().capabilities().contains(Introduction.PURGE);
  }

  @Override
  public PurgeAnswer purge(ArenaName arena, List<RelativePath> paths, Duration deadline)
      throws RealizeException, InterruptedException {
    check(arena);
    Request.Builder request =
        Request.newBuilder().setPurge(PurgeMethod.newBuilder().setArena(arena.value()));
    PurgedPaths.Builder names = PurgedPaths.newBuilder();
    paths.forEach(path -> names.addPaths(path.toString()));
    ByteBuffer payload = ByteBuffer.wrap(names.build().toByteArray());
    try (OutgoingCall call = bulk.call(request, payload, Limits.MIN_WINDOW_BYTES, deadline)) {
      ByteBuffer part = call.next();
      if (part == null || call.next() != null) {
        throw broken("purge", "not one answer");
      }
      var answer = org.realize.nima.rpc.wire.PurgeAnswer.parseFrom(part);
      return new PurgeAnswer(
          answer.getFiles(), answer.getBytes(), answer.getKeptFiles(), answer.getCause());
    } catch (InvalidProtocolBufferException e) {
      throw broken("purge", String.valueOf(e.getMessage()));
    }
  }

  /** True if the peer exchanges member lists. */
  boolean exchangesMembers() {
    return theirs.terms().capabilities().contains(Introduction.MEMBERS);
  }

  /** Sends this node's member list; returns the peer's. */
  byte[] members(byte[] ours, Duration deadline) throws RealizeException, InterruptedException {
    Request.Builder request = Request.newBuilder().setMembers(MembersMethod.getDefaultInstance());
    ByteBuffer payload = ByteBuffer.wrap(ours);
    try (OutgoingCall call =
        interactive.call(request, payload, Limits.MIN_WINDOW_BYTES, deadline)) {
      ByteBuffer part = call.next();
      if (part == null || call.next() != null) {
        throw broken("members", "not one answer");
      }
      byte[] bytes = new byte[part.remaining()];
      part.get(bytes);
      return bytes;
    }
  }

  /** True if the peer takes this node's addresses. */
  boolean takesAddresses() {
    return theirs.terms().capabilities().contains(Introduction.ADDRESSES);
  }

  /** Says where this node listens. */
  void addresses(List<HostPort> own, Duration deadline)
      throws RealizeException, InterruptedException {
    AddressesMethod.Builder said = AddressesMethod.newBuilder();
    own.forEach(each -> said.addAddresses(each.toString()));
    Request.Builder request = Request.newBuilder().setAddresses(said);
    try (OutgoingCall call = interactive.call(request, Limits.MIN_WINDOW_BYTES, deadline)) {
      if (call.next() != null) {
        throw broken("addresses", "an answer");
      }
    }
  }

  /**
   * A step of a move, by the bulk connection; the parts of its answer. What may be asked is for the
   * peer to say.
   */
  List<byte[]> move(
      ArenaName arena,
      MoveMethod.Builder method,
      ByteBuffer payload,
      int windowBytes,
      Duration deadline)
      throws RealizeException, InterruptedException {
    check(arena);
    List<byte[]> parts = new ArrayList<>();
    Request.Builder request = Request.newBuilder().setMove(method);
    try (OutgoingCall call = bulk.call(request, payload, windowBytes, deadline)) {
      long total = 0;
      for (ByteBuffer part = call.next(); part != null; part = call.next()) {
        byte[] bytes = new byte[part.remaining()];
        total += Frame.costBytes(bytes.length);
        if (total > MAX_STEP_BYTES) {
          throw broken("move", "%,d bytes and more".formatted(total));
        }
        part.get(bytes);
        parts.add(bytes);
      }
    }
    return parts;
  }

  private void check(ArenaName arena) throws RealizeException {
    boolean allowed =
        book.byName(name)
            .filter(setup -> setup.role().mayBeAsked() && setup.maySee(arena))
            .isPresent();
    if (!allowed) {
      throw new RealizeException.Denied(
          "ask " + name + " for arena " + arena + ": not shared with it in the configuration");
    }
  }

  /** A wrong answer inside a right frame: the connection ends, as with any broken rule. */
  private RealizeException broken(String action, String what) {
    String message = action + " from " + name + ": " + what;
    close(GoodbyeReason.GOODBYE_MALFORMED_FRAME, message);
    return new RealizeException.ProtocolBroken(message);
  }
}
