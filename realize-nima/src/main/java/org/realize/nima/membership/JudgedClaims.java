package org.realize.nima.membership;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.realize.nima.membership.MemberClaim.Admission;
import org.realize.nima.membership.MemberClaim.Revocation;
import org.realize.nima.tls.PeerKey;

/**
 * A judged set of claims: which memberships there were, which revocations count, and which
 * memberships are in force. {@link MemberList} has the rules. Immutable once made; its cost is
 * linear in the claims, but for revocations times the length of the chains that they cut.
 */
final class JudgedClaims {

  private final Map<ClaimHash, Statement> statements = new LinkedHashMap<>();
  private final List<Membership> memberships = new ArrayList<>();
  private final Map<PeerKey, List<Membership>> byKey = new HashMap<>();
  private final Map<PeerKey, List<Counted>> counting = new LinkedHashMap<>();
  private final List<Admission> foundings = new ArrayList<>();

  /** A membership that there ever was: it has a chain of admissions to the founder. */
  static final class Membership {
    final PeerKey key;
    final long epoch;
    final ClaimHash root;
    final @Nullable Statement admission;
    final List<Statement> chain = new ArrayList<>();
    boolean isAdmitted;

    private Membership(PeerKey key, long epoch, ClaimHash root, @Nullable Statement admission) {
      this.key = key;
      this.epoch = epoch;
      this.root = root;
      this.admission = admission;
    }

    Optional<Admission> admission() {
      return Optional.ofNullable(admission).map(each -> (Admission) each.claim());
    }
  }

  /**
   * A claim in its place.
   *
   * @param by the membership of its author
   * @param depth in the chain, from 1
   */
  record Statement(MemberClaim claim, ClaimHash hash, Membership by, int depth) {
    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Statement that && hash.equals(that.hash);
    }

