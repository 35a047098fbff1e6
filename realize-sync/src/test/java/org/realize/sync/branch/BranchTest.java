package org.realize.sync.branch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.realize.sync.content.OpenFile;
import org.realize.sync.delta.TreeHasher;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.Content;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.DiskFull;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.Version;
import org.realize.sync.model.VersionVector;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.Disk;
import org.realize.sync.port.Disk.OpenMode;
import org.realize.sync.port.DiskFile;
import org.realize.sync.port.Finding;
import org.realize.sync.real.FreeNames;
import org.realize.sync.real.Real;
import org.realize.sync.real.RootCapabilities;
import org.realize.sync.testing.ManualTime;
import org.realize.sync.testing.MemoryDisk;
import org.realize.sync.testing.MemoryGlobalStore;
import org.realize.sync.testing.PowerOffException;

/** Branches of one file on a disk in memory, as their users find them after every kind of end. */
class BranchTest {

  private static final RelativePath PATH = RelativePath.of("f");
  private static final RelativePath DIRECTORY = RelativePath.of(".realize/branch");
  private static final int BASE_BYTES = 20_000;
  private static final int MAX_BYTES = 30_000;

  private final ManualTime time = new ManualTime();
  private final MemoryDisk disk = new MemoryDisk(time);
  private final ArenaStore store =
      new MemoryGlobalStore(new SplittableRandom(1)).arena(new ArenaName("photos"));
  private byte[] base = bytes(7, BASE_BYTES);

  private static byte[] bytes(long seed, int length) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  /** The base, all of it at a peer: no read is answered at once. */
  private static final class BaseFile implements OpenFile {
    private final byte[] bytes;

    BaseFile(byte[] bytes) {
      this.bytes = bytes;
    }

    @Override
    public long sizeBytes() {
      return bytes.length;
    }

    @Override
    public int readNow(long offset, ByteBuffer destination) {
      return WOULD_WAIT;
    }

    @Override
    public int read(long offset, ByteBuffer destination) {
      int length = (int) Math.min(destination.remaining(), bytes.length - offset);
      destination.put(bytes, (int) offset, length);
      return length;
    }

    @Override
    public Optional<Path> backing() {
      return Optional.empty();
    }

    @Override
    public void close() {}
  }

  private Version version() {
    TreeHasher hasher = new TreeHasher(TreeHasher.NO_NODES);
    hasher.update(ByteBuffer.wrap(base));
    return Version.of(new Content.File(hasher.finish(), base.length), VersionVector.EMPTY);
  }

  /** A taker that does without a store. */
  private final class Taker implements BranchEnd {
    @Override
    public boolean take(Branch branch) throws RealizeException {
      try {
        var ignored = FreeNames.move(disk, branch.file(), branch.path());
        return true;
      } catch (IOException e) {
        throw Disk.failure("take", e);
      }
    }

    @Override
    public void taken(Branch branch) {}
  }

  private Branches life(String boot) throws RealizeException {
    return life(boot, store);
  }

  private Branches life(String boot, ArenaStore in) throws RealizeException {
    Real real = new Real(disk, RootCapabilities.FULL, in, time);
    Branches branches = new Branches(real, in, (_, _) -> new BaseFile(base), time, boot);
    branches.attach(new Taker());
    return branches;
  }

  private static byte[] read(Branch branch) throws Exception {
    ByteBuffer all = ByteBuffer.allocate(MAX_BYTES * 2);
    int length = branch.read(0, all);
    return Arrays.copyOf(all.array(), length);
  }

  private byte[] read(RelativePath path) throws IOException {
    try (DiskFile file = disk.open(path, OpenMode.READ)) {
      ByteBuffer all = ByteBuffer.allocate(Math.toIntExact(file.sizeBytes()));
      file.read(all, 0);
      return all.array();
    }
  }

  /** What a branch shows, whether it has its name or not; the base if there is none. */
  private byte[] seen(Branches branches) throws Exception {
    Branch branch = branches.at(PATH);
    if (branch != null) {
      return read(branch);
    }
    return disk.stat(PATH).isPresent() ? read(PATH) : base;
  }

