package org.realize.sync.index;

import java.util.Collection;
import java.util.Set;
import java.util.function.Consumer;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.real.RootIndex;

/**
 * The index of one root, as verification and pins use it.
 *
 * @param perishable the names that go to the trash with their directory
 * @param requests the receiver of paths to index soon, as {@link RealWatcher#request}
 */
public record RequestedIndex(
    Indexer indexer,
    IgnoredNames ignored,
    PerishableNames perishable,
    Consumer<RelativePath> requests)
    implements RootIndex {

  @Override
  public void check(RelativePath path) throws RealizeException {
    indexer.require(path);
  }

  @Override
  public Set<RelativePath> certain(Collection<RelativePath> paths) throws RealizeException {
    return indexer.certain(paths);
  }

  @Override
  public NameRule ignoring() {
    return ignored.look()::contains;
  }

  @Override
  public boolean ignores(RelativePath path) throws RealizeException {
    return ignored.contains(path);
  }

  @Override
  public boolean isPerishable(RelativePath path, boolean isDirectory) {
    return perishable.contains(path, isDirectory);
  }

  @Override
  public void request(RelativePath path) {
    requests.accept(path);
  }
}
