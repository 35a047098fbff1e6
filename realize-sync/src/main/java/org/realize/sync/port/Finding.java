package org.realize.sync.port;

import java.util.Objects;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RelativePath;

/**
 * A fact about a path that the user should know, with its cause in one line. A finding replaces an
 * earlier one of the same {@link #key}.
 *
 * @param source the origin: the part of the program that lists it and takes it off the list
 * @param subject the path, or a printable form of a name that is no valid path; empty where the
 *     finding is of the whole arena
 * @param sinceMillis when it was listed with this cause, in milliseconds since 1970
 */
public record Finding(
    FindingKind kind, FindingSource source, String subject, String cause, long sinceMillis) {

  /** The reason to list something. */
  public enum FindingKind {
    /** A local name that is never shared. */
    SKIPPED,
    /** A subtree from which nothing is told to peers until it is certain again. */
    PAUSED,
    /** A peer's change that waits for the user's confirmation. */
    HELD,
    /** Work that went wrong and is retried. */
    FAILED
  }

  /** A part of the program that lists findings. */
  public enum Part {
    /** Scan and watch of the root. */
    INDEX,
    /** Effects on files of the root, other than those below. */
    ROOT,
    /** Changes that peers report. */
    FEED,
    /** Bytes that peers send. */
    DOWNLOAD,
    /** The cache, to which downloads are written. */
    CACHE,
    /** The scrub of cached bytes. */
    CACHE_SCRUB,
    /** The scrub of real files. */
    REAL_SCRUB,
    /** The work that marks ask for. */
    SYNC,
    /** Moves of the losers of conflicts to the trash. */
    TRASH,
    /** Files that programs wrote to, most of whose bytes are elsewhere. */
    BRANCH
  }

  /**
   * The origin of a finding.
   *
   * @param peer the peer that it is about; empty where it is about none
   */
  public record FindingSource(Part part, String peer) {
    public FindingSource {
      Objects.requireNonNull(part, "part");
      Objects.requireNonNull(peer, "peer");
    }

    public static FindingSource of(Part part) {
      return new FindingSource(part, "");
    }

    public static FindingSource feed(PeerName peer) {
      return new FindingSource(Part.FEED, peer.value());
    }
  }

  /** The identity of a finding. */
  public record Key(FindingKind kind, FindingSource source, String subject) {

    /** The key of a finding at {@code path}. */
    public static Key of(FindingKind kind, Part part, RelativePath path) {
      return new Key(kind, FindingSource.of(part), path.toString());
    }

    /** The finding of this key. */
    public Finding toFinding(String cause, long sinceMillis) {
      return new Finding(kind, source, subject, cause, sinceMillis);
    }
  }

  public Key key() {
    return new Key(kind, source, subject);
  }

  /** The subject as people read it, with its part or peer where the path alone says too little. */
  public String place() {
    return switch (source.part()) {
      case INDEX, ROOT, SYNC, TRASH, BRANCH -> subject;
      case DOWNLOAD, FEED ->
          source.peer().isEmpty() ? subject : subject + " (from " + source.peer() + ")";
      case CACHE -> "cache";
      case CACHE_SCRUB -> "cache of '" + subject + "'";
      case REAL_SCRUB -> "real file '" + subject + "'";
    };
  }
}
