package org.realize.nima.daemon;

import io.micrometer.core.instrument.Tags;
import java.util.List;
import org.realize.nima.observe.Metrics;
import org.realize.nima.rpc.LinkStatus;
import org.realize.nima.rpc.PeerConnections;
import org.realize.nima.rpc.PeerState;
import org.realize.sync.model.RealizeException;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.CacheReport;
import org.realize.sync.port.Finding;
import org.realize.sync.transfer.TransferCounters;

/** The meters of the running parts. */
final class HouseholdMetrics {

  /** Findings that are read to be counted. */
  private static final int MAX_COUNTED = 100_000;

  private HouseholdMetrics() {}

  static void register(Metrics metrics, List<OpenArena> arenas, PeerConnections peers) {
    metrics.gauge("realize.peers", Tags.empty(), () -> peers.status().size());
    metrics.gauge("realize.peers.connected", Tags.empty(), () -> connected(peers));
    arenas.forEach(arena -> register(metrics, arena));
  }

  private static long connected(PeerConnections peers) {
    return peers.status().stream()
        .map(LinkStatus::state)
        .filter(PeerState.Connected.class::isInstance)
        .count();
  }

  private static void register(Metrics metrics, OpenArena arena) {
    Tags tags = Tags.of("arena", arena.name().toString());
    metrics.gauge("realize.files", tags, () -> arena.store().read(ArenaReader::totals).files());
    metrics.gauge(
        "realize.real.files", tags, () -> arena.store().read(ArenaReader::totals).realFiles());
    metrics.gauge(
        "realize.real.bytes", tags, () -> arena.store().read(ArenaReader::totals).realBytes());
    metrics.gauge("realize.cached.bytes", tags, () -> arena.blobs().cachedBytes());
    metrics.gauge(
        "realize.cache.capacity.bytes", tags, () -> arena.blobs().report().capacityBytes());
    metrics.gauge("realize.cache.full", tags, () -> arena.blobs().report().isFull() ? 1 : 0);
    area(metrics, arena, "working", CacheReport::workingBytes);
    area(metrics, arena, "protected", CacheReport::protectedBytes);
    area(metrics, arena, "pending", CacheReport::pendingBytes);
    area(metrics, arena, "pinned", CacheReport::pinnedBytes);
    counts(metrics, arena, "realize.read.bytes", TransferCounters.CounterSnapshot::bytesRead);
    counts(
        metrics,
        arena,
        "realize.read.cached.bytes",
        TransferCounters.CounterSnapshot::bytesFromBlobs);
    counts(
        metrics, arena, "realize.received.bytes", TransferCounters.CounterSnapshot::bytesFromPeers);
    counts(metrics, arena, "realize.reused.bytes", TransferCounters.CounterSnapshot::bytesReused);
    for (Finding.FindingKind kind : Finding.FindingKind.values()) {
      metrics.gauge(
          "realize.findings",
          tags.and("kind", kind.name().toLowerCase(java.util.Locale.ROOT)),
          () -> findings(arena, kind));
    }
  }

  /** One figure of a cache's report. */
  private interface CacheArea {
    long bytes(CacheReport report);
  }

  private static void area(Metrics metrics, OpenArena arena, String name, CacheArea area) {
    metrics.gauge(
        "realize.cache.bytes",
        Tags.of("arena", arena.name().toString(), "area", name),
        () -> area.bytes(arena.blobs().report()));
  }

  /** One count of an arena's downloads. */
  private interface Count {
    long of(TransferCounters.CounterSnapshot counters);
  }

  private static void counts(Metrics metrics, OpenArena arena, String name, Count count) {
    metrics.count(
        name, Tags.of("arena", arena.name().toString()), () -> count.of(arena.downloaded()));
  }

  private static long findings(OpenArena arena, Finding.FindingKind kind) throws RealizeException {
    return arena.store().read(reader -> reader.findings(MAX_COUNTED)).stream()
        .filter(finding -> finding.kind() == kind)
        .count();
  }
}
