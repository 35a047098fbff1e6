package org.realize.chaos.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.realize.nima.control.ArenaPath;
import org.realize.nima.control.ArenaPhase.PhaseKind;
import org.realize.nima.control.MarkOrder;
import org.realize.nima.control.MarkOrder.MarkAction;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.Mark;
import org.realize.sync.model.RelativePath;

/** Two real daemons that both own an arena keep its real files equal. */
class SyncIT {

  private static final Duration SOON = Duration.ofSeconds(60);

  /** Longer than a peer waits before it answers that nothing is new. */
  private static final Duration AFTER_A_RESTORE = Duration.ofMinutes(3);

  private static final ArenaName DOCS = new ArenaName("docs");
  private static final ArenaPath MARKED = new ArenaPath(DOCS, RelativePath.of("marked"));
  private static final int FILES = 2_000;
  private static final int KILLS = 3;

  @TempDir private Path base;

  /** Makes {@code nas} and {@code desktop}, which dials; both own {@code docs}. */
  private static List<NodeProcess> makeOwners(Household household) throws Exception {
    NodeProcess nas = household.listening("nas");
    NodeProcess desktop = household.deaf("desktop");
    household.introduce(desktop, nas);
    List<NodeProcess> owners = List.of(nas, desktop);
    for (NodeProcess node : owners) {
      Optional<Path> root = Optional.of(household.root(node.name()));
      household.share(node, "docs", root, Household.QUICK);
    }
    return owners;
  }

  @Test
  void twoOwners_everyKindOfChange_isMadeInTheOthersRoot() throws Exception {
    try (Household household = new Household(base)) {
      makeOwners(household);
      Path here = household.root("nas");
      Path there = household.root("desktop");
      Files.createDirectories(here.resolve("a/b"));
      Files.writeString(here.resolve("a/b/file"), "content");
      Files.write(here.resolve("large"), random(3_000_000, 1));
      Files.createSymbolicLink(here.resolve("link"), Path.of("a/b/file"));
      Files.writeString(here.resolve("empty"), "");
      household.startAll();
      awaitEqual(here, there);
      Instant old = Instant.parse("2001-02-03T04:05:06.789Z");
      Files.setLastModifiedTime(there.resolve("a/b/file"), FileTime.from(old));
      await()
          .atMost(SOON)
          .until(() -> Files.getLastModifiedTime(here.resolve("a/b/file")).toInstant().equals(old));

      Files.writeString(there.resolve("a/b/file"), "edited over there");
      Files.writeString(here.resolve("a/new"), "new");
      Files.setPosixFilePermissions(
          here.resolve("large"), PosixFilePermissions.fromString("r-x------"));
      awaitEqual(here, there);

      Files.move(here.resolve("a"), here.resolve("c"));
      Files.move(here.resolve("large"), here.resolve("c/larger"));
      awaitEqual(here, there);

      Files.delete(there.resolve("c/b/file"));
      Files.delete(there.resolve("c/b"));
      Files.delete(there.resolve("link"));
      awaitEqual(here, there);

      Files.delete(here.resolve("empty"));
      Files.createDirectory(here.resolve("empty"));
      Files.writeString(here.resolve("empty/not"), "any more");
      awaitEqual(here, there);
    }
  }

  /** Its other name stays as it is, and the mark of the directory goes along with a rename. */
  @Test
  void hardLinkIntoADirectoryThatThePeerOwns_isMadeThere_alsoWhenThatIsRenamed() throws Exception {
    try (Household household = new Household(base)) {
      NodeProcess laptop = household.listening("laptop");
      NodeProcess server = household.deaf("server");
      household.introduce(server, laptop);
      Path here = household.root("laptop");
      Path there = household.root("server");
      household.share(laptop, "docs", Optional.of(here), Household.QUICK);
      household.share(server, "docs", Optional.of(there), Household.QUICK, "mark = \"watch\"");
      Files.createDirectories(here.resolve("work"));
      Files.createDirectories(here.resolve("store"));
      Path work = Files.write(here.resolve("work/x"), random(300_000, 1));
      household.startAll();
      laptop.realize("mark", "set", "watch", "docs/store");
      server.realize("mark", "set", "own", "docs/store");
      await().atMost(SOON).until(() -> Files.isDirectory(there.resolve("store")));
      Object inode = Files.getAttribute(work, "unix:ino");

      Files.createLink(here.resolve("store/x"), work);
      awaitContent(there.resolve("store/x"), random(300_000, 1));

      Files.move(there.resolve("store"), there.resolve("shop"));
      await()
          .atMost(SOON)
          .untilAsserted(
              () -> assertThat(server.realize("mark", "get", "docs/shop")).contains("own"));
      await().atMost(SOON).until(() -> Files.isDirectory(here.resolve("shop")));
      Files.createLink(here.resolve("shop/y"), work);
      awaitContent(there.resolve("shop/y"), random(300_000, 1));

      assertThat(work).hasBinaryContent(random(300_000, 1));
      assertThat(Files.getAttribute(work, "unix:ino")).isEqualTo(inode);
      assertThat(there.resolve("work")).doesNotExist();
    }
  }

  private static void awaitContent(Path file, byte[] content) {
    await(file + " is there")
        .atMost(SOON)
        .ignoreExceptionsInstanceOf(IOException.class)
        .untilAsserted(() -> assertThat(Files.readAllBytes(file)).isEqualTo(content));
  }

