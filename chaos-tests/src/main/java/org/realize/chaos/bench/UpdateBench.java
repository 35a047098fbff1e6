package org.realize.chaos.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import org.realize.chaos.process.Launcher;

/**
 * A bench of what goes over the wire when a large file changes: a viewer with the whole old version
 * in its cache reads the new one through its mount; beside it, rsync sends the new one to a daemon
 * that has the old one. The {@link Relay} counts the viewer's bytes; rsync does not pass it and
 * counts its own.
 *
 * <p>The relay is as slow as a home network, because a peer that sends faster than {@link
 * org.realize.sync.transfer.DownloadLimits#deltaBytesPerSecond} is asked for blocks and not for
 * deltas: making a delta takes longer than to send the bytes that it saves.
 */
final class UpdateBench {

  private static final long LINK_BYTES_PER_SECOND = 20_000_000;
  private static final String FILE = "file";

  private UpdateBench() {}

  static List<Figure> run(Launcher launcher, Path base, long bytes, int runs)
      throws IOException, InterruptedException {
    Path work = Files.createDirectories(base.resolve("update"));
    Path shared = Files.createDirectories(work.resolve("shared"));
    Path file = shared.resolve(FILE);
    Path rsynced = Files.createDirectories(work.resolve("rsynced"));
    BenchMachine.makeFile(file, bytes, 7);
    Files.copy(file, rsynced.resolve(FILE));
    List<Double> ours = new ArrayList<>();
    List<Double> theirs = new ArrayList<>();
    try (Relay relay = Relay.open(LINK_BYTES_PER_SECOND);
        DaemonPair pair = DaemonPair.make(launcher, work, shared, relay);
        RsyncDaemon rsync = RsyncDaemon.start(work, rsynced)) {
      pair.source().start();
      pair.awaitScanned();
      pair.viewer().start();
      pair.awaitKnown(1);
      readWhole(pair, file);
      for (int run = 0; run < runs; run++) {
        Path edited = work.resolve("edited");
        Edits.make(file, edited, 11L + run);
        theirs.add(rsync.update(edited, FILE) / 1e6);
        long before = relay.bytes();
        Files.move(edited, file, StandardCopyOption.REPLACE_EXISTING);
        readWhole(pair, file);
        ours.add((relay.bytes() - before) / 1e6);
      }
    }
    return List.of(
        Figure.beside(
            "on the wire: update of " + (bytes >> 20) + " MiB, 1 % changed, link of 20 MB/s",
            BenchMachine.median(ours),
            "MB",
            "rsync",
            BenchMachine.median(theirs),
            "<= 1.05 x"));
  }

  /** Waits until the viewer shows the file as it is and reads all of it through the mount. */
  private static void readWhole(DaemonPair pair, Path file)
      throws IOException, InterruptedException {
    Path shown = pair.shown().resolve(FILE);
    long size = Files.size(file);
    BenchMachine.await("the new version", DaemonPair.LONG, () -> Files.size(shown) == size);
    if (Files.mismatch(shown, file) >= 0) {
      throw new IOException("the viewer shows other bytes than the source has");
    }
  }
}
