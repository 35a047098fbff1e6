package org.realize.nima.daemon;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.realize.nima.control.ArenaPath;
import org.realize.nima.control.CacheEvent.CacheEventKind;
import org.realize.nima.control.TrashOrder;
import org.realize.nima.control.TrashOrder.TrashAction;
import org.realize.sync.engine.TrashRestore;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Invalid;
import org.realize.sync.model.RealizeException.NotFound;
import org.realize.sync.model.RelativePath;
import org.realize.sync.real.TrashedFiles;
import org.realize.sync.real.TrashedFiles.TrashedFile;

/** One command about files in the trash of any arenas. Used once, by one thread. */
final class TrashWork {

  /**
   * A file to be restored or purged.
   *
   * @param target the name that it gets
   * @param isNamed true if it is restored over what is there
   */
  private record TrashedItem(
      ArenaName arena,
      TrashRestore restore,
      TrashedFile file,
      RelativePath target,
      boolean isNamed) {}

  private static final int PURGED_AT_ONCE = 500;

  private final TrashOrder order;
  private final WorkProgress progress;
  private final List<TrashedItem> items = new ArrayList<>();
  private final Map<ArenaName, TrashedFiles> trashes = new LinkedHashMap<>();

  TrashWork(TrashOrder order, WorkProgress progress) {
    this.order = order;
    this.progress = progress;
  }

  /** Looks for the files of an arena that had {@code paths}, or names below them. */
  void find(ArenaName arena, TrashRestore restore, TrashedFiles trash, List<RelativePath> paths)
      throws RealizeException {
    trashes.put(arena, trash);
    ArenaPath target = order.target();
    if (target != null && (order.paths().size() != 1 || !target.arena().equals(arena))) {
      throw new Invalid(
          "%s to '%s': only one path can get another name, in the same arena"
              .formatted(word(), target));
    }
    for (RelativePath path : paths) {
      List<TrashedFile> files = chosen(trash, path);
      if (files.isEmpty() && order.action() != TrashAction.PURGE_HOUSEHOLD) {
        throw new NotFound(
            "%s '%s': nothing of it is in the trash%s"
                .formatted(
                    word(),
                    new ArenaPath(arena, path),
                    order.id() == null ? "" : " under the id " + order.id()));
      }
      for (TrashedFile file : files) {
        RelativePath name = target == null ? file.path() : moved(file.path(), path, target.path());
        boolean isNamed = file.path().equals(path);
        items.add(new TrashedItem(arena, restore, file, name, isNamed));
        progress.expect(1, file.stat().sizeBytes());
      }
    }
  }

  private String word() {
    return order.action() == TrashAction.RESTORE ? "restore" : "purge";
  }

  private static RelativePath moved(RelativePath path, RelativePath top, RelativePath target) {
    int start = top.isRoot() ? 0 : Math.min(top.toString().length() + 1, path.toString().length());
    String inside = path.toString().substring(start);
    return inside.isEmpty() ? target : RelativePath.of(target + "/" + inside);
  }

  /** To purge, all versions; to restore, the latest of the path itself, else of those below it. */
  private List<TrashedFile> chosen(TrashedFiles trash, RelativePath path) throws RealizeException {
    List<TrashedFile> files = new ArrayList<>(trash.list(path::contains));
    files.removeIf(file -> order.id() != null && order.id() != file.id());
    if (order.action() != TrashAction.RESTORE) {
      return files;
    }
    if (files.stream().anyMatch(file -> file.path().equals(path))) {
      files.removeIf(file -> !file.path().equals(path));
    }
    Map<RelativePath, TrashedFile> latest = new LinkedHashMap<>();
    files.forEach(file -> latest.putIfAbsent(file.path(), file));
    return List.copyOf(latest.values());
  }

  /** Restores or purges what was found, and then does {@code more}. */
  void run(WorkProgress.StreamedWork more) throws RealizeException, InterruptedException {
    progress.run(() -> {
      switch (order.action()) {
        case RESTORE -> {
          for (TrashedItem item : items) {
            restore(item);
          }
        }
        case PURGE, PURGE_HOUSEHOLD -> purge();
      }
      more.run();
    });
  }

  /** A file below a directory that is restored comes only where nothing is. */
  private void restore(TrashedItem item) throws InterruptedException {
    try {
      if (item.restore().restore(item.file(), item.target(), item.isNamed())) {
        tell(CacheEventKind.RESTORED, item, null);
      } else {
        tell(CacheEventKind.STAYS, item, "it is there; name it to replace it");
      }
    } catch (RealizeException e) {
      tell(CacheEventKind.FAILED, item, e.oneLine());
    }
  }

  private void tell(CacheEventKind kind, TrashedItem item, @Nullable String message)
      throws InterruptedException {
    ArenaPath path = new ArenaPath(item.arena(), item.target());
    progress.worked(kind, path, item.file().stat().sizeBytes(), message);
  }

  private void purge() throws RealizeException, InterruptedException {
    for (int at = 0; at < items.size(); at += PURGED_AT_ONCE) {
      List<TrashedItem> part = items.subList(at, Math.min(items.size(), at + PURGED_AT_ONCE));
      for (Map.Entry<ArenaName, TrashedFiles> trash : trashes.entrySet()) {
        List<TrashedItem> here =
            part.stream().filter(item -> item.arena().equals(trash.getKey())).toList();
        Set<TrashedFile> purged =
            trash.getValue().purge(here.stream().map(TrashedItem::file).toList());
        for (TrashedItem item : here) {
          if (purged.contains(item.file())) {
            tell(CacheEventKind.PURGED, item, null);
          } else {
            tell(CacheEventKind.STAYS, item, "a program has it open, or has changed it");
          }
        }
      }
    }
  }
}
