package org.realize.chaos.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.realize.nima.control.ArenaPath;
import org.realize.nima.control.JobEvent;
import org.realize.nima.control.JobEvent.JobEventKind;
import org.realize.nima.control.JobOrder;
import org.realize.nima.control.JobOrder.JobAction;
import org.realize.nima.control.JobStatus;
import org.realize.nima.control.PauseOrder;
import org.realize.nima.control.SyncEvent;
import org.realize.nima.control.VersionChoice;
import org.realize.nima.control.VersionQuery;
import org.realize.nima.control.VersionReport;
import org.realize.nima.control.VersionReport.VersionPlace;
import org.realize.sync.engine.OpenWork.WorkState;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;

/** Commands by which a user decides about single paths: real daemons, a real mount, a real disk. */
@Timeout(300)
class CommandsIT {

  private static final Duration SOON = Duration.ofSeconds(60);

  private static final ArenaName DOCS = new ArenaName("docs");

  @TempDir private Path base;

  private static String attribute(Path path, String name) throws IOException {
    byte[] value = (byte[]) Files.getAttribute(path, "user:realize." + name);
    return new String(value, StandardCharsets.UTF_8);
  }

  @Test
  void conflict_editedOnTwoPeers_isListedAndResolvedForBoth() throws Exception {
    try (Household household = new Household(base)) {
      NodeProcess desk = household.listening("desk");
      NodeProcess laptop = household.deaf("laptop");
      household.introduce(laptop, desk);
      Path atDesk = household.root("desk").resolve("letter.txt");
      Path atLaptop = household.root("laptop").resolve("letter.txt");
      for (NodeProcess node : List.of(desk, laptop)) {
        Path root = household.root(node.name());
        node.realize("arena", "add", "docs", "--root", root.toString(), "--mark", "own");
        node.start();
      }
      Files.writeString(atDesk, "draft");
      await().atMost(SOON).until(() -> laptop.arena("docs").localFiles() == 1);
      assertThat(desk.realize("conflict", "list")).isEmpty();
      laptop.stop();
      Files.writeString(atDesk, "by the desk");
      await().atMost(SOON).until(() -> desk.arena("docs").bytes() == 11);
      Files.writeString(atLaptop, "by the laptop");
      laptop.start();
      await().atMost(SOON).until(() -> desk.arena("docs").conflicts() == 1);
      await().atMost(SOON).until(() -> laptop.arena("docs").conflicts() == 1);

      assertThatThrownBy(() -> laptop.realize("conflict", "list"))
          .hasMessageContaining("exited 3")
          .hasMessageContaining("docs/letter.txt")
          .hasMessageContaining("11 B")
          .hasMessageContaining("shown");
      Path alternatives = household.mount("laptop").resolve(".realize/conflicts/docs/letter.txt");
      try (Stream<Path> files = Files.list(alternatives)) {
        Path alternative = files.findFirst().orElseThrow();
        assertThat(alternative.getFileName().toString()).matches("desk-[0-9a-f]{8}\\.txt");
        assertThat(alternative).hasContent("by the desk");
      }
      assertThat(household.mount("laptop").toFile().list()).containsExactly("docs");
      assertThat(laptop.realize("conflict", "resolve", "docs/*.txt", "--use", "desk"))
          .isEqualTo("resolved 1\n");

      await().atMost(SOON).until(() -> desk.arena("docs").conflicts() == 0);
      assertThat(laptop.realize("conflict", "list")).isEmpty();
      assertThat(alternatives).doesNotExist();
      for (NodeProcess node : List.of(desk, laptop)) {
        Path shown = household.mount(node.name()).resolve("docs/letter.txt");
        await()
            .atMost(SOON)
            .ignoreExceptionsInstanceOf(IOException.class) // its bytes may be on the way
            .until(() -> Files.readString(shown).equals("by the desk"));
      }
      assertThat(atDesk).hasContent("by the desk");
      await().atMost(SOON).until(() -> Files.readString(atLaptop).equals("by the desk"));
      Files.writeString(atLaptop.resolveSibling("late.txt"), "only at the laptop");
      assertThat(laptop.realize("stop", "--wait")).isEmpty();
      assertThat(laptop.running()).isFalse();
      assertThat(atDesk.resolveSibling("late.txt")).hasContent("only at the laptop");
    }
  }

