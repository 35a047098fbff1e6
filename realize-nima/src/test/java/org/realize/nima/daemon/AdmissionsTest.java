package org.realize.nima.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.realize.nima.config.ConfigurationFile;
import org.realize.nima.config.HostPort;
import org.realize.nima.config.PeerSettings;
import org.realize.nima.membership.InviteCode;
import org.realize.nima.membership.JoinMessage.OfferedArena;
import org.realize.nima.rpc.JoinCall;
import org.realize.nima.rpc.JoinCall.Inviter;
import org.realize.nima.rpc.JoinCall.OfferCheck;
import org.realize.nima.rpc.TestNode;
import org.realize.nima.tls.NodeKey;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Denied;
import org.realize.sync.model.RealizeException.Invalid;
import org.realize.sync.model.RealizeException.Unreachable;
import org.realize.sync.testing.ManualTime;

/** Machines that join a listening node by a code, over real sockets. */
@Timeout(120)
class AdmissionsTest {

  private static final OfferCheck FINE = _ -> {};

  @TempDir private Path home;
  private final TestNode node = new TestNode("nas", TestNode.PATIENT, "127.0.0.1:0");
  private final ManualTime time = new ManualTime();
  private final NodeKey laptop = newKey();
  private final NodeKey phone = newKey();
  private Admissions admissions;
  private String before = "";

  private static NodeKey newKey() {
    return NodeKey.generate(new SecureRandom());
  }

  @BeforeEach
  void start() throws Exception {
    Files.createDirectories(home.resolve("state"));
    file().create(new PeerName("nas"), List.of(), Optional.empty());
    before = text();
    node.start();
    admissions = begin();
  }

  @AfterEach
  void close() {
    admissions.close();
    node.close();
  }

  private ConfigurationFile file() {
    return ConfigurationFile.in(home);
  }

  private String text() throws Exception {
    return Files.readString(file().path());
  }

  /** A start of the daemon. */
  private Admissions begin() throws RealizeException {
    Admissions desk = new Admissions(file().read(), node.key, time, new SecureRandom());
    desk.open(
        new Admissions.JoinedNode() {
          @Override
          public List<OfferedArena> offered() {
            return List.of(new OfferedArena("photos", 12_345, 3L << 30));
          }

          @Override
          public List<HostPort> listening() {
            return node.connections().listening();
          }

          @Override
          public void cutRevoked() {
            node.connections().reload();
          }

          @Override
          public void exchangeMembers() throws InterruptedException {
            node.connections().exchangeMembers();
          }

          @Override
          public void reload() throws RealizeException {
            node.setPeers(file().read().peers());
            node.connections().reload();
          }
        });
    node.desk = desk;
    return desk;
  }

  private InviteCode invite() throws RealizeException {
    return InviteCode.parse(admissions.invite(List.of(), node.connections().listening()).code());
  }

  private Inviter join(NodeKey key, String name, InviteCode code, OfferCheck check)
      throws Exception {
    return new JoinCall(key, code, new SecureRandom())
        .run(new PeerName(name), List.of(new HostPort("192.0.2.7", 9771)), check);
  }

  private Inviter join(NodeKey key, String name, InviteCode code) throws Exception {
    return join(key, name, code, FINE);
  }

  /** One line, with nothing changed. */
  private void assertRefused(NodeKey key, String name, InviteCode code, Class<?> type, String cause)
      throws Exception {
    String text = text();
    assertThatThrownBy(() -> join(key, name, code))
        .isInstanceOf(type)
        .extracting(thrown -> ((RealizeException) thrown).oneLine())
        .asString()
        .contains(cause)
        .doesNotContain("\n");
    assertThat(text()).isEqualTo(text);
  }

