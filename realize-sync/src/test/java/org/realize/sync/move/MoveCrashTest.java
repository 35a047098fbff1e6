package org.realize.sync.move;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.pin.DropOutcome;
import org.realize.sync.real.PartialFiles;
import org.realize.sync.real.RootCapabilities;
import org.realize.sync.testing.ManualTime;
import org.realize.sync.testing.MemoryDisk;

/**
 * Moves whose ends lose power or die after every single effect: at any moment one end has the whole
 * file, and the next move finishes what is left.
 */
final class MoveCrashTest {
  private static final String FILE = "d/f";
  private static final long SEED = Long.getLong("realize.seed", 20_261_124);

  private final byte[] content = new byte[4_500_000];
  private final byte[] small = new byte[5_000];

  /** The end that stops, and the kind of its stop. */
  private enum Stop {
    SOURCE_POWER,
    TARGET_POWER,
    TARGET_KILLED
  }

  private static final class Ends {
    final MemoryDisk from = new MemoryDisk(new ManualTime());
    final MemoryDisk to = new MemoryDisk(new ManualTime(), 1L << 40, 2);

    void move() throws RealizeException, InterruptedException {
      MoveSource source = new PlainSource("nas", from, new ManualTime()).files();
      FileMove move =
          new FileMove(
              source, PlainTarget.files("desk", to, RootCapabilities.FULL), false, new Tally());
      List<MovedFile> directories = new ArrayList<>();
      for (MovedFile file : source.list(Optional.empty(), 10).files()) {
        if (file.isDirectory()) {
          move.prepare(file);
          directories.addFirst(file);
        } else {
          move(move, file);
        }
      }
      for (MovedFile directory : directories) {
        move(move, directory);
      }
    }

    private static void move(FileMove move, MovedFile file)
        throws RealizeException, InterruptedException {
      move.copy(file);
      if (move.source().drop(List.of(file)).getFirst()
          instanceof DropOutcome.Failed(RealizeException cause)) {
        throw cause;
      }
    }

    /** The directory that was empty, or the link, is whole somewhere. */
    boolean hasOthers() throws IOException {
      return (isEmptyThere(from) || isEmptyThere(to)) && (isLinkThere(from) || isLinkThere(to));
    }

    private static boolean isEmptyThere(MemoryDisk disk) throws IOException {
      return disk.stat(RelativePath.of("d/e")).filter(stat -> stat.mode() == 0510).isPresent();
    }

    private static boolean isLinkThere(MemoryDisk disk) throws IOException {
      return disk.stat(RelativePath.of("d/l")).isPresent()
          && disk.readLink(RelativePath.of("d/l")).equals("f");
    }

    MemoryDisk stopping(Stop stop) {
      return stop == Stop.SOURCE_POWER ? from : to;
    }

    List<String> partials() throws IOException {
      boolean isThere = to.stat(PartialFiles.DIRECTORY).isPresent();
      return isThere ? to.list(PartialFiles.DIRECTORY).names() : List.of();
    }

    boolean has(MemoryDisk disk, byte[] content) {
      try {
        return Arrays.equals(disk.user().read(FILE), content);
      } catch (IOException e) {
        return false;
      }
    }
  }

  private Ends prepared(byte[] content) throws IOException {
    Ends ends = new Ends();
    ends.from.user().createDirectory("d");
    ends.from.user().write(FILE, content);
    ends.from.user().createDirectory("d/e");
    ends.from.user().mode("d/e", 0510);
    ends.from.user().symbolicLink("d/l", "f");
    ends.from.forceAll();
    return ends;
  }

  @Test
  void move_stoppedAfterEveryEffect_losesNothingAndIsFinishedLater() throws Exception {
    new SplittableRandom(SEED).nextBytes(content);
    for (Stop stop : Stop.values()) {
      boolean stopped = true;
      for (int effects = 0; stopped; effects++) {
        String when = "%s after %d effects, seed %d".formatted(stop, effects, SEED);
        Ends ends = prepared(content);
        stopped = stopAfter(ends, stop, effects);
        assertThat(ends.has(ends.from, content) || ends.has(ends.to, content)).as(when).isTrue();
        assertThat(ends.hasOthers()).as(when).isTrue();
        ends.move();
        assertThat(ends.hasOthers()).as(when).isTrue();
        assertThat(ends.from.stat(RelativePath.of("d"))).as(when).isEmpty();
        assertThat(ends.has(ends.to, content)).as(when).isTrue();
        assertThat(ends.from.stat(RelativePath.of(FILE))).as(when).isEmpty();
        assertThat(ends.partials()).as(when).isEmpty();
        assertThat(ends.from.stat(RelativePath.of(FILE))).as(when).isEmpty();
      }
    }
  }

  /** What a killed target has finished is not durable yet, and the next move finds it there. */
  @Test
  void move_targetKilledAndThenWithoutPower_losesNothing() throws Exception {
    new SplittableRandom(SEED).nextBytes(small);
    boolean killed = true;
    for (int first = 0; killed; first++) {
      boolean stopped = true;
      for (int second = 0; stopped; second++) {
        String when = "killed after %d, cut after %d, seed %d".formatted(first, second, SEED);
        Ends ends = prepared(small);
        killed = stopAfter(ends, Stop.TARGET_KILLED, first);
        stopped = stopAfter(ends, Stop.TARGET_POWER, second);
        assertThat(ends.has(ends.from, small) || ends.has(ends.to, small)).as(when).isTrue();
        assertThat(ends.hasOthers()).as(when).isTrue();
      }
    }
  }

  /** Whether the end stopped before the move was done. */
  private static boolean stopAfter(Ends ends, Stop stop, int effects) throws InterruptedException {
    MemoryDisk disk = ends.stopping(stop);
    disk.powerOffAfter(effects);
    boolean stopped = false;
    try {
      ends.move();
    } catch (RealizeException e) {
      stopped = true;
    }
    if (stop == Stop.TARGET_KILLED) {
      disk.kill();
    } else {
      disk.powerCut(new SplittableRandom(SEED + effects));
    }
    return stopped;
  }
}
