package org.realize.nima.rpc;

import com.google.protobuf.InvalidProtocolBufferException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.function.Predicate;
import org.realize.nima.config.PeerSettings;
import org.realize.nima.rpc.wire.BlocksMethod;
import org.realize.nima.rpc.wire.ContentsMethod;
import org.realize.nima.rpc.wire.DiffMethod;
import org.realize.nima.rpc.wire.Entry;
import org.realize.nima.rpc.wire.FeedMethod;
import org.realize.nima.rpc.wire.FeedPart;
import org.realize.nima.rpc.wire.MoveMethod;
import org.realize.nima.rpc.wire.PinMethod;
import org.realize.nima.rpc.wire.PurgeMethod;
import org.realize.nima.rpc.wire.PurgedPaths;
import org.realize.nima.rpc.wire.TreeNodeMethod;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.ByteRange;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.move.MovableArenas;
import org.realize.sync.port.ContentBatch;
import org.realize.sync.port.FeedEntry;
import org.realize.sync.port.FeedPage;
import org.realize.sync.port.PeerLink;
import org.realize.sync.port.PeerService;
import org.realize.sync.port.PinRequest;
import org.realize.sync.port.PurgeAnswer;

/**
 * The service that answers one peer's calls: it refuses a call that is out of bounds or that the
 * peer may not make by the configuration of that moment, then calls the service. Thread-safe.
 */
final class InboundService implements CallHandler {

  static final int BLOCK_BYTES = 128 << 10;

  /** A peer may ask for so many blocks at once: 8 GiB. */
  static final int MAX_BLOCKS = 65_536;

  static final int MAX_ENTRIES = 20_000;
  static final Duration MAX_WAIT = Duration.ofMinutes(2);

  /** A part of the feed has so many bytes at most, but for one that is a single entry. */
  private static final int FEED_PART_BYTES = 256 << 10;

  /** Answers of one connection that hold more than a block while they are sent. */
  private static final int LARGE_ANSWERS = 8;

  private final Semaphore largeAnswers = new Semaphore(LARGE_ANSWERS);
  private final PeerName peer;
  private final StoreId store;
  private final PeerBook book;
  private final PeerService service;
  private final InboundMoves moves;

  /**
   * The service for one peer.
   *
   * @param store of the peer, as it said in Hello
   * @param reaches whether this node is connected to the peer of a store
   */
  InboundService(
      PeerName peer,
      StoreId store,
      PeerBook book,
      PeerService service,
      MovableArenas arenas,
      Predicate<StoreId> reaches) {
    this.peer = peer;
    this.store = store;
    this.book = book;
    this.service = service;
    this.moves = new InboundMoves(peer, arenas, reaches);
  }

  @Override
  public void handle(IncomingCall call) throws RealizeException, InterruptedException {
    try {
      switch (call.request().getMethodCase()) {
        case PING -> {}
        case FEED -> feed(call, call.request().getFeed());
        case TREE_NODE -> treeNode(call, call.request().getTreeNode());
        case BLOCKS -> blocks(call, call.request().getBlocks());
        case DIFF -> large(call, () -> diff(call, call.request().getDiff()));
        case MOVE -> move(call, call.request().getMove());
        case CONTENTS -> large(call, () -> contents(call, call.request().getContents()));
        case PIN -> pin(call, call.request().getPin());
        case PURGE -> purge(call, call.request().getPurge());
        case MEMBERS, ADDRESSES, METHOD_NOT_SET -> throw new IllegalArgumentException("no method");
      }
    } catch (IllegalArgumentException e) {
      throw new RealizeException.Invalid("answer " + peer, e);
    }
  }

  /** A step of an answer. */
  private interface AnswerStep {
    void run() throws RealizeException, InterruptedException;
  }

