package org.realize.nima.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.realize.nima.config.PauseTimes;
import org.realize.nima.config.PeerSettings;
import org.realize.nima.config.RateLimit;
import org.realize.nima.config.Role;
import org.realize.nima.rpc.wire.ContentsMethod;
import org.realize.nima.rpc.wire.FailureCode;
import org.realize.nima.rpc.wire.FrameHeader.KindCase;
import org.realize.nima.rpc.wire.Lane;
import org.realize.nima.rpc.wire.Request;
import org.realize.nima.rpc.wire.RequestedContent;
import org.realize.nima.rpc.wire.RequestedContents;
import org.realize.nima.tls.NodeKey;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.NotFound;
import org.realize.sync.model.RealizeException.ProtocolBroken;
import org.realize.sync.model.RealizeException.TimedOut;
import org.realize.sync.model.RealizeException.Unreachable;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.move.Engagements;
import org.realize.sync.move.MovableArenas;
import org.realize.sync.port.ContentBatch;
import org.realize.sync.port.GlobalStore.Identity;
import org.realize.sync.port.Hello;
import org.realize.sync.port.PeerLink.ContentRequest;
import org.realize.sync.port.PeerLink.ContentSink;

/** Tests of batches of contents with a peer that does not keep to the protocol. */
@Timeout(60)
final class ContentsFaultTest {
  private static final Duration DEADLINE = Duration.ofSeconds(30);
  private static final PeerName NAS = new PeerName("nas");
  private static final StoreId STORE = new StoreId(new UUID(5, 6));

  private final SessionFixture fixture = new SessionFixture();
  private final FakeService service = new FakeService();
  private final List<PeerSettings> peers =
      List.of(
          new PeerSettings(
              NAS,
              NodeKey.generate(new SecureRandom()).publicKey(),
              List.of(),
              Optional.empty(),
              Role.BOTH,
              List.of(),
              RateLimit.NONE,
              PauseTimes.NONE));
  private RawPeer peer;
  private ConnectedPeer link;

  /** A link whose bulk connection ends at {@link #peer}. */
  @BeforeEach
  void connect() {
    PipeWire[] interactive = PipeWire.pair(SessionFixture.PIPE_BYTES);
    PipeWire[] bulk = PipeWire.pair(4 << 20);
    peer = new RawPeer(bulk[1], fixture.time);
    link =
        new ConnectedPeer(
            peers.getFirst(),
            new Introduction(
                Lane.LANE_INTERACTIVE,
                new UUID(1, 1),
                new UUID(2, 2),
                new Hello(new Identity(STORE, List.of(new UUID(3, 3))), Optional.empty()),
                new Introduction.Terms("nas", 64, Set.of(Introduction.CONTENTS), 0)),
            new ConnectedPeer.Origin(true, "nas:1", Optional.empty(), 0, Optional.empty()),
            () -> peers,
            new ConnectedPeer.Lanes(
                _ -> fixture.session(interactive[0], _ -> {}),
                _ -> fixture.session(bulk[0], inbound())),
            (_, _) -> {});
  }

  private InboundService inbound() {
    MovableArenas movable = new MovableArenas(new Engagements(fixture.time, new SecureRandom()));
    return new InboundService(NAS, STORE, () -> peers, service, movable, _ -> false);
  }

  @AfterEach
  void endAll() throws InterruptedException {
    fixture.endAll();
  }

  // ---- answers

  /** What came of a batch: lengths of contents, and failures. */
  private static final class Came implements ContentSink {
    private final List<Object> all = new CopyOnWriteArrayList<>();

    @Override
    public void arrived(int index, ByteBuffer bytes) {
      assertThat(index).isEqualTo(all.size());
      all.add(bytes.remaining());
    }

    @Override
    public void failed(int index, RealizeException cause) {
      assertThat(index).isEqualTo(all.size());
      all.add(cause.getClass());
    }
  }

  /** Asks for contents of these sizes, while the peer answers by hand. */
  private final class Asked {
    private final Came came = new Came();
    private final CompletableFuture<Object> end = new CompletableFuture<>();
    private final Thread thread;
    private final long call;

