package org.realize.store.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.Disk;
import org.realize.sync.real.Real;
import org.realize.sync.real.RealContract;
import org.realize.sync.real.RootCapabilities;
import org.realize.sync.testing.IndexedDisk;
import org.realize.sync.testing.ManualTime;
import org.realize.sync.testing.MemoryGlobalStore;
import org.realize.sync.testing.Mounts;
import org.realize.sync.testing.UserFiles;

/** The contract of a root's files, on file systems of this kernel. Needs root and their tools. */
class FileSystemsIT {

  /** One file system, mounted for all tests of a class. */
  @TestInstance(Lifecycle.PER_CLASS)
  abstract static class Mounted extends RealContract {
    private final SystemTimeSource time = new SystemTimeSource();
    @TempDir private Path work;
    private LoopMount mounted;
    private int count;

    abstract LoopMount mount(Path work) throws IOException;

    abstract RootCapabilities capabilities();

    @BeforeAll
    void mountIt(@TempDir Path work) throws Exception {
      mounted = mount(work);
    }

    @AfterAll
    void unmountIt() throws Exception {
      mounted.close();
    }

    @Override
    protected Disk newDisk(ManualTime time) throws IOException {
      Path root = newRoot();
      prepare(root);
      return new LocalDisk(root);
    }

    private Path newRoot() throws IOException {
      return Files.createDirectory(mounted.root().resolve("root" + ++count));
    }

    /** Makes the directory {@code d} of a root, where it is a place of its own. */
    void prepare(Path root) throws IOException {}

    @Override
    protected UserFiles userOf(Disk disk) {
      return new LocalUserFiles(((LocalDisk) disk).root());
    }

    /** Absence is no removal where a file system was taken away, and the rest goes on. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void scan_mountsTakenAwayAndIdLost_removesNothing(boolean isLink) throws Exception {
      Path root = newRoot();
      Path outer = newRoot();
      Path inner = newRoot();
      Path named = isLink ? work.resolve("link") : root;
      if (isLink) {
        Files.createSymbolicLink(named, root);
      }
      MemoryGlobalStore global = new MemoryGlobalStore(new Random(1));
      ArenaStore store = global.arena(new ArenaName("photos"));
      try (Mounts mounts = new Mounts()) {
        mounts.bind(outer, root.resolve("bm"));
        mounts.bind(inner, root.resolve("bm/in"));
        for (String name : List.of("a", "b", "bm/c", "bm/in/d")) {
          Files.writeString(root.resolve(name), name);
        }
        IndexedDisk index = start(named, store, global);
        assertThat(index.indexer().scan().paused()).isEmpty();

        mounts.unmount(root.resolve("bm/in"));
        assertThat(index.indexer().scan().paused()).containsExactly(RelativePath.of("bm/in"));
        assertThat(index.findings().get("bm/in")).contains("'realize arena confirm photos bm/in'");
        mounts.unmount(root.resolve("bm"));
        Files.delete(root.resolve("a"));
        for (IndexedDisk each : List.of(index, start(named, store, global))) {
          assertThat(each.indexer().scan().paused()).contains(RelativePath.of("bm"));
          assertThat(each.state("a").shown().isTombstone()).isTrue();
          assertThat(each.state("bm/c").realStat()).isNotNull();
          assertThat(each.state("bm/in/d").realStat()).isNotNull();
        }

        index = start(named, store, global);
        Files.delete(root.resolve(".realize/id"));
        Files.delete(root.resolve("b"));
        assertThat(index.indexer().scan().paused()).contains(RelativePath.ROOT);
        assertThat(index.findings().get("")).contains("'realize arena confirm photos'");
        assertThat(index.state("b").realStat()).isNotNull();
        mounts.bind(outer, root.resolve("bm"));
        mounts.bind(inner, root.resolve("bm/in"));
        index.places().confirm(RelativePath.ROOT);
        assertThat(index.indexer().scan().paused()).isEmpty();
        assertThat(index.state("b").real()).isNull();
        assertThat(index.state("b").shown().isTombstone()).isFalse();
        assertThat(index.state("bm/c").realStat()).isNotNull();
        Files.delete(root.resolve("bm/in/d"));
        assertThat(index.indexer().scan().changes()).isEqualTo(1);
        assertThat(index.state("bm/in/d").shown().isTombstone()).isTrue();
      } finally {
        Files.deleteIfExists(work.resolve("link"));
      }
    }

    /** Of two stores with one root the second one takes nothing from it, by whichever way. */
    @Test
    void scan_rootOfAnotherStore_reachedByAnotherMount_isInDoubt() throws Exception {
      Path root = newRoot();
      Files.writeString(root.resolve("a"), "1");
      MemoryGlobalStore first = new MemoryGlobalStore(new Random(1));
      start(root, first.arena(new ArenaName("photos")), first).indexer().scan();
      try (Mounts mounts = new Mounts()) {
        Path other = work.resolve("other");
        mounts.bind(root, other);
        MemoryGlobalStore second = new MemoryGlobalStore(new Random(2));
        IndexedDisk index = start(other, second.arena(new ArenaName("photos")), second);
        assertThat(index.indexer().scan().paused()).containsExactly(RelativePath.ROOT);
        assertThat(index.findings().get("")).contains("another store owns it");
        assertThatThrownBy(() -> index.indexer().require(RelativePath.of("a")))
            .isInstanceOf(RealizeException.InDoubt.class);
      }
    }

