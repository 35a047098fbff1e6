package org.realize.sync.move;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.VersionGone;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.pin.DropOutcome;
import org.realize.sync.pin.SafeDrop;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.PathState;
import org.realize.sync.port.Totals;
import org.realize.sync.real.Places;

/**
 * An arena as a source: only files that its index knows, as it knows them, are listed, read and
 * given up, and only through {@link SafeDrop}. Thread-safe.
 */
final class ArenaSource implements SourceRules {
  private final ArenaStore store;
  private final SafeDrop.RootCheck root;
  private final SafeDrop gate;
  private final Optional<StoreId> target;

  /**
   * The files of an arena.
   *
   * @param root refuses until what an earlier life left half dropped is settled
   * @param target the store that must have pinned a file before it is given up; empty: any will do
   */
  ArenaSource(ArenaStore store, SafeDrop.RootCheck root, SafeDrop gate, Optional<StoreId> target) {
    this.store = store;
    this.root = root;
    this.gate = gate;
    this.target = target;
  }

  @Override
  public void check() throws RealizeException {
    root.check(RelativePath.ROOT);
  }

  @Override
  public List<MovedFile> movable(List<MovedFile> files) throws RealizeException {
    return store.read(reader -> {
      List<MovedFile> known = new ArrayList<>(files.size());
      for (MovedFile file : files) {
        indexed(reader, file).ifPresent(state -> known.add(file.with(state.realContent())));
      }
      return known;
    });
  }

  /** The state of a path whose index has what was listed; empty if that is not certain. */
  static Optional<PathState> indexed(ArenaReader reader, MovedFile file) throws RealizeException {
    Optional<PathState> state = reader.path(file.path());
    FileStat stat = state.map(PathState::realStat).orElse(null);
    boolean isIndexed =
        stat != null && stat.sameEntry(file.stat()) && !Places.inDoubt(reader, file.path());
    return isIndexed ? state : Optional.empty();
  }

  @Override
  public MoveSource.Page totals() throws RealizeException {
    Totals totals = store.read(ArenaReader::totals);
    return new MoveSource.Page(List.of(), totals.realFiles(), totals.realBytes());
  }

  @Override
  public List<DropOutcome> drop(List<MovedFile> files)
      throws RealizeException, InterruptedException {
    Map<RelativePath, FileStat> stats = new TreeMap<>();
    files.forEach(file -> stats.put(file.path(), file.stat()));
    Map<RelativePath, DropOutcome> outcomes = gate.drop(stats, target);
    return files.stream().map(file -> outcomes.getOrDefault(file.path(), changed(file))).toList();
  }

  private static DropOutcome changed(MovedFile file) {
    return new DropOutcome.Failed(
        new VersionGone("'%s' changed since it was listed".formatted(file.path())));
  }
}
