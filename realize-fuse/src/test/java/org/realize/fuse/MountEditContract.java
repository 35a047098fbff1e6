package org.realize.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.realize.fuse.EditedTree.EditedFile;
import org.realize.sync.posix.Errno;

/**
 * The contract of edits through a mount of the twin, which lives in a process of its own. Needs
 * root, {@code /dev/fuse} and {@code fusermount3}.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class MountEditContract extends EditContract {

  private static final long TEST_SECONDS =
      180 + Long.getLong("posix.calls", 0) / 200 + Long.getLong("fsx.operations", 0) / 200;

  private static final int LOCK_EXCLUSIVE_NOW = 2 | 4;
  private static final int O_TMPFILE = 020200000;
  private static final int O_NONBLOCK = 04000;
  private static final int FIFO = 0010644;
  private static final int AT_FDCWD = -100;
  private static final int AT_SYMLINK_FOLLOW = 0x400;

  MountChild mount;
  private SystemTree tree;
  private final ScheduledExecutorService watchdog = Executors.newSingleThreadScheduledExecutor();
  private ScheduledFuture<?> bite;

  abstract Driver driver();

  @BeforeAll
  void mount(@TempDir Path folder) throws IOException {
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    Path point = Files.createDirectories(folder.resolve("mount"));
    mount = start(point).mounted();
    tree = new SystemTree(point);
    Posix.CALLS.umask(022);
  }

  MountChild start(Path point) throws IOException {
    return MountChild.startEdited(point, driver());
  }

  @AfterAll
  void unmount() throws IOException {
    watchdog.shutdownNow();
    mount.close();
  }

  @BeforeEach
  void watch() {
    bite = watchdog.schedule(mount::kill, TEST_SECONDS, TimeUnit.SECONDS);
  }

  @AfterEach
  void unwatch() {
    bite.cancel(false);
  }

  @AfterEach
  void noHandleIsLeft() {
    Awaitility.await()
        .pollDelay(Duration.ZERO)
        .untilAsserted(() -> assertThat(mount.tell("opened")).as("open files").isEqualTo("0"));
  }

  private String raw(String name) {
    return tree.root().resolve(at(name)).toString();
  }

  private static Programs.Outcome asOther(String script) throws IOException {
    return Programs.run(
        "setpriv", "--reuid=1001", "--regid=1001", "--clear-groups", "sh", "-c", script);
  }

  @Test
  void change_byOthers_isShown() throws IOException {
    write("file", "old");
    assertThat(read("file")).isEqualTo("old");
    mount.tell("write", at("file"), "new content");
    TreeContract.shows(() -> {
      assertThat(read("file")).isEqualTo("new content");
      assertThat(tree.stat(at("file")).size()).isEqualTo(11);
    });
    mount.tell("rename", at("file"), at("moved"));
    TreeContract.shows(() -> assertThat(tree.names(dir())).containsExactly("moved"));
    mount.tell("remove", at("moved"));
    TreeContract.shows(() -> {
      assertThat(tree.names(dir())).isEmpty();
      TreeContract.assertRefused(Errno.ENOENT, () -> tree.stat(at("moved")));
    });
    write("moved", "again");
    assertThat(read("moved")).isEqualTo("again");
  }

  @Test
  void write_toAppend_isAtTheEndAsItIsNow() throws IOException {
    write("file", "hello");
    try (EditedFile file = tree.open(at("file"), EditedTree.O_WRONLY | EditedTree.O_APPEND, 0)) {
      file.write(0, bytes(" world"));
      mount.tell("grow", at("file"), " and all");
      file.write(0, bytes("!"));
    }
    assertThat(mount.tell("size", at("file"))).isEqualTo("20");
    TreeContract.shows(() -> assertThat(read("file")).isEqualTo("hello world and all!"));
  }

  @Test
  void write_withoutRoom_isShortAndThenRefused() throws IOException {
    try (EditedFile file = tree.open(at("file"), EditedTree.O_RDWR | EditedTree.O_CREAT, 0644)) {
      String writes = mount.tell("writes");
      mount.tell("free", "10");
      int written = file.write(0, new byte[100]);
      if (mount.tell("writes").equals(writes)) {
        assertThat(written).as("by the kernel itself").isEqualTo(100);
      } else {
        assertThat(written).isEqualTo(10);
        TreeContract.assertRefused(Errno.ENOSPC, () -> file.write(10, new byte[100]));
      }
    } finally {
      mount.tell("free", String.valueOf(1L << 40));
    }
  }

  @Test
  void write_byAMapping_isReadByEverybody() throws IOException {
    write("file", "hello world");
    Path path = tree.root().resolve(at("file"));
    try (FileChannel channel =
            FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
        Arena arena = Arena.ofConfined()) {
      MemorySegment mapped = channel.map(FileChannel.MapMode.READ_WRITE, 0, 11, arena);
      mapped.asByteBuffer().put(0, bytes("HELLO"));
      mapped.force();
      assertThat(read("file")).isEqualTo("HELLO world");
      try (EditedFile file = tree.open(at("file"), EditedTree.O_WRONLY, 0)) {
        file.write(6, bytes("WORLD"));
      }
      byte[] seen = new byte[11];
      mapped.asByteBuffer().get(seen);
      assertThat(seen).isEqualTo(bytes("HELLO WORLD"));
    }
  }

  @Test
  void locks_ofTwoDescriptors_excludeEachOther() throws IOException {
    write("file", "1");
    int one = Posix.CALLS.open(Posix.text(raw("file")), EditedTree.O_RDWR, 0);
    int other = Posix.CALLS.open(Posix.text(raw("file")), EditedTree.O_RDWR, 0);
    try {
      assertThat(Posix.CALLS.flock(one, LOCK_EXCLUSIVE_NOW)).isZero();
      assertThat(Posix.CALLS.flock(other, LOCK_EXCLUSIVE_NOW)).isEqualTo(-1);
      assertThat(Posix.errno()).isEqualTo(Errno.EAGAIN);
    } finally {
      Posix.CALLS.close(one);
      Posix.CALLS.close(other);
    }
    Path path = tree.root().resolve(at("file"));
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE);
        FileLock lock = channel.lock()) {
      assertThat(lock.isValid()).isTrue();
    }
  }

  @Test
  void file_madeWithoutName_canBeGivenOne() throws IOException {
    int flags = O_TMPFILE | EditedTree.O_RDWR;
    int descriptor =
        Posix.CALLS.open(Posix.text(tree.root().resolve(dir()).toString()), flags, 0600);
    if (!abilities().contains(Ability.NAMELESS_FILES)) {
      assertThat(descriptor).isEqualTo(-1);
      assertThat(Posix.errno()).isEqualTo(Errno.EOPNOTSUPP);
      return;
    }
    byte[] hello = bytes("hello");
    assertThat(Posix.CALLS.pwrite(descriptor, hello, hello.length, 0)).isEqualTo(5);
    assertThat(tree.names(dir())).isEmpty();
    byte[] self = Posix.text("/proc/self/fd/" + descriptor);
    int linked =
        Posix.CALLS.linkat(AT_FDCWD, self, AT_FDCWD, Posix.text(raw("file")), AT_SYMLINK_FOLLOW);
    assertThat(linked).isZero();
    Posix.CALLS.close(descriptor);
    assertThat(read("file")).isEqualTo("hello");
    assertThat(tree.stat(at("file")).links()).isEqualTo(1);
  }

  @Test
  void directoryOrFifo_withoutName_isThereForItsHandle() throws IOException {
    if (!abilities().contains(Ability.GONE_NODES)) {
      return;
    }
    tree.mkdir(at("directory"), 0755);
    tree.mkdir(at("empty"), 0755);
    tree.mknod(at("fifo"), FIFO, 0);
    try (EditedFile directory = tree.open(at("directory"), 0, 0);
        EditedFile replaced = tree.open(at("empty"), 0, 0);
        EditedFile fifo = tree.open(at("fifo"), O_NONBLOCK, 0)) {
      tree.rmdir(at("directory"));
      tree.mkdir(at("other"), 0755);
      tree.rename(at("other"), at("empty"), 0);
      write("file", "x");
      tree.rename(at("file"), at("fifo"), 0);
      for (EditedFile each : List.of(directory, replaced, fifo)) {
        assertThat(each.stat().links()).isZero();
      }
      assertThat(fifo.stat().mode()).isEqualTo(FIFO);
    }
  }

  @Test
  void copy_byTheKernel_isTheSameContent() throws IOException {
    byte[] content = Pattern.bytes(5, 3_000_000, 0, 3_000_000);
    try (EditedFile file = tree.open(at("file"), EditedTree.O_RDWR | EditedTree.O_CREAT, 0644)) {
      file.write(0, content);
    }
    int from = Posix.CALLS.open(Posix.text(raw("file")), 0, 0);
    int to =
        Posix.CALLS.open(Posix.text(raw("copy")), EditedTree.O_RDWR | EditedTree.O_CREAT, 0644);
    long copied = 0;
    long part;
    do {
      part = Posix.CALLS.copy_file_range(from, null, to, null, content.length, 0);
      copied += part;
    } while (part > 0);
    Posix.CALLS.close(from);
    Posix.CALLS.close(to);
    assertThat(copied).isEqualTo(content.length);
    try (EditedFile file = tree.open(at("copy"), 0, 0)) {
      assertThat(file.read(0, content.length)).isEqualTo(content);
    }
  }

  @Test
  void access_ofAnotherUser_isByModeAndOwner() throws IOException {
    write("file", "1");
    assertThat(asOther("cat " + raw("file")).exit()).isZero();
    assertThat(asOther("echo 2 >> " + raw("file")).exit()).isNotZero();
    assertThat(asOther("touch " + raw("new")).exit()).isNotZero();
    assertThat(asOther("rm -f " + raw("file")).exit()).isNotZero();
    tree.chmod(dir(), 0777);
    assertThat(asOther("umask 027; echo 1 > %1$s && mkdir %1$s-dir".formatted(raw("new"))).exit())
        .isZero();
    assertThat(tree.stat(at("new"))).isEqualTo(new EditedTree.Stat(0100640, 1001, 1001, 1, 2, 0));
    assertThat(tree.stat(at("new-dir")).mode()).isEqualTo(0040750);
    tree.chmod(dir(), 01777);
    assertThat(asOther("rm -f " + raw("file")).exit()).isNotZero();
    assertThat(asOther("rm " + raw("new")).exit()).isZero();
  }

  @Test
  void access_ofAUserInAnAccessList_isByThatList() throws IOException {
    write("file", "1");
    tree.chmod(at("file"), 0600);
    assertThat(asOther("cat " + raw("file")).exit()).isNotZero();
    if (!abilities().contains(Ability.ACCESS_LISTS)) {
      return;
    }
    ByteBuffer list = ByteBuffer.allocate(44).order(ByteOrder.LITTLE_ENDIAN).putInt(2);
    putEntry(list, 1, 6, -1); // the owner
    putEntry(list, 2, 6, 1001); // a user
    putEntry(list, 4, 0, -1); // the group
    putEntry(list, 0x10, 6, -1); // the mask
    putEntry(list, 0x20, 0, -1); // others
    tree.setAttribute(at("file"), "system.posix_acl_access", list.array(), 0);
    assertThat(tree.stat(at("file")).permissions()).isEqualTo(0660);
    assertThat(asOther("cat " + raw("file")).exit()).isZero();
    assertThat(asOther("echo 2 >> " + raw("file")).exit()).isZero();
    assertThat(read("file")).isEqualTo("12\n");
    assertThat(tree.attribute(at("file"), "system.posix_acl_access")).isEqualTo(list.array());
  }

  private static void putEntry(ByteBuffer list, int tag, int permissions, int id) {
    list.putShort((short) tag).putShort((short) permissions).putInt(id);
  }

  @Test
  void write_ofAnotherUser_takesSetIdAway() throws IOException {
    write("file", "1");
    tree.chmod(at("file"), 06777);
    assertThat(asOther("echo 2 >> " + raw("file")).exit()).isZero();
    assertThat(tree.stat(at("file")).permissions()).isEqualTo(0777);
    tree.chmod(at("file"), 06777);
    assertThat(asOther("echo 2 > " + raw("file")).exit()).isZero();
    assertThat(tree.stat(at("file")).permissions()).isEqualTo(0777);
    tree.chmod(at("file"), 06777);
    assertThat(asOther("truncate -s 1 " + raw("file")).exit()).isZero();
    assertThat(tree.stat(at("file")).permissions()).isEqualTo(0777);
  }

  /**
   * Makes random calls on the mount and a plain directory: few here, as many as the property {@code
   * posix.calls} says in a long run, whose seed may be given as {@code posix.seed}.
   */
  @Test
  void calls_atRandom_areAnsweredAsOnAPlainDirectory(@TempDir Path folder) throws IOException {
    long seed = Long.getLong("posix.seed", System.nanoTime());
    long calls = Long.getLong("posix.calls", 5000);
    System.out.println("random calls with seed " + seed);
    SystemTree tested = new SystemTree(tree.root().resolve("machine"));
    SystemTree plain = new SystemTree(folder.resolve("machine"));
    Files.createDirectory(tested.root());
    Files.createDirectory(plain.root());
    try (PosixMachine machine = new PosixMachine(tested, plain, abilities(), seed)) {
      machine.run(calls);
    }
  }

  /** As many operations as the property {@code fsx.operations} says, in a long run. */
  @Test
  void bytes_afterRandomOperations_areRight() throws IOException {
    long seed = Long.getLong("fsx.seed", System.nanoTime());
    System.out.println("random operations on a file with seed " + seed);
    new Fsx(tree.root().resolve(dir()), "file", seed).run(Long.getLong("fsx.operations", 1500));
  }

  @Override
  EditedTree tree() {
    return tree;
  }
}
