package org.realize.nima.daemon;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.realize.nima.config.Configuration;
import org.realize.nima.config.ConfigurationFile;
import org.realize.nima.config.HostPort;
import org.realize.nima.config.PeerSettings;
import org.realize.nima.control.Invite;
import org.realize.nima.control.MemberStatus;
import org.realize.nima.membership.Invitations;
import org.realize.nima.membership.InviteCode;
import org.realize.nima.membership.JoinMessage.JoinOffer;
import org.realize.nima.membership.JoinMessage.JoinRequest;
import org.realize.nima.membership.JoinMessage.OfferedArena;
import org.realize.nima.membership.MemberList;
import org.realize.nima.membership.MemberList.Member;
import org.realize.nima.membership.OwnAddresses;
import org.realize.nima.membership.QrModules;
import org.realize.nima.rpc.JoinDesk;
import org.realize.nima.tls.NodeKey;
import org.realize.nima.tls.PeerKey;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Denied;
import org.realize.sync.model.RealizeException.Invalid;
import org.realize.sync.model.RealizeException.NotFound;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.TimeSource;
import org.realize.sync.port.Totals;
import org.realize.sync.rate.Backoff;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The desk of a running node at which machines become members of its household, and stop being
 * ones. It remembers the invitations, writes the {@code [[peer]]} of a joiner, exchanges the member
 * list with peers, and has the configuration follow that list: a new member becomes a peer, a
 * revoked one is none any more. It decides once the daemon is open; before that nobody is invited.
 * Thread-safe.
 */
final class Admissions implements JoinDesk {

  private static final Logger LOG = LoggerFactory.getLogger(Admissions.class);
  private static final int MAX_PEER_ADDRESSES = 16;
  private static final int MAX_ARENAS = 200;

  private final ConfigurationFile file;
  private final PeerName node;
  private final PeerKey own;
  private final Invitations invitations;
  private final TimeSource time;

  /** Held over edits of the configuration and the member list, so that none of two is lost. */
  private final ReentrantLock editing = new ReentrantLock();

  /** Guarded by {@link #editing}. */
  private final KnownMembers members;

  /** Guarded by {@link #editing}. */
  private final MemberPeers peers;

  /** Guarded by {@link #editing}. */
  private boolean closed;

  /** As of the list that the configuration followed last. */
  private volatile Set<PeerKey> refused = Set.of();

  /** Raised when the configuration has to follow again, which ends attempts to do so before. */
  private final AtomicLong wanted = new AtomicLong();

  private volatile Optional<JoinedNode> open = Optional.empty();

  /** The running node that machines join. */
  interface JoinedNode {
    /** What it offers to a joiner. */
    List<OfferedArena> offered() throws RealizeException;

    /** Where it listens. */
    List<HostPort> listening();

    /** Has it read the peers of its configuration again. */
    void reload() throws RealizeException;

    /** Has it cut peers that {@link #isRevoked} says so of. */
    void cutRevoked();

    /** Has it exchange member lists with all connected peers, which takes seconds at most. */
    void exchangeMembers() throws InterruptedException;
  }

  /** The desk of the node with this configuration and key. */
  Admissions(Configuration started, NodeKey key, TimeSource time, SecureRandom random)
      throws RealizeException {
    Path directory =
        Objects.requireNonNull(started.file().getParent(), "directory of the configuration");
    this.file = ConfigurationFile.in(directory);
    this.node = started.node().name();
    this.own = key.publicKey();
    this.time = time;
    this.invitations = new Invitations(own, time, random);
    this.members = KnownMembers.open(directory, started.node().state(), key);
    this.peers = new MemberPeers(file, members, node, own);
    this.refused = members.refused();
  }

  /** From now on machines may join, and the configuration follows the member list. */
  void open(JoinedNode running) {
    open = Optional.of(running);
    follow();
  }

  /** Nobody joins any more, and nothing is written after this returns. */
  void close() {
    open = Optional.empty();
    editing.lock();
    try {
      closed = true;
    } finally {
      editing.unlock();
    }
  }

  private void requireNotClosed() throws Denied {
    if (closed) {
      throw new Denied("the daemon ends");
    }
  }

