package org.realize.nima.control;

import java.util.List;
import org.realize.nima.control.LimitReport.ArenaLimits;
import org.realize.nima.control.LimitReport.PeerLimits;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;

/**
 * The commands of a running daemon. The daemon implements it, {@link ControlServer} serves it,
 * {@link ControlClient} is its remote form. Thread-safe.
 */
public interface Household {

  /** What is going on now, without waiting for anything slow. */
  HouseholdStatus status() throws RealizeException;

  /** What the arenas' caches hold. Cost: the number of cached files. */
  List<CacheStatus> caches() throws RealizeException;

  /** What does not hold of the arenas' caches, one line each. Cost: the number of cached files. */
  List<String> inspect() throws RealizeException;

  /**
   * A link to the page that opens it in one browser, once, within minutes. {@code NotFound} when
   * the daemon has no dashboard.
   */
  String dashboardLink() throws RealizeException;

  /** Begins the ordered end of the daemon and returns at once. */
  void stop() throws RealizeException;

  /**
   * Dials the peer now, and again whenever the connection ends. {@code NotFound} for a peer that is
   * not configured, {@code Invalid} for one without address, {@code Unreachable} when the first
   * attempt fails.
   */
  void connect(PeerName peer) throws RealizeException;

  /**
   * Makes a code by which one machine can join through this node. {@code Invalid} if it does not
   * listen.
   *
   * @param addresses of this node beside those that it knows, {@code HOST:PORT}
   */
  Invite invite(List<String> addresses) throws RealizeException;

  /** The member list of the household; empty while this node is in none. */
  List<MemberStatus> members() throws RealizeException;

  /**
   * Revokes a member of the household, on all machines; those that are connected have heard of it
   * when this returns. {@code NotFound} for a peer that is none.
   */
  void revoke(PeerName peer) throws RealizeException;

  /**
   * Takes a peer out of the configuration, on this machine alone, and ends its connection. {@code
   * NotFound} for one that is not there.
   */
  void removePeer(PeerName peer) throws RealizeException;

  /** The limits of the configuration. */
  LimitReport limits() throws RealizeException;

  /** Changes the limits of a peer, at once. {@code Invalid} for one that makes no sense. */
  void limitPeer(PeerLimits limits) throws RealizeException;

  /**
   * Changes the limits of an arena's cache, at once: the arena ends and begins again. {@code
   * Invalid} for one that makes no sense.
   */
  void limitArena(ArenaLimits limits) throws RealizeException;

  /** Ends the connection; it stays away until {@link #connect} or the daemon's next start. */
  void disconnect(PeerName peer) throws RealizeException;

  /**
   * Reads the configuration again: peers and arenas that are new take part, those that are gone
   * end, and what changed of the others counts. Nothing changes if the file cannot be read or is
   * not valid. Fails, after all else was done, if an arena cannot begin.
   *
   * @return the settings that changed and count from the daemon's next start
   */
  List<String> reload() throws RealizeException;

  /**
   * Accepts a place in doubt as it is; for the root, also lets the held changes of the arena
   * through. {@code NotFound} for a path that is no place.
   */
  void confirm(ArenaName arena, RelativePath place) throws RealizeException;

  /** Takes over the arena's root in doubt, which may belong to another store. */
  void adopt(ArenaName arena) throws RealizeException;

  /** Keeps what is here against the held changes of the arena. */
  void reject(ArenaName arena) throws RealizeException;

  /**
   * Moves files, and returns when all have been moved or have failed; what is told is told by
   * several threads. Interrupted, it stops between two steps, and what has arrived counts for the
   * next move. {@code Invalid} for an order that cannot be, and while another move runs.
   */
  void move(MoveOrder order, Events<MoveEvent> events)
      throws RealizeException, InterruptedException;

  /**
   * Does something with cached files, and returns when all is done or has failed. {@code NotFound}
   * for a path that is not there; nothing has been done then.
   */
  void cache(CacheOrder order, Events<CacheEvent> events)
      throws RealizeException, InterruptedException;

