package org.realize.sync.index;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.realize.sync.index.BatchCommit.Ready;
import org.realize.sync.index.Conclusion.Gone;
import org.realize.sync.index.Conclusion.Holds;
import org.realize.sync.model.IoCause;
import org.realize.sync.model.Mark;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.ArenaWriter;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.FileStat.Kind;
import org.realize.sync.port.PathState;
import org.realize.sync.port.RowDecoder;
import org.realize.sync.port.RowEncoder;
import org.realize.sync.port.Rows;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The marks that follow what a program has renamed. Those of a directory, and below it, move to its
 * new name; that of a file is copied, and stays at the old name, too. A mark that the new name has
 * already stays. They move in the commit that indexes the new name, so a kill leaves both or none.
 *
 * <p>What is at a new name was renamed if the marked name had its inode at the last look, and has
 * it no more. The old name is often indexed as gone before the new one is looked at; so the commit
 * that does this keeps the inode, in one row of at most {@value #MAX_GONE} names, until the marked
 * name has something else. Names of one run of the indexer, for one thread.
 */
final class MovedMarks {
  private static final Logger LOG = LoggerFactory.getLogger(MovedMarks.class);

  /** Marked names, and directories above them, that are gone. */
  private static final Rows<List<MarkedName>> GONE =
      Rows.ofLists("index.gone.marked", 1, MarkedName::encode, MarkedName::decode);

  private static final int MAX_GONE = 1_000;

  private record MarkedName(RelativePath path, FileStat known) {

    private static void encode(RowEncoder out, MarkedName name) {
      out.putPath(name.path).putText(name.known.kind().name()).putStat(name.known);
    }

    private static MarkedName decode(RowDecoder in) {
      RelativePath path = in.getPath();
      return new MarkedName(path, in.getStat(Kind.valueOf(in.getText())));
    }

    /** False where the inode number alone would tell a directory from a later one. */
    private boolean isKnownAgain() {
      return known.kind() != Kind.DIRECTORY || known.birthNanos() != 0;
    }

    boolean isSame(FileStat now) {
      boolean isAlike =
          known.kind() == Kind.DIRECTORY ? now.kind() == Kind.DIRECTORY : known.sameBytes(now);
      return isAlike && NameJudge.isOneInode(known, now);
    }
  }

  private final IndexedRoot root;

  /** Marked names, and directories above them, as they were indexed before the run: by inode. */
  private final Map<Long, List<MarkedName>> names = new HashMap<>();

  /** The names as they are marked and indexed now. */
  MovedMarks(IndexedRoot root) throws RealizeException {
    this.root = root;
    root.store()
        .read(reader -> {
          Set<RelativePath> marked = reader.marks().keySet();
          Set<RelativePath> seen = new TreeSet<>();
          for (RelativePath path : marked) {
            for (RelativePath at = path; !at.isRoot() && seen.add(at); ) {
              add(reader, at, marked.contains(at));
              at = at.parent().orElseThrow();
            }
          }
          for (MarkedName gone : reader.row(GONE).orElse(List.of())) {
            if (seen.contains(gone.path()) && !isIndexed(reader, gone.path())) {
              add(gone);
            }
          }
          return seen.size();
        });
  }

  private void add(ArenaReader reader, RelativePath path, boolean isMarked)
      throws RealizeException.StorageFailed {
    FileStat stat = reader.path(path).map(PathState::realStat).orElse(null);
    if (stat != null && (stat.kind() == Kind.DIRECTORY || isMarked)) {
      add(new MarkedName(path, stat));
    }
  }

  private void add(MarkedName name) {
    names.computeIfAbsent(name.known().fileKey(), _ -> new ArrayList<>()).add(name);
  }

  private static boolean isIndexed(ArenaReader reader, RelativePath path)
      throws RealizeException.StorageFailed {
    return reader.path(path).map(PathState::realStat).isPresent();
  }

  /** The former names of what a batch holds at new ones. */
  Map<RelativePath, RelativePath> origins(List<Ready> batch) {
    Map<RelativePath, RelativePath> origins = new TreeMap<>();
    for (Ready ready : names.isEmpty() ? List.<Ready>of() : batch) {
      if (ready.conclusion() instanceof Holds holds && isNew(ready, holds.stat())) {
        for (MarkedName name : names.getOrDefault(holds.stat().fileKey(), List.of())) {
          if (!name.path().equals(ready.path())
              && name.isSame(holds.stat())
              && !isStillThere(name)) {
            origins.put(ready.path(), name.path());
          }
        }
      }
    }
    return origins;
  }

  private static boolean isNew(Ready ready, FileStat now) {
    FileStat indexed = ready.base() == null ? null : ready.base().stat();
    return indexed == null || indexed.fileKey() != now.fileKey();
  }

  private boolean isStillThere(MarkedName name) {
    try {
      return root.stat(name.path())
          .filter(now -> now.fileKey() == name.known().fileKey())
          .isPresent();
    } catch (IOException e) {
      LOG.debug("'{}' keeps its mark: {}", name.path(), IoCause.of(e));
      return true;
    }
  }

  /**
   * Moves and copies marks.
   *
   * @param origins by new name: the former one, see {@link #origins}
   * @return the names that are marked from now on
   */
  Set<RelativePath> follow(ArenaWriter writer, Map<RelativePath, RelativePath> origins)
      throws RealizeException {
    if (origins.isEmpty()) {
      return Set.of();
    }
    Map<RelativePath, RelativePath> directories = new HashMap<>();
    Map<RelativePath, RelativePath> files = new HashMap<>();
    origins.forEach(
        (target, origin) -> (isDirectory(origin) ? directories : files).put(origin, target));
    Map<RelativePath, Mark> before = new TreeMap<>(writer.marks());
    Map<RelativePath, Mark> after = new TreeMap<>(before);
    Map<RelativePath, Mark> moved = new TreeMap<>();
    before.forEach((path, mark) -> {
      Optional<RelativePath> directory = nearest(path, directories.keySet());
      if (directory.isPresent()) {
        String rest = path.toString().substring(directory.get().toString().length());
        String target = directories.get(directory.get()) + rest;
        if (target.getBytes(StandardCharsets.UTF_8).length <= RelativePath.MAX_PATH_BYTES) {
          moved.put(RelativePath.of(target), mark);
          after.remove(path);
        }
      }
      RelativePath copy = files.get(path);
      if (copy != null) {
        moved.put(copy, mark);
      }
    });
    moved.forEach(after::putIfAbsent);
    for (RelativePath path : before.keySet()) {
      if (!after.containsKey(path)) {
        writer.putMark(path, null);
      }
    }
    Set<RelativePath> marked = new TreeSet<>();
    for (Map.Entry<RelativePath, Mark> each : after.entrySet()) {
      if (!Objects.equals(before.get(each.getKey()), each.getValue())) {
        writer.putMark(each.getKey(), each.getValue());
        marked.add(each.getKey());
      }
    }
    return marked;
  }

  /** Keeps the inodes of the marked names of a batch that are gone, and not at a new name yet. */
  void keepGone(ArenaWriter writer, List<Ready> batch) throws RealizeException {
    List<MarkedName> gone = new ArrayList<>();
    for (Ready ready : names.isEmpty() ? List.<Ready>of() : batch) {
      FileStat stat = ready.base() == null ? null : ready.base().stat();
      if (ready.conclusion() instanceof Gone && stat != null) {
        names.getOrDefault(stat.fileKey(), List.of()).stream()
            .filter(name -> name.path().equals(ready.path()) && name.isKnownAgain())
            .forEach(gone::add);
      }
    }
    if (gone.isEmpty()) {
      return;
    }
    Set<RelativePath> marked = writer.marks().keySet();
    for (MarkedName before : writer.row(GONE).orElse(List.of())) {
      if (gone.size() < MAX_GONE && !gone.contains(before) && !isIndexed(writer, before.path())) {
        gone.add(before);
      }
    }
    gone.removeIf(name -> marked.stream().noneMatch(name.path()::contains));
    writer.putRow(GONE, gone);
  }

  private static Optional<RelativePath> nearest(RelativePath path, Set<RelativePath> renamed) {
    Optional<RelativePath> at = Optional.of(path);
    while (at.isPresent() && !renamed.contains(at.get())) {
      at = at.get().parent();
    }
    return at;
  }

  private boolean isDirectory(RelativePath path) {
    return names.values().stream()
        .flatMap(List::stream)
        .anyMatch(name -> name.path().equals(path) && name.known().kind() == Kind.DIRECTORY);
  }
}
