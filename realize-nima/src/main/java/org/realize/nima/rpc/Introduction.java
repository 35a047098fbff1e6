package org.realize.nima.rpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.realize.nima.rpc.wire.Committed;
import org.realize.nima.rpc.wire.GoodbyeReason;
import org.realize.nima.rpc.wire.Lane;
import org.realize.nima.rpc.wire.Left;
import org.realize.nima.rpc.wire.Remembered;
import org.realize.nima.rpc.wire.Start;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.StoreId;
import org.realize.sync.port.GlobalStore;
import org.realize.sync.port.Hello;

/**
 * The first message of each side of a connection: its identity.
 *
 * @param pair chosen by the dialler, equal on both connections of a pair
 * @param run drawn at each start of the process
 * @param hello who the sender's store is and what it remembers of the receiver's
 * @param terms the sender's limits and abilities
 */
record Introduction(Lane lane, UUID pair, UUID run, Hello hello, Terms terms) {

  static final int VERSION = 1;

  /** The capability to answer calls for contents. */
  static final String CONTENTS = "contents";

  /** The capability to answer calls for the purge of trash. */
  static final String PURGE = "purge";

  /** The capability to exchange member lists. */
  static final String MEMBERS = "members";

  /** The capability to take the addresses of the other side. */
  static final String ADDRESSES = "addresses";

  private static final int MAX_NAME_CHARS = 256;

  /**
   * The self-description of one side.
   *
   * @param name its own name for itself
   * @param maxCalls how many calls it takes at once
   * @param capabilities what it can do beyond the version, unknown words included
   * @param clockMillis its clock as it said so, milliseconds since 1970 UTC; 0 where it did not say
   */
  record Terms(String name, int maxCalls, Set<String> capabilities, long clockMillis) {
    Terms {
      capabilities = Set.copyOf(capabilities);
    }
  }

  /** The other side answered Hello with Goodbye. */
  static final class IntroductionRefused extends IOException {
    private static final long serialVersionUID = 1L;
    private final GoodbyeReason reason;

    IntroductionRefused(GoodbyeReason reason, String message) {
      super(new SessionEnd(reason, message, true).toString());
      this.reason = reason;
    }

    GoodbyeReason reason() {
      return reason;
    }
  }

  /** The same on another connection. */
  Introduction on(UUID otherPair, Lane otherLane) {
    return new Introduction(otherLane, otherPair, run, hello, terms);
  }

  Frame frame() {
    return Frame.hello(message());
  }

  org.realize.nima.rpc.wire.Hello message() {
    GlobalStore.Identity identity = hello.identity();
    var message =
        org.realize.nima.rpc.wire.Hello.newBuilder()
            .setVersion(VERSION)
            .addAllCapabilities(terms.capabilities())
            .setLane(lane)
            .setPair(WireCodec.bytes(pair))
            .setRun(WireCodec.bytes(run))
            .setStore(WireCodec.bytes(identity.store().value()))
            .addAllIncarnations(starts(identity))
            .setName(terms.name())
            .setMaxCalls(terms.maxCalls())
            .setClock(terms.clockMillis())
            .addAllLeft(left());
    hello
        .remembered()
        .ifPresent(other ->
            message.setRemembered(
                Remembered.newBuilder()
                    .setStore(WireCodec.bytes(other.store().value()))
                    .addAllIncarnations(starts(other))
                    .addAllCommitted(committed())));
    return message.build();
  }

  private List<Committed> committed() {
    return hello.committed().stream()
        .map(feed ->
            Committed.newBuilder()
                .setArena(feed.arena().value())
                .setSeq(feed.seq())
                .setIncarnation(WireCodec.bytes(feed.incarnation()))
                .build())
        .toList();
  }

  private List<Left> left() {
    List<Left> all = new ArrayList<>();
    for (Hello.Left left : hello.left()) {
      var message = Left.newBuilder().setStore(WireCodec.bytes(left.store().value()));
      for (Hello.Start start : left.starts()) {
        message.addStarts(
            Start.newBuilder()
                .setIncarnation(WireCodec.bytes(start.incarnation()))
                .setFirstCounter(start.firstCounter()));
      }
      all.add(message.build());
    }
    return all;
  }

  private static List<ByteString> starts(GlobalStore.Identity identity) {
    return identity.incarnations().stream().map(WireCodec::bytes).toList();
  }

