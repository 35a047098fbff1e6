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
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A pair of real daemons whose mounts programs change. Needs root, git, sqlite3 and tar. */
class MountEditsIT {

  private static final Duration SOON = Duration.ofSeconds(60);
  private static final int PROGRAM_SECONDS = 120;

  @TempDir private Path base;

  /** Runs a shell script in a directory, which must succeed; its output. */
  private static String run(Path directory, String script) throws Exception {
    Process shell =
        new ProcessBuilder("timeout", "-s", "KILL", "" + PROGRAM_SECONDS, "bash", "-euc", script)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .start();
    String output = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(shell.waitFor()).as(script + "\n" + output).isZero();
    return output;
  }

  private static NodeProcess[] makeOwners(Household household, String... settings)
      throws Exception {
    NodeProcess nas = household.listening("nas");
    NodeProcess desktop = household.deaf("desktop");
    household.introduce(desktop, nas);
    // a compaction of a repository, or the end of an unpacked tree, is a removal of most files
    String all = "guard = \"off\"";
    household.share(nas, "docs", Optional.of(household.root("nas")), Household.QUICK, all);
    String[] theirs = Stream.concat(Stream.of(settings), Stream.of(all)).toArray(String[]::new);
    household.share(desktop, "docs", Optional.of(household.root("desktop")), theirs);
    household.startAll();
    return new NodeProcess[] {nas, desktop};
  }

  private static void awaitEqual(Path here, Path there) {
    await("the trees are equal")
        .atMost(SOON)
        .pollInterval(Duration.ofMillis(300))
        .ignoreExceptionsInstanceOf(IOException.class)
        .untilAsserted(() -> assertThat(Trees.describe(there)).isEqualTo(Trees.describe(here)));
  }

  private static String status(Path file) throws IOException {
    UserDefinedFileAttributeView attributes =
        Files.getFileAttributeView(file, UserDefinedFileAttributeView.class);
    ByteBuffer value = ByteBuffer.allocate(attributes.size("realize.status"));
    int length = attributes.read("realize.status", value);
    return new String(value.array(), 0, length, StandardCharsets.UTF_8);
  }

  private static void assertNoConflict(NodeProcess... nodes) throws Exception {
    for (NodeProcess node : nodes) {
      assertThat(node.realize("conflict", "list")).as(node.name()).doesNotContain("docs/");
    }
  }

  @Test
  void programs_inOneMount_endWithTheSameInTheOther_andNoConflict() throws Exception {
    try (Household household = new Household(base)) {
      NodeProcess[] nodes = makeOwners(household, Household.QUICK);
      Path here = household.mount("nas").resolve("docs");
      Path there = household.mount("desktop").resolve("docs");
      run(
          here,
          """
          export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b
          export GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
          mkdir repository; cd repository; git init -q .
          for i in $(seq 1 60); do mkdir -p d$((i % 7)); echo "line $i" > d$((i % 7))/f$i; done
          git add .; git commit -qm first; git checkout -q -b side
          for i in $(seq 1 20); do echo more >> d$((i % 7))/f$i; done
          git commit -qam second; git checkout -q master 2>/dev/null || git checkout -q main
          git merge -q side; git gc -q; git fsck --strict; git status --porcelain
          cd ..; git clone -q repository clone; (cd clone; git log --oneline | wc -l)
          """);
      run(
          here,
          """
          sqlite3 plain.db 'create table t(a); insert into t values(1); insert into t values(2);'
          sqlite3 wal.db 'pragma journal_mode=wal; create table t(a);'
          for i in $(seq 1 20); do sqlite3 wal.db "insert into t values($i)"; done
          test $(sqlite3 wal.db 'select count(*) from t') = 20
          sqlite3 plain.db 'pragma integrity_check' | grep -qx ok
          """);
      run(
          here,
          """
          tar cf tree.tar repository; mkdir untar; tar xf tree.tar -C untar
          diff -r --no-dereference repository untar/repository; rm -rf untar clone
          echo one > note; for i in $(seq 1 10); do echo $i > note.tmp; mv note.tmp note; done
          cp -a repository copied; mv copied moved; ln -s note link; ln note hard; rm tree.tar
          printf x > sparse; truncate -s 1M sparse; dd if=/dev/zero of=sparse bs=4096 seek=100 count=1 \
              conv=notrunc status=none
          """);
      awaitEqual(here, there);
      run(there, "rm -rf moved; echo back >> note; mkdir -p a/b; mv repository a/b/");
      awaitEqual(there, here);
      awaitEqual(here, household.root("nas"));
      run(
          here.resolve("a/b/repository"),
          "git fsck --strict; test -z \"$(git status --porcelain)\"");
      assertNoConflict(nodes);
    }
  }

