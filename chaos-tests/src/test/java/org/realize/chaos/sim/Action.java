package org.realize.chaos.sim;

/**
 * One thing that happens. Its numbers are read modulo what there is to choose from, so that it
 * stays meaningful, if only as "nothing", when actions before it are left out.
 *
 * @param peer who, unless all are meant
 * @param path which of the few paths of the household
 * @param other a second path, peer, content or amount
 * @param chance the seed of what else is left to chance
 */
record Action(Kind kind, int peer, int path, int other, long chance) {

  /** The kind of an action, with its frequency among the others. */
  enum Kind {
    /** A user writes a file with bytes that were never there before. */
    WRITE(120),
    /** A user writes a file with bytes that others may write too. */
    WRITE_COMMON(60),
    /** A user has a file of an old tree, which others may have too. Drawn apart. */
    WRITE_OLD(0),
    /** A user restores a file by hand that was there once. */
    REVERT(60),
    DELETE(70),
    /** All that is on the disk. */
    DELETE_ALL(8),
    /** A file or a whole directory. */
    RENAME(50),
    CHMOD(25),
    TOUCH(15),
    MAKE_DIRECTORY(25),
    MAKE_LINK(10),
    /** The peer compares its disk with its index. */
    SCAN(170),
    /** The peer brings its disk to what it shows, at one path. */
    ADOPT(30),
    /** As {@link #ADOPT}, at one of the paths where disk and shown version differ. */
    FOLLOW(150),
    /** The user lets pass what the guard holds. */
    CONFIRM(20),
    /** The user keeps what is here against what the guard holds. */
    REJECT(15),
    CONNECT(130),
    DISCONNECT(25),
    /** Asks for a page and takes it in. */
    PULL(420),
    /** Asks for a page that only arrives with a later pull. */
    PULL_LATE(60),
    /** A page comes a second time. */
    REPLAY(30),
    KILL(20),
    /** The peer dies at one of its next commits. */
    CRASH(60),
    POWER_CUT(15),
    START(250),
    /** All run, talk, and bring their disks to what they show, for a short while. */
    CALM(16),
    BACKUP(15),
    RESTORE_FILES(5),
    RESTORE_BLOCKS(5),
    /** Old files come back by a user's hand. */
    RESTORE_DISK(4),
    CLONE_FILES(2),
    CLONE_BLOCKS(2),
    WIPE(3),
    WIPE_STATE(3),
    CLOCK(12),
    IGNORE(8),
    /** Files are moved from one peer to another. Drawn apart: {@link Script#withMoves}. */
    MOVE(0),
    /** One effect of one of the moves under way. */
    MOVE_STEP(0),
    /** A user ends a conflict. Drawn apart: {@link Script#withChoices}. */
    CHOOSE(0),
    /** The page that the peer asks for next does not come. Drawn apart. */
    LOSE_PAGE(0),
    /** A user reads a file through the view. Drawn apart, as are the others of the cache. */
    READ(0),
    /** A user has a file fetched into the cache. */
    FETCH(0),
    /** A user has a file evicted from the cache. */
    EVICT(0),
    /** The cache does what it does by itself now and then. */
    UPKEEP(0),
    /** The next blocks that come from a peer are wrong. */
    GARBLE(0),
    /** The cache's disk stops at one of its next effects, and with it the process. */
    STOP_CACHE(0),
    /** A user marks a path, or clears its mark. Drawn apart, as are all below. */
    MARK(0),
    /** The state is restored, and the root is not. */
    RESTORE_STATE(0),
    /** The root is rolled back, and the state is not. */
    ROLL_BACK_ROOT(0),
    /** The root is restored in part. */
    HALF_RESTORE_ROOT(0),
    /** Another disk is the root from now on: an empty one, or with a part of the files. */
    NEW_DISK(0),
    /** The root's disk is unplugged while the process runs or not. */
    UNPLUG(0),
    PLUG(0),
    /** The root's disk is full, but for a few pages. */
    FILL(0),
    /** It has room again. */
    MAKE_ROOM(0),
    /** A program opens a file through the mount, for writing. Drawn apart, as are all below. */
    OPEN(0),
    /** A program writes a part of a file that it has open. */
    WRITE_PART(0),
    /** A program forces a file that it has open. */
    FORCE(0),
    CLOSE(0),
    /** What programs wrote to is completed. */
    COMPLETE(0);

    final int weight;

    Kind(int weight) {
      this.weight = weight;
    }
  }
}