  /**
   * Runs a step that holds much, one of a few at a time: the other side may make any number of
   * calls, and takes nothing of what it asked for.
   */
  private void large(IncomingCall call, AnswerStep step)
      throws RealizeException, InterruptedException {
    call.interruptibly(() -> {
      largeAnswers.acquire();
      return this;
    });
    try {
      step.run();
    } finally {
      largeAnswers.release();
    }
  }

  private void check(ArenaName arena) throws RealizeException {
    boolean allowed =
        book.byName(peer).filter(setup -> setup.role().mayAsk() && setup.maySee(arena)).isPresent();
    if (!allowed) {
      throw new RealizeException.Denied("arena " + arena + " is not shared with you");
    }
  }

  private void diff(IncomingCall call, DiffMethod method)
      throws RealizeException, InterruptedException {
    PeerLink.ContentRequest content = WireCodec.decode(method.getContent());
    check(content.arena());
    checkBound("start", method.getStart(), 0, Long.MAX_VALUE - PeerLink.MAX_DIFF_BYTES);
    checkBound("length", method.getLength(), 1, PeerLink.MAX_DIFF_BYTES);
    ByteRange range = new ByteRange(method.getStart(), method.getStart() + method.getLength());
    byte[] signature = new byte[call.payload().remaining()];
    call.payload().get(0, signature);
    byte[] delta = service.diff(peer, content, range, signature);
    call.send(ByteBuffer.wrap(delta));
  }

  private void move(IncomingCall call, MoveMethod method)
      throws RealizeException, InterruptedException {
    ArenaName arena = new ArenaName(method.getArena());
    check(arena);
    requireWrite(arena, "files of arena %s may not be moved by you".formatted(arena));
    switch (method.getStepCase()) {
      case LIST, READ, DIFF -> large(call, () -> moves.handle(call, arena, method));
      default -> moves.handle(call, arena, method);
    }
  }

  private void requireWrite(ArenaName arena, String refusal) throws RealizeException.Denied {
    Optional<PeerSettings> setup = book.byName(peer);
    if (setup.filter(known -> known.mayWrite(arena)).isPresent()) {
      return;
    }
    StringBuilder command = new StringBuilder("realize peer set " + peer);
    setup.map(PeerSettings::write).orElse(List.of()).forEach(a -> command.append(" --write " + a));
    throw new RealizeException.Denied(
        "%s: not in 'write' of your [[peer]]; there, '%s --write %s' allows it"
            .formatted(refusal, command, arena));
  }

  private void pin(IncomingCall call, PinMethod method)
      throws RealizeException, InterruptedException {
    ArenaName arena = new ArenaName(method.getArena());
    check(arena);
    PinRequest request = PinWireCodec.decode(method, call.payload());
    call.send(ByteBuffer.wrap(PinWireCodec.encode(service.pin(store, arena, request))));
  }

  private void purge(IncomingCall call, PurgeMethod method)
      throws RealizeException, InterruptedException {
    ArenaName arena = new ArenaName(method.getArena());
    check(arena);
    requireWrite(arena, "the trash of arena %s may not be purged by you".formatted(arena));
    List<RelativePath> paths = new ArrayList<>();
    try {
      for (String path : PurgedPaths.parseFrom(call.payload()).getPathsList()) {
        paths.add(RelativePath.of(path));
      }
    } catch (InvalidProtocolBufferException e) {
      throw new RealizeException.Invalid("read the paths of a purge", e);
    }
    checkBound("number of paths", paths.size(), 1, PeerLink.MAX_PURGED_PATHS);
    PurgeAnswer answer = service.purge(peer, arena, paths);
    call.send(
        ByteBuffer.wrap(
            org.realize.nima.rpc.wire.PurgeAnswer.newBuilder()
                .setFiles(answer.files())
                .setBytes(answer.bytes())
                .setKeptFiles(answer.keptFiles())
                .setCause(answer.cause())
                .build()
                .toByteArray()));
  }

