package org.realize.sync.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.realize.sync.feed.FeedReceiver;
import org.realize.sync.model.Mark;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.Disk;
import org.realize.sync.port.FeedPage;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.PeerDirectory;
import org.realize.sync.port.PeerLink;
import org.realize.sync.testing.ManualTime;
import org.realize.sync.testing.MemoryDisk;
import org.realize.sync.testing.RootedPeer;
import org.realize.sync.testing.UserFiles;
import org.realize.sync.transfer.DownloadLimits;
import org.realize.sync.transfer.DownloadPool;
import org.realize.sync.transfer.Downloader;

/**
 * Peers with a root each, whose scans, feeds and jobs advance step by step in virtual time. {@link
 * #settle} runs them until no peer has anything to do.
 */
final class SyncRig implements AutoCloseable {

  private static final RelativePath TRASH = RelativePath.of(".realize/trash");
  private static final int MOST_ROUNDS = 100;

  final ManualTime time = new ManualTime();
  private final List<Peer> peers = new ArrayList<>();

  /** One peer with its jobs. */
  final class Peer {
    final RootedPeer rooted;
    final MemoryDisk disk;
    final UserFiles files;
    final Mark mark;
    FeedReceiver receiver;
    private Downloader downloader;
    private @Nullable Engine engine;
    SyncWork work;

    /** True while its jobs may fetch of no peer. */
    boolean isAlone;

    /** Files that are to be given up are waited for, so many at a time. */
    static final int QUIET_FILES = 3;

    /** What files of a private root may take. */
    long limitBytes = Long.MAX_VALUE;

    /** The end of a scheduled pause. */
    Optional<Long> scheduled = Optional.empty();

    Peer(String name, Mark mark, int copies, boolean isPrivate) throws RealizeException {
      this.mark = mark;
      disk = new MemoryDisk(time);
      files = disk.user();
      rooted =
          new RootedPeer(
              name, time, disk, new RootedPeer.Setup(mark, List.of("*.tmp"), copies, isPrivate));
      open();
    }

    private void open() throws RealizeException {
      receiver = new FeedReceiver(rooted.store(), mark, time, true, Set::of);
      PeerDirectory ofJobs = () -> isAlone ? List.of() : rooted.directory().links();
      downloader =
          new Downloader(
              rooted.arena(), rooted.directory(), ofJobs, new DownloadPool(DownloadLimits.DEFAULT));
      work =
          new SyncWork(
              rooted.arena(),
              rooted.index(),
              ofJobs,
              downloader,
              now -> scheduled.filter(end -> end > now),
              () -> {
                if (engine != null) {
                  engine.wake();
                }
              });
      List<Job> jobs =
          List.of(
              new SyncJob(work, () -> true),
              new LargeFiles(work),
              new LostSides(rooted.arena(), rooted.index(), () -> true, _ -> {}),
              new Unrealizing(work, rooted.gate(), excess(), QUIET_FILES));
      engine = new Engine(RootedPeer.ARENA, jobs, time);
    }

    private Unrealizing.FileExcess excess() {
      return Objects.requireNonNull(rooted.arena().root()).isPrivate()
          ? () -> Math.max(0, rooted.store().read(ArenaReader::totals).realBytes() - limitBytes)
          : Unrealizing.FileExcess.ALL;
    }

    /** The process ends, and another one begins. */
    void restart() throws RealizeException {
      downloader.close();
      rooted.restart();
      open();
    }

    /** Takes in what connected peers have to say; false if that is nothing. */
    boolean pull() throws Exception {
      return pull(1_000);
    }

    /** As {@link #pull()}, at most so many entries of each peer. */
    boolean pull(int max) throws Exception {
      boolean isNews = false;
      for (PeerLink link : rooted.directory().links()) {
        var store = link.identity().store();
        FeedPage page = link.feed(RootedPeer.ARENA, receiver.progress(store), max, Duration.ZERO);
        receiver.apply(new FeedReceiver.PageSource(link.peer(), store, new UUID(1, 1)), page);
        isNews |= !page.entries().isEmpty();
      }
      return isNews;
    }

    /** Does what is due now; false if that is nothing. */
    boolean work() throws Exception {
      int steps = 0;
      while (steps < 1_000 && Objects.requireNonNull(engine).step().isZero()) {
        steps++;
      }
      return steps > 0;
    }

    void scan() throws Exception {
      rooted.scan();
    }

    long head() throws RealizeException {
      return rooted.store().read(ArenaReader::headSeq);
    }

