package org.realize.sync.port;

import java.util.List;

/**
 * Some of an arena's blobs.
 *
 * @param next where the next page begins; {@link #END} after the last one
 */
public record BlobPage(List<BlobInfo> blobs, long next) {

  public static final long START = 0;
  public static final long END = -1;

  public BlobPage {
    blobs = List.copyOf(blobs);
  }
}
