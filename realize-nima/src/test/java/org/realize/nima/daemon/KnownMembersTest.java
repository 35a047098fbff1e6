package org.realize.nima.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.realize.nima.daemon.KnownMembers.Newcomer;
import org.realize.nima.membership.ClaimHash;
import org.realize.nima.membership.HouseholdFile;
import org.realize.nima.membership.MemberClaim;
import org.realize.nima.membership.MemberClaim.Revocation;
import org.realize.nima.membership.MemberList;
import org.realize.nima.membership.MemberList.Member;
import org.realize.nima.membership.SignedClaim;
import org.realize.nima.tls.NodeKey;
import org.realize.nima.tls.PeerKey;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Denied;
import org.realize.sync.model.RealizeException.Invalid;
import org.realize.sync.model.RealizeException.StorageFailed;

/** The kept member list of one machine. */
class KnownMembersTest {

  @TempDir private Path home;
  private final NodeKey nas = newKey();
  private final NodeKey laptop = newKey();
  private final NodeKey phone = newKey();
  private final NodeKey desktop = newKey();
  private KnownMembers members;

  private static NodeKey newKey() {
    return NodeKey.generate(new SecureRandom());
  }

  @BeforeEach
  void start() throws Exception {
    Files.createDirectories(home.resolve("state"));
    members = KnownMembers.open(home, home.resolve("state"), nas);
  }

  private void admit(NodeKey key, String name) throws RealizeException {
    members.admit(new Newcomer(key.publicKey(), name, List.of()), "nas", List.of());
  }

  private MemberList list() throws RealizeException {
    return members.list().orElseThrow();
  }

  private void hear(NodeKey by, MemberClaim... claims) throws RealizeException {
    List<SignedClaim> signed = new ArrayList<>();
    for (MemberClaim each : claims) {
      signed.add(SignedClaim.of(each, by));
    }
    members.learn(SignedClaim.write(signed));
  }

  private List<PeerKey> keys() throws RealizeException {
    return list().members().stream().map(Member::key).toList();
  }

  private static PeerKey key(NodeKey node) {
    return node.publicKey();
  }

  @Test
  void open_again_hasTheSameList() throws Exception {
    admit(laptop, "laptop");
    members.revoke(key(laptop));

    assertThat(KnownMembers.open(home, home.resolve("state"), nas).list()).contains(list());
  }

  @Test
  void open_fileOfAnOlderFormat_isRefusedInOneLine() throws Exception {
    admit(laptop, "laptop");
    Path file = home.resolve("state/members.json");
    Files.writeString(file, "{\"claims\":[],\"configured\":[]}");

    assertThatThrownBy(() -> KnownMembers.open(home, home.resolve("state"), nas))
        .isInstanceOf(Invalid.class)
        .hasMessageContaining(file + ": of an older format; remove it and ")
        .message()
        .doesNotContain("\n");
  }

  @Test
  void learn_whatCannotBeWritten_holdsAtOnce_andIsWrittenAtTheNextCall() throws Exception {
    admit(laptop, "laptop");
    admit(phone, "phone");
    byte[] news =
        SignedClaim.write(
            List.of(SignedClaim.of(list().nextRevocation(key(laptop), key(phone)), laptop)));
    Files.move(home.resolve("state"), home.resolve("away"));

    assertThatThrownBy(() -> members.learn(news)).isInstanceOf(StorageFailed.class);
    assertThat(members.refused()).contains(key(phone));

    Files.move(home.resolve("away"), home.resolve("state"));
    assertThat(members.learn(news)).isTrue();
    KnownMembers next = KnownMembers.open(home, home.resolve("state"), nas);
    assertThat(next.refused()).contains(key(phone));
  }

  @Test
  void admit_thatCannotBeWritten_isNoClaim() throws Exception {
    admit(laptop, "laptop");
    byte[] before = members.text();
    Files.move(home.resolve("state"), home.resolve("away"));

    assertThatThrownBy(() -> admit(phone, "phone")).isInstanceOf(StorageFailed.class);
    assertThat(members.text()).isEqualTo(before);
    assertThat(keys()).containsExactly(key(nas), key(laptop));

    Files.move(home.resolve("away"), home.resolve("state"));
    admit(phone, "phone");
    assertThat(keys()).containsExactly(key(nas), key(laptop), key(phone));
  }

