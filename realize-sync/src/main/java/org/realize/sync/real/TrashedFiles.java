package org.realize.sync.real;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.Disk;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.OpenState;

/** The files in the trash of one root, as its user sees them. Thread-safe. */
public final class TrashedFiles {

  private static final long NANOS_A_MILLI = 1_000_000;

  /**
   * A file or link in the trash.
   *
   * @param path the name that it had
   * @param id of its arrival: of two files of one path the later one has the higher
   * @param file where it lies
   */
  public record TrashedFile(
      RelativePath place, RelativePath path, long id, RelativePath file, FileStat stat) {

    /** The time at which it was taken out. */
    public long takenMillis() {
      return stat.ctimeNanos() / NANOS_A_MILLI;
    }
  }

  private final Disk disk;
  private final ArenaStore store;
  private final Trash trash;

  TrashedFiles(Disk disk, ArenaStore store, Trash trash) {
    this.disk = disk;
    this.store = store;
    this.trash = trash;
  }

  /**
   * The files whose paths {@code wanted} takes, by path, of one path the latest first; those of
   * places in doubt are left out. Cost: all that is in the trash.
   */
  public List<TrashedFile> list(Predicate<RelativePath> wanted) throws RealizeException {
    List<TrashedFile> files = new ArrayList<>();
    try {
      for (RelativePath place : store.read(Places::certain)) {
        list(place, wanted, files);
      }
    } catch (IOException e) {
      throw new StorageFailed("list the trash of " + store.arena(), e);
    }
    files.sort(
        Comparator.comparing(TrashedFile::path)
            .thenComparing(TrashedFile::id, Comparator.reverseOrder()));
    return files;
  }

  /**
   * Those among {@code files} that a user means who names {@code path}: the files of that name, if
   * there are any, else what lay below a directory of that name. A name can have been both.
   */
  public static List<TrashedFile> named(List<TrashedFile> files, RelativePath path) {
    List<TrashedFile> itself = files.stream().filter(file -> file.path().equals(path)).toList();
    return itself.isEmpty()
        ? files.stream().filter(file -> path.contains(file.path())).toList()
        : itself;
  }

  private void list(RelativePath place, Predicate<RelativePath> wanted, List<TrashedFile> files)
      throws IOException {
    TrashNotes notes = trash.notes(place);
    for (long id : notes.ids()) {
      Map<RelativePath, TrashNote> noted = notes.read(id);
      notes.walk(
          id,
          trash,
          (entry, file, inside) -> {
            TrashNote note = TrashNotes.of(inside, noted);
            RelativePath path = OwnDirectories.below(place, note == null ? inside : note.path());
            if (wanted.test(path)) {
              files.add(new TrashedFile(place, path, id, file, entry.stat()));
            }
          });
    }
  }

  /**
   * Deletes files for good, but those that are not as they were listed or that a program has open.
   *
   * @return those that are deleted
   */
  public Set<TrashedFile> purge(List<TrashedFile> listed) throws RealizeException {
    Map<RelativePath, Map<Long, List<RelativePath>>> gone = new TreeMap<>();
    Set<TrashedFile> purged = new HashSet<>();
    try {
      for (TrashedFile file : listed) {
        if (isDeleted(file)) {
          purged.add(file);
          gone.computeIfAbsent(file.place(), _ -> new TreeMap<>())
              .computeIfAbsent(file.id(), _ -> new ArrayList<>())
              .add(TrashNotes.inside(OwnDirectories.within(file.place(), file.path())));
        }
      }
      for (Map.Entry<RelativePath, Map<Long, List<RelativePath>>> place : gone.entrySet()) {
        for (Map.Entry<Long, List<RelativePath>> each : place.getValue().entrySet()) {
          tidy(trash.notes(place.getKey()), each.getKey(), each.getValue());
        }
      }
    } catch (IOException e) {
      throw new StorageFailed("purge the trash of " + store.arena(), e);
    }
    return purged;
  }

  private boolean isDeleted(TrashedFile listed) throws IOException {
    Optional<FileStat> now = disk.stat(listed.file());
    if (now.isEmpty() || !now.get().sameFile(listed.stat()) || trash.isBusy(listed.file())) {
      return false;
    }
    try {
      if (trash.openState(listed.file(), listed.stat()) == OpenState.OPEN) {
        return false;
      }
      disk.delete(listed.file());
      return true;
    } catch (NoSuchFileException expired) {
      return false;
    }
  }

  /** Takes notes of files that are gone, and directories that are empty, away. */
  private void tidy(TrashNotes notes, long id, List<RelativePath> gone) throws IOException {
    notes.change(id, Map.of(), gone);
    if (disk.stat(notes.directory(id)).isPresent()) {
      OwnDirectories.clear(disk, notes.directory(id), (_, _) -> {});
    }
    notes.arrived(id);
  }
}
