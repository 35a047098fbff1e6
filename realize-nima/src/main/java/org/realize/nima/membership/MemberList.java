package org.realize.nima.membership;

import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.realize.nima.membership.JudgedClaims.Membership;
import org.realize.nima.membership.JudgedClaims.Statement;
import org.realize.nima.membership.MemberClaim.Admission;
import org.realize.nima.membership.MemberClaim.Revocation;
import org.realize.nima.tls.PeerKey;

/**
 * The members of a household: a pure function of its founder and a set of claims. Peers exchange
 * whole sets and keep the union, so all that have heard the same have the same members, in whatever
 * order they heard it.
 *
 * <p>The founder is a member of epoch 0, whom nobody admits. The claims of a membership are a chain
 * that begins at its admission; a claim without the one before it, or past {@link #MAX_CHAIN} of
 * them, is none. Memberships are judged from the oldest to the youngest (by epoch, then key); each
 * may only be admitted by an older one. When the turn of a membership comes that is admitted, its
 * author's revocations count, unless an older one has revoked that author and cut them off, or the
 * revoked one is older and has revoked the author. So of two that revoke each other the older one
 * stays, whichever did so first; a younger one may revoke an older one that does not revoke it; and
 * whoever a revoked machine invited stays, but nobody whom it invites afterwards comes in. In the
 * end memberships are judged once more by all revocations that count: a claim that is not on the
 * chain up to the one that the revocation names admits nobody, whatever epoch it has, and whatever
 * it names as the claim before it. Of a chain that forks all branches count, until its author is
 * revoked: then only the branch that the revocation names does. Immutable.
 */
public final class MemberList {

  /** The most claims of one household; those of the youngest members make room for others. */
  public static final int MAX_CLAIMS = 512;

  /** The most claims of one membership; further ones are none. */
  public static final int MAX_CHAIN = 128;

  private final PeerKey founder;
  private final Map<ClaimHash, MemberClaim> claims;
  private final JudgedClaims judged;
  private final Map<PeerKey, Member> members = new LinkedHashMap<>();

  /**
   * A membership that is in force.
   *
   * @param epoch its age; the founder's is 0
   * @param admission with its name; the founder's is its own, or empty
   */
  public record Member(PeerKey key, long epoch, Optional<Admission> admission) {}

  private MemberList(PeerKey founder, Map<ClaimHash, MemberClaim> claims) {
    this.founder = founder;
    this.claims = claims;
    this.judged = new JudgedClaims(founder, claims);
    for (Membership each : judged.memberships()) {
      if (each.isAdmitted && !judged.isRevoked(each)) {
        members.putIfAbsent(each.key, new Member(each.key, each.epoch, admission(each)));
      }
    }
  }

  /** The list of a household that only its founder is in. */
  public static MemberList of(PeerKey founder) {
    return new MemberList(founder, Map.of());
  }

  /**
   * This list with further claims. Those without a chain to the founder are left out, and so are
   * those of the youngest members as far as there are more than {@link #MAX_CLAIMS}; claims without
   * an effect go first.
   */
  public MemberList with(Collection<? extends MemberClaim> more) {
    Map<ClaimHash, MemberClaim> union = new LinkedHashMap<>(claims);
    more.forEach(each -> union.putIfAbsent(each.hash(), each));
    MemberList whole = new MemberList(founder, union);
    Set<ClaimHash> kept = whole.judged.most(MAX_CLAIMS);
    return union.keySet().retainAll(kept) ? new MemberList(founder, union) : whole;
  }

  private Optional<Admission> admission(Membership membership) {
    return membership.admission == null
        ? judged.foundings().stream()
            .max(
                Comparator.comparing(Admission::name)
                    .thenComparing(each -> each.addresses().toString()))
        : membership.admission();
  }

  public PeerKey founder() {
    return founder;
  }

  /** The memberships in force, oldest first, one of each key. */
  public List<Member> members() {
    return List.copyOf(members.values());
  }

  /** The membership of this key that is in force. */
  public Optional<Member> member(PeerKey key) {
    return Optional.ofNullable(members.get(key));
  }

  /** True if this key was a member, and was revoked since. */
  public boolean isRevoked(PeerKey key) {
    return !members.containsKey(key) && judged.isAnyRevoked(key);
  }

  /**
   * The keys that have admitted {@code key}: for a member the one of its membership in force, for a
   * former one all that ever did. Empty for the founder and for strangers.
   */
  public List<PeerKey> admitters(PeerKey key) {
    Optional<Member> member = member(key);
    Stream<Optional<Admission>> admissions =
        member.isPresent()
            ? Stream.of(member.get().epoch() == 0 ? Optional.empty() : member.get().admission())
            : judged.of(key).stream().map(Membership::admission);
    return admissions.flatMap(Optional::stream).map(Admission::by).distinct().toList();
  }

  /** All revocations, the ones without effect too. */
  public List<Revocation> revocations() {
    return judged.statements().stream()
        .sorted(Comparator.comparing(Statement::hash))
        .map(Statement::claim)
        .filter(Revocation.class::isInstance)
        .map(Revocation.class::cast)
        .sorted(Comparator.comparing(Revocation::member).thenComparing(Revocation::by))
        .toList();
  }

  /** The keys that {@code by} has revoked with effect, and that are no members. */
  public Set<PeerKey> revokedBy(PeerKey by) {
    Set<PeerKey> revoked = new LinkedHashSet<>(judged.revokedBy(by));
    revoked.removeAll(members.keySet());
    return revoked;
  }

  /** The name under which {@code key} was admitted last; empty for strangers. */
  public Optional<String> name(PeerKey key) {
    return judged.of(key).reversed().stream()
        .flatMap(membership -> admission(membership).map(Admission::name).stream())
        .findFirst();
  }

  /** All claims, in the order in which they were heard. */
  public Map<ClaimHash, MemberClaim> claims() {
    return Collections.unmodifiableMap(claims);
  }

  /** The claim by which the founder says what it is called. */
  public Admission foundingClaim(String name, List<String> addresses) {
    return new Admission(founder, judged.tip(founder), founder, 0, name, addresses);
  }

  /**
   * The admission by which {@code by} would make {@code member} one now. It need not have an
   * effect: see {@link #with}.
   *
   * @param addresses those that a claim may not have are left out
   */
  public Admission nextAdmission(PeerKey by, PeerKey member, String name, List<String> addresses) {
    long youngest =
        Stream.concat(
                members.values().stream().map(Member::epoch),
                judged.of(member).stream().map(each -> each.epoch))
            .max(Comparator.naturalOrder())
            .orElse(0L);
    List<String> valid =
        addresses.stream().filter(ClaimText::isAddress).limit(ClaimText.MAX_ADDRESSES).toList();
    long epoch = Math.min(youngest + 1, ClaimText.MAX_EPOCH);
    return new Admission(by, judged.tip(by), member, epoch, name, valid);
  }

  /**
   * The revocation by which {@code by} would revoke {@code member} now, as {@link #nextAdmission}.
   */
  public Revocation nextRevocation(PeerKey by, PeerKey member) {
    List<Membership> all = judged.of(member);
    long epoch = all.isEmpty() ? 0 : all.getLast().epoch;
    return new Revocation(by, judged.tip(by), member, epoch, judged.tip(member));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof MemberList that
        && founder.equals(that.founder)
        && claims.keySet().equals(that.claims.keySet());
  }

  @Override
  public int hashCode() {
    return claims.keySet().hashCode();
  }
}
