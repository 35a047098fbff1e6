package org.realize.store.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.ChangeSource.Hint;
import org.realize.sync.port.ChangeSource.Hint.Lost;
import org.realize.sync.port.ChangeSource.Hint.Removed;
import org.realize.sync.port.ChangeSource.Hint.Touched;
import org.realize.sync.port.ChangeSource.Hint.Unwatched;

/** Real inotify on a real directory. */
class InotifyChangeSourceTest {

  private static final Duration WAIT = Duration.ofSeconds(20);

  @TempDir Path root;
  private InotifyChangeSource source;
  private final Set<Hint> seen = new LinkedHashSet<>();

  @BeforeEach
  void open() throws IOException {
    source = new InotifyChangeSource(root);
    source.watch(RelativePath.ROOT);
  }

  @AfterEach
  void close() {
    source.close();
  }

  @Test
  void take_fileWrittenChangedRemoved_touchesItEachTime() throws IOException {
    Path file = Files.writeString(root.resolve("a"), "1");
    awaitChange(touched("a"));
    seen.clear();
    Files.writeString(file, "22");
    awaitChange(touched("a"));
    seen.clear();
    assertThat(file.toFile().setExecutable(true)).isTrue();
    awaitChange(touched("a"));
    seen.clear();
    Files.delete(file);
    awaitChange(new Removed(RelativePath.of("a")));
  }

  @Test
  void watch_rootIsALink_reportsNamesDirectlyInIt(@TempDir Path elsewhere) throws IOException {
    Path link = Files.createSymbolicLink(elsewhere.resolve("link"), root);
    source.close();
    source = new InotifyChangeSource(link);
    source.watch(RelativePath.ROOT);
    Files.writeString(link.resolve("a"), "1");
    awaitChange(touched("a"));
  }

  @Test
  void watch_newDirectory_reportsWhatHappensInIt() throws IOException {
    Files.createDirectory(root.resolve("d"));
    awaitChange(touched("d"));
    source.watch(RelativePath.of("d"));
    Files.writeString(root.resolve("d/x"), "");
    awaitChange(touched("d/x"));
  }

  @Test
  void watch_renamedDirectory_reportsUnderItsNewPath() throws IOException {
    Files.createDirectory(root.resolve("old"));
    source.watch(RelativePath.of("old"));
    Files.move(root.resolve("old"), root.resolve("new"));
    awaitChange(new Removed(RelativePath.of("old")));
    awaitChange(touched("new"));
    source.watch(RelativePath.of("new"));
    Files.writeString(root.resolve("new/x"), "");
    awaitChange(touched("new/x"));
    assertThat(seen).doesNotContain(touched("old/x"));
  }

  @Test
  void watch_directoryMovedBetweenWatchedOnes_keepsOneWatch() throws IOException {
    Files.createDirectories(root.resolve("a/d"));
    Files.createDirectory(root.resolve("b"));
    for (String path : Set.of("a", "b", "a/d")) {
      source.watch(RelativePath.of(path));
    }
    Files.move(root.resolve("a/d"), root.resolve("b/d"));
    awaitChange(touched("b/d"));
    source.watch(RelativePath.of("b/d"));
    Files.writeString(root.resolve("b/d/x"), "");
    awaitChange(touched("b/d/x"));
    assertThat(source.watched()).isEqualTo(4);
  }

  @Test
  void watch_rootBehindALink_reportsItsNames(@TempDir Path directory) throws IOException {
    Path real = Files.createDirectories(directory.resolve("real/S"));
    Files.createDirectory(real.resolve("d"));
    Path link = Files.createSymbolicLink(directory.resolve("link"), real);
    reopen(link);
    source.watch(RelativePath.of("d"));
    Files.writeString(real.resolve("a"), "1");
    Files.writeString(real.resolve("d/b"), "1");
    awaitChange(touched("a"));
    awaitChange(touched("d/b"));
    seen.clear();
    Files.delete(link);
    awaitLost();
  }

  @Test
  void watch_rootMovedReplacedOrMovedWithItsParent_isLost(@TempDir Path directory)
      throws IOException {
    Path moved = Files.createDirectories(directory.resolve("parent/S"));
    reopen(moved);
    Files.move(moved, directory.resolve("parent/S.old"));
    awaitLost();
    Files.createDirectory(moved);
    source.watch(RelativePath.ROOT);
    Files.writeString(moved.resolve("new"), "1");
    awaitChange(touched("new"));
    drain();
    Files.writeString(directory.resolve("parent/S.old/stale"), "1");
    Files.writeString(moved.resolve("newer"), "1");
    awaitChange(touched("newer"));
    assertThat(seen).doesNotContain(touched("stale"));
    seen.clear();
    Files.move(directory.resolve("parent"), directory.resolve("elsewhere"));
    awaitLost();
  }

  private void reopen(Path path) throws IOException {
    source.close();
    source = new InotifyChangeSource(path);
    source.watch(RelativePath.ROOT);
    seen.clear();
  }

