package org.realize.sync.move;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.realize.sync.model.ByteRange;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Corrupt;
import org.realize.sync.model.RealizeException.DiskFull;
import org.realize.sync.model.RealizeException.Invalid;
import org.realize.sync.model.RealizeException.VersionGone;
import org.realize.sync.model.RelativePath;
import org.realize.sync.pin.DropOutcome;
import org.realize.sync.port.Disk.OpenMode;
import org.realize.sync.port.DiskFile;
import org.realize.sync.real.PartialFiles;
import org.realize.sync.real.RootCapabilities;
import org.realize.sync.testing.ManualTime;
import org.realize.sync.testing.MemoryDisk;

/** One file from disk to disk, whole, in parts, spoiled on the way, and in the way. */
final class FileMoveTest {
  private static final RelativePath PATH = RelativePath.of("films/a b/film.mkv");
  private static final int MIB = 1 << 20;

  private final ManualTime time = new ManualTime();
  private final MemoryDisk from = new MemoryDisk(time);
  private final MemoryDisk to = new MemoryDisk(time, 1L << 40, 2);
  private final PlainSource plain = new PlainSource("nas", from, time);
  private final MoveSource nas = plain.files();
  private final MoveTarget desk = PlainTarget.files("desk", to, RootCapabilities.FULL);
  private final TroubledTarget troubled = new TroubledTarget(desk);
  private final Tally tally = new Tally();

  /** In the year 2500, which no count of nanoseconds reaches. */
  private static final FileTime MTIME = new FileTime(16_725_225_600L, 987_654_321);

  private final byte[] film = new byte[9 * MIB + 12_345];

  @BeforeEach
  void makeFile() throws Exception {
    new SplittableRandom(3).nextBytes(film);
    from.user().createDirectory("films");
    from.user().createDirectory("films/a b");
    from.user().write(PATH.toString(), film);
    from.user().mode(PATH.toString(), 0640);
    from.user().mtime(PATH.toString(), MTIME);
  }

  private MovedFile listed() throws Exception {
    return nas.list(Optional.empty(), 10).files().getLast();
  }

  private FileMove.MoveOutcome move() throws Exception {
    return move(troubled, listed());
  }

  /** Copies a file and has the source give it up. */
  private FileMove.MoveOutcome move(MoveTarget target, MovedFile file) throws Exception {
    FileMove.MoveOutcome outcome = new FileMove(nas, target, false, tally).copy(file);
    if (nas.drop(List.of(file)).getFirst() instanceof DropOutcome.Failed(RealizeException cause)) {
      throw cause;
    }
    return outcome;
  }

  private void requireMoved() throws Exception {
    assertThat(from.stat(PATH)).isEmpty();
    assertThat(to.user().read(PATH.toString())).isEqualTo(film);
    assertThat(to.list(PartialFiles.DIRECTORY).names()).isEmpty();
  }

  @Test
  void move_nothingThere_takesBytesModeAndTime() throws Exception {
    assertThat(move()).isEqualTo(FileMove.MoveOutcome.MOVED);
    requireMoved();
    assertThat(to.stat(PATH).orElseThrow().mode()).isEqualTo(0640);
    assertThat(to.stat(PATH).orElseThrow().mtime()).isEqualTo(MTIME);
    assertThat(tally.totals().copiedBytes()).isEqualTo(film.length);
  }

  @Test
  void move_bothEndsInMountsBelowTheRoot_isMoved_partsAndTrashAreInTheirPlaces() throws Exception {
    from.user().createDirectory("mount");
    from.mount("mount", from.volume(7, MemoryDisk.EXT4));
    from.user().delete("films/a b/film.mkv");
    from.user().write("mount/film", film);
    to.user().createDirectory("mount");
    to.mount("mount", to.volume(2, MemoryDisk.EXT4));
    to.mount("mount", to.volume(2, MemoryDisk.TMPFS));
    assertThat(move()).isEqualTo(FileMove.MoveOutcome.MOVED);
    assertThat(to.user().read("mount/film")).isEqualTo(film);
    assertThat(to.list(RelativePath.of("mount/.realize/partial")).names()).isEmpty();
    assertThat(from.user().read("mount/.realize/trash/0/film")).isEqualTo(film);
    assertThat(plain.trashes()).containsExactly(RelativePath.of("mount/.realize/trash"));
    assertThat(nas.list(Optional.empty(), 10).files())
        .extracting(file -> file.path().toString())
        .containsExactly("films", "films/a b", "mount");
    plain.purge();
    assertThat(from.list(RelativePath.of("mount/.realize")).names()).isEmpty();
    to.powerCut(new SplittableRandom(1));
    assertThat(to.user().read("mount/film")).isEqualTo(film);
    for (MemoryDisk disk : List.of(from, to)) {
      assertThat(disk.stat(RelativePath.of(".realize"))).isEmpty();
    }
  }

