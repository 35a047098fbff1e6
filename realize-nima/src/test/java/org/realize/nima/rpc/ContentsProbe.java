package org.realize.nima.rpc;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.realize.store.disk.LocalDisk;
import org.realize.store.disk.SystemTimeSource;
import org.realize.store.global.IgniteGlobalStore;
import org.realize.store.journal.Durability;
import org.realize.sync.arena.Arena;
import org.realize.sync.delta.TreeHasher;
import org.realize.sync.feed.FeedPages;
import org.realize.sync.model.Content;
import org.realize.sync.model.Mark;
import org.realize.sync.model.Metadata;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.Stamp;
import org.realize.sync.model.Version;
import org.realize.sync.model.VersionVector;
import org.realize.sync.pin.PinGrantor;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.PathState;
import org.realize.sync.port.PeerLink;
import org.realize.sync.port.RealVersion;
import org.realize.sync.port.Report;
import org.realize.sync.port.TimeSource;
import org.realize.sync.real.Real;
import org.realize.sync.real.RootCapabilities;
import org.realize.sync.real.RootIndex;
import org.realize.sync.service.HouseholdService;
import org.realize.sync.testing.ArenaRig;
import org.realize.sync.transfer.DownloadLimits;
import org.realize.sync.transfer.DownloadPool;
import org.realize.sync.transfer.Downloader;

/**
 * A measurement of 10,000 files of 4 KiB that one node fetches from another one in the same
 * process, over loopback: the CPU time of each side. Run it by hand, with an empty directory and
 * the number of rounds as its arguments.
 */
final class ContentsProbe {

  private static final int FILES = 10_000;
  private static final int DIRECTORY_FILES = 100;
  private static final int FILE_BYTES = 4096;
  private static final int BATCH = 500;

  private final Path directory;
  private final TimeSource time = new SystemTimeSource();
  private final List<PathState> states = new ArrayList<>();

  private ContentsProbe(Path directory) {
    this.directory = directory;
  }

  public static void main(String[] arguments) throws Exception {
    new ContentsProbe(Path.of(arguments[0])).run(Integer.parseInt(arguments[1]));
    System.exit(0);
  }

  private void run(int rounds) throws Exception {
    IgniteGlobalStore.GlobalStoreSettings settings =
        new IgniteGlobalStore.GlobalStoreSettings(Durability.OS, 128L << 20, 16L << 20);
    try (IgniteGlobalStore global =
        IgniteGlobalStore.open(directory.resolve("state"), settings, new SecureRandom(), _ -> {})) {
      ArenaStore store = global.arena(TestNode.ARENA);
      LocalDisk disk = new LocalDisk(Files.createDirectories(directory.resolve("root")));
      fill(store, disk, global);
      Real real = new Real(disk, RootCapabilities.FULL, store, time);
      HouseholdService service = new HouseholdService();
      service.serve(
          new Arena(store, new ArenaRig().blobs, Mark.OWN, time, real),
          new FeedPages(store, Mark.OWN, time),
          new PinGrantor(disk, RootIndex.NONE, store, global, Mark.OWN, time));
      SystemTimeSource wall = new SystemTimeSource();
      TestNode server = new TestNode("server", Limits.DEFAULT, service, wall, "127.0.0.1:0");
      TestNode client = new TestNode("client", Limits.DEFAULT);
      server.knows(client).start();
      client.knows(server, "127.0.0.1:" + server.port()).start();
      Optional<PeerLink> link = client.link(server);
      while (link.isEmpty()) {
        Thread.sleep(20);
        link = client.link(server);
      }
      fetch(link.get(), rounds);
      client.close();
      server.close();
    }
  }

