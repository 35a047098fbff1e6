package org.realize.sync.transfer;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.realize.sync.model.PeerName;

/** The sources of the bytes of one arena's downloads since the start. Thread-safe. */
public final class TransferCounters {

  /**
   * The counts at one moment.
   *
   * @param bytesFromPeers verified bytes received, deltas and read-ahead included
   * @param bytesReused verified bytes of earlier versions, taken instead of asking a peer
   * @param bytesPatched verified bytes that deltas made out of earlier versions, less the length of
   *     these deltas, which is among {@code bytesFromPeers}
   * @param bytesFromBlobs bytes that readers got from blobs, also of what was fetched for them
   * @param bytesRead bytes that readers got
   * @param badFromPeers blocks and nodes that did not match their hash, by who sent them
   */
  public record CounterSnapshot(
      long bytesFromPeers,
      long bytesReused,
      long bytesPatched,
      long bytesFromBlobs,
      long bytesRead,
      Map<PeerName, Long> bytesByPeer,
      Map<PeerName, Long> badFromPeers) {
    public CounterSnapshot {
      bytesByPeer = Map.copyOf(bytesByPeer);
      badFromPeers = Map.copyOf(badFromPeers);
    }
  }

  private final LongAdder reused = new LongAdder();
  private final LongAdder patched = new LongAdder();
  private final LongAdder fromBlobs = new LongAdder();
  private final LongAdder read = new LongAdder();
  private final LongAdder passed = new LongAdder();
  private final Map<PeerName, LongAdder> byPeer = new ConcurrentHashMap<>();
  private final Map<PeerName, LongAdder> bad = new ConcurrentHashMap<>();

  void fromPeer(PeerName peer, long bytes) {
    byPeer.computeIfAbsent(peer, p -> new LongAdder()).add(bytes);
  }

  void reused(long bytes) {
    reused.add(bytes);
  }

  void patched(PeerName peer, long deltaBytes, long madeBytes) {
    fromPeer(peer, deltaBytes);
    patched.add(Math.max(0, madeBytes - deltaBytes));
  }

  void fromBlob(long bytes) {
    fromBlobs.add(bytes);
  }

  void read(long bytes) {
    read.add(bytes);
  }

  /** A file of so many bytes was handed to the kernel, which reads it by itself. */
  void passed(long bytes) {
    passed.add(bytes);
  }

  /** The sizes of the files that were handed to the kernel, each as often as it was opened. */
  long passed() {
    return passed.sum();
  }

  void bad(PeerName peer) {
    bad.computeIfAbsent(peer, p -> new LongAdder()).increment();
  }

  /** Bytes that came from peers, and bytes that were here already. */
  public long usedBytes() {
    return fromPeers() + reused.sum() + patched.sum();
  }

  private long fromPeers() {
    return byPeer.values().stream().mapToLong(LongAdder::sum).sum();
  }

  public CounterSnapshot snapshot() {
    Map<PeerName, Long> bytes = sums(byPeer);
    long all = fromPeers();
    return new CounterSnapshot(
        all, reused.sum(), patched.sum(), fromBlobs.sum(), read.sum(), bytes, sums(bad));
  }

  private static Map<PeerName, Long> sums(Map<PeerName, LongAdder> counts) {
    Map<PeerName, Long> sums = new TreeMap<>();
    counts.forEach((peer, count) -> sums.put(peer, count.sum()));
    return sums;
  }
}
