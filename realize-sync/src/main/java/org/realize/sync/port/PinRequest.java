package org.realize.sync.port;

import java.util.List;
import java.util.UUID;
import org.realize.sync.model.Content;
import org.realize.sync.model.RelativePath;

/**
 * A dropper's request to a grantor, about contents at paths of one arena.
 *
 * @param root the id of the dropper's root: a grantor with the same one is the dropper itself
 */
public record PinRequest(PinStep step, UUID root, List<Pinned> contents) {

  /** Contents of one request at most. */
  public static final int MAX_CONTENTS = 500;

  /** The step of a request. */
  public enum PinStep {
    /** Promise to keep the contents until one of the other steps. */
    PIN,
    /** The dropper has given its bytes up; the promise ends. */
    DROPPED,
    /** The dropper keeps its bytes; the promise ends. */
    RELEASED
  }

  /**
   * A content at a path.
   *
   * @param attempt the dropper's number of the attempt that the pin is for: a word about an earlier
   *     attempt that arrives late ends no pin of a later one
   */
  public record Pinned(RelativePath path, Content content, long attempt) {}

  public PinRequest {
    contents = List.copyOf(contents);
    if (contents.size() > MAX_CONTENTS) {
      throw new IllegalArgumentException(contents.size() + " contents in one request");
    }
  }
}
