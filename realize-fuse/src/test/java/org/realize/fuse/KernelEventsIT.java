package org.realize.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.realize.sync.posix.Inotify;

/**
 * The inotify events of a mount for changes that came by no call on it: those that the same change
 * by a program raises. Needs root, {@code /dev/fuse} and {@code fusermount3}.
 */
@Timeout(120)
final class KernelEventsIT {

  private static final Duration SOON = Duration.ofSeconds(10);
  private static final int MODIFY = 0x2;
  private static final int ATTRIBUTES = 0x4;
  private static final int IS_DIRECTORY = 0x4000_0000;
  private static final int ALL =
      MODIFY
          | ATTRIBUTES
          | Inotify.CLOSE_WRITE
          | Inotify.MOVED_FROM
          | Inotify.MOVED_TO
          | Inotify.CREATE
          | Inotify.DELETE;

  @TempDir private Path folder;

  private final List<String> events = new ArrayList<>();
  private MountChild mount;
  private Path watched;
  private Inotify inotify;

  @BeforeEach
  void mount() throws IOException {
    mount = MountChild.startEdited(Files.createDirectory(folder.resolve("mount")), Driver.KERNEL);
    watched = Files.createDirectory(mount.mounted().mountPoint().resolve("d"));
    Files.createDirectory(mount.mountPoint().resolve("other"));
    Files.writeString(watched.resolve("old"), "old");
    inotify = Inotify.open();
    int watch = inotify.watch(watched.toString(), ALL);
    assertThat(watch).isPositive();
  }

  @AfterEach
  void end() throws IOException {
    inotify.close();
    mount.close();
  }

  private void collect() {
    boolean goesOn = true;
    while (goesOn) {
      goesOn =
          inotify.read(
              50,
              (_, mask, name) ->
                  events.add(text(mask) + " " + StandardCharsets.UTF_8.decode(name)));
    }
  }

  private static String text(int mask) {
    String event =
        switch (mask & ~IS_DIRECTORY) {
          case MODIFY -> "MODIFY";
          case ATTRIBUTES -> "ATTRIB";
          case Inotify.CLOSE_WRITE -> "CLOSE_WRITE";
          case Inotify.MOVED_FROM -> "MOVED_FROM";
          case Inotify.MOVED_TO -> "MOVED_TO";
          case Inotify.CREATE -> "CREATE";
          case Inotify.DELETE -> "DELETE";
          default -> Integer.toHexString(mask);
        };
    return (mask & IS_DIRECTORY) == 0 ? event : event + ",ISDIR";
  }

  private void awaitEvents(String... wanted) {
    Awaitility.await()
        .atMost(SOON)
        .untilAsserted(() -> {
          collect();
          assertThat(events).containsExactly(wanted);
        });
    events.clear();
  }

  @Test
  void file_thatAPeerAdds_isCreatedAndClosed_andNothingIsWritten() throws IOException {
    mount.tell("peer-write", "d/f", "peer's");
    String writes = mount.tell("writes");
    awaitEvents("CREATE f", "CLOSE_WRITE f");
    assertThat(watched.resolve("f")).hasContent("peer's");
    assertThat(mount.tell("writes")).isEqualTo(writes);
    Awaitility.await().atMost(SOON).until(() -> mount.tell("opened").equals("0"));
    mount.tell("peer-directory", "d/below");
    mount.tell("peer-link", "d/link", "f");
    awaitEvents("CREATE,ISDIR below", "CREATE link");
    assertThat(watched.resolve("link")).hasContent("peer's");
    try (Stream<Path> names = Files.list(watched)) {
      assertThat(names.map(Path::getFileName).map(Path::toString))
          .containsExactlyInAnyOrder("old", "f", "below", "link");
    }
  }

  @Test
  void newVersion_isMovedThere_andWhoHasTheOldOneKeepsIt() throws IOException {
    try (var held = Files.newByteChannel(watched.resolve("old"))) {
      mount.tell("peer-write", "d/old", "a new version");
      awaitEvents("MOVED_TO old");
      assertThat(watched.resolve("old")).hasContent("a new version");
      assertThat(held.size()).isEqualTo(3);
    }
    mount.tell("peer-write", "d/old", "and one more");
    awaitEvents("MOVED_TO old");
    assertThat(watched.resolve("old")).hasContent("and one more");
  }

