package org.realize.sync.feed;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.FeedEntry;
import org.realize.sync.port.FeedPage;
import org.realize.sync.port.Finding;
import org.realize.sync.port.TimeSource;

/**
 * The findings of paths of which this peer does not announce all that it knows. Thread-safe; the
 * lock is held while the store is written.
 */
final class UnsentVersions {

  private final ArenaStore store;
  private final TimeSource time;
  private final ReentrantLock lock = new ReentrantLock();

  /** Paths with a finding; null until they were read. Guarded by {@link #lock}. */
  private @Nullable Set<RelativePath> noted;

  UnsentVersions(ArenaStore store, TimeSource time) {
    this.store = store;
    this.time = time;
  }

  /**
   * Lists what is left out of a page, and takes off the list what no longer is.
   *
   * @param faults the cause of each path of which something is left out
   */
  void note(FeedPage page, Map<RelativePath, String> faults) throws RealizeException {
    lock.lock();
    try {
      Set<RelativePath> known = noted;
      if (known == null) {
        known = store.read(UnsentVersions::noted);
        noted = known;
      }
      Map<RelativePath, String> added = new HashMap<>(faults);
      added.keySet().removeAll(known);
      Set<RelativePath> removed = new HashSet<>();
      for (FeedEntry entry : page.entries()) {
        if (known.contains(entry.path()) && !faults.containsKey(entry.path())) {
          removed.add(entry.path());
        }
      }
      if (added.isEmpty() && removed.isEmpty()) {
        return;
      }
      store.write(writer -> {
        for (Map.Entry<RelativePath, String> fault : added.entrySet()) {
          writer.putFinding(key(fault.getKey()).toFinding(fault.getValue(), time.unixMillis()));
        }
        for (RelativePath path : removed) {
          writer.removeFinding(key(path));
        }
      });
      known.addAll(added.keySet());
      known.removeAll(removed);
    } finally {
      lock.unlock();
    }
  }

  private static Set<RelativePath> noted(ArenaReader reader) throws StorageFailed {
    Set<RelativePath> noted = new HashSet<>();
    for (Finding finding : reader.findings(Integer.MAX_VALUE)) {
      if (finding.kind() == Finding.FindingKind.FAILED
          && finding.source().equals(Finding.FindingSource.of(Finding.Part.FEED))) {
        noted.add(RelativePath.of(finding.subject()));
      }
    }
    return noted;
  }

  private static Finding.Key key(RelativePath path) {
    return Finding.Key.of(Finding.FindingKind.FAILED, Finding.Part.FEED, path);
  }
}
