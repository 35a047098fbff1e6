package org.realize.nima.discovery;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;
import org.realize.nima.config.AtomicFile;
import org.realize.nima.config.HostPort;
import org.realize.nima.config.PeerSettings;
import org.realize.nima.discovery.HeardAddresses.HeardAddress;
import org.realize.nima.rpc.PeerAddresses;
import org.realize.nima.tls.PeerKey;
import org.realize.sync.model.RealizeException;
import org.realize.sync.port.TimeSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The addresses that peers have said, in {@code addresses.json} of the node's state. A change is
 * durable a second later, so that a peer that changes its mind all the time costs one write a
 * second at most; {@link #close} writes what is left. A file that cannot be read counts as empty:
 * peers say their addresses again. Thread-safe.
 */
public final class AddressBook implements PeerAddresses, AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(AddressBook.class);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int MAX_FILE_BYTES = 1 << 20;

  /** The peers that are remembered; one more makes the one that changed longest ago go. */
  private static final int MAX_PEERS = 128;

  /** The age from which the time of the last contact is written again. */
  private static final Duration STALE = Duration.ofHours(1);

  private static final Duration WRITE_DELAY = Duration.ofSeconds(1);

  private final Path file;
  private final TimeSource time;

  private final ReentrantLock changing = new ReentrantLock();

  /** Held over a write of the file, so that the last one has the last change. */
  private final ReentrantLock writing = new ReentrantLock();

  /** True while changes wait to be written. */
  private final AtomicBoolean isUnwritten = new AtomicBoolean();

  /** Replaced under {@link #changing}; what changed last comes last. */
  private volatile Map<PeerKey, HeardAddresses> peers;

  private AddressBook(Path file, TimeSource time, Map<PeerKey, HeardAddresses> peers) {
    this.file = file;
    this.time = time;
    this.peers = peers;
  }

  /** Reads what is remembered in a node's state. */
  public static AddressBook open(Path state, TimeSource time) {
    Path file = state.resolve("addresses.json");
    return new AddressBook(file, time, read(file));
  }

  private static Map<PeerKey, HeardAddresses> read(Path file) {
    Map<PeerKey, HeardAddresses> peers = new LinkedHashMap<>();
    try {
      if (Files.size(file) > MAX_FILE_BYTES) {
        throw new IOException("larger than it can be");
      }
      for (JsonNode peer : JSON.readTree(Files.readString(file)).path("peers")) {
        List<HeardAddress> addresses = new ArrayList<>();
        for (JsonNode each : peer.path("addresses")) {
          addresses.add(
              new HeardAddress(
                  HostPort.parse(each.path("address").asText()), each.path("reached").asLong()));
        }
        byte[] key = Base64.getDecoder().decode(peer.path("key").asText());
        peers.put(PeerKey.ofSpki(key), new HeardAddresses(addresses));
      }
    } catch (NoSuchFileException e) {
      LOG.debug("no addresses of peers are remembered yet");
    } catch (IOException | RealizeException | IllegalArgumentException e) {
      LOG.warn("read {}: {}; peers say their addresses again", file, e.getMessage());
      return Map.of();
    }
    return peers;
  }

  @Override
  public List<HostPort> heard(PeerKey peer) {
    return Optional.ofNullable(peers.get(peer)).orElse(HeardAddresses.NONE).addresses();
  }

  @Override
  public void said(PeerSettings peer, String seenHost, List<String> addresses) {
    List<HostPort> believed = ClaimedAddresses.believed(addresses, seenHost, peer.addresses());
    change(peer.key(), before -> before.said(believed, time.unixMillis()));
  }

  @Override
  public void reached(PeerSettings peer, HostPort address) {
    change(
        peer.key(),
        before -> {
          long now = time.unixMillis();
          boolean isFresh =
              before.all().stream()
                  .filter(each -> each.address().equals(address))
                  .anyMatch(each -> Math.abs(now - each.reachedMillis()) < STALE.toMillis());
          return isFresh ? before : before.reached(address, now);
        });
  }

  private void change(PeerKey peer, UnaryOperator<HeardAddresses> by) {
    changing.lock();
    try {
      HeardAddresses before = Optional.ofNullable(peers.get(peer)).orElse(HeardAddresses.NONE);
      HeardAddresses after = by.apply(before);
      if (after.equals(before)) {
        return;
      }
      Map<PeerKey, HeardAddresses> next = new LinkedHashMap<>(peers);
      next.remove(peer);
      if (next.size() >= MAX_PEERS) {
        next.remove(next.keySet().iterator().next());
      }
      next.put(peer, after);
      peers = next;
    } finally {
      changing.unlock();
    }
    if (isUnwritten.compareAndSet(false, true)) {
      Thread.ofVirtual().name("addresses-write").start(this::writeLater);
    }
  }

  private void writeLater() {
    try {
      time.sleep(WRITE_DELAY);
      writeIfChanged();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void writeIfChanged() {
    writing.lock();
    try {
      if (isUnwritten.compareAndSet(true, false)) {
        write(peers);
      }
    } finally {
      writing.unlock();
    }
  }

  /** Writes what is not written yet. */
  @Override
  public void close() {
    writeIfChanged();
  }

  private void write(Map<PeerKey, HeardAddresses> all) {
    ObjectNode text = JSON.createObjectNode();
    ArrayNode list = text.putArray("peers");
    all.forEach((key, heard) -> {
      ObjectNode peer = list.addObject().put("key", Base64.getEncoder().encodeToString(key.spki()));
      ArrayNode addresses = peer.putArray("addresses");
      for (HeardAddress each : heard.all()) {
        addresses
            .addObject()
            .put("address", each.address().toString())
            .put("reached", each.reachedMillis());
      }
    });
    try {
      AtomicFile.write(file, JSON.writeValueAsString(text) + "\n");
    } catch (IOException e) {
      LOG.warn("write {}: {}; a restart forgets what peers said", file, e.getMessage());
    }
  }
}
