package org.realize.sync.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.realize.sync.delta.TreeHasher;
import org.realize.sync.index.IndexerRig.StoppingStore;
import org.realize.sync.model.Content;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.Disk;
import org.realize.sync.port.DiskFile;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.PathState;
import org.realize.sync.real.PlaceId;

/**
 * A user who does anything at any time, hints that come late, twice or never, crashes between any
 * two commits, changes during hashing: in the end a scan leaves the index equal to the disk.
 */
class IndexerSeedsTest {

  private static final int SEEDS = 150;
  private static final int STEPS = 60;

  @Test
  void scan_afterSeededDisorder_indexEqualsDisk() throws Exception {
    for (long seed = 1; seed <= SEEDS; seed++) {
      try {
        new Disorder(seed).run();
      } catch (AssertionError | Exception failure) {
        throw new AssertionError("seed " + seed, failure);
      }
    }
  }

  /** One seed's story. */
  private static final class Disorder {
    private final IndexerRig rig = new IndexerRig();
    private final Random random;
    private final Set<RelativePath> hints = new HashSet<>();

    Disorder(long seed) throws RealizeException {
      random = new Random(seed);
    }

    void run() throws Exception {
      for (int step = 0; step < STEPS; step++) {
        rig.time.advance(Duration.ofMillis(random.nextBoolean() ? 0 : random.nextInt(1500)));
        switch (random.nextInt(12)) {
          case 0 -> index(rig.store);
          case 1 -> index(new StoppingStore(rig.store, random.nextInt(4)));
          case 2 -> scan();
          case 3 ->
              rig.troubled.duringRead.put(
                  any(),
                  () -> {
                    rig.time.advance(Duration.ofMillis(1));
                    act();
                  });
          default -> act();
        }
      }
      rig.troubled.duringRead.clear();
      rig.start();
      assertThat(rig.scan().again()).isEmpty();
      assertThat(indexed()).isEqualTo(onDisk(RelativePath.ROOT, new TreeMap<>()));
      assertThat(rig.start().scan().changes()).isZero();
      long head = rig.headSeq();
      rig.scan();
      assertThat(rig.headSeq()).isEqualTo(head);
    }

    private void scan() throws Exception {
      rig.start().scan();
    }

    /** Looks at some of what was hinted at; a crash keeps nothing of the indexer. */
    private void index(ArenaStore store) throws Exception {
      Set<RelativePath> some = new HashSet<>();
      hints.forEach(path -> {
        if (random.nextInt(3) > 0) {
          some.add(path);
        }
      });
      try {
        rig.on(store).look(some);
        hints.removeAll(some);
      } catch (RealizeException.StorageFailed crash) {
        rig.start();
      }
    }

    private RelativePath any() {
      StringBuilder path = new StringBuilder("n" + random.nextInt(4));
      for (int depth = random.nextInt(3); depth > 0; depth--) {
        path.append("/n").append(random.nextInt(3));
      }
      return RelativePath.of(path.toString());
    }

    /** One thing that a user does; what is not possible just now is left out. */
    private void act() {
      RelativePath path = any();
      String at = path.toString();
      hint(path);
      try {
        switch (random.nextInt(9)) {
          case 0, 1, 2 -> rig.user.write(at, IndexerRig.bytes("c" + random.nextInt(5)));
          case 3 -> rig.user.createDirectory(at);
          case 4 -> rig.user.delete(at);
          case 5 -> {
            RelativePath to = any();
            hint(to);
            rig.user.rename(at, to.toString());
          }
          case 6 -> rig.user.mode(at, random.nextInt(2) == 0 ? 0644 : 0755);
          case 7 -> rig.user.symbolicLink(at, "t" + random.nextInt(3));
          default -> {
            RelativePath from = any();
            rig.user.hardLink(at, from.toString());
          }
        }
      } catch (IOException | IllegalArgumentException notPossible) {
        hints.remove(path);
      }
    }

    private void hint(RelativePath path) {
      if (random.nextInt(5) > 0) {
        hints.add(path);
      }
    }

    private Map<String, List<Object>> indexed() throws RealizeException {
      Map<String, List<Object>> tree = new TreeMap<>();
      for (String path : rig.tree().keySet()) {
        PathState state = rig.known(path);
        boolean directory = state.shown().content() instanceof Content.Directory;
        tree.put(
            path,
            List.of(
                state.shown().content(),
                state.metadata().mode(),
                directory ? 0L : state.metadata().mtime()));
      }
      return tree;
    }

    private Map<String, List<Object>> onDisk(RelativePath directory, Map<String, List<Object>> tree)
        throws IOException {
      for (String name : rig.disk.list(directory).names()) {
        RelativePath path = directory.child(name);
        if (name.equals(PlaceId.OWN_DIRECTORY)) {
          continue;
        }
        Optional<FileStat> found = rig.disk.stat(path);
        FileStat stat = found.orElseThrow();
        boolean isDirectory = stat.kind() == FileStat.Kind.DIRECTORY;
        List<Object> row = new ArrayList<>();
        row.add(content(path, stat));
        row.add(stat.mode());
        row.add(isDirectory ? 0L : stat.mtime());
        tree.put(path.toString(), row);
        if (isDirectory) {
          onDisk(path, tree);
        }
      }
      return tree;
    }

    private Content content(RelativePath path, FileStat stat) throws IOException {
      return switch (stat.kind()) {
        case DIRECTORY -> new Content.Directory();
        case LINK -> new Content.Link(rig.disk.readLink(path));
        case FILE -> {
          ByteBuffer bytes = ByteBuffer.allocate((int) stat.sizeBytes());
          try (DiskFile file = rig.disk.open(path, Disk.OpenMode.READ)) {
            file.read(bytes, 0);
          }
          yield new Content.File(TreeHasher.hash(bytes.array()), stat.sizeBytes());
        }
        case OTHER -> throw new IllegalStateException(path.toString());
      };
    }
  }
}
