package org.realize.nima.rpc;

import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import org.realize.store.disk.SystemTimeSource;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.ByteRange;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.port.FeedPage;
import org.realize.sync.port.PeerLink;
import org.realize.sync.port.PeerLink.ContentRequest;
import org.realize.sync.port.PeerService;
import org.realize.sync.port.PinAnswer;
import org.realize.sync.port.PinRequest;
import org.realize.sync.port.PurgeAnswer;

/**
 * A measurement of blocks between two nodes in one process over loopback: their rate and their
 * cost. Run it by hand, with the number of rounds as its argument. The figures hold both sides'
 * CPU.
 */
final class ThroughputProbe {

  private static final int COUNT = 4096;
  private static final int REQUEST_BLOCKS = 64;
  private static final long SIZE = (long) COUNT * InboundService.BLOCK_BYTES;
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private ThroughputProbe() {}

  /** One block, again and again: reading a disk is not what is measured. */
  private static final class SameBlock implements PeerService {
    private final byte[] block = FakeService.blockBytes(1, InboundService.BLOCK_BYTES);

    @Override
    public FeedPage feed(PeerName p, ArenaName a, long afterSeq, int max, Duration wait) {
      throw new UnsupportedOperationException();
    }

    @Override
    public PurgeAnswer purge(PeerName peer, ArenaName arena, List<RelativePath> paths) {
      return new PurgeAnswer(0, 0, 0, "");
    }

    @Override
    public List<PinAnswer> pin(StoreId dropper, ArenaName arena, PinRequest request) {
      return List.of();
    }

    @Override
    public byte[] treeNode(PeerName p, ContentRequest content, int level, long index) {
      throw new UnsupportedOperationException();
    }

    @Override
    public byte[] diff(PeerName p, ContentRequest content, ByteRange range, byte[] signature) {
      throw new UnsupportedOperationException();
    }

    @Override
    public byte[] content(PeerName p, ContentRequest content) {
      throw new UnsupportedOperationException();
    }

    @Override
    public BlockSource blocks(PeerName p, ContentRequest content, long first, int count) {
      return new BlockSource() {
        private int left = count;

        @Override
        public int next(ByteBuffer destination) {
          if (left-- == 0) {
            return 0;
          }
          destination.put(block);
          return block.length;
        }

        @Override
        public void close() {}
      };
    }
  }

  public static void main(String[] arguments) throws Exception {
    int rounds = arguments.length == 0 ? 5 : Integer.parseInt(arguments[0]);
    SystemTimeSource time = new SystemTimeSource();
    TestNode listening =
        new TestNode("listening", Limits.DEFAULT, new SameBlock(), time, "127.0.0.1:0");
    TestNode deaf = new TestNode("deaf", Limits.DEFAULT, new SameBlock(), time);
    try {
      listening.knows(deaf).start();
      deaf.knows(listening, "127.0.0.1:" + listening.port()).start();
      PeerLink down = waitFor(deaf, listening);
      PeerLink up = waitFor(listening, deaf);
      for (int round = 0; round < rounds; round++) {
        measure("dialled side reads, one request", down, COUNT, 1);
        measure("dialled side reads, 8 MiB requests", down, REQUEST_BLOCKS, 1);
        measure("dialled side reads, 3 readers", down, REQUEST_BLOCKS, 3);
        measure("listening side reads, one request", up, COUNT, 1);
      }
      pings("dialled side", down);
      pings("listening side", up);
    } finally {
      deaf.close();
      listening.close();
    }
  }

  private static PeerLink waitFor(TestNode from, TestNode to) throws InterruptedException {
    Optional<PeerLink> link = from.link(to);
    while (link.isEmpty()) {
      Thread.sleep(20);
      link = from.link(to);
    }
    return link.get();
  }

  private static void measure(String what, PeerLink link, int request, int readers)
      throws InterruptedException {
    ContentRequest content =
        new ContentRequest(TestNode.ARENA, new ContentHash(1, 2, 3, 4), SIZE, RelativePath.of("a"));
    LongAdder bytes = new LongAdder();
    long cpu = cpuNanos();
    long start = System.nanoTime();
    Thread[] threads = new Thread[readers];
    for (int i = 0; i < readers; i++) {
      threads[i] =
          Thread.ofPlatform()
              .start(() -> {
                try {
                  for (int first = 0; first < COUNT; first += request) {
                    link.blocks(
                        content,
                        first,
                        request,
                        (_, block) -> bytes.add(block.remaining()),
                        PATIENCE);
                  }
                } catch (Exception e) {
                  throw new IllegalStateException(e);
                }
              });
    }
    for (Thread thread : threads) {
      thread.join();
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    double gibibytes = bytes.sum() / (double) (1 << 30);
    System.out.printf(
        "%-36s %6.0f MB/s  %.2f CPU s/GiB both sides%n",
        what, bytes.sum() / 1e6 / seconds, (cpuNanos() - cpu) / 1e9 / gibibytes);
  }

  private static void pings(String what, PeerLink link) throws Exception {
    long[] nanos = new long[1000];
    for (int i = 0; i < nanos.length; i++) {
      nanos[i] = ((ConnectedPeer) link).ping(PATIENCE).toNanos();
    }
    Arrays.sort(nanos);
    System.out.printf(
        "%s pings: p50 %d us, p99 %d us%n",
        what, nanos[nanos.length / 2] / 1000, nanos[nanos.length * 99 / 100] / 1000);
  }

  private static long cpuNanos() {
    var system =
        (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    return system.getProcessCpuTime();
  }
}
