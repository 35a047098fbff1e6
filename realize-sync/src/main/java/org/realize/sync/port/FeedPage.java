package org.realize.sync.port;

import java.util.List;

/**
 * A run of a peer's feed, in order of sequence.
 *
 * @param headSeq the highest sequence in the feed when the page was read: at or above the last
 *     entry's
 */
public record FeedPage(List<FeedEntry> entries, long headSeq) {
  public FeedPage {
    entries = List.copyOf(entries);
  }
}
