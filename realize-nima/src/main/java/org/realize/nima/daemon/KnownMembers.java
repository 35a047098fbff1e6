package org.realize.nima.daemon;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.realize.nima.config.AtomicFile;
import org.realize.nima.config.PeerAccess;
import org.realize.nima.config.Role;
import org.realize.nima.membership.ClaimHash;
import org.realize.nima.membership.HouseholdFile;
import org.realize.nima.membership.MemberClaim;
import org.realize.nima.membership.MemberClaim.Admission;
import org.realize.nima.membership.MemberClaim.Revocation;
import org.realize.nima.membership.MemberList;
import org.realize.nima.membership.MemberList.Member;
import org.realize.nima.membership.SignedClaim;
import org.realize.nima.tls.NodeKey;
import org.realize.nima.tls.PeerKey;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Denied;
import org.realize.sync.model.RealizeException.Invalid;
import org.realize.sync.model.RealizeException.StorageFailed;

/**
 * The member list of this node's household as it is kept: {@code household.pub} of the node's
 * directory has the founder, {@code members.json} of its state the signed claims, which members the
 * configuration was last made to have, and what access former ones had. Each change is durable when
 * its method returns. Used under the lock of {@link Admissions}.
 */
final class KnownMembers {

  private static final int FORMAT = 2;
  private static final int MAX_FILE_BYTES = 4 << 20;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final HouseholdFile household;
  private final Path file;
  private final NodeKey own;
  private final Map<ClaimHash, SignedClaim> claims = new LinkedHashMap<>();
  private final Set<PeerKey> configured = new LinkedHashSet<>();
  private final Map<PeerKey, PeerAccess> kept = new LinkedHashMap<>();
  private @Nullable MemberList list;

  /** The list has changed, and that could not be written yet. */
  private boolean isUnsaved;

  private KnownMembers(HouseholdFile household, Path file, NodeKey own) {
    this.household = household;
    this.file = file;
    this.own = own;
  }

  /** Reads what is kept in a node's directory and state. */
  static KnownMembers open(Path directory, Path state, NodeKey own) throws RealizeException {
    KnownMembers members =
        new KnownMembers(HouseholdFile.in(directory), state.resolve("members.json"), own);
    members.read();
    return members;
  }

  /** A node that has left its household begins anew: what is kept was of that. */
  private void read() throws RealizeException {
    if (household.read().isEmpty()) {
      return;
    }
    try {
      if (Files.size(file) > MAX_FILE_BYTES) {
        throw new Invalid("read " + file + ": larger than it can be");
      }
      JsonNode text = JSON.readTree(Files.readString(file));
      if (text.path("format").asInt() != FORMAT) {
        throw new Invalid(
            "read %s: of an older format; remove it and %s, after which peers stay, and machines join"
                    .formatted(file, household.path())
                + " again");
      }
      byte[] signed = text.path("claims").toString().getBytes(StandardCharsets.UTF_8);
      for (JsonNode each : text.path("configured")) {
        configured.add(key(each));
      }
      for (JsonNode each : text.path("kept")) {
        kept.put(key(each.path("key")), access(each));
      }
      takeIn(SignedClaim.read(signed, Map.of()));
    } catch (NoSuchFileException e) {
      return;
    } catch (IOException | IllegalArgumentException e) {
      throw new StorageFailed("read " + file, e);
    }
  }

  private static PeerKey key(JsonNode text) throws RealizeException {
    return PeerKey.ofSpki(Base64.getDecoder().decode(text.asText()));
  }

  private static PeerAccess access(JsonNode text) {
    List<ArenaName> arenas = new ArrayList<>();
    text.path("arenas").forEach(each -> arenas.add(new ArenaName(each.asText())));
    return new PeerAccess(
        text.has("arenas") ? Optional.of(arenas) : Optional.empty(),
        Role.valueOf(text.path("role").asText()));
  }

  private void write() throws StorageFailed {
    ObjectNode text = JSON.createObjectNode().put("format", FORMAT);
    String signed = new String(SignedClaim.write(claims.values()), StandardCharsets.UTF_8);
    text.putRawValue("claims", new RawValue(signed));
    ArrayNode keys = text.putArray("configured");
    configured.forEach(key -> keys.add(text(key)));
    ArrayNode former = text.putArray("kept");
    kept.forEach((key, access) -> {
      ObjectNode each = former.addObject().put("key", text(key)).put("role", access.role().name());
      access
          .arenas()
          .ifPresent(only -> {
            ArrayNode arenas = each.putArray("arenas");
            only.forEach(arena -> arenas.add(arena.value()));
          });
    });
    try {
      AtomicFile.write(file, JSON.writeValueAsString(text) + "\n");
      isUnsaved = false;
    } catch (IOException e) {
      throw new StorageFailed("write " + file, e);
    }
  }