    @Override
    public int hashCode() {
      return hash.hashCode();
    }
  }

  /**
   * A revocation that counts.
   *
   * @param standing the claims of the revoked key that it leaves
   */
  private record Counted(Statement statement, Revocation revocation, Set<ClaimHash> standing) {}

  /** Judges {@code claims}, which are in the order in which they were heard. */
  JudgedClaims(PeerKey founder, Map<ClaimHash, MemberClaim> claims) {
    Map<ClaimHash, List<ClaimHash>> next = new HashMap<>();
    claims.forEach(
        (hash, claim) -> next.computeIfAbsent(claim.previous(), _ -> new ArrayList<>()).add(hash));
    Deque<Membership> open = new ArrayDeque<>();
    open.add(new Membership(founder, 0, ClaimHash.NONE, null));
    while (!open.isEmpty()) {
      Membership membership = open.remove();
      memberships.add(membership);
      byKey.computeIfAbsent(membership.key, _ -> new ArrayList<>()).add(membership);
      follow(membership, claims, next, open);
    }
    Comparator<Membership> oldestFirst =
        Comparator.<Membership>comparingLong(each -> each.epoch)
            .thenComparing(each -> each.key)
            .thenComparing(each -> each.root);
    memberships.sort(oldestFirst);
    byKey.values().forEach(each -> each.sort(oldestFirst));
    count();
    memberships.forEach(each -> each.isAdmitted = isAdmitted(each));
  }

  /**
   * Puts the claims of {@code membership} into its chain, and whom they admit into {@code open}.
   */
  private void follow(
      Membership membership,
      Map<ClaimHash, MemberClaim> claims,
      Map<ClaimHash, List<ClaimHash>> next,
      Deque<Membership> open) {
    List<ClaimHash> ends = List.of(membership.root);
    for (int depth = 1; depth <= MemberList.MAX_CHAIN && !ends.isEmpty(); depth++) {
      List<ClaimHash> further = new ArrayList<>();
      for (ClaimHash end : ends) {
        for (ClaimHash hash : next.getOrDefault(end, List.of())) {
          MemberClaim claim = Objects.requireNonNull(claims.get(hash));
          if (claim.by().equals(membership.key)) {
            Statement statement = new Statement(claim, hash, membership, depth);
            statements.put(hash, statement);
            membership.chain.add(statement);
            further.add(hash);
            if (claim instanceof Admission admission) {
              admitted(admission, statement).ifPresent(open::add);
            }
          }
        }
      }
      ends = further;
    }
  }

  private Optional<Membership> admitted(Admission admission, Statement statement) {
    Membership by = statement.by();
    if (admission.member().equals(by.key)) {
      if (by.epoch == 0 && by.admission == null && admission.epoch() == 0) {
        foundings.add(admission);
      }
      return Optional.empty();
    }
    boolean isYounger = admission.epoch() > by.epoch && admission.epoch() <= ClaimText.MAX_EPOCH;
    return isYounger
        ? Optional.of(
            new Membership(admission.member(), admission.epoch(), statement.hash(), statement))
        : Optional.empty();
  }

  private void count() {
    for (Membership each : memberships) {
      each.isAdmitted = isAdmitted(each);
      if (each.isAdmitted) {
        List<Counted> own = new ArrayList<>();
        for (Statement statement : each.chain) {
          if (statement.claim() instanceof Revocation revocation
              && isOfAMembership(revocation)
              && stands(statement)
              && !isStruck(each, revocation.member())) {
            own.add(new Counted(statement, revocation, standing(revocation)));
          }
        }
        own.forEach(counted ->
            counting
                .computeIfAbsent(counted.revocation().member(), _ -> new ArrayList<>())
                .add(counted));
      }
    }
  }

  private boolean isAdmitted(Membership membership) {
    Statement admission = membership.admission;
    return admission == null || (admission.by().isAdmitted && stands(admission));
  }

  private boolean isOfAMembership(Revocation revocation) {
    return of(revocation.member()).stream().anyMatch(each -> each.epoch == revocation.epoch());
  }

  /** True if {@code by}, which is older, has revoked {@code membership}. */
  private boolean isStruck(Membership membership, PeerKey by) {
    return counted(membership.key).stream()
        .anyMatch(each ->
            each.statement().by().key.equals(by) && each.revocation().epoch() >= membership.epoch);
  }

  private List<Counted> counted(PeerKey member) {
    return counting.getOrDefault(member, List.of());
  }

  /** The claims from the one that {@code revocation} names back to the first of their chain. */
  private Set<ClaimHash> standing(Revocation revocation) {
    Set<ClaimHash> standing = new HashSet<>();
    Statement each = statements.get(revocation.cutoff());
    while (each != null && each.by().key.equals(revocation.member())) {
      standing.add(each.hash());
      each = statements.get(each.claim().previous());
    }
    return standing;
  }

  /** True unless its author was revoked before it; the revocation of its membership decides. */
  private boolean stands(Statement statement) {
    long decisive = Long.MAX_VALUE;
    for (Counted each : counted(statement.by().key)) {
      if (each.revocation().epoch() >= statement.by().epoch) {
        decisive = Math.min(decisive, each.revocation().epoch());
      }
    }
    for (Counted each : counted(statement.by().key)) {
      if (each.revocation().epoch() == decisive && !each.standing().contains(statement.hash())) {
        return false;
      }
    }
    return true;
  }

  /** True if a revocation that counts has ended this membership. */
  boolean isRevoked(Membership membership) {
    return counted(membership.key).stream()
        .anyMatch(each -> each.revocation().epoch() >= membership.epoch);
  }

  /** All memberships that there ever were, oldest first. */
  List<Membership> memberships() {
    return memberships;
  }

  /** Those of one key, oldest first. */
  List<Membership> of(PeerKey key) {
    return byKey.getOrDefault(key, List.of());
  }

  /** What the founder says of itself. */
  List<Admission> foundings() {
    return foundings;
  }

  /** The claims in their places. */
  Collection<Statement> statements() {
    return statements.values();
  }

  /** The keys that {@code by} has revoked with effect. */
  Set<PeerKey> revokedBy(PeerKey by) {
    Set<PeerKey> revoked = new LinkedHashSet<>();
    counting.forEach((member, all) -> {
      if (all.stream().anyMatch(each -> each.statement().by().key.equals(by))) {
        revoked.add(member);
      }
    });
    return revoked;
  }

  /** True if a revocation of this key counts. */
  boolean isAnyRevoked(PeerKey key) {
    return !counted(key).isEmpty();
  }

  /**
   * The last claim that was heard of {@code key}, or what its first one has to name. Of a fork it
   * is on the branch that was heard first.
   */
  ClaimHash tip(PeerKey key) {
    List<Membership> all = of(key);
    List<Membership> inForce =
        all.stream().filter(each -> each.isAdmitted && !isRevoked(each)).toList();
    List<Membership> usable = inForce.isEmpty() ? all : inForce;
    Optional<Membership> used =
        usable.reversed().stream().filter(each -> !each.chain.isEmpty()).findFirst();
    if (used.isEmpty()) {
      return usable.isEmpty() ? ClaimHash.NONE : usable.getFirst().root;
    }
    ClaimHash tip = used.get().root;
    for (Statement each : used.get().chain) {
      tip = each.claim().previous().equals(tip) ? each.hash() : tip;
    }
    return tip;
  }

  /**
   * At most {@code most} of the claims: those with an effect first, each with all that it stands
   * on, from the oldest authors to the youngest; then the others in that order.
   */
  Set<ClaimHash> most(int most) {
    Set<Statement> effective = new HashSet<>();
    memberships.stream()
        .filter(each -> each.isAdmitted && each.admission != null)
        .forEach(each -> effective.add(Objects.requireNonNull(each.admission)));
    counting.values().forEach(all -> all.forEach(each -> effective.add(each.statement())));
    List<Statement> order = new ArrayList<>(statements.values());
    order.sort(
        Comparator.<Statement, Boolean>comparing(each -> !effective.contains(each))
            .thenComparingLong(each -> each.by().epoch)
            .thenComparingInt(Statement::depth)
            .thenComparing(Statement::hash));
    Set<ClaimHash> kept = new LinkedHashSet<>();
    for (Statement each : order) {
      Set<ClaimHash> needed = new LinkedHashSet<>();
      collect(each, kept, needed);
      if (kept.size() + needed.size() > most) {
        break;
      }
      kept.addAll(needed);
    }
    return kept;
  }

  private void collect(Statement wanted, Set<ClaimHash> kept, Set<ClaimHash> needed) {
    Deque<Statement> open = new ArrayDeque<>(List.of(wanted));
    while (!open.isEmpty()) {
      Statement each = open.remove();
      if (!kept.contains(each.hash()) && needed.add(each.hash())) {
        add(each.claim().previous(), open);
        if (each.claim() instanceof Revocation revocation) {
          add(revocation.cutoff(), open);
        }
      }
    }
  }

  private void add(ClaimHash hash, Deque<Statement> to) {
    Statement statement = statements.get(hash);
    if (statement != null) {
      to.add(statement);
    }
  }
}
