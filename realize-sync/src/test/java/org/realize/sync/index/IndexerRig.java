package org.realize.sync.index;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.realize.sync.delta.TreeHasher;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.Content;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.ChangeSource;
import org.realize.sync.port.Finding;
import org.realize.sync.port.PathState;
import org.realize.sync.real.Ownership;
import org.realize.sync.real.Places;
import org.realize.sync.real.Real;
import org.realize.sync.real.RootCapabilities;
import org.realize.sync.testing.ForwardingArenaStore;
import org.realize.sync.testing.ManualTime;
import org.realize.sync.testing.MemoryDisk;
import org.realize.sync.testing.MemoryGlobalStore;
import org.realize.sync.testing.UserFiles;

/** An indexer on the heap in virtual time, and the user whose files it indexes. */
final class IndexerRig {

  static final ArenaName ARENA = new ArenaName("photos");

  final ManualTime time = new ManualTime();
  final MemoryDisk disk = new MemoryDisk(time);
  final TroubledDisk troubled = new TroubledDisk(disk);
  final UserFiles user = disk.user();
  final MemoryGlobalStore global = new MemoryGlobalStore(new Random(1));
  final ArenaStore store = global.arena(ARENA);
  final Random random = new Random(2);
  final List<RelativePath> watched = new ArrayList<>();
  RootCapabilities capabilities = RootCapabilities.FULL;
  List<String> ignore = List.of();
  OwnFiles own = OwnFiles.NONE;
  Hashers hashers = Hashers.inline();
  Places places;
  Real real;
  Indexer indexer;

  IndexerRig() throws RealizeException {
    places = places(store);
    real = new Real(troubled, capabilities, store, time);
    indexer = on(store);
  }

  /** A new indexer on the same disk and store, as after a restart of the daemon. */
  Indexer start() throws RealizeException {
    indexer = on(store);
    return indexer;
  }

  Indexer on(ArenaStore arena) throws RealizeException {
    places = places(arena);
    real = new Real(troubled, capabilities, arena, time);
    return new Indexer(
        new Indexer.Root(real, places, new Recording(), ignore, own), arena, global, time, hashers);
  }

  private Places places(ArenaStore arena) {
    return new Places(troubled, arena, new Ownership(ARENA, global, "here"), time, random);
  }

  /** Lets the files' times become old enough to be trusted, then scans. */
  Indexer.IndexOutcome scan() throws Exception {
    time.advance(Duration.ofSeconds(10));
    return indexer.scan();
  }

  Indexer.IndexOutcome look(String... paths) throws Exception {
    time.advance(Duration.ofSeconds(10));
    Set<RelativePath> touched = new TreeSet<>();
    for (String path : paths) {
      touched.add(RelativePath.of(path));
    }
    return indexer.look(touched);
  }

  void write(String path, String text) throws Exception {
    user.write(path, bytes(text));
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static Content file(String text) {
    byte[] bytes = bytes(text);
    return new Content.File(TreeHasher.hash(bytes), bytes.length);
  }

  @Nullable PathState state(String path) throws RealizeException {
    return store.<Optional<PathState>>read(r -> r.path(RelativePath.of(path))).orElse(null);
  }

  PathState known(String path) throws RealizeException {
    PathState state = state(path);
    if (state == null) {
      throw new AssertionError("'" + path + "' is not known");
    }
    return state;
  }

  /** What is shown at every path that is not absent. */
  Map<String, Content> tree() throws RealizeException {
    Map<String, Content> tree = new TreeMap<>();
    collect(RelativePath.ROOT, tree);
    return tree;
  }

  private void collect(RelativePath directory, Map<String, Content> tree) throws RealizeException {
    for (PathState state :
        store.<Map<String, PathState>>read(r -> r.children(directory)).values()) {
      if (!state.shown().isTombstone()) {
        tree.put(state.path().toString(), state.shown().content());
      }
      collect(state.path(), tree);
    }
  }

  long headSeq() throws RealizeException {
    return store.<Long>read(reader -> reader.headSeq());
  }

  /** The findings of one kind, subject → cause. */
  Map<String, String> findings(Finding.FindingKind kind) throws RealizeException {
    Map<String, String> found = new TreeMap<>();
    for (Finding finding : store.<List<Finding>>read(r -> r.findings(10_000))) {
      if (finding.kind() == kind) {
        found.put(finding.subject(), finding.cause());
      }
    }
    return found;
  }

  /** A recorder of the directories to be watched. */
  private final class Recording implements ChangeSource {
    @Override
    public List<ChangeSource.Hint> take(Duration timeout) {
      return List.of();
    }

    @Override
    public void watch(RelativePath directory) {
      watched.add(directory);
    }

    @Override
    public void close() {}
  }

  /** The power of the store goes after some commits. */
  static final class StoppingStore extends ForwardingArenaStore {
    private int commitsLeft;

    StoppingStore(ArenaStore store, int commitsLeft) {
      super(store);
      this.commitsLeft = commitsLeft;
    }

    @Override
    public <T extends @Nullable Object> T write(StoreChange<T> change) throws RealizeException {
      if (commitsLeft-- <= 0) {
        throw new RealizeException.StorageFailed("the store has stopped", null);
      }
      return super.write(change);
    }
  }
}
