package org.realize.nima.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.realize.nima.config.ConfigurationFile;
import org.realize.nima.config.ConfigurationFile.KeyChange;
import org.realize.nima.config.NamedTable;
import org.realize.nima.config.PeerAccess;
import org.realize.nima.config.PeerSettings;
import org.realize.nima.config.Role;
import org.realize.nima.membership.HouseholdFile;
import org.realize.nima.membership.MemberClaim;
import org.realize.nima.membership.MemberList;
import org.realize.nima.membership.SignedClaim;
import org.realize.nima.tls.NodeKey;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.PeerName;

/** The tables of members on one machine, which hears claims in an order of the test's choice. */
class MemberPeersTest {

  private static final ArenaName PHOTOS = new ArenaName("photos");
  private static final PeerAccess NARROW =
      new PeerAccess(Optional.of(List.of(PHOTOS)), Role.RECEIVE);

  @TempDir private Path home;
  private final NodeKey nas = newKey();
  private final NodeKey laptop = newKey();
  private final NodeKey phone = newKey();
  private final NodeKey desktop = newKey();
  private final List<SignedClaim> claims = new ArrayList<>();
  private MemberList list = MemberList.of(nas.publicKey());
  private ConfigurationFile file;
  private KnownMembers members;

  private static NodeKey newKey() {
    return NodeKey.generate(new SecureRandom());
  }

  @BeforeEach
  void start() throws Exception {
    Files.createDirectories(home.resolve("state"));
    file = ConfigurationFile.in(home);
    file.create(new PeerName("nas"), List.of(), Optional.empty());
    file.addArena(PHOTOS, Optional.empty(), Optional.empty());
    file.addArena(new ArenaName("films"), Optional.empty(), Optional.empty());
    HouseholdFile.in(home).write(nas.publicKey());
    restart();
    admit(nas, laptop, "laptop");
    hear();
  }

  private void restart() throws Exception {
    members = KnownMembers.open(home, home.resolve("state"), nas);
  }

  private void sign(MemberClaim claim, NodeKey by) {
    list = list.with(List.of(claim));
    claims.add(SignedClaim.of(claim, by));
  }

  private void admit(NodeKey by, NodeKey member, String name) {
    sign(list.nextAdmission(by.publicKey(), member.publicKey(), name, List.of()), by);
  }

  private void revoke(NodeKey by, NodeKey member) {
    sign(list.nextRevocation(by.publicKey(), member.publicKey()), by);
  }

  /** All that was signed so far comes here, and the tables follow. */
  private void hear() throws Exception {
    members.learn(SignedClaim.write(claims));
    follow();
  }

  private void follow() throws Exception {
    new MemberPeers(file, members, new PeerName("nas"), nas.publicKey()).follow();
  }

  private void narrow(String peer) throws Exception {
    file.set(
        NamedTable.of(new PeerName(peer)),
        List.of(
            KeyChange.ofTexts("arenas", List.of("photos")), KeyChange.ofText("role", "receive")));
  }

  private PeerAccess access(String name) throws Exception {
    return file.read().peers().stream()
        .filter(peer -> peer.name().equals(new PeerName(name)))
        .findFirst()
        .orElseThrow()
        .access();
  }

  private List<String> peers() throws Exception {
    return file.read().peers().stream().map(PeerSettings::name).map(PeerName::value).toList();
  }

  @Test
  void follow_admitterWithTheWhole_newcomerHasIt() throws Exception {
    admit(laptop, phone, "phone");
    hear();

    assertThat(access("laptop")).isEqualTo(PeerAccess.WHOLE);
    assertThat(access("phone")).isEqualTo(PeerAccess.WHOLE);
  }

  @Test
  void follow_killedBetweenAClaimAndItsTable_memberIsTakenUp() throws Exception {
    members.admit(
        new KnownMembers.Newcomer(phone.publicKey(), "phone", List.of("192.0.2.7:9771")),
        "nas",
        List.of());
    assertThat(peers()).containsExactly("laptop");
    restart();
    follow();

    assertThat(peers()).containsExactly("laptop", "phone");
    assertThat(access("phone")).isEqualTo(PeerAccess.WHOLE);
    restart();
    assertThat(members.added()).isEmpty();
  }