  /** The arenas of a running node, with what is known of them. */
  static List<OfferedArena> offered(OpenArenas arenas) throws RealizeException {
    List<OfferedArena> offered = new ArrayList<>();
    for (OpenArena arena : arenas.all().stream().limit(MAX_ARENAS).toList()) {
      Totals totals = arena.store().read(ArenaReader::totals);
      offered.add(new OfferedArena(arena.name().value(), totals.files(), totals.bytes()));
    }
    return offered;
  }

  /**
   * A new code.
   *
   * @param named further addresses of this node, which come first
   * @param listening where this node listens; {@code Invalid} if nowhere
   */
  Invite invite(List<HostPort> named, List<HostPort> listening) throws RealizeException {
    if (listening.isEmpty()) {
      throw new Invalid(
          "invite: this node does not listen, so nobody can join by it: set 'listen' in [node] of"
              + " realize.toml and start the daemon again, or invite from a peer that listens");
    }
    founder();
    Set<HostPort> addresses = new LinkedHashSet<>(named);
    addresses.addAll(own(listening));
    InviteCode code = invitations.open(addresses.stream().limit(InviteCode.MAX_ADDRESSES).toList());
    Instant expires = Instant.ofEpochMilli(time.unixMillis()).plus(Invitations.VALIDITY);
    LOG.info("invited a machine, until {}", expires);
    return new Invite(
        code.text(),
        expires,
        own.fingerprint(),
        code.addresses().stream().map(HostPort::toString).toList(),
        QrModules.of(code.text()));
  }

  /** A change of the configuration. */
  interface ConfigurationEdit {
    void run(ConfigurationFile file) throws RealizeException;
  }

  /** Runs an edit, beside which nothing in this daemon makes another one. */
  void edit(ConfigurationEdit edit) throws RealizeException {
    editing.lock();
    try {
      requireNotClosed();
      edit.run(file);
    } finally {
      editing.unlock();
    }
  }

  @Override
  public boolean isOpen() {
    return invitations.isAnyRemembered();
  }

  @Override
  public boolean isRevoked(PeerKey key) {
    return refused.contains(key);
  }

  private JoinedNode running() throws RealizeException {
    return open.orElseThrow(() -> new Denied("the daemon is not ready; try again"));
  }

  @Override
  public JoinOffer offer(PeerKey joiner, JoinRequest request) throws RealizeException {
    ByteString answer = invitations.answer(joiner, proof(request));
    requireFree(name(request), joiner, file.read());
    PeerKey founder = founder();
    return new JoinOffer(
        null,
        node.value(),
        Base64.getEncoder().encodeToString(answer.toByteArray()),
        Base64.getEncoder().encodeToString(founder.spki()),
        running().offered());
  }

  /**
   * The founder of the household that this node may invite to: itself, while it is in none. {@code
   * Denied} while it does not know itself for a member: its claims would be void.
   */
  private PeerKey founder() throws RealizeException {
    editing.lock();
    try {
      MemberList list = members.list().orElse(MemberList.of(own));
      if (list.member(own).isEmpty()) {
        throw new Denied(
            "invite: this machine is no member of its household: it was revoked, or was not"
                + " connected with another member since it joined");
      }
      members.requireRoom(node.value());
      return list.founder();
    } finally {
      editing.unlock();
    }
  }

  private static ByteString proof(JoinRequest request) throws Invalid {
    try {
      return ByteString.copyFrom(Base64.getDecoder().decode(request.proof()));
    } catch (IllegalArgumentException e) {
      throw new Invalid("the proof is not base64", e);
    }
  }

  private static PeerName name(JoinRequest request) throws Invalid {
    try {
      return new PeerName(request.name());
    } catch (IllegalArgumentException e) {
      throw new Invalid("the joiner's name", e);
    }
  }

  private void requireFree(PeerName name, PeerKey joiner, Configuration now) throws Denied {
    boolean isTaken =
        now.peers().stream()
            .anyMatch(peer -> peer.name().equals(name) && !peer.key().equals(joiner));
    if (name.equals(node) || isTaken) {
      throw new Denied(
          "a machine named '%s' is in the household already; join with another --name"
              .formatted(name));
    }
  }

