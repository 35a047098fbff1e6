package org.realize.store.arena;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.realize.store.global.IgniteGlobalStore;
import org.realize.store.journal.Durability;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.ByteRanges;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.Inode;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.Version;
import org.realize.sync.model.VersionVector;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.ArenaWriter;
import org.realize.sync.port.BlobHold;
import org.realize.sync.port.BlobPage;
import org.realize.sync.port.BlobRow;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.Listed;
import org.realize.sync.port.Node;
import org.realize.sync.port.PathState;
import org.realize.sync.port.RealVersion;
import org.realize.sync.port.TreeRename;
import org.realize.sync.testing.MemoryGlobalStore;
import org.realize.sync.testing.PathStates;

/**
 * Random changes go to the store on Ignite and to its twin on the heap, which must agree on all
 * that can be read, also after a restart. Inodes and cursors are compared by what they stand for.
 */
final class ArenaStoreModelTest {
  private static final ArenaName ARENA = new ArenaName("arena");

  @TempDir Path parent;

  private IgniteGlobalStore open() throws Exception {
    IgniteGlobalStore.GlobalStoreSettings settings =
        new IgniteGlobalStore.GlobalStoreSettings(Durability.OS, 128L << 20, 2L << 20);
    return IgniteGlobalStore.open(
        parent.resolve("state"), settings, RandomGenerator.of("L64X128MixRandom"), cause -> {});
  }

  @Test
  void write_randomChanges_readsAsTheTwinDoes() throws Exception {
    long seed = Long.getLong("realize.seed", System.nanoTime());
    ArenaStore twin = new MemoryGlobalStore(RandomGenerator.of("L64X128MixRandom")).arena(ARENA);
    for (int restart = 0; restart < 2; restart++) {
      SplittableRandom random = new SplittableRandom(seed + restart);
      try (IgniteGlobalStore global = open()) {
        ArenaStore store = global.arena(ARENA);
        for (int commit = 0; commit < 100; commit++) {
          long commitSeed = random.nextLong();
          store.write((ArenaWriter writer) -> change(writer, new SplittableRandom(commitSeed)));
          twin.write((ArenaWriter writer) -> change(writer, new SplittableRandom(commitSeed)));
        }
        Map<String, Object> expected = twin.read(ArenaStoreModelTest::dump);
        Map<String, Object> found = store.read(ArenaStoreModelTest::dump);
        assertThat(found.keySet()).as("seed %d", seed).isEqualTo(expected.keySet());
        expected.forEach((what, value) ->
            assertThat(String.valueOf(found.get(what)))
                .as("%s, seed %d", what, seed)
                .isEqualTo(value.toString()));
      }
    }
  }

  private static RelativePath path(SplittableRandom random) {
    int depth = 1 + random.nextInt(4);
    StringBuilder path = new StringBuilder();
    for (int level = 0; level < depth; level++) {
      if (level > 0) {
        path.append('/');
      }
      boolean isLast = level == depth - 1;
      path.append(isLast && depth == 2 ? "name-" + random.nextInt(900) : "d" + random.nextInt(4));
    }
    return RelativePath.of(path.toString());
  }

  private static Content content(SplittableRandom random) {
    return switch (random.nextInt(8)) {
      case 0, 1 -> new Content.Absent();
      case 2 -> new Content.Directory();
      case 3 -> new Content.Link("target-" + random.nextInt(5));
      default -> PathStates.file(random.nextInt(40));
    };
  }

  private static Void change(ArenaWriter writer, SplittableRandom random) throws RealizeException {
    for (int i = random.nextInt(1, 30); i > 0; i--) {
      RelativePath path = path(random);
      long before = writer.path(path).map(PathState::announcedSeq).orElse(0L);
      long seq = random.nextInt(3) == 0 ? before : writer.nextSeq();
      writer.put(PathStates.random(path, content(random), seq, random));
    }
    for (BlobHold hold : someHolds(writer)) {
      if (random.nextInt(3) == 0) {
        writer.removeBlobHold(hold);
      } else {
        writer.putBlobHold(new BlobHold(hold.path(), hold.hash(), random.nextLong()));
      }
    }
    ContentHash hash = PathStates.hash(random.nextInt(40));
    if (random.nextInt(4) == 0) {
      writer.removeBlob(hash);
    } else if (random.nextInt(3) == 0) {
      boolean isNew = writer.blob(hash).isEmpty();
      long fileId = isNew ? writer.nextFileId() : writer.blob(hash).orElseThrow().fileId();
      long end = random.nextInt(1, 1_000);
      writer.putBlob(new BlobRow(hash, 1_000, fileId, ByteRanges.of(0, end)));
    }
    return null;
  }

