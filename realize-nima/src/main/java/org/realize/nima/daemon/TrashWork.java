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
import org.realize.sync.engine.TrashRestore.Restoration;
import org.realize.sync.engine.TrashRestore.RestoredFiles;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Invalid;
import org.realize.sync.model.RealizeException.NotFound;
import org.realize.sync.model.RelativePath;
import org.realize.sync.real.TrashedFiles;
import org.realize.sync.real.TrashedFiles.TrashedFile;

/** One command about files in the trash of any arenas. Used once, by one thread. */
final class TrashWork {

  /** A file to be restored or purged. */
  private record TrashedItem(ArenaName arena, Restoration file) {}

  private static final int PURGED_AT_ONCE = 500;

  private final TrashOrder order;
  private final WorkProgress progress;
  private final List<TrashedItem> items = new ArrayList<>();
  private final Map<ArenaName, TrashedFiles> trashes = new LinkedHashMap<>();
  private final Map<ArenaName, TrashRestore> restores = new LinkedHashMap<>();

  TrashWork(TrashOrder order, WorkProgress progress) {
    this.order = order;
    this.progress = progress;
  }

  /** Looks for the files of an arena that had {@code paths}, or names below them. */
  void find(ArenaName arena, TrashRestore restore, TrashedFiles trash, List<RelativePath> paths)
      throws RealizeException {
    trashes.put(arena, trash);
    restores.put(arena, restore);
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
        items.add(new TrashedItem(arena, new Restoration(file, name, isNamed)));
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

  /**
   * The files of the path itself, else those below it: to purge, all versions; to restore, the
   * latest.
   */
  private List<TrashedFile> chosen(TrashedFiles trash, RelativePath path) throws RealizeException {
    List<TrashedFile> files = new ArrayList<>(trash.list(path::contains));
    files.removeIf(file -> order.id() != null && order.id() != file.id());
    List<TrashedFile> named = TrashedFiles.named(files, path);
    if (order.action() != TrashAction.RESTORE) {
      return named;
    }
    Map<RelativePath, TrashedFile> latest = new LinkedHashMap<>();
    named.forEach(file -> latest.putIfAbsent(file.path(), file));
    return List.copyOf(latest.values());
  }

  /** Restores or purges what was found, and then does {@code more}. */
  void run(WorkProgress.StreamedWork more) throws RealizeException, InterruptedException {
    progress.run(() -> {
      switch (order.action()) {
        case RESTORE -> restore();
        case PURGE, PURGE_HOUSEHOLD -> purge();
      }
      more.run();
    });
  }

  /** A file below a directory that is restored comes only where nothing is. */
  private void restore() throws InterruptedException {
    for (Map.Entry<ArenaName, TrashRestore> restore : restores.entrySet()) {
      ArenaName arena = restore.getKey();
      restore.getValue().restore(files(items, arena), new ToldFiles(arena));
    }
  }

  private static List<Restoration> files(List<TrashedItem> items, ArenaName arena) {
    return items.stream()
        .filter(item -> item.arena().equals(arena))
        .map(TrashedItem::file)
        .toList();
  }

  /** What became of the files of an arena, told to whoever gave the order. */
  private final class ToldFiles implements RestoredFiles {
    private final ArenaName arena;

    private ToldFiles(ArenaName arena) {
      this.arena = arena;
    }

    @Override
    public void restored(Restoration file) throws InterruptedException {
      tell(CacheEventKind.RESTORED, arena, file, null);
    }

    @Override
    public void stays(Restoration file) throws InterruptedException {
      tell(CacheEventKind.STAYS, arena, file, "it is there; name it to replace it");
    }

    @Override
    public void same(Restoration file) throws InterruptedException {
      tell(CacheEventKind.SAME, arena, file, null);
    }

    @Override
    public void failed(Restoration file, RealizeException cause) throws InterruptedException {
      tell(CacheEventKind.FAILED, arena, file, cause.oneLine());
    }
  }

  private void tell(
      CacheEventKind kind, ArenaName arena, Restoration file, @Nullable String message)
      throws InterruptedException {
    ArenaPath path = new ArenaPath(arena, file.target());
    progress.worked(kind, path, file.from().stat().sizeBytes(), message);
  }

  private void purge() throws RealizeException, InterruptedException {
    for (int at = 0; at < items.size(); at += PURGED_AT_ONCE) {
      List<TrashedItem> part = items.subList(at, Math.min(items.size(), at + PURGED_AT_ONCE));
      for (Map.Entry<ArenaName, TrashedFiles> trash : trashes.entrySet()) {
        List<Restoration> here = files(part, trash.getKey());
        Set<TrashedFile> purged =
            trash.getValue().purge(here.stream().map(Restoration::from).toList());
        for (Restoration file : here) {
          if (purged.contains(file.from())) {
            tell(CacheEventKind.PURGED, trash.getKey(), file, null);
          } else {
            tell(
                CacheEventKind.STAYS,
                trash.getKey(),
                file,
                "a program has it open, or has changed it");
          }
        }
      }
    }
  }
}
