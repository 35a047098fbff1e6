package org.realize.sync.port;

import java.util.List;
import org.realize.sync.model.Metadata;
import org.realize.sync.model.Version;

/**
 * The last report of one peer on one path: every maximal version that it knows and follows, its
 * default first.
 *
 * @param seq the position of this report in that peer's feed
 */
public record Report(long seq, Metadata metadata, List<Reported> versions) {

  /** One version and whether that peer has all of its bytes, verified, and serves them. */
  public record Reported(Version version, boolean held) {}

  public Report {
    versions = List.copyOf(versions);
    if (versions.isEmpty()) {
      throw new IllegalArgumentException("a report without a version");
    }
  }
}
