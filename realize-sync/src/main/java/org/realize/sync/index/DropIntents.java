package org.realize.sync.index;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RealizeException.Unreachable;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.ArenaWriter;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.PathState;
import org.realize.sync.port.RowDecoder;
import org.realize.sync.port.RowEncoder;
import org.realize.sync.port.Rows;
import org.realize.sync.rules.LocalRules;

/**
 * The real files that this peer is about to give up because another one has them. An intent is
 * durable before its file goes, so that whoever then finds the file gone, the one who gave it up,
 * the watcher, or the first scan after a crash, knows it for a drop and not for a user's removal.
 * An intent whose file is still there after a restart is void ({@link Indexer}).
 *
 * <p>One row holds them all, at most {@value #MAX_INTENTS}. Its methods run inside a commit.
 */
public final class DropIntents {

  /** How many there may be at once. */
  static final int MAX_INTENTS = 1_024;

  private static final Rows<List<RelativePath>> ROW =
      Rows.ofLists("index.drops", 1, RowEncoder::putPath, RowDecoder::getPath);

  private DropIntents() {}

  /**
   * Notes that files will be given up: those that the index knows as these very files.
   *
   * @return the paths that were noted
   * @throws Unreachable if too many are noted: later
   */
  public static Set<RelativePath> add(ArenaWriter writer, Map<RelativePath, FileStat> files)
      throws RealizeException {
    Set<RelativePath> added = new TreeSet<>();
    for (Map.Entry<RelativePath, FileStat> file : files.entrySet()) {
      FileStat known = writer.path(file.getKey()).map(PathState::realStat).orElse(null);
      if (known != null && known.sameFile(file.getValue())) {
        added.add(file.getKey());
      }
    }
    Set<RelativePath> paths = read(writer);
    paths.addAll(added);
    if (paths.size() > MAX_INTENTS) {
      throw new Unreachable("drop %d files: too many are being dropped".formatted(files.size()));
    }
    write(writer, paths);
    return added;
  }

  /** Takes intents back: the files stay, or are no longer what was to be dropped. */
  public static void withdraw(ArenaWriter writer, Collection<RelativePath> withdrawn)
      throws StorageFailed {
    Set<RelativePath> paths = read(writer);
    if (paths.removeAll(withdrawn)) {
      write(writer, paths);
    }
  }

  /** Makes a drop of it if there is an intent for the file, which is gone. */
  public static boolean takeOver(ArenaWriter writer, PathState state) throws StorageFailed {
    Set<RelativePath> paths = read(writer);
    if (!paths.remove(state.path())) {
      return false;
    }
    write(writer, paths);
    writer.put(LocalRules.dropped(state, writer.nextSeq()));
    return true;
  }

  /** Every path with an intent, in order; the caller's own. */
  public static Set<RelativePath> read(ArenaReader reader) throws StorageFailed {
    return new TreeSet<>(reader.row(ROW).orElse(List.of()));
  }

  private static void write(ArenaWriter writer, Set<RelativePath> paths) throws StorageFailed {
    if (paths.isEmpty()) {
      writer.removeRow(ROW);
    } else {
      writer.putRow(ROW, List.copyOf(paths));
    }
  }
}
