package org.realize.store.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Disk;
import org.realize.sync.port.Disk.OpenMode;
import org.realize.sync.port.DiskFile;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.ReleasedException;
import org.realize.sync.posix.Syscalls;
import org.realize.sync.testing.DiskContract;
import org.realize.sync.testing.UserFiles;

class LocalDiskTest extends DiskContract {

  private static final byte[] SECRET = "outside".getBytes(StandardCharsets.UTF_8);

  @TempDir private Path directory;

  @Override
  protected Disk newDisk() throws IOException {
    return new LocalDisk(Files.createDirectories(directory.resolve("root")));
  }

  @Override
  protected UserFiles userOf(Disk disk) {
    return new LocalUserFiles(((LocalDisk) disk).root());
  }

  @Test
  void anyOperation_rootGone_saysSoAndWorksOnceItIsBack() throws IOException {
    Path root = directory.resolve("root");
    Files.move(root, directory.resolve("elsewhere"));

    assertThatThrownBy(() -> disk().stat(path("f"))).isInstanceOf(NoSuchFileException.class);
    assertThatThrownBy(() -> disk().list(RelativePath.ROOT))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining(root.toString());
    assertThatThrownBy(() -> disk().usage()).isInstanceOf(NoSuchFileException.class);
    Files.createDirectory(root);
    assertThat(disk().stat(path("f"))).isEmpty();
  }

  @Test
  void release_openFiles_areClosed_andNothingIsOpenedBeforeItEnds() throws IOException {
    LocalDisk disk = (LocalDisk) disk();
    user().write("f", bytes(1, 10));
    DiskFile file = disk.open(path("f"), OpenMode.READ);
    assertThat(disk.descriptors()).containsExactly(disk.root().resolve("f").toString());

    disk.release();

    assertThat(disk.descriptors()).isEmpty();
    assertThatThrownBy(() -> file.read(ByteBuffer.allocate(1), 0)).hasMessageContaining("closed");
    assertThatThrownBy(() -> disk.stat(path("f"))).isInstanceOf(ReleasedException.class);
    assertThatThrownBy(() -> disk.list(RelativePath.ROOT)).isInstanceOf(ReleasedException.class);
    assertThatThrownBy(() -> disk.open(path("f"), OpenMode.READ))
        .isInstanceOf(ReleasedException.class);
    file.close();
    disk.reopen();
    assertThat(disk.stat(path("f"))).isPresent();
    try (DiskFile again = disk.open(path("f"), OpenMode.READ)) {
      assertThat(again.read(ByteBuffer.allocate(20), 0)).isEqualTo(10);
    }
  }

  @Test
  void stat_sameFile_agreesWithTheJdk() throws IOException {
    user().write("f", bytes(1, 10));
    Path file = directory.resolve("root/f");
    FileStat stat = disk().stat(path("f")).orElseThrow();

    assertThat(stat.fileKey()).isEqualTo(Files.getAttribute(file, "unix:ino"));
    assertThat(stat.links()).isEqualTo(Files.getAttribute(file, "unix:nlink"));
    assertThat(stat.ctimeNanos() / 1_000_000)
        .isEqualTo(
            ((java.nio.file.attribute.FileTime) Files.getAttribute(file, "unix:ctime")).toMillis());
    assertThat(disk().usage().totalBytes()).isEqualTo(Files.getFileStore(file).getTotalSpace());
  }

  /** On tmpfs, which keeps every time: ext4 and xfs end in the years 2446 and 2486. */
  @Test
  void setAttributes_timeOutsideOfCountableNanoseconds_isExact() throws IOException {
    Path memory = Files.createTempDirectory(Path.of("/dev/shm"), "realize-disk-test");
    Path file = Files.createFile(memory.resolve("f"));
    try {
      Disk disk = new LocalDisk(memory);
      for (long seconds : new long[] {-11_676_096_000L, 16_725_225_600L, -1L << 60}) {
        FileTime time = new FileTime(seconds, 999_999_999);
        try (DiskFile open = disk.open(path("f"), OpenMode.UPDATE)) {
          open.setAttributes(0600, time);
          assertThat(open.stat().mtime()).isEqualTo(time);
        }
        assertThat(disk.stat(path("f")).orElseThrow().mtime()).isEqualTo(time);
        assertThat(disk.entries(RelativePath.ROOT).entries().getFirst().stat().mtime())
            .isEqualTo(time);
      }
    } finally {
      Files.delete(file);
      Files.delete(memory);
    }
  }

