package org.realize.chaos.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.realize.sync.posix.Inotify;

/** The inotify events that programs get in one mount while another machine edits. Needs root. */
@Timeout(240)
class EventsIT {

  private static final Duration SOON = Duration.ofSeconds(30);
  private static final int MODIFY = 0x2;
  private static final int ATTRIBUTES = 0x4;
  private static final int IS_DIRECTORY = 0x4000_0000;

  @TempDir private Path base;

  /** A program that watches one directory of a mount. */
  private static final class Watcher implements AutoCloseable {

    private final Inotify inotify = Inotify.open();
    private final List<String> events = new CopyOnWriteArrayList<>();
    private final Thread reader = Thread.ofPlatform().daemon().unstarted(this::read);
    private volatile boolean ended;

    Watcher(Path directory) throws IOException {
      int all =
          MODIFY
              | ATTRIBUTES
              | Inotify.CLOSE_WRITE
              | Inotify.MOVED_FROM
              | Inotify.MOVED_TO
              | Inotify.CREATE
              | Inotify.DELETE;
      assertThat(inotify.watch(directory.toString(), all)).isPositive();
      reader.start();
    }

    private void read() {
      while (!ended) {
        boolean _ =
            inotify.read(
                100,
                (_, mask, name) ->
                    events.add(
                        Integer.toHexString(mask & ~IS_DIRECTORY)
                            + " "
                            + StandardCharsets.UTF_8.decode(name)));
      }
    }

    private static String line(int event, String name) {
      return Integer.toHexString(event) + " " + name;
    }

    /** Waits for an event that one of {@code masks} names, and forgets all until then. */
    void await(String name, int... masks) {
      List<String> wanted = IntStream.of(masks).mapToObj(mask -> line(mask, name)).toList();
      Awaitility.await(name + " " + wanted)
          .atMost(SOON)
          .untilAsserted(() -> assertThat(events).containsAnyElementsOf(wanted));
    }

    @Override
    public void close() {
      ended = true;
      inotify.close();
    }
  }

  /** Edits in one root what a mount shows, which is in another root, too, once it is indexed. */
  private static void edit(Path theirs, Path shown, Path other) throws Exception {
    try (Watcher watcher = new Watcher(shown)) {
      Files.writeString(theirs.resolve("note"), "one");
      watcher.await("note", Inotify.CREATE, Inotify.MOVED_TO);
      watcher.await("note", Inotify.CLOSE_WRITE, Inotify.MOVED_TO);
      await().atMost(SOON).until(() -> read(shown.resolve("note")).equals("one"));
      try (FileChannel _ = FileChannel.open(shown.resolve("note"))) { // as one that follows it
        watcher.events.clear();
        Files.writeString(theirs.resolve("note"), " and two", StandardOpenOption.APPEND);
        watcher.await("note", MODIFY, Inotify.MOVED_TO);
        await().atMost(SOON).until(() -> read(shown.resolve("note")).equals("one and two"));
      }
      await().atMost(SOON).until(() -> read(other.resolve("note")).equals("one and two"));
      watcher.events.clear();
      Files.setPosixFilePermissions(
          theirs.resolve("note"), PosixFilePermissions.fromString("rw-------"));
      watcher.await("note", ATTRIBUTES, Inotify.MOVED_TO); // or with the bytes, to the disk
      Files.createDirectory(theirs.resolve("below"));
      watcher.await("below", Inotify.CREATE, Inotify.MOVED_TO);
      Files.delete(theirs.resolve("below"));
      watcher.await("below", Inotify.DELETE);
      Files.move(theirs.resolve("note"), theirs.resolve("moved"));
      watcher.await("note", Inotify.MOVED_FROM, Inotify.DELETE);
      watcher.await("moved", Inotify.MOVED_TO, Inotify.CREATE);
      watcher.events.clear();
      Files.delete(theirs.resolve("moved"));
      watcher.await("moved", Inotify.DELETE);
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return "";
    }
  }

  @Test
  void programThatWatches_hearsOfWhatAnotherMachineAndAnotherProgramEdit() throws Exception {
    try (Household household = new Household(base)) {
      NodeProcess nas = household.listening("nas");
      NodeProcess desktop = household.deaf("desktop");
      household.introduce(desktop, nas);
      Path docs = household.root("nas");
      Path work = Files.createDirectories(base.resolve("work"));
      Path own = household.root("desktop");
      household.share(nas, "docs", Optional.of(docs), Household.QUICK);
      household.share(nas, "work", Optional.of(work), Household.QUICK);
      household.share(desktop, "docs", Optional.empty());
      household.share(desktop, "work", Optional.of(own), Household.QUICK);
      household.startAll();
      Path shown = household.mount("desktop");
      Files.writeString(docs.resolve("first"), "1");
      Files.writeString(work.resolve("first"), "1");
      await().atMost(SOON).until(() -> read(shown.resolve("docs/first")).equals("1"));
      await().atMost(SOON).until(() -> read(own.resolve("first")).equals("1"));

      edit(docs, shown.resolve("docs"), docs);
      edit(work, shown.resolve("work"), own);
      edit(own, shown.resolve("work"), work);
      assertThat(desktop.arena("work").conflicts()).isZero();
      assertThat(own.resolve("first")).hasContent("1");
      await()
          .atMost(SOON)
          .untilAsserted(() -> assertThat(Trees.describe(own)).isEqualTo(Trees.describe(work)));
    }
  }

  /** Runs a program on a file; its exit code and what it says. */
  private static String run(Path program, Path file) throws Exception {
    Process process =
        new ProcessBuilder("timeout", "60", program.toString(), file.toString())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return process.waitFor() + " " + output;
  }

  @Test
  void crawler_readsWhatIsHere_andFetchesNothing_othersAreListedWithWhatTheyFetch()
      throws Exception {
    try (Household household = new Household(base)) {
      NodeProcess nas = household.listening("nas");
      NodeProcess desktop = household.deaf("desktop");
      household.introduce(desktop, nas);
      household.share(nas, "docs", Optional.of(household.root("nas")), Household.QUICK);
      household.share(desktop, "docs", Optional.empty());
      Files.writeString(household.root("nas").resolve("note"), "from far");
      household.startAll();
      Path note = household.mount("desktop").resolve("docs/note");
      await().atMost(SOON).until(() -> Files.exists(note));
      Path crawler = Files.copy(Path.of("/bin/cat"), base.resolve("updatedb"));

      assertThat(run(crawler, note)).startsWith("1 ").contains("Input/output error");
      assertThat(desktop.realize("events", "--programs")).doesNotContain("note");
      assertThat(desktop.realize("events")).contains("connected to nas").doesNotContain("note");
      assertThat(run(Path.of("/bin/cat"), note)).isEqualTo("0 from far");
      assertThat(desktop.realize("events", "--programs"))
          .containsPattern("cat +8 B +\\S+ +docs/note\n");
      String last = desktop.realize("events").lines().toList().getLast();
      assertThat(last).contains("cat reads files in the mount that are not here: 'docs/note'");
      assertThat(desktop.realize("events", "--since", last.split(" ", 2)[0]))
          .doesNotContain("connected to nas");
      assertThat(run(crawler, note)).as("it is here now").isEqualTo("0 from far");
      assertThat(Files.getFileStore(note).type()).isEqualTo("fuse.realize");
    }
  }
}