  @Test
  void changeInPlace_isModifiedAndClosed_changeOfModeIsOne() throws IOException {
    assertThat(watched.resolve("old")).hasContent("old");
    mount.tell("peer-change", "d/old", " and more");
    awaitEvents("MODIFY old", "CLOSE_WRITE old");
    assertThat(watched.resolve("old")).hasContent("old and more");
    mount.tell("peer-mode", "d/old", "600");
    awaitEvents("ATTRIB old");
    assertThat(Files.getAttribute(watched.resolve("old"), "unix:mode")).isEqualTo(0100600);
    assertThat(mount.tell("size", "d/old")).isEqualTo("12");
  }

  @Test
  void removal_ofANameThatTheKernelHasOrHasNot_isDeleted() throws IOException {
    mount.tell("write", "d/unseen", "x"); // told as a change of which no more is known
    mount.tell("peer-remove", "d/old");
    mount.tell("peer-remove", "d/unseen");
    Awaitility.await()
        .atMost(SOON)
        .untilAsserted(() -> {
          collect();
          assertThat(events).endsWith("DELETE old", "DELETE unseen");
        });
    assertThat(watched).isEmptyDirectory();
  }

  @Test
  void removal_thatAProgramHasSeenBefore_isDeletedAllTheSame() throws IOException {
    mount.tell("unlink", "d/old");
    mount.tell("tell-unknown", "d/old");
    Awaitility.await().atMost(SOON).until(() -> Files.notExists(watched.resolve("old")));
    mount.tell("tell-removed", "d/old", "4");
    awaitEvents("DELETE old");
  }

  @Test
  void directory_inPlaceOfAnother_isDeletedAndCreated() throws IOException {
    mount.tell("peer-directory", "d/below");
    awaitEvents("CREATE,ISDIR below");
    String before = mount.tell("inode", "d/below");
    mount.tell("peer-directory", "spare");
    mount.tell("peer-replace", "spare", "d/below");
    awaitEvents("DELETE,ISDIR below", "CREATE,ISDIR below");
    assertThat(mount.tell("inode", "d/below")).isNotEqualTo(before);
    Files.writeString(watched.resolve("below/g"), "made");
    assertThat(watched.resolve("below/g")).hasContent("made");
  }

  @Test
  void rename_isMovedFromAndTo_alsoOutOfTheDirectory() throws IOException {
    mount.tell("peer-rename", "d/old", "d/new");
    awaitEvents("MOVED_FROM old", "MOVED_TO new");
    assertThat(watched.resolve("new")).hasContent("old");
    mount.tell("peer-rename", "d/new", "other/new");
    awaitEvents("MOVED_FROM new");
    assertThat(watched).isEmptyDirectory();
    assertThat(mount.mountPoint().resolve("other/new")).hasContent("old");
  }

  @Test
  void removal_ofANameThatIsBack_isNone_andTheDirectoryCanBeUsed() throws IOException {
    mount.tell("tell-removed", "d", mount.tell("inode", "d"));
    mount.tell("tell-removed", "d/old", mount.tell("inode", "d/old"));
    mount.tell("tell-move", "d/old", "d/absent");
    mount.tell("peer-write", "d/f", "told last");
    awaitEvents("CREATE f", "CLOSE_WRITE f");
    Files.writeString(watched.resolve("g"), "made");
    assertThat(watched.resolve("g")).hasContent("made");
    assertThat(watched.resolve("old")).hasContent("old");
    assertThat(watched.resolve("absent")).doesNotExist();
  }

  @Test
  void directoryThatAProgramPutInPlaceOfAnother_isNotRemoved_thoughToldLater() throws IOException {
    Files.createDirectory(watched.resolve("a"));
    Files.createDirectory(watched.resolve("b"));
    Files.writeString(watched.resolve("b/f"), "in b");
    String old = mount.tell("inode", "d/a");
    Programs.run("mv", "-T", watched.resolve("b").toString(), watched.resolve("a").toString());
    awaitEvents("CREATE,ISDIR a", "CREATE,ISDIR b", "MOVED_FROM,ISDIR b", "MOVED_TO,ISDIR a");
    mount.tell("tell-replaced", "d/a", old);
    mount.tell("peer-write", "d/g", "told last");
    awaitEvents("CREATE g", "CLOSE_WRITE g");
    Files.writeString(watched.resolve("a/h"), "made");
    try (Stream<Path> names = Files.list(watched.resolve("a"))) {
      assertThat(names).hasSize(2);
    }
  }

