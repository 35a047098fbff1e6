package org.realize.sync.real;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Disk;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.FileStat.Kind;

/**
 * One look at a directory that is a place, or may be one.
 *
 * @param directory false where there is none
 * @param boundary true for the root, and where the directory lies in another mount or file system
 *     than the one that holds it
 * @param inode of the directory
 * @param type of its file system; 0 where it is no boundary
 * @param hasIdFile true where it has an id file, valid or not
 * @param id null where it has no valid id
 */
record PlaceSight(
    boolean directory,
    boolean boundary,
    long inode,
    long type,
    boolean hasIdFile,
    @Nullable PlaceId id) {

  /** Types of file systems whose directories keep their inode number over mounts and restarts. */
  private static final Set<Long> STABLE_TYPES =
      Set.of(
          0xEF53L, // ext2, ext3, ext4
          0x58465342L, // xfs
          0x9123683EL, // btrfs
          0xF2F52010L, // f2fs
          0x2FC12FC1L, // zfs
          0xCA451A4EL, // bcachefs
          0x01021994L, // tmpfs
          0x6969L); // nfs

  private static final int ATTEMPTS = 3;
  private static final PlaceSight NOTHING = new PlaceSight(false, false, 0, 0, false, null);

  static PlaceSight of(Disk disk, RelativePath path) throws IOException {
    Optional<FileStat> stat;
    boolean boundary = true;
    if (path.isRoot()) {
      stat = stat(disk, path);
    } else {
      RelativePath parent = path.parent().orElseThrow();
      Optional<FileStat> above = stat(disk, parent);
      stat = stat(disk, path);
      for (int i = 1; !sameMount(above, stat(disk, parent)); i++) {
        if (i == ATTEMPTS) {
          throw new IOException("it was mounted and unmounted while it was looked at");
        }
        above = stat(disk, parent);
        stat = stat(disk, path);
      }
      boundary = above.isPresent() && stat.isPresent() && above.get().isMountAbove(stat.get());
    }
    if (stat.isEmpty() || stat.get().kind() != Kind.DIRECTORY) {
      return NOTHING;
    }
    PlaceId id = PlaceId.read(disk, path).orElse(null);
    long type = boundary ? disk.fileSystemType(path) : 0;
    boolean hasIdFile = id != null || PlaceId.exists(disk, path);
    return new PlaceSight(true, boundary, stat.get().fileKey(), type, hasIdFile, id);
  }

  private static boolean sameMount(Optional<FileStat> one, Optional<FileStat> other) {
    return one.map(FileStat::mount).equals(other.map(FileStat::mount))
        && one.map(FileStat::device).equals(other.map(FileStat::device));
  }

  /** Empty also where a directory above is gone. */
  static Optional<FileStat> stat(Disk disk, RelativePath path) throws IOException {
    try {
      return disk.stat(path);
    } catch (NoSuchFileException | NotDirectoryException gone) {
      return Optional.empty();
    }
  }

  /** What is not as {@code place}, at {@code path}, was; empty when it is certain. */
  Optional<Doubt> doubt(RelativePath path, Place place, PlaceTable table, Ownership ownership) {
    if (!place.established()) {
      return closedDoubt(path);
    }
    if (!directory && path.isRoot()) {
      return doubt(path, Doubt.Cause.NO_DIRECTORY);
    }
    if (!directory || !boundary) {
      return doubt(path, Doubt.Cause.NOT_MOUNTED);
    }
    Optional<Doubt> other = identityDoubt(path, table, ownership);
    if (other.isPresent()) {
      return other;
    }
    PlaceId found = java.util.Objects.requireNonNull(id);
    boolean known = List.of(place.stamp(), place.stampBefore()).contains(found.stamp());
    if (!known && ownership.isPresent(found)) {
      return doubt(path, Doubt.Cause.OTHER_STAMP);
    }
    if (type != place.type()) {
      return doubt(path, Doubt.Cause.OTHER_FILE_SYSTEM);
    }
    if (inode != place.inode() && STABLE_TYPES.contains(type)) {
      return doubt(path, Doubt.Cause.OTHER_DIRECTORY);
    }
    return Optional.empty();
  }

  /** What is wrong with the id of a place that has one, or should have. */
  Optional<Doubt> identityDoubt(RelativePath path, PlaceTable table, Ownership ownership) {
    if (id == null) {
      return doubt(path, Doubt.Cause.NO_ID);
    }
    Optional<Doubt> foreign = ownerDoubt(path, ownership);
    if (foreign.isPresent()) {
      return foreign;
    }
    return id.path().equals(path) && table.isOwnRoot(id.root())
        ? Optional.empty()
        : doubt(path, Doubt.Cause.OTHER_ID);
  }

  /** The reason why a directory that was never indexed is not taken as a place of this root. */
  Optional<Doubt> newPlaceDoubt(RelativePath path, PlaceTable table, Ownership ownership) {
    if (!directory) {
      return doubt(path, Doubt.Cause.NO_DIRECTORY);
    }
    if (!hasIdFile) {
      return Optional.empty();
    }
    if (id != null && path.isRoot()) {
      return ownerDoubt(path, ownership);
    }
    return identityDoubt(path, table, ownership);
  }

  /** Only the root names its owner for all places: taking it over changes the id of all. */
  Optional<Doubt> ownerDoubt(RelativePath path, Ownership ownership) {
    if (id == null) {
      return Optional.empty();
    }
    ArenaName arena = ownership.arena();
    if (!id.arena().equals(arena)) {
      return Optional.of(new Doubt(path, Doubt.Cause.OTHER_ARENA, id.arena().toString()));
    }
    if (path.isRoot() && !ownership.isOurs(id)) {
      return Optional.of(new Doubt(path, Doubt.Cause.OTHER_OWNER, id.owner().toString()));
    }
    return Optional.empty();
  }

  /** A directory that is no place is closed while something is mounted there, or an id is in it. */
  private Optional<Doubt> closedDoubt(RelativePath path) {
    if (boundary) {
      return doubt(path, Doubt.Cause.MOUNTED_OVER);
    }
    return hasIdFile ? doubt(path, Doubt.Cause.OTHER_ID) : Optional.empty();
  }

  private static Optional<Doubt> doubt(RelativePath path, Doubt.Cause cause) {
    return Optional.of(new Doubt(path, cause, ""));
  }
}
