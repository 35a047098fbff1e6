package org.realize.sync.transfer;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.realize.sync.arena.Arena;
import org.realize.sync.content.ContentOpener;
import org.realize.sync.content.OpenFile;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.ContentBatch;
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

  /** Guarded by itself. */
  private final Map<ContentHash, SharedDownload> open = new HashMap<>();

  /** The downloads of {@code arena}, whose real files may serve blocks of later versions. */
  public Downloader(Arena arena, PeerDirectory peers, DownloadPool pool) {
    scope =
        new FetchScope(
            arena,
            peers,
            pool,
            new TransferCounters(),
            new SetAside(),
            new DownloadFindings(arena),
            new Running());
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
              content.hash(), hash -> new SharedDownload(new ContentFetch(scope, path, content)));
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
   * Fetches all of {@code content} into its blob and claims it: returns when every byte is durable.
   * {@code DiskFull} or {@code StorageFailed} when it cannot be kept; else fails as a read does,
   * and may be called again.
   */
  public void download(RelativePath path, Content.File content)
      throws RealizeException, InterruptedException {
    try (FetchReader reader = reader(path, content)) {
      reader.fill();
    }
  }

  /** A content that is to be fetched, one of those that the reports of a path have. */
  public record Wanted(PathState state, Content.File content) {}

  /**
   * Fetches small contents, each of at most {@link ContentBatch#MAX_CONTENT_BYTES}, into memory
   * only. Hands each to {@code sink} once, in no order: its verified bytes, or {@code Unreachable}
   * with the cause of every source. What came before an interrupt stands.
   */
  public void fetch(List<Wanted> wanted, PeerLink.ContentSink sink) throws InterruptedException {
    new BatchFetch(scope, wanted, sink).run();
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
    try {
      if (!scope.running().awaitNone(CLOSE_TIMEOUT)) {
        LOG.warn("downloads of {} did not end within {}", scope.arena().name(), CLOSE_TIMEOUT);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
