package org.realize.fuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.realize.sync.posix.Errno;

/**
 * The contract of the start and end of every mount: cleanly, in time, and again after a crash.
 * Needs root, {@code /dev/fuse} and {@code fusermount3}.
 */
abstract class MountLifeContract {

  private static final String NOBODY = "65534";

  @TempDir Path temporary;
  Path point;

  abstract Driver driver();

  @BeforeEach
  void makeMountPoint() throws IOException {
    point = Files.createDirectory(temporary.resolve("mount point"));
  }

  private MountChild start() throws IOException {
    return MountChild.start(point, driver(), true);
  }

  private void assertRefused(String reason) throws IOException {
    try (MountChild child = start()) {
      assertThat(child.next()).isEqualTo("failed mount " + point + ": " + reason);
    }
  }

  private void assertNothingMounted() throws IOException {
    assertThat(Programs.mountsAt(point)).isEmpty();
  }

  @Test
  void unmount_ofAnIdleMount_leavesTheDirectory() throws IOException {
    try (MountChild child = start().mounted()) {
      child.tell("file", "file", "10", "1");
      assertThat(new MountedTree(point).names("")).contains("file");
      assertThat(child.unmount()).isEqualTo(0);
      assertNothingMounted();
      assertThat(point).isEmptyDirectory();
    }
  }

  private static Programs.Outcome asUser(String id, String... command) throws IOException {
    List<String> words =
        new ArrayList<>(
            List.of("setpriv", "--reuid=" + id, "--regid=" + id, "--clear-groups", "--"));
    words.addAll(List.of(command));
    return Programs.run(words.toArray(String[]::new));
  }

  @Test
  void mount_isReadOnlyInTheTable_andForItsUserAlone() throws IOException {
    try (MountChild child = start().mounted()) {
      child.tell("file", "file", "10", "1");
      assertThat(Programs.mountsAt(point)).singleElement().asString().contains(" ro,");
      assertThat(Programs.run("cp", "/etc/hostname", point + "/new").output())
          .contains("Read-only file system");
      assertThat(asUser(NOBODY, "cat", point + "/file").exit()).isEqualTo(1);
      assertThat(child.unmount()).isEqualTo(0);
    }
  }

