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
    List<PathState> lost = find(top);
    if (lost.isEmpty()) {
      throw new NotFound(
          "use 'deleted' of '%s': every file there has a copy; remove the file itself"
              .formatted(top));
    }
    long counter = global.nextCounter(arena.time().unixMillis());
    List<PathState> removed = new ArrayList<>();
    arena
        .store()
        .writeEach(
            lost,
            PATHS_A_COMMIT,
            (writer, before) -> {
              PathState state = writer.path(before.path()).orElseThrow();
              if (isLost(writer, state)) {
                Author author = new Author(global.identity().store(), counter, writer.nextSeq());
                writer.put(LocalRules.resolved(state, new Content.Absent(), author));
                removed.add(before);
              }
            });
    return removed;
  }

  private List<PathState> find(RelativePath top) throws RealizeException {
    List<PathState> lost = new ArrayList<>();
    Optional<RelativePath> after = Optional.of(top);
    arena
        .store()
        .read(reader -> {
          Optional<PathState> first = reader.path(top);
          if (first.isPresent() && isLost(reader, first.get())) {
            lost.add(first.get());
          }
          return lost;
        });
    while (after.isPresent()) {
      RelativePath from = after.get();
      after =
          arena
              .store()
              .read(reader -> {
                List<PathState> page = reader.paths(from, PAGE);
                for (PathState state : page) {
                  if (top.contains(state.path()) && isLost(reader, state)) {
                    lost.add(state);
                  }
                }
                boolean isMore =
                    page.size() == PAGE
                        && page.getLast().path().toString().startsWith(top.toString());
                return isMore ? Optional.of(page.getLast().path()) : Optional.empty();
              });
    }
    return lost;
  }

  /** Where versions are in conflict, another one may have bytes. */
  private static boolean isLost(ArenaReader reader, PathState state) throws StorageFailed {
    return state.shown().content() instanceof Content.File file
        && state.realStat() == null
        && !Judgement.isConflict(state)
        && Availability.holders(state, file).isEmpty()
        && reader.blob(file.hash()).filter(BlobRow::isWhole).isEmpty();
  }
}