    private IndexedDisk start(Path root, ArenaStore store, MemoryGlobalStore global)
        throws RealizeException {
      Real real = new Real(new LocalDisk(root), capabilities(), store, time);
      return IndexedDisk.start(real, store, global, time);
    }

    @Test
    void probe_findsWhatThisFileSystemHas() throws IOException {
      assertThat(RootProbe.probe(newRoot())).isEqualTo(capabilities());
    }
  }

  @Nested
  class Ext4 extends Mounted {
    @Override
    LoopMount mount(Path work) throws IOException {
      return LoopMount.image(work, 64, List.of("mkfs.ext4", "-q"), List.of("mount"));
    }

    @Override
    RootCapabilities capabilities() {
      return RootCapabilities.FULL;
    }
  }

  @Nested
  class Btrfs extends Mounted {
    @Override
    LoopMount mount(Path work) throws IOException {
      return LoopMount.image(work, 256, List.of("mkfs.btrfs", "-q"), List.of("mount"));
    }

    @Override
    RootCapabilities capabilities() {
      return RootCapabilities.FULL;
    }
  }

  @Nested
  class BtrfsSubvolume extends Btrfs {
    @Override
    void prepare(Path root) throws IOException {
      LoopMount.run(List.of("btrfs", "subvolume", "create", root.resolve("d").toString()));
    }
  }

  @Nested
  class Xfs extends Mounted {
    @Override
    LoopMount mount(Path work) throws IOException {
      return LoopMount.image(work, 300, List.of("mkfs.xfs", "-q"), List.of("mount"));
    }

    @Override
    RootCapabilities capabilities() {
      return RootCapabilities.FULL;
    }
  }

  @Nested
  class Tmpfs extends Mounted {
    @Override
    LoopMount mount(Path work) throws IOException {
      return LoopMount.mount(work, "tmpfs", List.of("mount", "-t", "tmpfs"));
    }

    @Override
    RootCapabilities capabilities() {
      return RootCapabilities.FULL;
    }
  }

  /** Another file system is mounted below the root. */
  @Nested
  class TmpfsBelowExt4 extends Ext4 {
    private final List<Path> below = new ArrayList<>();

    @Override
    void prepare(Path root) throws IOException {
      Path directory = Files.createDirectory(root.resolve("d"));
      List<String> command = new ArrayList<>(mountBelow(root));
      command.add(directory.toString());
      LoopMount.run(command);
      below.add(directory);
    }

    List<String> mountBelow(Path root) throws IOException {
      return List.of("mount", "-t", "tmpfs", "below");
    }

    @AfterEach
    void unmountBelow() throws IOException {
      for (Path directory : below) {
        LoopMount.run(List.of("umount", directory.toString()));
      }
      below.clear();
    }
  }

  /** A directory of the same file system is mounted below the root. */
  @Nested
  class Ext4BindMount extends TmpfsBelowExt4 {
    @Override
    List<String> mountBelow(Path root) throws IOException {
      Path other = Files.createDirectory(root.resolveSibling(root.getFileName() + ".bound"));
      return List.of("mount", "--bind", other.toString());
    }
  }

  @Nested
  class Overlayfs extends Mounted {
    @Override
    LoopMount mount(Path work) throws IOException {
      for (String name : List.of("lower", "upper", "scratch")) {
        Files.createDirectory(work.resolve(name));
      }
      String layers =
          "lowerdir=%1$s/lower,upperdir=%1$s/upper,workdir=%1$s/scratch".formatted(work);
      return LoopMount.mount(work, "overlay", List.of("mount", "-t", "overlay", "-o", layers));
    }

    @Override
    RootCapabilities capabilities() {
      return RootCapabilities.FULL;
    }

    @Override
    protected boolean knowsClosed() {
      return false;
    }
  }

  @Nested
  class Exfat extends Mounted {
    @Override
    LoopMount mount(Path work) throws IOException {
      return LoopMount.image(work, 64, List.of("mkfs.exfat"), List.of("mount.exfat-fuse"));
    }

    @Override
    RootCapabilities capabilities() {
      return new RootCapabilities(false, true, false, 1_000_000_000L, false, 255);
    }

    @Override
    protected boolean replaces() {
      return false;
    }

    @Override
    protected boolean keepsModes() {
      return false;
    }
  }
}
