package org.realize.store.blob;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
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

  /** Compares all of them: files first, so that each file of a blob finds its row. */
  static BlobComparison of(BlobDirectory directory, BlobTable table)
      throws RealizeException, IOException {
    List<Found> files = new ArrayList<>(directory.files());
    files.sort(Comparator.comparingLong(Found::fileId));
    long[] ids = files.stream().mapToLong(Found::fileId).toArray();
    BitSet known = new BitSet(ids.length);
    List<BlobInfo> suspects = new ArrayList<>();
    table.each(blob -> {
      int at = find(blob, files, ids);
      if (at >= 0) {
        known.set(at);
      }
      if (at >= 0 ? !fits(blob, files.get(at)) : mayHaveFile(blob)) {
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

  private static boolean mayHaveFile(BlobInfo blob) {
    return blob.availableBytes() > 0 || blob.allocatedBytes() > 0;
  }

  private static boolean fits(BlobInfo blob, Found file) {
    return blob.availableBytes() > 0
        && file.isFile()
        && file.sizeBytes() >= blob.sizeBytes()
        && file.allocatedBytes() == blob.allocatedBytes();
  }
}
