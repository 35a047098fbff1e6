package org.realize.store.disk;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.realize.store.global.IgniteGlobalStore;
import org.realize.store.journal.Durability;
import org.realize.sync.arena.Arena;
import org.realize.sync.delta.TreeShape;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.Content;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.Mark;
import org.realize.sync.model.Metadata;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.Stamp;
import org.realize.sync.model.Version;
import org.realize.sync.model.VersionVector;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.PathState;
import org.realize.sync.port.Report;
import org.realize.sync.real.Real;
import org.realize.sync.real.RootCapabilities;
import org.realize.sync.testing.MemoryBlobStore;
import org.realize.sync.testing.ScriptedPeer;
import org.realize.sync.transfer.DownloadLimits;
import org.realize.sync.transfer.DownloadPool;
import org.realize.sync.transfer.Downloader;

/**
 * A process that collects one large file from a peer of its own, says how many blocks it was sent,
 * and ends when the file is whole.
 */
final class CollectingProcess {

  static final RelativePath PATH = RelativePath.of("d/large");
  static final int BLOCKS = 600;
  static final int ZERO_BLOCKS = 200;

  private CollectingProcess() {}

  /** A peer that says how many blocks it sent before each of them can be written. */
  private static final class CountingPeer extends ScriptedPeer {
    private final PrintStream out;

    CountingPeer(PrintStream out) {
      super("nas");
      this.out = out;
    }

    @Override
    public void blocks(
        ContentRequest content, long firstBlock, int count, BlockSink sink, Duration deadline)
        throws RealizeException, InterruptedException {
      BlockSink counted =
          (index, bytes) -> {
            out.println("sent " + blocksSent());
            sink.block(index, bytes);
          };
      super.blocks(content, firstBlock, count, counted, deadline);
    }
  }

  /** Random bytes with zeros in the middle; the last block is short. */
  static byte[] bytes() {
    byte[] bytes = ScriptedPeer.bytes(1, BLOCKS * TreeShape.BLOCK_BYTES - 99);
    int start = 100 * TreeShape.BLOCK_BYTES;
    Arrays.fill(bytes, start, start + ZERO_BLOCKS * TreeShape.BLOCK_BYTES, (byte) 0);
    return bytes;
  }

  /** Argument: the directory. Prints {@code sent N}, in the end {@code whole N}. */
  public static void main(String[] arguments) throws Exception {
    Path directory = Path.of(arguments[0]);
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    CountingPeer nas = new CountingPeer(out);
    nas.speed(Duration.ofMillis(1), Duration.ofNanos(500_000));
    Content.File content = nas.serve(bytes());
    IgniteGlobalStore global =
        IgniteGlobalStore.open(
            directory.resolve("state"),
            new IgniteGlobalStore.GlobalStoreSettings(Durability.OS, 64L << 20, 4L << 20),
            RandomGenerator.of("L64X128MixRandom"),
            _ -> {});
    ArenaStore store = global.arena(new ArenaName("films"));
    SystemTimeSource time = new SystemTimeSource();
    LocalDisk disk = new LocalDisk(directory.resolve("root"));
    Real real = new Real(disk, RootCapabilities.FULL, store, time);
    Arena arena = new Arena(store, new MemoryBlobStore(1L << 30), Mark.OWN, time, real);
    Version version = Version.of(content, VersionVector.of(Map.of(nas.store(), 1L)));
    Stamp stamp = new Stamp(1, nas.store());
    Metadata metadata = new Metadata(0644, stamp, FileTime.EPOCH, stamp);
    Report report = new Report(1, metadata, List.of(new Report.Reported(version, true)));
    store.write(tx -> {
      tx.put(new PathState(PATH, version, metadata, null, 0, Map.of(nas.store(), report)));
    });
    DownloadPool pool = new DownloadPool(DownloadLimits.DEFAULT);
    try (Downloader downloader = new Downloader(arena, () -> List.of(nas), pool)) {
      downloader.collect(PATH, version, Set.of());
    }
    out.println("whole " + nas.blocksSent());
    Runtime.getRuntime().halt(0);
  }
}
