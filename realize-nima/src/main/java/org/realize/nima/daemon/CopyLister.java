package org.realize.nima.daemon;

import java.util.ArrayList;
import java.util.List;
import org.realize.nima.control.CopyReport;
import org.realize.nima.control.CopyReport.FileCopies;
import org.realize.sync.arena.Arena;
import org.realize.sync.feed.StoreNames;
import org.realize.sync.model.Content;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.PathState;
import org.realize.sync.rules.Availability;

/** The list of the copies of some files. Used once, by one thread. */
final class CopyLister {

  private static final int PAGE = 5_000;

  private final StoreNames names;
  private final boolean atRisk;
  private final List<FileCopies> listed = new ArrayList<>();
  private long count;
  private long bytes;
  private long onlyHere;
  private long onlyHereBytes;

  /**
   * An empty list.
   *
   * @param atRisk true for files that no other peer holds, only
   */
  CopyLister(StoreNames names, boolean atRisk) {
    this.names = names;
    this.atRisk = atRisk;
  }

  /** Adds the files of an arena at and below {@code top}. */
  void add(Arena arena, RelativePath top) throws RealizeException {
    PathState first = arena.store().read(reader -> reader.path(top)).orElse(null);
    if (first != null) {
      add(arena, List.of(first));
    }
    RelativePath after = top;
    boolean isMore = true;
    while (isMore) {
      RelativePath from = after;
      List<PathState> page = arena.store().read(reader -> reader.paths(from, PAGE));
      add(arena, page.stream().filter(state -> top.contains(state.path())).toList());
      isMore = page.size() == PAGE && page.getLast().path().toString().startsWith(top.toString());
      after = page.isEmpty() ? after : page.getLast().path();
    }
  }

  private void add(Arena arena, List<PathState> states) throws RealizeException {
    for (PathState state : states) {
      if (state.shown().content() instanceof Content.File file) {
        add(arena, state, file);
      }
    }
  }

  private void add(Arena arena, PathState state, Content.File file) throws RealizeException {
    var others = Availability.holders(state, file);
    if (atRisk && !others.isEmpty()) {
      return;
    }
    count++;
    bytes += file.sizeBytes();
    if (!others.isEmpty() && listed.size() >= CopyReport.MAX_FILES) {
      return;
    }
    List<String> holders = new ContentHolders(names).of(arena, state, file);
    if (others.isEmpty() && !holders.isEmpty()) {
      onlyHere++;
      onlyHereBytes += file.sizeBytes();
    }
    if (listed.size() < CopyReport.MAX_FILES) {
      listed.add(new FileCopies(arena.name(), state.path(), file.sizeBytes(), holders));
    }
  }

  CopyReport report() {
    return new CopyReport(count, bytes, onlyHere, onlyHereBytes, listed);
  }
}
