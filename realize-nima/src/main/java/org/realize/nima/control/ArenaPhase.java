package org.realize.nima.control;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The first thing that keeps an arena from being in sync.
 *
 * @param peer whose changes are taken in, or who has not read ours; null in other phases
 * @param done files or changes so far; 0 where they are not counted
 * @param total of them; −1 where it is not known
 */
public record ArenaPhase(PhaseKind kind, @Nullable String peer, long done, long total) {

  /** The kind of a phase, in the order in which they are looked for. */
  public enum PhaseKind {
    /** The root is looked at as a whole. */
    SCANNING,
    /** Large files are hashed. */
    HASHING,
    /** Files that were touched are not quiet yet, or are being looked at. */
    SETTLING,
    /** The root is in doubt. */
    IN_DOUBT,
    /** The changes of a peer are taken in. */
    CATCHING_UP,
    /** All paths are looked at for work. */
    LOOKING,
    /** Files are fetched, made real, removed or given up. */
    WORKING,
    /** A connected peer has not read our changes. */
    HANDING_OVER,
    IN_SYNC
  }

  /** A phase without figures. */
  public static ArenaPhase of(PhaseKind kind) {
    return new ArenaPhase(kind, null, 0, -1);
  }

  /** True if nothing is to be waited for. */
  public boolean isInSync() {
    return kind == PhaseKind.IN_SYNC;
  }

  /** The phase in words. */
  public String words() {
    return switch (kind) {
      case SCANNING ->
          total < 0
              ? "scanning, %s files so far".formatted(count(done))
              : "scanning %s of %s files".formatted(count(done), count(Math.max(done, total)));
      case HASHING ->
          total == 1 ? "hashing a large file" : "hashing %s large files".formatted(count(total));
      case SETTLING -> "looking at files that changed";
      case IN_DOUBT -> "in doubt";
      case CATCHING_UP ->
          "catching up with "
              + peer
              + (total < 0 ? "" : ", %s changes left".formatted(count(total)));
      case LOOKING -> "looking at all paths";
      case WORKING -> "syncing %s files".formatted(count(total));
      case HANDING_OVER -> "waiting for %s to read the changes".formatted(peer);
      case IN_SYNC -> "in sync";
    };
  }

  private static String count(long count) {
    return String.format(Locale.ROOT, "%,d", count);
  }
}