  @Test
  void open_householdLeft_beginsAnew() throws Exception {
    admit(laptop, "laptop");
    members.setConfigured(key(laptop));
    Files.delete(HouseholdFile.in(home).path());

    members = KnownMembers.open(home, home.resolve("state"), nas);
    HouseholdFile.in(home).write(key(phone));

    assertThat(keys()).containsExactly(key(phone));
    assertThat(members.refused()).isEmpty();
  }

  @Test
  void learn_secondTime_isNoNews() throws Exception {
    admit(laptop, "laptop");
    byte[] text = members.text();

    assertThat(members.learn(text)).isFalse();
    assertThat(members.text()).isEqualTo(text);
  }

  @Test
  void revoke_machineThatTookBackARevocationByAFork_revokesThatOneAgain() throws Exception {
    admit(laptop, "laptop");
    admit(phone, "phone");
    MemberList before = list();
    hear(laptop, before.nextAdmission(key(laptop), key(desktop), "desktop", List.of()));
    hear(laptop, before.nextRevocation(key(laptop), key(phone)));
    assertThat(keys()).containsExactly(key(nas), key(laptop), key(desktop));

    members.revoke(key(laptop));

    assertThat(keys()).containsExactly(key(nas), key(desktop));
  }

  @Test
  void revoke_struckByAYoungerOneBefore_isBack() throws Exception {
    admit(laptop, "laptop");
    hear(laptop, list().nextRevocation(key(laptop), key(nas)));
    assertThat(keys()).containsExactly(key(laptop));

    members.revoke(key(laptop));

    assertThat(keys()).containsExactly(key(nas));
  }

  /** Joins the household of laptop, as a member that phone revokes or that phone revoked. */
  private void joinLaptop() throws Exception {
    HouseholdFile.in(home).write(key(laptop));
    MemberList seen = MemberList.of(key(laptop));
    List<SignedClaim> claims = new ArrayList<>();
    for (NodeKey each : List.of(phone, nas)) {
      MemberClaim claim = seen.nextAdmission(key(laptop), key(each), "name", List.of());
      claims.add(SignedClaim.of(claim, laptop));
      seen = seen.with(List.of(claim));
    }
    members.learn(SignedClaim.write(claims));
  }

  @Test
  void revoke_thisOneWasRevokedByAnOlderOne_isDeniedAndNothingIsClaimed() throws Exception {
    joinLaptop();
    hear(phone, list().nextRevocation(key(phone), key(nas)));
    byte[] before = members.text();

    assertThatThrownBy(() -> members.revoke(key(phone)))
        .isInstanceOf(Denied.class)
        .hasMessageContaining("this machine was revoked itself");
    assertThat(members.text()).isEqualTo(before);
  }

  @Test
  void revokeAndAdmit_listWithoutRoom_areDeniedAndNothingIsClaimed() throws Exception {
    joinLaptop();
    ClaimHash previous = list().nextRevocation(key(nas), key(laptop)).previous();
    List<MemberClaim> many = new ArrayList<>();
    for (int i = 0; i < MemberList.MAX_CHAIN; i++) {
      many.add(new Revocation(key(nas), previous, key(desktop), i, ClaimHash.NONE));
      previous = many.getLast().hash();
    }
    hear(nas, many.toArray(MemberClaim[]::new));
    byte[] before = members.text();

    for (var action :
        List.<org.assertj.core.api.ThrowableAssert.ThrowingCallable>of(
            () -> members.revoke(key(phone)),
            () -> admit(desktop, "desktop"),
            () -> members.requireRoom("nas"))) {
      assertThatThrownBy(action)
          .isInstanceOf(Denied.class)
          .hasMessageContaining("the member list has no room for it: it holds 512 claims, and 128");
    }
    assertThat(members.text()).isEqualTo(before);
  }
}