  private void completeAll(Branches branches) throws Exception {
    for (int i = 0; i < 100 && branches.step().isZero(); i++) {
      // goes on
    }
  }

  // ---- programs

  /** A program that writes at random, and what it must find. */
  private final class Writer {
    final SplittableRandom random;
    byte[] content = base.clone();

    /** The contents from the last force on, with the one that is being made. */
    final List<byte[]> since = new ArrayList<>(List.of(content));

    int forcedBytes = -1;

    Writer(long seed) {
      random = new SplittableRandom(seed);
    }

    void step(Branch branch) throws Exception {
      switch (random.nextInt(12)) {
        case 0, 1, 2, 3, 4 -> {
          int offset = random.nextInt(MAX_BYTES - 3_000);
          write(branch, offset, random.nextInt(1, 3_000));
        }
        case 5 -> write(branch, content.length, random.nextInt(1, 100));
        case 6 -> resize(branch, random.nextInt(MAX_BYTES));
        case 7, 8 -> force(branch);
        default -> {
          boolean ignored = branch.fillIn(random.nextInt(1, 1_500));
        }
      }
    }

    private void write(Branch branch, int offset, int length) throws RealizeException {
      byte[] part = bytes(random.nextLong(), length);
      byte[] after = Arrays.copyOf(content, Math.max(content.length, offset + length));
      System.arraycopy(part, 0, after, offset, length);
      since.add(after);
      assertThat(branch.write(offset, ByteBuffer.wrap(part), false)).isEqualTo(length);
      content = after;
    }

    private void resize(Branch branch, int size) throws RealizeException {
      byte[] after = Arrays.copyOf(content, size);
      since.add(after);
      branch.resize(size);
      content = after;
    }

    private void force(Branch branch) throws RealizeException {
      branch.force();
      since.clear();
      since.add(content);
      forcedBytes = content.length;
    }

    /** Every byte is one that it was since the last force; what was never forced may be zero. */
    void requirePossible(byte[] found) {
      assertThat(since.stream().map(each -> each.length)).contains(found.length);
      for (int i = 0; i < found.length; i++) {
        Set<Byte> possible = new HashSet<>();
        for (byte[] each : since) {
          if (i < each.length) {
            possible.add(each[i]);
          }
        }
        if (i >= forcedBytes || since.stream().anyMatch(each -> each.length < found.length)) {
          possible.add((byte) 0);
        }
        if (!possible.contains(found[i])) {
          throw new AssertionError("byte " + i + " of " + found.length + ": " + found[i]);
        }
      }
    }

