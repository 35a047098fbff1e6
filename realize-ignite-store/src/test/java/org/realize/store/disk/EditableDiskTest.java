package org.realize.store.disk;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.CallFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.posix.Errno;
import org.realize.sync.view.AttributeChange;
import org.realize.sync.view.AttributeSetting;
import org.realize.sync.view.Caller;
import org.realize.sync.view.DiskNode;
import org.realize.sync.view.EditedFile;
import org.realize.sync.view.EditedNode;
import org.realize.sync.view.FileKind;
import org.realize.sync.view.FileOwner;
import org.realize.sync.view.NewMode;
import org.realize.sync.view.OpenFlags;
import org.realize.sync.view.RenameKind;
import org.realize.sync.view.TimeChange;

/** The calls of programs on a directory tree: the answers of Linux, as whoever makes them. */
abstract class EditableDiskTest {

  private static final Caller ROOT = new Caller(0, 0, 0);
  private static final Caller NOBODY = new Caller(65534, 65534, 0);
  private static final OpenFlags READ = new OpenFlags(0);
  private static final OpenFlags READ_WRITE = new OpenFlags(2);
  private static final OpenFlags NEW = new OpenFlags(2 | 0100 | 0200);
  private static final NewMode FILE = new NewMode(0666, 022);
  private static final NewMode FOLDER = new NewMode(0777, 022);

  private Path root;
  private LocalDisk own;
  private LocalEditableDisk disk;

  abstract Path directory() throws IOException;

  @BeforeEach
  void open() throws IOException {
    root = Files.createDirectory(directory().resolve("root"));
    own = new LocalDisk(root);
    disk = new LocalEditableDisk(own);
  }

  private static RelativePath path(String path) {
    return RelativePath.of(path);
  }

