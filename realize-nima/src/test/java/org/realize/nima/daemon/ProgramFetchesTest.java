package org.realize.nima.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.realize.nima.config.ByteSize;
import org.realize.nima.config.FetchSettings;
import org.realize.nima.control.EventQuery;
import org.realize.nima.control.NodeEvent;
import org.realize.nima.control.NodeEvent.EventKind;
import org.realize.nima.control.ProgramFetch;
import org.realize.nima.observe.EventRing;
import org.realize.sync.model.Inode;
import org.realize.sync.testing.ManualTime;

class ProgramFetchesTest {

  @TempDir private Path processes;

  private final ManualTime time = new ManualTime();
  private final EventRing events = new EventRing(time);
  private ProgramFetches fetches;

  @BeforeEach
  void open() throws IOException {
    fetches = with(new FetchSettings(FetchSettings.USUAL_CRAWLERS, Optional.empty()));
    program(100, "cat", "/usr/bin/cat", "0::/user.slice/user-1000.slice/session.scope");
    Files.createDirectory(processes.resolve("101"));
    Files.writeString(processes.resolve("101/status"), "Name:\tworker\nTgid:\t100\nPid:\t101\n");
  }

  private ProgramFetches with(FetchSettings settings) {
    return new ProgramFetches(
        settings, inode -> "photos/f" + inode.value(), processes, time, events);
  }

  private void program(int id, String command, String file, String cgroup) throws IOException {
    Path process = Files.createDirectory(processes.resolve(Integer.toString(id)));
    Files.writeString(process.resolve("status"), "Name:\t" + command + "\nTgid:\t" + id + "\n");
    Files.writeString(process.resolve("comm"), command + "\n");
    Files.writeString(process.resolve("cgroup"), cgroup + "\n");
    Files.createSymbolicLink(process.resolve("exe"), Path.of(file));
  }

  @Test
  void admit_programThatIsNoCrawler_isNamedByItsProcess() {
    assertThat(fetches.admit(100)).isEqualTo("cat");
    assertThat(fetches.admit(101)).as("another thread of it").isEqualTo("cat");
    assertThat(fetches.admit(4711)).as("it has ended").isEqualTo("?");
    assertThat(fetches.admit(0)).as("it cannot be seen").isEqualTo("?");
  }

  @Test
  void admit_crawlersByCommandFileOrCgroup_areNot() throws IOException {
    program(1, "updatedb.plocat", "/usr/sbin/updatedb.plocate", "0::/system.slice/plocate.service");
    program(2, "evince-thumbnai", "/usr/bin/evince-thumbnailer", "0::/user.slice");
    program(3, "pool-main", "/usr/libexec/x", "0::/user.slice/tracker-miner-fs-3.service");
    program(4, "baloo_file_extr", "/usr/lib/baloo_file_extractor", "1:cpu:/\n0::/");
    program(5, "notupdatedb", "/usr/bin/notupdatedb", "0::/user.slice/my-tracker-x.service");
    for (int id = 1; id <= 4; id++) {
      assertThat(fetches.admit(id)).as("process %d", id).isNull();
    }
    assertThat(fetches.admit(5)).isEqualTo("notupdatedb");
    assertThat(with(new FetchSettings(List.of("c.t"), Optional.empty())).admit(100))
        .as("no regular expression")
        .isEqualTo("cat");
  }

  @Test
  void files_readByPrograms_areAddedUpInTheOrderOfTheirLastRead() {
    Instant start = Instant.ofEpochMilli(time.unixMillis());
    fetches.fetched("cat", new Inode(1), 10);
    fetches.fetched("cat", new Inode(2), 20);
    time.advance(Duration.ofSeconds(5));
    fetches.fetched("cat", new Inode(1), 30);
    fetches.fetched("dd", new Inode(2), 1);
    Instant last = start.plusSeconds(5);

    assertThat(fetches.files())
        .containsExactly(
            new ProgramFetch("cat", "photos/f2", 20, 1, start, start),
            new ProgramFetch("cat", "photos/f1", 40, 2, start, last),
            new ProgramFetch("dd", "photos/f2", 1, 1, last, last));
    for (int i = 0; i < 2 * ProgramFetches.MAX_FILES; i++) {
      fetches.fetched("find", new Inode(10 + i), 1);
    }
    assertThat(fetches.files()).hasSize(ProgramFetches.MAX_FILES);
    assertThat(fetches.files().getLast().path())
        .isEqualTo("photos/f" + (9 + 2 * ProgramFetches.MAX_FILES));
  }

  @Test
  void fetched_byOneProgram_isOneEventAMinute() throws Exception {
    fetches.fetched("cat", new Inode(1), 10);
    fetches.fetched("cat", new Inode(2), 20);
    fetches.fetched("dd", new Inode(2), 20);
    time.advance(Duration.ofMinutes(1));
    fetches.fetched("cat", new Inode(3), 20);

    assertThat(events.read(new EventQuery(null, 0)).events())
        .allSatisfy(event -> assertThat(event.kind()).isEqualTo(EventKind.PROGRAM))
        .extracting(NodeEvent::text)
        .containsExactly(
            "cat reads files in the mount that are not here: 'photos/f1'",
            "dd reads files in the mount that are not here: 'photos/f2'",
            "cat reads files in the mount that are not here: 'photos/f3'");
  }

  @Test
  void overBudget_programThatFetchedMoreWithinTheHour_isListedUntilItEnds() {
    ProgramFetches limited = with(new FetchSettings(List.of(), Optional.of(new ByteSize(1024))));
    limited.fetched("cat", new Inode(1), 1024);
    limited.fetched("dd", new Inode(1), 10);
    assertThat(limited.overBudget()).isEmpty();
    limited.fetched("cat", new Inode(2), 1024);
    assertThat(limited.overBudget())
        .containsExactly(
            "cat has read 2.0 KiB in the mount this hour that were not here, more than 1.0 KiB;"
                + " see 'realize events --programs'");
    time.advance(Duration.ofHours(1));
    assertThat(limited.overBudget()).isEmpty();
    limited.fetched("cat", new Inode(2), 1000);
    assertThat(limited.overBudget()).isEmpty();
  }
}