  @Test
  void refused_removalThatWasNotCarriedOut_isRefusedAfterANewStart() throws Exception {
    revoke(nas, laptop);
    members.learn(SignedClaim.write(claims));
    restart();

    assertThat(peers()).containsExactly("laptop");
    assertThat(members.refused()).containsExactly(laptop.publicKey());
    follow();
    assertThat(peers()).isEmpty();
    assertThat(members.refused()).containsExactly(laptop.publicKey());
  }

  @Test
  void follow_narrowedAdmitter_newcomersAreNarrowedLikeIt() throws Exception {
    narrow("laptop");
    admit(laptop, phone, "phone");
    admit(phone, desktop, "desktop");
    hear();

    assertThat(access("phone")).isEqualTo(NARROW);
    assertThat(access("desktop")).isEqualTo(NARROW);
  }

  @Test
  void follow_narrowedAdmitterAndNewcomer_nextOneHasWhatBothHave() throws Exception {
    narrow("laptop");
    admit(laptop, phone, "phone");
    hear();
    file.set(NamedTable.of(new PeerName("phone")), List.of(KeyChange.ofText("role", "send")));
    admit(phone, desktop, "desktop");
    hear();

    assertThat(access("desktop"))
        .isEqualTo(new PeerAccess(Optional.of(List.of(PHOTOS)), Role.SEND));
  }

  @Test
  void follow_admitterThatWasRemovedByHand_newcomerSeesNothing() throws Exception {
    file.remove(NamedTable.of(new PeerName("laptop")));
    admit(laptop, phone, "phone");
    hear();

    assertThat(access("phone")).isEqualTo(PeerAccess.NONE);
  }

  @Test
  void follow_narrowedAdmitterRevokedAtOnce_newcomerIsNarrowed() throws Exception {
    narrow("laptop");
    admit(laptop, phone, "phone");
    revoke(nas, laptop);
    hear();

    assertThat(peers()).containsExactly("phone");
    assertThat(access("phone")).isEqualTo(NARROW);
  }

  @Test
  void follow_admissionHeardLongAfterItsAuthorWasRevoked_newcomerIsNarrowed() throws Exception {
    narrow("laptop");
    admit(laptop, phone, "phone");
    SignedClaim admission = claims.removeLast();
    revoke(nas, laptop);
    hear();
    assertThat(peers()).isEmpty();
    restart();
    claims.add(admission);
    hear();

    assertThat(peers()).containsExactly("phone");
    assertThat(access("phone")).isEqualTo(NARROW);
  }

  @Test
  void follow_narrowedMemberInvitedAgainElsewhere_isNarrowedStill() throws Exception {
    admit(nas, phone, "phone");
    hear();
    narrow("laptop");
    revoke(phone, laptop);
    hear();
    restart();
    admit(phone, laptop, "laptop");
    hear();

    assertThat(peers()).containsExactly("phone", "laptop");
    assertThat(access("laptop")).isEqualTo(NARROW);
    assertThat(access("phone")).isEqualTo(PeerAccess.WHOLE);
  }

  @Test
  void follow_killedAfterARemoval_newcomerIsAsTheRemovedOneWas() throws Exception {
    for (PeerAccess was : List.of(PeerAccess.WHOLE, NARROW)) {
      NodeKey newcomer = newKey();
      admit(nas, phone, "phone");
      hear();
      if (was.equals(NARROW)) {
        narrow("phone");
      }
      admit(phone, newcomer, "newcomer");
      revoke(nas, phone);
      members.learn(SignedClaim.write(claims));
      members.keepAccess(phone.publicKey(), was);
      file.remove(NamedTable.of(new PeerName("phone")));
      restart();
      follow();

      assertThat(access("newcomer")).isEqualTo(was);
      file.remove(NamedTable.of(new PeerName("newcomer")));
    }
  }

  @Test
  void follow_arenaThatIsNotThereAnyMore_isLeftOut() throws Exception {
    admit(nas, phone, "phone");
    hear();
    narrow("laptop");
    revoke(nas, laptop);
    hear();
    file.remove(NamedTable.of(PHOTOS));
    admit(phone, laptop, "laptop");
    hear();

    assertThat(access("laptop")).isEqualTo(new PeerAccess(Optional.of(List.of()), Role.RECEIVE));
  }
}