  private static String text(PeerKey key) {
    return Base64.getEncoder().encodeToString(key.spki());
  }

  /** The list; empty while this node is in no household. */
  Optional<MemberList> list() throws RealizeException {
    if (list == null) {
      Optional<PeerKey> founder = household.read();
      if (founder.isPresent()) {
        list = MemberList.of(founder.get());
      }
    }
    return Optional.ofNullable(list);
  }

  /** The claims to be sent; empty while this node is in no household. */
  byte[] text() throws RealizeException {
    return list().isEmpty() ? new byte[0] : SignedClaim.write(claims.values());
  }

  private boolean takeIn(List<SignedClaim> more) throws RealizeException {
    Optional<MemberList> before = list();
    if (before.isEmpty()) {
      return false;
    }
    MemberList after = before.get().with(more.stream().map(SignedClaim::claim).toList());
    more.forEach(each -> claims.putIfAbsent(each.hash(), each));
    claims.keySet().retainAll(after.claims().keySet());
    list = after;
    return !after.equals(before.get());
  }

  /**
   * Takes in what a peer sent; true if something of it was new. What is new holds at once, also
   * where it cannot be written; then the next call, or {@link #setConfigured}, writes it.
   */
  boolean learn(byte[] theirs) throws RealizeException {
    isUnsaved |= takeIn(SignedClaim.read(theirs, claims));
    if (!isUnsaved) {
      return false;
    }
    write();
    return true;
  }

  /** Makes a claim of this node's, which holds once it is durable: no peer hears of another. */
  private void claim(MemberClaim claim) throws RealizeException {
    Map<ClaimHash, SignedClaim> claimsBefore = new LinkedHashMap<>(claims);
    MemberList before = list;
    takeIn(List.of(SignedClaim.of(claim, own)));
    try {
      write();
    } catch (StorageFailed e) {
      claims.clear();
      claims.putAll(claimsBefore);
      list = before;
      throw e;
    }
  }

  private static Denied withoutEffect(String action) {
    return new Denied(
        action
            + ": the member list has no room for it: it holds %,d claims, and %,d of one member; let"
                .formatted(MemberList.MAX_CLAIMS, MemberList.MAX_CHAIN)
            + " a member that joined earlier do it");
  }

  /** Founds a household if this node is in none; it says of itself what it is called. */
  private MemberList founded(String name, List<String> addresses) throws RealizeException {
    if (list().isEmpty()) {
      household.write(own.publicKey());
      claim(MemberList.of(own.publicKey()).foundingClaim(name, addresses));
    }
    return list().orElseThrow();
  }

  /**
   * A machine that joins.
   *
   * @param addresses where it listens
   */
  record Newcomer(PeerKey key, String name, List<String> addresses) {}

  /**
   * Makes {@code newcomer} a member, if it is none; its table is still to be written.
   *
   * @param ownName what this node is called, if it founds the household
   * @param ownAddresses where it listens
   */
  void admit(Newcomer newcomer, String ownName, List<String> ownAddresses) throws RealizeException {
    MemberList now = founded(ownName, ownAddresses);
    if (now.member(newcomer.key()).isEmpty()) {
      claim(admission(now, newcomer));
    }
  }

  /** The configuration was made to have this member. */
  void setConfigured(PeerKey member) throws StorageFailed {
    Set<PeerKey> with = new LinkedHashSet<>(configured);
    with.add(member);
    setConfigured(with);
  }

  /**
   * The claim that makes {@code newcomer} a member of {@code now}. {@code Denied} if the list would
   * not show it, or not show another member any more.
   */
  private Admission admission(MemberList now, Newcomer newcomer) throws Denied {
    Admission admission =
        now.nextAdmission(own.publicKey(), newcomer.key(), newcomer.name(), newcomer.addresses());
    MemberList after = now.with(List.of(admission));
    boolean areAllThere =
        now.members().stream().map(Member::key).allMatch(key -> after.member(key).isPresent());
    if (!areAllThere || after.member(newcomer.key()).isEmpty()) {
      throw withoutEffect("admit " + newcomer.name());
    }
    return admission;
  }