  @Test
  void trash_fileThatAPeerReplaced_isListedRestoredAndPurged() throws Exception {
    try (Household household = new Household(base)) {
      NodeProcess desk = household.listening("desk");
      NodeProcess laptop = household.deaf("laptop");
      Path atDesk = household.root("desk").resolve("letter.txt");
      Path atLaptop = household.root("laptop").resolve("letter.txt");
      for (NodeProcess node : List.of(desk, laptop)) {
        Path root = household.root(node.name());
        node.realize("arena", "add", "docs", "--root", root.toString());
      }
      household.introduce(laptop, desk, "docs");
      household.startAll();
      Files.writeString(atDesk, "first");
      await().atMost(SOON).until(() -> Files.exists(atLaptop));
      Files.writeString(atDesk, "second");
      assertThat(desk.realize("sync", "--wait")).isEmpty();
      assertThat(laptop.realize("sync", "--wait", "docs")).isEmpty();
      assertThat(atLaptop).hasContent("second");

      assertThat(laptop.realize("trash", "list")).contains("docs/letter.txt", "1 versions, 5 B");
      assertThat(laptop.realize("version", "restore", atLaptop.toString()))
          .isEqualTo("restored docs/letter.txt (5 B)\n");

      assertThat(atLaptop).hasContent("first");
      await().atMost(SOON).until(() -> Files.readString(atDesk).equals("first"));
      await() // until the desk reports what it has made, its last report has the second, too
          .atMost(SOON)
          .pollInterval(Duration.ofSeconds(1))
          .untilAsserted(() ->
              assertThat(laptop.realize("version", "list", "docs/letter.txt"))
                  .containsPattern("shown +[0-9a-f]{8} +5 B")
                  .containsPattern("trash +[0-9]+ +6 B")
                  .contains("3 versions"));
      await().atMost(SOON).until(() -> laptop.arena("docs").trashBytes() > 0);
      await().atMost(SOON).until(() -> desk.arena("docs").trashBytes() > 0);
      assertThat(laptop.realize("trash", "purge", "docs", "--household"))
          .contains("purged docs/letter.txt (6 B)", "purged at docs (6 B): desk: 1 files");
      assertThat(laptop.realize("trash", "list")).contains("0 versions");

      cancelledJob_isLeftUntilItIsRetried(laptop, atDesk, atLaptop);
    }
  }

  /** A disk could be unplugged now; what it has in the meantime is another one's. */
  private static void releasedRoot_hasNoDescriptorUntilItIsResumed(NodeProcess desk, Path root)
      throws Exception {
    desk.commands().pause(new PauseOrder(List.of("docs"), false, true, true, 0));
    try (Stream<Path> descriptors = Files.list(Path.of("/proc/" + desk.pid() + "/fd"))) {
      List<Path> open = new ArrayList<>();
      for (Path descriptor : descriptors.toList()) {
        try {
          open.add(Files.readSymbolicLink(descriptor));
        } catch (NoSuchFileException closed) {
          // since it was listed
        }
      }
      assertThat(open).isNotEmpty().noneMatch(path -> path.startsWith(root.toAbsolutePath()));
    }
    Path elsewhere = Files.move(root, root.resolveSibling("unplugged"));
    Files.createDirectory(root);
    Files.writeString(root.resolve("other"), "of another disk");
    await()
        .atMost(SOON)
        .untilAsserted(() -> assertThat(desk.arena("docs").counts().paused()).isEqualTo(1));
    assertThat(desk.arena("docs").findings())
        .anyMatch(finding -> finding.cause().contains("'realize resume docs' opens it again"));
    assertThat(desk.arena("docs").files()).isEqualTo(2);
    Files.delete(root.resolve("other"));
    Files.delete(root);
    Files.writeString(Files.move(elsewhere, root).resolve("new"), "1");

    desk.commands().pause(new PauseOrder(List.of("docs"), false, false, false, 0));

    await().atMost(SOON).until(() -> desk.arena("docs").files() == 3);
    assertThat(desk.arena("docs").counts().paused()).isZero();
  }

