package org.realize.nima.rpc;

import java.security.SecureRandom;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.realize.nima.config.HostPort;
import org.realize.nima.config.PauseTimes;
import org.realize.nima.config.PeerSettings;
import org.realize.nima.config.RateLimit;
import org.realize.nima.config.Role;
import org.realize.nima.membership.JoinMessage.JoinOffer;
import org.realize.nima.membership.JoinMessage.JoinRequest;
import org.realize.nima.tls.NodeKey;
import org.realize.nima.tls.PeerKey;
import org.realize.store.disk.SystemTimeSource;
import org.realize.sync.loop.Loops;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.StoreId;
import org.realize.sync.move.Engagements;
import org.realize.sync.move.MovableArenas;
import org.realize.sync.port.GlobalStore;
import org.realize.sync.port.Hello;
import org.realize.sync.port.HelloJudge;
import org.realize.sync.port.PeerLink;
import org.realize.sync.port.PeerService;
import org.realize.sync.port.TimeSource;

/** A node on loopback with its own key, peers, and an invented service. */
public final class TestNode {

  public static final ArenaName ARENA = new ArenaName("photos");

  /** As the real ones, but who stalls or falls silent is cut soon. */
  static final Limits IMPATIENT = limits(Duration.ofSeconds(10));

  /** Nobody is cut by a clock that runs faster than bytes travel. */
  public static final Limits PATIENT =
      new Limits(
          Duration.ofDays(1),
          Duration.ofDays(1),
          Duration.ofDays(1),
          Duration.ofDays(1),
          Duration.ofDays(1),
          Duration.ofDays(1),
          Duration.ofSeconds(1),
          64,
          1024,
          4);

  static Limits limits(Duration greeting) {
    return new Limits(
        greeting,
        Duration.ofMillis(700),
        Duration.ofMillis(200),
        Duration.ofSeconds(3),
        Limits.DEFAULT.quiet(),
        Limits.DEFAULT.probe(),
        Duration.ofSeconds(5),
        64,
        1024,
        4);
  }

  public final PeerName name;
  public final NodeKey key;
  final FakeService service = new FakeService();
  public final List<PeerSettings> peers = new CopyOnWriteArrayList<>();
  final List<String> events = new CopyOnWriteArrayList<>();
  final AtomicReference<HelloJudge.Verdict> verdict =
      new AtomicReference<>(new HelloJudge.Verdict.Accept());

  /** How long this node thinks before it greets. */
  final AtomicLong helloDelayMillis = new AtomicLong();

  final GlobalStore.Identity identity =
      new GlobalStore.Identity(new StoreId(UUID.randomUUID()), List.of(UUID.randomUUID()));
  public final MovableArenas movable =
      new MovableArenas(new Engagements(new SystemTimeSource(), RandomGenerator.getDefault()));

  /** Decides about strangers who present a code; null: none may. */
  public volatile @Nullable JoinDesk desk;

  /** What this node remembers of the addresses that peers say; nothing, unless set. */
  volatile PeerAddresses addresses = new ForgottenAddresses();

  private static final class ForgottenAddresses implements PeerAddresses {
    @Override
    public List<HostPort> heard(PeerKey peer) {
      return List.of();
    }

    @Override
    public void said(PeerSettings peer, String seenHost, List<String> addresses) {}

    @Override
    public void reached(PeerSettings peer, HostPort address) {}
  }

  /** The addresses of {@link #addresses}, as that is then. */
  private final class CurrentAddresses implements PeerAddresses {
    @Override
    public List<HostPort> heard(PeerKey peer) {
      return addresses.heard(peer);
    }

    @Override
    public void said(PeerSettings peer, String seenHost, List<String> said) {
      addresses.said(peer, seenHost, said);
    }

    @Override
    public void reached(PeerSettings peer, HostPort address) {
      addresses.reached(peer, address);
    }
  }

  private final List<HostPort> listen;
  private final Limits limits;
  private final PeerService answers;
  private final TimeSource time;
  private PeerConnections connections;

  public TestNode(String name, Limits limits, String... listen) {
    this(name, limits, null, new SystemTimeSource(), listen);
  }

  /** Answers peers with {@code answers}; null: with {@link #service}. */
  TestNode(
      String name,
      Limits limits,
      @Nullable PeerService answers,
      TimeSource time,
      String... listen) {
    this.name = new PeerName(name);
    this.key = NodeKey.generate(new SecureRandom());
    this.limits = limits;
    this.time = time;
    this.answers = answers == null ? service : answers;
    this.listen = List.of(listen).stream().map(HostPort::parse).toList();
    this.connections = make();
  }

  private PeerConnections make() {
    return new PeerConnections(
        new PeerConnections.Parts(
            name.value(),
            key,
            listen,
            () -> peers,
            new Judge(),
            answers,
            movable,
            new Events(),
            new Desk(),
            new CurrentAddresses(),
            Resolver.SYSTEM,
            time,
            ZoneOffset.UTC,
            RandomGenerator.getDefault(),
            new SecureRandom(),
            new Loops(time)),
        limits);
  }

