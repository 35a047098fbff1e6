package org.realize.nima.daemon;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.realize.nima.control.ArenaPath;
import org.realize.nima.control.CacheEvent.CacheEventKind;
import org.realize.nima.control.CacheOrder;
import org.realize.sync.engine.FilesJob;
import org.realize.sync.engine.FilesJob.FilesOutcome;
import org.realize.sync.engine.FilesJob.ShownFile;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.NotFound;
import org.realize.sync.model.RelativePath;

/**
 * One command about files of any arenas: its jobs are stepped to the end, and every result is
 * emitted as an event, with the totals twice a second. Used once, by one thread.
 */
final class CachedFiles {

  /** The jobs on the files of one arena. */
  @FunctionalInterface
  interface Jobs {
    /** A job on the files at and below {@code top}, as {@link FilesJob} lists them. */
    FilesJob job(FilesJob.Task task, RelativePath top, FilesJob.FilesListener listener)
        throws RealizeException;
  }

  private final CacheOrder order;
  private final Map<ArenaName, Jobs> arenas;
  private final WorkProgress progress;
  private final List<FilesJob> jobs = new ArrayList<>();

  CachedFiles(CacheOrder order, Map<ArenaName, Jobs> arenas, WorkProgress progress) {
    this.order = order;
    this.arenas = arenas;
    this.progress = progress;
  }

  /** Works on all files; nothing is done if one of the paths is not there. */
  void run() throws RealizeException, InterruptedException {
    progress.run(() -> {
      for (ArenaPath path : order.paths()) {
        resolve(path);
      }
      if (order.paths().isEmpty()) {
        for (ArenaName arena : arenas.keySet()) {
          add(arena, RelativePath.ROOT);
        }
      }
      for (FilesJob job : jobs) {
        while (job.step().isPresent()) {}
      }
    });
  }

  private void worked(ArenaName arena, ShownFile file, FilesOutcome outcome, String message)
      throws InterruptedException {
    CacheEventKind kind =
        switch (outcome) {
          case FETCHED -> CacheEventKind.FETCHED;
          case WAS_HERE -> CacheEventKind.WAS_HERE;
          case EVICTED -> CacheEventKind.EVICTED;
          case WAS_NOT_HERE -> CacheEventKind.WAS_NOT_HERE;
          case STAYS -> CacheEventKind.STAYS;
          case SOUND -> CacheEventKind.SOUND;
          case DAMAGED -> CacheEventKind.DAMAGED;
          case CHANGED -> CacheEventKind.CHANGED;
          case FAILED -> CacheEventKind.FAILED;
        };
    progress.worked(
        kind,
        new ArenaPath(arena, file.path()),
        file.content().sizeBytes(),
        message.isEmpty() ? null : message);
  }

  private void add(ArenaName arena, RelativePath top) throws RealizeException {
    FilesJob job =
        Objects.requireNonNull(arenas.get(arena))
            .job(
                order.task(),
                top,
                (file, outcome, message) -> worked(arena, file, outcome, message));
    jobs.add(job);
    List<ShownFile> listed = job.left();
    progress.expect(
        listed.size(), listed.stream().mapToLong(file -> file.content().sizeBytes()).sum());
  }

  private void resolve(ArenaPath path) throws RealizeException {
    String action = order.task().name().toLowerCase(Locale.ROOT);
    if (!arenas.containsKey(path.arena())) {
      throw new NotFound("%s '%s': no arena is there".formatted(action, path));
    }
    try {
      add(path.arena(), path.path());
    } catch (NotFound e) {
      NotFound named = new NotFound("%s '%s': not found".formatted(action, path));
      named.addSuppressed(e);
      throw named;
    }
  }
}