  private static void assertErrno(ThrowingCallable call, int errno) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            CallFailed.class, failed -> assertThat(failed.errno()).isEqualTo(errno));
  }

  private static AttributeChange change(
      @Nullable Integer mode, FileOwner owner, @Nullable Long size) {
    return new AttributeChange(
        mode, owner, size, TimeChange.STAYS, TimeChange.STAYS, /* dropsSetId= */ false);
  }

  private static final FileOwner SAME = FileOwner.NOT_GIVEN;

  private void write(String name, String text) throws RealizeException {
    try (EditedFile file = disk.create(path(name), FILE, NEW, ROOT)) {
      assertThat(file.write(0, ByteBuffer.wrap(text.getBytes(UTF_8)), false))
          .isEqualTo(text.length());
    }
  }

  private static void requireRoot() {
    assumeTrue(org.realize.sync.posix.ThreadIdentity.processUser() == 0, "needs root");
  }

  @Test
  void create_anyName_hasTheModeThatWasAskedForWithoutTheUmask() throws Exception {
    write("f", "hello");
    DiskNode found = Objects.requireNonNull(disk.stat(path("f")));
    assertThat(found.kind()).isEqualTo(FileKind.FILE);
    assertThat(found.stat().mode()).isEqualTo(0644);
    assertThat(found.stat().sizeBytes()).isEqualTo(5);
    disk.create(path("open"), new NewMode(0666, 0), NEW, ROOT).close();
    assertThat(Objects.requireNonNull(disk.stat(path("open"))).stat().mode()).isEqualTo(0666);
    assertThat(disk.makeDirectory(path("d"), new NewMode(01777, 0), ROOT).stat().mode())
        .isEqualTo(01777);
    assertThat(disk.makeNode(path("p"), FileKind.FIFO, 0, FILE, ROOT).kind())
        .isEqualTo(FileKind.FIFO);
    assertThat(disk.makeLink(path("l"), "f", ROOT).stat().sizeBytes()).isEqualTo(1);
    Path after =
        Files.createFile(
            root.resolve("after"), // the daemon's own umask is as it was
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-rw-rw-")));
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(after)))
        .isEqualTo("rw-r--r--");
  }

  @Test
  void makeNode_device_hasItsNumber() throws Exception {
    requireRoot();
    int device = 1 << 8 | 3;
    assertThat(disk.makeNode(path("null"), FileKind.CHARACTER_DEVICE, device, FILE, ROOT).device())
        .isEqualTo(device);
  }

  @Test
  void calls_onNamesThatDoNotFit_failAsLinuxDoes() throws Exception {
    write("f", "");
    disk.makeDirectory(path("d"), FOLDER, ROOT);
    disk.makeDirectory(path("d/e"), FOLDER, ROOT);
    assertErrno(() -> disk.create(path("f"), FILE, NEW, ROOT), Errno.EEXIST);
    assertErrno(() -> disk.create(path("no/f"), FILE, NEW, ROOT), Errno.ENOENT);
    assertErrno(() -> disk.create(path("f/f"), FILE, NEW, ROOT), Errno.ENOTDIR);
    assertErrno(() -> disk.open(path("d"), READ_WRITE, ROOT), Errno.EISDIR);
    assertErrno(() -> disk.open(path("no"), READ, ROOT), Errno.ENOENT);
    assertErrno(() -> disk.makeDirectory(path("d"), FOLDER, ROOT), Errno.EEXIST);
    assertErrno(() -> disk.remove(path("d"), ROOT), Errno.EISDIR);
    assertErrno(() -> disk.remove(path("no"), ROOT), Errno.ENOENT);
    assertErrno(() -> disk.removeDirectory(path("f"), ROOT), Errno.ENOTDIR);
    assertErrno(() -> disk.removeDirectory(path("d"), ROOT), Errno.ENOTEMPTY);
    assertErrno(
        () -> disk.rename(path("d"), path("d/e/g"), RenameKind.REPLACE, ROOT), Errno.EINVAL);
    assertErrno(() -> disk.rename(path("f"), path("d"), RenameKind.REPLACE, ROOT), Errno.EISDIR);
    assertErrno(() -> disk.rename(path("d"), path("f"), RenameKind.REPLACE, ROOT), Errno.ENOTDIR);
    assertErrno(() -> disk.rename(path("f"), path("d/e"), RenameKind.NEW, ROOT), Errno.EEXIST);
    assertErrno(() -> disk.rename(path("f"), path("no"), RenameKind.EXCHANGE, ROOT), Errno.ENOENT);
    assertErrno(() -> disk.removeDirectory(RelativePath.ROOT, ROOT), Errno.EBUSY);
    assertThat(disk.stat(path("no"))).isNull();
    assertThat(disk.stat(path("f/below"))).isNull();
    assertThat(disk.stats(RelativePath.ROOT, List.of("f", "no", "d")))
        .extracting(node -> node == null ? null : node.kind())
        .containsExactly(FileKind.FILE, null, FileKind.DIRECTORY);
    assertThat(disk.stats(path("no"), List.of("f"))).containsExactly((DiskNode) null);
  }

  @Test
  void links_onTheWay_areNotFollowed_andAtTheEndAreChangedThemselves() throws Exception {
    Files.createDirectory(root.resolveSibling("outside"));
    Files.writeString(root.resolveSibling("outside/f"), "secret");
    Files.createSymbolicLink(root.resolve("out"), Path.of("../outside"));
    Files.createSymbolicLink(root.resolve("file"), Path.of("../outside/f"));
    assertThat(disk.stat(path("out/f"))).isNull();
    assertErrno(() -> disk.create(path("out/g"), FILE, NEW, ROOT), Errno.ELOOP);
    assertErrno(() -> disk.remove(path("out/f"), ROOT), Errno.ELOOP);
    assertErrno(() -> disk.open(path("file"), READ, ROOT), Errno.ENXIO);
    try (EditedNode link = disk.node(path("file"))) {
      assertThat(link.stat().kind()).isEqualTo(FileKind.LINK);
      FileTime time = new FileTime(1_000, 123_456_789);
      AttributeChange old =
          new AttributeChange(
              null, SAME, null, TimeChange.STAYS, new TimeChange.To(time), /* dropsSetId= */ false);
      assertThat(link.change(old, ROOT).stat().mtime()).isEqualTo(time);
    }
    assertThat(root.resolveSibling("outside/f")).hasContent("secret");
  }

  @Test
  void write_positionalAndAppending_goesWhereItIsAskedTo() throws Exception {
    write("f", "0123456789");
    try (EditedFile file = disk.open(path("f"), READ_WRITE, ROOT)) {
      ByteBuffer direct = ByteBuffer.allocateDirect(3).put("abc".getBytes(UTF_8)).flip();
      assertThat(file.write(2, direct, false)).isEqualTo(3);
      assertThat(file.write(0, ByteBuffer.wrap("xy".getBytes(UTF_8)), true)).isEqualTo(2);
      assertThat(root.resolve("f")).hasContent("01abc56789xy");
      assertThat(file.change(change(null, SAME, 4L), ROOT).stat().sizeBytes()).isEqualTo(4);
      file.allocate(0, 0, 8192);
      assertThat(file.stat().stat().sizeBytes()).isEqualTo(8192);
      file.allocate(3, 0, 4096);
      assertThat(file.write(4096, ByteBuffer.wrap(new byte[] {1}), false)).isEqualTo(1);
      assertThat(file.seek(0, false)).isEqualTo(4096);
      assertThat(file.seek(0, true)).isZero();
      assertErrno(() -> file.seek(9000, false), Errno.ENXIO);
      ByteBuffer read = ByteBuffer.allocate(4);
      assertThat(file.read(0, read)).isEqualTo(4);
      assertThat(read.array()).containsOnly(0);
      file.force(true);
    }
    try (EditedFile file = disk.open(path("f"), READ, ROOT)) {
      assertErrno(() -> file.write(0, ByteBuffer.wrap(new byte[1]), false), Errno.EBADF);
    }
  }

  @Test
  void copyFrom_anotherFile_copiesInTheKernel() throws Exception {
    write("f", "0123456789");
    write("g", "");
    try (EditedFile from = disk.open(path("f"), READ, ROOT);
        EditedFile to = disk.open(path("g"), READ_WRITE, ROOT)) {
      assertThat(to.copyFrom(from, 2, 1, 5)).isEqualTo(5);
    }
    byte[] copied = Files.readAllBytes(root.resolve("g"));
    assertThat(copied).isEqualTo("\00023456".getBytes(UTF_8));
  }

  @Test
  void nodeWithoutAName_isReachedByItsOpenFile_alsoForANewName() throws Exception {
    write("f", "kept");
    try (EditedFile file = disk.open(path("f"), READ_WRITE, ROOT)) {
      disk.remove(path("f"), ROOT);
      assertThat(file.stat().stat().links()).isZero();
      assertThat(file.change(change(0600, SAME, null), ROOT).stat().mode()).isEqualTo(0600);
      file.setAttribute("user.a", new byte[] {1}, AttributeSetting.ALWAYS, ROOT);
      try (EditedFile again = file.open(READ, ROOT)) {
        ByteBuffer read = ByteBuffer.allocate(10);
        assertThat(again.read(0, read)).isEqualTo(4);
      }
      assertErrno(() -> file.link(path("g"), ROOT), Errno.ENOENT);
    }
    try (EditedFile nameless =
        disk.createNameless(RelativePath.ROOT, FILE, new OpenFlags(2), ROOT)) {
      assertThat(nameless.stat().stat().mode()).isEqualTo(0644);
      assertThat(nameless.link(path("g"), ROOT).stat().links()).isEqualTo(1);
    }
  }

  @Test
  void extendedAttributes_setListedAndRemoved_failAsLinuxDoes() throws Exception {
    write("f", "");
    try (EditedNode node = disk.node(path("f"))) {
      byte[] large = new byte[3000];
      Arrays.fill(large, (byte) 7);
      node.setAttribute("user.a", new byte[] {1, 2}, AttributeSetting.NEW, ROOT);
      node.setAttribute("user.b", large, AttributeSetting.ALWAYS, ROOT);
      assertThat(node.attributeNames()).containsExactlyInAnyOrder("user.a", "user.b");
      assertThat(node.attribute("user.a")).hasValue(new byte[] {1, 2});
      assertThat(node.attribute("user.b")).hasValue(large);
      assertThat(node.attribute("user.c")).isEmpty();
      assertErrno(
          () -> node.setAttribute("user.a", large, AttributeSetting.NEW, ROOT), Errno.EEXIST);
      assertErrno(
          () -> node.setAttribute("user.c", large, AttributeSetting.EXISTING, ROOT), Errno.ENODATA);
      node.removeAttribute("user.a", ROOT);
      assertErrno(() -> node.removeAttribute("user.a", ROOT), Errno.ENODATA);
    }
  }

  @Test
  void calls_ofAnotherUser_areThatUsers() throws Exception {
    requireRoot();
    Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwxrwxrwx"));
    DiskNode made = disk.makeDirectory(path("theirs"), FOLDER, NOBODY);
    assertThat(made.owner()).isEqualTo(new FileOwner(65534, 65534));
    disk.create(path("theirs/f"), FILE, NEW, NOBODY).close();
    write("ours", "x");
    disk.makeDirectory(path("closed"), new NewMode(0700, 0), ROOT);
    write("closed/f", "x");
    assertErrno(() -> disk.open(path("ours"), READ_WRITE, NOBODY), Errno.EACCES);
    assertErrno(() -> disk.create(path("closed/g"), FILE, NEW, NOBODY), Errno.EACCES);
    assertErrno(() -> disk.remove(path("closed/f"), NOBODY), Errno.EACCES);
    try (EditedNode ours = disk.node(path("ours"))) {
      assertErrno(() -> ours.change(change(0777, SAME, null), NOBODY), Errno.EPERM);
      assertErrno(
          () -> ours.change(change(null, new FileOwner(65534, -1), null), NOBODY), Errno.EPERM);
      assertErrno(() -> ours.change(change(null, SAME, 0L), NOBODY), Errno.EACCES);
    }
    assertErrno(
        () -> disk.makeNode(path("theirs/null"), FileKind.BLOCK_DEVICE, 259, FILE, NOBODY),
        Errno.EPERM);
    try (EditedFile file = disk.open(path("ours"), READ_WRITE, ROOT)) {
      assertThat(file.stat().owner()).isEqualTo(new FileOwner(0, 0)); // and we are ourselves again
      assertThat(file.change(change(0600, new FileOwner(1, 2), 0L), ROOT).owner())
          .isEqualTo(new FileOwner(1, 2));
    }
  }

  @Test
  void callerThatIsNoneOfTheOwners_hasItsFurtherGroups() throws Exception {
    requireRoot();
    Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwxrwxrwx"));
    Path shared = Files.createDirectory(root.resolve("shared"));
    Files.setAttribute(shared, "unix:gid", 4242);
    Files.setPosixFilePermissions(shared, PosixFilePermissions.fromString("rwxrwx---"));
    Process member =
        new ProcessBuilder(
                "setpriv",
                "--reuid",
                "65534",
                "--regid",
                "65534",
                "--groups",
                "4242",
                "sleep",
                "60")
            .start();
    try {
      Path status = Path.of("/proc/" + member.pid() + "/status");
      org.awaitility.Awaitility.await()
          .until(() -> Files.readString(status).contains("Groups:\t4242"));
      Caller caller = new Caller(65534, 65534, (int) member.pid());
      disk.create(path("shared/f"), FILE, NEW, caller).close();
      assertErrno(() -> disk.create(path("shared/g"), FILE, NEW, NOBODY), Errno.EACCES);
    } finally {
      member.destroyForcibly().waitFor();
    }
  }

  @Test
  void released_disk_refusesAllCalls_andClosesWhatIsOpen() throws Exception {
    write("f", "x");
    try (EditedFile file = disk.open(path("f"), READ_WRITE, ROOT)) {
      own.release();
      assertErrno(() -> file.write(0, ByteBuffer.wrap(new byte[1]), false), Errno.EBADF);
      assertErrno(() -> disk.create(path("g"), FILE, NEW, ROOT), Errno.EROFS);
      assertErrno(() -> disk.names(RelativePath.ROOT), Errno.EROFS);
      assertThat(own.descriptors()).isEmpty();
    }
    own.reopen();
    assertThat(disk.names(RelativePath.ROOT)).containsExactly("f");
  }
}
