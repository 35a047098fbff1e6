package org.realize.nima.rpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.realize.nima.rpc.wire.BlocksMethod;
import org.realize.nima.rpc.wire.ContentRequest;
import org.realize.nima.rpc.wire.FeedMethod;
import org.realize.nima.rpc.wire.FeedPart;
import org.realize.nima.rpc.wire.FrameHeader.KindCase;
import org.realize.nima.rpc.wire.GoodbyeReason;
import org.realize.nima.rpc.wire.Hello;
import org.realize.nima.rpc.wire.Lane;
import org.realize.nima.rpc.wire.MovedFile;
import org.realize.nima.rpc.wire.MovedFiles;
import org.realize.nima.rpc.wire.Request;
import org.realize.nima.tls.NodeKey;
import org.realize.nima.tls.PeerTls;
import org.realize.sync.model.PeerName;
import org.realize.sync.port.TimeSource;

/**
 * A peer with a good key that speaks {@code realize/1} and means no good. A session is drawn from
 * its seed; what the other side does in the meantime is not. Used by one thread.
 */
final class HostilePeer {

  private final PeerTls tls;
  private final int port;
  private final Absurd.Victim victim;
  private final TimeSource time;
  private final Consumer<byte[]> received;

  /** Files that the victim listed for a move, a few. */
  private final Queue<MovedFile> listed = new ConcurrentLinkedQueue<>();

  /** The store that it says it is, and its starts: as the victim accepted them last. */
  private ByteString store = WireCodec.bytes(UUID.randomUUID());

  private List<ByteString> starts = List.of(WireCodec.bytes(UUID.randomUUID()));

  /**
   * A peer that dials loopback.
   *
   * @param received takes the payload of each answer
   */
  HostilePeer(
      NodeKey key, int port, Absurd.Victim victim, TimeSource time, Consumer<byte[]> received) {
    this.tls = new PeerTls(key, _ -> Optional.of(new PeerName("any")), new SecureRandom());
    this.port = port;
    this.victim = victim;
    this.time = time;
    this.received = received;
  }

  private InetSocketAddress address() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  private TlsWire dial() throws IOException {
    SocketChannel channel = SocketChannel.open(address());
    TlsWire wire = new TlsWire(channel, tls.diallingEngine(Dialer.APPLICATION_PROTOCOL), "victim");
    try {
      wire.handshake();
    } catch (IOException e) {
      wire.abort();
      throw e;
    }
    return wire;
  }

  /** Runs the session of a seed; true if it was accepted as a pair. */
  boolean session(long seed) throws InterruptedException {
    Random random = new Random(seed);
    Absurd absurd = new Absurd(random, victim, listed);
    try {
      return switch (random.nextInt(12)) {
        case 0 -> stranger(random, absurd);
        case 1 -> greeting(absurd);
        default -> talk(random, absurd);
      };
    } catch (IOException e) {
      return false; // it was cut off, as it should be
    }
  }

  /** Bytes without a key. */
  private boolean stranger(Random random, Absurd absurd) throws IOException {
    try (SocketChannel channel = SocketChannel.open(address())) {
      if (random.nextBoolean()) {
        channel.write(ByteBuffer.wrap(absurd.bytes(random.nextInt(2_000))));
      }
    }
    return false;
  }

  private boolean greeting(Absurd absurd) throws IOException {
    TlsWire wire = dial();
    try {
      Hello said = absurd.anyHello(store, starts);
      Frame hello = Frame.hello(said);
      wire.write(hello.head(), hello.payload());
      if (isHello(new FrameReader(wire, time::monotonicNanos).next())) {
        store = said.getStore();
        starts = said.getIncarnationsList();
      }
    } catch (IllegalStateException tooLarge) {
      return false;
    } finally {
      wire.abort();
    }
    return false;
  }