  /** What was made before the kill stays, what was not is made after it, and nothing twice. */
  @Test
  void receiver_killedWhileItMakesFiles_endsWithEqualRootsAndAnEmptyTrash() throws Exception {
    try (Household household = new Household(base)) {
      NodeProcess desktop = makeOwners(household).getLast();
      Path here = household.root("nas");
      Path there = household.root("desktop");
      for (int i = 0; i < FILES; i++) {
        Path directory = Files.createDirectories(here.resolve("d" + i % 7));
        Files.write(directory.resolve("f" + i), random(20_000, i));
      }
      household.startAll();
      int interrupted = 0;
      for (int kill = 1; kill <= KILLS; kill++) {
        int reached = FILES * kill / (KILLS + 2);
        await()
            .atMost(SOON)
            .pollInterval(Duration.ofMillis(5))
            .until(() -> files(there) >= reached);
        desktop.kill();
        interrupted += files(there) < FILES ? 1 : 0;
        desktop.start();
      }
      assertThat(interrupted).as("kills that interrupted something").isPositive();
      awaitEqual(here, there);
      Path trash = there.resolve(".realize/trash"); // there is one once something was taken out
      try (Stream<Path> own = Files.walk(there.resolve(".realize"))) {
        assertThat(own.filter(file -> file.startsWith(trash) && Files.isRegularFile(file)))
            .isEmpty();
      }
    }
  }

  /**
   * As docs/backup.md says: the backup is older than what the peer has, and nothing goes for that.
   */
  @Test
  void owner_restoredOnANewDisk_andThenItsRootAlone_andThenItsStateAlone_hasAllAgain()
      throws Exception {
    try (Household household = new Household(base)) {
      NodeProcess nas = makeOwners(household).getFirst();
      Path here = household.root("nas");
      Path there = household.root("desktop");
      Files.writeString(here.resolve("stays"), "as it was");
      Files.writeString(here.resolve("edited"), "before the backup");
      Files.writeString(here.resolve("deleted"), "before the backup");
      household.startAll();
      awaitEqual(here, there);
      MarkOrder mark = new MarkOrder(MarkAction.SET, Mark.KEEP, List.of(MARKED));
      nas.commands().marks(mark);
      nas.stop();
      Path backup = Files.createDirectory(base.resolve("backup"));
      copy(nas.directory(), backup.resolve("node"));
      lose(backup.resolve("node/state/blobs"));
      copy(here, backup.resolve("root"));
      nas.start();
      Files.writeString(here.resolve("edited"), "after the backup");
      Files.writeString(here.resolve("made"), "after the backup");
      Files.delete(here.resolve("deleted"));
      Files.writeString(there.resolve("from the desktop"), "after the backup");
      awaitEqual(here, there);
      Map<String, String> all = Trees.describe(there);

      nas.stop(); // the machine is lost
      lose(nas.directory());
      lose(here);
      copy(backup.resolve("node"), nas.directory());
      copy(backup.resolve("root"), here);
      awaitAllAgain(nas, here, all);
      MarkOrder marks = new MarkOrder(MarkAction.GET, null, List.of(MARKED));
      assertThat(nas.commands().marks(marks).getFirst().mark()).isEqualTo(Mark.KEEP);

      nas.stop(); // the disk of the files is lost
      lose(here);
      Files.createDirectory(here);
      awaitAllAgain(nas, here, all);

      nas.stop(); // the disk of the state is lost
      lose(nas.directory().resolve("state"));
      nas.start();
      awaitDoubt(nas);
      nas.commands().adopt(DOCS);
      awaitTree(here, all);
      awaitTree(there, all);
      Files.writeString(here.resolve("at last"), "a new file");
      awaitEqual(here, there);
      assertThat(nas.arena("docs").conflicts()).isZero();
    }
  }

  /** Starts the node, accepts its root as it is, and waits for what only the peer has. */
  private static void awaitAllAgain(NodeProcess node, Path root, Map<String, String> all)
      throws Exception {
    node.start();
    awaitDoubt(node);
    node.commands().confirm(DOCS, RelativePath.ROOT);
    awaitTree(root, all);
  }

  private static void awaitDoubt(NodeProcess node) {
    await("the root is in doubt")
        .atMost(SOON)
        .ignoreExceptionsInstanceOf(IOException.class)
        .until(() -> node.arena("docs").phase().kind() == PhaseKind.IN_DOUBT);
  }

  private static void awaitTree(Path root, Map<String, String> tree) {
    await("the root has all files")
        .atMost(AFTER_A_RESTORE)
        .ignoreExceptionsInstanceOf(IOException.class)
        .untilAsserted(() -> assertThat(Trees.describe(root)).isEqualTo(tree));
  }

  private static void copy(Path from, Path to) throws Exception {
    assertThat(new ProcessBuilder("cp", "-a", from.toString(), to.toString()).start().waitFor())
        .isZero();
  }

  /** Moves a directory away: what takes its place has another inode. */
  private static void lose(Path directory) throws IOException {
    Path lost = Files.createTempDirectory(directory.getParent(), "lost");
    Files.move(directory, lost.resolve("disk"));
  }

  private static long files(Path root) throws IOException {
    try (Stream<Path> all = Files.walk(root)) {
      return all.filter(file -> file.getFileName().toString().startsWith("f"))
          .filter(file -> !file.startsWith(root.resolve(".realize")))
          .count();
    } catch (UncheckedIOException e) {
      return 0; // a name went while it was listed
    }
  }

  private static void awaitEqual(Path here, Path there) {
    await("the roots are equal")
        .atMost(SOON)
        .ignoreExceptionsInstanceOf(IOException.class)
        .untilAsserted(() -> assertThat(Trees.describe(there)).isEqualTo(Trees.describe(here)));
  }

  private static byte[] random(int bytes, long seed) {
    byte[] content = new byte[bytes];
    new Random(seed).nextBytes(content);
    return content;
  }
}
