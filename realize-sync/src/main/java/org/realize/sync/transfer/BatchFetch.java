package org.realize.sync.transfer;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.realize.sync.delta.TreeHasher;
import org.realize.sync.delta.TreeShape;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Corrupt;
import org.realize.sync.model.RealizeException.TimedOut;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.ContentBatch;
import org.realize.sync.port.PeerLink;
import org.realize.sync.port.PeerLink.ContentRequest;
import org.realize.sync.port.PeerLink.ContentSink;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Small contents on their way here, each whole and in memory: asked in batches of the peers that
 * would deliver them first, what did not come of the next ones, until each content was verified or
 * all its sources have failed. Used by one thread.
 */
final class BatchFetch {

  private static final Logger LOG = LoggerFactory.getLogger(BatchFetch.class);

  private final FetchScope scope;
  private final List<ContentRequest> requests;
  private final ContentSink sink;
  private final TreeHasher hasher = new TreeHasher(TreeHasher.NO_NODES);

  /** The search of each for its sources. */
  private final List<Sources.Search> searches = new ArrayList<>();

  private final Set<Integer> missing = new TreeSet<>();

  BatchFetch(FetchScope scope, List<Downloader.WantedContent> wanted, ContentSink sink) {
    this.scope = scope;
    this.sink = sink;
    this.requests = new ArrayList<>();
    for (Downloader.WantedContent one : wanted) {
      RelativePath path = one.state().path();
      Content.File content = one.content();
      missing.add(requests.size());
      searches.add(new Sources(scope, path, content).among(one.state()));
      requests.add(
          new ContentRequest(scope.arena().name(), content.hash(), content.sizeBytes(), path));
    }
  }

  void run() throws InterruptedException {
    for (int i = 0; i < requests.size(); i++) {
      ByteBuffer nothing = ByteBuffer.allocate(0);
      if (requests.get(i).sizeBytes() == 0 && isRight(i, nothing)) {
        missing.remove(i);
        sink.arrived(i, nothing);
      }
    }
    while (!missing.isEmpty()) {
      for (Map.Entry<PeerLink, List<Integer>> asked : bySource().entrySet()) {
        ask(asked.getKey(), asked.getValue());
      }
    }
  }

  /** What is missing, by the best source of each; what has none left fails. */
  private Map<PeerLink, List<Integer>> bySource() {
    Map<PeerLink, List<Integer>> chosen = new LinkedHashMap<>();
    missing.removeIf(index -> {
      try {
        PeerLink link = searches.get(index).next(requests.get(index).sizeBytes());
        chosen.computeIfAbsent(link, _ -> new ArrayList<>()).add(index);
        return false;
      } catch (RealizeException e) {
        sink.failed(index, e);
        return true;
      }
    });
    return chosen;
  }

  /** Asks {@code link} for portions of what it has, until all of them came or one call failed. */
  private void ask(PeerLink link, List<Integer> indexes) throws InterruptedException {
    PeerSpeed speed = scope.pool().speed(link.identity().store());
    Portion portion = new Portion(link, speed);
    for (int index : indexes) {
      if (!portion.hasRoomFor(index)) {
        if (!portion.fetch()) {
          return;
        }
        portion = new Portion(link, speed);
      }
      portion.add(index);
    }
    portion.fetch();
  }

  private boolean isRight(int index, ByteBuffer bytes) {
    hasher.update(bytes.duplicate());
    ContentHash hash = hasher.finish();
    return hash.equals(requests.get(index).hash());
  }

  /** The contents of one call to a peer. */
  private final class Portion implements ContentSink {
    private final PeerLink link;
    private final PeerSpeed speed;
    private final long mostBytes;
    private final List<Integer> indexes = new ArrayList<>();
    private long missingBytes;

    /** Contents that came or failed: those in front. */
    private int answered;

    Portion(PeerLink link, PeerSpeed speed) {
      this.link = link;
      this.speed = speed;
      this.mostBytes = Math.min(ContentBatch.MAX_BYTES, speed.portionBytes());
    }

    boolean hasRoomFor(int index) {
      return indexes.isEmpty()
          || (indexes.size() < ContentBatch.MAX_CONTENTS
              && missingBytes + requests.get(index).sizeBytes() <= mostBytes);
    }

    void add(int index) {
      indexes.add(index);
      missingBytes += requests.get(index).sizeBytes();
    }

    /**
     * True unless the call failed: what did not come is then asked of another source, or of this
     * one if it is merely slow.
     */
    boolean fetch() throws InterruptedException {
      ContentBatch batch = new ContentBatch(indexes.stream().map(requests::get).toList());
      Duration deadline = scope.deadline(speed, missingBytes);
      speed.asked(missingBytes, scope.now());
      try {
        if (link.batches()) {
          link.contents(batch, this, deadline);
        } else {
          fetchBlocks(batch, deadline);
        }
        return true;
      } catch (RealizeException e) {
        LOG.debug("fetch {} contents from {}: {}", indexes.size(), link.peer(), e.oneLine());
        if (answered == 0 || !(e instanceof TimedOut)) {
          for (int index : indexes.subList(answered, indexes.size())) {
            searches.get(index).failed(link, e);
          }
        }
        return false;
      } finally {
        if (missingBytes > 0) {
          speed.gaveUp(missingBytes, scope.now());
        }
      }
    }

    /** One content after another, from a peer that sends no batches. */
    private void fetchBlocks(ContentBatch batch, Duration deadline)
        throws RealizeException, InterruptedException {
      for (int i = 0; i < batch.contents().size(); i++) {
        ContentRequest content = batch.contents().get(i);
        ByteBuffer bytes = ByteBuffer.allocate((int) content.sizeBytes());
        int count = Math.ceilDiv(bytes.capacity(), TreeShape.BLOCK_BYTES);
        try {
          link.blocks(content, 0, count, (_, block) -> bytes.put(block), deadline);
        } catch (RealizeException.NotFound
            | RealizeException.VersionGone
            | RealizeException.StorageFailed e) {
          failed(i, e);
          continue;
        }
        arrived(i, bytes.flip());
      }
    }

    @Override
    public void arrived(int at, ByteBuffer bytes) {
      int index = indexes.get(at);
      missingBytes -= requests.get(index).sizeBytes();
      speed.received(requests.get(index).sizeBytes(), scope.now());
      answered = at + 1;
      ContentRequest content = requests.get(index);
      if (!isRight(index, bytes)) {
        Corrupt cause =
            new Corrupt(
                "'%s' from %s does not match its hash".formatted(content.hint(), link.peer()));
        scope.bad(content, link, cause);
        searches.get(index).failed(link, cause);
        return;
      }
      missing.remove(index);
      scope.counters().fromPeer(link.peer(), bytes.remaining());
      scope.good(content, link);
      sink.arrived(index, bytes);
    }

    @Override
    public void failed(int at, RealizeException cause) {
      int index = indexes.get(at);
      long bytes = requests.get(index).sizeBytes();
      missingBytes -= bytes;
      speed.gaveUp(bytes, scope.now());
      answered = at + 1;
      searches.get(index).failed(link, cause);
    }
  }
}
