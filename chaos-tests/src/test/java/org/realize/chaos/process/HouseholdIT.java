package org.realize.chaos.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.realize.sync.testing.Mounts;

/** Real daemons, real mounts, loopback. Needs root, /dev/fuse and fusermount3. */
class HouseholdIT {

  private static final Duration SOON = Duration.ofSeconds(60);

  @TempDir private Path base;

  @Test
  void threePeers_oneOfThemDeaf_eachReadsWhatTheOthersHave() throws Exception {
    try (Household household = new Household(base)) {
      NodeProcess nas = household.listening("nas");
      NodeProcess desktop = household.listening("desktop");
      NodeProcess laptop = household.deaf("laptop");
      household.introduce(desktop, nas);
      household.introduce(laptop, nas);
      household.introduce(laptop, desktop);
      for (NodeProcess node : new NodeProcess[] {nas, desktop, laptop}) {
        Path root = household.root(node.name());
        Files.createDirectories(root.resolve("from/" + node.name()));
        Files.writeString(root.resolve("from/" + node.name() + "/hello"), "of " + node.name());
        Files.write(root.resolve(node.name() + ".bin"), random(300_000, node.name().hashCode()));
        household.share(node, "home/docs", Optional.of(root), Household.QUICK);
      }
      household.startAll();
      for (String viewer : new String[] {"nas", "desktop", "laptop"}) {
        Path shown = household.mount(viewer).resolve("home/docs");
        for (String owner : new String[] {"nas", "desktop", "laptop"}) {
          Path root = household.root(owner);
          await(viewer + " sees what " + owner + " has")
              .atMost(SOON)
              .ignoreExceptionsInstanceOf(IOException.class)
              .untilAsserted(() ->
                  assertThat(Trees.describe(shown)).containsAllEntriesOf(Trees.describe(root)));
        }
      }
    }
  }

  @Test
  void daemon_whoseRootIsGone_startsAndPausesTheArenaUntilItIsBack() throws Exception {
    try (Household household = new Household(base)) {
      NodeProcess nas = household.listening("nas");
      Path root = household.root("nas");
      Files.writeString(root.resolve("kept"), "kept");
      household.share(nas, "docs", Optional.of(root), Household.QUICK);
      nas.start();
      await().atMost(SOON).until(() -> nas.arena("docs").localFiles() == 1);
      nas.stop();
      Path elsewhere = base.resolve("elsewhere");
      Files.move(root, elsewhere);
      nas.start();
      await().atMost(SOON).until(() -> nas.arena("docs").counts().paused() == 1);
      assertThat(nas.arena("docs").files()).isEqualTo(1);
      nas.stop();
      Files.move(elsewhere, root);
      nas.start();
      await().atMost(SOON).until(() -> nas.arena("docs").counts().paused() == 0);
      assertThat(nas.arena("docs").localFiles()).isEqualTo(1);
    }
  }

  private static boolean isListed(NodeProcess node, String subject, String cause)
      throws IOException {
    return node.arena("docs").findings().stream()
        .anyMatch(finding -> finding.subject().equals(subject) && finding.cause().contains(cause));
  }

  private static void awaitListed(NodeProcess node, String subject, String cause) {
    await(node.name() + " lists '" + subject + "'")
        .atMost(SOON)
        .ignoreExceptionsInstanceOf(IOException.class)
        .until(() -> isListed(node, subject, cause));
  }

  private static void awaitCertain(NodeProcess node) {
    await().atMost(SOON).until(() -> node.arena("docs").counts().paused() == 0);
  }

  private static void awaitExists(Path path, boolean exists) {
    await(path + " exists: " + exists).atMost(SOON).until(() -> Files.exists(path) == exists);
  }

