package org.realize.sync.port;

import java.util.List;
import org.realize.sync.model.ArenaName;
import org.realize.sync.port.PeerLink.ContentRequest;

/**
 * Small contents of one arena that are asked for together, at least one; {@link
 * IllegalArgumentException} beyond the bounds.
 */
public record ContentBatch(List<ContentRequest> contents) {

  /** Contents of one batch at most. */
  public static final int MAX_CONTENTS = 500;

  /** Bytes of each content at most. */
  public static final int MAX_CONTENT_BYTES = 1 << 20;

  /** Bytes of all contents at most. */
  public static final int MAX_BYTES = 8 << 20;

  public ContentBatch {
    contents = List.copyOf(contents);
    if (contents.isEmpty() || contents.size() > MAX_CONTENTS) {
      throw new IllegalArgumentException(contents.size() + " contents in one batch");
    }
    long bytes = 0;
    for (ContentRequest content : contents) {
      if (content.sizeBytes() < 0 || content.sizeBytes() > MAX_CONTENT_BYTES) {
        throw new IllegalArgumentException(
            "'%s' of %d bytes in a batch".formatted(content.hint(), content.sizeBytes()));
      }
      if (!content.arena().equals(contents.getFirst().arena())) {
        throw new IllegalArgumentException("contents of two arenas in one batch");
      }
      bytes += content.sizeBytes();
    }
    if (bytes > MAX_BYTES) {
      throw new IllegalArgumentException(bytes + " bytes in one batch");
    }
  }

  public ArenaName arena() {
    return contents.getFirst().arena();
  }
}
