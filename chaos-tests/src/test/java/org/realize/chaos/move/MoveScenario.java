package org.realize.chaos.move;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.move.FileMove;
import org.realize.sync.move.MoveSource;
import org.realize.sync.move.MoveTarget;
import org.realize.sync.move.MovedFile;
import org.realize.sync.move.Mover;
import org.realize.sync.move.PlainSource;
import org.realize.sync.move.PlainTarget;
import org.realize.sync.move.Tally;
import org.realize.sync.port.Disk;
import org.realize.sync.real.RootCapabilities;
import org.realize.sync.real.Trash;
import org.realize.sync.testing.ManualTime;
import org.realize.sync.testing.MemoryDisk;
import org.realize.sync.testing.SleeplessTime;

/**
 * One household of two ends, drawn from a seed: files, what of them is at the target already, some
 * rounds of moves over bad wires whose ends lose power, are killed or full, users who edit, and a
 * last move over good ones.
 *
 * <p>Oracle. After every round each file's last content is whole at one end at least. After the
 * last move it is at the target and in the trash of the source, and nothing else is left; only
 * where the target had another whole file of that name are both still there.
 */
final class MoveScenario {

  private static final List<String> NAMES = List.of("a", "d/b", "d/c:c", "d/e/f", "d e/g\\h", "z");
  private static final String EMPTY = "y/empty";
  private static final int MODE = 0510;
  private static final String LINK = "y/link";
  private static final int LARGE_BYTES = (2 << 20) + 4_321;

  private final long seed;
  private final SplittableRandom random;
  private final ManualTime time = new ManualTime();
  private final MemoryDisk from = new MemoryDisk(time);
  private final MemoryDisk to = new MemoryDisk(new ManualTime(), 1L << 40, 2);

  /** Contents that users wrote at the source, the last one last. */
  private final Map<String, List<byte[]>> written = new TreeMap<>();

  /** What a user had at the target under the same name. */
  private final Map<String, byte[]> others = new TreeMap<>();

  MoveScenario(long seed) {
    this.seed = seed;
    this.random = new SplittableRandom(seed);
  }

  /** A seed that fails, and why. */
  static final class Failed extends Exception {
    private static final long serialVersionUID = 1L;

    Failed(String message) {
      super(message);
    }
  }

  void run() throws Exception {
    makeFiles();
    int rounds = random.nextInt(1, 5);
    for (int round = 0; round < rounds; round++) {
      troubledRound();
      check("round " + round);
      edit();
    }
    int failures = move(source(), PlainTarget.files("to", to, RootCapabilities.FULL));
    checkEnd(failures);
  }

  private MoveSource source() {
    return new PlainSource("from", from, time).files();
  }

  private byte[] content() {
    int size =
        switch (random.nextInt(6)) {
          case 0 -> 0;
          case 1 -> random.nextInt(LARGE_BYTES);
          default -> random.nextInt(20_000);
        };
    byte[] bytes = new byte[size];
    random.nextBytes(bytes);
    return bytes;
  }

  private static void write(MemoryDisk disk, String name, byte[] bytes) throws IOException {
    for (int slash = name.indexOf('/'); slash >= 0; slash = name.indexOf('/', slash + 1)) {
      RelativePath directory = RelativePath.of(name.substring(0, slash));
      if (disk.stat(directory).isEmpty()) {
        disk.user().createDirectory(directory.toString());
      }
    }
    disk.user().write(name, bytes);
  }

  private void makeFiles() throws Exception {
    for (String name : NAMES) {
      if (random.nextInt(4) > 0) {
        byte[] bytes = content();
        write(from, name, bytes);
        written.put(name, new ArrayList<>(List.of(bytes)));
        if (random.nextInt(8) == 0) {
          byte[] other = random.nextBoolean() ? bytes : content();
          write(to, name, other);
          others.put(name, other);
        } else if (random.nextInt(4) == 0) {
          leavePart(name, bytes);
        }
      }
    }
    from.user().createDirectory("y");
    from.user().createDirectory(EMPTY);
    from.user().mode(EMPTY, MODE);
    from.user().symbolicLink(LINK, "a");
    from.forceAll();
    to.forceAll();
  }

  private static boolean hasLink(MemoryDisk disk) throws IOException {
    RelativePath path = RelativePath.of(LINK);
    return disk.stat(path).isPresent() && disk.readLink(path).equals("a");
  }

  private static boolean hasDirectory(MemoryDisk disk) throws IOException {
    return disk.stat(RelativePath.of(EMPTY)).filter(stat -> stat.mode() == MODE).isPresent();
  }

  /** An earlier move got so far, with some bytes wrong, or too many. */
  private void leavePart(String name, byte[] bytes) throws Exception {
    byte[] part = Arrays.copyOf(bytes, random.nextInt(bytes.length + 100));
    if (part.length > 0 && random.nextBoolean()) {
      part[random.nextInt(part.length)] ^= 1;
    }
    MoveTarget target = PlainTarget.files("to", to, RootCapabilities.FULL);
    for (int at = 0; at < part.length; at += 1 << 20) {
      int end = Math.min(part.length, at + (1 << 20));
      target.send(RelativePath.of(name), at, Arrays.copyOfRange(part, at, end));
    }
  }

