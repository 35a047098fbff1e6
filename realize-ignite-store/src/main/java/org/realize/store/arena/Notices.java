package org.realize.store.arena;

import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.realize.sync.port.CommitListener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells listeners of commits in the order of the commits, each once it is visible, although their
 * writers wait side by side. Thread-safe; no lock is held while a listener runs.
 */
final class Notices {
  private static final Logger LOG = LoggerFactory.getLogger(Notices.class);

  private final List<CommitListener> listeners = new CopyOnWriteArrayList<>();

  /** Guarded by itself, as all fields below. */
  private final ArrayDeque<Notice> waiting = new ArrayDeque<>();

  private boolean telling;

  /** The changes of one commit. */
  static final class Notice {
    private final CommitListener.CommittedChanges changes;
    private boolean visible;

    private Notice(CommitListener.CommittedChanges changes) {
      this.changes = changes;
    }
  }

  void add(CommitListener listener) {
    listeners.add(listener);
  }

  /** Takes the commit's turn; to be called in the order of the commits. */
  Notice submitted(CommitListener.CommittedChanges changes) {
    Notice notice = new Notice(changes);
    synchronized (waiting) {
      waiting.add(notice);
    }
    return notice;
  }

  /** Tells of this commit and of those after it that waited for it, unless somebody just does. */
  void visible(Notice notice) {
    synchronized (waiting) {
      notice.visible = true;
      if (telling) {
        return;
      }
      telling = true;
    }
    for (Notice next = next(); next != null; next = next()) {
      for (CommitListener listener : listeners) {
        try {
          listener.committed(next.changes);
        } catch (RuntimeException e) {
          LOG.error("a listener of commits failed", e);
        }
      }
    }
  }

  private @Nullable Notice next() {
    synchronized (waiting) {
      Notice first = waiting.peek();
      if (first == null || !first.visible) {
        telling = false;
        return null;
      }
      return waiting.remove();
    }
  }
}
