package org.realize.store.journal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.apache.ignite.internal.processors.cache.persistence.file.FileIO;
import org.apache.ignite.internal.processors.cache.persistence.file.FileIOFactory;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.RealizeException.DiskFull;

/**
 * The journal's rows in files of their own, {@code 1.rows}, {@code 2.rows} and so on, each with the
 * length (4 bytes, big-endian) before every row. Rows are appended to the file of the highest
 * number; a process never appends to a file of an earlier one. A file ends at the first row that is
 * not whole: a write that a kill or a power cut interrupted, which nobody was told of.
 *
 * <p>Files are removed whole, once every row in them is. So rows that were removed may be read
 * again after a restart, beside younger ones.
 *
 * <p>A file gets its room on the disk before its rows, so that a full disk refuses rows before any
 * is accepted. A file that finds no successor on a full disk grows beyond its size instead.
 *
 * <p>Thread-safe. Costs: a put is one write, a flush one sync of one file.
 */
final class FileJournal implements JournalTable, AutoCloseable {
  /** A file that holds as much gets no further row. */
  private static final long FILE_BYTES = 4L << 20;

  /** Room is taken in steps of this at least. */
  private static final long STEP_BYTES = 1L << 20;

  /** Out of the reserve it is taken in steps of this. */
  private static final long SMALL_STEP_BYTES = 64L << 10;

  private static final String SUFFIX = ".rows";
  private static final int LENGTH_BYTES = 4;

  private final Path directory;
  private final FileIOFactory files;
  private final StoreRoom room;
  private final ReentrantLock lock = new ReentrantLock();

  /** Guarded by {@code lock}: the last sequence in each file that gets no further row. */
  private final TreeMap<Long, Long> full = new TreeMap<>();

  /** Guarded by {@code lock}: the file that rows are appended to, if one was made. */
  private @Nullable FileIO current;

  /** Guarded by {@code lock}, as what follows: its number, or the highest that there was. */
  private long number;

  private long length;

  /** The end of its room on the disk; without bound where the file system cannot allocate. */
  private long allocated;

  private long lastSequence;
  private boolean isForced = true;
  private boolean areNamesForced = true;

  private FileJournal(Path directory, FileIOFactory files, StoreRoom room) {
    this.directory = directory;
    this.files = files;
    this.room = room;
  }

  /** Opens the journal in {@code directory}, which is made if it is not there. */
  static FileJournal open(Path directory, FileIOFactory files, StoreRoom room) throws IOException {
    FileJournal journal = new FileJournal(directory, files, room);
    if (!Files.isDirectory(directory)) {
      Files.createDirectory(directory);
      force(Objects.requireNonNull(directory.toAbsolutePath().getParent()));
    }
    journal.number = journal.numbers().stream().max(Long::compare).orElse(0L);
    return journal;
  }

  @Override
  public SortedMap<Long, byte[]> all() {
    lock.lock();
    try {
      TreeMap<Long, byte[]> rows = new TreeMap<>();
      for (long present : numbers()) {
        SortedMap<Long, byte[]> read = read(file(present));
        rows.putAll(read);
        if (present != number || current == null) {
          full.put(present, read.isEmpty() ? 0 : read.lastKey());
        }
      }
      return rows;
    } catch (IOException e) {
      throw new UncheckedIOException("could not read the journal", e);
    } finally {
      lock.unlock();
    }
  }

  private List<Long> numbers() throws IOException {
    try (Stream<Path> names = Files.list(directory)) {
      return names
          .map(name -> String.valueOf(name.getFileName()))
          .filter(name -> name.endsWith(SUFFIX))
          .map(name -> Long.parseLong(name.substring(0, name.length() - SUFFIX.length())))
          .sorted()
          .toList();
    }
  }