  /** What a file gets there is what the kernel gives one that is made in the other directory. */
  @Test
  void createDirectoryLike_groupAndDefaultAcl_newNamesAreAsInTheModel() throws IOException {
    Path root = directory.resolve("root");
    for (String made : List.of("model", "plain", "own")) {
      user().createDirectory(made);
    }
    setDefaultAcl(root.resolve("model"), 1234, 6);
    setDefaultAcl(root.resolve("own"), 4321, 7); // which "own/…" must not pass on
    if ("root".equals(System.getProperty("user.name"))) {
      Files.setAttribute(root.resolve("model"), "unix:gid", 2345);
      Files.setAttribute(root.resolve("model"), "unix:mode", 02775);
      Files.setAttribute(root.resolve("own"), "unix:mode", 02777);
    }
    for (String model : List.of("model", "plain")) {
      String like = "own/" + model;
      assertThat(disk().createDirectoryLike(path(like), path(model))).isEmpty();
      for (String in : List.of(model, like)) {
        disk().open(path(in + "/f"), OpenMode.CREATE_NEW).close();
        disk().createDirectory(path(in + "/d"));
      }
      for (String name : List.of("/f", "/d")) {
        assertThat(inherited(root.resolve(like + name)))
            .as(model + name)
            .isEqualTo(inherited(root.resolve(model + name)));
      }
    }
    assertThat(inherited(root.resolve("model/f"))).isNotEqualTo(inherited(root.resolve("plain/f")));
  }

  @Test
  void createDirectoryLike_noModel_makesNothing() throws IOException {
    assertThatThrownBy(() -> disk().createDirectoryLike(path("x"), path("absent")))
        .isInstanceOf(NoSuchFileException.class);
    assertThat(disk().stat(path("x"))).isEmpty();
  }