  /** Sends this as the first frame of {@code wire}. */
  void sendOn(Wire wire) throws IOException {
    Frame frame = frame();
    wire.write(frame.head(), frame.payload());
  }

  /** Waits for the other side's first frame. */
  static Introduction receive(FrameReader frames) throws IOException {
    Frame frame = frames.next();
    if (frame == null) {
      throw new EOFException("closed before Hello");
    }
    if (frame.header().hasGoodbye()) {
      var goodbye = frame.header().getGoodbye();
      throw new IntroductionRefused(goodbye.getReason(), goodbye.getMessage());
    }
    if (!frame.header().hasHello()) {
      throw new BrokenProtocol(GoodbyeReason.GOODBYE_UNEXPECTED_FRAME, "first frame is no Hello");
    }
    return parse(frame.payload());
  }

  private static Introduction parse(ByteBuffer payload) throws BrokenProtocol {
    org.realize.nima.rpc.wire.Hello message;
    try {
      message = org.realize.nima.rpc.wire.Hello.parseFrom(payload);
    } catch (InvalidProtocolBufferException e) {
      throw malformed("Hello cannot be read: " + e.getMessage());
    }
    if (message.getVersion() < VERSION) {
      throw new BrokenProtocol(
          GoodbyeReason.GOODBYE_UNSUPPORTED_VERSION, "version " + message.getVersion());
    }
    if (message.getLane() != Lane.LANE_INTERACTIVE && message.getLane() != Lane.LANE_BULK) {
      throw malformed("Hello without lane");
    }
    if (message.getMaxCalls() < 1 || message.getName().length() > MAX_NAME_CHARS) {
      throw malformed("Hello with values out of bounds");
    }
    Optional<GlobalStore.Identity> remembered = Optional.empty();
    List<Hello.Committed> committed = new ArrayList<>();
    if (message.hasRemembered()) {
      Remembered other = message.getRemembered();
      remembered = Optional.of(identity(other.getStore(), other.getIncarnationsList()));
      for (Committed feed : other.getCommittedList()) {
        committed.add(committed(feed));
      }
    }
    List<Hello.Left> left = new ArrayList<>();
    for (Left former : message.getLeftList()) {
      left.add(left(former));
    }
    return new Introduction(
        message.getLane(),
        uuid(message.getPair(), "pair"),
        uuid(message.getRun(), "run"),
        new Hello(
            identity(message.getStore(), message.getIncarnationsList()),
            remembered,
            committed,
            left),
        new Terms(
            message.getName(),
            message.getMaxCalls(),
            new HashSet<>(message.getCapabilitiesList()),
            message.getClock()));
  }

  private static GlobalStore.Identity identity(ByteString store, List<ByteString> starts)
      throws BrokenProtocol {
    List<UUID> incarnations = new ArrayList<>();
    for (ByteString start : starts) {
      incarnations.add(uuid(start, "incarnation"));
    }
    return new GlobalStore.Identity(new StoreId(uuid(store, "store")), List.copyOf(incarnations));
  }

  private static Hello.Committed committed(Committed feed) throws BrokenProtocol {
    UUID incarnation = uuid(feed.getIncarnation(), "incarnation");
    try {
      return new Hello.Committed(new ArenaName(feed.getArena()), feed.getSeq(), incarnation);
    } catch (IllegalArgumentException e) {
      throw malformed("Hello with arena: " + e.getMessage());
    }
  }

  private static Hello.Left left(Left left) throws BrokenProtocol {
    List<Hello.Start> starts = new ArrayList<>();
    for (Start start : left.getStartsList()) {
      starts.add(
          new Hello.Start(uuid(start.getIncarnation(), "incarnation"), start.getFirstCounter()));
    }
    return new Hello.Left(new StoreId(uuid(left.getStore(), "store")), starts);
  }

  private static UUID uuid(ByteString bytes, String what) throws BrokenProtocol {
    if (bytes.size() != 16) {
      throw malformed("Hello with " + what + " of " + bytes.size() + " bytes");
    }
    return WireCodec.uuid(bytes);
  }

  private static BrokenProtocol malformed(String message) {
    return new BrokenProtocol(GoodbyeReason.GOODBYE_MALFORMED_FRAME, message);
  }
}
