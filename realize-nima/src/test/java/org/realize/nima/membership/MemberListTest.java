package org.realize.nima.membership;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.realize.nima.membership.MemberClaim.Admission;
import org.realize.nima.membership.MemberClaim.Revocation;
import org.realize.nima.membership.MemberList.Member;
import org.realize.nima.tls.NodeKey;
import org.realize.nima.tls.PeerKey;

class MemberListTest {

  private static final List<PeerKey> KEYS =
      Stream.generate(() -> NodeKey.generate(new SecureRandom()).publicKey()).limit(8).toList();

  private final PeerKey nas = KEYS.get(0);
  private final PeerKey laptop = KEYS.get(1);
  private final PeerKey phone = KEYS.get(2);
  private final PeerKey thief = KEYS.get(3);
  private MemberList list = MemberList.of(nas);

  private static List<PeerKey> keys(MemberList list) {
    return list.members().stream().map(Member::key).toList();
  }

  private static MemberList admitted(MemberList list, PeerKey by, PeerKey member) {
    return list.with(List.of(list.nextAdmission(by, member, "name", List.of())));
  }

  private static MemberList revoked(MemberList list, PeerKey by, PeerKey member) {
    return list.with(List.of(list.nextRevocation(by, member)));
  }

  private void household() {
    list = admitted(admitted(list, nas, laptop), laptop, phone);
  }

  @Test
  void members_invitedInAChain_areAllWhoHaveOneToTheFounder() {
    household();

    assertThat(keys(list)).containsExactly(nas, laptop, phone);
    assertThat(keys(admitted(list, thief, KEYS.get(4)))).containsExactly(nas, laptop, phone);
    assertThat(list.with(List.of(list.nextAdmission(thief, thief, "thief", List.of()))))
        .isEqualTo(list);
  }

  @Test
  void members_revoked_areOut_whomTheyInvitedStays() {
    household();

    list = revoked(list, nas, laptop);

    assertThat(keys(list)).containsExactly(nas, phone);
  }

  @Test
  void members_youngerRevokesOlder_counts() {
    household();

    assertThat(keys(revoked(list, phone, nas))).containsExactly(laptop, phone);
  }

  @Test
  void members_twoRevokeEachOther_theOlderStaysInEitherOrder() {
    household();
    Revocation byOlder = list.nextRevocation(laptop, phone);
    Revocation byYounger = list.nextRevocation(phone, laptop);

    for (List<Revocation> order :
        List.of(List.of(byOlder, byYounger), List.of(byYounger, byOlder))) {
      MemberList both = list.with(List.of(order.getFirst())).with(List.of(order.getLast()));
      assertThat(keys(both)).containsExactly(nas, laptop);
      assertThat(both.revocations()).containsExactlyInAnyOrder(byOlder, byYounger);
    }
  }

  @Test
  void members_revokedMachineInvites_nobodyComesIn() {
    household();
    MemberList atThief = admitted(list, laptop, thief);
    list = revoked(list, phone, laptop);

    assertThat(keys(list.with(atThief.claims()))).containsExactly(nas, phone);
    Admission forged = new Admission(laptop, 100, thief, 2, "thief", List.of());
    assertThat(keys(list.with(List.of(forged)))).containsExactly(nas, phone);
  }

  @Test
  void members_revokedMachineRevokesWithoutBeingOlder_hasNoEffect() {
    household();
    MemberList atPhone = revoked(list, phone, nas);
    list = revoked(list, nas, phone);

    assertThat(keys(list.with(atPhone.claims()))).containsExactly(nas, laptop);
  }

  @Test
  void members_claimsBeforeTheRevocation_stand() {
    household();
    list = revoked(list, laptop, phone);
    list = revoked(list, nas, laptop);

    assertThat(keys(list)).containsExactly(nas);
  }

  @Test
  void members_revokedAndInvitedAgain_isAYoungerMemberWhoseClaimsStand() {
    household();
    list = revoked(list, nas, laptop);
    list = admitted(list, phone, laptop);

    assertThat(keys(list)).containsExactly(nas, phone, laptop);
    assertThat(keys(admitted(list, laptop, thief))).containsExactly(nas, phone, laptop, thief);
    assertThat(keys(revoked(list, nas, laptop))).containsExactly(nas, phone);
  }

  @Test
  void members_leaves_isOut() {
    household();

    assertThat(keys(revoked(list, phone, phone))).containsExactly(nas, laptop);
  }

  @Test
  void members_admissionOlderThanItsAuthor_isVoid() {
    household();
    Admission old = new Admission(phone, 1, thief, 1, "thief", List.of());

    assertThat(keys(list.with(List.of(old)))).containsExactly(nas, laptop, phone);
  }

  @Test
  void with_moreThanTheBound_keepsTheBound() {
    List<MemberClaim> many = new ArrayList<>();
    for (int i = 1; i <= MemberList.MAX_CLAIMS + 10; i++) {
      many.add(new Revocation(nas, i, thief, 0, 0));
    }

    assertThat(list.with(many).claims()).hasSize(MemberList.MAX_CLAIMS);
  }

  /** Machines that admit, revoke and exchange at random end with one list. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
  void with_anyOrderOfExchanges_convergesToOneList(long seed) {
    Random random = new Random(seed);
    List<MemberList> at = new ArrayList<>(Collections.nCopies(KEYS.size(), list));
    for (int step = 0; step < 60; step++) {
      int one = random.nextInt(KEYS.size());
      int two = random.nextInt(KEYS.size());
      MemberList now = at.get(one);
      boolean isMember = now.member(KEYS.get(one)).isPresent();
      switch (random.nextInt(4)) {
        case 0 -> at.set(one, isMember ? admitted(now, KEYS.get(one), KEYS.get(two)) : now);
        case 1 -> at.set(one, isMember ? revoked(now, KEYS.get(one), KEYS.get(two)) : now);
        default -> at.set(one, now.with(at.get(two).claims()));
      }
    }
    List<MemberClaim> all = new ArrayList<>();
    at.forEach(each -> all.addAll(each.claims()));
    MemberList whole = list.with(all);
    for (int node = 0; node < KEYS.size(); node++) {
      Collections.shuffle(all, random);
      MemberList end = at.get(node);
      for (MemberClaim each : all) {
        end = end.with(at.get(random.nextInt(KEYS.size())).claims()).with(List.of(each));
      }
      assertThat(end).as("node %d of seed %d", node, seed).isEqualTo(whole);
      assertThat(end.members()).isEqualTo(whole.members());
    }
    List<PeerKey> revoked =
        whole.revocations().stream().map(Revocation::member).distinct().toList();
    for (Revocation each : whole.revocations()) {
      boolean isByOneWhomNobodyRevoked =
          whole.member(each.by()).isPresent() && !revoked.contains(each.by());
      boolean isOut = whole.member(each.member()).map(m -> m.epoch() > each.epoch()).orElse(true);
      assertThat(isOut || !isByOneWhomNobodyRevoked).as("seed %d: %s", seed, each).isTrue();
    }
  }
}