  /**
   * What is not there may be a disk that is not mounted, and nobody may take it for removed; nor
   * does a second node take anything from the root, reached by another mount. A root without its
   * identity stays in doubt until a person confirms it, and what is absent then is dropped.
   */
  @Test
  void placesAndIdentity_takenAway_whileTheDaemonRunsAndWhileItIsDown_removeNothing()
      throws Exception {
    try (Mounts mounts = new Mounts();
        Household household = new Household(base)) {
      NodeProcess nas = household.listening("nas");
      NodeProcess desktop = household.deaf("desktop");
      household.introduce(desktop, nas);
      Path root = household.root("nas");
      Path outer = Files.createDirectory(base.resolve("outer"));
      Path inner = Files.createDirectory(base.resolve("inner"));
      mounts.bind(outer, root.resolve("bm"));
      mounts.bind(inner, root.resolve("bm/in"));
      for (String name : List.of("a", "b", "bm/c", "bm/in/d")) {
        Files.writeString(root.resolve(name), name);
      }
      Path link = Files.createSymbolicLink(base.resolve("link"), root);
      household.share(nas, "docs", Optional.of(link), Household.QUICK);
      household.share(desktop, "docs", Optional.empty(), Household.QUICK);
      household.startAll();
      Path shown = household.mount("desktop").resolve("docs");
      awaitExists(shown.resolve("bm/in/d"), true);

      mounts.unmount(root.resolve("bm/in"));
      awaitListed(nas, "bm/in", "'realize arena confirm docs bm/in'");
      mounts.unmount(root.resolve("bm"));
      awaitListed(nas, "bm", "'realize arena confirm docs bm'");
      Files.delete(root.resolve("a"));
      awaitExists(shown.resolve("a"), false);
      nas.kill();
      Files.writeString(root.resolve("e"), "e");
      nas.start();
      awaitExists(shown.resolve("e"), true);
      awaitListed(nas, "bm", "its file system is not mounted");
      assertThat(shown.resolve("bm/c")).exists();
      assertThat(shown.resolve("bm/in/d")).exists();
      mounts.bind(outer, root.resolve("bm"));
      mounts.bind(inner, root.resolve("bm/in"));
      awaitCertain(nas);
      Files.delete(root.resolve("bm/in/d"));
      awaitExists(shown.resolve("bm/in/d"), false);

      Path second = Files.createDirectory(base.resolve("second"));
      mounts.bind(root, second);
      NodeProcess other = household.listening("other");
      household.share(other, "docs", Optional.of(second), Household.QUICK);
      household.introduce(nas, other, "docs");
      other.start();
      awaitListed(other, "", "another store owns it");
      await().atMost(SOON).until(() -> isConnected(nas, "other"));
      assertThatThrownBy(() -> nas.realize("move", "nas", "other", "docs"))
          .hasMessageContaining("'docs' is in doubt: another store owns it");
      assertThat(root.resolve("b")).hasContent("b");
      assertThat(shown.resolve("b")).exists();
      other.stop();

      deleteTree(root.resolve(".realize"));
      Files.delete(root.resolve("b"));
      awaitListed(nas, "", "'realize arena confirm docs'");
      assertThat(nas.realize("status")).contains("'realize arena confirm docs'");
      assertThatThrownBy(() -> nas.realize("doctor"))
          .hasMessageContaining("'realize arena confirm docs'");
      assertThat(shown.resolve("b")).exists();
      nas.realize("arena", "confirm", "docs");
      awaitCertain(nas);
      Files.delete(root.resolve("e"));
      awaitExists(shown.resolve("e"), false);
      assertThat(shown.resolve("b")).exists();
    }
  }

  private static boolean isConnected(NodeProcess node, String peer) throws IOException {
    return node.status().peers().stream()
        .anyMatch(each -> each.name().toString().equals(peer) && each.connected());
  }

