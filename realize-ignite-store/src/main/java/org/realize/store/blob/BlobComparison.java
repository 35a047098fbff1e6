package org.realize.store.blob;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import org.realize.sync.model.RealizeException;
import org.realize.sync.port.BlobInfo;

/**
 * The directory of blobs beside their table. The directory is listed first, so whatever was made or
 * removed meanwhile may be among what differs: that has to be looked at once more.
 *
 * @param suspects rows that do not fit their file
 * @param unknown names of files that belong to no row
 */
record BlobComparison(List<BlobInfo> suspects, List<String> unknown) {

  /**
   * Compares all of them.
   *
   * @param sound is told of rows that fit, also of those that claim nothing and have no file
   */
  static BlobComparison of(BlobDirectory directory, BlobTable table, BlobTable.Visitor sound)
      throws RealizeException, IOException {
    List<BlobDirectory.Found> files = new ArrayList<>(directory.files());
    files.sort(Comparator.comparing(BlobDirectory.Found::name));
    String[] names = files.stream().map(BlobDirectory.Found::name).toArray(String[]::new);
    BitSet known = new BitSet(names.length);
    List<BlobInfo> suspects = new ArrayList<>();
    table.each(blob -> {
      int at = Arrays.binarySearch(names, BlobDirectory.name(blob.fileId(), blob.hash()));
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
    for (int at = known.nextClearBit(0); at < names.length; at = known.nextClearBit(at + 1)) {
      unknown.add(names[at]);
    }
    return new BlobComparison(suspects, unknown);
  }

  private static boolean fits(BlobInfo blob, BlobDirectory.Found file) {
    return blob.availableBytes() > 0
        && file.isFile()
        && file.sizeBytes() >= blob.sizeBytes()
        && file.allocatedBytes() == blob.allocatedBytes();
  }
}