  @Test
  void join_goodCode_makesAPeerOfEachAndOffersArenas() throws Exception {
    Inviter inviter = join(laptop, "laptop", invite());

    assertThat(inviter.name()).isEqualTo(new PeerName("nas"));
    assertThat(inviter.key()).isEqualTo(node.publicKey());
    assertThat(inviter.arenas()).containsExactly(new OfferedArena("photos", 12_345, 3L << 30));
    PeerSettings peer = file().read().peers().getFirst();
    assertThat(peer.name()).isEqualTo(new PeerName("laptop"));
    assertThat(peer.key()).isEqualTo(laptop.publicKey());
    assertThat(peer.addresses())
        .containsExactly(new HostPort("127.0.0.1", 9771), new HostPort("192.0.2.7", 9771));
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> assertThat(node.peers).containsExactly(peer));
  }

  @Test
  void join_codeThatAnotherUsed_isRefused() throws Exception {
    InviteCode code = invite();
    join(laptop, "laptop", code);

    assertRefused(phone, "phone", code, Denied.class, "was used by another machine");
  }

  @Test
  void join_again_isAnsweredAgain() throws Exception {
    InviteCode code = invite();
    join(laptop, "laptop", code);
    String once = text();

    assertThat(join(laptop, "laptop", code).name()).isEqualTo(new PeerName("nas"));
    assertThat(text()).isEqualTo(once);
  }

  @Test
  void join_twoAtOnce_oneWins() throws Exception {
    InviteCode code = invite();
    CyclicBarrier bothOffered = new CyclicBarrier(2);
    OfferCheck check =
        _ -> {
          try {
            bothOffered.await(60, TimeUnit.SECONDS);
          } catch (Exception e) {
            throw new Invalid("wait for the other joiner", e);
          }
        };
    List<Throwable> thrown = new ArrayList<>();
    try (ExecutorService joiners = Executors.newFixedThreadPool(2)) {
      List<Callable<Inviter>> calls =
          List.of(
              () -> join(laptop, "laptop", code, check), () -> join(phone, "phone", code, check));
      for (Future<Inviter> each : joiners.invokeAll(calls)) {
        Throwable failure = catchThrowable(each::get);
        if (failure != null) {
          thrown.add(Objects.requireNonNull(failure.getCause()));
        }
      }
    }

    assertThat(thrown).singleElement().isInstanceOf(Denied.class);
    assertThat(thrown.getFirst()).hasMessageContaining("was used by another machine");
    assertThat(file().read().peers()).hasSize(1);
  }

  @Test
  void join_twoCodesAtOnce_bothAreMembers() throws Exception {
    InviteCode one = invite();
    InviteCode two = invite();
    try (ExecutorService joiners = Executors.newFixedThreadPool(2)) {
      List<Callable<Inviter>> calls =
          List.of(() -> join(laptop, "laptop", one), () -> join(phone, "phone", two));
      for (Future<Inviter> each : joiners.invokeAll(calls)) {
        assertThat(each.get()).isNotNull();
      }
    }
    assertThat(file().read().peers()).hasSize(2);
  }

  @Test
  void join_after15Minutes_isRefused() throws Exception {
    InviteCode code = invite();
    time.advance(Duration.ofMinutes(15));
    join(laptop, "laptop", code);
    InviteCode late = invite();
    time.advance(Duration.ofMinutes(15).plusMillis(1));

    assertRefused(phone, "phone", late, Denied.class, "has expired after 15 minutes");
    assertThat(admissions.isOpen()).isTrue();
  }

  @Test
  void join_wallClocksApart_isOnlyAMatterOfTimePassedAtTheInviter() throws Exception {
    InviteCode code = invite();
    time.jumpTo(0);
    time.advance(Duration.ofMinutes(7));
    time.jumpTo(ManualTime.START_MILLIS + Duration.ofDays(365).toMillis());
    time.advance(Duration.ofMinutes(7));

    assertThat(join(laptop, "laptop", code)).isNotNull();
  }

  @Test
  void join_longAfter_isRefusedInTheHandshake() throws Exception {
    InviteCode code = invite();
    time.advance(Duration.ofMinutes(31));

    assertRefused(laptop, "laptop", code, Denied.class, "closed the connection");
    await().atMost(Duration.ofSeconds(30)).until(() -> node.connections().refused() == 1);
  }

  @Test
  void join_inviterStartedAgain_isRefused() throws Exception {
    InviteCode code = invite();
    admissions.close();
    admissions = begin();

    assertRefused(laptop, "laptop", code, Denied.class, "made before its daemon started");
    invite();
    assertRefused(laptop, "laptop", code, Denied.class, "the daemon was started again since");
  }

  @Test
  void join_wrongSecret_isRefusedAndTheCodeStaysGood() throws Exception {
    InviteCode code = invite();
    InviteCode guessed =
        new InviteCode(ByteString.copyFrom(new byte[16]), code.keyDigest(), code.addresses());

    assertRefused(laptop, "laptop", guessed, Denied.class, "this code is not known");
    assertThat(node.connections().refused()).isEqualTo(1);
    assertThat(join(laptop, "laptop", code)).isNotNull();
  }

  @Test
  void join_anotherKeyAtTheAddress_isLeftBeforeAWordIsSaid() throws Exception {
    TestNode middle = new TestNode("middle", TestNode.PATIENT, "127.0.0.1:0");
    middle.desk = admissions;
    try {
      middle.start();
      InviteCode code = invite();
      InviteCode misled =
          new InviteCode(code.secret(), code.keyDigest(), middle.connections().listening());

      assertRefused(laptop, "laptop", misled, Unreachable.class, "unknown key");
      assertThat(join(laptop, "laptop", code)).isNotNull();
    } finally {
      middle.close();
    }
  }

  @Test
  void join_nameThatIsTaken_isRefusedAndTheCodeStaysGood() throws Exception {
    join(laptop, "laptop", invite());
    InviteCode code = invite();

    assertRefused(phone, "laptop", code, Denied.class, "named 'laptop' is in the household");
    assertRefused(phone, "nas", code, Denied.class, "named 'nas' is in the household");
    assertThat(join(phone, "phone", code)).isNotNull();
  }

  @Test
  void join_joinerThinksAgain_changesNothing() throws Exception {
    InviteCode code = invite();
    JoinCall call = new JoinCall(laptop, code, new SecureRandom());

    assertThatThrownBy(() ->
            call.run(
                new PeerName("laptop"),
                List.of(),
                _ -> {
                  throw new Invalid("no such arena");
                }))
        .isInstanceOf(Invalid.class)
        .hasMessage("no such arena");
    assertThat(call.mayBeMember()).isFalse();
    assertThat(text()).isEqualTo(before);
    assertThat(join(phone, "phone", code)).isNotNull();
  }

  @Test
  void join_configurationThatCannotBeEdited_isRefusedAndTheCodeStaysGood() throws Exception {
    InviteCode code = invite();
    OfferCheck breaking =
        _ -> {
          try {
            Files.writeString(file().path(), "[node\n");
          } catch (IOException e) {
            throw new Invalid("write", e);
          }
        };
    JoinCall call = new JoinCall(laptop, code, new SecureRandom());

    assertThatThrownBy(() -> call.run(new PeerName("laptop"), List.of(), breaking))
        .isInstanceOf(Denied.class)
        .hasMessageContaining("no valid TOML");
    assertThat(call.mayBeMember()).isFalse();
    Files.writeString(file().path(), before);
    assertThat(join(phone, "phone", code)).isNotNull();
  }

  @Test
  void invite_deafNode_isInvalid() {
    assertThatThrownBy(() -> admissions.invite(List.of(), List.of()))
        .isInstanceOf(Invalid.class)
        .hasMessageContaining("does not listen");
    assertThat(admissions.isOpen()).isFalse();
  }

  @Test
  void invite_namedAddress_comesFirst() throws Exception {
    var invite =
        admissions.invite(
            List.of(new HostPort("nas.example", 9771)), List.of(new HostPort("127.0.0.1", 1)));

    assertThat(invite.addresses()).containsExactly("nas.example:9771", "127.0.0.1:1");
    assertThat(invite.expires())
        .isEqualTo(Instant.ofEpochMilli(time.unixMillis()).plusSeconds(900));
    assertThat(invite.key()).isEqualTo(node.publicKey().fingerprint());
  }
}