  private void fill(ArenaStore store, LocalDisk disk, IgniteGlobalStore global) throws Exception {
    Random random = new Random(1);
    Stamp stamp = new Stamp(1, global.identity().store());
    for (int i = 0; i < FILES; i++) {
      byte[] bytes = new byte[FILE_BYTES];
      random.nextBytes(bytes);
      RelativePath path =
          RelativePath.of("photos/d%02d/f%04d".formatted(i / DIRECTORY_FILES, i % DIRECTORY_FILES));
      Path file = disk.root().resolve(path.toString());
      Files.createDirectories(file.getParent());
      Files.write(file, bytes);
      FileStat stat = disk.stat(path).orElseThrow();
      Version version =
          Version.of(
              new Content.File(TreeHasher.hash(bytes), FILE_BYTES),
              VersionVector.EMPTY.with(global.identity().store(), i + 1L));
      Metadata metadata = new Metadata(stat.mode(), stamp, stat.mtime(), stamp);
      RealVersion real = new RealVersion(version, stat, stat.ctimeNanos() + 10_000_000_000L);
      states.add(new PathState(path, version, metadata, real, 0, Map.of()));
    }
    store.writeEach(states, BATCH, (tx, state) -> tx.put(state));
  }

  private void fetch(PeerLink link, int rounds) throws Exception {
    ArenaRig rig = new ArenaRig();
    rig.links.add(link);
    Downloader downloader =
        new Downloader(
            new Arena(rig.store, rig.blobs, Mark.OWN, time, null),
            rig.peers,
            new DownloadPool(DownloadLimits.DEFAULT));
    List<Downloader.WantedContent> wanted = new ArrayList<>();
    for (PathState state : states) {
      Report report =
          new Report(1, state.metadata(), List.of(new Report.Reported(state.shown(), true)));
      wanted.add(
          new Downloader.WantedContent(
              new PathState(
                  state.path(),
                  state.shown(),
                  state.metadata(),
                  null,
                  0,
                  new HashMap<>(Map.of(link.identity().store(), report))),
              (Content.File) state.shown().content()));
    }
    for (int round = 1; round <= rounds; round++) {
      Map<String, Long> before = cpuNanos();
      long start = System.nanoTime();
      Counter counter = new Counter();
      for (int i = 0; i < FILES; i += BATCH) {
        downloader.fetch(wanted.subList(i, i + BATCH), counter);
      }
      long nanos = System.nanoTime() - start;
      Map<String, Long> after = cpuNanos();
      StringBuilder line = new StringBuilder();
      after.forEach((group, value) -> {
        long micros = (value - before.getOrDefault(group, 0L)) / 1000;
        if (micros > 1000) {
          line.append("  %s %.1f".formatted(group, micros / (double) FILES));
        }
      });
      System.out.printf(
          "round %d: %d files, %d failed, %d ms; us of CPU a file:%s%n",
          round, counter.arrived, counter.failed, nanos / 1_000_000, line);
    }
  }

  private static final class Counter implements PeerLink.ContentSink {
    private int arrived;
    private int failed;

    @Override
    public void arrived(int index, ByteBuffer bytes) {
      arrived++;
    }

    @Override
    public void failed(int index, RealizeException cause) {
      failed++;
    }
  }

  /** The CPU time of this process so far, by side; virtual threads answer calls. */
  private static Map<String, Long> cpuNanos() throws IOException {
    Map<String, Long> groups = new TreeMap<>();
    try (DirectoryStream<Path> tasks = Files.newDirectoryStream(Path.of("/proc/self/task"))) {
      for (Path task : tasks) {
        String name = Files.readString(task.resolve("comm")).trim();
        String nanos = Files.readString(task.resolve("schedstat")).split(" ", 2)[0];
        groups.merge(group(name), Long.parseLong(nanos), Long::sum);
      }
    }
    return groups;
  }

  private static String group(String thread) {
    if (thread.startsWith("ForkJoinPool")) {
      return "server-answer";
    }
    if (thread.startsWith("rpc-")) {
      // of the session with the other side
      return (thread.contains("cli") ? "server-" : "client-") + thread.substring(4, 8);
    }
    if (thread.startsWith("C1") || thread.startsWith("C2")) {
      return "compiler";
    }
    return thread.equals("java") ? "client-caller" : "other";
  }
}
