package org.realize.nima.membership;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.realize.nima.membership.MemberClaim.Admission;
import org.realize.nima.membership.MemberClaim.Revocation;
import org.realize.nima.tls.PeerKey;

/**
 * The members of a household: a pure function of its founder and a set of claims. Peers exchange
 * whole sets and keep the union, so all that have heard the same have the same members, in whatever
 * order they heard it.
 *
 * <p>The founder is a member of epoch 0, whom nobody admits. Memberships are judged from the oldest
 * to the youngest (by epoch, then key); each may only be admitted by an older one. When the turn of
 * a membership comes that is admitted, its author's revocations count, unless an older one has
 * revoked that author and cut them off. So of two that revoke each other the older one stays; a
 * younger one may revoke an older one that did not revoke it; and whoever a revoked machine invited
 * stays, but nobody whom it invites afterwards comes in. In the end memberships are judged once
 * more by all revocations that count: what a machine claimed after it was revoked admits nobody,
 * whatever epoch it claims. Immutable.
 */
public final class MemberList {

  /** The most claims of one household; further ones are not taken in. */
  public static final int MAX_CLAIMS = 512;

  private static final long MAX_EPOCH = 1L << 40;

  private final PeerKey founder;
  private final Set<MemberClaim> claims;
  private final List<Member> members;

  /**
   * A membership that is in force.
   *
   * @param epoch its age; the founder's is 0
   * @param admission with its name; the founder's is its own, or empty
   */
  public record Member(PeerKey key, long epoch, Optional<Admission> admission) {}

  private MemberList(PeerKey founder, Set<MemberClaim> claims) {
    this.founder = founder;
    this.claims = claims;
    List<Member> all = memberships();
    this.members = inForce(all, counting(all));
  }

  /** The list of a household that only its founder is in. */
  public static MemberList of(PeerKey founder) {
    return new MemberList(founder, Set.of());
  }

  /** This list with further claims; those of authors who never were members are left out. */
  public MemberList with(Collection<? extends MemberClaim> more) {
    Set<MemberClaim> union = new LinkedHashSet<>(claims);
    for (MemberClaim each : more) {
      if (union.size() < MAX_CLAIMS) {
        union.add(each);
      }
    }
    MemberList whole = new MemberList(founder, union);
    Set<PeerKey> authors = new LinkedHashSet<>();
    whole.memberships().forEach(membership -> authors.add(membership.key()));
    Set<MemberClaim> known = new LinkedHashSet<>(union);
    known.removeIf(each -> !authors.contains(each.by()));
    return known.size() == union.size() ? whole : new MemberList(founder, known);
  }

  /** All memberships that there ever were, oldest first: those with a chain to the founder. */
  private List<Member> memberships() {
    List<Admission> admissions =
        claims.stream()
            .filter(Admission.class::isInstance)
            .map(Admission.class::cast)
            .filter(each -> each.epoch() > 0 && each.epoch() <= MAX_EPOCH)
            .sorted(
                Comparator.comparingLong(Admission::epoch)
                    .thenComparing(Admission::member)
                    .thenComparing(Admission::by)
                    .thenComparingLong(Admission::seq)
                    .thenComparing(Admission::name)
                    .thenComparing(each -> each.addresses().toString()))
            .toList();
    List<Member> all = new ArrayList<>();
    all.add(new Member(founder, 0, founding()));
    for (Admission each : admissions) {
      boolean isOlder =
          all.stream().anyMatch(a -> a.key().equals(each.by()) && a.epoch() < each.epoch());
      if (isOlder) {
        all.add(new Member(each.member(), each.epoch(), Optional.of(each)));
      }
    }
    return all;
  }

  /** What the founder says of itself. */
  private Optional<Admission> founding() {
    return claims.stream()
        .filter(claim -> claim instanceof Admission && claim.by().equals(founder))
        .map(Admission.class::cast)
        .filter(each -> each.member().equals(founder) && each.epoch() == 0)
        .max(
            Comparator.comparingLong(Admission::seq)
                .thenComparing(Admission::name)
                .thenComparing(each -> each.addresses().toString()));
  }

  private Set<Revocation> counting(List<Member> all) {
    Set<Revocation> counting = new LinkedHashSet<>();
    List<Member> admitted = new ArrayList<>();
    for (Member each : all) {
      if (isAdmitted(each, admitted, counting)) {
        admitted.add(each);
        List<Revocation> own =
            claims.stream()
                .filter(claim -> claim instanceof Revocation && claim.by().equals(each.key()))
                .map(Revocation.class::cast)
                .filter(revocation -> stands(revocation, admitted, counting))
                .toList();
        counting.addAll(own);
      }
    }
    return counting;
  }