  private void drain() {
    await().atMost(WAIT).until(() -> source.take(Duration.ofMillis(50)).isEmpty());
    seen.clear();
  }

  private void awaitLost() {
    awaitChange(new Lost(RelativePath.ROOT, "the root was moved or replaced"));
  }

  @Test
  void take_moreEventsThanTheKernelKeeps_reportsThemLost() throws IOException {
    Path limit = Path.of("/proc/sys/fs/inotify/max_queued_events");
    int kept = Integer.parseInt(Files.readAllLines(limit).getFirst());
    Path one = Files.createFile(root.resolve("one"));
    Path two = Files.createFile(root.resolve("two"));
    for (int i = 0; i < kept / 2 + 1000; i++) { // equal events in a row are one
      Files.setPosixFilePermissions(one, PosixFilePermissions.fromString("rw-------"));
      Files.setPosixFilePermissions(two, PosixFilePermissions.fromString("rw-------"));
    }
    await()
        .atMost(WAIT)
        .until(() -> {
          seen.addAll(source.take(Duration.ofMillis(20)));
          return seen.stream().anyMatch(c -> c instanceof Lost lost && lost.directory().isRoot());
        });
  }

  /** A store to a mapped page is no event; the end of its writer is one. */
  @Test
  void take_fileWrittenThroughAMapping_touchesItOnceItIsClosed() throws IOException {
    Path file = Files.writeString(root.resolve("mapped"), "before");
    drain();
    try (FileChannel channel =
            FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
        Arena mapping = Arena.ofConfined()) {
      MemorySegment bytes = channel.map(FileChannel.MapMode.READ_WRITE, 0, 6, mapping);
      bytes.set(ValueLayout.JAVA_BYTE, 0, (byte) 'B');
    }
    awaitChange(touched("mapped"));
  }

  @Test
  void close_whileTakeWaits_endsIt() throws Exception {
    AtomicBoolean closing = new AtomicBoolean();
    Thread taker =
        Thread.ofPlatform()
            .start(() -> {
              while (!closing.get()) { // names that come and go above the root end a take, too
                source.take(WAIT);
              }
            });
    await().atMost(WAIT).until(() -> taker.getStackTrace().length > 0 && isInKernel(taker));

    closing.set(true);
    source.close();

    assertThat(taker.join(WAIT)).isTrue();
  }

  private static boolean isInKernel(Thread thread) {
    return Arrays.stream(thread.getStackTrace())
        .anyMatch(frame -> frame.getMethodName().equals("poll"));
  }

  @Test
  void take_watchedDirectoryRemoved_touchesItsNameAndForgetsTheWatch() throws IOException {
    Files.createDirectory(root.resolve("d"));
    source.watch(RelativePath.of("d"));
    Files.delete(root.resolve("d"));
    awaitChange(new Removed(RelativePath.of("d")));
    await()
        .atMost(WAIT)
        .until(() -> {
          seen.addAll(source.take(Duration.ofMillis(20)));
          return source.watched() == 1;
        });
  }

  @Test
  void take_nameThatIsNotUtf8_touchesItsDirectory() throws IOException {
    Files.createFile(Path.of(URI.create(root.toUri() + "%FF%FE")));
    awaitChange(new Touched(RelativePath.ROOT));
  }

  @Test
  void take_oddNames_areReportedAsTheyAre() throws IOException {
    for (String name : Set.of("a:b", "a\\b", "ä ö", "line\nbreak", "%41")) {
      Files.createFile(root.resolve(name));
      awaitChange(touched(name));
    }
  }

  @Test
  void watch_linkToDirectory_isNotFollowed(@TempDir Path elsewhere) throws IOException {
    Files.createSymbolicLink(root.resolve("link"), elsewhere);
    source.watch(RelativePath.of("link"));
    assertThat(source.watched()).isEqualTo(1);
  }

  @Test
  void watch_directoryThatTheKernelRefuses_isReportedUnwatched() {
    RelativePath tooLong = RelativePath.of(("x".repeat(250) + "/").repeat(16) + "y".repeat(80));
    source.watch(tooLong);
    await()
        .atMost(WAIT)
        .until(() -> {
          seen.addAll(source.take(Duration.ofMillis(20)));
          return seen.stream()
              .anyMatch(c -> c instanceof Unwatched un && un.directory().equals(tooLong));
        });
  }

  @Test
  void watch_directoryThatIsGone_isNoFault() {
    source.watch(RelativePath.of("gone"));
    assertThat(source.take(Duration.ZERO)).isEmpty();
  }

  @Test
  void take_afterClose_returnsNothingAtOnce() {
    source.close();
    assertThat(source.take(WAIT)).isEmpty();
    source.watch(RelativePath.ROOT);
  }

  private void awaitChange(Hint change) {
    await()
        .atMost(WAIT)
        .until(() -> {
          seen.addAll(source.take(Duration.ofMillis(20)));
          return seen.contains(change);
        });
  }

  private static Hint touched(String path) {
    return new Touched(RelativePath.of(path));
  }
}
