package org.realize.sync.real;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.realize.sync.model.Content;
import org.realize.sync.model.Mark;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RealizeException.Unreachable;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.ArenaWriter;
import org.realize.sync.port.Disk;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.Node;
import org.realize.sync.port.TreeRename;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The protocol by which a program renames a directory of which only a part is on the disk: one call
 * there and one small commit, whatever is in the directory.
 *
 * <p><b>Order of effects.</b>
 *
 * <ol>
 *   <li>The {@link TreeIntent} is committed, durable.
 *   <li>The program's call renames the directory on the disk.
 *   <li>The directories that have lost or got the name are forced.
 *   <li>One commit renames all that is known below ({@link ArenaWriter#renameTree}), moves the
 *       marks there, and ends the intent.
 * </ol>
 *
 * Stopped anywhere, {@link #conclude} does 3 and 4 if the new name has the directory, and else ends
 * the intent. If another directory had taken the name just before the call, that one is renamed,
 * and what is known below stays; as it does where names of peers have come below the new name
 * meanwhile, or would be too long. Thread-safe.
 */
final class RenameProtocol {
  private static final Logger LOG = LoggerFactory.getLogger(RenameProtocol.class);

  /** The most renames that wait to be announced: they are one row, which each commit writes. */
  private static final int MAX_OPEN = 64;

  /** The most paths that one commit announces. */
  static final int STEP_PATHS = 500;

  private final Disk disk;
  private final ArenaStore store;
  private final BatchSync sync;
  private final NamesUnderWay underWay;

  RenameProtocol(Disk disk, ArenaStore store, BatchSync sync, NamesUnderWay underWay) {
    this.disk = disk;
    this.store = store;
    this.sync = sync;
    this.underWay = underWay;
  }

  /** As {@link ApplyProtocol#renameTree}. */
  void rename(TreeRename rename, FileStat directory, ApplyProtocol.RenameCall call)
      throws IOException, RealizeException {
    List<RelativePath> tops = List.of(rename.from(), rename.to());
    if (!underWay.reserveTrees(tops)) {
      throw busy(rename);
    }
    try {
      if (store.<Boolean>read(reader -> TreeProtocol.isBusy(reader, tops))) {
        throw busy(rename);
      }
      TreeIntent intent =
          new TreeIntent(rename.from(), rename.to(), directory.fileKey(), false, rename);
      store.write((ArenaWriter writer) -> TreeIntent.add(writer, List.of(intent)));
      store.force();
      try {
        call.run();
      } catch (RealizeException | RuntimeException e) {
        try {
          conclude(intent, rename);
        } catch (IOException | RealizeException again) {
          e.addSuppressed(again);
        }
        throw e;
      }
      conclude(intent, rename);
    } finally {
      underWay.releaseTrees(tops);
    }
  }

  private static Unreachable busy(TreeRename rename) {
    return new Unreachable("rename '%s': names in it are being changed".formatted(rename.from()));
  }

  /** Finishes or gives up what a program's call left, or a kill. */
  void conclude(TreeIntent intent, TreeRename rename) throws IOException, RealizeException {
    Optional<FileStat> now = PlaceSight.stat(disk, intent.target());
    boolean isMoved = now.filter(stat -> stat.fileKey() == intent.fileKey()).isPresent();
    if (isMoved) {
      force(rename);
    }
    LOG.debug("'{}' was renamed to '{}': {}", rename.from(), rename.to(), isMoved);
    boolean isEnded = false;
    while (!isEnded) {
      settle(store, rename);
      isEnded =
          store.<Boolean>write(writer -> {
            if (isTouched(writer, rename)) {
              return false; // another one was made meanwhile
            }
            if (isMoved && canCommit(writer, rename)) {
              commit(writer, rename);
            }
            TreeIntent.remove(writer, Set.of(intent));
            return true;
          });
    }
  }

  /** As {@link ApplyProtocol#canCommit}. */
  static boolean canCommit(ArenaReader reader, TreeRename rename) throws StorageFailed {
    return reader.fits(rename.from(), rename.to()) && !holdsNames(reader, rename.to());
  }

  private static boolean holdsNames(ArenaReader reader, RelativePath path) throws StorageFailed {
    Node node = reader.node(reader.root()).orElse(null);
    for (String part : path.parts()) {
      node = node == null ? null : reader.child(node.inode(), part).orElse(null);
    }
    return node != null
        && (!(node.content() instanceof Content.Directory)
            || !reader.list(node.inode(), 0, 1).isEmpty());
  }

  /** As {@link ApplyProtocol#settle}. */
  static void settle(ArenaStore store, TreeRename next) throws RealizeException {
    while (store.<Boolean>read(reader -> isTouched(reader, next))) {
      store.write((ArenaWriter writer) -> {
        boolean ignored = writer.advanceRenames(STEP_PATHS);
      });
    }
  }

  static boolean isTouched(ArenaReader reader, TreeRename next) throws StorageFailed {
    List<TreeRename> open = reader.renames();
    return open.size() >= MAX_OPEN
        || open.stream().anyMatch(each -> each.touches(next.from()) || each.touches(next.to()));
  }

  private void force(TreeRename rename) throws IOException {
    BatchSync.Unforced names = new BatchSync.Unforced();
    names.addDirectory(OwnDirectories.parent(rename.from()));
    names.addDirectory(OwnDirectories.parent(rename.to()));
    for (IOException unforced : sync.force(Places.holding(disk, rename.to()), names).values()) {
      throw unforced;
    }
  }

  /** As {@link ApplyProtocol#commit}. */
  static void commit(ArenaWriter writer, TreeRename rename) throws StorageFailed {
    writer.renameTree(rename);
    Map<RelativePath, Mark> marks = new HashMap<>(writer.marks());
    for (Map.Entry<RelativePath, Mark> each : marks.entrySet()) {
      Optional<RelativePath> to =
          rename.from().contains(each.getKey()) ? rename.moved(each.getKey()) : Optional.empty();
      if (to.isPresent()) {
        writer.putMark(each.getKey(), null);
        if (!marks.containsKey(to.get())) {
          writer.putMark(to.get(), each.getValue());
        }
      }
    }
  }
}