  /** The other peer keeps nothing. */
  @Test
  void filesThatAreNotHere_areEditedRenamedAndRemoved_andTheOwnerFollows() throws Exception {
    try (Household household = new Household(base)) {
      Path root = household.root("nas");
      Files.createDirectories(root.resolve("far"));
      for (String name : new String[] {"edited", "replaced", "cut", "moved", "gone", "kept"}) {
        Files.writeString(root.resolve("far/" + name), "content of " + name + "\n");
      }
      NodeProcess[] nodes = makeOwners(household, Household.QUICK, "mark = \"watch\"");
      Path there = household.mount("desktop").resolve("docs/far");
      await().atMost(SOON).until(() -> Files.exists(there.resolve("kept")));
      assertThat(household.root("desktop").resolve("far")).doesNotExist();
      run(
          there,
          """
          echo added >> edited
          echo new > replaced.tmp; mv replaced.tmp replaced
          echo short > cut
          mv moved elsewhere
          rm gone
          chmod 600 kept
          test "$(cat edited)" = "content of edited
          added"
          """);
      await() // its owner gives it that name, too, in the meantime
          .atMost(SOON)
          .ignoreExceptionsInstanceOf(IOException.class)
          .untilAsserted(() ->
              assertThat(Files.readString(there.resolve("elsewhere")))
                  .isEqualTo("content of moved\n"));
      await()
          .atMost(SOON)
          .ignoreExceptionsInstanceOf(IOException.class)
          .untilAsserted(() -> {
            Path far = root.resolve("far");
            assertThat(Files.readString(far.resolve("edited")))
                .isEqualTo("content of edited\nadded\n");
            assertThat(Files.readString(far.resolve("replaced"))).isEqualTo("new\n");
            assertThat(Files.readString(far.resolve("cut"))).isEqualTo("short\n");
            assertThat(Files.readString(far.resolve("elsewhere"))).isEqualTo("content of moved\n");
            assertThat(far.resolve("gone")).doesNotExist();
            assertThat(far.resolve("moved")).doesNotExist();
            assertThat(far.resolve("replaced.tmp")).doesNotExist();
            assertThat(Files.getAttribute(far.resolve("kept"), "unix:mode")).isEqualTo(0100600);
          });
      assertThat(household.root("desktop").resolve("far/kept")).doesNotExist();
      assertNoConflict(nodes);
    }
  }

