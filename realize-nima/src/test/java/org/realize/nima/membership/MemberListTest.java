package org.realize.nima.membership;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
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

  private static final List<PeerKey> KEYS = keys(8);

  /** The same keys in each run, so that a seed's household is, too. */
  private static List<PeerKey> keys(int count) {
    try {
      SecureRandom random = SecureRandom.getInstance("SHA1PRNG");
      random.setSeed(1);
      return Stream.generate(() -> NodeKey.generate(random).publicKey()).limit(count).toList();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA1PRNG", e);
    }
  }

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

    assertThat(keys(list.with(atThief.claims().values()))).containsExactly(nas, phone);
  }

  @Test
  void members_revokedMachineRevokesWithoutBeingOlder_hasNoEffect() {
    household();
    MemberList atPhone = revoked(list, phone, nas);
    list = revoked(list, nas, phone);

    assertThat(keys(list.with(atPhone.claims().values()))).containsExactly(nas, laptop);
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
  void members_invitedAgain_voidClaimsOfTheFormerMembershipStaySo() {
    household();
    MemberList atThief = admitted(list, laptop, thief);
    list = revoked(list, nas, laptop).with(atThief.claims().values());
    list = admitted(list, phone, laptop);

    assertThat(keys(list)).containsExactly(nas, phone, laptop);
    list = revoked(admitted(list, laptop, KEYS.get(4)), nas, laptop);
    assertThat(keys(list)).containsExactly(nas, phone, KEYS.get(4));
  }

  @Test
  void members_backdatedClaimsOfARevokedMachine_haveNoEffect() {
    household();
    list = admitted(list, laptop, KEYS.get(4));
    ClaimHash root = list.nextRevocation(nas, laptop).cutoff();
    list = admitted(list, laptop, KEYS.get(5));
    MemberList end = revoked(list, phone, laptop);
    List<ClaimHash> places = new ArrayList<>(list.claims().keySet());
    places.add(root);
    places.add(ClaimHash.NONE);

    for (ClaimHash place : places) {
      for (long epoch : List.of(2L, 3L, 100L)) {
        Admission forged = new Admission(laptop, place, thief, epoch, "thief", List.of());
        assertThat(end.with(List.of(forged)).members()).isEqualTo(end.members());
        MemberList more = admitted(end.with(List.of(forged)), thief, KEYS.get(6));
        assertThat(more.members()).isEqualTo(end.members());
      }
      Revocation struck = new Revocation(laptop, place, KEYS.get(5), 5, ClaimHash.NONE);
      Revocation elder = new Revocation(laptop, place, nas, 0, ClaimHash.NONE);
      MemberList strikes = revoked(list, nas, laptop).with(List.of(struck, elder));
      assertThat(keys(strikes)).containsExactly(nas, phone, KEYS.get(4), KEYS.get(5));
    }
  }

  @Test
  void members_claimWithoutTheOneBefore_isNone() {
    household();
    MemberList first = revoked(list, laptop, KEYS.get(6));
    Admission second = first.nextAdmission(laptop, KEYS.get(4), "late", List.of());

    assertThat(list.with(List.of(second))).isEqualTo(list);
    assertThat(keys(first.with(List.of(second)))).contains(KEYS.get(4));
    assertThat(keys(list.with(List.of(second)).with(first.claims().values())))
        .doesNotContain(KEYS.get(4));
  }

  @Test
  void members_chainForks_bothBranchesCountUntilARevocationNamesOne() {
    household();
    MemberList one = admitted(list, laptop, KEYS.get(4));
    MemberList two = admitted(list, laptop, KEYS.get(5));
    MemberList both = one.with(two.claims().values());
    MemberList inAnotherOrder = two.with(one.claims().values());

    assertThat(both.members()).isEqualTo(inAnotherOrder.members());
    assertThat(keys(both)).contains(KEYS.get(4), KEYS.get(5));
    Revocation ofOne = both.nextRevocation(nas, laptop);
    assertThat(keys(both.with(List.of(ofOne)))).containsExactly(nas, phone, KEYS.get(4));
    assertThat(keys(inAnotherOrder.with(List.of(ofOne)))).containsExactly(nas, phone, KEYS.get(4));
    assertThat(keys(revoked(inAnotherOrder, nas, laptop))).containsExactly(nas, phone, KEYS.get(5));
  }

  @Test
  void members_twoRevokersNameTwoBranches_onlyWhatBothLeaveStands() {
    household();
    list = admitted(list, laptop, KEYS.get(6));
    MemberList one = revoked(admitted(list, laptop, KEYS.get(4)), nas, laptop);
    MemberList two = revoked(admitted(list, laptop, KEYS.get(5)), phone, laptop);

    assertThat(keys(one.with(two.claims().values()))).containsExactly(nas, phone, KEYS.get(6));
  }

  @Test
  void members_revokedByACutoffThatNobodyHas_leavesNothing() {
    household();
    list = admitted(list, laptop, KEYS.get(4));
    Revocation odd =
        new Revocation(
            nas, list.nextRevocation(nas, thief).previous(), laptop, 1, ClaimHash.of("odd"));

    assertThat(keys(list.with(List.of(odd)))).containsExactly(nas);
  }

  @Test
  void members_youngerStruckFirst_olderOnesWinAsSoonAsTheyStrikeBack() {
    household();
    list = revoked(revoked(list, phone, nas), phone, laptop);
    assertThat(keys(list)).containsExactly(phone);

    MemberList one = revoked(list, nas, phone);
    assertThat(keys(one)).containsExactly(nas);
    MemberList two = revoked(list, laptop, phone);
    assertThat(keys(two)).containsExactly(laptop);
    assertThat(keys(one.with(two.claims().values()))).containsExactly(nas, laptop);
    assertThat(keys(revoked(one, phone, laptop))).containsExactly(nas);
  }

  @Test
  void members_youngerStrikesBack_staysOut() {
    household();
    list = revoked(list, nas, phone);

    assertThat(keys(revoked(list, phone, nas))).containsExactly(nas, laptop);
  }

  @Test
  void members_revocationOfNoMembership_hasNoEffect() {
    household();
    ClaimHash tip = list.nextRevocation(nas, phone).previous();

    Revocation tooFar = new Revocation(nas, tip, phone, 1_000, ClaimHash.NONE);
    assertThat(keys(list.with(List.of(tooFar)))).containsExactly(nas, laptop, phone);
    Revocation stranger = list.nextRevocation(nas, thief);
    list = admitted(list.with(List.of(stranger)), laptop, thief);
    assertThat(keys(list)).containsExactly(nas, laptop, phone, thief);
  }

  @Test
  void members_hugeEpochOfOneMember_othersStillInvite() {
    household();
    ClaimHash root = list.nextRevocation(nas, phone).cutoff();
    long huge = ClaimText.MAX_EPOCH;
    list = list.with(List.of(new Admission(phone, root, thief, huge, "thief", List.of())));

    assertThat(keys(admitted(list, nas, KEYS.get(4)))).contains(KEYS.get(4));
    assertThat(keys(admitted(list, thief, KEYS.get(4)))).doesNotContain(KEYS.get(4));
    list = revoked(list, nas, thief);
    assertThat(list.nextAdmission(nas, KEYS.get(4), "name", List.of()).epoch()).isEqualTo(3);
  }

  @Test
  void members_leaves_isOut() {
    household();

    assertThat(keys(revoked(list, phone, phone))).containsExactly(nas, laptop);
  }

  @Test
  void members_admissionOlderThanItsAuthor_isVoid() {
    household();
    ClaimHash root = list.nextRevocation(nas, phone).cutoff();
    Admission old = new Admission(phone, root, thief, 1, "thief", List.of());

    assertThat(keys(list.with(List.of(old)))).containsExactly(nas, laptop, phone);
  }

  /** Claims of {@code by} without an effect, in one chain or all in its first place. */
  private static MemberList flooded(MemberList list, PeerKey by, int count, boolean isFork) {
    List<MemberClaim> many = new ArrayList<>();
    ClaimHash previous = list.nextRevocation(by, KEYS.get(7)).previous();
    for (int i = 1; i <= count; i++) {
      Revocation each = new Revocation(by, previous, KEYS.get(7), i, ClaimHash.NONE);
      many.add(each);
      previous = isFork ? previous : each.hash();
    }
    return list.with(many);
  }

  @Test
  void with_longChain_endsAtItsBound() {
    household();
    list = flooded(list, phone, MemberList.MAX_CHAIN - 1, false);
    MemberList last = revoked(list, phone, nas);

    assertThat(keys(last)).containsExactly(laptop, phone);
    assertThat(revoked(last, phone, laptop)).isEqualTo(last);
    assertThat(admitted(last, phone, thief)).isEqualTo(last);
  }

  @Test
  void with_listThatOneMemberFilled_olderOnesStillRevokeAndInvite() {
    household();
    list = flooded(list, phone, MemberList.MAX_CLAIMS + 10, true);
    assertThat(list.claims()).hasSize(MemberList.MAX_CLAIMS);

    list = admitted(list, laptop, KEYS.get(4));
    list = revoked(list, laptop, phone);
    assertThat(list.claims()).hasSize(MemberList.MAX_CLAIMS);
    assertThat(keys(list)).containsExactly(nas, laptop, KEYS.get(4));
  }

  @Test
  void with_listFullOfMembersOfOne_olderOnesRevokeIt_youngerOnesCannotPushOthersOut() {
    household();
    List<PeerKey> many = keys(300);
    for (PeerKey each : many.subList(8, 128)) {
      list = admitted(list, nas, each);
    }
    for (PeerKey author : many.subList(8, 12)) {
      list = flooded(list, author, MemberList.MAX_CLAIMS / 4, false);
    }
    assertThat(list.claims()).hasSize(MemberList.MAX_CLAIMS);
    PeerKey youngest = many.get(127);
    PeerKey stranger = many.get(299);

    assertThat(keys(revoked(list, nas, youngest))).hasSize(122).doesNotContain(youngest);
    MemberList more = admitted(list, youngest, stranger);
    assertThat(keys(more)).hasSize(124).contains(stranger);
    assertThat(more.claims()).hasSize(MemberList.MAX_CLAIMS);
  }

  private static boolean isOnce(List<MemberClaim> all, PeerKey key) {
    return all.stream()
            .filter(each -> each instanceof Admission a && a.member().equals(key))
            .map(MemberClaim::hash)
            .distinct()
            .count()
        == (key.equals(KEYS.getFirst()) ? 0 : 1);
  }

  /**
   * Machines that admit, revoke, forge and exchange at random end with one list, in which revoked
   * ones are out, and so are those whom they admitted behind their revoker's back.
   */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
  void with_anyOrderOfExchanges_convergesToOneList(long seed) {
    Random random = new Random(seed);
    List<MemberList> at = new ArrayList<>(Collections.nCopies(KEYS.size(), list));
    List<MemberList> before = new ArrayList<>(at);
    boolean isFlooding = seed % 10 == 0;
    for (int step = 0; step < 80; step++) {
      int one = random.nextInt(KEYS.size());
      PeerKey by = KEYS.get(one);
      PeerKey about = KEYS.get(random.nextInt(KEYS.size()));
      MemberList now = at.get(one);
      boolean isHonest = random.nextInt(4) > 0;
      if (isHonest && now.member(by).isEmpty()) {
        at.set(one, now.with(at.get(random.nextInt(KEYS.size())).claims().values()));
        continue;
      }
      MemberList base = isHonest ? now : before.get(random.nextInt(KEYS.size()));
      switch (random.nextInt(6)) {
        case 0, 1 ->
            at.set(one, now.with(List.of(base.nextAdmission(by, about, "name", List.of()))));
        case 2 -> at.set(one, now.with(List.of(base.nextRevocation(by, about))));
        case 3 -> before.set(one, now);
        case 4 -> at.set(one, isFlooding ? flooded(now, by, 150, random.nextBoolean()) : now);
        default -> at.set(one, now.with(at.get(random.nextInt(KEYS.size())).claims().values()));
      }
    }
    assertConverges(seed, random, at);
  }

  private void assertConverges(long seed, Random random, List<MemberList> at) {
    List<MemberClaim> all = new ArrayList<>();
    at.forEach(each -> all.addAll(each.claims().values()));
    for (int round = 0; round < 4; round++) {
      List<Integer> order = new ArrayList<>(IntStream.range(0, KEYS.size()).boxed().toList());
      Collections.shuffle(order, random);
      for (int each : order) {
        for (int other : order) {
          MemberList theirs = at.get(other);
          List<MemberClaim> shuffled = new ArrayList<>(theirs.claims().values());
          Collections.shuffle(shuffled, random);
          at.set(each, at.get(each).with(shuffled));
        }
      }
    }
    MemberList whole = at.getFirst();
    for (MemberList each : at) {
      assertThat(each).as("seed %d", seed).isEqualTo(whole);
      assertThat(each.members()).isEqualTo(whole.members());
    }
    assertThat(whole.claims().size()).isLessThanOrEqualTo(MemberList.MAX_CLAIMS);
    List<PeerKey> revoked =
        whole.revocations().stream().map(Revocation::member).distinct().toList();
    for (Revocation each : whole.revocations()) {
      boolean isByOneWhomNobodyRevoked =
          whole.member(each.by()).isPresent()
              && !revoked.contains(each.by())
              && isOnce(all, each.by());
      boolean isOfAMembership =
          each.epoch() == 0
              ? each.member().equals(KEYS.getFirst())
              : all.stream()
                  .anyMatch(claim ->
                      claim instanceof Admission a
                          && a.member().equals(each.member())
                          && a.epoch() == each.epoch()
                          && whole.claims().containsKey(a.hash()));
      if (isByOneWhomNobodyRevoked && isOfAMembership && isOnce(all, each.member())) {
        assertThat(whole.member(each.member())).as("seed %d: %s", seed, each).isEmpty();
        assertOthersAreOut(seed, each, whole);
      }
    }
  }

  /** Whom the revoked machine admitted elsewhere than on the chain up to the cutoff is out. */
  private static void assertOthersAreOut(long seed, Revocation revocation, MemberList whole) {
    List<ClaimHash> standing = new ArrayList<>();
    ClaimHash each = revocation.cutoff();
    for (MemberClaim claim = whole.claims().get(each); claim != null; ) {
      standing.add(each);
      each = claim.previous();
      claim = whole.claims().get(each);
    }
    for (Member member : whole.members()) {
      Optional<Admission> admission = member.admission().filter(a -> member.epoch() > 0);
      boolean isByIt = admission.filter(a -> a.by().equals(revocation.member())).isPresent();
      assertThat(isByIt && !standing.contains(admission.get().hash()))
          .as("seed %d: %s", seed, member)
          .isFalse();
    }
  }
}