  private static List<Member> inForce(List<Member> all, Set<Revocation> counting) {
    List<Member> admitted = new ArrayList<>();
    for (Member each : all) {
      if (isAdmitted(each, admitted, counting)) {
        admitted.add(each);
      }
    }
    List<Member> members = new ArrayList<>();
    for (Member each : admitted) {
      boolean isKnown = members.stream().anyMatch(member -> member.key().equals(each.key()));
      if (!isKnown && !isRevoked(each, counting)) {
        members.add(each);
      }
    }
    return List.copyOf(members);
  }

  private static boolean isAdmitted(
      Member membership, List<Member> admitted, Set<Revocation> counting) {
    if (membership.epoch() == 0) {
      return true;
    }
    Admission admission = membership.admission().orElseThrow();
    return admitted.stream()
            .anyMatch(a -> a.key().equals(admission.by()) && a.epoch() < admission.epoch())
        && stands(admission, admitted, counting);
  }

  /** True unless its author was revoked before it, and has not been admitted again since. */
  private static boolean stands(
      MemberClaim claim, List<Member> admitted, Set<Revocation> counting) {
    return counting.stream()
        .filter(revocation -> revocation.member().equals(claim.by()))
        .filter(revocation -> claim.seq() > revocation.cutoff())
        .allMatch(revocation ->
            admitted.stream()
                .anyMatch(a -> a.key().equals(claim.by()) && a.epoch() > revocation.epoch()));
  }

  private static boolean isRevoked(Member membership, Set<Revocation> counting) {
    return counting.stream()
        .anyMatch(revocation ->
            revocation.member().equals(membership.key())
                && revocation.epoch() >= membership.epoch());
  }

  public PeerKey founder() {
    return founder;
  }

  /** The memberships in force, oldest first, one of each key. */
  public List<Member> members() {
    return members;
  }

  /** The membership of this key that is in force. */
  public Optional<Member> member(PeerKey key) {
    return members.stream().filter(member -> member.key().equals(key)).findFirst();
  }

  /**
   * The keys that have admitted {@code key}: for a member the one of its membership in force, for a
   * former one all that ever did. Empty for the founder and for strangers.
   */
  public List<PeerKey> admitters(PeerKey key) {
    return member(key).map(List::of).orElseGet(this::memberships).stream()
        .filter(membership -> membership.key().equals(key) && membership.epoch() > 0)
        .flatMap(membership -> membership.admission().map(Admission::by).stream())
        .distinct()
        .toList();
  }

  /** All revocations, the ones without effect too. */
  public List<Revocation> revocations() {
    return claims.stream()
        .filter(Revocation.class::isInstance)
        .map(Revocation.class::cast)
        .sorted(
            Comparator.comparing(Revocation::member)
                .thenComparing(Revocation::by)
                .thenComparingLong(Revocation::seq)
                .thenComparingLong(Revocation::epoch)
                .thenComparingLong(Revocation::cutoff))
        .toList();
  }

  /** The name under which {@code key} was admitted last; empty for strangers. */
  public Optional<String> name(PeerKey key) {
    return memberships().reversed().stream()
        .filter(membership -> membership.key().equals(key))
        .flatMap(membership -> membership.admission().map(Admission::name).stream())
        .findFirst();
  }

  /** All claims. */
  public Set<MemberClaim> claims() {
    return Set.copyOf(claims);
  }

  /** The claim by which the founder says what it is called. */
  public Admission foundingClaim(String name, List<String> addresses) {
    return new Admission(founder, lastSeq(founder) + 1, founder, 0, name, addresses);
  }

  /** The admission by which {@code by} would make {@code member} one now. */
  public Admission nextAdmission(PeerKey by, PeerKey member, String name, List<String> addresses) {
    long youngest =
        Stream.concat(
                members.stream().map(Member::epoch),
                revocations().stream()
                    .filter(each -> each.member().equals(member))
                    .map(Revocation::epoch))
            .max(Comparator.naturalOrder())
            .orElse(0L);
    return new Admission(by, lastSeq(by) + 1, member, youngest + 1, name, addresses);
  }

  /** The revocation by which {@code by} would revoke {@code member} now. */
  public Revocation nextRevocation(PeerKey by, PeerKey member) {
    long epoch =
        memberships().stream()
            .filter(membership -> membership.key().equals(member))
            .mapToLong(Member::epoch)
            .max()
            .orElse(0);
    return new Revocation(by, lastSeq(by) + 1, member, epoch, lastSeq(member));
  }

  private long lastSeq(PeerKey author) {
    return claims.stream()
        .filter(claim -> claim.by().equals(author))
        .mapToLong(MemberClaim::seq)
        .max()
        .orElse(0);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof MemberList that
        && founder.equals(that.founder)
        && claims.equals(that.claims);
  }

  @Override
  public int hashCode() {
    return claims.hashCode();
  }
}