  @Test
  void move_copying_leavesTheSource() throws Exception {
    new FileMove(nas, desk, true, tally).copy(listed());
    assertThat(from.user().read(PATH.toString())).isEqualTo(film);
    assertThat(to.user().read(PATH.toString())).isEqualTo(film);
  }

  @Test
  void move_emptyFile_isMoved() throws Exception {
    from.user().write(PATH.toString(), new byte[0]);
    assertThat(move()).isEqualTo(FileMove.MoveOutcome.MOVED);
    assertThat(to.user().read(PATH.toString())).isEmpty();
    assertThat(from.stat(PATH)).isEmpty();
  }

  @Test
  void move_partThere_copiesOnlyTheRest() throws Exception {
    desk.send(PATH, 0, Arrays.copyOf(film, 3 * MIB));
    desk.send(PATH, 3 * MIB, Arrays.copyOfRange(film, 3 * MIB, 5 * MIB + 7));
    move();
    requireMoved();
    assertThat(tally.totals().copiedBytes()).isEqualTo(film.length - 5L * MIB - 7);
  }

  @Test
  void move_moreThereThanThereIs_cutsIt() throws Exception {
    desk.send(PATH, 9L * MIB, new byte[2 * MIB]);
    move();
    requireMoved();
  }

  /** #sizebeforehash: what the target does not have is copied, and never hashed there. */
  @Test
  void move_sendThatWroteNothing_hashesNothingPastTheTargetsSize() throws Exception {
    troubled.loseSendsFrom = 4L * MIB;
    troubled.losesSends = 6;
    move();
    requireMoved();
    assertThat(troubled.hashedPast).isZero();
  }

  /** #testretries: write errors that a delta makes good. */
  @Test
  void move_bytesSpoiledOnTheWay_areRepairedByDelta() throws Exception {
    troubled.spoilSendAt = 6L * MIB;
    move();
    requireMoved();
    assertThat(tally.totals().repairedBytes()).isEqualTo(Pieces.MAX_RANGE_BYTES);
    assertThat(tally.totals().deltaBytes()).isLessThan(16_384);
    assertThat(tally.totals().copiedBytes()).isEqualTo(film.length);
  }

  /** #testretries: a bad chunk of rsync's, handled as a copy. */
  @Test
  void move_deltaSpoiledOnTheWay_copiesTheRange() throws Exception {
    troubled.spoilSendAt = 6L * MIB;
    troubled.spoilsDelta = true;
    move();
    requireMoved();
    assertThat(troubled.refusedDeltas).isEqualTo(1);
    assertThat(tally.totals().copiedBytes()).isEqualTo(film.length + Pieces.MAX_RANGE_BYTES);
  }

  /** #emptydelta: a delta that would change nothing is not sent. */
  @Test
  void move_hashThatLies_sendsNoEmptyDelta() throws Exception {
    troubled.liesOnce = true;
    move();
    requireMoved();
    assertThat(troubled.deltas).isZero();
  }

  @Test
  void move_targetThatCannotBeRepaired_isAnErrorAndKeepsBoth() throws Exception {
    troubled.alwaysLies = true;
    assertThatThrownBy(this::move)
        .isInstanceOf(Corrupt.class)
        .hasMessageContaining("nas")
        .hasMessageContaining("desk")
        .hasMessageContaining(PATH.toString());
    assertThat(from.user().read(PATH.toString())).isEqualTo(film);
    assertThat(to.stat(PATH)).isEmpty();
  }

  @Test
  void move_differentFileThere_isAnErrorAndTouchesNeither() throws Exception {
    byte[] other = film.clone();
    other[5 * MIB] ^= 1;
    to.user().createDirectory("films");
    to.user().createDirectory("films/a b");
    to.user().write(PATH.toString(), other);
    assertThatThrownBy(this::move)
        .isInstanceOf(Invalid.class)
        .hasMessageContaining("different file is at desk");
    assertThat(from.user().read(PATH.toString())).isEqualTo(film);
    assertThat(to.user().read(PATH.toString())).isEqualTo(other);
  }

  /** A second name of the source's directory must not pass for a target. */
  @Test
  void move_targetThatIsTheSource_isAnErrorAndKeepsTheFile() throws Exception {
    MoveTarget again = PlainTarget.files("local:/link", from, RootCapabilities.FULL);
    assertThatThrownBy(() -> move(again, listed()))
        .isInstanceOf(Invalid.class)
        .hasMessageContaining("the same file at nas and at local:/link");
    assertThat(from.user().read(PATH.toString())).isEqualTo(film);
  }