  /** {@code Denied} if this node could not admit a machine now, which needs a claim with effect. */
  void requireRoom(String ownName) throws RealizeException {
    NodeKey anybody = NodeKey.generate(new SecureRandom());
    MemberList now = list().orElse(MemberList.of(own.publicKey()));
    admission(now, new Newcomer(anybody.publicKey(), ownName, List.of()));
  }

  /**
   * Revokes a member. Whom it had revoked on a branch of its chain that does not count any more is
   * revoked again before that, so that nobody comes back, not even at a kill. {@code Denied}, with
   * the member still there, if the list would not show it.
   */
  void revoke(PeerKey member) throws RealizeException {
    MemberList before = list().orElseThrow();
    MemberList after = before.with(List.of(revocation(member)));
    for (PeerKey each : before.revokedBy(member)) {
      boolean comesBack = before.member(each).isEmpty() && after.member(each).isPresent();
      if (comesBack && !each.equals(own.publicKey())) {
        revoke(each);
      }
    }
    claim(revocation(member));
  }

  /** This node's claim that revokes a member; {@code Denied} if the list would not show it. */
  private Revocation revocation(PeerKey member) throws RealizeException {
    MemberList before = list().orElseThrow();
    Revocation revocation = before.nextRevocation(own.publicKey(), member);
    MemberList after = before.with(List.of(revocation));
    if (after.member(own.publicKey()).isEmpty()) {
      throw new Denied(
          before.isRevoked(own.publicKey())
              ? "revoke: this machine was revoked itself, by a member that joined before it"
              : "revoke: this machine is no member, or has not heard of it: connect it with one");
    }
    if (after.member(member).isPresent()) {
      throw withoutEffect("revoke");
    }
    return revocation;
  }

  /** The other members that the configuration was not made to have yet, oldest first. */
  List<Member> added() throws RealizeException {
    return others().stream().filter(member -> !configured.contains(member.key())).toList();
  }

  /**
   * The keys that the configuration was made to have and that are no member's any more; none while
   * this node is in no household.
   */
  List<PeerKey> removed() throws RealizeException {
    if (list().isEmpty()) {
      return List.of();
    }
    List<PeerKey> removed = new ArrayList<>(configured);
    others().forEach(member -> removed.remove(member.key()));
    return removed;
  }

  /** True if the configuration was made to have this key; a user may have removed it since. */
  boolean isConfigured(PeerKey key) {
    return configured.contains(key);
  }

  /** The access that a key had here when its table was to go. */
  Optional<PeerAccess> keptAccess(PeerKey key) {
    return Optional.ofNullable(kept.get(key));
  }

  /**
   * Keeps the access that a member had here before its table goes: those whom it has admitted, and
   * it itself if another machine invites it again, get no more. The first one counts, until {@link
   * #setConfigured}: a removal that is carried out again finds no table any more.
   */
  void keepAccess(PeerKey key, PeerAccess access) throws StorageFailed {
    if (kept.putIfAbsent(key, access) == null) {
      write();
    }
  }

  /** The keys that may not connect: those that were revoked, and {@link #removed}. */
  Set<PeerKey> refused() throws RealizeException {
    Set<PeerKey> refused = new LinkedHashSet<>(removed());
    list()
        .ifPresent(now ->
            now.revocations().stream()
                .map(Revocation::member)
                .filter(now::isRevoked)
                .forEach(refused::add));
    return refused;
  }

  private List<Member> others() throws RealizeException {
    return list().map(MemberList::members).orElse(List.of()).stream()
        .filter(member -> !member.key().equals(own.publicKey()))
        .toList();
  }

  /** The configuration was made to have all members. */
  void setConfigured() throws RealizeException {
    if (list().isEmpty()) {
      return;
    }
    Set<PeerKey> now = new LinkedHashSet<>();
    others().forEach(member -> now.add(member.key()));
    setConfigured(now);
  }

  private void setConfigured(Set<PeerKey> now) throws StorageFailed {
    boolean isChanged = kept.keySet().removeAll(now);
    isChanged |= kept.values().removeIf(PeerAccess.WHOLE::equals);
    if (isChanged || isUnsaved || !now.equals(configured)) {
      configured.clear();
      configured.addAll(now);
      write();
    }
  }
}
