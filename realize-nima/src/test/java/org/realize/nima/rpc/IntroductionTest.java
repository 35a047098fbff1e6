package org.realize.nima.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.realize.nima.rpc.wire.GoodbyeReason;
import org.realize.nima.rpc.wire.Lane;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.StoreId;
import org.realize.sync.port.GlobalStore.Identity;
import org.realize.sync.port.Hello;

class IntroductionTest {

  private static final Identity OURS =
      new Identity(new StoreId(new UUID(1, -1)), List.of(new UUID(2, 2), new UUID(-3, 3)));
  private static final Identity THEIRS =
      new Identity(new StoreId(new UUID(4, 4)), List.of(new UUID(5, 5)));

  private static final Introduction.Terms TERMS =
      new Introduction.Terms("attic", 9, Set.of("contents", "of a later version"), 1_234);

  private static Introduction introduction(Hello hello) {
    return new Introduction(Lane.LANE_BULK, new UUID(6, 6), new UUID(7, 7), hello, TERMS);
  }

  private static FrameReader reading(Frame frame) {
    ByteBuffer bytes = ByteBuffer.allocate(4096);
    bytes.put(frame.head()).put(frame.payload().duplicate()).flip();
    return new FrameReader(new ReceivedBytes(bytes, 7), () -> 1);
  }

  @Test
  void receive_whatWasSent_isEqual() throws Exception {
    Hello.Committed committed =
        new Hello.Committed(new ArenaName("photos/trips"), 12, new UUID(5, 5));
    Hello.Left left =
        new Hello.Left(
            new StoreId(new UUID(8, 8)),
            List.of(new Hello.Start(new UUID(2, 2), 1_767_225_606_931L)));
    for (Hello hello :
        List.of(
            new Hello(OURS, Optional.empty()),
            new Hello(OURS, Optional.of(THEIRS), List.of(committed), List.of(left)))) {
      Introduction sent = introduction(hello);
      assertThat(Introduction.receive(reading(sent.frame()))).isEqualTo(sent);
    }
  }

  @Test
  void receive_goodbye_isRefusedWithItsReason() {
    Frame goodbye = Frame.goodbye(GoodbyeReason.GOODBYE_DUPLICATE, "another pair is there");
    assertThatThrownBy(() -> Introduction.receive(reading(goodbye)))
        .isInstanceOfSatisfying(
            Introduction.IntroductionRefused.class,
            e -> assertThat(e.reason()).isEqualTo(GoodbyeReason.GOODBYE_DUPLICATE))
        .hasMessage("peer said duplicate: another pair is there");
  }

  @Test
  void receive_idsOfAWrongLength_areMalformed() {
    var hello = introduction(new Hello(OURS, Optional.empty())).message();
    for (var wrong :
        List.of(
            hello.toBuilder().clearPair(),
            hello.toBuilder().clearRun(),
            hello.toBuilder().clearStore(),
            hello.toBuilder().addIncarnations(hello.getRun().substring(1)),
            hello.toBuilder().clearLane(),
            hello.toBuilder().setName("x".repeat(300)),
            hello.toBuilder().setMaxCalls(0))) {
      assertThatThrownBy(() -> Introduction.receive(reading(Frame.hello(wrong.build()))))
          .isInstanceOfSatisfying(
              BrokenProtocol.class,
              e -> assertThat(e.reason()).isEqualTo(GoodbyeReason.GOODBYE_MALFORMED_FRAME));
    }
  }
}
