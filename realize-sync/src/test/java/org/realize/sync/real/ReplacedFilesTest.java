package org.realize.sync.real;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Disk;
import org.realize.sync.port.Disk.OpenMode;
import org.realize.sync.port.DiskFile;
import org.realize.sync.port.FileStat;
import org.realize.sync.real.ReplacedFiles.Outcome;
import org.realize.sync.testing.ManualTime;
import org.realize.sync.testing.MemoryDisk;

class ReplacedFilesTest {

  private static final long SEED = Long.getLong("realize.seed", 20_261_126);
  private static final String FILE = "d/f";
  private static final String INSIDE = FILE + "/inside";
  private static final int PAGE_BYTES = 4096;
  private static final RelativePath PATH = RelativePath.of(FILE);
  private static final byte[] OLD = "old".getBytes(StandardCharsets.UTF_8);
  private static final byte[] NEW = "the new one".getBytes(StandardCharsets.UTF_8);
  private static final byte[] USERS = "the user's".getBytes(StandardCharsets.UTF_8);

  private final ManualTime time = new ManualTime();

  /** A root with one file that was hashed long ago. */
  private final class Root {
    final MemoryDisk disk = new MemoryDisk(time);
    final FileStat listed;

    Root() throws IOException {
      disk.user().createDirectory("d");
      disk.user().write(FILE, OLD);
      disk.forceAll();
      listed = disk.stat(PATH).orElseThrow();
      time.advance(Duration.ofMinutes(1));
    }

    Outcome replace(Disk seen) throws IOException {
      ReplacedFiles files = new ReplacedFiles(seen, time);
      try (DiskFile made = files.build(PATH)) {
        made.write(ByteBuffer.wrap(NEW), 0);
        made.force();
      }
      return files.replace(PATH, listed);
    }

    void restore() throws IOException, RealizeException {
      new ReplacedFiles(disk, time).restore(_ -> Optional.of(listed));
    }

    byte @Nullable [] shown() throws IOException {
      if (disk.stat(PATH).isEmpty()) {
        return null;
      }
      boolean isFile = disk.stat(PATH).get().kind() == FileStat.Kind.FILE;
      return disk.user().read(isFile ? FILE : INSIDE);
    }

    void requireTidy(String when) throws IOException {
      assertThat(disk.stat(ReplacedFiles.BUILDING)).as(when).isEmpty();
      assertThat(disk.stat(ReplacedFiles.DIRECTORY)).as(when).isEmpty();
    }

    Optional<byte[]> trashed() throws IOException {
      if (disk.stat(Trash.DIRECTORY).isEmpty()) {
        return Optional.empty();
      }
      String day = disk.list(Trash.DIRECTORY).names().getFirst();
      return Optional.of(disk.user().read(Trash.DIRECTORY + "/" + day + "/" + FILE));
    }
  }

  /** What a user does to the file meanwhile. */
  enum Meddling {
    WRITES {
      @Override
      void happens(MemoryDisk disk) throws IOException {
        disk.user().write(FILE, USERS);
      }
    },
    RENAMES_OVER {
      @Override
      void happens(MemoryDisk disk) throws IOException {
        disk.user().write("temporary", USERS);
        disk.user().rename("temporary", FILE);
      }
    },
    DELETES {
      @Override
      void happens(MemoryDisk disk) throws IOException {
        disk.user().delete(FILE);
      }
    },
    MAKES_A_DIRECTORY {
      @Override
      void happens(MemoryDisk disk) throws IOException {
        disk.user().delete(FILE);
        disk.user().createDirectory(FILE);
        disk.user().write(INSIDE, USERS);
      }
    },
    CHANGES_MODE {
      @Override
      void happens(MemoryDisk disk) throws IOException {
        disk.user().mode(FILE, 0600);
      }
    };

    abstract void happens(MemoryDisk disk) throws IOException;

    /** What is at the path then; null for nothing. */
    byte @Nullable [] expected() {
      return this == DELETES ? null : USERS;
    }
  }

  /** A disk on which a user meddles in front of one of the program's calls. */
  private static final class Meddled {
    final Disk disk;
    boolean happened;
    private int calls;

    Meddled(MemoryDisk real, int call, Meddling meddling) {
      disk =
          (Disk)
              Proxy.newProxyInstance(
                  Disk.class.getClassLoader(),
                  new Class<?>[] {Disk.class},
                  (_, method, arguments) -> {
                    if (calls++ == call) {
                      meddling.happens(real);
                      happened = true;
                    }
                    try {
                      return method.invoke(real, arguments);
                    } catch (InvocationTargetException e) {
                      throw e.getCause();
                    }
                  });
    }
  }

  @Test
  void replace_unchangedFile_newOneIsThere_oldOneInTheTrash() throws Exception {
    Root root = new Root();
    assertThat(root.replace(root.disk)).isEqualTo(Outcome.REPLACED);
    assertThat(root.shown()).isEqualTo(NEW);
    assertThat(root.trashed()).hasValue(OLD);
    root.disk.powerCut(new SplittableRandom(SEED));
    root.restore();
    assertThat(root.shown()).isEqualTo(NEW);
    root.requireTidy("after a power cut");
  }