  private void edit() throws IOException {
    for (Map.Entry<String, List<byte[]>> file : written.entrySet()) {
      if (random.nextInt(6) == 0 && from.stat(RelativePath.of(file.getKey())).isPresent()) {
        byte[] bytes = content();
        from.user().write(file.getKey(), bytes);
        file.getValue().add(bytes);
      }
    }
    from.forceAll();
  }

  private void troubledRound() throws Exception {
    double rate = random.nextInt(3) == 0 ? 0 : random.nextDouble() * 0.08;
    FaultySource source = new FaultySource(source(), new BadWire(random.split(), rate));
    FaultyTarget target =
        new FaultyTarget(
            PlainTarget.files("to", to, RootCapabilities.FULL), new BadWire(random.split(), rate));
    MemoryDisk stopping = random.nextBoolean() ? from : to;
    int trouble = random.nextInt(4);
    if (trouble <= 1) {
      stopping.powerOffAfter(random.nextInt(60));
    } else if (trouble == 2) {
      to.capacity(random.nextLong(1, LARGE_BYTES));
    }
    move(source, target);
    to.capacity(1L << 40);
    if (trouble == 0) {
      stopping.powerCut(random.split());
    } else if (trouble == 1) {
      stopping.kill();
    }
  }

  /** Moves all; returns how many files failed. */
  private int move(MoveSource source, MoveTarget target) throws InterruptedException {
    Mover.Settings settings = new Mover.Settings(4, Duration.ofMinutes(20));
    FileMove move = new FileMove(source, target, false, new Tally());
    Mover mover = new Mover(move, settings, new Deaf(), new SleeplessTime(), random.split());
    try {
      return mover.run();
    } catch (RealizeException e) {
      return NAMES.size();
    }
  }

  /** A listener that ignores all events. */
  private static final class Deaf implements Mover.MoveListener {
    @Override
    public void moved(MovedFile file, FileMove.MoveOutcome outcome) {}

    @Override
    public void retrying(MovedFile file, RealizeException cause, Duration delay) {}

    @Override
    public void failed(MovedFile file, RealizeException cause) {}
  }

  private static byte @Nullable [] read(MemoryDisk disk, String name) {
    try {
      return disk.stat(RelativePath.of(name)).isEmpty() ? null : disk.user().read(name);
    } catch (IOException e) {
      return null;
    }
  }

  private void check(String when) throws Failed, IOException {
    require(hasLink(from) || hasLink(to), when + ": the link is lost");
    require(hasDirectory(from) || hasDirectory(to), when + ": the empty directory is lost");
    for (Map.Entry<String, List<byte[]>> file : written.entrySet()) {
      byte[] last = file.getValue().getLast();
      boolean isThere =
          Arrays.equals(read(from, file.getKey()), last)
              || Arrays.equals(read(to, file.getKey()), last);
      if (!isThere) {
        throw new Failed("seed %d, %s: '%s' is lost".formatted(seed, when, file.getKey()));
      }
    }
    for (Map.Entry<String, byte[]> other : others.entrySet()) {
      if (!Arrays.equals(read(to, other.getKey()), other.getValue())) {
        throw new Failed(
            "seed %d, %s: another's '%s' was touched".formatted(seed, when, other.getKey()));
      }
    }
  }

  private void checkEnd(int failures) throws Exception {
    check("the end");
    require(hasLink(to) && hasDirectory(to), "the link or the empty directory was not moved");
    require(from.stat(RelativePath.of("y")).isEmpty(), "an emptied directory is left");
    int kept = 0;
    for (Map.Entry<String, List<byte[]>> file : written.entrySet()) {
      String name = file.getKey();
      byte[] there = read(to, name);
      byte[] last = file.getValue().getLast();
      if (read(from, name) == null) {
        require(Arrays.equals(there, last), name + " is not whole at the target");
        require(isInTrash(name, last), name + " is not in the trash of the source");
      } else {
        kept++;
        boolean isEarlier =
            file.getValue().stream().anyMatch(earlier -> Arrays.equals(earlier, there));
        require(
            there != null && !Arrays.equals(there, last) && (others.containsKey(name) || isEarlier),
            name + " stayed at the source for no reason");
      }
    }
    require(failures == kept, failures + " failures, " + kept + " files kept");
    require(
        files(from, RelativePath.of(".realize")) == files(from, Trash.DIRECTORY),
        "something is left at the source");
    require(
        files(to, RelativePath.of(".realize")) <= others.size(), "something is left at the target");
  }

  private boolean isInTrash(String name, byte[] bytes) throws IOException {
    for (String place : from.list(Trash.DIRECTORY).names()) {
      if (Arrays.equals(read(from, Trash.DIRECTORY.child(place) + "/" + name), bytes)) {
        return true;
      }
    }
    return false;
  }

  private void require(boolean holds, String what) throws Failed {
    if (!holds) {
      throw new Failed("seed %d: %s".formatted(seed, what));
    }
  }

  private static int files(MemoryDisk disk, RelativePath directory) throws IOException {
    int count = 0;
    if (disk.stat(directory).isPresent()) {
      for (Disk.Entry entry : disk.entries(directory).entries()) {
        RelativePath path = directory.child(entry.name());
        count +=
            switch (entry.stat().kind()) {
              case DIRECTORY -> files(disk, path);
              case FILE, LINK, OTHER -> 1;
            };
      }
    }
    return count;
  }
}
