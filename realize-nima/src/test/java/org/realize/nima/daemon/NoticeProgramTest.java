package org.realize.nima.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.realize.nima.control.NodeEvent.EventKind;
import org.realize.nima.control.NodeEvent.EventState;
import org.realize.nima.control.NodeEvent.Occurrence;
import org.realize.nima.observe.EventRing;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.testing.ManualTime;

@Timeout(120)
class NoticeProgramTest {

  private static final Duration LONG = Duration.ofMinutes(1);
  private static final Duration REST = Duration.ofSeconds(10);

  @TempDir private Path directory;
  private final EventRing events = new EventRing(new ManualTime());

  private void add(EventKind kind, EventState state, @Nullable String path, String text) {
    events.add(new Occurrence(kind, state, "photos", null, path, text));
  }

  /** A program that writes what it reads to {@code said}, and a line after each run. */
  private NoticeFeed notices() {
    return shell("cat >> said; echo . >> said");
  }

  private NoticeFeed shell(String script) {
    String inside = "cd '%s'; %s".formatted(directory, script);
    return feed(LONG, "sh", "-c", inside);
  }

  private NoticeFeed feed(Duration longestRun, String... command) {
    return new NoticeFeed(events, new NoticeProgram(List.of(command), longestRun));
  }

  private String said() throws Exception {
    Path file = directory.resolve("said");
    return Files.exists(file) ? Files.readString(file) : "";
  }

  @Test
  void step_whatWaitsForADecision_isGivenToTheProgramOnce() throws Exception {
    NoticeFeed notices = notices();
    add(EventKind.CONFLICT, EventState.BEGUN, "a", "conflict at 'a'");
    add(EventKind.PEER, EventState.BEGUN, null, "connected to desk");
    add(EventKind.HELD, EventState.BEGUN, null, "held\u202e");
    add(EventKind.DAMAGED, EventState.HAPPENED, null, "the finding of it is told");
    add(EventKind.CONFLICT, EventState.ENDED, "b", "conflict at 'b'");

    assertThat(notices.step()).isEqualTo(REST);
    assertThat(said().lines()).hasSize(3);
    assertThat(said().lines().toList().getFirst())
        .contains("\"kind\":\"conflict\"")
        .contains("\"path\":\"a\"")
        .contains("\"text\":\"conflict at 'a'\"");
    assertThat(said().lines().toList().get(1)).contains("held\\u202e");

    add(EventKind.IN_DOUBT, EventState.BEGUN, null, "usb");
    assertThat(notices.step()).isEqualTo(REST);
    assertThat(said().lines()).hasSize(5);
    add(EventKind.SYNCING, EventState.BEGUN, null, "not in sync");
    assertThat(notices.step()).isEqualTo(Duration.ZERO);
    assertThat(said().lines()).hasSize(5);
  }

  @Test
  void step_moreThanOneRunTakes_isGivenToTheNextOnes_eachEventOnce() throws Exception {
    NoticeFeed notices = notices();
    for (int i = 0; i < 40; i++) {
      add(EventKind.CONFLICT, EventState.BEGUN, "p" + i, "x".repeat(1_900));
    }
    for (int run = 0; run < 3; run++) {
      assertThat(notices.step()).isEqualTo(REST);
    }
    List<String> lines = said().lines().toList();
    assertThat(lines.stream().filter("."::equals)).hasSize(3);
    for (int i = 0; i < 40; i++) {
      String path = "\"path\":\"p%d\"".formatted(i);
      assertThat(lines.stream().filter(line -> line.contains(path))).hasSize(1);
    }
  }

  @Test
  void step_programThatFailsOrReadsNothing_isNotRunAgainForTheSame() throws Exception {
    NoticeFeed notices = shell("echo . >> said; exit 3");
    add(EventKind.CONFLICT, EventState.BEGUN, "a", "x".repeat(1_900));
    assertThat(notices.step()).isEqualTo(REST);
    add(EventKind.PEER, EventState.BEGUN, null, "connected");
    assertThat(notices.step()).isEqualTo(Duration.ZERO);
    assertThat(said()).isEqualTo(".\n");
  }

  @Test
  void step_programThatDoesNotEnd_isGivenUp() throws Exception {
    NoticeFeed notices = feed(Duration.ofMillis(1), "sleep", "1000");
    add(EventKind.CONFLICT, EventState.BEGUN, "a", "conflict");
    assertThat(notices.step()).isEqualTo(REST);
  }

  @Test
  void step_interrupted_endsTheProgramAndWhatItStarted() throws Exception {
    Path file = directory.resolve("child");
    NoticeFeed notices = shell("sleep 1000 & echo $! > child; wait");
    add(EventKind.CONFLICT, EventState.BEGUN, "a", "conflict");
    FutureTask<Duration> step = new FutureTask<>(notices::step);
    Thread thread = Thread.ofPlatform().start(step);
    await().atMost(LONG).until(() -> Files.exists(file) && Files.size(file) > 0);
    thread.interrupt();
    assertThatThrownBy(step::get).hasCauseInstanceOf(InterruptedException.class);
    long child = Long.parseLong(Files.readString(file).strip());
    ProcessHandle.of(child).ifPresent(handle -> handle.onExit().join());
  }

  @Test
  void step_programThatIsNotThere_isTriedAgainWithTheSame() throws Exception {
    Path program = directory.resolve("program");
    NoticeFeed notices = feed(LONG, program.toString());
    add(EventKind.CONFLICT, EventState.BEGUN, "a", "conflict");
    assertThatThrownBy(notices::step)
        .isInstanceOf(StorageFailed.class)
        .hasMessageContaining("run the program of notices '" + program + "'");
    Files.writeString(program, "#!/bin/sh\ncat > '%s/said'\n".formatted(directory));
    assertThat(program.toFile().setExecutable(true)).isTrue();
    assertThat(notices.step()).isEqualTo(REST);
    assertThat(said()).contains("\"path\":\"a\"");
  }
}