  @Override
  public void admit(PeerKey joiner, JoinRequest request, String seenHost)
      throws RealizeException, InterruptedException {
    JoinedNode running = running();
    ByteString proof = proof(request);
    PeerName name = name(request);
    boolean isFirst = invitations.spend(joiner, proof);
    boolean isMember = false;
    editing.lockInterruptibly();
    try {
      requireNotClosed();
      Configuration now = file.read();
      requireFree(name, joiner, now);
      if (!isFirst && members.refused().contains(joiner)) {
        throw new Denied(
            "this code was used already, and its machine was revoked since; ask for another one,"
                + " with 'realize peer invite'");
      }
      members.admit(
          new KnownMembers.Newcomer(joiner, name.value(), texts(addresses(request, seenHost))),
          node.value(),
          texts(own(running.listening())));
      isMember = true;
      refused = members.refused();
      writePeer(name, joiner, addresses(request, seenHost));
    } finally {
      editing.unlock();
      if (isFirst && !isMember) {
        invitations.restore(joiner, proof);
      }
    }
    follow();
  }

  /** A member without its table gets it from {@link #follow}, which is tried again. */
  private void writePeer(PeerName name, PeerKey joiner, List<HostPort> addresses) {
    try {
      if (file.read().peers().stream().map(PeerSettings::key).noneMatch(joiner::equals)) {
        file.addPeer(name, joiner, addresses, List.of());
      }
      members.setConfigured(joiner);
    } catch (RealizeException e) {
      LOG.warn("write the table of {}, which joined: {}", name, e.oneLine());
    }
  }

  private static List<String> texts(List<HostPort> addresses) {
    return addresses.stream().map(HostPort::toString).toList();
  }

  private static List<HostPort> own(List<HostPort> listening) throws StorageFailed {
    try {
      return OwnAddresses.of(listening);
    } catch (IOException e) {
      throw new StorageFailed("read the addresses of this machine", e);
    }
  }

  @Override
  public byte[] members() {
    editing.lock();
    try {
      return members.text();
    } catch (RealizeException e) {
      LOG.warn("{}", e.oneLine());
      return new byte[0];
    } finally {
      editing.unlock();
    }
  }

  @Override
  public void learn(PeerName from, byte[] theirs) throws RealizeException {
    boolean isNew;
    editing.lock();
    try {
      requireNotClosed();
      isNew = members.learn(theirs);
    } catch (StorageFailed e) {
      follow(); // it holds all the same, and is written with what follows from it
      throw e;
    } finally {
      editing.unlock();
    }
    if (isNew) {
      LOG.info("the member list of {} has news", from);
      follow();
    }
  }

