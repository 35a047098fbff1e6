package org.realize.sync.testing;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.realize.sync.arena.Arena;
import org.realize.sync.feed.FeedPages;
import org.realize.sync.index.Hashers;
import org.realize.sync.index.IgnoredNames;
import org.realize.sync.index.Indexer;
import org.realize.sync.index.NoChangeSource;
import org.realize.sync.index.OwnFiles;
import org.realize.sync.index.PerishableNames;
import org.realize.sync.index.RequestedIndex;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.Mark;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.move.MovableArena;
import org.realize.sync.pin.PinGrantor;
import org.realize.sync.pin.SafeDrop;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.GlobalStore;
import org.realize.sync.port.PathState;
import org.realize.sync.port.PeerDirectory;
import org.realize.sync.port.PeerLink;
import org.realize.sync.real.Ownership;
import org.realize.sync.real.Places;
import org.realize.sync.real.Real;
import org.realize.sync.real.RootCapabilities;
import org.realize.sync.real.RootIndex;
import org.realize.sync.service.HouseholdService;

/**
 * A peer with the root of one arena on the heap: its real index, grantor of pins and gate, linked
 * to other such peers without a wire. Its process can be started again on what its disk and store
 * hold. Used by one thread.
 */
public final class RootedPeer {
  public static final ArenaName ARENA = new ArenaName("photos");

  /** The settings of the arena at one peer. */
  public record Setup(Mark mark, List<String> ignore, int minCopies, boolean isPrivate) {
    /** Of a root that the user named. */
    public Setup(Mark mark, List<String> ignore, int minCopies) {
      this(mark, ignore, minCopies, false);
    }

    public static final Setup PLAIN = new Setup(Mark.OWN, List.of(), 1);
  }

  private final String name;
  private final ManualTime time;
  private final MemoryDisk disk;
  private final MemoryGlobalStore global;
  private final ArenaStore store;
  private final Setup setup;
  private final List<RelativePath> touched = new ArrayList<>();
  private final List<RootedPeer> reached = new ArrayList<>();
  private Real real;
  private Indexer indexer;
  private PinGrantor pins;
  private SafeDrop gate;
  private RootIndex index;
  private final HouseholdService service = new HouseholdService();
  private final MemoryBlobStore blobs = new MemoryBlobStore(1L << 40);

  public RootedPeer(String name, ManualTime time, MemoryDisk disk, Setup setup)
      throws RealizeException {
    this.name = name;
    this.time = time;
    this.disk = disk;
    this.setup = setup;
    this.global = new MemoryGlobalStore(new SplittableRandom(name.hashCode()));
    this.store = global.arena(ARENA);
    restart();
  }

  /** The process ends, and another one begins. */
  public void restart() throws RealizeException {
    real = new Real(disk, RootCapabilities.FULL, store, time, setup.isPrivate());
    Ownership ownership = new Ownership(ARENA, global, "here");
    SplittableRandom random = new SplittableRandom(name.hashCode() + 1L);
    Places places = new Places(disk, store, ownership, time, random);
    indexer =
        new Indexer(
            new Indexer.Root(
                real, places, new NoChangeSource("the test scans"), setup.ignore(), OwnFiles.NONE),
            store,
            global,
            time,
            Hashers.inline());
    gate = new SafeDrop(real, indexer::require, store, directory(), setup.minCopies());
    index =
        new RequestedIndex(
            indexer,
            new IgnoredNames(disk, setup.ignore()),
            new PerishableNames(PerishableNames.USUAL),
            touched::add);
    pins = new PinGrantor(disk, index, store, global, setup.mark(), time);
    service.withdraw(ARENA);
    service.serve(arena(), new FeedPages(store, setup.mark(), time), pins);
  }

  /** Lets two peers reach each other. */
  public static void connect(RootedPeer one, RootedPeer other) {
    one.reached.add(other);
    other.reached.add(one);
  }

  /** Ends all connections of this peer. */
  public void disconnect() {
    reached.forEach(other -> other.reached.remove(this));
    reached.clear();
  }

  /** The peers that this one reaches. */
  public PeerDirectory directory() {
    return () -> reached.stream().<PeerLink>map(this::link).toList();
  }

  private PeerLink link(RootedPeer other) {
    return new ServiceLink(
        new PeerName(other.name),
        new PeerName(name),
        global.identity().store(),
        other.global.identity(),
        other.service);
  }

  /** Scans the root long after its last change, so that what is found is certain. */
  public Indexer.IndexOutcome scan() throws Exception {
    time.advance(Duration.ofSeconds(10));
    return indexer.scan();
  }

  /** Scans the root right after its last change, so that what is found is not certain. */
  public Indexer.IndexOutcome scanAtOnce() throws Exception {
    return indexer.scan();
  }

  /** The paths that the grantor wanted to be looked at. */
  public List<RelativePath> touched() {
    return touched;
  }

  /** The arena of this life. */
  public Arena arena() {
    return new Arena(store, blobs, setup.mark(), time, real);
  }

  /** The index as others use it. */
  public RootIndex index() {
    return index;
  }

  public Indexer indexer() {
    return indexer;
  }

  /** The cached bytes, which a restart leaves. */
  public MemoryBlobStore blobs() {
    return blobs;
  }

  public MemoryDisk disk() {
    return disk;
  }

  public GlobalStore global() {
    return global;
  }

  public ArenaStore store() {
    return store;
  }

  public PinGrantor pins() {
    return pins;
  }

  public SafeDrop gate() {
    return gate;
  }

  /** The arena as an end of moves. */
  public MovableArena movable() {
    return new MovableArena(name, real, store, indexer::require, gate, pins);
  }

  public PathState state(RelativePath path) throws RealizeException {
    return store.read(reader -> reader.path(path)).orElseThrow();
  }
}
