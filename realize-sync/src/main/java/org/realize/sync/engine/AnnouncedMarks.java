package org.realize.sync.engine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.realize.sync.arena.Arena;
import org.realize.sync.engine.SyncQueues.TreePage;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.Mark;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.ArenaWriter;
import org.realize.sync.port.BlobRow;
import org.realize.sync.port.PathState;
import org.realize.sync.port.RowDecoder;
import org.realize.sync.port.RowEncoder;
import org.realize.sync.port.Rows;
import org.realize.sync.rules.Judgement;

/**
 * The marks by which peers were told what is held here. A blob counts as held where a mark asks for
 * it, so after a change of a mark the paths below it that have one are announced again: else peers
 * would rely on bytes that may be evicted now, or not know of bytes that stay. The marks are stored
 * once that is done, so a kill in between repeats it. Used by one thread.
 */
final class AnnouncedMarks {

  /** The mark of a path; that of the arena is the root's. */
  private record PathMark(RelativePath path, Mark mark) {

    private static void encode(RowEncoder out, PathMark mark) {
      out.putPath(mark.path).putText(mark.mark.name());
    }

    private static PathMark decode(RowDecoder in) {
      RelativePath path = in.getPath();
      return new PathMark(path, Mark.valueOf(in.getText()));
    }
  }

  private static final Rows<List<PathMark>> ANNOUNCED =
      Rows.ofLists("sync.announced.marks", 1, PathMark::encode, PathMark::decode);

  /** Paths that one step looks at. */
  private static final int PAGE = 500;

  private final Arena arena;

  /** The marks that hold once the trees are announced. */
  private List<PathMark> marks = List.of();

  private final Deque<TreePage> trees = new ArrayDeque<>();

  /** False until a mark may have changed; written by the threads that commit. */
  private volatile boolean isChanged = true;

  AnnouncedMarks(Arena arena) {
    this.arena = arena;
    arena
        .store()
        .addListener(changes -> {
          if (!changes.marked().isEmpty()) {
            isChanged = true;
          }
        });
  }

  /** Announces a page of what changed marks make news; false if there is nothing left. */
  boolean step() throws RealizeException {
    if (trees.isEmpty() && !begins()) {
      return false;
    }
    TreePage page = trees.removeFirst();
    Optional<RelativePath> last =
        arena.store().write((ArenaWriter writer) -> announce(writer, page));
    last.ifPresent(path -> trees.addFirst(new TreePage(page.top(), path)));
    if (trees.isEmpty()) {
      store();
    }
    return true;
  }

  private void store() throws RealizeException {
    arena.store().write((ArenaWriter writer) -> writer.putRow(ANNOUNCED, marks));
  }

  /** True if there are trees whose marks are others than were announced. */
  private boolean begins() throws RealizeException {
    if (!isChanged) {
      return false;
    }
    isChanged = false;
    Optional<List<PathMark>> before = arena.store().read(reader -> reader.row(ANNOUNCED));
    Map<RelativePath, Mark> now = new TreeMap<>();
    now.put(RelativePath.ROOT, arena.mark());
    now.putAll(arena.store().read(ArenaReader::marks));
    marks = now.entrySet().stream().map(e -> new PathMark(e.getKey(), e.getValue())).toList();
    if (before.isEmpty()) {
      store(); // nothing was announced by other marks
      return false;
    }
    Set<PathMark> changed = new HashSet<>(marks);
    changed.removeAll(before.get());
    Set<RelativePath> tops = new HashSet<>();
    changed.forEach(mark -> tops.add(mark.path()));
    before.get().stream()
        .filter(mark -> !Objects.equals(now.get(mark.path()), mark.mark()))
        .forEach(mark -> tops.add(mark.path()));
    tops.forEach(top -> trees.add(new TreePage(top, top)));
    return !trees.isEmpty();
  }

  /** The last path that was looked at; empty at the end of the tree. */
  private static Optional<RelativePath> announce(ArenaWriter writer, TreePage page)
      throws RealizeException {
    List<PathState> states = new ArrayList<>();
    if (page.after().equals(page.top())) {
      writer.path(page.top()).ifPresent(states::add);
    }
    List<PathState> below = writer.paths(page.after(), PAGE);
    states.addAll(below);
    for (PathState state : states) {
      if (page.top().contains(state.path()) && state.announcedSeq() > 0 && hasBlob(writer, state)) {
        writer.put(state.announcedAt(writer.nextSeq()));
      }
    }
    return below.isEmpty() || page.isOver(below.getLast().path())
        ? Optional.empty()
        : Optional.of(below.getLast().path());
  }

  /** True if a whole blob is here of a current file that is not on the disk. */
  private static boolean hasBlob(ArenaReader reader, PathState state) throws StorageFailed {
    Content real = state.realContent();
    for (ContentHash hash : Judgement.currentFiles(state)) {
      boolean isReal = real instanceof Content.File file && file.hash().equals(hash);
      if (!isReal && reader.blob(hash).filter(BlobRow::isWhole).isPresent()) {
        return true;
      }
    }
    return false;
  }
}
