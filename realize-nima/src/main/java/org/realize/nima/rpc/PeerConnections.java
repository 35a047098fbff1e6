package org.realize.nima.rpc;

import com.google.protobuf.ByteString;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.realize.nima.config.HostPort;
import org.realize.nima.config.PeerSettings;
import org.realize.nima.config.Rates;
import org.realize.nima.rpc.wire.GoodbyeReason;
import org.realize.nima.tls.AuthLog;
import org.realize.nima.tls.KnownKeys;
import org.realize.nima.tls.NodeKey;
import org.realize.nima.tls.PeerKey;
import org.realize.nima.tls.PeerTls;
import org.realize.sync.loop.Loops;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.StoreId;
import org.realize.sync.move.MovableArenas;
import org.realize.sync.port.HelloJudge;
import org.realize.sync.port.PeerDirectory;
import org.realize.sync.port.PeerLink;
import org.realize.sync.port.PeerService;
import org.realize.sync.port.TimeSource;
import org.realize.sync.rate.Throttle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connections of this node to all its peers. It listens, dials each peer that has an address
 * until the peer is connected, answers the peers' calls, and offers a link to each. It follows the
 * configuration: a new peer is dialled, a removed peer is cut. Thread-safe.
 */
public final class PeerConnections implements PeerDirectory {

  private static final Logger LOG = LoggerFactory.getLogger(PeerConnections.class);
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(3);

  private static final Duration EXCHANGE_DEADLINE = Duration.ofSeconds(10);

  private final JoinDesk desk;
  private final AddressExchange addresses;
  private final LocalNode node;
  private final Outreach outreach;
  private final List<PeerListener> listeners = new ArrayList<>();

  /**
   * The surroundings of the connections.
   *
   * @param name what this node calls itself towards peers
   * @param listen where peers may dial us; empty for a deaf node
   * @param desk decides about strangers who present a code
   * @param addresses of peers, beside the configured ones
   * @param zone of the timetables of limits
   */
  public record Parts(
      String name,
      NodeKey key,
      List<HostPort> listen,
      PeerBook book,
      HelloJudge judge,
      PeerService service,
      MovableArenas movable,
      PeerEvents events,
      JoinDesk desk,
      PeerAddresses addresses,
      Resolver resolver,
      TimeSource time,
      ZoneId zone,
      RandomGenerator random,
      SecureRandom secureRandom,
      Loops loops) {
    public Parts {
      listen = List.copyOf(listen);
    }
  }

  /** The configured peers whose keys were not revoked. */
  private record TrustedPeers(PeerBook configured, JoinDesk desk, AddressExchange exchange)
      implements PeerBook {
    @Override
    public List<HostPort> addresses(PeerSettings peer) {
      return exchange.toDial(peer);
    }

    @Override
    public List<PeerSettings> peers() {
      return configured.peers().stream().filter(peer -> !desk.isRevoked(peer.key())).toList();
    }
  }

  /** The trusted peers; strangers too, while somebody is invited, but only to join. */
  private record AdmittedKeys(PeerBook book, JoinDesk desk) implements KnownKeys {
    @Override
    public Optional<PeerName> nameOf(PeerKey key) {
      return book.byKey(key).map(PeerSettings::name);
    }

    @Override
    public String refusal(PeerKey key) {
      return desk.isRevoked(key)
          ? "revoked key %s; 'realize peer invite' on a member lets it join again"
              .formatted(key.fingerprint())
          : KnownKeys.super.refusal(key);
    }

    @Override
    public boolean admitsStrangers(String applicationProtocol) {
      return applicationProtocol.equals(JoinFrames.APPLICATION_PROTOCOL) && desk.isOpen();
    }
  }

  public PeerConnections(Parts parts) {
    this(parts, Limits.DEFAULT);
  }

  PeerConnections(Parts parts, Limits limits) {
    addresses = new AddressExchange(parts.addresses());
    PeerBook book = new TrustedPeers(parts.book(), parts.desk(), addresses);
    desk = parts.desk();
    PeerTls tls =
        new PeerTls(parts.key(), new AdmittedKeys(book, parts.desk()), parts.secureRandom());
    TimeSource time = parts.time();
    Ticker ticker = new Ticker(time, parts.loops());
    node =
        new LocalNode(
            parts.name(),
            new UUID(parts.random().nextLong(), parts.random().nextLong()),
            book,
            parts.judge(),
            parts.service(),
            parts.desk(),
            addresses,
            parts.movable(),
            time,
            parts.random(),
            limits,
            ticker,
            new AuthLog(time::monotonicNanos),
            new Pairing(
                parts.key().publicKey(),
                book,
                new Exchanging(parts.events()),
                time,
                parts.random(),
                ticker),
            new PeerRates(book, time, parts.zone()));
    outreach = new Outreach(node, new Dialer(tls, parts.resolver(), Dialer.APPLICATION_PROTOCOL));
    Acceptor acceptor = new Acceptor(node, new JoinGreeter(parts.desk(), node.authLog()));
    for (HostPort address : parts.listen()) {
      listeners.add(new PeerListener(address, tls, acceptor::accept));
    }
  }

  /**
   * Events as another one gets them, with an exchange of addresses and member lists after each
   * connect.
   */
  private final class Exchanging implements PeerEvents {
    private final PeerEvents events;

    Exchanging(PeerEvents events) {
      this.events = events;
    }