    /** What is on the disk, own files left out: path to kind, mode, time and bytes. */
    Map<String, String> tree() throws Exception {
      Map<String, String> tree = new TreeMap<>();
      describe(RelativePath.ROOT, tree);
      return tree;
    }

    private void describe(RelativePath directory, Map<String, String> tree) throws Exception {
      for (Disk.Entry entry : disk.entries(directory).entries()) {
        RelativePath path = directory.child(entry.name());
        FileStat stat = entry.stat();
        if (path.toString().equals(".realize")) {
          continue;
        }
        String mode = Integer.toOctalString(stat.mode());
        switch (stat.kind()) {
          case DIRECTORY -> {
            tree.put(path.toString(), "directory " + mode);
            describe(path, tree);
          }
          case LINK -> tree.put(path.toString(), "link " + disk.readLink(path));
          default ->
              tree.put(
                  path.toString(),
                  "file %s %s %s".formatted(mode, stat.mtime(), content(path.toString())));
        }
      }
    }

    private String content(String path) throws Exception {
      byte[] bytes = files.read(path);
      return bytes.length <= 100
          ? new String(bytes, java.nio.charset.StandardCharsets.UTF_8)
          : bytes.length + " bytes, " + java.util.Arrays.hashCode(bytes);
    }

    void write(String path, String text) throws Exception {
      files.write(path, text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }

    void mark(String path, @Nullable Mark mark) throws RealizeException {
      rooted
          .store()
          .write(writer -> {
            writer.putMark(RelativePath.of(path), mark);
          });
    }

    /** Bytes that came from peers in this life. */
    long fetchedBytes() {
      return downloader.counters().snapshot().bytesFromPeers();
    }

    long inode(String path) throws Exception {
      return disk.stat(RelativePath.of(path)).orElseThrow().fileKey();
    }

    /** The contents of the files in the trash. */
    List<String> trash() throws Exception {
      List<String> contents = new ArrayList<>();
      trash(TRASH, contents);
      return contents;
    }

    private void trash(RelativePath directory, List<String> contents) throws Exception {
      if (disk.stat(directory).isEmpty()) {
        return;
      }
      for (Disk.Entry entry : disk.entries(directory).entries()) {
        RelativePath path = directory.child(entry.name());
        switch (entry.stat().kind()) {
          case DIRECTORY -> trash(path, contents);
          case FILE -> {
            if (!directory.equals(TRASH)) {
              contents.add(content(path.toString()));
            }
          }
          default -> contents.add(entry.stat().kind().toString());
        }
      }
    }

    /** What failed, by path. */
    Map<String, String> failures() throws RealizeException {
      Map<String, String> failures = new TreeMap<>();
      rooted
          .store()
          .read(reader -> reader.findings(100))
          .forEach(finding -> failures.put(finding.place(), finding.cause()));
      return failures;
    }
  }

  Peer peer(String name, Mark mark) throws RealizeException {
    return peer(name, mark, 1);
  }

  /**
   * As {@link #peer(String, Mark)}.
   *
   * @param copies peers that must have pinned a file before this one gives it up
   */
  Peer peer(String name, Mark mark, int copies) throws RealizeException {
    return add(new Peer(name, mark, copies, false));
  }

  /** A peer with a private root. */
  Peer privatePeer(String name, Mark mark) throws RealizeException {
    return add(new Peer(name, mark, 1, true));
  }

  private Peer add(Peer peer) throws RealizeException {
    for (Peer other : peers) {
      RootedPeer.connect(peer.rooted, other.rooted);
      peer.work.connected();
      other.work.connected();
    }
    peers.add(peer);
    return peer;
  }

  /** All scan, hear each other and work until no peer has anything to do. */
  void settle() throws Exception {
    int quiet = 0;
    for (int round = 0; quiet < 2; round++) { // what is left for last waits for a moment
      assertThat(round).as("rounds until all is quiet").isLessThan(MOST_ROUNDS);
      boolean isBusy = false;
      for (Peer peer : peers) {
        isBusy |= peer.rooted.scan().changes() > 0;
      }
      for (Peer peer : peers) {
        isBusy |= peer.pull();
        isBusy |= peer.work();
      }
      quiet = isBusy ? 0 : quiet + 1;
    }
  }

  @Override
  public void close() {
    peers.forEach(peer -> peer.downloader.close());
  }

  static PeerName name(String name) {
    return new PeerName(name);
  }
}