    /** All is as before the call that was stopped, or as after it, or that is half done. */
    void requireAllWritten(byte[] found) {
      byte[] last = since.getLast();
      assertThat(found.length).isIn(content.length, last.length);
      for (int i = 0; i < found.length; i++) {
        boolean isBefore = i < content.length && found[i] == content[i];
        boolean isAfter = i < last.length && found[i] == last[i];
        if (!isBefore && !isAfter) {
          throw new AssertionError("byte " + i + " of " + found.length + ": " + found[i]);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void writes_fillsAndSizes_inAnyOrder_areThoseOfAFile(long seed) throws Exception {
    Branches branches = life("one");
    Branch branch = branches.create(PATH, version(), 0644);
    Writer writer = new Writer(seed);
    for (int i = 0; i < 300; i++) {
      writer.step(branch);
      assertThat(read(branch)).as("step %d", i).isEqualTo(writer.content);
      assertThat(disk.stat(branch.file()).orElseThrow().sizeBytes())
          .isEqualTo(writer.content.length);
    }
    assertThat(branch.use()).isTrue();
    time.advance(Duration.ofSeconds(10));
    completeAll(branches);
    assertThat(read(PATH)).isEqualTo(writer.content);
    assertThat(branches.at(PATH)).isNull();
    assertThat(disk.list(DIRECTORY).names()).isEmpty();
    writer.write(branch, 5, 10);
    assertThat(read(PATH)).isEqualTo(writer.content);
    branches.release(branch);
  }

  /** Runs a writer until an effect, or all of it; the number of effects. */
  private long run(Writer writer, int steps, long effects) throws Exception {
    long before = disk.effects();
    disk.powerOffAfter(effects);
    try {
      Branches branches = life("one");
      Branch branch = branches.create(PATH, version(), 0644);
      for (int i = 0; i < steps; i++) {
        writer.step(branch);
      }
      branches.closed(branch);
      completeAll(branches);
    } catch (RealizeException | PowerOffException off) {
      // as told
    }
    return disk.effects() - before;
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void kill_afterAnyEffect_losesNoCompletedCall(long seed) throws Exception {
    long effects = run(new Writer(seed), 40, Long.MAX_VALUE / 2);
    assertThat(effects).isGreaterThan(50);
    for (long each = 0; each < effects; each++) {
      BranchTest life = new BranchTest();
      Writer writer = life.new Writer(seed);
      run(life, writer, each);
      life.disk.kill();
      Branches next = life.life("one");
      try {
        writer.requireAllWritten(life.seen(next));
        life.completeAll(next);
        writer.requireAllWritten(life.seen(next));
        life.requireNothingLeft(next);
      } catch (AssertionError e) {
        throw new AssertionError("killed after effect " + each, e);
      }
    }
  }

  private static void run(BranchTest life, Writer writer, long effects) throws Exception {
    long ignored = life.run(writer, 40, effects);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void powerCut_afterAnyEffect_losesNothingThatWasForced(long seed) throws Exception {
    requireForced(seed, "two");
  }

  /** The machine runs on: it is the disk that lost what it was not given yet. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void diskPulledOut_afterAnyEffect_losesNothingThatWasForced(long seed) throws Exception {
    requireForced(seed, "one");
  }

  private void requireForced(long seed, String boot) throws Exception {
    long effects = run(new Writer(seed), 40, Long.MAX_VALUE / 2);
    for (long each = 0; each < effects; each++) {
      BranchTest life = new BranchTest();
      Writer writer = life.new Writer(seed);
      run(life, writer, each);
      life.disk.powerCut(new SplittableRandom(seed * 1_000 + each));
      life.disk.remount();
      Branches next = life.life(boot);
      try {
        byte[] found = life.seen(next);
        if (writer.forcedBytes >= 0 || !Arrays.equals(found, base)) {
          writer.requirePossible(found);
        }
        life.completeAll(next);
        assertThat(life.seen(next)).isEqualTo(found);
        life.requireNothingLeft(next);
      } catch (AssertionError e) {
        throw new AssertionError("power cut after effect " + each, e);
      }
    }
  }

  /** What was written counts as a whole, although much of it was written twice. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void close_thenAnotherStartOrMount_losesNoCompletedCall(long seed) throws Exception {
    for (String boot : List.of("one", "two")) {
      BranchTest life = new BranchTest();
      Writer writer = life.new Writer(seed);
      Branches branches = life.life("one");
      Branch branch = branches.create(PATH, version(), 0644);
      for (int i = 0; i < 40; i++) {
        writer.step(branch);
      }
      branches.close();
      life.disk.powerCut(new SplittableRandom(seed));
      life.disk.remount();
      Branches next = life.life(boot);
      assertThat(life.seen(next)).isEqualTo(writer.content);
      life.completeAll(next);
      assertThat(life.seen(next)).isEqualTo(writer.content);
    }
  }

  private void requireNothingLeft(Branches branches) throws IOException {
    assertThat(branches.at(PATH)).isNull();
    if (disk.stat(DIRECTORY).isPresent()) {
      assertThat(disk.list(DIRECTORY).names()).noneMatch(BranchFile::isJournal);
    }
  }

  @Test
  void complete_besideTheLoop_endsABranchOnce_andItsUserGoesOn() throws Exception {
    Branches branches = life("one");
    AtomicBoolean isOver = new AtomicBoolean();
    Thread loop =
        Thread.ofPlatform()
            .start(() -> {
              while (!isOver.get()) {
                try {
                  Duration ignored = branches.step();
                } catch (RealizeException | InterruptedException e) {
                  throw new IllegalStateException(e);
                }
              }
            });
    try {
      for (int i = 0; i < 300; i++) {
        Branch branch = branches.create(PATH, version(), 0644);
        assertThat(branch.use()).isTrue();
        branches.closed(branch);
        branches.complete(branch);
        assertThat(branches.at(PATH)).isNull();
        byte[] part = {(byte) i};
        assertThat(branch.write(7, ByteBuffer.wrap(part), false)).isOne();
        assertThat(read(PATH)[7]).isEqualTo(part[0]);
        branches.release(branch);
        disk.delete(PATH);
      }
    } finally {
      isOver.set(true);
      loop.join();
    }
    assertThat(disk.list(DIRECTORY).names()).isEmpty();
    assertThat(store.<List<Finding>>read(reader -> reader.findings(10))).isEmpty();
  }

  @Test
  void write_withoutRoom_changesNothing() throws Exception {
    Branches branches = life("one");
    Branch branch = branches.create(PATH, version(), 0644);
    assertThat(branch.write(100, ByteBuffer.wrap(bytes(1, 50)), false)).isEqualTo(50);
    byte[] before = read(branch);
    disk.capacity(disk.usage().totalBytes() - disk.usage().freeBytes());
    assertThatThrownBy(() -> branch.write(BASE_BYTES, ByteBuffer.wrap(bytes(2, 50_000)), false))
        .isInstanceOf(DiskFull.class);
    assertThat(read(branch)).isEqualTo(before);
    branches.closed(branch);
    assertThat(branches.step()).isPositive();
    assertThat(branches.step()).isPositive();
    assertThat(read(branch)).isEqualTo(before);
    disk.capacity(1 << 30);
    time.advance(Duration.ofMinutes(1));
    completeAll(branches);
    assertThat(read(PATH)).isEqualTo(before);
  }

  @Test
  void fill_keepsTheTimeAndModeThatProgramsHaveSet() throws Exception {
    Branches branches = life("one");
    Branch branch = branches.create(PATH, version(), 0600);
    try (DiskFile file = disk.open(branch.file(), OpenMode.READ)) {
      file.setAttributes(0644, new FileTime(99, 7));
      time.advance(Duration.ofSeconds(1));
      assertThat(branch.fillIn(1_000)).isFalse();
      assertThat(file.stat().mtime()).isEqualTo(new FileTime(99, 7));
      assertThat(file.stat().mode()).isEqualTo(0644);
    }
  }

  @Test
  void branch_ofAnotherStore_isListed_andLeftAsItIs() throws Exception {
    Branch branch = life("one").create(PATH, version(), 0644);
    int written = branch.write(0, ByteBuffer.wrap(bytes(1, 50)), false);
    assertThat(written).isEqualTo(50);
    disk.kill();
    ArenaStore lost = new MemoryGlobalStore(new SplittableRandom(2)).arena(new ArenaName("photos"));
    Branches branches = life("one", lost);
    completeAll(branches);
    assertThat(branches.at(PATH)).isNull();
    assertThat(disk.stat(PATH)).isEmpty();
    assertThat(disk.stat(branch.file())).isPresent();
    List<Finding> findings = lost.read(reader -> reader.findings(10));
    assertThat(findings)
        .singleElement()
        .satisfies(finding -> {
          assertThat(finding.subject()).isEqualTo(PATH.toString());
          assertThat(finding.cause()).contains(branch.file().toString());
        });
  }

  @Test
  void journal_ofManyWrites_isWrittenAgain_andTellsTheSame() throws Exception {
    base = bytes(3, 1_000_000);
    Branches branches = life("one");
    Branch branch = branches.create(PATH, version(), 0644);
    byte[] expected = base.clone();
    for (int i = 0; i < expected.length; i += 4) {
      expected[i] = (byte) i;
      int written = branch.write(i, ByteBuffer.wrap(new byte[] {(byte) i}), false);
      assertThat(written).isOne();
    }
    assertThat(journalBytes()).isLessThan(4 << 20);
    disk.kill();
    branches = life("one");
    completeAll(branches);
    assertThat(read(PATH)).isEqualTo(expected);
  }

  @Test
  void nameThatIsLost_isLostAlsoAfterAPowerCut() throws Exception {
    for (long seed = 0; seed < 40; seed++) {
      BranchTest life = new BranchTest();
      Branches branches = life.life("one");
      Branch branch = branches.create(PATH, life.version(), 0644);
      assertThat(branch.use()).isTrue();
      int written = branch.write(0, ByteBuffer.wrap(bytes(1, 50)), false);
      assertThat(written).isEqualTo(50);
      branch.force();
      branches.leave(branch);
      life.disk.powerCut(new SplittableRandom(seed));
      Branches next = life.life("two");
      life.completeAll(next);
      assertThat(next.at(PATH)).as("seed " + seed).isNull();
      assertThat(life.disk.stat(PATH)).as("seed " + seed).isEmpty();
    }
  }

  @Test
  void nameThatIsLost_isLostAlsoByTheJournalThatIsWrittenAgain() throws Exception {
    base = bytes(3, 1_000_000);
    Branches branches = life("one");
    Branch branch = branches.create(PATH, version(), 0644);
    assertThat(branch.use()).isTrue();
    branches.leave(branch);
    long longest = 0;
    for (int i = 0; i < base.length; i += 4) {
      int written = branch.write(i, ByteBuffer.wrap(new byte[] {(byte) i}), false);
      assertThat(written).isOne();
      if (i % 40_000 == 0) {
        longest = Math.max(longest, journalBytes());
      }
    }
    assertThat(journalBytes()).isLessThan(longest); // it was written again
    disk.kill();
    branches = life("one");
    completeAll(branches);
    assertThat(branches.at(PATH)).isNull();
    assertThat(disk.stat(PATH)).isEmpty();
  }

  private long journalBytes() throws IOException {
    return disk.entries(DIRECTORY).entries().stream()
        .filter(entry -> BranchFile.isJournal(entry.name()))
        .mapToLong(entry -> entry.stat().sizeBytes())
        .sum();
  }

  @Test
  void journal_ofAnotherLayout_hidesNoOtherBranch() throws Exception {
    Branch branch = life("one").create(PATH, version(), 0644);
    int written = branch.write(0, ByteBuffer.wrap(bytes(1, 50)), false);
    assertThat(written).isEqualTo(50);
    disk.kill();
    byte[] record = {99};
    CRC32C sum = new CRC32C();
    sum.update(record);
    String name =
        disk.list(DIRECTORY).names().stream().filter(BranchFile::isJournal).findAny().get();
    RelativePath unknown = DIRECTORY.child("0" + name);
    try (DiskFile journal = disk.open(unknown, OpenMode.CREATE_NEW)) {
      ByteBuffer bytes = ByteBuffer.allocate(9).putInt(1).putInt((int) sum.getValue()).put(record);
      journal.write(bytes.flip(), 0);
    }
    Branches branches = life("one");
    completeAll(branches);
    assertThat(Arrays.copyOf(read(PATH), 50)).isEqualTo(bytes(1, 50));
    assertThat(disk.stat(unknown)).isPresent();
  }

  @Test
  void force_byAUserOfAnEarlierLife_leavesTheJournalToTheNextOne() throws Exception {
    Branches before = life("one");
    Branch old = before.create(PATH, version(), 0644);
    assertThat(old.use()).isTrue();
    int first = old.write(0, ByteBuffer.wrap(bytes(1, 50)), false);
    before.close();
    Branch goesOn = Objects.requireNonNull(life("one").at(PATH));
    int second = goesOn.write(100, ByteBuffer.wrap(bytes(2, 50)), false);
    assertThat(first + second).isEqualTo(100);
    old.force();
    disk.kill();
    Branches next = life("one");
    completeAll(next);
    byte[] whole = read(PATH);
    assertThat(Arrays.copyOf(whole, 50)).isEqualTo(bytes(1, 50));
    assertThat(Arrays.copyOfRange(whole, 100, 150)).isEqualTo(bytes(2, 50));
  }
}
