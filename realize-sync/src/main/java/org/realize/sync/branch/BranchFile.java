package org.realize.sync.branch;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.realize.sync.branch.BranchJournal.Placed;
import org.realize.sync.branch.BranchJournal.ReadJournal;
import org.realize.sync.model.ByteRange;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Disk;
import org.realize.sync.port.Disk.OpenMode;
import org.realize.sync.port.DiskFile;
import org.realize.sync.port.FileStat;
import org.realize.sync.real.OwnDirectories;

/**
 * The two files of one branch, open: its bytes and, beside them, its journal. A branch is there
 * once its journal begins with a whole record.
 */
record BranchFile(Disk disk, RelativePath path, DiskFile bytes, BranchJournal journal) {

  private static final String JOURNAL = ".journal";
  private static final String SHORTER = ".shorter";
  private static final String LIKE = ".like";

  private static RelativePath journal(RelativePath path) {
    return OwnDirectories.parent(path).child(path.name() + JOURNAL);
  }

  private static RelativePath shorter(RelativePath path) {
    return OwnDirectories.parent(path).child(path.name() + SHORTER);
  }

  /** True for the name of a journal. */
  static boolean isJournal(String name) {
    return name.endsWith(JOURNAL);
  }

  /** The file of bytes beside a journal. */
  static RelativePath ofJournal(RelativePath journal) {
    String name = journal.name();
    return OwnDirectories.parent(journal)
        .child(name.substring(0, name.length() - JOURNAL.length()));
  }

  /** Makes the files of a new branch; killed before, it leaves files that are none. */
  static BranchFile create(Disk disk, RelativePath path, BranchRecord.Began began, int mode)
      throws IOException {
    OwnDirectories.make(disk, OwnDirectories.parent(path));
    DiskFile bytes = createLike(disk, path, began.origin().path());
    try {
      bytes.truncate(began.origin().content().sizeBytes());
      bytes.setAttributes(mode, bytes.stat().mtime());
      BranchJournal journal = begin(disk, journal(path), began);
      return new BranchFile(disk, path, bytes, journal);
    } catch (IOException e) {
      bytes.close();
      disk.delete(path);
      throw e;
    }
  }

  /**
   * Makes a file with the owner, group, ACL and label that a new one would get at its name, or that
   * the one has which it will replace.
   */
  private static DiskFile createLike(Disk disk, RelativePath path, RelativePath name)
      throws IOException {
    RelativePath like = OwnDirectories.parent(path).child(path.name() + LIKE);
    try {
      List<String> ignored = disk.createDirectoryLike(like, OwnDirectories.parent(name));
    } catch (NoSuchFileException | NotDirectoryException noDirectory) {
      disk.createDirectory(like);
    }
    RelativePath made = like.child(path.name());
    DiskFile bytes = disk.open(made, OpenMode.CREATE_NEW);
    try {
      if (disk.stat(name).filter(there -> there.kind() == FileStat.Kind.FILE).isPresent()) {
        try (DiskFile old = disk.open(name, OpenMode.READ)) {
          List<String> ignored = bytes.takeAttributes(old);
        }
      }
      disk.rename(made, path);
      disk.deleteDirectory(like);
      return bytes;
    } catch (IOException e) {
      bytes.close();
      throw e;
    }
  }

  /** Removes what a life that ended as it made the files of a branch has left of that. */
  static void clear(Disk disk, RelativePath directory, String name) throws IOException {
    if (name.endsWith(LIKE)) {
      boolean ignored =
          OwnDirectories.clear(disk, directory.child(name), (file, _) -> disk.delete(file));
    }
  }

  private static BranchJournal begin(Disk disk, RelativePath path, BranchRecord first)
      throws IOException {
    BranchJournal journal = BranchJournal.begin(disk.open(path, OpenMode.CREATE_NEW));
    try {
      journal.append(first);
      return journal;
    } catch (IOException e) {
      journal.close();
      disk.delete(path);
      throw e;
    }
  }

  /**
   * Begins the journal again; the bytes are durable already. Its name is not: until then the
   * journal before may come back, which tells of the same.
   */
  BranchJournal rewrite(BranchRecord.Began began, List<BranchRecord> records) throws IOException {
    return rewrite(disk, path, began, records);
  }

