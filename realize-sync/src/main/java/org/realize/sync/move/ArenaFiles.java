package org.realize.sync.move;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.realize.sync.index.DropIntents;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.ArenaWriter;
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
  private final Together<Drop> drops = new Together<>(this::dropAll);

  /**
   * The files of an arena whose root is {@code disk}, under a name for people.
   *
   * @param root must refuse until what an earlier life left half dropped is settled
   */
  public ArenaFiles(String name, Disk disk, ArenaStore store, RootCheck root) {
    super(name, disk);
    this.disk = disk;
    this.store = store;
    this.root = root;
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
    FileStat stat = state.realStat();
    return stat != null && stat.sameFile(file.stat());
  }

  @Override
  public Progress progress(RelativePath path) throws RealizeException {
    root.check();
    return super.progress(path);
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
    Drop drop = new Drop(file);
    drops.join(drop);
    RealizeException failure = drop.failure;
    if (failure != null) {
      throw failure;
    }
  }

  /** A file on its way out; written by who drops it, before that is over. */
  private static final class Drop {
    private final MovedFile file;
    private @Nullable RealizeException failure = new StorageFailed("the drop did not end", null);

    Drop(MovedFile file) {
      this.file = file;
    }
  }

  /** A commit and a force cost as much for one file as for many. */
  private void dropAll(List<Drop> all) {
    try {
      Set<RelativePath> intended = intend(all);
      store.force();
      for (Drop drop : all) {
        drop.failure =
            intended.contains(drop.file.path()) ? unlinked(drop.file) : gone(drop.file.path());
      }
      forceUnlinked(RelativePath.ROOT);
      conclude(all, intended);
    } catch (RealizeException e) {
      for (Drop drop : all) {
        drop.failure = drop.failure == null ? e : drop.failure;
      }
    }
  }

  private Set<RelativePath> intend(List<Drop> all) throws RealizeException {
    Map<RelativePath, FileStat> files = new TreeMap<>();
    for (Drop drop : all) {
      files.put(drop.file.path(), drop.file.stat());
    }
    return store.write((ArenaWriter writer) -> DropIntents.add(writer, files));
  }

  private @Nullable RealizeException unlinked(MovedFile file) {
    try {
      unlink(file);
      return null;
    } catch (RealizeException e) {
      return e;
    }
  }

  /** Where a file is gone without our doing the scan decides, by the intent that stays. */
  private void conclude(List<Drop> all, Set<RelativePath> intended) throws RealizeException {
    List<RelativePath> stay = new ArrayList<>();
    for (Drop drop : all) {
      RelativePath path = drop.file.path();
      if (drop.failure != null && intended.contains(path) && isThere(path)) {
        stay.add(path);
      }
    }
    store.write(writer -> {
      for (Drop drop : all) {
        Optional<PathState> state = writer.path(drop.file.path());
        if (drop.failure == null && state.isPresent() && isIndexed(state.get(), drop.file)) {
          DropIntents.takeOver(writer, state.get());
        } else if (drop.failure == null) {
          DropIntents.withdraw(writer, List.of(drop.file.path()));
        }
      }
      DropIntents.withdraw(writer, stay);
    });
  }
}