  @Test
  void changes_inADirectoryWhereACallHasTakenLong_areRaisedLaterInOrder() throws IOException {
    mount.tell("slow-lookup", "f", "600"); // the call looks at it twice
    mount.tell("peer-write", "d/f", "of a slow call");
    awaitEvents("CREATE f", "CLOSE_WRITE f");
    mount.tell("slow-lookup", "f", "0");
    mount.tell("peer-remove", "d/f");
    Awaitility.await().atMost(SOON).until(() -> Files.notExists(watched.resolve("f")));
    mount.tell("peer-remove", "d/old");
    mount.tell("peer-write", "d/g", "gone before its event");
    mount.tell("peer-remove", "d/g");
    mount.tell("peer-write", "d/h", "looked at before its event");
    Awaitility.await().atMost(SOON).until(() -> Files.exists(watched.resolve("h")));
    awaitEvents("DELETE f", "DELETE old", "CREATE h", "CLOSE_WRITE h");
  }

  @Test
  void programsOwnCalls_raiseTheirOwnEventsOnly() throws IOException {
    Files.writeString(watched.resolve("mine"), "x");
    Files.move(watched.resolve("mine"), watched.resolve("yours"));
    Files.delete(watched.resolve("yours"));
    awaitEvents(
        "CREATE mine",
        "MODIFY mine",
        "CLOSE_WRITE mine",
        "MOVED_FROM mine",
        "MOVED_TO yours",
        "DELETE yours");
  }

  /** The replay waits for programs, and programs for its requests: neither for ever. */
  @Test
  void changes_whileProgramsUseTheDirectory_allComeThrough() throws Exception {
    AtomicBoolean ended = new AtomicBoolean();
    List<Thread> programs =
        IntStream.range(0, 4)
            .mapToObj(n -> Thread.ofPlatform().start(() -> use(n, ended)))
            .toList();
    for (int i = 0; i < 400; i++) {
      mount.tell("peer-write", "d/f" + i % 20, "version " + i);
      if (i % 7 == 0) {
        mount.tell("peer-remove", "d/f" + i % 20);
      }
    }
    ended.set(true);
    for (Thread program : programs) {
      program.join();
    }
    Awaitility.await()
        .atMost(SOON)
        .untilAsserted(() -> {
          for (int i = 380; i < 400; i++) {
            Path file = watched.resolve("f" + i % 20);
            if (i % 7 == 0) {
              assertThat(file).doesNotExist();
            } else {
              assertThat(file).hasContent("version " + i);
            }
          }
        });
    assertThat(mount.unmount()).isZero();
  }

  private void use(int n, AtomicBoolean ended) {
    Path own = watched.resolve("own" + n);
    while (!ended.get()) {
      try {
        Files.writeString(own, "x");
        try (Stream<Path> names = Files.list(watched)) {
          assertThat(names.count()).isPositive();
        }
        Files.deleteIfExists(own);
        for (int i = 0; i < 20; i++) {
          boolean _ = Files.exists(watched.resolve("f" + i));
        }
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    }
  }

  /** Where the mount is gone its directory is another file system's. */
  @Test
  void changes_whenTheMountIsTakenAway_touchNothing() throws IOException {
    Path covered = mount.mountPoint();
    inotify.close();
    Programs.run("umount", "-l", covered.toString());
    Files.createDirectory(covered.resolve("d"));
    Files.writeString(covered.resolve("d/old"), "not of the mount");
    for (int i = 0; i < 20; i++) {
      mount.tell("peer-write", "d/f" + i, "x");
      mount.tell("peer-write", "d/old", "y");
    }
    mount.tell("peer-remove", "d/old");
    mount.close();
    assertThat(covered.resolve("d/old")).hasContent("not of the mount");
    try (Stream<Path> names = Files.list(covered.resolve("d"))) {
      assertThat(names).hasSize(1);
    }
  }
}
