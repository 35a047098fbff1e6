package org.realize.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.realize.sync.posix.Errno;

/**
 * The contract of every mount, within its driver's capabilities. The mount lives in a process of
 * its own: a test that hangs in it is ended by killing that process. Needs root, {@code /dev/fuse}
 * and {@code fusermount3}.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class MountContract extends TreeContract {

  private static final int TEST_SECONDS = 180;
  private static final int AT_FDCWD = -100;

  /** A build in the background ignores SIGINT, and so would the programs that it starts. */
  private static final String NOT_IGNORING = "env";

  private static final Pointer EPOCH = Memory.allocateDirect(Runtime.getSystemRuntime(), 32, true);

  Path temporary;
  MountChild mount;
  MountedTree tree;
  private final ScheduledExecutorService watchdog = Executors.newSingleThreadScheduledExecutor();
  private ScheduledFuture<?> bite;
  private String openBefore = "0";

  abstract Driver driver();

  @BeforeAll
  void mount(@TempDir Path folder) throws IOException {
    temporary = folder;
    mount = start("mount").mounted();
    tree = new MountedTree(mount.mountPoint());
  }

  @AfterAll
  void unmount() throws IOException {
    watchdog.shutdownNow();
    mount.close();
  }

  @BeforeEach
  void watch() throws IOException {
    openBefore = twin().tell("opened");
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
        .untilAsserted(
            () -> assertThat(twin().tell("opened")).as("open files").isEqualTo(openBefore));
  }

  MountChild start(String name) throws IOException {
    Path point = temporary.resolve(name);
    Files.createDirectories(point);
    return MountChild.start(point, driver(), true);
  }

  @Override
  Tree tree() {
    return tree;
  }

  @Override
  Twin twin() {
    return mount;
  }

  private String raw(String name) {
    return tree.path(at(name)).toString();
  }

  @Test
  void mount_isOfOurTypeAndOwnedByTheMounter() throws IOException {
    FileStore store = Files.getFileStore(mount.mountPoint());
    assertThat(store.type()).isEqualTo("fuse.realize");
    assertThat(store.name()).isEqualTo("realize");
    assertThat(Files.getAttribute(mount.mountPoint(), "unix:uid")).isEqualTo(0);
    assertThat(Files.getAttribute(mount.mountPoint(), "unix:ino")).isEqualTo(1L);
  }

  @Test
  void statfs_tellsTheViewsFigures() throws IOException {
    FileStore store = Files.getFileStore(mount.mountPoint());
    assertThat(store.getBlockSize()).isEqualTo(4096);
    assertThat(store.getTotalSpace()).isEqualTo(4_096_000_000L);
    assertThat(store.getUnallocatedSpace()).isEqualTo(600_000 * 4096L);
    assertThat(store.getUsableSpace()).isEqualTo(500_000 * 4096L);
  }

  @Test
  void lookup_nameNotUtf8_isNoEntry() {
    byte[] path = Posix.text(raw("x"));
    path[path.length - 2] = (byte) 0xff;
    assertThat(Posix.CALLS.open(path, Posix.O_RDONLY, 0)).isEqualTo(-1);
    assertThat(Posix.errno()).isEqualTo(Errno.ENOENT);
  }

  @Test
  void lookup_nameTooLong_isRefused() {
    assertRefused(Errno.ENAMETOOLONG, () -> tree.stat(at("x".repeat(256))));
  }

  @Test
  void list_inodes_areThoseOfStat() throws IOException {
    twin().tell("file", at("file"), "1", "1");
    twin().tell("directory", at("below"));
    for (MountedTree.Listed entry : tree.listed(dir)) {
      assertThat(tree.stat(at(entry.name())).inode()).as(entry.name()).isEqualTo(entry.inode());
    }
  }

  @Test
  void list_fromAnyPosition_goesOnThere() throws IOException {
    twin().tell("bulk", dir, "3000");
    long seed = System.nanoTime();
    Random random = new Random(seed);
    try (MountedTree.Directory directory = tree.directory(dir)) {
      List<MountedTree.Listed> all = directory.rest(Integer.MAX_VALUE);
      assertThat(all).hasSize(3002);
      for (int i = 0; i < 30; i++) {
        int from = random.nextInt(all.size());
        directory.seek(all.get(from).position());
        assertThat(directory.rest(50))
            .as("seed %d from %d", seed, from)
            .isEqualTo(all.subList(from + 1, Math.min(from + 51, all.size())));
      }
    }
  }

  @Test
  void list_whileOthersComeAndGo_showsWhatStaysOnce() throws IOException {
    twin().tell("bulk", dir, "5000");
    try (MountedTree.Directory directory = tree.directory(dir)) {
      List<String> names = new ArrayList<>();
      int changes = 0;
      for (List<MountedTree.Listed> part = directory.rest(500);
          !part.isEmpty();
          part = directory.rest(500)) {
        part.forEach(entry -> names.add(entry.name()));
        if (changes < 10) {
          twin().tell("remove", at("entry-%06d".formatted(changes * 400)));
          twin().tell("file", at("new-" + changes++), "1", "1");
        }
      }
      Set<String> stay = new HashSet<>();
      for (int i = 0; i < 5000; i++) {
        if (i % 400 != 0 || i / 400 >= changes) {
          stay.add("entry-%06d".formatted(i));
        }
      }
      assertThat(names).doesNotHaveDuplicates().containsAll(stay);
    }
  }

  @Test
  void read_byManyAtOnce_isTheContent() throws Exception {
    int size = 2_000_000;
    twin().tell("file", at("file"), String.valueOf(size), "5");
    try (ExecutorService readers = Executors.newFixedThreadPool(8)) {
      List<Callable<byte[]>> reads = new ArrayList<>();
      for (int i = 0; i < 64; i++) {
        long offset = i * 30_000L;
        reads.add(() -> tree.read(at("file"), offset, 50_000));
      }
      List<Future<byte[]>> results = readers.invokeAll(reads);
      for (int i = 0; i < results.size(); i++) {
        assertThat(results.get(i).get()).isEqualTo(Pattern.bytes(5, size, i * 30_000L, 50_000));
      }
    }
  }

  @Test
  void map_ofAFile_isTheContent() throws IOException {
    twin().tell("file", at("file"), "100000", "6");
    try (FileChannel channel = FileChannel.open(tree.path(at("file")));
        Arena mapped = Arena.ofConfined()) {
      byte[] bytes =
          channel
              .map(FileChannel.MapMode.READ_ONLY, 0, 100_000, mapped)
              .toArray(ValueLayout.JAVA_BYTE);
      assertThat(bytes).isEqualTo(Pattern.bytes(6, bytes.length, 0, bytes.length));
    }
  }

  @Test
  void read_again_comesFromTheKernelsPages() throws IOException {
    twin().tell("file", at("file"), "300000", "1");
    byte[] first = tree.read(at("file"), 0, 300_000);
    shows( // the notice that the file is new may still drop it once
        () -> {
          String reads = twin().tell("reads");
          assertThat(tree.read(at("file"), 0, 300_000)).isEqualTo(first);
          assertThat(twin().tell("reads")).isEqualTo(reads);
        });
  }

  @Test
  void read_ofAFileWhosePagesAreDropped_isItsNewContent() throws IOException {
    twin().tell("file", at("file"), "300000", "1");
    assertThat(tree.read(at("file"), 0, 300_000)).isEqualTo(Pattern.bytes(1, 300_000, 0, 300_000));
    twin().tell("change", at("file"), "300000", "2", "dropped");
    assertThat(tree.read(at("file"), 0, 300_000)).isEqualTo(Pattern.bytes(2, 300_000, 0, 300_000));
  }

  @Test
  void read_ofAFileThatGrowsBeforeItsAttributesDo_isAllOfIt() throws IOException {
    twin().tell("file", at("file"), "1000", "1");
    assertThat(tree.read(at("file"), 0, 9_000)).isEqualTo(Pattern.bytes(1, 1_000, 0, 1_000));
    for (int size : new int[] {5_000, 9_000, 300}) {
      twin().tell("change", at("file"), String.valueOf(size), "2", "uncached");
      try (MountedTree.OpenedFile file = tree.open(at("file"))) {
        assertThat(file.pread(0, 10_000)).isEqualTo(Pattern.bytes(2, size, 0, size));
        assertThat(file.pread(size, 10)).isEmpty();
      }
    }
  }

  @Test
  void read_ofALocalFile_isPassedThrough() throws IOException {
    Path local = temporary.resolve("backing");
    Files.write(local, Pattern.bytes(8, 500_000, 0, 500_000));
    twin().tell("file", at("file"), "500000", "8");
    twin().tell("backing", at("file"), local.toString());
    String reads = twin().tell("reads");
    assertThat(tree.read(at("file"), 0, 500_000)).isEqualTo(Files.readAllBytes(local));
    if (driver() == Driver.KERNEL) {
      assertThat(twin().tell("reads")).isEqualTo(reads);
    }
  }

  @Test
  void read_ofAFileThatBecomesLocalWhileOpen_isTheSame() throws IOException {
    Path local = temporary.resolve("later");
    Files.write(local, Pattern.bytes(8, 200_000, 0, 200_000));
    twin().tell("file", at("file"), "200000", "8");
    try (MountedTree.OpenedFile early = tree.open(at("file"))) {
      assertThat(early.pread(0, 1000)).isEqualTo(Pattern.bytes(8, 200_000, 0, 1000));
      twin().tell("backing", at("file"), local.toString());
      try (MountedTree.OpenedFile late = tree.open(at("file"))) {
        assertThat(late.pread(100_000, 1000)).isEqualTo(Pattern.bytes(8, 200_000, 100_000, 1000));
      }
    }
    assertThat(tree.read(at("file"), 0, 200_000)).isEqualTo(Files.readAllBytes(local));
  }

  @Test
  void handle_ofAReplacedFile_keepsItsVersion() throws IOException {
    int size = 400_000;
    twin().tell("file", at("file"), String.valueOf(size), "1");
    try (MountedTree.OpenedFile old = tree.open(at("file"))) {
      assertThat(old.pread(0, 1000)).isEqualTo(Pattern.bytes(1, size, 0, 1000));
      twin().tell("file", at("file"), String.valueOf(size), "2");
      shows(() ->
          assertThat(tree.read(at("file"), 0, size)).isEqualTo(Pattern.bytes(2, size, 0, size)));
      for (int offset : new int[] {0, 200_000, 399_000}) {
        assertThat(old.pread(offset, 1000))
            .as("old at %d", offset)
            .isEqualTo(Pattern.bytes(1, size, offset, 1000));
      }
      assertThat(tree.read(at("file"), 0, size)).isEqualTo(Pattern.bytes(2, size, 0, size));
    }
    assertThat(tree.read(at("file"), 0, size)).isEqualTo(Pattern.bytes(2, size, 0, size));
  }

  @Test
  void handle_ofAFileReplacedByAnotherSize_neverMixesThem() throws IOException {
    twin().tell("file", at("file"), "10000", "1");
    try (MountedTree.OpenedFile old = tree.open(at("file"))) {
      twin().tell("file", at("file"), "50000", "2");
      shows(() -> assertThat(tree.stat(at("file")).size()).isEqualTo(50_000));
      if (driver() == Driver.KERNEL) {
        assertThat(old.pread(0, 60_000)).isEqualTo(Pattern.bytes(1, 10_000, 0, 10_000));
      } else {
        assertRefused(Errno.ESTALE, () -> old.pread(8192, 60_000));
      }
    }
    assertThat(tree.read(at("file"), 0, 60_000)).isEqualTo(Pattern.bytes(2, 50_000, 0, 50_000));
  }

  @Test
  void seek_toData_takesAbsentBytesAsData() throws IOException {
    twin().tell("file", at("file"), "10000", "1");
    try (MountedTree.OpenedFile file = tree.open(at("file"))) {
      assertThat(file.seek(5000, Posix.SEEK_DATA)).isEqualTo(5000);
      assertThat(file.seek(5000, Posix.SEEK_HOLE)).isEqualTo(10_000);
      assertRefused(Errno.ENXIO, () -> file.seek(10_000, Posix.SEEK_DATA));
    }
  }

  @Test
  void attributes_areNotListedAndTooLongOnesAreRefused() throws IOException {
    twin().tell("file", at("file"), "1", "1");
    twin().tell("attribute", at("file"), "user.realize.peers", "one two three");
    byte[] path = Posix.text(raw("file"));
    assertThat(Posix.CALLS.llistxattr(path, new byte[100], 100)).isEqualTo(0);
    byte[] name = Posix.text("user.realize.peers");
    assertThat(Posix.CALLS.lgetxattr(path, name, new byte[0], 0)).isEqualTo(13);
    assertThat(Posix.CALLS.lgetxattr(path, name, new byte[5], 5)).isEqualTo(-1);
    assertThat(Posix.errno()).isEqualTo(Errno.ERANGE);
  }

  @Test
  void everyWritingCall_isRefusedAsReadOnly() throws IOException {
    twin().tell("file", at("file"), "10", "1");
    twin().tell("directory", at("below"));
    byte[] file = Posix.text(raw("file"));
    byte[] fresh = Posix.text(raw("fresh"));
    byte[] below = Posix.text(raw("below"));
    byte[] name = Posix.text("user.x");
    Map<String, Callable<Integer>> calls = new TreeMap<>();
    calls.put("open write", () -> Posix.CALLS.open(file, Posix.O_WRONLY, 0));
    calls.put("open read-write", () -> Posix.CALLS.open(file, Posix.O_RDWR, 0));
    calls.put("open truncate", () -> Posix.CALLS.open(file, Posix.O_TRUNC, 0));
    calls.put("create", () -> Posix.CALLS.open(fresh, Posix.O_CREAT | Posix.O_WRONLY, 0644));
    calls.put("mknod", () -> Posix.CALLS.mknod(fresh, 0100644, 0));
    calls.put("mkdir", () -> Posix.CALLS.mkdir(fresh, 0755));
    calls.put("rmdir", () -> Posix.CALLS.rmdir(below));
    calls.put("unlink", () -> Posix.CALLS.unlink(file));
    calls.put("rename", () -> Posix.CALLS.rename(file, fresh));
    calls.put("symlink", () -> Posix.CALLS.symlink(file, fresh));
    calls.put("link", () -> Posix.CALLS.link(file, fresh));
    calls.put("chmod", () -> Posix.CALLS.chmod(file, 0600));
    calls.put("chown", () -> Posix.CALLS.lchown(file, 1, 1));
    calls.put("truncate", () -> Posix.CALLS.truncate(file, 3));
    calls.put("utimens", () -> Posix.CALLS.utimensat(AT_FDCWD, file, EPOCH, 0));
    calls.put("setxattr", () -> Posix.CALLS.lsetxattr(file, name, name, 4, 0));
    calls.put("removexattr", () -> Posix.CALLS.lremovexattr(file, name));
    for (Map.Entry<String, Callable<Integer>> call : calls.entrySet()) {
      int result;
      try {
        result = call.getValue().call();
      } catch (Exception e) {
        throw new AssertionError(call.getKey(), e);
      }
      assertThat(result).as(call.getKey()).isEqualTo(-1);
      assertThat(Posix.errno()).as(call.getKey()).isEqualTo(Errno.EROFS);
    }
    assertThat(tree.names(dir)).containsExactlyInAnyOrder(".", "..", "file", "below");
    assertThat(tree.stat(at("file")).mode()).isEqualTo(0644);
  }

  @Test
  void program_runFromTheMount_works() throws IOException {
    Programs.Outcome copy =
        Programs.run("cp", "-a", tree.path(dir).toString(), temporary.resolve("copy").toString());
    assertThat(copy.output()).isEmpty();
    assertThat(copy.exit()).isEqualTo(0);
  }

  @Test
  void waitingRead_getsItsBytesWhenTheyCome() throws Exception {
    twin().tell("file", at("file"), "200000", "3");
    twin().tell("hold", at("file"));
    try (ExecutorService readers = Executors.newFixedThreadPool(4)) {
      List<Future<byte[]>> reads = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        reads.add(readers.submit(() -> tree.read(at("file"), 0, 200_000)));
      }
      assertThat(tree.stat(dir).inode()).as("others are answered").isPositive();
      twin().tell("release", at("file"));
      for (Future<byte[]> read : reads) {
        assertThat(read.get()).isEqualTo(Pattern.bytes(3, 200_000, 0, 200_000));
      }
    }
  }

  @Test
  void waitingRead_ofAFileThatTurnsOutUnreachable_isToldSo() throws Exception {
    twin().tell("file", at("file"), "100", "3");
    twin().tell("hold", at("file"));
    try (ExecutorService readers = Executors.newSingleThreadExecutor()) {
      Future<Integer> read =
          readers.submit(() -> {
            try {
              tree.read(at("file"), 0, 100);
              return 0;
            } catch (Tree.Refused e) {
              return e.errno;
            }
          });
      Awaitility.await().until(() -> !twin().tell("opened").equals("0"));
      twin().tell("trouble", at("file"), "unreachable");
      twin().tell("release", at("file"));
      assertThat(read.get()).isEqualTo(Errno.EHOSTUNREACH);
    }
  }

  @Test
  void waitingRead_endsWithCtrlC() throws IOException {
    twin().tell("file", at("file"), "100000", "3");
    twin().tell("hold", at("file"));
    assertEndsBySignal(NOT_IGNORING, "--default-signal=INT", "cat", raw("file"));
    twin().tell("release", at("file"));
  }

  /** A direct read has no page to wait for: the kernel waits for our answer whatever the signal. */
  @Test
  void waitingDirectRead_isInterruptedByCtrlC() throws IOException {
    twin().tell("file", at("file"), "100000", "3");
    twin().tell("hold", at("file"));
    int before = Integer.parseInt(twin().tell("interrupted"));
    String file = "if=" + raw("file");
    assertEndsBySignal(
        NOT_IGNORING,
        "--default-signal=INT",
        "dd",
        file,
        "of=/dev/null",
        "bs=4096",
        "iflag=direct");
    assertThat(Integer.parseInt(twin().tell("interrupted"))).isGreaterThan(before);
    twin().tell("release", at("file"));
  }

  private void assertEndsBySignal(String... command) throws IOException {
    Process program = Programs.start(temporary.resolve("output"), command);
    try {
      Awaitility.await().until(() -> !twin().tell("waiting").equals("0"));
      awaitBlocked(program);
      Programs.run("kill", "-INT", String.valueOf(program.pid()));
      assertThat(Programs.await(program)).isEqualTo(130);
    } finally {
      program.destroyForcibly();
    }
  }

  /** Waits until the kernel says that the program sleeps in a read. */
  private static void awaitBlocked(Process program) {
    Path stat = Path.of("/proc", String.valueOf(program.pid()), "stat");
    Awaitility.await()
        .until(() -> {
          String text = Files.readString(stat, StandardCharsets.UTF_8);
          char state = text.charAt(text.lastIndexOf(')') + 2);
          String call = Files.readString(stat.resolveSibling("syscall"));
          return (state == 'S' || state == 'D') && call.startsWith("0 ");
        });
  }

  @Test
  void waitingReads_doNotHoldUpOthers() throws IOException {
    List<Process> programs = new ArrayList<>();
    try {
      for (int i = 0; i < 12; i++) {
        twin().tell("file", at("held" + i), "10000", "3");
        twin().tell("hold", at("held" + i));
        programs.add(Programs.start(temporary.resolve("out" + i), "cat", raw("held" + i)));
      }
      Awaitility.await().until(() -> twin().tell("opened").equals("12"));
      programs.forEach(MountContract::awaitBlocked);
      twin().tell("file", at("free"), "300000", "4");
      assertThat(tree.read(at("free"), 0, 300_000))
          .isEqualTo(Pattern.bytes(4, 300_000, 0, 300_000));
      assertThat(tree.names(dir)).hasSize(15);
    } finally {
      for (int i = 0; i < programs.size(); i++) {
        twin().tell("release", at("held" + i));
      }
      programs.forEach(Programs::await);
    }
    for (int i = 0; i < 12; i++) {
      assertThat(Files.readAllBytes(temporary.resolve("out" + i)))
          .isEqualTo(Pattern.bytes(3, 10_000, 0, 10_000));
    }
  }

  @Test
  void changes_moreThanCanBeTold_areAllShown() throws IOException {
    int files = 20_000;
    twin().tell("bulk", dir, String.valueOf(files));
    assertThat(tree.names(dir)).hasSize(files + 2);
    for (int i = 0; i < files; i += 500) {
      assertThat(tree.stat(at("entry-%06d".formatted(i))).size()).isEqualTo(0);
    }
    twin().tell("storm", dir, String.valueOf(files), "77");
    twin().tell("file", at("one-more"), "1", "1");
    shows(() -> {
      for (int i = 0; i < files; i += 500) {
        assertThat(tree.stat(at("entry-%06d".formatted(i))).size()).isEqualTo(77);
      }
      assertThat(tree.names(dir)).hasSize(files + 3);
    });
  }
}