  private static void checkBound(String what, long value, long least, long most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(what + " " + value + " is not in " + least + ".." + most);
    }
  }

  private void feed(IncomingCall call, FeedMethod method)
      throws RealizeException, InterruptedException {
    ArenaName arena = new ArenaName(method.getArena());
    check(arena);
    checkBound("seq", method.getAfterSeq(), 0, Long.MAX_VALUE);
    checkBound("max", method.getMax(), 1, MAX_ENTRIES);
    checkBound("wait", method.getWaitMillis(), 0, MAX_WAIT.toMillis());
    boolean[] isSent = {false};
    large(
        call,
        () -> {
          FeedPage page = page(call, arena, method, Duration.ZERO);
          isSent[0] = !page.entries().isEmpty() || method.getWaitMillis() == 0;
          if (isSent[0]) {
            send(call, page);
          }
        });
    if (!isSent[0]) {
      // What comes while a call waits is little, and many may wait.
      send(call, page(call, arena, method, Duration.ofMillis(method.getWaitMillis())));
    }
  }

  private FeedPage page(IncomingCall call, ArenaName arena, FeedMethod method, Duration wait)
      throws RealizeException, InterruptedException {
    return call.interruptibly(
        () -> service.feed(peer, arena, method.getAfterSeq(), method.getMax(), wait));
  }

  private static void send(IncomingCall call, FeedPage page)
      throws RealizeException, InterruptedException {
    List<Entry> part = new ArrayList<>();
    long bytes = 0;
    for (FeedEntry entry : page.entries()) {
      Entry message = WireCodec.encode(entry);
      if (bytes > 0 && bytes + message.getSerializedSize() > FEED_PART_BYTES) {
        send(call, part, page.headSeq());
        part.clear();
        bytes = 0;
      }
      part.add(message);
      bytes += message.getSerializedSize();
    }
    send(call, part, page.headSeq());
  }

  private static void send(IncomingCall call, List<Entry> entries, long headSeq)
      throws RealizeException, InterruptedException {
    FeedPart part = FeedPart.newBuilder().addAllEntries(entries).setHeadSeq(headSeq).build();
    call.send(ByteBuffer.wrap(part.toByteArray()));
  }

  private void contents(IncomingCall call, ContentsMethod method)
      throws RealizeException, InterruptedException {
    check(new ArenaName(method.getArena()));
    ContentBatch batch = WireCodec.decode(method, call.payload());
    ContentsWriter answer = new ContentsWriter(call);
    for (PeerLink.ContentRequest content : batch.contents()) {
      byte[] bytes;
      try {
        bytes = service.content(peer, content);
      } catch (RealizeException e) {
        answer.failure(e);
        continue;
      }
      answer.whole(bytes);
    }
    answer.finish();
  }

  private void treeNode(IncomingCall call, TreeNodeMethod method)
      throws RealizeException, InterruptedException {
    PeerLink.ContentRequest content = WireCodec.decode(method.getContent());
    check(content.arena());
    checkBound("level", method.getLevel(), 1, 8);
    checkBound("index", method.getIndex(), 0, Long.MAX_VALUE);
    byte[] hashes = service.treeNode(peer, content, method.getLevel(), method.getIndex());
    call.send(ByteBuffer.wrap(hashes));
  }

  private void blocks(IncomingCall call, BlocksMethod method)
      throws RealizeException, InterruptedException {
    PeerLink.ContentRequest content = WireCodec.decode(method.getContent());
    check(content.arena());
    checkBound("first block", method.getFirst(), 0, Long.MAX_VALUE / BLOCK_BYTES);
    checkBound("count", method.getCount(), 1, MAX_BLOCKS);
    try (PeerService.BlockSource source =
        service.blocks(peer, content, method.getFirst(), method.getCount())) {
      for (int i = 0; i < method.getCount() && !call.isCancelled(); i++) {
        ByteBuffer block = ByteBuffer.allocate(BLOCK_BYTES);
        if (source.next(block) == 0) {
          return;
        }
        call.send(block.flip());
      }
    }
  }
}
