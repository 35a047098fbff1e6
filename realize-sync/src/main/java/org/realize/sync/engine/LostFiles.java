package org.realize.sync.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.realize.sync.arena.Arena;
import org.realize.sync.model.Content;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.NotFound;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.ArenaWriter;
import org.realize.sync.port.BlobRow;
import org.realize.sync.port.GlobalStore;
import org.realize.sync.port.PathState;
import org.realize.sync.rules.Availability;
import org.realize.sync.rules.Judgement;
import org.realize.sync.rules.LocalRules;
import org.realize.sync.rules.LocalRules.Author;

/**
 * The files of one arena that are shown though nobody is known to have their bytes, as after a
 * removal that was rejected. Bytes that turn up later, on a disk that comes back, are shown again:
 * what its user did not remove is concurrent with the deletion. Thread-safe.
 */
public final class LostFiles {

  private static final int PAGE = 5_000;
  private static final int PATHS_A_COMMIT = 500;

  private final Arena arena;
  private final GlobalStore global;

  /**
   * The lost files of {@code arena}.
   *
   * @param global the store that signs their deletion
   */
  public LostFiles(Arena arena, GlobalStore global) {
    this.arena = arena;
    this.global = global;
  }

  /**
   * Deletes the names of those at and below {@code top}, on all peers; nothing that has bytes
   * anywhere is touched.
   *
   * @return their states before, in path order
   * @throws NotFound if there are none
   */
  public List<PathState> remove(RelativePath top) throws RealizeException {
    List<RelativePath> lost = find(top);
    if (lost.isEmpty()) {
      throw new NotFound(
          "use 'deleted' of '%s': every file there has a copy; remove the file itself"
              .formatted(top));
    }
    long counter = global.nextCounter(arena.time().unixMillis());
    List<PathState> removed = new ArrayList<>();
    for (int start = 0; start < lost.size(); start += PATHS_A_COMMIT) {
      List<RelativePath> part = lost.subList(start, Math.min(lost.size(), start + PATHS_A_COMMIT));
      removed.addAll(arena.store().write((ArenaWriter writer) -> remove(writer, part, counter)));
    }
    return removed;
  }

  private List<PathState> remove(ArenaWriter writer, List<RelativePath> paths, long counter)
      throws RealizeException {
    List<PathState> removed = new ArrayList<>();
    for (RelativePath path : paths) {
      Optional<PathState> state = writer.path(path);
      if (isLost(writer, state)) {
        Author author = new Author(global.identity().store(), counter, writer.nextSeq());
        writer.put(LocalRules.resolved(state.orElseThrow(), new Content.Absent(), author));
        removed.add(state.orElseThrow());
      }
    }
    return removed;
  }

  /**
   * The lost files of a part of an arena.
   *
   * @param next the path after which others may be
   */
  private record LostPage(List<RelativePath> lost, Optional<RelativePath> next) {}

  private List<RelativePath> find(RelativePath top) throws RealizeException {
    List<RelativePath> lost = new ArrayList<>();
    if (arena.store().<Boolean>read(reader -> isLost(reader, reader.path(top)))) {
      lost.add(top);
    }
    for (Optional<RelativePath> next = Optional.of(top); next.isPresent(); ) {
      RelativePath after = next.get();
      LostPage page = arena.store().read(reader -> page(reader, top, after));
      lost.addAll(page.lost());
      next = page.next();
    }
    return lost;
  }

  private static LostPage page(ArenaReader reader, RelativePath top, RelativePath after)
      throws StorageFailed {
    List<PathState> states = reader.paths(after, PAGE);
    List<RelativePath> lost = new ArrayList<>();
    for (PathState state : states) {
      if (top.contains(state.path()) && isLost(reader, Optional.of(state))) {
        lost.add(state.path());
      }
    }
    boolean isMore =
        states.size() == PAGE && states.getLast().path().toString().startsWith(top.toString());
    return new LostPage(lost, isMore ? Optional.of(states.getLast().path()) : Optional.empty());
  }

  /** Where versions are in conflict, another one may have bytes. */
  private static boolean isLost(ArenaReader reader, Optional<PathState> of) throws StorageFailed {
    PathState state = of.orElse(null);
    return state != null
        && state.shown().content() instanceof Content.File file
        && state.realStat() == null
        && !Judgement.isConflict(state)
        && Availability.holders(state, file).isEmpty()
        && reader.blob(file.hash()).filter(BlobRow::isWhole).isEmpty();
  }
}