    @Override
    public void connected(PeerLink link) {
      events.connected(link);
      if (link instanceof ConnectedPeer pair) {
        addresses.exchange(pair);
        if (pair.exchangesMembers()) {
          exchangeMembers(pair);
        }
      }
    }

    @Override
    public void disconnected(PeerLink link, String cause) {
      events.disconnected(link, cause);
    }
  }

  private Thread exchangeMembers(ConnectedPeer pair) {
    return Thread.ofVirtual()
        .name("members-" + pair.peer())
        .start(() -> {
          try {
            byte[] ours = desk.members();
            if (ours.length > 0) {
              desk.learn(pair.peer(), pair.members(ours, EXCHANGE_DEADLINE));
            }
          } catch (RealizeException e) {
            LOG.info("exchange member lists with {}: {}", pair.peer(), e.oneLine());
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
  }

  /**
   * Exchanges member lists with all connected peers at once; returns when all have answered or the
   * deadline of {@link #EXCHANGE_DEADLINE} has passed.
   */
  public void exchangeMembers() throws InterruptedException {
    List<Thread> exchanges =
        node.pairing().current().stream()
            .filter(pair -> pair.connected() && pair.exchangesMembers())
            .map(this::exchangeMembers)
            .toList();
    for (Thread each : exchanges) {
      each.join();
    }
  }

  /** Listens and begins to dial. Fails, with nothing left open, when an address cannot be had. */
  public void start() throws RealizeException {
    node.ticker().start();
    node.ticker().add(this::beat);
    try {
      for (PeerListener listener : listeners) {
        listener.start();
        LOG.info("listening on {}", listener.address());
      }
      addresses.read(listening());
    } catch (RealizeException e) {
      close();
      throw e;
    }
  }

  private long beat() {
    node.pairing().dropStrangers();
    outreach.dialDue();
    return Math.min(node.pairing().tick(), node.pairing().untilDial());
  }

  /** Looks at the peers of the configuration again, which have changed. Does not wait. */
  public void reload() {
    node.ticker().dueIn(0);
  }

  /** The addresses listened on, with the ports that were taken. Only after {@link #start}. */
  public List<HostPort> listening() {
    return listeners.stream().map(PeerListener::address).toList();
  }

  /** All peers of the configuration and how their connections stand. */
  public List<LinkStatus> status() {
    return node.pairing().status();
  }

  /** The addresses of a peer that it has said, in the order in which they are dialled. */
  public List<HostPort> heardAddresses(PeerKey peer) {
    return addresses.heard(peer);
  }

  /** What limits the background traffic with {@code peer} now. */
  public Rates limits(PeerName peer) {
    return node.rates().now(peer);
  }

  /** Connections of strangers refused since the start. */
  public long refused() {
    return node.authLog().failures();
  }

  /** Dials the peer now and whenever it is not connected. Does not wait. */
  public void connect(PeerName peer) throws RealizeException {
    node.pairing().connect(peer);
  }

  /** Ends the connection and makes or takes none until told to {@link #connect}. */
  public void disconnect(PeerName peer) throws RealizeException {
    node.pairing().disconnect(peer);
  }

  /**
   * Waits while none of {@code peers} is connected and one is being dialled for the first time
   * since the start, since its address changed, or since {@link #connect}.
   *
   * @param most the longest time since that attempt began
   */
  public void awaitFirstDials(Collection<PeerName> peers, Duration most)
      throws InterruptedException {
    node.pairing().awaitFirstDials(peers, most);
  }

  /**
   * The network of this machine is another one, or has come back: connections that are silent are
   * cut unless they answer within two seconds, peers that are away are dialled at once, and all are
   * told where this node listens. Does not wait.
   */
  public void networkChanged() {
    node.pairing().networkChanged();
    addresses.readAgain(listening(), node.pairing().current());
  }

  /** Ends all pairs; both sides may make them again at once. */
  public void greetAgain(String cause) {
    node.pairing().endAll(GoodbyeReason.GOODBYE_RENEWED, cause);
  }

  /**
   * An arena of a peer as a source of a move, to be closed after it.
   *
   * @param target the store that files are given up for; empty for a plain directory
   * @param packing whether to pack bytes on their way
   * @param throttle what bytes pass on their way
   */
  public PeerSource moveSource(
      PeerName peer,
      ArenaName arena,
      Optional<StoreId> target,
      Packing packing,
      Throttle throttle) {
    ByteString store = target.map(id -> WireCodec.bytes(id.value())).orElse(ByteString.EMPTY);
    PeerEnd.Way way = new PeerEnd.Way(packing, throttle, node.time());
    return new PeerSource(peer, arena, store, way, () -> node.pairing().current(peer));
  }

  /** As {@link #moveSource}, for the target of a move. */
  public PeerTarget moveTarget(PeerName peer, ArenaName arena, Packing packing, Throttle throttle) {
    PeerEnd.Way way = new PeerEnd.Way(packing, throttle, node.time());
    return new PeerTarget(peer, arena, way, () -> node.pairing().current(peer));
  }

  @Override
  public List<PeerLink> links() {
    return node.pairing().links();
  }

  /** Says Goodbye to all and ends, within a few seconds whatever the peers do. */
  public void close() {
    try {
      node.pairing().close(CLOSE_TIMEOUT);
      listeners.forEach(PeerListener::close);
      node.ticker().stop(CLOSE_TIMEOUT);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