  /** The decisions of {@link #desk}; nobody is invited without one. */
  private final class Desk implements JoinDesk {
    @Override
    public boolean isOpen() {
      JoinDesk present = desk;
      return present != null && present.isOpen();
    }

    @Override
    public boolean isRevoked(PeerKey key) {
      JoinDesk present = desk;
      return present != null && present.isRevoked(key);
    }

    @Override
    public JoinOffer offer(PeerKey joiner, JoinRequest request) throws RealizeException {
      return Objects.requireNonNull(desk).offer(joiner, request);
    }

    @Override
    public void admit(PeerKey joiner, JoinRequest request, String seenHost)
        throws RealizeException, InterruptedException {
      Objects.requireNonNull(desk).admit(joiner, request, seenHost);
    }

    @Override
    public byte[] members() {
      JoinDesk present = desk;
      return present == null ? new byte[0] : present.members();
    }

    @Override
    public void learn(PeerName from, byte[] members) throws RealizeException {
      JoinDesk present = desk;
      if (present != null) {
        present.learn(from, members);
      }
    }
  }

  private final class Judge implements HelloJudge {
    @Override
    public Hello hello(PeerName peer) {
      try {
        TimeUnit.MILLISECONDS.sleep(helloDelayMillis.get());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      return new Hello(identity, Optional.empty());
    }

    @Override
    public Verdict judge(PeerName peer, Hello hello) {
      return verdict.get();
    }
  }

  private final class Events implements PeerEvents {
    @Override
    public void connected(PeerLink link) {
      events.add("connected " + link.peer());
    }

    @Override
    public void disconnected(PeerLink link, String cause) {
      events.add("disconnected " + link.peer() + ": " + cause);
    }
  }

  public PeerKey publicKey() {
    return key.publicKey();
  }

  public TestNode start() throws RealizeException {
    connections.start();
    return this;
  }

  /** Ends it and makes a new one of the same key, as after a new start of the process. */
  TestNode restart() throws RealizeException {
    connections.close();
    connections = make();
    return start();
  }

  /** Makes new connections after {@link #close}, which listen at another port. */
  public void comeBack() throws RealizeException {
    connections = make();
    connections.start();
  }

  /** Why peers are away. */
  public List<String> troubles() {
    return connections.status().stream()
        .map(status ->
            switch (status.state()) {
              case PeerState.Dialling(String error) -> error;
              case PeerState.Waiting(_, String error) -> error;
              case PeerState.Awaited(String error) -> error;
              case PeerState.Connected _, PeerState.Disconnected _ -> "";
            })
        .toList();
  }

  public PeerConnections connections() {
    return connections;
  }

  public int port() {
    return connections.listening().getFirst().port();
  }

  /** Adds {@code other} to this node's configuration, with these addresses. */
  public TestNode knows(TestNode other, String... addresses) {
    return knows(other, Optional.empty(), Role.BOTH, addresses);
  }

  TestNode knows(TestNode other, Optional<List<ArenaName>> access, Role role, String... addresses) {
    return knows(other, access, role, List.of(), addresses);
  }

  /** Replaces the peers; those that stay are never missing for a moment. */
  public void setPeers(List<PeerSettings> now) {
    synchronized (peers) {
      peers.retainAll(now);
      now.stream().filter(peer -> !peers.contains(peer)).forEach(peers::add);
    }
  }

  public TestNode knows(
      TestNode other,
      Optional<List<ArenaName>> access,
      Role role,
      List<ArenaName> write,
      String... addresses) {
    List<HostPort> parsed = List.of(addresses).stream().map(HostPort::parse).toList();
    peers.add(
        new PeerSettings(
            other.name,
            other.key.publicKey(),
            parsed,
            access,
            role,
            write,
            RateLimit.NONE,
            PauseTimes.NONE));
    connections.reload();
    return this;
  }

  /** Sets the limit of {@code other} in this node's configuration. */
  void limit(TestNode other, RateLimit limit) {
    peers.replaceAll(peer ->
        peer.name().equals(other.name)
            ? new PeerSettings(
                peer.name(),
                peer.key(),
                peer.addresses(),
                peer.arenas(),
                peer.role(),
                peer.write(),
                limit,
                PauseTimes.NONE)
            : peer);
  }

  public Optional<PeerLink> link(TestNode other) {
    return connections.links().stream().filter(l -> l.peer().equals(other.name)).findFirst();
  }

  /** Every pair that came has gone again, but for the links there are. */
  boolean settled() {
    long came = events.stream().filter(event -> event.startsWith("connected")).count();
    long went = events.stream().filter(event -> event.startsWith("disconnected")).count();
    return came - went == connections.links().size();
  }

  PeerState state(TestNode other) {
    return connections.status().stream()
        .filter(status -> status.name().equals(other.name))
        .findFirst()
        .orElseThrow()
        .state();
  }

  public void close() {
    connections.close();
  }
}
