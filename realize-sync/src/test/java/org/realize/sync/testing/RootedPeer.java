package org.realize.sync.testing;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.realize.sync.index.Hashers;
import org.realize.sync.index.IgnoredNames;
import org.realize.sync.index.Indexer;
import org.realize.sync.index.NoChangeSource;
import org.realize.sync.index.OwnFiles;
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
import org.realize.sync.port.FeedPage;
import org.realize.sync.port.GlobalStore;
import org.realize.sync.port.PathState;
import org.realize.sync.port.PeerDirectory;
import org.realize.sync.port.PeerLink;
import org.realize.sync.port.PinAnswer;
import org.realize.sync.port.PinRequest;
import org.realize.sync.real.Ownership;
import org.realize.sync.real.Places;
import org.realize.sync.real.Real;
import org.realize.sync.real.RootCapabilities;

/**
 * A peer with the root of one arena on the heap: its real index, grantor of pins and gate, linked
 * to other such peers without a wire. Its process can be started again on what its disk and store
 * hold. Used by one thread.
 */
public final class RootedPeer {
  public static final ArenaName ARENA = new ArenaName("photos");

  /** The settings of the arena at one peer. */
  public record Setup(Mark mark, List<String> ignore, int minCopies) {
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
    real = new Real(disk, RootCapabilities.FULL, store, time);
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
    pins =
        new PinGrantor(
            disk,
            new RequestedIndex(indexer, new IgnoredNames(disk, setup.ignore()), touched::add),
            store,
            global,
            setup.mark(),
            time);
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

  private PeerDirectory directory() {
    return () -> reached.stream().<PeerLink>map(other -> new Link(this, other)).toList();
  }

  /** A link that only asks for pins. */
  private record Link(RootedPeer from, RootedPeer to) implements PeerLink {
    @Override
    public PeerName peer() {
      return new PeerName(to.name);
    }

    @Override
    public GlobalStore.Identity identity() {
      return to.global.identity();
    }

    @Override
    public boolean connected() {
      return true;
    }

    @Override
    public List<PinAnswer> pin(ArenaName arena, PinRequest request, Duration deadline)
        throws RealizeException {
      return to.pins.answer(from.global.identity().store(), request);
    }

    @Override
    public FeedPage feed(ArenaName arena, long afterSeq, int max, Duration wait) {
      throw new UnsupportedOperationException();
    }

    @Override
    public byte[] treeNode(ContentRequest content, int level, long index, Duration deadline) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void blocks(
        ContentRequest content, long firstBlock, int count, BlockSink sink, Duration deadline) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Duration roundTrip() {
      return Duration.ZERO;
    }
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
