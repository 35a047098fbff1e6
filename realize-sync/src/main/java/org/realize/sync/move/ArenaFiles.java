package org.realize.sync.move;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.realize.sync.index.DropIntents;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.Disk;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.PathState;

/**
 * The real files of an arena: those that its index knows, as it knows them. What is ignored, or not
 * indexed yet, is not listed and cannot be given up. Thread-safe, like every {@link RootFiles}.
 *
 * <p><b>A drop.</b> The intent is committed and durable, then the file is put aside, looked at and
 * unlinked, then the arena says that it no longer holds these bytes. Stopped in between, the file
 * is there again after the start and the intent void, or it is gone and the next scan finds the
 * intent ({@link DropIntents}). So nobody ever hears of a removal.
 */
public final class ArenaFiles extends RootFiles {

  /** Throws while the root is not certainly the arena's own: then nothing is put or given up. */
  @FunctionalInterface
  public interface RootCheck {
    void check() throws RealizeException;
  }

  private final Disk disk;
  private final ArenaStore store;
  private final RootCheck root;

  private ArenaFiles(String name, Disk disk, ArenaStore store, RootCheck root) {
    super(name, disk);
    this.disk = disk;
    this.store = store;
    this.root = root;
  }

  /**
   * The files of an arena whose root is {@code disk}, under a name for people. Intents that an
   * earlier life of this process left are settled; so before the first scan, and once.
   */
  public static ArenaFiles open(String name, Disk disk, ArenaStore store, RootCheck root)
      throws RealizeException {
    ArenaFiles files = new ArenaFiles(name, disk, store, root);
    files.restore();
    for (RelativePath path : store.read(DropIntents::read)) {
      files.settleIntent(path);
    }
    return files;
  }

  /** Where the file is gone the intent stays: the scan makes a drop of it once the root is sure. */
  private void settleIntent(RelativePath path) throws RealizeException {
    if (isThere(path)) {
      store.write(writer -> {
        DropIntents.withdraw(writer, path);
        return path;
      });
    }
  }

  private boolean isThere(RelativePath path) throws StorageFailed {
    try {
      return disk.stat(path).isPresent();
    } catch (IOException e) {
      throw new StorageFailed("look at '%s' at %s".formatted(path, name()), e);
    }
  }

  @Override
  public List<MovedFile> list(Optional<RelativePath> after, int max) throws RealizeException {
    root.check();
    Optional<RelativePath> start = after;
    while (true) {
      List<MovedFile> page = super.list(start, max);
      List<MovedFile> known = store.read(reader -> known(reader, page));
      if (page.isEmpty() || !known.isEmpty()) {
        return known;
      }
      start = Optional.of(page.getLast().path());
    }
  }

  private static List<MovedFile> known(ArenaReader reader, List<MovedFile> page)
      throws StorageFailed {
    List<MovedFile> known = new ArrayList<>(page.size());
    for (MovedFile file : page) {
      Optional<PathState> state = reader.path(file.path());
      if (state.isPresent() && isIndexed(state.get(), file)) {
        known.add(file);
      }
    }
    return known;
  }

  private static boolean isIndexed(PathState state, MovedFile file) {
    FileStat stat = state.real() == null ? null : state.real().stat();
    return stat != null && stat.sameFile(file.stat());
  }

  @Override
  public void finish(MovedFile file) throws RealizeException {
    root.check();
    super.finish(file);
  }

  @Override
  public void settle(MovedFile file) throws RealizeException {
    root.check();
    super.settle(file);
  }

  @Override
  public void delete(MovedFile file, UUID engagement) throws RealizeException {
    root.check();
    RelativePath path = file.path();
    store.write(writer -> {
      DropIntents.add(writer, path, file.stat());
      return path;
    });
    store.force();
    try {
      super.delete(file, engagement);
    } catch (RealizeException e) {
      settleIntent(path);
      throw e;
    }
    store.write(writer -> {
      Optional<PathState> state = writer.path(path);
      if (state.isPresent() && isIndexed(state.get(), file)) {
        DropIntents.takeOver(writer, state.get());
      } else {
        DropIntents.withdraw(writer, path);
      }
      return path;
    });
  }
}
