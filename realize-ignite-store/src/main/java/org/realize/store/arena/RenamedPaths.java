package org.realize.store.arena;

import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.PathState;
import org.realize.sync.port.TreeRename;
import org.realize.sync.rules.LocalRules.Author;
import org.realize.sync.rules.RenameRules;
import org.realize.sync.rules.RenameRules.RenamedPath;

/**
 * The states of paths in directories that were renamed, as if each path had had its step. No two of
 * the renames touch each other, so at most one concerns a path. Confined to its thread.
 */
final class RenamedPaths {

  private final PathRows paths;
  private final Head head;
  private final List<PendingRename> renames;

  RenamedPaths(PathRows paths, Head head, List<PendingRename> renames) {
    this.paths = paths;
    this.head = head;
    this.renames = renames;
  }

  /** A path that has not had its step: its state by its old name, and its new name. */
  record PendingPath(PendingRename pending, PathState state, RelativePath to) {}

  /** The step that would change {@code path}, at either name; null for none. */
  @Nullable PendingPath waiting(RelativePath path) throws StorageFailed {
    for (PendingRename each : renames) {
      TreeRename rename = each.rename();
      if (rename.from().contains(path)) {
        return waitingFrom(each, path);
      }
      if (rename.to().contains(path)) {
        Optional<RelativePath> source = rename.former(path);
        return source.isPresent() ? waitingFrom(each, source.get()) : null;
      }
    }
    return null;
  }

  private @Nullable PendingPath waitingFrom(PendingRename pending, RelativePath source)
      throws StorageFailed {
    PathState state = paths.getBefore(source, head, pending.number());
    Optional<RelativePath> to = pending.rename().moved(source);
    return state == null || to.isEmpty() || !RenameRules.concerns(state)
        ? null
        : new PendingPath(pending, state, to.get());
  }

  @Nullable PathState get(RelativePath path) throws StorageFailed {
    PendingPath waiting = waiting(path);
    PathState state = paths.get(path, head);
    if (waiting == null) {
      return state;
    }
    PathState target = paths.get(waiting.to(), head);
    long seq = target == null ? 0 : target.announcedSeq();
    RenamedPath renamed = renamed(waiting, target, seq, waiting.state().announcedSeq());
    if (path.equals(waiting.to())) {
      return renamed.arrived() == null ? state : renamed.arrived();
    }
    return renamed.left();
  }

  /** The states that a step makes, at these places of the feed. */
  static RenamedPath renamed(
      PendingPath waiting, @Nullable PathState target, long arrivedSeq, long leftSeq) {
    TreeRename rename = waiting.pending().rename();
    return RenameRules.renamed(
        waiting.state(),
        waiting.to(),
        target,
        new Author(rename.store(), rename.counter(), arrivedSeq),
        new Author(rename.store(), rename.counter(), leftSeq));
  }

  SortedMap<String, PathState> children(RelativePath directory) throws StorageFailed {
    SortedMap<String, PathState> children = paths.children(directory, head);
    for (String name : children.keySet().toArray(String[]::new)) {
      put(children, directory.child(name));
    }
    for (PendingRename each : renames) {
      Optional<RelativePath> former =
          each.rename().to().contains(directory)
              ? each.rename().former(directory)
              : Optional.empty();
      if (former.isPresent()) {
        for (String name : paths.children(former.get(), head).keySet()) {
          put(children, directory.child(name));
        }
      }
      Optional<RelativePath> above = each.rename().to().parent();
      if (above.filter(directory::equals).isPresent()) {
        put(children, each.rename().to());
      }
    }
    return children;
  }

  private void put(SortedMap<String, PathState> children, RelativePath child) throws StorageFailed {
    PathState state = get(child);
    if (state != null) {
      children.put(child.name(), state);
    }
  }

  /** The name by which a path is known whose entry has this one. */
  RelativePath nameOf(RelativePath entry) throws StorageFailed {
    PendingPath waiting = renames.isEmpty() ? null : waiting(entry);
    return waiting == null ? entry : waiting.to();
  }

  /** The path by whose entry what is at {@code path} is known. */
  RelativePath entryOf(RelativePath path) throws StorageFailed {
    PendingPath waiting = renames.isEmpty() ? null : waiting(path);
    return waiting != null && path.equals(waiting.to()) ? waiting.state().path() : path;
  }

  /** The rename of a directory that {@code path} lay in; 0 for none. */
  long numberAt(RelativePath path) {
    for (PendingRename each : renames) {
      if (each.rename().from().contains(path)) {
        return each.number();
      }
    }
    return 0;
  }
}
