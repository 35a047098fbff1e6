package org.realize.nima.daemon;

import org.realize.sync.index.Indexer;
import org.realize.sync.index.RealWatcher;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.real.RootIndex;
import org.realize.sync.view.RootRules;

/** The index of a root that is watched, as the mount asks and tells it. */
record WatchedRoot(Indexer indexer, RootIndex index, RealWatcher watcher) implements RootRules {

  @Override
  public boolean isDoubtful(RelativePath path) {
    return indexer.isDoubtful(path);
  }

  @Override
  public boolean ignores(RelativePath path) throws RealizeException {
    return index.ignores(path);
  }

  @Override
  public void opened(RelativePath path) {
    watcher.opened(path);
  }

  @Override
  public void changed(RelativePath path) {
    watcher.changed(path);
  }

  @Override
  public void removed(RelativePath path) {
    watcher.removed(path);
  }
}
