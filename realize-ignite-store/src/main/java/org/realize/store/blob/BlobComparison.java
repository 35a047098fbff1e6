package org.realize.store.blob;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadFactory;
import org.realize.store.blob.BlobDirectory.Found;
import org.realize.sync.model.RealizeException;
import org.realize.sync.port.BlobInfo;

/**
 * The directory of blobs beside their table. What was made or removed meanwhile may be among what
 * differs: that has to be looked at once more.
 *
 * @param suspects rows that do not fit their file
 * @param unknown names of files that belong to no row
 */
record BlobComparison(List<BlobInfo> suspects, List<String> unknown) {

  /** Shows all rows. */
  private interface Rows {
    void each(BlobTable.Visitor visitor) throws RealizeException;
  }

  /**
   * Compares all of them.
   *
   * @param sound is told of rows that fit, also of those that claim nothing and have no file
   */
  static BlobComparison of(BlobDirectory directory, BlobTable table, BlobTable.Visitor sound)
      throws RealizeException, IOException {
    return of(directory.files(), table::each, sound);
  }

  /**
   * The same in less time: the table is read while the directory is listed, and all of its rows are
   * in memory meanwhile.
   */
  static BlobComparison fast(BlobDirectory directory, BlobTable table, BlobTable.Visitor sound)
      throws RealizeException, IOException {
    ThreadFactory threads = Thread.ofPlatform().name("blob-list").factory();
    try (ExecutorService lister = Executors.newSingleThreadExecutor(threads)) {
      Future<List<Found>> files = lister.submit(directory::files);
      List<BlobInfo> rows = new ArrayList<>();
      table.each(rows::add);
      return of(listed(files), visitor -> visitAll(rows, visitor), sound);
    }
  }

  private static List<Found> listed(Future<List<Found>> files) throws IOException {
    try {
      return files.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException cause) {
        throw cause;
      }
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while blobs were listed");
    }
  }

  private static void visitAll(List<BlobInfo> rows, BlobTable.Visitor visitor)
      throws RealizeException {
    for (BlobInfo row : rows) {
      visitor.visit(row);
    }
  }

  private static BlobComparison of(List<Found> found, Rows rows, BlobTable.Visitor sound)
      throws RealizeException {
    List<Found> files = ByNumber.sorted(found, Found::fileId);
    long[] ids = files.stream().mapToLong(Found::fileId).toArray();
    BitSet known = new BitSet(ids.length);
    List<BlobInfo> suspects = new ArrayList<>();
    rows.each(blob -> {
      int at = find(blob, files, ids);
      if (at >= 0) {
        known.set(at);
      }
      if (at >= 0 ? fits(blob, files.get(at)) : blob.availableBytes() == 0) {
        sound.visit(blob);
      } else {
        suspects.add(blob);
      }
    });
    List<String> unknown = new ArrayList<>();
    for (int at = known.nextClearBit(0); at < ids.length; at = known.nextClearBit(at + 1)) {
      unknown.add(files.get(at).name());
    }
    return new BlobComparison(suspects, unknown);
  }

  /** The place of a blob's file, below 0 if there is none; one id may be in several names. */
  private static int find(BlobInfo blob, List<Found> files, long[] ids) {
    int at = Arrays.binarySearch(ids, blob.fileId());
    while (at > 0 && ids[at - 1] == blob.fileId()) {
      at--;
    }
    for (; at >= 0 && at < ids.length && ids[at] == blob.fileId(); at++) {
      if (files.get(at).hash0() == blob.hash().word0()) {
        return at;
      }
    }
    return -1;
  }

  private static boolean fits(BlobInfo blob, Found file) {
    return blob.availableBytes() > 0
        && file.isFile()
        && file.sizeBytes() >= blob.sizeBytes()
        && file.allocatedBytes() == blob.allocatedBytes();
  }
}