  private static BranchJournal rewrite(
      Disk disk, RelativePath path, BranchRecord.Began began, List<BranchRecord> records)
      throws IOException {
    deleteIfThere(disk, shorter(path));
    BranchJournal journal = begin(disk, shorter(path), began);
    try {
      for (BranchRecord each : records) {
        journal.append(each);
      }
      journal.force();
      disk.rename(shorter(path), journal(path));
      return journal;
    } catch (IOException e) {
      journal.close();
      throw e;
    }
  }

  /** Makes the names of both files, and of the directories that hold them, durable. */
  void forceNames() throws IOException {
    RelativePath at = path;
    for (int depth = 0; depth < 3; depth++) {
      at = OwnDirectories.parent(at);
      disk.forceDirectory(at);
    }
  }

  /** Makes the name durable that the bytes have got. */
  void forceName(RelativePath name) throws IOException {
    disk.forceDirectory(OwnDirectories.parent(name));
  }

  /** Deletes the journal of a branch whose bytes have another name, durably. */
  void deleteJournal() throws IOException {
    deleteIfThere(disk, journal(path));
  }

  /** Deletes a branch in which nothing is written. A journal alone tells of no branch. */
  void delete() throws IOException {
    deleteIfThere(disk, path);
    deleteJournal();
  }

  private static void deleteIfThere(Disk disk, RelativePath path) throws IOException {
    try {
      disk.delete(path);
    } catch (NoSuchFileException none) {
      // nothing to do
    }
  }

  /** A branch that an earlier life left. */
  record LeftBranch(
      BranchFile files,
      BranchRecord.Began began,
      BranchState state,
      boolean isNameless,
      boolean isAtFirstWrite) {

    /**
     * True if its first write did not come to its end, and nothing else was done to it: its base
     * has this mode, as far as is known. A cut is noted whatever it changes, and attributes are set
     * after one of the two.
     */
    boolean isUnchanged(int mode) throws IOException {
      return isAtFirstWrite
          && state.isBase(began.origin().content().sizeBytes())
          && files.bytes().stat().mode() == mode;
    }
  }

  /**
   * Opens what an earlier life left. What was left in another life of the page cache counts as far
   * as it was forced, or has the right checksum, and is durable then.
   *
   * @return empty where there is no branch: it was not begun, or has its name
   */
  static Optional<LeftBranch> open(Disk disk, RelativePath path, String life) throws IOException {
    ReadJournal reading;
    DiskFile journal = disk.open(journal(path), OpenMode.UPDATE);
    boolean isOpen = false;
    try {
      reading = BranchJournal.read(journal);
      boolean isBranch =
          !reading.records().isEmpty()
              && reading.records().getFirst().record() instanceof BranchRecord.Began;
      if (!isBranch || hasItsName(disk, path, reading)) {
        deleteIfThere(disk, journal(path));
        return Optional.empty();
      }
      isOpen = true;
    } finally {
      if (!isOpen) {
        journal.close();
      }
    }
    DiskFile bytes = null;
    try {
      bytes = openBytes(disk, path);
      return Optional.of(open(disk, path, life, reading, bytes));
    } catch (IOException | RuntimeException e) {
      if (bytes != null) {
        bytes.close();
      }
      journal.close();
      throw e;
    }
  }

  /** True if the bytes have the branch's name already, and none here but for a moment. */
  private static boolean hasItsName(Disk disk, RelativePath path, ReadJournal reading)
      throws IOException {
    Optional<FileStat> bytes = disk.stat(path);
    if (bytes.isEmpty()) {
      return true;
    }
    BranchRecord.Began began = (BranchRecord.Began) reading.records().getFirst().record();
    boolean hasBoth = disk.stat(began.origin().path()).filter(bytes.get()::sameInode).isPresent();
    if (hasBoth) {
      disk.delete(path);
    }
    return hasBoth;
  }