  @Test
  void mount_forOthersWithAnOwner_isReadByThem() throws IOException {
    Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString("rwxr-xr-x"));
    try (MountChild child = MountChild.startForOthers(point, driver(), "4711:4712").mounted()) {
      child.tell("file", "file", "10", "1");
      assertThat(Programs.run("stat", "-c", "%u:%g", point + "/file").output())
          .isEqualTo("4711:4712\n");
      assertThat(asUser(NOBODY, "wc", "-c", point + "/file").output()).startsWith("10 ");
      assertThat(asUser("4711", "ls", point.toString()).output()).isEqualTo("file\n");
      assertThat(child.unmount()).isEqualTo(0);
    }
  }

  @Test
  void unmount_whileFilesAreOpenAndReadsWait_endsInTime() throws IOException {
    try (MountChild child = start().mounted()) {
      MountedTree tree = new MountedTree(point);
      child.tell("file", "open", "1000000", "1");
      child.tell("file", "held", "1000000", "1");
      child.tell("hold", "held");
      try (MountedTree.OpenedFile open = tree.open("open")) {
        Process cat = Programs.start(temporary.resolve("out"), "cat", point.resolve("held") + "");
        Awaitility.await().until(() -> child.tell("opened").equals("2"));
        assertThat(child.unmount()).isEqualTo(0);
        assertNothingMounted();
        assertThat(Programs.await(cat)).isEqualTo(1);
        assertThatThrownBy(() -> open.pread(500_000, 10)).isInstanceOf(Tree.Refused.class);
      }
    }
  }

  @Test
  void unmount_bySomebodyElse_endsTheMount() throws IOException {
    try (MountChild child = start().mounted()) {
      assertThat(Programs.run("fusermount3", "-u", point.toString()).exit()).isEqualTo(0);
      assertNothingMounted();
      assertThat(child.unmount()).isEqualTo(0);
    }
  }

  @Test
  void unmount_belowAnotherMount_leavesThatOneAlone() throws IOException {
    try (MountChild child = start().mounted()) {
      assertThat(Programs.run("mount", "-t", "tmpfs", "none", point.toString()).exit()).isZero();
      assertThat(child.unmount()).isEqualTo(0);
      assertThat(Programs.mountsAt(point)).last().asString().contains("tmpfs");
      assertThat(Programs.run("umount", point.toString()).exit()).isZero();
    }
  }

  @Test
  void termination_ofTheProcess_unmounts() throws IOException {
    try (MountChild child = start().mounted()) {
      Programs.run("kill", "-TERM", String.valueOf(child.pid()));
      assertThat(child.awaitExit()).isTrue();
      assertNothingMounted();
    }
  }

  @Test
  void mount_whereAProcessWasKilled_recovers() throws IOException {
    try (MountChild killed = start().mounted()) {
      killed.tell("file", "old", "1000000", "1");
      killed.tell("file", "held", "10", "1");
      killed.tell("hold", "held");
      MountedTree tree = new MountedTree(point);
      try (MountedTree.OpenedFile open = tree.open("old")) {
        Process cat = Programs.start(temporary.resolve("out"), "cat", point.resolve("held") + "");
        Awaitility.await().until(() -> killed.tell("opened").equals("2"));
        tree.stat(""); // the kernel remembers the answer and gives it for the dead mount too
        killed.kill();
        assertThat(Programs.await(cat)).isEqualTo(1);
        TreeContract.assertRefused(Errno.ENOTCONN, () -> tree.names(""));
        assertThat(Programs.mountsAt(point)).hasSize(1);
        try (MountChild next = start().mounted()) {
          next.tell("file", "new", "5", "1");
          assertThat(tree.names("")).containsExactlyInAnyOrder(".", "..", "new");
          assertThat(Programs.mountsAt(point)).hasSize(1);
          assertThat(next.unmount()).isEqualTo(0);
          assertNothingMounted();
        }
        assertThatThrownBy(() -> open.pread(500_000, 10)).isInstanceOf(Tree.Refused.class);
      }
    }
  }

  @Test
  void mount_whereAnotherRuns_isRefused() throws IOException {
    try (MountChild running = start().mounted()) {
      running.tell("file", "file", "10", "1");
      assertRefused("another running realize is mounted there");
      assertThat(new MountedTree(point).names("")).contains("file");
    }
  }

  @Test
  void mount_overADirectoryInUse_isRefused() throws IOException {
    Files.createFile(point.resolve("something"));
    assertRefused("the directory is not empty");
    assertThat(point.resolve("something")).exists();
  }

  @Test
  void mount_overAFileOrNothing_isRefused() throws IOException {
    Files.delete(point);
    assertRefused("not a directory");
    Files.createFile(point);
    assertRefused("not a directory");
  }

  @Test
  void mount_overAnotherFileSystem_isRefused() throws IOException {
    assertThat(Programs.run("mount", "-t", "tmpfs", "none", point.toString()).exit()).isZero();
    try {
      assertRefused("a file system of type tmpfs is there");
    } finally {
      Programs.run("umount", point.toString());
    }
  }

  /**
   * Everything that the other user reads lies in a directory that everybody may enter, and {@code
   * /dev/fuse} is open to all meanwhile, as udev makes it.
   */
  @Test
  void mount_byAnotherUserThanRoot_worksThroughFusermount() throws IOException {
    Path open =
        Files.createTempDirectory(
            "everybody",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
    Path theirs = Files.createDirectory(open.resolve("mount"));
    Programs.run("chown", NOBODY, theirs.toString());
    String[] asNobody = {"setpriv", "--reuid=" + NOBODY, "--regid=" + NOBODY, "--clear-groups"};
    try (Closeable _ = deviceForAll()) {
      String classPath = copyClassPath(open.resolve("classes"));
      try (MountChild child =
          MountChild.start(theirs, driver(), true, classPath, asNobody).mounted()) {
        child.tell("file", "file", "100000", "1");
        Path local = Files.write(open.resolve("local"), Pattern.bytes(1, 5000, 0, 5000));
        child.tell("file", "passed", "5000", "1");
        child.tell("backing", "passed", local.toString());
        assertThat(Programs.mountsAt(theirs))
            .hasSize(1)
            .first()
            .asString()
            .contains("fuse.realize");
        assertThat(runAs(asNobody, "stat", "-c", "%u %s", theirs.resolve("file") + ""))
            .isEqualTo(NOBODY + " 100000\n");
        Path copy = temporary.resolve("copy");
        Files.write(copy, Pattern.bytes(1, 100_000, 0, 100_000));
        assertThat(sum(asNobody, theirs.resolve("file"))).isEqualTo(sum(new String[0], copy));
        assertThat(sum(asNobody, theirs.resolve("passed"))).isEqualTo(sum(new String[0], local));
        child.kill();
      }
      try (MountChild next =
          MountChild.start(theirs, driver(), true, classPath, asNobody).mounted()) {
        assertThat(next.unmount()).isEqualTo(0);
      }
      assertThat(Programs.mountsAt(theirs)).isEmpty();
    } finally {
      Programs.run("rm", "-r", open.toString());
    }
  }

  /** Lets every user open the device until it is closed; one test JVM after the other. */
  private static Closeable deviceForAll() throws IOException {
    FileChannel file =
        FileChannel.open(
            Path.of(System.getProperty("java.io.tmpdir"), "realize-test-device.lock"),
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE);
    file.lock();
    String modeBefore = Programs.run("stat", "-c", "%a", "/dev/fuse").output().strip();
    Programs.run("chmod", "666", "/dev/fuse");
    return () -> {
      Programs.run("chmod", modeBefore, "/dev/fuse");
      file.close();
    };
  }

  private static String runAs(String[] prefix, String... command) throws IOException {
    return Programs.run(Stream.concat(Stream.of(prefix), Stream.of(command)).toArray(String[]::new))
        .output();
  }

  private static String sum(String[] prefix, Path file) throws IOException {
    String line = runAs(prefix, "sha256sum", file.toString());
    return line.substring(0, line.indexOf(' '));
  }

  private static String copyClassPath(Path folder) throws IOException {
    Files.createDirectory(folder);
    List<String> copied = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(":", -1)) {
      if (Files.exists(Path.of(entry))) {
        Path copy = folder.resolve(copied.size() + "-" + Path.of(entry).getFileName());
        Programs.run("cp", "-rL", entry, copy.toString());
        copied.add(copy.toString());
      }
    }
    Programs.run("chmod", "-R", "a+rX", folder.toString());
    return String.join(":", copied);
  }
}
