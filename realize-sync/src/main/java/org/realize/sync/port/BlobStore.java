package org.realize.sync.port;

import java.util.List;
import java.util.Optional;
import org.realize.sync.model.ByteRange;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.RealizeException;

/**
 * The locally stored bytes of one arena's contents: a directory of sparse files and their table.
 * Only verified bytes are written to it. Thread-safe; one instance of {@link Blob} per content is
 * shared by all who have it open.
 */
public interface BlobStore extends AutoCloseable {

  /** Opens the blob of {@code hash}, creating it empty at first use. The caller closes it. */
  Blob open(ContentHash hash, long sizeBytes) throws RealizeException;

  /** Opens it if it is open already or has bytes. */
  Optional<Blob> find(ContentHash hash) throws RealizeException;

  /**
   * Deletes the blob that nothing refers to any more, its file first, then its row; an open one
   * goes with its last handle. Nothing happens when there is none.
   */
  void delete(ContentHash hash) throws RealizeException;

  /**
   * What nothing shows any more, or a path only holds: its bytes go first when room is needed, and
   * may serve until then. Nothing happens when there is none. Durable some minutes later.
   */
  void retire(ContentHash hash);

  /** The outcome of {@link #evict}. */
  enum Evicted {
    GONE,
    /** There was nothing. */
    ABSENT,
    /** It stays: somebody has it open. */
    OPEN,
    /** It stays: the user wants it here, by a mark. */
    MARKED,
    /** It stays: no peer is known to have it. */
    LAST_COPY
  }

  /** Lets the bytes of a content go that are needed no more, unless they must stay. */
  Evicted evict(ContentHash hash) throws RealizeException;

  /**
   * Forgets bytes that were found wrong, if another peer is known to have the content: they are
   * absent from then on. Else they stay as they are. A concurrent reader may still see them. The
   * caller has the blob open.
   */
  void distrust(ContentHash hash, ByteRange range) throws RealizeException;

  /** Bytes committed by all blobs. */
  long cachedBytes();

  /**
   * Whether a content of this size is worth keeping when it is read: not if it would push out all
   * that came in lately.
   */
  boolean admits(long sizeBytes);

  /** How full the cache is. */
  CacheReport report();

  /**
   * A blob in the cache.
   *
   * @param units uses, of 128 KiB served each; halved now and then
   */
  record Cached(ContentHash hash, long bytes, BlobUse.Area area, int units) {}

  /** The blobs used most, at most {@code max}. Cost: the number of blobs. */
  List<Cached> hottest(int max);

  /** The blobs that go next, the first one first, at most {@code max}. */
  List<Cached> next(int max);

  /**
   * Takes what background work is due: compares files and table, at first and once a day, keeps to
   * the limits as other programs use the disk, and writes down how blobs were used. To be called
   * soon after the start, and then every few seconds.
   */
  void step() throws RealizeException;

  /**
   * What does not hold of files and table, one line each, some hundred at most. Changes nothing,
   * but for what a crash before the start has left. Cost: the number of blobs.
   */
  List<String> inspect() throws RealizeException;

  /** Room on the file system that holds the blobs. */
  DiskUsage usage() throws RealizeException;

  /** Commits what was written, then closes. */
  @Override
  void close() throws RealizeException;
}
