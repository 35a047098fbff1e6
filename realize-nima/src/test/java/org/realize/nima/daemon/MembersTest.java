package org.realize.nima.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.core.ThrowingRunnable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.realize.nima.config.AtomicFile;
import org.realize.nima.config.NamedTable;
import org.realize.nima.config.PeerSettings;
import org.realize.nima.control.MemberStatus;
import org.realize.nima.membership.InviteCode;
import org.realize.store.disk.SystemTimeSource;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException.Denied;
import org.realize.sync.model.RealizeException.NotFound;

/** The member list among nodes that are connected over real sockets. */
@Timeout(180)
class MembersTest {

  @TempDir private Path home;
  private final List<HouseholdNode> nodes = new ArrayList<>();
  private HouseholdNode nas;
  private HouseholdNode laptop;
  private HouseholdNode phone;

  @BeforeEach
  void start() throws Exception {
    nas = node("nas");
    laptop = node("laptop");
    phone = node("phone");
  }

  private HouseholdNode node(String name) throws Exception {
    HouseholdNode node = new HouseholdNode(home.resolve(name), name, new SystemTimeSource());
    nodes.add(node);
    return node;
  }

  @AfterEach
  void close() {
    nodes.forEach(HouseholdNode::close);
  }

  private static void eventually(ThrowingRunnable assertion) {
    await().atMost(Duration.ofSeconds(60)).untilAsserted(assertion);
  }

  private void awaitHousehold() {
    eventually(() -> {
      assertThat(nas.peers()).containsExactly("laptop", "phone");
      assertThat(laptop.peers()).containsExactly("nas", "phone");
      assertThat(phone.peers()).containsExactly("laptop", "nas");
      assertThat(laptop.isConnected(phone)).isTrue();
      assertThat(laptop.isConnected(nas)).isTrue();
      assertThat(phone.isConnected(nas)).isTrue();
      for (HouseholdNode each : List.of(nas, laptop, phone)) {
        assertThat(each.members()).containsExactly("nas", "laptop", "phone");
      }
    });
  }

  private void household() throws Exception {
    laptop.join(nas);
    phone.join(nas);
    awaitHousehold();
  }