  /** Group, mode, and both ACLs. */
  static List<Object> inherited(Path path) throws IOException {
    List<Object> values = new ArrayList<>();
    values.add(Files.getAttribute(path, "unix:gid"));
    values.add(Files.getAttribute(path, "unix:mode"));
    try (Syscalls sys = new Syscalls()) {
      int file = sys.open(Syscalls.AT_FDCWD, path.toString(), Syscalls.O_RDONLY, 0, 0);
      for (String name : List.of("system.posix_acl_access", "system.posix_acl_default")) {
        MemorySegment value = sys.memory(1024);
        int length = Math.max(0, sys.attribute(file, sys.text(name), value));
        values.add(Arrays.toString(value.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE)));
      }
    }
    return values;
  }

  /** An ACL with rights of one user besides those of owner, group and others. */
  static void setDefaultAcl(Path directory, int user, int rights) {
    ByteBuffer acl = ByteBuffer.allocate(44).order(ByteOrder.LITTLE_ENDIAN).putInt(2);
    int[][] entries = {{1, 7, -1}, {2, rights, user}, {4, 5, -1}, {16, 7, -1}, {32, 0, -1}};
    for (int[] entry : entries) {
      acl.putShort((short) entry[0]).putShort((short) entry[1]).putInt(entry[2]);
    }
    try (Syscalls sys = new Syscalls()) {
      int file = sys.open(Syscalls.AT_FDCWD, directory.toString(), Syscalls.O_RDONLY, 0, 0);
      MemorySegment value = sys.memory(acl.capacity());
      value.copyFrom(MemorySegment.ofArray(acl.array()));
      MemorySegment name = sys.text("system.posix_acl_default");
      assertThat(sys.setAttribute(file, name, value, acl.capacity())).isZero();
    }
  }

  @Test
  void takeAttributes_ownerAndExtendedAttributes_areTaken() throws IOException {
    user().write("a", bytes(1, 10));
    Path source = directory.resolve("root/a");
    var extended = Files.getFileAttributeView(source, UserDefinedFileAttributeView.class);
    extended.write("label", StandardCharsets.UTF_8.encode("käse"));
    extended.write("empty", ByteBuffer.allocate(0));
    boolean isRoot = "root".equals(System.getProperty("user.name"));
    if (isRoot) {
      Files.setAttribute(source, "unix:uid", 1234);
      Files.setAttribute(source, "unix:gid", 2345);
    }
    try (DiskFile from = disk().open(path("a"), OpenMode.READ);
        DiskFile file = disk().open(path("b"), OpenMode.CREATE_NEW)) {
      file.takeAttributes(from);
    }
    Path target = directory.resolve("root/b");
    for (String name : new String[] {"unix:uid", "unix:gid", "unix:mode", "lastModifiedTime"}) {
      assertThat(Files.getAttribute(target, name)).isEqualTo(Files.getAttribute(source, name));
    }
    var taken = Files.getFileAttributeView(target, UserDefinedFileAttributeView.class);
    assertThat(taken.list()).containsExactlyInAnyOrder("label", "empty");
    ByteBuffer value = ByteBuffer.allocate(10);
    taken.read("label", value);
    assertThat(StandardCharsets.UTF_8.decode(value.flip()).toString()).isEqualTo("käse");
  }

  @Test
  void read_beyondTwoGigabytes_isPositional() throws IOException {
    try (DiskFile file = disk().open(path("f"), OpenMode.CREATE_NEW)) {
      long offset = (5L << 30) + 3;
      file.write(ByteBuffer.wrap(SECRET), offset);
      ByteBuffer target = ByteBuffer.allocate(SECRET.length);
      assertThat(file.read(target, offset)).isEqualTo(SECRET.length);
      assertThat(target.array()).isEqualTo(SECRET);
    }
  }

  @Test
  void anyOperation_directorySwappedForALink_neverLeavesTheRoot() throws Exception {
    Path outside = Files.createDirectory(directory.resolve("outside"));
    Files.write(outside.resolve("f"), SECRET);
    Files.write(outside.resolve("victim"), SECRET);
    user().createDirectory("d");
    user().createDirectory("d/victim-directory");
    user().write("d/f", "within!".getBytes(StandardCharsets.UTF_8));
    user().write("mine", bytes(1, 5));
    Path inside = directory.resolve("root/d");
    AtomicBoolean done = new AtomicBoolean();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Integer> swapper = threads.submit(() -> swap(inside, outside, done));
      List<Future<Integer>> users = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        int number = i;
        users.add(threads.submit(() -> useThroughD(number)));
      }
      int succeeded = 0;
      try {
        for (Future<Integer> each : users) {
          succeeded += each.get();
        }
      } finally {
        done.set(true);
      }
      assertThat(swapper.get()).isPositive();
      assertThat(succeeded).isPositive();
    }
    assertThat(outside.toFile().list()).containsExactlyInAnyOrder("f", "victim");
    assertThat(outside.resolve("f")).hasBinaryContent(SECRET);
    assertThat(outside.resolve("victim")).hasBinaryContent(SECRET);
  }

  private static int swap(Path inside, Path outside, AtomicBoolean done) throws IOException {
    Path aside = inside.resolveSibling("aside");
    int swaps = 0;
    while (!done.get()) {
      Files.move(inside, aside);
      Files.createSymbolicLink(inside, outside);
      Files.delete(inside);
      Files.move(aside, inside);
      swaps++;
    }
    return swaps;
  }

  private int useThroughD(int number) {
    int succeeded = 0;
    for (int round = 0; round < 3000; round++) {
      RelativePath fresh = path("d/new-" + number + "-" + round);
      succeeded += attempt(this::readThroughD);
      succeeded += attempt(() -> disk().open(fresh, OpenMode.CREATE_NEW).close());
      succeeded += attempt(() -> disk().delete(fresh));
      succeeded += attempt(() -> disk().delete(path("d/victim")));
      succeeded += attempt(() -> disk().createDirectory(fresh));
      succeeded += attempt(() -> disk().delete(fresh));
      succeeded += attempt(() -> disk().rename(path("d/victim"), path("stolen")));
      succeeded += attempt(() -> assertThat(disk().stat(path("d/victim"))).isEmpty());
    }
    return succeeded;
  }

  private void readThroughD() throws IOException {
    try (DiskFile file = disk().open(path("d/f"), OpenMode.READ)) {
      ByteBuffer target = ByteBuffer.allocate(7);
      file.read(target, 0);
      assertThat(new String(target.array(), StandardCharsets.UTF_8)).isEqualTo("within!");
    }
    assertThat(disk().list(path("d")).names()).doesNotContain("victim");
  }

  private interface Attempt {
    void run() throws IOException;
  }

  private static int attempt(Attempt attempt) {
    try {
      attempt.run();
      return 1;
    } catch (IOException e) {
      return 0;
    }
  }

  @Test
  void close_whileOthersRead_neverMixesFiles() throws Exception {
    user().write("a", new byte[100]);
    user().write("b", SECRET);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int round = 0; round < 200; round++) {
        DiskFile file = disk().open(path("a"), OpenMode.READ);
        List<Future<?>> readers = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
          readers.add(threads.submit(() -> attempt(() -> assertZeros(file))));
        }
        file.close();
        try (DiskFile other = disk().open(path("b"), OpenMode.READ)) {
          for (Future<?> reader : readers) {
            reader.get();
          }
          assertThat(other.sizeBytes()).isEqualTo(SECRET.length);
        }
      }
    }
  }

  private static void assertZeros(DiskFile file) throws IOException {
    while (true) {
      ByteBuffer target = ByteBuffer.allocate(100);
      assertThat(file.read(target, 0)).isEqualTo(100);
      assertThat(target.array()).containsOnly(0);
    }
  }
}