  /** A program may have given it a mode by which nobody may write. */
  private static DiskFile openBytes(Disk disk, RelativePath path) throws IOException {
    try {
      return disk.open(path, OpenMode.UPDATE);
    } catch (AccessDeniedException e) {
      try (DiskFile file = disk.open(path, OpenMode.READ)) {
        FileStat before = file.opened();
        file.setAttributes(before.mode() | 0600, before.mtime());
        DiskFile bytes = disk.open(path, OpenMode.UPDATE);
        file.setAttributes(before.mode(), before.mtime());
        return bytes;
      }
    }
  }

  private static LeftBranch open(
      Disk disk, RelativePath path, String life, ReadJournal reading, DiskFile bytes)
      throws IOException {
    List<BranchRecord> records = new ArrayList<>();
    reading.records().forEach(each -> records.add(each.record()));
    BranchRecord.Began began = (BranchRecord.Began) records.getFirst();
    boolean isSameLife = began.life().equals(life);
    BranchState state = replay(reading.records(), isSameLife, bytes);
    boolean isNameless = isNameless(records, disk.stat(began.origin().path()));
    boolean isAtFirstWrite = records.stream().allMatch(BranchFile::isOfAWrite);
    BranchJournal journal = reading.journal();
    if (!isSameLife) {
      bytes.truncate(state.sizeBytes());
      bytes.force();
      began = new BranchRecord.Began(began.origin(), life);
      List<BranchRecord> kept = new ArrayList<>(List.of(state.record()));
      if (isNameless) {
        kept.add(new BranchRecord.Nameless());
      }
      BranchJournal shorter = rewrite(disk, path, began, kept);
      journal.close();
      journal = shorter;
      disk.forceDirectory(OwnDirectories.parent(path));
    } else if (bytes.sizeBytes() != state.sizeBytes()) {
      bytes.truncate(state.sizeBytes());
    }
    BranchFile files = new BranchFile(disk, path, bytes, journal);
    return new LeftBranch(files, began, state, isNameless, isAtFirstWrite);
  }

  private static boolean isOfAWrite(BranchRecord record) {
    return record instanceof BranchRecord.Began || record instanceof BranchRecord.BytesHere;
  }

  private static boolean isNameless(List<BranchRecord> records, Optional<FileStat> there) {
    boolean isNameless = false;
    for (BranchRecord record : records) {
      isNameless |=
          record instanceof BranchRecord.Nameless
              || (record instanceof BranchRecord.NameReplaced(long key, long birth)
                  && there
                      .filter(now -> now.fileKey() == key && now.birthNanos() == birth)
                      .isPresent());
    }
    return isNameless;
  }

  private static BranchState replay(List<Placed> records, boolean isSameLife, DiskFile bytes)
      throws IOException {
    long forced = 0;
    for (Placed each : records) {
      forced =
          switch (each.record()) {
            case BranchRecord.ForcedUntil(long until) -> Math.max(forced, until);
            case BranchRecord.State _ -> Math.max(forced, each.endBytes());
            default -> forced;
          };
    }
    BranchState state = new BranchState(0);
    for (Placed each : records) {
      switch (each.record()) {
        case BranchRecord.Began began ->
            state = new BranchState(began.origin().content().sizeBytes());
        case BranchRecord.State whole -> state = BranchState.of(whole);
        case BranchRecord.Resized(long size) -> state.resized(size);
        case BranchRecord.BytesHere(ByteRange range, int checksum) -> {
          if (isSameLife || each.endBytes() <= forced || isThere(bytes, range, checksum)) {
            state.written(range.startBytes(), range.endBytes());
          }
        }
        case BranchRecord.ForcedUntil _, BranchRecord.NameReplaced _, BranchRecord.Nameless _ -> {}
      }
    }
    // the file is cut before the journal says so; its size is certain once it was forced
    long found = bytes.sizeBytes();
    if (found < state.sizeBytes() && (isSameLife || forced > 0)) {
      state.resized(found);
    }
    return state;
  }

  private static boolean isThere(DiskFile bytes, ByteRange range, int checksum) throws IOException {
    if (bytes.sizeBytes() < range.endBytes()) {
      return false;
    }
    ByteBuffer read = ByteBuffer.allocate((int) range.lengthBytes());
    bytes.read(read, range.startBytes());
    return Branch.checksum(read.flip()) == checksum;
  }
}
