package org.realize.nima.daemon;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.realize.nima.config.Configuration;
import org.realize.nima.config.ConfigurationFile;
import org.realize.nima.config.HostPort;
import org.realize.nima.config.PeerSettings;
import org.realize.nima.control.Invite;
import org.realize.nima.membership.Invitations;
import org.realize.nima.membership.InviteCode;
import org.realize.nima.membership.JoinMessage.JoinOffer;
import org.realize.nima.membership.JoinMessage.JoinRequest;
import org.realize.nima.membership.JoinMessage.OfferedArena;
import org.realize.nima.membership.OwnAddresses;
import org.realize.nima.rpc.JoinDesk;
import org.realize.nima.tls.PeerKey;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Denied;
import org.realize.sync.model.RealizeException.Invalid;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.TimeSource;
import org.realize.sync.port.Totals;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The desk of a running node at which machines become peers by a code: it remembers the invitations
 * and writes the {@code [[peer]]} of a joiner. It decides once the daemon is open; before that
 * nobody is invited. Thread-safe.
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

  /** Held over the edit of the configuration, so that none of two joiners at once is lost. */
  private final ReentrantLock editing = new ReentrantLock();

  private volatile Optional<JoinedNode> open = Optional.empty();

  /** The running node that machines join. */
  interface JoinedNode {
    /** What it offers to a joiner. */
    List<OfferedArena> offered() throws RealizeException;

    /** Has it read its configuration again. */
    void reload() throws RealizeException, InterruptedException;
  }

  /** The desk of the node with this configuration and key. */
  Admissions(Configuration started, PeerKey own, TimeSource time, SecureRandom random) {
    this.file =
        ConfigurationFile.in(
            Objects.requireNonNull(started.file().getParent(), "directory of the configuration"));
    this.node = started.node().name();
    this.own = own;
    this.time = time;
    this.invitations = new Invitations(own, time, random);
  }

  /** From now on machines may join. */
  void open(JoinedNode running) {
    open = Optional.of(running);
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
    Set<HostPort> addresses = new LinkedHashSet<>(named);
    try {
      addresses.addAll(OwnAddresses.of(listening));
    } catch (IOException e) {
      throw new StorageFailed("invite: read the addresses of this machine", e);
    }
    InviteCode code = invitations.open(addresses.stream().limit(InviteCode.MAX_ADDRESSES).toList());
    Instant expires = Instant.ofEpochMilli(time.unixMillis()).plus(Invitations.VALIDITY);
    LOG.info("invited a machine, until {}", expires);
    return new Invite(
        code.text(),
        expires,
        own.fingerprint(),
        code.addresses().stream().map(HostPort::toString).toList());
  }

  @Override
  public boolean isOpen() {
    return invitations.isAnyRemembered();
  }

  private JoinedNode running() throws RealizeException {
    return open.orElseThrow(() -> new Denied("the daemon is not ready; try again"));
  }

  @Override
  public JoinOffer offer(PeerKey joiner, JoinRequest request) throws RealizeException {
    ByteString answer = invitations.answer(joiner, proof(request));
    requireFree(name(request), joiner, file.read());
    return new JoinOffer(
        null,
        node.value(),
        Base64.getEncoder().encodeToString(answer.toByteArray()),
        running().offered());
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
      Configuration now = file.read();
      requireFree(name, joiner, now);
      if (now.peers().stream().map(PeerSettings::key).noneMatch(joiner::equals)) {
        file.addPeer(name, joiner, addresses(request, seenHost), List.of());
      }
      isMember = true;
    } finally {
      editing.unlock();
      if (isFirst && !isMember) {
        invitations.restore(joiner, proof);
      }
    }
    try {
      running.reload();
    } catch (RealizeException e) {
      LOG.warn("after {} joined: {}", name, e.oneLine());
    }
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