  private boolean talk(Random random, Absurd absurd) throws IOException, InterruptedException {
    UUID pair = UUID.randomUUID();
    UUID run = UUID.randomUUID();
    TlsWire interactive = dial();
    TlsWire bulk = null;
    try {
      FrameReader first = new FrameReader(interactive, time::monotonicNanos);
      Hello hello = absurd.hello(Lane.LANE_INTERACTIVE, pair, run, store, starts);
      send(interactive, Frame.hello(hello));
      if (!isHello(first.next())) {
        return false;
      }
      bulk = dial();
      FrameReader second = new FrameReader(bulk, time::monotonicNanos);
      send(bulk, Frame.hello(hello.toBuilder().setLane(Lane.LANE_BULK).build()));
      if (!isHello(second.next())) {
        return false;
      }
      Talk one =
          new Talk(interactive, first, new Absurd(new Random(random.nextLong()), victim, listed));
      Talk other =
          new Talk(bulk, second, new Absurd(new Random(random.nextLong()), victim, listed));
      try {
        if (random.nextInt(150) == 0) {
          takeNothing(one, other, absurd);
          return true;
        }
        one.start();
        other.start();
        int calls = random.nextInt(random.nextInt(20) == 0 ? 200 : 12);
        for (int i = 0; i < calls; i++) {
          (random.nextBoolean() ? one : other).step(absurd);
          if (absurd.chance(15)) {
            time.sleep(Duration.ofMillis(random.nextInt(10)));
          }
        }
        time.sleep(Duration.ofMillis(random.nextInt(absurd.chance(3) ? 400 : 40)));
        if (absurd.chance(30)) {
          one.last(absurd);
        }
      } finally {
        one.end();
        other.end();
      }
      return true;
    } finally {
      interactive.abort();
      if (bulk != null) {
        bulk.abort();
      }
    }
  }

  /** Asks for all that there is, and reads none of it for a while. */
  private void takeNothing(Talk one, Talk other, Absurd absurd)
      throws IOException, InterruptedException {
    for (int i = 1; i <= 100; i++) {
      FeedMethod all = FeedMethod.newBuilder().setArena("photos").setMax(20_000).build();
      Request.Builder feed = Request.newBuilder().setFeed(all).setCall(i).setWindow(64 << 20);
      Absurd.Known file = absurd.one(List.copyOf(victim.files().values()));
      ContentRequest content =
          ContentRequest.newBuilder()
              .setArena("photos")
              .setHash(file.hash())
              .setSizeBytes(file.sizeBytes())
              .setHint(absurd.path())
              .build();
      BlocksMethod.Builder blocks = BlocksMethod.newBuilder().setContent(content).setCount(1);
      Request.Builder block = Request.newBuilder().setBlocks(blocks).setCall(i).setWindow(2 << 20);
      send(one.wire, Frame.request(feed.build()));
      send(other.wire, Frame.request(absurd.chance(50) ? feed.build() : block.build()));
    }
    time.sleep(Duration.ofMillis(1_000 + absurd.bytes(1)[0] * 8L));
  }

  /** What looks like a listing; anything else may, too. */
  private void noteListed(byte[] bytes) {
    try {
      for (MovedFile file : MovedFiles.parseFrom(bytes).getFilesList()) {
        if (file.getPath().startsWith("good/") && listed.size() < 20) {
          listed.add(file);
        }
      }
    } catch (InvalidProtocolBufferException e) {
      // Something else.
    }
  }

  private static boolean isHello(@Nullable Frame frame) {
    return frame != null && frame.header().getKindCase() == KindCase.HELLO;
  }

  private static void send(TlsWire wire, Frame frame) throws IOException {
    wire.write(frame.head(), frame.payload().duplicate());
  }

  /** One connection of an accepted pair. */
  private final class Talk {

    private final TlsWire wire;
    private final FrameReader frames;
    private final Absurd absurd;
    private final AtomicLong calls = new AtomicLong();
    private final AtomicBoolean over = new AtomicBoolean();
    private final AtomicReference<ByteString> engagement =
        new AtomicReference<>(ByteString.copyFrom(new byte[16]));
    private final Thread reader = Thread.ofVirtual().unstarted(this::read);

    /** {@code absurd} draws the answers, on the thread that reads. */
    Talk(TlsWire wire, FrameReader frames, Absurd absurd) {
      this.wire = wire;
      this.frames = frames;
      this.absurd = absurd;
    }

    void start() {
      reader.start();
    }

    void end() throws InterruptedException {
      over.set(true);
      wire.abort();
      if (reader.isAlive()) {
        reader.join();
      }
    }

