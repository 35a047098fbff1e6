package org.realize.store.disk;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.realize.sync.content.ContentVerifier;
import org.realize.sync.delta.TreeHasher;
import org.realize.sync.index.IgnoredNames;
import org.realize.sync.index.Indexer;
import org.realize.sync.index.PerishableNames;
import org.realize.sync.index.RequestedIndex;
import org.realize.sync.model.Content;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.PathState;
import org.realize.sync.rate.Throttle;
import org.realize.sync.real.Real;
import org.realize.sync.real.RootIndex;
import org.realize.sync.testing.ArenaRig;
import org.realize.sync.testing.IndexedDisk;
import org.realize.sync.testing.ScriptedPeer;
import org.realize.sync.transfer.DownloadLimits;
import org.realize.sync.transfer.DownloadPool;
import org.realize.sync.transfer.Downloader;

/**
 * A file that a program changes through a mapping, on a real disk: a second store to a page that is
 * dirty leaves the times as they are.
 */
class MappedFileTest {

  private static final RelativePath PATH = RelativePath.of("db");
  private static final int SIZE = 400_000;

  @TempDir private Path onDisk;
  private Path inMemory;

  private final ArenaRig rig = new ArenaRig();
  private final ScriptedPeer nas = new ScriptedPeer("nas");
  private final List<RelativePath> reindexed = new ArrayList<>();

  @BeforeEach
  void makeRoot() throws IOException {
    inMemory = Files.createTempDirectory(Path.of("/dev/shm"), "realize-test-");
    rig.links.add(nas);
  }

  @AfterEach
  void removeRoot() throws IOException {
    try (Stream<Path> all = Files.walk(inMemory)) {
      for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    }
  }

  private Path root(String place) {
    return place.equals("memory") ? inMemory : onDisk;
  }

  private Indexer indexer(Real real) throws RealizeException {
    return IndexedDisk.start(real, rig.store, rig.global, rig.time).indexer();
  }

  private PathState state() throws RealizeException {
    return rig.store.read(r -> r.path(PATH)).orElseThrow();
  }

  @ParameterizedTest
  @ValueSource(strings = {"disk", "memory"})
  void verify_secondStoreToAMappedPage_isANewVersionAndReplacedByNothing(String place)
      throws Exception {
    org.realize.sync.arena.Arena arena = rig.arena(new LocalDisk(root(place)));
    Indexer indexer = indexer(Objects.requireNonNull(arena.root()));
    Path file = root(place).resolve("db");
    byte[] first = ScriptedPeer.bytes(1, SIZE);
    byte[] second = first.clone();
    second[100] ^= 1;
    Files.write(file, new byte[SIZE]);
    try (Arena mapping = Arena.ofShared();
        FileChannel channel =
            FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      MemorySegment mapped = channel.map(MapMode.READ_WRITE, 0, SIZE, mapping);
      MemorySegment.copy(first, 0, mapped, ValueLayout.JAVA_BYTE, 0, SIZE);
      indexer.scan();
      assertThat(state().isReal(nas.serve(first))).isTrue();
      mapped.set(ValueLayout.JAVA_BYTE, 100, second[100]);
      mapped.force();
    }

    DownloadPool pool = new DownloadPool(DownloadLimits.DEFAULT);
    try (Downloader downloader = new Downloader(arena, rig.peers, pool)) {
      RootIndex rootIndex =
          new RequestedIndex(
              indexer,
              new IgnoredNames(arena.root().disk(), List.of()),
              new PerishableNames(List.of()),
              reindexed::add);
      ContentVerifier verifier = new ContentVerifier(arena, downloader, rootIndex, Throttle.NONE);
      ContentVerifier.Result result = verifier.real(state());
      assertThat(result.isChanged()).isTrue();
      assertThat(result.wrongBytes()).isZero();
    }
    assertThat(Files.readAllBytes(file)).isEqualTo(second);
    assertThat(nas.blocksAsked()).isZero();
    assertThat(reindexed).containsExactly(PATH);

    indexer.look(Set.copyOf(reindexed));
    Content content = new Content.File(TreeHasher.hash(second), SIZE);
    assertThat(state().isReal(content)).isTrue();
    assertThat(state().shown().content()).isEqualTo(content);
    assertThat(Files.readAllBytes(file)).isEqualTo(second);
  }
}