  /** Jobs of the one peer put files on its disk while programs have them open there. */
  @Test
  void openFiles_thatAreMadeReal_seeAllThatIsWritten_andWhatAPeerChangedIsAConflict()
      throws Exception {
    try (Household household = new Household(base)) {
      Path root = household.root("nas");
      Path own = household.root("desktop");
      for (String name : new String[] {"changed", "same", "held"}) {
        Files.writeString(root.resolve(name), "content of " + name + "\n");
      }
      NodeProcess[] nodes = makeOwners(household, Household.QUICK, "mark = \"watch\"");
      Path here = household.mount("desktop").resolve("docs");
      await().atMost(SOON).until(() -> Files.exists(here.resolve("same")));
      await().atMost(SOON).until(() -> Files.exists(here.resolve("changed")));
      nodes[1].realize("mark", "set", "own", "docs/held");
      await().atMost(SOON).until(() -> Files.exists(own.resolve("held")));
      try (FileChannel changed = open(here.resolve("changed"));
          FileChannel held = open(here.resolve("held"));
          FileChannel same = open(here.resolve("same"))) {
        assertThat(text(same)).isEqualTo("content of same\n");
        assertThat(text(changed)).isEqualTo("content of changed\n");
        Files.writeString(root.resolve("held"), "the peer's\n");
        Files.writeString(root.resolve("changed"), "the peer's\n");
        nodes[1].realize("mark", "set", "own", "docs/changed", "docs/same");
        await().atMost(SOON).until(() -> Files.exists(own.resolve("same")));
        await()
            .atMost(SOON)
            .ignoreExceptionsInstanceOf(IOException.class)
            .until(() -> Files.readString(own.resolve("changed")).equals("the peer's\n"));
        run(here, "printf CONTENT | dd of=same conv=notrunc status=none");
        assertThat(text(same)).isEqualTo("CONTENT of same\n");
        assertThat(changed.write(ByteBuffer.wrap("MINE".getBytes(StandardCharsets.UTF_8)), 0))
            .isEqualTo(4);
        assertThat(text(changed)).isEqualTo("MINEent of changed\n");
        assertThat(Files.readString(here.resolve("changed"))).isEqualTo("MINEent of changed\n");
        assertThat(Files.readString(own.resolve("held"))).isEqualTo("content of held\n");
        assertThat(held.write(ByteBuffer.wrap("MINE".getBytes(StandardCharsets.UTF_8)), 0))
            .isEqualTo(4);
      }
      for (NodeProcess node : nodes) {
        await()
            .atMost(SOON)
            .pollInterval(Duration.ofSeconds(1))
            .untilAsserted(() ->
                assertThatThrownBy(() -> node.realize("conflict", "list"))
                    .as(node.name())
                    .hasMessageContaining("docs/changed")
                    .hasMessageContaining("docs/held")
                    .hasMessageNotContaining("docs/same"));
      }
      assertThat(Files.readString(own.resolve("held"))).isEqualTo("MINEent of held\n");
      assertThat(Files.readString(own.resolve("changed"))).isEqualTo("MINEent of changed\n");
      assertThat(Files.readString(root.resolve("changed"))).isEqualTo("the peer's\n");
      await()
          .atMost(SOON)
          .untilAsserted(() ->
              assertThat(Files.readString(root.resolve("same"))).isEqualTo("CONTENT of same\n"));
    }
  }

