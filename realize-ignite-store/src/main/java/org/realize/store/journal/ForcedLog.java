package org.realize.store.journal;

import java.io.File;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.ignite.IgniteCheckedException;
import org.apache.ignite.internal.GridKernalContext;
import org.apache.ignite.internal.processors.cache.persistence.StorageException;
import org.apache.ignite.internal.processors.cache.persistence.file.FileIO;
import org.apache.ignite.internal.processors.cache.persistence.file.FileIOFactory;
import org.apache.ignite.internal.processors.cache.persistence.filename.NodeFileTree;
import org.apache.ignite.internal.processors.cache.persistence.wal.FileWriteAheadLogManager;
import org.apache.ignite.internal.processors.cache.persistence.wal.WALPointer;
import org.jspecify.annotations.Nullable;

/**
 * Ignite's write-ahead log, whose flush to the disk always reaches the disk.
 *
 * <p>Without a memory map, Ignite 2.18 asks its log's writer thread to force the file by the place
 * −3 in a table of places that threads wait for. While another thread waits for a real place, the
 * writer serves that one and wakes all who wait for a lower one, −3 among them: the force is taken
 * for done and never happens. So this log lets Ignite only write, and forces the files by itself.
 *
 * <p>Nor does it let a thread wait for the place where its record begins, which is reached before
 * the record is written, but always for the end of all that was logged.
 *
 * <p>Thread-safe.
 */
final class ForcedLog extends FileWriteAheadLogManager {
  /** Bound while a thread's writes need not be in the file when they return. */
  private static final ScopedValue<Boolean> DEFERRED = ScopedValue.newInstance();

  private final FileIOFactory files;
  private final NodeFileTree tree;
  private final ReentrantLock forcing = new ReentrantLock();

  /** Guarded by {@code forcing}: the segment forced last; negative before the first one. */
  private long lastForced = -1;

  ForcedLog(GridKernalContext context, FileIOFactory files) {
    super(context);
    this.files = files;
    this.tree = context.pdsFolderResolver().fileTree();
    setFileIOFactory(files);
  }

  /**
   * Runs writes that need not survive the process when they return, and spares them the wait for
   * the writer thread. Their records stand before all later ones, so they are in the file once a
   * later write is.
   */
  static void deferring(Runnable writes) {
    ScopedValue.where(DEFERRED, true).run(writes);
  }

  @Override
  public @Nullable WALPointer flush(@Nullable WALPointer unused, boolean explicitFsync)
      throws IgniteCheckedException {
    if (!explicitFsync && DEFERRED.isBound()) {
      return null;
    }
    WALPointer written = super.flush(null, false);
    if (explicitFsync && written != null) {
      force(written.index());
    }
    return written;
  }

  /**
   * Forces what may be unforced up to a segment: from the one forced last, and at first all there
   * are, since a killed process leaves some behind.
   */
  private void force(long last) throws StorageException {
    forcing.lock();
    try {
      boolean isNew = last > lastForced;
      for (long segment = lastForced < 0 ? oldest(last) : lastForced; segment <= last; segment++) {
        force(tree.walSegment(segment));
      }
      if (isNew) {
        forceNames();
        lastForced = last;
      }
    } catch (IOException e) {
      throw new StorageException("could not force the write-ahead log", e);
    } finally {
      forcing.unlock();
    }
  }

  private long oldest(long last) {
    long oldest = last;
    for (File segment : tree.walSegments()) {
      oldest = Math.min(oldest, tree.walSegmentIndex(segment.toPath()));
    }
    return oldest;
  }

  private void force(File segment) throws IOException {
    try (FileIO file = files.create(segment, StandardOpenOption.WRITE)) {
      file.force();
    } catch (NoSuchFileException e) {
      // Removed, since a checkpoint has made its records durable elsewhere.
    }
  }

  private void forceNames() throws IOException {
    Path names = Objects.requireNonNull(tree.wal(), "no log").toPath();
    try (FileChannel directory = FileChannel.open(names, StandardOpenOption.READ)) {
      directory.force(true);
    }
  }
}