  /** Three holds, the same of every store. */
  private static List<BlobHold> someHolds(ArenaReader reader) throws RealizeException {
    return reader.blobHolds(100_000).stream()
        .sorted(Comparator.comparing(BlobHold::path))
        .limit(3)
        .toList();
  }

  /** All that can be read, with inodes replaced by paths. */
  private static Map<String, Object> dump(ArenaReader reader) throws RealizeException {
    Map<String, Object> dump = new TreeMap<>();
    dump.put("totals", reader.totals());
    dump.put("head", reader.headSeq());
    dump.put("feed", reader.feed(0, Integer.MAX_VALUE));
    dump.put("feed from 1000", reader.feed(1_000, 50));
    for (var store : List.of(PathStates.ONE, PathStates.TWO, PathStates.THREE)) {
      dump.put("by " + store, reader.reportedBy(store, RelativePath.ROOT, Integer.MAX_VALUE));
      dump.put("after d2 by " + store, reader.reportedBy(store, RelativePath.of("d2/d1"), 7));
    }
    walk(reader, reader.root(), RelativePath.ROOT, dump, new HashSet<>());
    Map<String, Object> blobs = new HashMap<>();
    for (BlobRow blob : reader.blobs()) {
      List<RelativePath> references = new ArrayList<>(reader.blobReferences(blob.hash(), 99_999));
      references.sort(null);
      blobs.put(blob.toString(), references);
    }
    dump.put("blobs", new TreeMap<>(blobs));
    Map<RelativePath, BlobHold> holds = new TreeMap<>();
    for (BlobHold hold : reader.blobHolds(100_000)) {
      holds.put(hold.path(), hold);
      assertThat(reader.blobHold(hold.path())).contains(hold);
    }
    dump.put("holds", holds);
    List<String> unreferenced = new ArrayList<>();
    reader
        .unreferencedBlobs(BlobPage.START, 1_000)
        .blobs()
        .forEach(blob -> unreferenced.add(blob.toString()));
    unreferenced.sort(null);
    dump.put("unreferenced", unreferenced);
    return dump;
  }

  private static void walk(
      ArenaReader reader,
      Inode directory,
      RelativePath path,
      Map<String, Object> tree,
      Set<Long> inodes)
      throws RealizeException {
    tree.put("states of " + path, reader.children(path));
    List<Listed> all = reader.list(directory, 0, Integer.MAX_VALUE);
    for (Listed listed : all) {
      var node = listed.node();
      assertThat(inodes.add(node.inode().value())).isTrue();
      assertThat(reader.node(node.inode()).orElseThrow()).isEqualTo(node);
      assertThat(reader.child(directory, node.name()).orElseThrow()).isEqualTo(node);
      RelativePath child = path.child(node.name());
      assertThat(reader.pathOf(node.inode()).orElseThrow()).isEqualTo(child);
      tree.put("node " + child, List.of(node.content(), node.mode(), node.mtime()));
      if (node.content() instanceof Content.Directory) {
        walk(reader, node.inode(), child, tree, inodes);
      }
    }
  }

  // ---- renames of directories

  private static final String[] TOPS = {"a", "b", "a/x", "b/y", "c"};

  /**
   * The twin does all steps of a rename at once, the store some now and then, so only places in the
   * feed may differ.
   */
  @Test
  void renameTree_randomChangesAndSteps_readsAsIfAllStepsWereDone() throws Exception {
    long seed = Long.getLong("realize.seed", System.nanoTime());
    SplittableRandom random = new SplittableRandom(seed);
    try (IgniteGlobalStore global = open()) {
      for (int round = 0; round < 25; round++) {
        ArenaName name = new ArenaName("round-" + round);
        ArenaStore twin = new MemoryGlobalStore(RandomGenerator.of("L64X128MixRandom")).arena(name);
        List<String> done = new ArrayList<>(List.of("seed " + seed + " round " + round));
        renameAndPut(global.arena(name), twin, random, done);
      }
    }
  }

  private static void renameAndPut(
      ArenaStore store, ArenaStore twin, SplittableRandom random, List<String> done)
      throws RealizeException {
    for (int commit = 0; commit < 50; commit++) {
      long commitSeed = random.nextLong();
      switch (random.nextInt(4)) {
        case 0 -> rename(store, twin, new SplittableRandom(commitSeed), commit, done);
        case 1 -> {
          int max = random.nextInt(1, 6);
          done.add(max + " steps");
          store.write((ArenaWriter writer) -> {
            boolean ignored = writer.advanceRenames(max);
          });
        }
        default -> {
          done.add("put " + file(new SplittableRandom(commitSeed)));
          for (ArenaStore each : List.of(store, twin)) {
            each.write((ArenaWriter writer) -> putFile(writer, commitSeed));
          }
        }
      }
      Map<String, String> found = store.read(ArenaStoreModelTest::shown);
      Map<String, String> expected = twin.read(ArenaStoreModelTest::shown);
      assertThat(found.keySet()).as(done.toString()).isEqualTo(expected.keySet());
      expected.forEach(
          (what, value) -> assertThat(found.get(what)).as("%s, %s", what, done).isEqualTo(value));
    }
  }

