package org.realize.nima.daemon;

import io.micrometer.core.instrument.Tags;
import java.util.function.ToLongFunction;
import org.realize.nima.cli.Realize;
import org.realize.nima.observe.Metrics;
import org.realize.nima.rpc.LinkStatus;
import org.realize.nima.rpc.PeerConnections;
import org.realize.nima.rpc.PeerState;
import org.realize.sync.model.RealizeException;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.CacheReport;
import org.realize.sync.port.Finding;
import org.realize.sync.port.Totals;
import org.realize.sync.transfer.TransferCounters.CounterSnapshot;

/** The meters of the running parts. */
final class HouseholdMetrics {

  /** Findings that are read to be counted. */
  private static final int MAX_COUNTED = 100_000;

  private HouseholdMetrics() {}

  /** Registers the meters of the connections. */
  static void register(Metrics metrics, PeerConnections peers) {
    metrics.info(
        "realize.build",
        "The program's version",
        Tags.of("version", Realize.VERSION, "java", Runtime.version().toString()));
    metrics.gauge(
        "realize.peers", "Peers in the configuration", Tags.empty(), () -> peers.status().size());
    metrics.gauge(
        "realize.peers.connected",
        "Peers that are connected",
        Tags.empty(),
        () -> connected(peers));
  }

  private static long connected(PeerConnections peers) {
    return peers.status().stream()
        .map(LinkStatus::state)
        .filter(PeerState.Connected.class::isInstance)
        .count();
  }

  /** Registers the meters of an arena, until {@link Metrics#remove}. */
  static void register(Metrics metrics, OpenArena arena) {
    totals(metrics, arena, "realize.files", "Files that the mount shows", Totals::files);
    totals(metrics, arena, "realize.real.files", "Real files below the root", Totals::realFiles);
    totals(metrics, arena, "realize.real.bytes", "Bytes of real files", Totals::realBytes);
    cache(metrics, arena);
    downloads(metrics, arena);
    for (Finding.FindingKind kind : Finding.FindingKind.values()) {
      metrics.gauge(
          "realize.findings",
          "Paths that need attention, as 'realize status' lists them",
          tags(arena).and("kind", kind.name().toLowerCase(java.util.Locale.ROOT)),
          () -> findings(arena, kind));
    }
  }

  private static Tags tags(OpenArena arena) {
    return Tags.of("arena", arena.name().toString());
  }

  private static void totals(
      Metrics metrics, OpenArena arena, String name, String help, ToLongFunction<Totals> figure) {
    metrics.gauge(
        name, help, tags(arena), () -> figure.applyAsLong(arena.store().read(ArenaReader::totals)));
  }

  private static void cache(Metrics metrics, OpenArena arena) {
    metrics.gauge(
        "realize.cached.bytes",
        "Bytes in the cache",
        tags(arena),
        () -> arena.blobs().cachedBytes());
    metrics.gauge(
        "realize.cache.capacity.bytes",
        "Bytes that the cache may hold",
        tags(arena),
        () -> arena.blobs().report().capacityBytes());
    metrics.gauge(
        "realize.cache.full",
        "1 while new bytes find no room in the cache",
        tags(arena),
        () -> arena.blobs().report().isFull() ? 1 : 0);
    area(metrics, arena, "working", CacheReport::workingBytes);
    area(metrics, arena, "protected", CacheReport::protectedBytes);
    area(metrics, arena, "pending", CacheReport::pendingBytes);
    area(metrics, arena, "pinned", CacheReport::pinnedBytes);
  }

  private static void area(
      Metrics metrics, OpenArena arena, String name, ToLongFunction<CacheReport> area) {
    metrics.gauge(
        "realize.cache.bytes",
        "Bytes in each area of the cache",
        tags(arena).and("area", name),
        () -> area.applyAsLong(arena.blobs().report()));
  }

  private static void downloads(Metrics metrics, OpenArena arena) {
    counts(
        metrics,
        arena,
        "realize.read.bytes",
        "Bytes that programs read from files that are not real here",
        CounterSnapshot::bytesRead);
    counts(
        metrics,
        arena,
        "realize.read.cached.bytes",
        "Bytes read that were in the cache",
        CounterSnapshot::bytesFromBlobs);
    counts(
        metrics,
        arena,
        "realize.received.bytes",
        "Bytes of contents that peers sent",
        CounterSnapshot::bytesFromPeers);
    counts(
        metrics,
        arena,
        "realize.reused.bytes",
        "Bytes taken from other versions on this machine instead of from peers",
        CounterSnapshot::bytesReused);
  }

  private static void counts(
      Metrics metrics,
      OpenArena arena,
      String name,
      String help,
      ToLongFunction<CounterSnapshot> count) {
    metrics.functionCounter(name, help, tags(arena), () -> count.applyAsLong(arena.downloaded()));
  }

  private static long findings(OpenArena arena, Finding.FindingKind kind) throws RealizeException {
    return arena.store().read(reader -> reader.findings(MAX_COUNTED)).stream()
        .filter(finding -> finding.kind() == kind)
        .count();
  }
}