  private static void deleteTree(Path directory) throws IOException {
    try (Stream<Path> tree = Files.walk(directory)) {
      for (Path each : tree.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    }
  }

  /** A daemon that may not ask who has a file open takes no byte from a program that has it. */
  @Test
  void move_byAUserWhoOwnsNothing_ofAFileOpenForWriting_listsTheLateSave() throws Exception {
    try (Household household = new Household(base)) {
      NodeProcess nas = household.ofNobody("nas");
      NodeProcess desktop = household.listening("desktop");
      Path root = household.root("nas");
      Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwxrwxrwx"));
      Path shot = Files.writeString(root.resolve("shot"), "first save");
      for (NodeProcess node : List.of(nas, desktop)) {
        String own = household.root(node.name()).toString();
        String mark = node.equals(nas) ? "watch" : "keep"; // so only the move makes files
        node.realize("arena", "add", "docs", "--root", own, "--mark", mark);
      }
      household.introduce(nas, desktop, "docs");
      household.startAll();
      await()
          .atMost(SOON)
          .until(() -> nas.arena("docs").localFiles() == 1 && isConnected(nas, "desktop"));
      try (FileChannel program = FileChannel.open(shot, StandardOpenOption.WRITE)) {
        nas.realize("move", "nas", "desktop", "docs");
        assertThat(shot).doesNotExist();
        assertThat(household.root("desktop").resolve("shot")).hasContent("first save");
        program.write(ByteBuffer.wrap("late".getBytes(StandardCharsets.UTF_8)));
      }
      await("the late save is listed")
          .atMost(SOON.multipliedBy(2)) // the second look at what was taken is a minute later
          .until(() -> isListed(nas, "shot", "a program changed it after it was taken out"));
      try (Stream<Path> trash = Files.walk(root.resolve(".realize/trash"))) {
        assertThat(trash.filter(file -> file.endsWith("shot")))
            .singleElement()
            .satisfies(file -> {
              assertThat(file).hasContent("latet save");
              assertThat(isListed(nas, "shot", "'" + root.relativize(file) + "'")).isTrue();
            });
      }
    }
  }

  @Test
  void viewer_isShownWhatChangesAtTheSource_andReadsItsCacheOfflineAndAfterARestart()
      throws Exception {
    try (Household household = new Household(base)) {
      NodeProcess source = household.listening("source");
      NodeProcess viewer = household.deaf("viewer");
      household.introduce(viewer, source);
      Path root = household.root("source");
      Path shown = household.mount("viewer").resolve("docs");
      Files.write(root.resolve("read.bin"), random(700_000, 1));
      Files.write(root.resolve("unread.bin"), random(700_000, 2));
      Files.createSymbolicLink(root.resolve("link"), Path.of("read.bin"));
      household.share(source, "docs", Optional.of(root), Household.QUICK);
      household.share(viewer, "docs", Optional.empty(), Household.QUICK);
      household.startAll();
      awaitEqual(root, shown);

      Files.writeString(root.resolve("new:name\\"), "added");
      byte[] edited = Arrays.copyOf(random(700_000, 1), 500_000);
      edited[0] ^= 1;
      Files.write(root.resolve("read.bin"), edited);
      Files.delete(root.resolve("link"));
      Files.setPosixFilePermissions(
          root.resolve("unread.bin"), PosixFilePermissions.fromString("r--r-----"));
      awaitEqual(root, shown);
      assertThat(viewer.status().arenas().getFirst().transfers().reusedBytes())
          .isEqualTo(2 * 128 * 1024);

      Files.write(root.resolve("unread.bin"), random(700_000, 4));
      await().atMost(SOON).until(() -> Files.size(shown.resolve("unread.bin")) == 700_000);
      long before = Files.getLastModifiedTime(root.resolve("unread.bin")).toMillis();
      await()
          .atMost(SOON)
          .until(() -> Files.getLastModifiedTime(shown.resolve("unread.bin")).toMillis() == before);
      Map<String, Long> inodes = Trees.inodes(shown);
      source.stop();
      assertThat(viewer.stop()).isZero();
      viewer.start();
      assertThat(Files.readAllBytes(shown.resolve("read.bin"))).isEqualTo(edited);
      assertThat(Trees.inodes(shown)).isEqualTo(inodes);
      assertThatThrownBy(() -> Files.readAllBytes(shown.resolve("unread.bin")))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("No route to host");
      Files.writeString(shown.resolve("mine"), "written offline");
      source.start();
      await().atMost(SOON).until(() -> Files.exists(root.resolve("mine")));
      assertThat(root.resolve("mine")).hasContent("written offline");
    }
  }

  @Test
  void peers_changedWhileDaemonsRun_connectAndAreCut() throws Exception {
    try (Household household = new Household(base)) {
      NodeProcess source = household.listening("source");
      NodeProcess viewer = household.deaf("viewer");
      Path root = household.root("source");
      Files.writeString(root.resolve("file"), "content");
      source.realize("arena", "add", "docs", "--root", root.toString());
      viewer.realize("arena", "add", "docs");
      household.startAll();
      household.introduce(viewer, source);
      awaitEqual(root, household.mount("viewer").resolve("docs"));

      source.realize("peer", "remove", "viewer");
      await("the viewer is cut")
          .atMost(SOON)
          .until(() -> !viewer.status().peers().getFirst().connected());
      assertThat(source.status().peers()).isEmpty();
    }
  }

  private static void awaitEqual(Path root, Path shown) {
    await("the mount equals the source")
        .atMost(SOON)
        .ignoreExceptionsInstanceOf(IOException.class)
        .untilAsserted(() -> assertThat(Trees.describe(shown)).isEqualTo(Trees.describe(root)));
  }

  private static byte[] random(int bytes, long seed) {
    byte[] content = new byte[bytes];
    new Random(seed).nextBytes(content);
    return content;
  }
}