  private static FileChannel open(Path file) throws IOException {
    return FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  private static String text(FileChannel file) throws IOException {
    ByteBuffer read = ByteBuffer.allocate(100);
    int length = file.read(read, 0);
    return new String(read.array(), 0, length, StandardCharsets.UTF_8);
  }

  /**
   * What is written where no root is configured lies in the private one, which begins with that.
   */
  @Test
  void arenaWithoutARoot_isWrittenAsAnyOther_andKeepsItsFilesThroughAKill() throws Exception {
    try (Household household = new Household(base)) {
      Path root = household.root("nas");
      for (String name : new String[] {"edited", "moved", "gone", "replaced"}) {
        Files.writeString(root.resolve(name), "content of " + name + "\n");
      }
      NodeProcess nas = household.listening("nas");
      NodeProcess desktop = household.deaf("desktop");
      household.introduce(desktop, nas);
      household.share(nas, "docs", Optional.of(root), Household.QUICK);
      household.share(desktop, "docs", Optional.empty(), Household.QUICK);
      household.startAll();
      Path here = household.mount("desktop").resolve("docs");
      Path own = desktop.directory().resolve("roots/docs");
      await().atMost(SOON).until(() -> Files.exists(here.resolve("replaced")));
      assertThat(own).isEmptyDirectory();
      assertThat(Files.readString(here.resolve("gone"))).isEqualTo("content of gone\n");
      assertThat(own).as("reading writes nothing").isEmptyDirectory();
      run(
          here,
          """
          mkdir -p a/b; echo new > a/b/note; ln -s a/b/note link
          echo added >> edited; mv moved elsewhere; rm gone
          echo saved > replaced.tmp; mv replaced.tmp replaced
          sqlite3 plain.db 'create table t(a); insert into t values(1);'
          """);
      assertThat(own.resolve("a/b/note")).hasContent("new");
      awaitEqual(here, root);
      desktop.kill();
      desktop.start();
      assertThat(run(here, "cat a/b/note; sqlite3 plain.db 'select a from t'"))
          .isEqualTo("new\n1\n");
      run(here, "echo again >> a/b/note; rm link");
      awaitEqual(here, root);
      Files.writeString(root.resolve("a/b/note"), "from the nas\n");
      awaitEqual(root, here);
      assertNoConflict(nas, desktop);
      assertThat(desktop.realize("doctor")).contains("private root " + own);
      desktop.realize("arena", "remove", "docs", "--yes");
      assertThat(own.resolve("plain.db")).exists();
      desktop.realize("arena", "add", "docs");
      awaitEqual(root, here);
    }
  }

  /** The disk of the only other peer is another one, so that what it had counts as lost. */
  @Test
  void lastBytesOfARemovedFile_areReadUnderTheOtherNameThatNeedsThem() throws Exception {
    try (Household household = new Household(base)) {
      Path root = household.root("nas");
      Files.writeString(root.resolve("theirs"), "the only bytes\n");
      NodeProcess[] nodes = makeOwners(household, Household.QUICK, "mark = \"watch\"");
      Path here = household.mount("desktop").resolve("docs");
      await().atMost(SOON).until(() -> Files.exists(here.resolve("theirs")));
      run(here, "cp theirs mine");
      await().atMost(SOON).until(() -> Files.exists(root.resolve("mine")));
      nodes[1].realize("evict", "docs/theirs");
      nodes[0].realize("pause", "docs"); // so that it does not fetch what it has lost
      nodes[0].stop();
      run(root, "rm -rf .realize theirs mine");
      nodes[0].start();
      await().atMost(SOON).until(() -> nodes[0].realize("status").contains("arena confirm docs"));
      nodes[0].realize("arena", "confirm", "docs");
      await("nobody has the bytes under that name, and the plan has seen it")
          .during(Duration.ofSeconds(2))
          .atMost(SOON)
          .until(() -> status(here.resolve("theirs")).equals("unavailable"));
      run(here, "rm mine");
      assertThat(household.root("desktop").resolve("mine")).doesNotExist();
      assertThat(run(here, "cat theirs")).isEqualTo("the only bytes\n");
    }
  }

  /** The peer sends 4 MiB a second: for some seconds most of the file is not here. */
  @Test
  void largeFileThatIsNotHere_isWrittenAtOnce_andLosesNothingByAKillWhileItIsCompleted()
      throws Exception {
    try (Household household = new Household(base)) {
      Path theirs = household.root("nas").resolve("large");
      Path expected = base.resolve("expected");
      String edit =
          """
          printf %s written | dd of=FILE bs=1 seek=10000000 conv=notrunc status=none
          printf %s appended >> FILE
          truncate -s +5000 FILE
          """;
      run(
          household.root("nas"),
          "head -c 24M /dev/urandom > large; cp large ../expected\n"
              + edit.replace("FILE", "../expected"));
      NodeProcess[] nodes = makeOwners(household, Household.QUICK, "mark = \"watch\"");
      NodeProcess desktop = nodes[1];
      String set = desktop.realize("peer", "set", "nas", "--down", "4M");
      assertThat(set).isEmpty();
      Path there = household.mount("desktop").resolve("docs");
      Path branches = household.root("desktop").resolve(".realize/branch");
      await().atMost(SOON).until(() -> Files.exists(there.resolve("large")));
      String begun = run(there, "time -p (\n" + edit.replace("FILE", "large") + ")");
      assertThat(Double.parseDouble(begun.lines().findFirst().orElseThrow().substring(5)))
          .as("seconds to write\n" + begun)
          .isLessThan(3);
      String same =
          """
          cmp -i 9999000 -n 3000 large ../../expected
          test $(stat -c %s large) = $(stat -c %s ../../expected)
          """;
      run(there, same);
      assertThat(branches).isDirectoryContaining("glob:**.journal");
      desktop.kill();
      assertThat(branches).isDirectoryContaining("glob:**.journal");
      desktop.start();
      await().atMost(SOON).until(() -> Files.exists(there.resolve("large")));
      run(there, same);
      await()
          .atMost(SOON)
          .ignoreExceptionsInstanceOf(IOException.class)
          .untilAsserted(() -> assertThat(Files.mismatch(expected, theirs)).isEqualTo(-1));
      assertThat(Files.mismatch(expected, household.root("desktop").resolve("large")))
          .isEqualTo(-1);
      assertThat(branches).isEmptyDirectory();
      assertNoConflict(nodes);
    }
  }

  /**
   * Renamed as a whole by its owner too, whose files keep their inodes: nothing was copied. The
   * daemon is killed while it announces what the directory took along.
   */
  @Test
  void directoryOfWhichAPartIsHere_isRenamedAtOnce_andItsOwnerMovesNoContent() throws Exception {
    int files = Integer.getInteger("realize.files", 700);
    try (Household household = new Household(base)) {
      Path root = household.root("nas");
      run(root, "mkdir -p far/sub; cd far; for i in $(seq " + files + "); do echo $i > f$i; done");
      Files.writeString(root.resolve("far/sub/deep"), "deep\n");
      NodeProcess[] nodes = makeOwners(household, Household.QUICK, "mark = \"watch\"");
      Path there = household.mount("desktop").resolve("docs");
      await().atMost(SOON).until(() -> Files.exists(there.resolve("far/f" + files)));
      await()
          .atMost(SOON)
          .until(() -> run(there, "ls far | wc -l").strip().equals("" + (files + 1)));
      run(there, "echo here > far/local; echo here > far/sub/local");
      String inodes = run(root, "cd far; stat -c '%n %i' f* sub/deep | md5sum");
      long begun = System.nanoTime();
      Files.move(there.resolve("far"), there.resolve("near"));
      long millis = (System.nanoTime() - begun) / 1_000_000;
      System.out.printf("%d files are renamed in %d ms%n", files, millis);
      assertThat(there.resolve("near")).isDirectoryContaining("glob:**/local");
      assertThat(run(there, "ls near | wc -l").strip()).isEqualTo("" + (files + 2));
      assertThat(there.resolve("far")).doesNotExist();
      assertThat(household.root("desktop").resolve("near/sub/local")).hasContent("here");
      nodes[1].kill();
      nodes[1].start();
      await().atMost(SOON).until(() -> Files.isDirectory(there));
      await("the root is certain, so that its new names are shown")
          .atMost(SOON)
          .until(() -> run(there, "ls near | wc -l").strip().equals("" + (files + 2)));
      assertThat(there.resolve("far")).doesNotExist();
      await()
          .atMost(SOON)
          .until(() ->
              Files.exists(root.resolve("near/f" + files)) && !Files.exists(root.resolve("far")));
      awaitEqual(there, root);
      assertThat(run(root, "cd near; stat -c '%n %i' f* sub/deep | md5sum")).isEqualTo(inodes);
      assertThat(household.root("desktop").resolve("near")).isDirectoryContaining("glob:**/local");
      assertThat(household.root("desktop").resolve("near/f1")).doesNotExist();
      run(there, "test $(cat near/f1) = 1; mv near far; test $(cat far/f2) = 2");
      awaitEqual(there, root);
      assertNoConflict(nodes);
    }
  }

  /** Each file is closed before the next is begun, so that all but the last are whole. */
  @Test
  void daemon_killedWhileProgramsWrite_losesNoWrittenByte() throws Exception {
    try (Household household = new Household(base)) {
      NodeProcess[] nodes = makeOwners(household, Household.QUICK);
      Path here = household.mount("nas").resolve("docs");
      Path root = household.root("nas");
      for (int kill = 1; kill <= 3; kill++) {
        Path log = base.resolve("written" + kill);
        Process writer =
            new ProcessBuilder(
                    "bash",
                    "-c",
                    "mkdir run"
                        + kill
                        + " && cd run"
                        + kill
                        + " && for i in $(seq 1 100000); do head -c 20000 /dev/zero | tr '\\\\0' a"
                        + " > t && mv t f$i && echo $i >> "
                        + log
                        + " || exit; done")
                .directory(here.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        await().atMost(SOON).until(() -> Files.exists(log) && Files.readAllLines(log).size() > 40);
        nodes[0].kill();
        assertThat(writer.waitFor(60, TimeUnit.SECONDS)).isTrue();
        nodes[0].start();
        await().atMost(SOON).until(() -> Files.isDirectory(here));
        for (String written : Files.readAllLines(log)) {
          Path file = Path.of("run" + kill, "f" + written);
          assertThat(root.resolve(file)).hasSize(20_000);
          assertThat(here.resolve(file)).hasSize(20_000);
        }
      }
      run(here, "rm -rf run1; rm -f run2/t run3/t");
      awaitEqual(here, household.mount("desktop").resolve("docs"));
      assertNoConflict(nodes);
    }
  }
}