  private static MemberStatus status(HouseholdNode at, String name) throws Exception {
    return at.desk().list().stream()
        .filter(member -> member.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void join_thirdMachine_learnsOfTheNewcomerAndConnects() throws Exception {
    household();

    assertThat(status(laptop, "phone").invitedBy()).isEqualTo("nas");
    assertThat(status(laptop, "nas").invitedBy()).isNull();
  }

  @Test
  void join_throughAMemberThatIsNotTheFounder_isAMemberEverywhere() throws Exception {
    laptop.join(nas);
    eventually(() -> assertThat(laptop.members()).contains("laptop"));
    phone.join(laptop);

    awaitHousehold();
    assertThat(status(nas, "phone").invitedBy()).isEqualTo("laptop");
  }

  @Test
  void revoke_connectedMember_isNoPeerOfAnybody() throws Exception {
    household();

    nas.desk().revoke(new PeerName("phone"));

    assertThat(nas.peers()).containsExactly("laptop");
    eventually(() -> {
      assertThat(laptop.peers()).containsExactly("nas");
      assertThat(laptop.isConnected(phone)).isFalse();
      assertThat(nas.isConnected(phone)).isFalse();
      assertThat(status(laptop, "phone").revokedBy()).containsExactly("nas");
      assertThat(status(phone, "phone").member()).isFalse();
    });
    assertThat(laptop.isConnected(nas)).isTrue();
    assertThatThrownBy(() -> phone.desk().revoke(new PeerName("nas")))
        .isInstanceOf(Denied.class)
        .hasMessageContaining("this machine was revoked itself");
  }

  @Test
  void revoke_whileTheMemberIsAway_countsWhenItComesBack() throws Exception {
    household();
    phone.node.close();

    nas.desk().revoke(new PeerName("phone"));
    eventually(() -> assertThat(laptop.peers()).containsExactly("nas"));
    phone.node.comeBack();

    eventually(() ->
        assertThat(phone.node.troubles())
            .anySatisfy(
                line -> assertThat(line).contains("our key was refused").doesNotContain("\n")));
    assertThat(laptop.isConnected(phone)).isFalse();
    assertThat(laptop.peers()).containsExactly("nas");
  }

  @Test
  void revoke_whileAnotherMemberIsAway_isLearnedAtTheNextGreeting() throws Exception {
    household();
    laptop.node.close();

    nas.desk().revoke(new PeerName("phone"));
    laptop.node.comeBack();

    eventually(() -> {
      assertThat(laptop.isConnected(nas)).isTrue();
      assertThat(laptop.peers()).containsExactly("nas");
      assertThat(laptop.isConnected(phone)).isFalse();
    });
  }

  @Test
  void revoke_inviter_leavesWhomItInvited() throws Exception {
    laptop.join(nas);
    eventually(() -> assertThat(laptop.members()).contains("laptop"));
    phone.join(laptop);
    awaitHousehold();

    nas.desk().revoke(new PeerName("laptop"));

    eventually(() -> {
      assertThat(phone.peers()).containsExactly("nas");
      assertThat(phone.isConnected(nas)).isTrue();
    });
  }

  @Test
  void revoke_eachOtherWhileApart_theOlderStaysAndBothAreShown() throws Exception {
    household();
    laptop.node.close();
    phone.node.close();
    laptop.desk().revoke(new PeerName("phone"));
    phone.desk().revoke(new PeerName("laptop"));

    phone.node.comeBack();
    eventually(() -> assertThat(nas.peers()).containsExactly("phone"));
    laptop.node.comeBack();

    // No peer of the other two any more, laptop has to join again to be heard.
    laptop.join(nas);
    eventually(() -> {
      assertThat(nas.members()).containsExactly("nas", "laptop");
      assertThat(nas.isConnected(phone)).isFalse();
      assertThat(status(nas, "phone").revokedBy()).containsExactly("laptop");
      assertThat(status(nas, "laptop").revokedBy()).containsExactly("phone");
      assertThat(laptop.members()).containsExactly("nas", "laptop");
    });
  }

  @Test
  void revoke_configurationThatCannotBeEdited_cutsAtOnceAndIsCarriedOutLater() throws Exception {
    household();
    String text = Files.readString(laptop.file.path());
    Files.writeString(laptop.file.path(), "[node\n");

    nas.desk().revoke(new PeerName("phone"));

    eventually(() -> {
      assertThat(laptop.members()).doesNotContain("phone");
      assertThat(laptop.isConnected(phone)).isFalse();
    });
    assertThat(laptop.isConnected(nas)).isTrue();
    AtomicFile.write(laptop.file.path(), text);
    await()
        .atMost(Duration.ofSeconds(100))
        .untilAsserted(() -> assertThat(laptop.peers()).containsExactly("nas"));
  }

  @Test
  void revoke_tableWrittenBackByHand_isRefusedAndGoesAtTheNextReload() throws Exception {
    household();
    PeerSettings table =
        laptop.file.read().peers().stream()
            .filter(peer -> peer.key().equals(phone.node.publicKey()))
            .findFirst()
            .orElseThrow();
    nas.desk().revoke(new PeerName("phone"));
    eventually(() -> assertThat(laptop.peers()).containsExactly("nas"));

    laptop.file.addPeer(table.name(), table.key(), table.addresses(), table.access());
    laptop.reload();
    laptop.begin();
    eventually(() -> assertThat(laptop.peers()).containsExactly("nas"));
    laptop.file.addPeer(table.name(), table.key(), table.addresses(), table.access());
    laptop.reload();
    long refused = laptop.node.connections().refused();
    phone.node.connections().connect(new PeerName("laptop"));
    eventually(() -> assertThat(laptop.node.connections().refused()).isGreaterThan(refused));
    assertThat(laptop.isConnected(phone)).isFalse();
    laptop.reloadAll();

    eventually(() -> assertThat(laptop.peers()).containsExactly("nas"));
    assertThat(laptop.isConnected(phone)).isFalse();
  }

  @Test
  void join_codeThatItUsedBeforeItWasRevoked_isRefused() throws Exception {
    InviteCode code = nas.invite();
    phone.join(code);
    eventually(() -> assertThat(nas.members()).contains("phone"));
    nas.desk().revoke(new PeerName("phone"));

    assertThatThrownBy(() -> phone.join(code))
        .isInstanceOf(Denied.class)
        .hasMessageContaining("was used already, and its machine was revoked since");
    assertThat(nas.members()).containsExactly("nas");
    assertThat(nas.peers()).isEmpty();
    phone.join(nas);
    eventually(() -> assertThat(nas.isConnected(phone)).isTrue());
  }

  @Test
  void revoked_joinsAgain_isAMemberAgain() throws Exception {
    household();
    nas.desk().revoke(new PeerName("phone"));
    eventually(() -> assertThat(laptop.peers()).containsExactly("nas"));

    phone.join(laptop);

    awaitHousehold();
  }

  @Test
  void invite_revokedMachine_isDenied() throws Exception {
    household();
    nas.desk().revoke(new PeerName("phone"));
    eventually(() -> assertThat(phone.members()).doesNotContain("phone"));

    assertThatThrownBy(phone::invite)
        .isInstanceOf(Denied.class)
        .hasMessageContaining("no member of its household");
  }

  @Test
  void peerByHand_isTrustedHereOnly() throws Exception {
    household();
    HouseholdNode desktop = node("desktop");
    nas.file.addPeer(new PeerName("desktop"), desktop.node.publicKey(), List.of(), List.of());
    nas.reload();
    desktop.file.addPeer(
        new PeerName("nas"), nas.node.publicKey(), nas.node.connections().listening(), List.of());
    desktop.reload();

    eventually(() -> assertThat(nas.isConnected(desktop)).isTrue());
    assertThat(nas.members()).doesNotContain("desktop");
    assertThat(desktop.peers()).containsExactly("nas");
    assertThatThrownBy(() -> nas.desk().revoke(new PeerName("desktop")))
        .isInstanceOf(NotFound.class)
        .hasMessageContaining("no member of the household");
  }

  @Test
  void peerRemovedByHand_staysSo() throws Exception {
    household();
    laptop.file.remove(NamedTable.of(new PeerName("phone")));
    laptop.reload();

    HouseholdNode desktop = node("desktop").join(nas);

    eventually(() -> {
      assertThat(laptop.peers()).containsExactly("desktop", "nas");
      assertThat(phone.peers()).contains("desktop");
      assertThat(laptop.isConnected(desktop)).isTrue();
    });
    assertThat(laptop.members()).contains("phone");
  }

  @Test
  void list_afterANewStart_isTheSame() throws Exception {
    household();
    nas.desk().revoke(new PeerName("phone"));
    List<MemberStatus> before = nas.desk().list();

    assertThat(nas.begin().list()).isEqualTo(before);
    assertThat(nas.peers()).containsExactly("laptop");
  }

  @Test
  void start_withoutTheFoundersKey_removesNoPeer() throws Exception {
    household();
    laptop.deleteHouseholdFile();

    laptop.begin();

    assertThat(laptop.members()).isEmpty();
    HouseholdNode desktop = node("desktop").join(nas);
    eventually(() -> assertThat(phone.peers()).contains("desktop"));
    assertThat(laptop.peers()).containsExactly("nas", "phone");
    assertThat(laptop.isConnected(desktop)).isFalse();
  }

  @Test
  void join_nameThatTheThirdMachineGaveToAnother_getsANumberThere() throws Exception {
    laptop.join(nas);
    HouseholdNode other = node("other");
    laptop.file.addPeer(new PeerName("phone"), other.node.publicKey(), List.of(), List.of());
    laptop.reload();

    phone.join(nas);

    eventually(() -> assertThat(laptop.peers()).containsExactly("nas", "phone", "phone-2"));
  }
}