  private static void cancelledJob_isLeftUntilItIsRetried(
      NodeProcess laptop, Path atDesk, Path atLaptop) throws Exception {
    org.realize.nima.control.Household commands = laptop.commands();
    List<ArenaPath> letter = List.of(new ArenaPath(DOCS, RelativePath.of("letter.txt")));
    List<JobEvent> watched = new CopyOnWriteArrayList<>();
    Thread watch =
        Thread.startVirtualThread(() -> {
          try {
            commands.watchJobs(letter, watched::add);
          } catch (RealizeException e) {
            throw new AssertionError(e);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    await().atMost(SOON).until(() -> !watched.isEmpty());
    commands.pause(new PauseOrder(List.of("docs"), false, true, false, 0));
    Files.writeString(atDesk, "third");
    JobOrder list = new JobOrder(JobAction.LIST, letter);
    await().atMost(SOON).until(() -> !commands.jobs(list).isEmpty());
    assertThat(commands.jobs(new JobOrder(JobAction.CANCEL, letter)))
        .extracting(JobStatus::state)
        .containsExactly(WorkState.CANCELLED);
    commands.pause(new PauseOrder(List.of("docs"), false, false, false, 0));
    List<SyncEvent> synced = new ArrayList<>();
    commands.sync(List.of(DOCS), synced::add);
    assertThat(synced.getLast().arenas().getFirst().problems())
        .containsExactly("1 jobs are cancelled; see 'realize job list docs'");
    assertThat(atLaptop).hasContent("first");

    commands.jobs(new JobOrder(JobAction.RETRY, letter));
    await().atMost(SOON).until(() -> Files.readString(atLaptop).equals("third"));
    await()
        .atMost(SOON)
        .untilAsserted(() ->
            assertThat(watched)
                .extracting(JobEvent::kind)
                .containsSubsequence(JobEventKind.LEFT, JobEventKind.BEGUN, JobEventKind.DONE));
    watch.interrupt();
    watch.join();

    VersionReport report = commands.versions(new VersionQuery(letter, true));
    assertThat(report.versions())
        .extracting(VersionReport.PathVersion::place)
        .containsExactly(VersionPlace.SHOWN, VersionPlace.TRASH);
    assertThat(report.versions().getFirst().heldBy()).containsExactly("laptop", "desk");
    String id = String.valueOf(report.versions().getLast().id());
    commands.useVersion(new VersionChoice(letter.getFirst(), id), _ -> {});
    await().atMost(SOON).until(() -> Files.readString(atDesk).equals("first"));
  }

  private static void attribute_ofAPathInTheMount_setsItsMark(NodeProcess desk, Path shown)
      throws Exception {
    for (Path path : List.of(shown.resolve("a/b/file"), shown.resolve("a/b"))) {
      Files.setAttribute(path, "user:realize.mark", "watch".getBytes(StandardCharsets.UTF_8));
      assertThat(attribute(path, "mark")).isEqualTo("watch");
      UserDefinedFileAttributeView all =
          Files.getFileAttributeView(path, UserDefinedFileAttributeView.class);
      assertThat(all.list()).isEmpty();
      byte[] inherited = "keep (inherited)".getBytes(StandardCharsets.UTF_8);
      assertThatThrownBy(() -> Files.setAttribute(path, "user:realize.mark", inherited))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("Invalid argument");
    }
    assertThat(desk.realize("mark", "get"))
        .contains("watch  docs/a/b\n")
        .contains("watch  docs/a/b/file\n");
    for (String path : List.of("a/b/file", "a/b")) {
      Files.getFileAttributeView(shown.resolve(path), UserDefinedFileAttributeView.class)
          .delete("realize.mark");
    }
    assertThat(attribute(shown.resolve("a/b/file"), "mark")).isEqualTo("keep (inherited)");
  }

  @Test
  void mark_ofPathsOfTheMountAndTheRoot_isInheritedAndSurvivesARestart() throws Exception {
    try (Household household = new Household(base)) {
      NodeProcess desk = household.deaf("desk");
      Path root = household.root("desk");
      Path shown = household.mount("desk").resolve("docs");
      Files.createDirectories(root.resolve("a/b"));
      Files.writeString(root.resolve("a/b/file"), "1");
      Files.writeString(root.resolve("log.part"), "1");
      desk.realize("arena", "add", "docs", "--root", root.toString());
      household.startAll();
      await().atMost(SOON).until(() -> Files.exists(shown.resolve("a/b/file")));
      assertThat(shown.resolve("log.part")).as("ignored, but on the disk").exists();
      assertThat(desk.arena("docs").files()).isEqualTo(1);

      desk.realize("mark", "set", "keep", shown.resolve("a").toString(), "docs/not/yet");
      desk.realize("mark", "set", "own", root.resolve("log.part").toString());
      desk.kill();
      desk.start();

      assertThat(desk.realize("mark", "get", "docs/a/b/file", "docs/a", "docs"))
          .containsPattern("keep \\(inherited\\) +docs/a/b/file\nkeep +docs/a\n")
          .containsPattern("own \\(inherited\\) +docs\n");
      assertThat(attribute(shown.resolve("a/b"), "mark")).isEqualTo("keep (inherited)");
      await().atMost(SOON).until(() -> desk.arena("docs").files() == 2);
      releasedRoot_hasNoDescriptorUntilItIsResumed(desk, root);
      attribute_ofAPathInTheMount_setsItsMark(desk, shown);
      desk.realize("mark", "clear", "docs/a", "docs/not/yet");
      assertThat(desk.realize("mark", "get"))
          .endsWith("own   docs/log.part\n")
          .doesNotContain("yet");
      assertThatThrownBy(() -> desk.realize("mark", "clear", "docs/a"))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("it has none of its own, it inherits own");
    }
  }
}
