package org.realize.sync.real;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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
 * and what is known below stays. Thread-safe.
 */
final class RenameProtocol {
  private static final Logger LOG = LoggerFactory.getLogger(RenameProtocol.class);

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
      if (store.<Boolean>read(reader -> TreeProtocol.isChanging(reader, tops))) {
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
    settle(store, rename);
    store.write((ArenaWriter writer) -> {
      if (isMoved && writer.fits(rename.from(), rename.to())) {
        commit(writer, rename);
      }
      TreeIntent.remove(writer, Set.of(intent));
    });
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
    return reader.renames().stream()
        .anyMatch(each -> each.touches(next.from()) || each.touches(next.to()));
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