  @Test
  void replace_openFile_stays() throws Exception {
    Root root = new Root();
    try (DiskFile _ = root.disk.open(PATH, OpenMode.UPDATE)) {
      assertThat(root.replace(root.disk)).isEqualTo(Outcome.OPEN);
    }
    assertThat(root.shown()).isEqualTo(OLD);
    root.restore();
    root.requireTidy("open");
    assertThat(root.trashed()).isEmpty();
  }

  @Test
  void replace_directoryByNow_stays() throws Exception {
    Root root = new Root();
    root.disk.user().delete(FILE);
    root.disk.user().createDirectory(FILE);
    assertThat(root.replace(root.disk)).isEqualTo(Outcome.CHANGED);
    assertThat(root.disk.stat(PATH).orElseThrow().kind()).isEqualTo(FileStat.Kind.DIRECTORY);
    root.restore();
    root.requireTidy("directory");
  }

  @Test
  void expire_after30Days_isGone_beforeIsNot() throws Exception {
    Root root = new Root();
    root.replace(root.disk);
    root.disk.user().createDirectory(".realize/trash/mine");
    Trash trash = new Trash(root.disk, time);
    time.advance(Trash.KEPT);
    trash.step();
    assertThat(root.trashed()).isPresent();
    time.advance(Duration.ofMillis(1));
    trash.step();
    assertThat(root.trashed()).as("looked at a moment ago").isPresent();
    time.advance(Duration.ofHours(1));
    trash.step();
    assertThat(root.disk.list(Trash.DIRECTORY).names()).containsExactly("mine");
  }

  @Test
  void expire_moreThanATenthOfTheDisk_oldestGoesFirst() throws Exception {
    Root root = new Root();
    Trash trash = new Trash(root.disk, time);
    for (String content : List.of("first", "second", "third")) {
      root.disk.user().write("x", content.getBytes(StandardCharsets.UTF_8));
      time.advance(Duration.ofHours(1));
      trash.put(RelativePath.of("x"), PATH);
    }
    root.disk.capacity(10L * 3 * PAGE_BYTES);
    trash.expire();
    assertThat(root.trashed()).hasValue("first".getBytes(StandardCharsets.UTF_8));

    root.disk.capacity(10L * 3 * PAGE_BYTES - 1);
    trash.expire();
    assertThat(root.trashed()).hasValue("second".getBytes(StandardCharsets.UTF_8));
    assertThat(root.disk.list(Trash.DIRECTORY).names()).hasSize(2);
  }

  @ParameterizedTest
  @EnumSource(Meddling.class)
  void replace_userMeddlesAnywhere_killedAnywhere_usersChangeStands(Meddling meddling)
      throws Exception {
    int cases = 0;
    boolean stopped = true;
    for (int effects = 0; stopped; effects++) {
      boolean happened = true;
      for (int call = 0; happened; call++) {
        String when = "%s before call %d, killed after %d".formatted(meddling, call, effects);
        Root root = new Root();
        Meddled meddled = new Meddled(root.disk, call, meddling);
        root.disk.powerOffAfter(effects);
        stopped = false;
        try {
          root.replace(meddled.disk);
        } catch (IOException e) {
          stopped = true;
        }
        root.disk.kill();
        root.restore();
        happened = meddled.happened;
        if (happened && meddling != Meddling.CHANGES_MODE) {
          assertThat(root.shown()).as(when).isEqualTo(meddling.expected());
        } else {
          assertThat(root.shown()).as(when).isIn(OLD, NEW);
        }
        root.requireTidy(when);
        cases++;
      }
    }
    assertThat(cases).isGreaterThan(100);
  }

  @Test
  void replace_powerCutAnywhere_oneOfTheTwoIsThereWhole() throws Exception {
    for (int seed = 0; seed < 20; seed++) {
      boolean stopped = true;
      for (int effects = 0; stopped; effects++) {
        String when = "cut after %d effects, seed %d".formatted(effects, SEED + seed);
        Root root = new Root();
        root.disk.powerOffAfter(effects);
        stopped = false;
        try {
          root.replace(root.disk);
        } catch (IOException e) {
          stopped = true;
        }
        root.disk.powerCut(new SplittableRandom(SEED + seed));
        root.restore();
        assertThat(root.shown()).as(when).isIn(OLD, NEW);
        assertThat(stopped || java.util.Arrays.equals(root.shown(), NEW)).as(when).isTrue();
        root.requireTidy(when);
      }
    }
  }

  @Test
  void replace_noNewFile_fails() throws Exception {
    Root root = new Root();
    assertThatThrownBy(() -> new ReplacedFiles(root.disk, time).replace(PATH, root.listed))
        .isInstanceOf(IOException.class);
    assertThat(root.shown()).isEqualTo(OLD);
  }
}
