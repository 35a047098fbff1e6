package org.realize.sync.feed;

import java.util.List;
import java.util.UUID;
import org.realize.sync.port.Rows;

/**
 * A start of a store, and a number from that moment: the first counter that the store could give
 * out, or the head of an arena's feed.
 */
record KnownStart(UUID incarnation, long number) {

  /** Declares rows that list starts, oldest first. */
  static Rows<List<KnownStart>> rows(String name) {
    return Rows.ofLists(
        name,
        1,
        (out, start) -> out.putUuid(start.incarnation()).putSigned(start.number()),
        in -> new KnownStart(in.getUuid(), in.getSigned()));
  }
}