    /** Something of our own: a call, mostly. */
    void step(Absurd drawn) throws IOException {
      if (over.get()) {
        throw new IOException("over");
      }
      long call = drawn.chance(97) ? calls.incrementAndGet() : drawn.number();
      long earlier = Math.max(1, calls.get() - drawn.bytes(1)[0] / 16);
      if (drawn.chance(75)) {
        send(wire, drawn.request(call, engagement.get()));
      } else if (drawn.chance(40)) {
        send(wire, Frame.cancel(drawn.chance(90) ? earlier : drawn.number()));
      } else if (drawn.chance(60)) {
        send(
            wire,
            Frame.credit(
                drawn.chance(95) ? earlier : drawn.number(),
                drawn.chance(90) ? 1 << 20 : drawn.number()));
      } else if (drawn.chance(80)) {
        for (int i = drawn.chance(90) ? 3 : 2_000; i > 0; i--) {
          send(wire, Frame.ping(drawn.number()));
        }
      } else {
        last(drawn);
      }
    }

    /** What ends the connection. */
    void last(Absurd drawn) throws IOException {
      switch (Math.floorMod(drawn.number(), 7)) {
        case 0 -> send(wire, Frame.pong(drawn.number()));
        case 1 -> send(wire, Frame.end(drawn.number()));
        case 2 -> send(wire, Frame.data(drawn.number(), ByteBuffer.wrap(drawn.bytes(100))));
        case 3 -> send(wire, Frame.goodbye(GoodbyeReason.GOODBYE_RENEWED, "\033[2J\rroot#"));
        case 4 -> send(wire, Frame.failure(drawn.number(), drawn.failure(), "\033]0;x\007"));
        case 5 -> wire.write(ByteBuffer.wrap(drawn.bytes(40)));
        default -> send(wire, Frame.hello(drawn.anyHello(store, starts)));
      }
    }

    private void read() {
      try {
        for (Frame frame = frames.next(); frame != null && !over.get(); frame = frames.next()) {
          switch (frame.header().getKindCase()) {
            case REQUEST -> answer(frame.header().getRequest());
            case PING -> {
              if (absurd.chance(95)) {
                send(wire, Frame.pong(frame.header().getPing().getNonce()));
              }
            }
            case DATA -> {
              byte[] bytes = new byte[frame.payload().remaining()];
              frame.payload().duplicate().get(bytes);
              received.accept(bytes);
              noteListed(bytes);
              if (bytes.length == 32) {
                engagement.set(ByteString.copyFrom(bytes, 0, 16));
              }
            }
            default -> {}
          }
        }
      } catch (IOException | IllegalStateException e) {
        // The end.
      } finally {
        over.set(true);
      }
    }

    private void answer(Request request) throws IOException {
      long call = absurd.chance(99) ? request.getCall() : absurd.number();
      if (absurd.chance(10)) {
        send(wire, Frame.failure(call, absurd.failure(), absurd.path()));
        return;
      }
      if (absurd.chance(5)) {
        return; // none, ever
      }
      switch (request.getMethodCase()) {
        case FEED -> feed(request, call);
        case BLOCKS -> {
          for (int i = absurd.chance(97) ? request.getBlocks().getCount() : 1_000; i > 0; i--) {
            long left = request.getBlocks().getContent().getSizeBytes();
            int length = absurd.chance(80) ? (int) Math.min(left, 128 << 10) : 100;
            send(wire, Frame.data(call, ByteBuffer.wrap(absurd.bytes(length))));
          }
        }
        default -> {
          for (int i = absurd.chance(80) ? 1 : 3; i > 0; i--) {
            int length = absurd.chance(70) ? 64 : absurd.chance(50) ? 0 : 300_000;
            send(wire, Frame.data(call, ByteBuffer.wrap(absurd.bytes(length))));
          }
        }
      }
      if (absurd.chance(95)) {
        send(wire, Frame.end(call));
      }
    }

    private void feed(Request request, long call) throws IOException {
      long seq = absurd.chance(95) ? request.getFeed().getAfterSeq() + 1 : absurd.number();
      boolean isEndless = absurd.chance(2);
      for (int i = isEndless ? 400 : 1; i > 0 && !over.get(); i--) {
        FeedPart part = absurd.feedPart(seq);
        byte[] bytes = part.toByteArray();
        if (bytes.length <= Limits.MAX_PAYLOAD_BYTES) {
          send(wire, Frame.data(call, ByteBuffer.wrap(bytes)));
        }
        if (part.getEntriesCount() > 0) {
          seq = part.getEntries(part.getEntriesCount() - 1).getSeq() + 1;
        }
      }
    }
  }
}
