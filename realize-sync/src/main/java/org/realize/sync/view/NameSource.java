package org.realize.sync.view;

import org.jspecify.annotations.Nullable;
import org.realize.sync.model.Content;
import org.realize.sync.model.RealizeException;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.Node;
import org.realize.sync.port.PathState;

/**
 * The side that decides what a name shows, of the store and the disk of a root. For files that are
 * on the disk the disk is the truth; for all others the store.
 */
enum NameSource {
  /** The name shows nothing. */
  NOTHING,
  /** What is on the disk, with its own attributes. */
  DISK,
  /** What the store shows: a blob and peers. */
  STORE,
  /** A directory, whose names are those of both sides. */
  DIRECTORY;

  /** The answers that take a further look; each is asked for only where it decides. */
  interface Knowledge {
    /** The disk is not certainly the one that was indexed: its names count as absent. */
    boolean isDoubtful() throws RealizeException;

    /** Ignore rules keep what is on the disk out of the arena. */
    boolean isIgnored() throws RealizeException;

    /** Realize is in the middle of a change there: what is on the disk is what that leaves. */
    boolean isBeingMade() throws RealizeException;

    /** Realize has just made what is on the disk, of a version that is not shown any more. */
    boolean isOutdated(FileStat disk) throws RealizeException;

    /** The store's directory holds a name that is shown although the disk has none. */
    boolean holdsShownNames() throws RealizeException;

    /** The disk's directory holds a name that the index does not know. */
    boolean holdsUnknownNames() throws RealizeException;

    /**
     * All bytes of what the store shows are here or with a connected peer: from then on that is
     * shown, and the answerer notes so ({@link org.realize.sync.port.RealVersion#isLatched}).
     */
    boolean isReachable() throws RealizeException;
  }

  /**
   * The source of one name; the first row of the rule that fits.
   *
   * @param node what the store's tree shows there; null for nothing
   * @param state what is known of the path; null for nothing
   * @param disk what is on the disk; null for nothing
   */
  static NameSource of(
      @Nullable Node node, @Nullable PathState state, @Nullable FileStat disk, Knowledge knowledge)
      throws RealizeException {
    NameSource stored =
        node == null ? NOTHING : node.content() instanceof Content.Directory ? DIRECTORY : STORE;
    if (knowledge.isDoubtful()) {
      return stored;
    }
    FileStat indexed = state == null ? null : state.realStat();
    if (disk == null) {
      return withoutDisk(stored, state, indexed, knowledge);
    }
    boolean isDirectory = disk.kind() == FileStat.Kind.DIRECTORY;
    if (stored == DIRECTORY && isDirectory) {
      return DIRECTORY;
    }
    if (disk.kind() == FileStat.Kind.OTHER) {
      return DISK;
    }
    if (stored == DIRECTORY) {
      boolean isLeft = isWithoutOwn(state, indexed) && !knowledge.holdsShownNames();
      return isLeft || (indexed == null && knowledge.isIgnored()) ? DISK : DIRECTORY;
    }
    NameSource found = isDirectory ? DIRECTORY : DISK;
    boolean isAsIndexed = indexed != null && indexed.sameEntry(disk);
    if (isAsIndexed ? isRealShown(state) : !knowledge.isOutdated(disk)) {
      return found;
    }
    if (isDirectory && knowledge.holdsUnknownNames()) {
      return DIRECTORY;
    }
    return isLatched(state) || knowledge.isReachable() ? stored : found;
  }

  private static NameSource withoutDisk(
      NameSource stored, @Nullable PathState state, @Nullable FileStat indexed, Knowledge knowledge)
      throws RealizeException {
    return switch (stored) {
      case NOTHING -> NOTHING;
      case DIRECTORY ->
          isWithoutOwn(state, indexed) && !knowledge.isBeingMade() && !knowledge.holdsShownNames()
              ? NOTHING
              : DIRECTORY;
      case STORE, DISK -> isRealShown(state) && !knowledge.isBeingMade() ? NOTHING : STORE;
    };
  }

  /**
   * True once something newer was shown than an unchanged file of the disk: the file is not shown
   * again, also when nobody has the bytes of the newer one any more.
   */
  private static boolean isLatched(@Nullable PathState state) {
    return state != null && state.real() != null && state.real().isLatched();
  }

  private static boolean isRealShown(@Nullable PathState state) {
    return state != null && state.isReal(state.shown().content());
  }

  /**
   * True if nothing but what lies below makes the store's directory: it was on the disk, where a
   * file is not the directory that a peer has made, or is no version of its own.
   */
  private static boolean isWithoutOwn(@Nullable PathState state, @Nullable FileStat indexed) {
    return (indexed != null && indexed.kind() == FileStat.Kind.DIRECTORY)
        || state == null
        || !(state.shown().content() instanceof Content.Directory);
  }
}