    Asked(Duration deadline, int... sizes) throws Exception {
      List<ContentRequest> contents = new ArrayList<>();
      for (int size : sizes) {
        contents.add(
            new ContentRequest(
                TestNode.ARENA, new ContentHash(size, 2, 3, 4), size, RelativePath.of("f" + size)));
      }
      thread =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  link.contents(new ContentBatch(contents), came, deadline);
                  end.complete("end");
                } catch (RealizeException | InterruptedException | RuntimeException e) {
                  end.completeExceptionally(e);
                }
              });
      call = peer.next(KindCase.REQUEST).header().getRequest().getCall();
    }

    void send(byte[]... pieces) throws Exception {
      int length = Arrays.stream(pieces).mapToInt(piece -> piece.length).sum();
      ByteBuffer part = ByteBuffer.allocate(length);
      for (byte[] piece : pieces) {
        part.put(piece);
      }
      peer.send(Frame.data(call, part.flip()));
    }

    Throwable failure() throws Exception {
      try {
        throw new AssertionError(end.get(50, TimeUnit.SECONDS));
      } catch (ExecutionException e) {
        return Objects.requireNonNull(e.getCause());
      }
    }
  }

  private static byte[] whole(int size) {
    return new byte[size + 1];
  }

  private static byte[] failed(int code, int length, String message) {
    return ByteBuffer.allocate(3 + message.length())
        .put((byte) code)
        .putShort((short) length)
        .put(message.getBytes(StandardCharsets.UTF_8))
        .array();
  }

  @Test
  void contents_anyCutsOfTheStream_areTheSame() throws Exception {
    Asked asked = new Asked(DEADLINE, 3, 0, 200_000, 7);
    ByteBuffer stream = ByteBuffer.allocate(300_000);
    stream.put(whole(3)).put(failed(1, 4, "none")).put(whole(200_000)).put(failed(99, 0, ""));
    byte[] bytes = Arrays.copyOf(stream.array(), stream.position());
    int at = 0;
    for (int length : new int[] {1, 2, 3, 1, 1, 2, 1, 100_000, bytes.length}) {
      int end = Math.min(bytes.length, at + length);
      asked.send(Arrays.copyOfRange(bytes, at, end));
      at = end;
    }
    peer.send(Frame.end(asked.call));
    assertThat(asked.end.get(50, TimeUnit.SECONDS)).isEqualTo("end");
    // a code of a later version means that it does not come from there now
    assertThat(asked.came.all).containsExactly(3, NotFound.class, 200_000, Unreachable.class);
  }

  private void assertBroken(Asked asked, String what) throws Exception {
    assertThat(asked.failure()).isInstanceOf(ProtocolBroken.class).hasMessageContaining(what);
    assertThat(link.connected()).isFalse();
  }

  @Test
  void contents_streamThatEndsEarly_breaksTheProtocolAfterWhatCame() throws Exception {
    Asked asked = new Asked(DEADLINE, 3, 5);
    asked.send(whole(3), Arrays.copyOf(whole(5), 4));
    peer.send(Frame.end(asked.call));
    assertBroken(asked, "ended early");
    assertThat(asked.came.all).containsExactly(3);
  }

  @Test
  void contents_moreThanWasAskedFor_breaksTheProtocol() throws Exception {
    Asked asked = new Asked(DEADLINE, 3);
    asked.send(whole(3), whole(3));
    assertBroken(asked, "more than");
    assertThat(asked.came.all).containsExactly(3);
  }

  @Test
  void contents_oneMorePart_breaksTheProtocol() throws Exception {
    Asked asked = new Asked(DEADLINE, 3);
    asked.send(whole(3));
    asked.send(whole(3));
    assertBroken(asked, "more than");
  }

  @Test
  void contents_emptyPart_breaksTheProtocol() throws Exception {
    Asked asked = new Asked(DEADLINE, 3);
    asked.send();
    assertBroken(asked, "empty");
  }

  @Test
  void contents_messageBeyondItsBound_breaksTheProtocol() throws Exception {
    Asked asked = new Asked(DEADLINE, 3);
    asked.send(failed(1, 2_001, ""));
    assertBroken(asked, "2001 bytes");
  }

  @Test
  void contents_failureInTheMiddle_endsTheCallAfterWhatCame() throws Exception {
    Asked asked = new Asked(DEADLINE, 3, 5);
    asked.send(whole(3), Arrays.copyOf(whole(5), 4));
    peer.send(Frame.failure(asked.call, FailureCode.FAILURE_UNAVAILABLE, "stops"));
    assertThat(asked.failure()).isInstanceOf(Unreachable.class).hasMessage("stops");
    assertThat(asked.came.all).containsExactly(3);
    assertThat(link.connected()).isTrue();
  }

  @Test
  void contents_connectionCutInTheMiddle_failsAfterWhatCame() throws Exception {
    Asked asked = new Asked(DEADLINE, 3, 5);
    asked.send(whole(3), Arrays.copyOf(whole(5), 4));
    await().until(() -> !asked.came.all.isEmpty());
    fixture.endAll();
    assertThat(asked.failure()).isInstanceOf(Unreachable.class);
    assertThat(asked.came.all).containsExactly(3);
  }

  @Test
  void contents_deadlineInTheMiddle_cancelsTheCall() throws Exception {
    Asked asked = new Asked(Duration.ofSeconds(2), 3, 5);
    asked.send(whole(3));
    await().until(() -> !asked.came.all.isEmpty());
    fixture.advanceAndTick(Duration.ofSeconds(3));
    assertThat(asked.failure()).isInstanceOf(TimedOut.class);
    assertThat(peer.next(KindCase.CANCEL).header().getCancel().getCall()).isEqualTo(asked.call);
  }

  @Test
  void contents_interruptedCaller_cancelsTheCall() throws Exception {
    Asked asked = new Asked(DEADLINE, 3, 5);
    asked.thread.interrupt();
    assertThat(asked.failure()).isInstanceOf(InterruptedException.class);
    assertThat(peer.next(KindCase.CANCEL).header().getCancel().getCall()).isEqualTo(asked.call);
  }

  // ---- requests

  private Frame request(long call, String arena, RequestedContents contents) {
    Request request =
        Request.newBuilder()
            .setCall(call)
            .setWindow(4 << 20)
            .setContents(ContentsMethod.newBuilder().setArena(arena))
            .build();
    return Frame.request(request, ByteBuffer.wrap(contents.toByteArray()));
  }

  private static RequestedContents contents(int count, long sizeBytes, int hashBytes) {
    RequestedContents.Builder contents = RequestedContents.newBuilder();
    for (int i = 0; i < count; i++) {
      contents.addContents(
          RequestedContent.newBuilder()
              .setHash(ByteString.copyFrom(new byte[hashBytes]))
              .setSizeBytes(sizeBytes)
              .setHint("f" + i));
    }
    return contents.build();
  }

  private void assertRefused(long call, FailureCode code, Frame request) throws Exception {
    peer.send(request);
    var failure = peer.next(KindCase.FAILURE).header().getFailure();
    assertThat(failure.getCall()).isEqualTo(call);
    assertThat(failure.getCode()).as(failure.getMessage()).isEqualTo(code);
  }

  @Test
  void handle_requestsOutOfBounds_areInvalidAndReadNothing() throws Exception {
    String arena = TestNode.ARENA.value();
    List<RequestedContents> wrong =
        List.of(
            contents(0, 1, 32),
            contents(501, 1, 32),
            contents(1, (1 << 20) + 1, 32),
            contents(9, 1 << 20, 32),
            contents(1, -1, 32),
            contents(1, 1, 31));
    long call = 0;
    for (RequestedContents contents : wrong) {
      call++;
      assertRefused(call, FailureCode.FAILURE_INVALID, request(call, arena, contents));
    }
    Frame unreadable =
        new Frame(
            request(++call, arena, contents(1, 1, 32)).header(), ByteBuffer.wrap(new byte[] {7}));
    assertRefused(call, FailureCode.FAILURE_INVALID, unreadable);
    assertThat(service.contents).isEmpty();
  }

  @Test
  void handle_bugOfTheService_failsTheCall() throws Exception {
    RequestedContents contents =
        RequestedContents.newBuilder()
            .addContents(contents(1, 1, 32).getContents(0).toBuilder().setHint("broken"))
            .build();
    assertRefused(1, FailureCode.FAILURE_INTERNAL, request(1, TestNode.ARENA.value(), contents));
  }

  /** A caller that gives no credit keeps a window's worth waiting here, and cancel ends it. */
  @Test
  void handle_callerThatTakesNothing_waitsAndEndsWhenItIsCancelled() throws Exception {
    Request request =
        Request.newBuilder()
            .setCall(1)
            .setWindow(Limits.MIN_WINDOW_BYTES)
            .setContents(ContentsMethod.newBuilder().setArena(TestNode.ARENA.value()))
            .build();
    byte[] payload = contents(8, 1 << 20, 32).toByteArray();
    peer.send(Frame.request(request, ByteBuffer.wrap(payload)));
    long bytes = 0;
    while (bytes < 4 * (256 << 10)) {
      bytes += peer.next(KindCase.DATA).payload().remaining();
    }
    peer.send(Frame.cancel(1));
    assertThat(peer.next(KindCase.FAILURE).header().getFailure().getCall()).isEqualTo(1);
    assertThat(service.contents).hasSizeLessThan(8);
  }
}