  /**
   * Has the configuration follow the list, and peers hear of it; does not wait. What fails is tried
   * again until it is done. {@link #open} makes up for what comes before it.
   */
  void follow() {
    long number = wanted.incrementAndGet();
    if (open.isPresent()) {
      Thread.ofVirtual()
          .name("members")
          .start(() -> {
            try {
              followUntilDone(number);
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          });
    }
  }

  private void followUntilDone(long number) throws InterruptedException {
    Backoff backoff = Backoff.between(Duration.ofSeconds(1), Duration.ofMinutes(1));
    Optional<JoinedNode> running = open;
    while (running.isPresent() && wanted.get() == number) {
      try {
        configure(running.get());
        running.get().exchangeMembers();
        return;
      } catch (RealizeException e) {
        backoff = backoff.afterFailure();
        LOG.warn(
            "follow the member list, next try in {} s: {}",
            backoff.delay().toSeconds(),
            e.oneLine());
      }
      time.sleep(backoff.delay());
      running = open;
    }
  }

  /** Cuts revoked peers, whatever happens, then has the configuration follow. */
  private void configure(JoinedNode running) throws RealizeException {
    publish();
    running.cutRevoked();
    editing.lock();
    try {
      requireNotClosed();
      peers.follow();
      refused = members.refused();
      members.list().ifPresent(this::logOwnRevocation);
    } finally {
      editing.unlock();
    }
    running.reload();
  }

  private void publish() throws RealizeException {
    editing.lock();
    try {
      requireNotClosed();
      refused = members.refused();
    } finally {
      editing.unlock();
    }
  }

  private void logOwnRevocation(MemberList list) {
    List<String> revokers =
        list.revocations().stream()
            .filter(revocation -> revocation.member().equals(own))
            .map(revocation -> name(list, revocation.by()))
            .distinct()
            .toList();
    if (list.member(own).isEmpty() && !revokers.isEmpty()) {
      LOG.warn(
          "this machine was revoked by {}: no member takes its connections; see 'realize peer"
              + " members'",
          String.join(", ", revokers));
    }
  }

  /**
   * Revokes the member that is called {@code name} here, or was when it joined. Peers that are
   * connected have heard of it when this returns. {@code NotFound} if it is no member.
   */
  void revoke(PeerName name) throws RealizeException, InterruptedException {
    JoinedNode running = running();
    editing.lock();
    try {
      requireNotClosed();
      MemberList list = members.list().orElse(MemberList.of(own));
      PeerKey key =
          file.read().peers().stream()
              .filter(peer -> peer.name().equals(name))
              .map(PeerSettings::key)
              .findFirst()
              .or(() -> memberNamed(name, list))
              .filter(each -> list.member(each).isPresent())
              .orElseThrow(() ->
                  new NotFound(
                      "revoke %s: no member of the household; 'realize peer remove' ends what this"
                              .formatted(name)
                          + " machine alone trusts"));
      if (key.equals(own)) {
        throw new Invalid("revoke %s: that is this machine; do it on another one".formatted(name));
      }
      members.revoke(key);
    } finally {
      editing.unlock();
    }
    running.exchangeMembers();
    try {
      configure(running);
    } catch (RealizeException e) {
      follow();
      throw new StorageFailed(
          "revoke %s: it is revoked, but its [[peer]] is still there; this is tried again"
              .formatted(name),
          e);
    }
  }

  private static Optional<PeerKey> memberNamed(PeerName name, MemberList list) {
    return list.members().stream()
        .map(Member::key)
        .filter(key -> list.name(key).filter(name.value()::equals).isPresent())
        .findFirst();
  }

  /** All of whom the member list says something; empty while this node is in no household. */
  List<MemberStatus> list() throws RealizeException {
    editing.lock();
    try {
      return members.list().map(Admissions::statuses).orElse(List.of());
    } finally {
      editing.unlock();
    }
  }

  private static List<MemberStatus> statuses(MemberList list) {
    Set<PeerKey> keys = new LinkedHashSet<>();
    list.members().forEach(member -> keys.add(member.key()));
    list.revocations().forEach(revocation -> keys.add(revocation.member()));
    List<MemberStatus> all = new ArrayList<>();
    for (PeerKey key : keys) {
      Optional<Member> member = list.member(key);
      all.add(
          new MemberStatus(
              name(list, key),
              key.fingerprint(),
              member.isPresent(),
              member
                  .flatMap(Member::admission)
                  .filter(admission -> admission.epoch() > 0)
                  .map(admission -> name(list, admission.by()))
                  .orElse(null),
              list.revocations().stream()
                  .filter(revocation -> revocation.member().equals(key))
                  .map(revocation -> name(list, revocation.by()))
                  .distinct()
                  .toList()));
    }
    return all;
  }

  private static String name(MemberList list, PeerKey key) {
    return list.name(key).orElse(key.fingerprint());
  }

  /** Where it says that it listens, and that port at the address that it came from. */
  private static List<HostPort> addresses(JoinRequest request, String seenHost) throws Invalid {
    Set<HostPort> addresses = new LinkedHashSet<>();
    try {
      for (String each : request.addresses()) {
        HostPort address = HostPort.parse(each);
        addresses.add(new HostPort(seenHost, address.port()));
        addresses.add(address);
      }
    } catch (IllegalArgumentException e) {
      throw new Invalid("the joiner's addresses", e);
    }
    return addresses.stream().limit(MAX_PEER_ADDRESSES).toList();
  }
}