  @Test
  void move_somethingElseThere_isAnErrorAndKeepsBoth() throws Exception {
    from.user().write(PATH.toString(), new byte[0]);
    to.user().createDirectory("films");
    to.user().createDirectory("films/a b");
    to.user().createDirectory(PATH.toString());
    assertThatThrownBy(this::move).isInstanceOf(Invalid.class).hasMessageContaining("desk");
    assertThat(from.stat(PATH)).isPresent();
  }

  @Test
  void move_sameFileThere_givesUpTheSource() throws Exception {
    new FileMove(nas, desk, true, tally).copy(listed());
    assertThat(move()).isEqualTo(FileMove.MoveOutcome.WAS_THERE);
    requireMoved();
  }

  @Test
  void move_fileThatComesInBetween_staysAndSoDoesTheSource() throws Exception {
    troubled.beforeFinish =
        () -> {
          to.user().createDirectory("films");
          to.user().createDirectory("films/a b");
          to.user().write(PATH.toString(), new byte[3]);
        };
    assertThatThrownBy(this::move).isInstanceOf(Invalid.class).hasMessageContaining("desk");
    assertThat(to.user().read(PATH.toString())).hasSize(3);
    assertThat(from.user().read(PATH.toString())).isEqualTo(film);
  }

  @Test
  void move_sourceThatChanges_isGoneAndNeverHalfMoved() throws Exception {
    MovedFile listed = listed();
    from.user().write(PATH.toString(), new byte[film.length]);
    assertThatThrownBy(() -> move(desk, listed))
        .isInstanceOf(VersionGone.class)
        .hasMessageContaining("nas");
    assertThat(to.stat(PATH)).isEmpty();
    assertThat(from.stat(PATH)).isPresent();
  }

  @Test
  void move_sourceThatChangesBeforeItIsGivenUp_stays() throws Exception {
    MovedFile listed = listed();
    troubled.beforeFinish = () -> from.user().write(PATH.toString(), new byte[4]);
    assertThatThrownBy(() -> move(troubled, listed)).isInstanceOf(VersionGone.class);
    assertThat(from.user().read(PATH.toString())).hasSize(4);
  }

  @Test
  void move_targetFull_saysSoAndGoesOnLater() throws Exception {
    to.capacity(5L * MIB);
    assertThatThrownBy(this::move)
        .isInstanceOf(DiskFull.class)
        .hasMessageContaining("write")
        .hasMessageContaining("desk");
    assertThat(from.user().read(PATH.toString())).isEqualTo(film);
    to.capacity(1L << 30);
    move();
    requireMoved();
    assertThat(tally.totals().copiedBytes()).isLessThanOrEqualTo(film.length);
  }

  @Test
  void move_sourceThatIsOpen_isAnErrorAndStays() throws Exception {
    try (DiskFile open = from.open(PATH, OpenMode.UPDATE)) {
      assertThat(open.sizeBytes()).isEqualTo(film.length);
      assertThatThrownBy(this::move).isInstanceOf(Invalid.class).hasMessageContaining("open");
    }
    assertThat(from.user().read(PATH.toString())).isEqualTo(film);
    assertThat(move()).isEqualTo(FileMove.MoveOutcome.WAS_THERE);
    requireMoved();
  }

  @Test
  void send_afterTheFileIsFinished_leavesNothing() throws Exception {
    move();
    assertThatThrownBy(() -> desk.send(PATH, 0, new byte[5])).isInstanceOf(Invalid.class);
    requireMoved();
  }

  @Test
  void hash_ofManyPieces_isOneHashForEach() throws Exception {
    byte[] hashes = nas.hash(listed(), new ByteRange(0, film.length));
    assertThat(hashes).hasSize(10 * Pieces.HASH_BYTES);
    byte[] last = nas.hash(listed(), new ByteRange(9L * MIB, film.length));
    assertThat(Arrays.copyOfRange(hashes, 9 * Pieces.HASH_BYTES, hashes.length)).isEqualTo(last);
  }

  @Test
  void applyDelta_thatIsNoGood_writesNotAByte() throws Exception {
    desk.send(PATH, 0, Arrays.copyOf(film, MIB));
    ByteRange range = new ByteRange(0, MIB);
    byte[] delta = nas.diff(listed(), range, desk.signature(PATH, range));
    byte[] before = desk.hashPartial(PATH, range);
    byte[] shorter = nas.diff(listed(), new ByteRange(0, MIB / 2), desk.signature(PATH, range));
    delta[20] ^= 1;
    for (byte[] bad : new byte[][] {delta, shorter, new byte[3]}) {
      assertThatThrownBy(() -> desk.applyDelta(PATH, range, bad)).isInstanceOf(Corrupt.class);
    }
    assertThat(desk.hashPartial(PATH, range)).isEqualTo(before);
  }
}