  private static SortedMap<Long, byte[]> read(Path file) throws IOException {
    TreeMap<Long, byte[]> rows = new TreeMap<>();
    ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(file));
    while (in.remaining() >= LENGTH_BYTES) {
      int size = in.getInt();
      if (size <= 0 || size > in.remaining()) {
        break;
      }
      byte[] row = new byte[size];
      in.get(row);
      if (!JournalRow.isWhole(row)) {
        break;
      }
      rows.put(JournalRow.sequence(row), row);
    }
    return rows;
  }

  private Path file(long of) {
    return directory.resolve(of + SUFFIX);
  }

  @Override
  public void prepare(long bytes, boolean isVital) throws DiskFull {
    lock.lock();
    try {
      if (current == null) {
        begin(bytes, isVital);
      } else if (allocated - length < bytes) {
        boolean isSmall = isVital && room.isFull();
        long end = length + Math.max(bytes, isSmall ? SMALL_STEP_BYTES : STEP_BYTES);
        room.allocate(file(number), allocated, end - allocated, isVital);
        allocated = end;
      }
    } catch (IOException e) {
      if (StoreRoom.isFull(e)) {
        throw new DiskFull("take room for the journal", e);
      }
      throw new UncheckedIOException("could not take room for the journal", e);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void put(long sequence, byte[] row) {
    lock.lock();
    try {
      FileIO file = current == null ? begin(0, true) : next(current);
      ByteBuffer bytes = ByteBuffer.allocate(LENGTH_BYTES + row.length);
      bytes.putInt(row.length).put(row).flip();
      isForced = false;
      file.writeFully(bytes, length);
      length += bytes.capacity();
      lastSequence = sequence;
    } catch (IOException e) {
      throw new UncheckedIOException("could not write the journal", e);
    } finally {
      lock.unlock();
    }
  }

  /** The file for the next row: a new one once this one has its size, if there is room for it. */
  private FileIO next(FileIO file) throws IOException {
    if (length < FILE_BYTES) {
      return file;
    }
    forceCurrent();
    long before = number;
    long last = lastSequence;
    try {
      FileIO made = begin(allocated == Long.MAX_VALUE ? 0 : allocated - length, false);
      full.put(before, last);
      file.close();
      return made;
    } catch (IOException e) {
      if (StoreRoom.isFull(e)) {
        return file;
      }
      throw e;
    }
  }

  /** Begins the next file, with room for so many bytes at least; else all is as it was. */
  private FileIO begin(long bytes, boolean isVital) throws IOException {
    Path path = file(number + 1);
    FileIO made =
        files.create(path.toFile(), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    boolean isMade = false;
    try {
      // Of the reserve no more is taken than is needed.
      long end = Math.max(bytes, isVital && room.isFull() ? SMALL_STEP_BYTES : FILE_BYTES);
      allocated = room.allocate(path, 0, end, isVital) ? end : Long.MAX_VALUE;
      isMade = true;
    } finally {
      if (!isMade) {
        made.close();
        Files.deleteIfExists(path);
      }
    }
    number++;
    areNamesForced = false;
    current = made;
    length = 0;
    return made;
  }

  @Override
  public void remove(long first, long last) {
    lock.lock();
    try {
      if (full.isEmpty() || full.firstEntry().getValue() > last) {
        return;
      }
      forceCurrent(); // the marks that let these go
      while (!full.isEmpty() && full.firstEntry().getValue() <= last) {
        Files.deleteIfExists(file(full.firstKey()));
        full.pollFirstEntry();
      }
    } catch (IOException e) {
      throw new UncheckedIOException("could not remove the journal's files", e);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void flush() {
    lock.lock();
    try {
      forceCurrent();
    } catch (IOException e) {
      throw new UncheckedIOException("could not flush the journal", e);
    } finally {
      lock.unlock();
    }
  }

  private void forceCurrent() throws IOException {
    FileIO file = current;
    if (file != null && !isForced) {
      file.force();
      isForced = true;
    }
    if (!areNamesForced) {
      force(directory);
      areNamesForced = true;
    }
  }

  private static void force(Path directory) throws IOException {
    try (FileChannel names = FileChannel.open(directory, StandardOpenOption.READ)) {
      names.force(true);
    }
  }

  @Override
  public void close() throws IOException {
    lock.lock();
    try {
      FileIO file = current;
      if (file != null) {
        current = null;
        file.close();
      }
    } finally {
      lock.unlock();
    }
  }
}