  private static void rename(
      ArenaStore store, ArenaStore twin, SplittableRandom random, int counter, List<String> done)
      throws RealizeException {
    RelativePath from = RelativePath.of(TOPS[random.nextInt(TOPS.length)]);
    RelativePath to = RelativePath.of(TOPS[random.nextInt(TOPS.length)]);
    if (from.contains(to) || to.contains(from)) {
      return;
    }
    TreeRename rename = new TreeRename(from, to, PathStates.TWO, (1L << 43) + counter);
    boolean isFree =
        store.<Boolean>read(reader ->
            reader.renames().stream().noneMatch(each -> each.touches(from) || each.touches(to))
                && isEmpty(reader, to));
    if (isFree) {
      done.add(from + " to " + to);
      for (ArenaStore each : List.of(store, twin)) {
        each.write((ArenaWriter writer) -> writer.renameTree(rename));
      }
    }
  }

  /** True if a path shows nothing, or a directory that shows nothing. */
  private static boolean isEmpty(ArenaReader reader, RelativePath path) throws RealizeException {
    Inode at = reader.root();
    for (String part : path.parts()) {
      Optional<Inode> next = reader.child(at, part).map(Node::inode);
      if (next.isEmpty()) {
        return true;
      }
      at = next.get();
    }
    return reader.list(at, 0, 1).isEmpty();
  }

  private static RelativePath file(SplittableRandom random) {
    String top = TOPS[random.nextInt(TOPS.length)];
    return RelativePath.of(top + (random.nextBoolean() ? "" : "/f" + random.nextInt(4)));
  }

  /** What a peer or the index may make of a path: the stat, if any, is of its kind. */
  private static void putFile(ArenaWriter writer, long seed) throws RealizeException {
    SplittableRandom random = new SplittableRandom(seed);
    RelativePath path = file(random);
    PathState before = writer.path(path).orElse(null);
    long counter = random.nextLong(1, 1L << 30);
    Content content =
        path.name().startsWith("f")
            ? (random.nextInt(4) == 0 ? new Content.Absent() : PathStates.file(random.nextInt(9)))
            : new Content.Directory();
    VersionVector base = before == null ? VersionVector.EMPTY : before.shown().vector();
    VersionVector vector = base.with(PathStates.ONE, base.counter(PathStates.ONE) + counter);
    Version version = Version.of(content, vector);
    PathState next =
        before == null
            ? PathStates.showing(path.toString(), content, 0).withShown(version)
            : before.withShown(version);
    if (!content.isAbsent() && random.nextBoolean()) {
      FileStat.Kind kind =
          content instanceof Content.File ? FileStat.Kind.FILE : FileStat.Kind.DIRECTORY;
      next = next.withReal(new RealVersion(version, PathStates.stat(kind, random), counter));
    } else if (random.nextInt(3) == 0) {
      next = next.withReal(null);
    }
    writer.put(next);
  }

  /** What readers see, but for places in the feed. */
  private static Map<String, String> shown(ArenaReader reader) throws RealizeException {
    Map<String, String> shown = new TreeMap<>();
    Map<String, Object> tree = new TreeMap<>();
    walk(reader, reader.root(), RelativePath.ROOT, tree, new HashSet<>());
    tree.forEach((what, node) -> {
      if (what.startsWith("node ")) {
        shown.put(what, node.toString());
      }
    });
    for (String top : TOPS) {
      RelativePath directory = RelativePath.of(top);
      put(shown, reader, directory);
      for (int i = 0; i < 4; i++) {
        put(shown, reader, directory.child("f" + i));
      }
      reader
          .children(directory)
          .forEach((name, state) ->
              shown.put("child " + state.path(), state.shown() + " " + state.real()));
    }
    shown.put("files", reader.totals().files() + " " + reader.totals().bytes());
    return shown;
  }

  private static void put(Map<String, String> shown, ArenaReader reader, RelativePath path)
      throws RealizeException {
    PathState state = reader.path(path).orElse(null);
    if (state != null) {
      shown.put(
          "path " + path,
          state.shown() + " " + state.real() + " " + state.metadata() + state.reports().keySet());
    }
  }
}
