package org.realize.sync.transfer;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.realize.sync.arena.Arena;
import org.realize.sync.content.CacheFill;
import org.realize.sync.content.ContentOpener;
import org.realize.sync.content.EarlierVersions;
import org.realize.sync.content.LocalContents;
import org.realize.sync.content.OpenFile;
import org.realize.sync.content.PartialFill;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.Version;
import org.realize.sync.port.ContentBatch;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.PathState;
import org.realize.sync.port.PeerDirectory;
import org.realize.sync.port.PeerLink;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The opener of one arena's contents that are elsewhere: bytes come from the blob, missing ones
 * from the peers that hold the content, verified, once for all readers. Thread-safe; calls to peers
 * run on the threads of the pool.
 */
public final class Downloader implements ContentOpener, AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Downloader.class);
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

  /** A fetch and how many readers share it. */
  private static final class SharedDownload {
    final ContentFetch fetch;
    int readers;

    SharedDownload(ContentFetch fetch) {
      this.fetch = fetch;
    }
  }

  private final FetchScope scope;

  /** As {@link #scope}, with the peers of which jobs may fetch. */
  private final FetchScope jobs;

  private final PartialFill.VerifiedParts parts = new PartialFill.VerifiedParts();

  /** Guarded by itself. */
  private final Map<ContentHash, SharedDownload> open = new HashMap<>();

  /** The fetches that no reader shares: into files of the root, and of some peers only. */
  private final Set<ContentFetch> collecting = ConcurrentHashMap.newKeySet();

  /** The downloads of {@code arena}, whose real files may serve blocks of later versions. */
  public Downloader(Arena arena, PeerDirectory peers, DownloadPool pool) {
    this(arena, peers, peers, pool);
  }

  /**
   * As {@link #Downloader(Arena, PeerDirectory, DownloadPool)}.
   *
   * @param ofJobs the peers, among {@code peers}, of which is fetched what no user waits for
   */
  public Downloader(Arena arena, PeerDirectory peers, PeerDirectory ofJobs, DownloadPool pool) {
    scope =
        new FetchScope(
            arena,
            peers,
            pool,
            new TransferCounters(),
            new BadSources(),
            new DownloadFindings(arena),
            new Running());
    jobs =
        new FetchScope(
            arena,
            ofJobs,
            pool,
            scope.counters(),
            scope.badSources(),
            scope.findings(),
            scope.running());
  }

  @Override
  public OpenFile open(RelativePath path, Content.File content) throws RealizeException {
    return reader(path, content);
  }

  /** What was read from where since this was made. */
  public TransferCounters counters() {
    return scope.counters();
  }

  private FetchReader reader(RelativePath path, Content.File content) throws RealizeException {
    SharedDownload shared;
    synchronized (open) {
      shared =
          open.computeIfAbsent(
              content.hash(), _ -> new SharedDownload(cached(scope, path, content)));
      shared.readers++;
    }
    FetchReader reader = new FetchReader(shared.fetch, () -> release(shared));
    try {
      shared.fetch.open();
    } catch (RealizeException | RuntimeException e) {
      reader.close();
      throw e;
    }
    return reader;
  }

  private static ContentFetch cached(FetchScope scope, RelativePath path, Content.File content) {
    return new ContentFetch(
        scope,
        path,
        content,
        new CacheFill(scope.arena(), path, content, scope.findings()),
        new EarlierVersions(new LocalContents(scope.arena()), path, content));
  }

  private void release(SharedDownload shared) {
    synchronized (open) {
      shared.readers--;
      if (shared.readers > 0) {
        return;
      }
      open.remove(shared.fetch.content.hash(), shared);
    }
    shared.fetch.close();
  }

  /**
   * Fetches all of {@code content} into its blob and commits it: returns when every byte is
   * durable. {@code DiskFull} or {@code StorageFailed} when it cannot be kept; else fails as a read
   * does, and may be called again.
   */
  public void download(RelativePath path, Content.File content)
      throws RealizeException, InterruptedException {
    try (FetchReader reader = reader(path, content)) {
      reader.fill();
    }
  }

  /**
   * As {@link #download}, for a job: from the peers of which jobs may fetch. Where these are all,
   * readers share the fetch.
   */
  public void keep(RelativePath path, Content.File content)
      throws RealizeException, InterruptedException {
    if (jobs.peers().links().size() == scope.peers().links().size()) {
      download(path, content);
      return;
    }
    ContentFetch fetch = cached(jobs, path, content);
    collecting.add(fetch);
    try (FetchReader reader = new FetchReader(fetch, fetch::close)) {
      fetch.open();
      reader.fill();
    } finally {
      collecting.remove(fetch);
    }
  }

  /**
   * Fetches all of a file's version into the {@link org.realize.sync.real.PartialFiles partial
   * file} of its path, without a blob, from the peers of which jobs may fetch: returns when every
   * byte was verified and is durable, with the stat that the file has then. What is here of it
   * already is taken, also from an earlier attempt. {@code DiskFull} or {@code StorageFailed} when
   * it cannot be written; else fails as a read does, and may be called again. For one thread at a
   * time of one path.
   *
   * @param here paths whose real files may have the content
   */
  public FileStat collect(RelativePath path, Version version, Set<RelativePath> here)
      throws RealizeException, InterruptedException {
    if (!(version.content() instanceof Content.File content)) {
      throw new IllegalArgumentException("collect '" + path + "', which is no file");
    }
    EarlierVersions earlier =
        new EarlierVersions(new LocalContents(scope.arena()), path, content, here);
    PartialFill file = PartialFill.open(scope.arena(), path, content, parts);
    ContentFetch fetch = new ContentFetch(jobs, path, content, file, earlier);
    collecting.add(fetch);
    try (FetchReader reader = new FetchReader(fetch, fetch::close)) {
      fetch.open();
      reader.fill();
      return file.whole();
    } finally {
      collecting.remove(fetch);
    }
  }

  /** Runs fetches on the threads of the pool, all at once, and waits for their end. */
  public void runAll(List<Runnable> fetches) throws InterruptedException {
    List<FutureTask<Void>> runs = new ArrayList<>();
    for (Runnable fetch : fetches) {
      FutureTask<Void> run = new FutureTask<>(fetch, null);
      runs.add(run);
      scope.pool().execute(run);
    }
    try {
      for (FutureTask<Void> run : runs) {
        run.get();
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw new IllegalStateException("fetch", e.getCause());
    } finally {
      runs.forEach(run -> run.cancel(true));
    }
  }

  /** The verified bytes that are here of the contents that are being fetched for a path. */
  public long fetchedBytes(RelativePath path) {
    List<ContentFetch> fetches = new ArrayList<>(collecting);
    synchronized (open) {
      open.values().forEach(shared -> fetches.add(shared.fetch));
    }
    return fetches.stream()
        .filter(fetch -> fetch.path.equals(path))
        .mapToLong(fetch -> fetch.kept.keptBytes())
        .sum();
  }

  /** A content that is to be fetched, one of those that the reports of a path have. */
  public record WantedContent(PathState state, Content.File content) {}

  /**
   * Fetches small contents from the peers of which jobs may fetch, each of at most {@link
   * ContentBatch#MAX_CONTENT_BYTES}, into memory only. Hands each to {@code sink} once, in no
   * order: its verified bytes, or a failure with the cause of every source, {@code Unreachable}
   * unless all have given wrong bytes. What came before an interrupt stands.
   */
  public void fetch(List<WantedContent> wanted, PeerLink.ContentSink sink)
      throws InterruptedException {
    new BatchFetch(jobs, wanted, sink).run();
  }

  /**
   * Cancels everything on its way and waits, a few seconds at most, until nothing writes to the
   * blobs any more. Readers that wait fail.
   */
  @Override
  public void close() {
    List<SharedDownload> left;
    synchronized (open) {
      left = new ArrayList<>(open.values());
      open.clear();
    }
    left.forEach(shared -> shared.fetch.close());
    collecting.forEach(ContentFetch::close);
    try {
      if (!scope.running().awaitNone(CLOSE_TIMEOUT)) {
        LOG.warn("downloads of {} did not end within {}", scope.arena().name(), CLOSE_TIMEOUT);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