  /** A listener of events of long work; the work waits while the listener is slow. */
  @FunctionalInterface
  interface Events<E> {
    void tell(E event) throws InterruptedException;
  }

  /**
   * Sets, clears or only tells the marks of paths, and returns those that hold for them then. A
   * path may be marked before it exists. {@code NotFound} for a mark to be cleared that is not
   * there; nothing has been changed then.
   */
  List<MarkStatus> marks(MarkOrder order) throws RealizeException;

  /**
   * Lists conflicts, and ends them if a version is chosen. {@code NotFound} if there is none at one
   * of the paths or a path does not have the chosen version; nothing has been changed then.
   */
  ConflictReport conflicts(ConflictOrder order) throws RealizeException;

  /** The versions of paths that are here. Cost: all that is in the trash. */
  VersionReport versions(VersionQuery query) throws RealizeException;

  /**
   * Restores files from the trash or deletes them for good, and returns when all is done or has
   * failed. {@code NotFound} for a path of which nothing is in the trash; nothing has been done
   * then.
   */
  void trash(TrashOrder order, Events<CacheEvent> events)
      throws RealizeException, InterruptedException;

  /**
   * Makes a version of a file the shown one: one of those that {@link #versions} names. That is the
   * user's change. {@code NotFound} if there is none, {@code Invalid} if several are meant.
   */
  void useVersion(VersionChoice choice, Events<CacheEvent> events)
      throws RealizeException, InterruptedException;

  /** Who has the bytes of files. Cost: the paths. */
  CopyReport copies(CopyQuery query) throws RealizeException;

  /**
   * Pauses the work that marks ask for, or what it fetches from peers, or goes on with it. What a
   * user waits for, the index and the feeds go on. {@code NotFound}, and nothing is done, for a
   * name that no arena and no peer has.
   */
  void pause(PauseOrder order) throws RealizeException;

  /**
   * What is left to do, some thousand paths of each arena at most, after what the order asks for.
   * {@code NotFound}, and nothing is cancelled, where nothing is to be done at a path that is to be
   * cancelled.
   */
  List<JobStatus> jobs(JobOrder order) throws RealizeException;

  /**
   * Follows the jobs of paths until it is interrupted: an event as one begins and ends, and its
   * progress, a bounded number of events a second.
   *
   * @param paths none for all arenas
   */
  void watchJobs(List<ArenaPath> paths, Events<JobEvent> events)
      throws RealizeException, InterruptedException;

  /**
   * Dials the peers that are away, and returns once arenas are in sync, or nothing more can be done
   * for that now: what was there when this was called is indexed, taken in from connected peers,
   * real where it is to be, and read by them.
   *
   * @param arenas none for all
   */
  void sync(List<ArenaName> arenas, Events<SyncEvent> events)
      throws RealizeException, InterruptedException;

  /**
   * The files that programs had fetched by reading them in the mount, the last one at the end; some
   * hundred at most.
   */
  List<ProgramFetch> fetches() throws RealizeException;

  /**
   * The events after the one that is named, in order; those that are not kept are told as a {@code
   * GAP}. Waits for the first as long as the query says.
   */
  EventPage events(EventQuery query) throws RealizeException, InterruptedException;

  /**
   * What the store shows in a directory. {@code NotFound} if there is none, {@code NotADirectory}
   * for anything else. Cost: the names of the directory.
   */
  FilePage files(FileQuery query) throws RealizeException;

  /**
   * What can be shown of one of the current versions of a path. {@code NotFound} if it has none
   * with that hash; where bytes are to be fetched, fails as a read does.
   */
  VersionPreview preview(PreviewQuery query) throws RealizeException, InterruptedException;

  /** The pins of all arenas. */
  List<PinStatus> pins() throws RealizeException;

  /** Ends the pins of a path, whatever their droppers do; {@code NotFound} if there is none. */
  void releasePins(ArenaName arena, RelativePath path) throws RealizeException;

  /**
   * Withdraws the path's entry: peers learn that this machine no longer has it; no bytes are freed.
   */
  void forget(ArenaName arena, RelativePath path) throws RealizeException;
}
