package org.realize.store.disk;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.realize.sync.port.Disk;
import org.realize.sync.real.RealContract;
import org.realize.sync.real.RootCapabilities;
import org.realize.sync.testing.ManualTime;
import org.realize.sync.testing.UserFiles;

/** The contract of a root's files, on file systems of this kernel. Needs root and their tools. */
class FileSystemsIT {

  /** One file system, mounted for all tests of a class. */
  @TestInstance(Lifecycle.PER_CLASS)
  abstract static class Mounted extends RealContract {
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
      return new LocalDisk(newRoot());
    }

    private Path newRoot() throws IOException {
      Path root = Files.createDirectory(mounted.root().resolve("root" + ++count));
      prepare(root);
      return root;
    }

    /** Makes the directory {@code d} of a root, where it is a place of its own. */
    void prepare(Path root) throws IOException {}

    @Override
    protected UserFiles userOf(Disk disk) {
      return new LocalUserFiles(((LocalDisk) disk).root());
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
  }
}
