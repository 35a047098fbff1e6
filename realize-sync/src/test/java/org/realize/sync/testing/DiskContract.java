package org.realize.sync.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.NotLinkException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Disk;
import org.realize.sync.port.Disk.OpenMode;
import org.realize.sync.port.DiskFile;
import org.realize.sync.port.DiskUsage;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.FileStat.Kind;
import org.realize.sync.port.OpenState;

/** The contract of every {@link Disk}. */
public abstract class DiskContract {

  private Disk disk;
  private UserFiles user;

  /** A disk with an empty root. */
  protected abstract Disk newDisk() throws IOException;

  /** A user of the disk that {@link #newDisk} made last. */
  protected abstract UserFiles userOf(Disk disk) throws IOException;

  protected final Disk disk() {
    return disk;
  }

  protected final UserFiles user() {
    return user;
  }

  @BeforeEach
  final void openDisk() throws IOException {
    disk = newDisk();
    user = userOf(disk);
  }

  protected static RelativePath path(String value) {
    return RelativePath.of(value);
  }

  protected static byte[] bytes(long seed, int length) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private FileStat stat(String path) throws IOException {
    return disk.stat(path(path)).orElseThrow();
  }

  private static byte[] read(DiskFile file, long offset, int length) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(length);
    int read = file.read(buffer, offset);
    assertThat(buffer.position()).isEqualTo(read);
    return Arrays.copyOf(buffer.array(), read);
  }

  // ---- looking

  @Test
  void list_emptyRoot_hasNoNames() throws IOException {
    assertThat(disk.list(RelativePath.ROOT).names()).isEmpty();
    assertThat(disk.list(RelativePath.ROOT).undecodable()).isEmpty();
    assertThat(disk.stat(RelativePath.ROOT).orElseThrow().kind()).isEqualTo(Kind.DIRECTORY);
  }

  @Test
  void list_allKinds_givesEveryNameAndStat() throws IOException {
    user.createDirectory("d");
    user.write("d/file ä\n\\:", bytes(1, 5000));
    user.createDirectory("d/sub");
    user.symbolicLink("d/link", "nowhere/at all");
    user.fifo("d/fifo");
    user.undecodable("d", "bad");

    Disk.Listing listing = disk.list(path("d"));
    assertThat(listing.names()).containsExactlyInAnyOrder("file ä\n\\:", "sub", "link", "fifo");
    assertThat(listing.undecodable()).containsExactly("bad\\xff");
    Disk.Entries entries = disk.entries(path("d"));
    assertThat(entries.undecodable()).containsExactly("bad\\xff");
    Map<String, FileStat> stats = new HashMap<>();
    entries.entries().forEach(entry -> stats.put(entry.name(), entry.stat()));
    assertThat(stats.keySet()).containsExactlyInAnyOrderElementsOf(listing.names());
    for (Map.Entry<String, FileStat> entry : stats.entrySet()) {
      assertThat(stat("d/" + entry.getKey())).isEqualTo(entry.getValue());
    }
    assertThat(stats.values())
        .extracting(FileStat::kind)
        .containsExactlyInAnyOrder(Kind.FILE, Kind.DIRECTORY, Kind.LINK, Kind.OTHER);
  }

  @Test
  void entries_directory_hasItsOwnStatAndMount() throws IOException {
    user.createDirectory("d");
    user.write("d/file", bytes(1, 1));
    Disk.Entries entries = disk.entries(path("d"));

    assertThat(entries.directory()).isEqualTo(stat("d"));
    FileStat file = entries.entries().getFirst().stat();
    assertThat(entries.directory().isMountAbove(file)).isFalse();
    assertThat(stat("").isMountAbove(entries.directory())).isFalse();
    assertThat(disk.fileSystemType(path("d"))).isEqualTo(disk.fileSystemType(RelativePath.ROOT));
    assertThatThrownBy(() -> disk.fileSystemType(path("none")))
        .isInstanceOf(NoSuchFileException.class);
  }

  @Test
  void stat_birthTime_staysWhenTheFileIsWritten() throws IOException {
    user.write("f", bytes(1, 1));
    long birth = stat("f").birthNanos();
    user.write("f", bytes(2, 10));
    user.mode("f", 0600);

    assertThat(stat("f").birthNanos()).isEqualTo(birth);
    assertThat(birth).isLessThanOrEqualTo(stat("f").ctimeNanos());
  }

  @Test
  void list_manyNames_isComplete() throws IOException {
    user.createDirectory("many");
    for (int i = 0; i < 3000; i++) {
      user.write("many/a rather long name to fill the kernel's buffer " + i, new byte[0]);
    }
    assertThat(disk.list(path("many")).names()).hasSize(3000).doesNotHaveDuplicates();
    assertThat(disk.entries(path("many")).entries()).hasSize(3000).doesNotHaveDuplicates();
  }

  @Test
  void list_noDirectory_tellsWhy() throws IOException {
    user.write("file", new byte[1]);
    user.createDirectory("real");
    user.symbolicLink("link", "real");

    assertThatThrownBy(() -> disk.list(path("absent")))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining("absent");
    assertThatThrownBy(() -> disk.list(path("file"))).isInstanceOf(NotDirectoryException.class);
    assertThatThrownBy(() -> disk.list(path("link"))).isInstanceOf(NotDirectoryException.class);
    assertThatThrownBy(() -> disk.entries(path("link"))).isInstanceOf(NotDirectoryException.class);
  }

  @Test
  void stat_file_tellsWhatTheUserDid() throws IOException {
    user.write("f", bytes(1, 1234));
    user.mode("f", 0741);
    user.mtime("f", new FileTime(1_500_000_000, 123_456_789));
    FileStat before = stat("f");
    assertThat(before.kind()).isEqualTo(Kind.FILE);
    assertThat(before.sizeBytes()).isEqualTo(1234);
    assertThat(before.mode()).isEqualTo(0741);
    assertThat(before.mtime()).isEqualTo(FileTime.ofNanos(1_500_000_000_123_456_789L));
    assertThat(before.ctimeNanos()).isGreaterThan(1_500_000_000_123_456_789L);
    assertThat(before.links()).isEqualTo(1);
    assertThat(before.device()).isEqualTo(disk.stat(RelativePath.ROOT).orElseThrow().device());

    user.hardLink("g", "f");
    user.rename("f", "h");
    assertThat(disk.stat(path("f"))).isEmpty();
    assertThat(stat("h").fileKey()).isEqualTo(before.fileKey());
    assertThat(stat("g").fileKey()).isEqualTo(before.fileKey());
    assertThat(stat("g").links()).isEqualTo(2);
  }

  @Test
  void stat_nothingThere_isEmpty() throws IOException {
    user.write("f", bytes(1, 1));
    assertThat(disk.stat(path("x"))).isEmpty();
    assertThat(disk.stat(path("x/y/z"))).isEmpty();
    assertThatThrownBy(() -> disk.stat(path("f/y"))).isInstanceOf(NotDirectoryException.class);
  }

  @Test
  void stat_link_isOfTheLinkItself() throws IOException {
    user.write("f", bytes(1, 100));
    user.symbolicLink("l", "f");

    assertThat(stat("l").kind()).isEqualTo(Kind.LINK);
    assertThat(disk.readLink(path("l"))).isEqualTo("f");
    assertThatThrownBy(() -> disk.readLink(path("f"))).isInstanceOf(NotLinkException.class);
    assertThatThrownBy(() -> disk.readLink(path("x"))).isInstanceOf(NoSuchFileException.class);
  }

  @Test
  void readLink_longTarget_isWhole() throws IOException {
    String target = "ä/".repeat(1300) + "x";
    user.symbolicLink("l", target);
    assertThat(disk.readLink(path("l"))).isEqualTo(target);
  }

  // ---- links on the way

  @Test
  void anyOperation_linkOnTheWay_isRefused() throws IOException {
    user.createDirectory("real");
    user.write("real/f", bytes(1, 10));
    user.symbolicLink("link", "real");
    user.write("other", bytes(2, 10));

    assertThatThrownBy(() -> disk.stat(path("link/f"))).isInstanceOf(NotDirectoryException.class);
    for (OpenMode mode : OpenMode.values()) {
      assertThatThrownBy(() -> disk.open(path("link/f" + mode), mode))
          .isInstanceOf(NotDirectoryException.class);
    }
    assertThatThrownBy(() -> disk.delete(path("link/f"))).isInstanceOf(NotDirectoryException.class);
    assertThatThrownBy(() -> disk.createDirectory(path("link/d")))
        .isInstanceOf(NotDirectoryException.class);
    assertThatThrownBy(() -> disk.rename(path("link/f"), path("g")))
        .isInstanceOf(NotDirectoryException.class);
    assertThatThrownBy(() -> disk.rename(path("other"), path("link/g")))
        .isInstanceOf(NotDirectoryException.class);
    assertThatThrownBy(() -> disk.forceDirectory(path("link")))
        .isInstanceOf(NotDirectoryException.class);
    assertThatThrownBy(() -> disk.readLink(path("link/f")))
        .isInstanceOf(NotDirectoryException.class);
    assertThat(disk.list(path("real")).names()).containsExactly("f");
    assertThat(user.read("real/f")).isEqualTo(bytes(1, 10));
  }

  @Test
  void open_whatIsNoFile_isRefusedAtOnce() throws IOException {
    user.write("f", bytes(1, 10));
    user.symbolicLink("link", "f");
    user.createDirectory("d");
    user.fifo("fifo");
    for (String name : new String[] {"link", "d", "fifo"}) {
      for (OpenMode mode : OpenMode.values()) {
        assertThatThrownBy(() -> disk.open(path(name), mode)).isInstanceOf(IOException.class);
      }
    }
  }

  // ---- files

  @Test
  void open_create_readsBackWhatWasWritten() throws IOException {
    byte[] content = bytes(3, 300_000);
    try (DiskFile file = disk.open(path("f"), OpenMode.CREATE_NEW)) {
      ByteBuffer source = ByteBuffer.wrap(content);
      file.write(source, 0);
      assertThat(source.hasRemaining()).isFalse();
      assertThat(file.sizeBytes()).isEqualTo(content.length);
      assertThat(read(file, 0, content.length)).isEqualTo(content);
      assertThat(read(file, 299_990, 100)).isEqualTo(Arrays.copyOfRange(content, 299_990, 300_000));
      assertThat(read(file, 300_000, 10)).isEmpty();
      assertThat(read(file, 1L << 40, 10)).isEmpty();
      file.force();
    }
    assertThat(user.read("f")).isEqualTo(content);
    assertThat(stat("f").mode() & 077).isZero();
  }

  @Test
  void readAndWrite_directBuffers_areTheSame() throws IOException {
    byte[] content = bytes(4, 200_000);
    try (DiskFile file = disk.open(path("f"), OpenMode.CREATE_NEW)) {
      file.write(ByteBuffer.allocateDirect(content.length).put(content).flip(), 7);
      ByteBuffer target = ByteBuffer.allocateDirect(content.length + 50).position(10);
      assertThat(file.read(target, 7)).isEqualTo(content.length);
      assertThat(target.position()).isEqualTo(10 + content.length);
      byte[] seen = new byte[content.length];
      target.get(10, seen);
      assertThat(seen).isEqualTo(content);
      assertThat(read(file, 0, 7)).isEqualTo(new byte[7]);
      assertThat(read(file, 7, content.length)).isEqualTo(content);
    }
  }

  @Test
  void readAndWrite_partOfABuffer_movesOnlyThat() throws IOException {
    try (DiskFile file = disk.open(path("f"), OpenMode.CREATE_NEW)) {
      file.write(ByteBuffer.wrap(new byte[] {9, 1, 2, 3, 9}, 1, 3), 0);
      byte[] target = {8, 8, 8, 8, 8};
      ByteBuffer window = ByteBuffer.wrap(target, 1, 2).slice();
      assertThat(file.read(window, 1)).isEqualTo(2);
      assertThat(target).containsExactly(8, 2, 3, 8, 8);
      assertThat(file.sizeBytes()).isEqualTo(3);
    }
  }

  @Test
  void write_farBeyondTheEnd_leavesAHoleOfZeros() throws IOException {
    DiskUsage before = disk.usage();
    try (DiskFile file = disk.open(path("f"), OpenMode.CREATE_NEW)) {
      file.write(ByteBuffer.wrap(bytes(5, 10)), 1L << 32);
      assertThat(file.sizeBytes()).isEqualTo((1L << 32) + 10);
      assertThat(read(file, 1L << 31, 5000)).isEqualTo(new byte[5000]);
      assertThat(read(file, (1L << 32) - 2, 20)).hasSize(12).endsWith(bytes(5, 10));
    }
    assertThat(disk.usage().totalBytes()).isEqualTo(before.totalBytes());
  }

  @Test
  void truncate_bothWays_cutsAndFillsWithZeros() throws IOException {
    try (DiskFile file = disk.open(path("f"), OpenMode.CREATE_NEW)) {
      file.write(ByteBuffer.wrap(bytes(6, 10_000)), 0);
      file.truncate(5_001);
      file.truncate(20_000);
      assertThat(read(file, 0, 5_001)).isEqualTo(Arrays.copyOf(bytes(6, 10_000), 5_001));
      assertThat(read(file, 5_001, 20_000)).isEqualTo(new byte[14_999]);
    }
    assertThat(stat("f").sizeBytes()).isEqualTo(20_000);
  }

  @Test
  void discard_middle_readsAsZerosAndKeepsTheRest() throws IOException {
    byte[] content = bytes(7, 50_000);
    try (DiskFile file = disk.open(path("f"), OpenMode.CREATE_NEW)) {
      file.write(ByteBuffer.wrap(content), 0);
      file.discard(5_000, 30_001);
      Arrays.fill(content, 5_000, 30_001, (byte) 0);
      assertThat(file.sizeBytes()).isEqualTo(50_000);
      assertThat(read(file, 0, 50_000)).isEqualTo(content);
    }
  }

  @Test
  void share_wholeBlocks_hasThemOrIsAsBefore() throws IOException {
    byte[] content = bytes(8, 400_000);
    user.write("source", content);
    try (DiskFile source = disk.open(path("source"), OpenMode.UPDATE);
        DiskFile target = disk.open(path("target"), OpenMode.CREATE_NEW)) {
      target.truncate(500_000);
      target.write(ByteBuffer.wrap(bytes(9, 1_000)), 0);
      boolean shared = target.share(source, 131_072, 262_144);
      byte[] expected = new byte[500_000];
      System.arraycopy(bytes(9, 1_000), 0, expected, 0, 1_000);
      if (shared) {
        System.arraycopy(content, 131_072, expected, 131_072, 131_072);
      }
      assertThat(read(target, 0, 500_000)).isEqualTo(expected);
      assertThat(target.sizeBytes()).isEqualTo(500_000);

      source.write(ByteBuffer.wrap(bytes(10, 5_000)), 140_000);
      assertThat(read(target, 0, 500_000)).isEqualTo(expected);
      target.write(ByteBuffer.wrap(bytes(11, 5_000)), 200_000);
      assertThat(read(source, 200_000, 5_000))
          .isEqualTo(Arrays.copyOfRange(content, 200_000, 205_000));
    }
  }

  @Test
  void share_pastTheSourcesEnd_changesNothing() throws IOException {
    user.write("source", bytes(8, 10_000));
    try (DiskFile source = disk.open(path("source"), OpenMode.READ);
        DiskFile target = disk.open(path("target"), OpenMode.CREATE_NEW)) {
      target.write(ByteBuffer.wrap(bytes(9, 262_144)), 0);
      assertThat(target.share(source, 0, 131_072)).isFalse();
      assertThat(read(target, 0, 262_144)).isEqualTo(bytes(9, 262_144));
    }
  }

  @Test
  void open_modes_followTheirRules() throws IOException {
    assertThatThrownBy(() -> disk.open(path("f"), OpenMode.READ))
        .isInstanceOf(NoSuchFileException.class);
    assertThatThrownBy(() -> disk.open(path("f"), OpenMode.UPDATE))
        .isInstanceOf(NoSuchFileException.class);
    assertThatThrownBy(() -> disk.open(path("d/f"), OpenMode.CREATE_NEW))
        .isInstanceOf(NoSuchFileException.class);
    user.write("f", bytes(1, 10));
    assertThatThrownBy(() -> disk.open(path("f"), OpenMode.CREATE_NEW))
        .isInstanceOf(FileAlreadyExistsException.class);
    try (DiskFile file = disk.open(path("f"), OpenMode.READ)) {
      assertThatThrownBy(() -> file.write(ByteBuffer.allocate(1), 0))
          .isInstanceOf(IOException.class);
    }
    try (DiskFile file = disk.open(path("f"), OpenMode.UPDATE)) {
      file.write(ByteBuffer.wrap(new byte[] {1, 2}), 9);
      assertThat(read(file, 9, 5)).containsExactly(1, 2);
    }
  }

  @Test
  void file_removedOrReplacedWhileOpen_staysReadable() throws IOException {
    user.write("f", bytes(1, 10));
    user.write("g", bytes(2, 20));
    try (DiskFile file = disk.open(path("f"), OpenMode.READ)) {
      FileStat before = file.stat();
      assertThat(before).isEqualTo(stat("f"));
      user.rename("g", "f");
      assertThat(read(file, 0, 10)).isEqualTo(bytes(1, 10));
      assertThat(file.stat().fileKey()).isEqualTo(before.fileKey());
      assertThat(file.stat().links()).isZero();
      assertThat(stat("f").fileKey()).isNotEqualTo(before.fileKey());
      disk.delete(path("f"));
      assertThat(read(file, 5, 10)).isEqualTo(Arrays.copyOfRange(bytes(1, 10), 5, 10));
    }
  }

  @Test
  void anyOperation_closedFile_fails() throws IOException {
    DiskFile file = disk.open(path("f"), OpenMode.CREATE_NEW);
    file.close();
    file.close();
    assertThatThrownBy(() -> file.read(ByteBuffer.allocate(1), 0)).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> file.write(ByteBuffer.allocate(1), 0)).isInstanceOf(IOException.class);
    assertThatThrownBy(file::force).isInstanceOf(IOException.class);
    assertThatThrownBy(file::stat).isInstanceOf(IOException.class);
  }

  @Test
  void read_interruptedThread_isNotDisturbed() throws IOException {
    user.write("f", bytes(1, 10));
    try (DiskFile file = disk.open(path("f"), OpenMode.READ)) {
      Thread.currentThread().interrupt();
      assertThat(read(file, 0, 10)).isEqualTo(bytes(1, 10));
      assertThat(Thread.interrupted()).isTrue();
      assertThat(read(file, 0, 10)).isEqualTo(bytes(1, 10));
    }
  }

  // ---- names

  @Test
  void createDirectory_thenDelete_comesAndGoes() throws IOException {
    disk.createDirectory(path("d"));
    disk.createDirectory(path("d/e"));
    assertThat(stat("d/e").kind()).isEqualTo(Kind.DIRECTORY);
    assertThat(stat("d").mode() & 077).isZero();
    assertThatThrownBy(() -> disk.createDirectory(path("d")))
        .isInstanceOf(FileAlreadyExistsException.class);
    assertThatThrownBy(() -> disk.createDirectory(path("x/y")))
        .isInstanceOf(NoSuchFileException.class);
    assertThatThrownBy(() -> disk.delete(path("d"))).isInstanceOf(DirectoryNotEmptyException.class);
    disk.delete(path("d/e"));
    disk.delete(path("d"));
    assertThat(disk.list(RelativePath.ROOT).names()).isEmpty();
    assertThatThrownBy(() -> disk.delete(path("d"))).isInstanceOf(NoSuchFileException.class);
  }

  /** A user may have put a file in the place of a directory that was listed. */
  @Test
  void deleteDirectory_anythingElse_stays() throws IOException {
    user.write("f", new byte[3]);
    disk.createDirectory(path("d"));
    disk.createLink(path("l"), "d");
    user.write("d/f", new byte[3]);
    for (String name : List.of("f", "l")) {
      assertThatThrownBy(() -> disk.deleteDirectory(path(name)))
          .isInstanceOf(NotDirectoryException.class);
    }
    assertThatThrownBy(() -> disk.deleteDirectory(path("d")))
        .isInstanceOf(DirectoryNotEmptyException.class);
    assertThat(disk.list(RelativePath.ROOT).names()).containsExactlyInAnyOrder("d", "f", "l");
    disk.delete(path("d/f"));
    disk.deleteDirectory(path("d"));
    assertThat(disk.list(RelativePath.ROOT).names()).containsExactlyInAnyOrder("f", "l");
    assertThatThrownBy(() -> disk.deleteDirectory(path("d")))
        .isInstanceOf(NoSuchFileException.class);
  }

  @Test
  void createLink_freeAndTakenName_isALinkAsGivenOrRefused() throws IOException {
    disk.createLink(path("l"), "no where/\u00e4");
    assertThat(disk.readLink(path("l"))).isEqualTo("no where/\u00e4");
    user.write("f", bytes(1, 1));
    assertThatThrownBy(() -> disk.createLink(path("f"), "x"))
        .isInstanceOf(FileAlreadyExistsException.class);
    assertThatThrownBy(() -> disk.createLink(path("l"), "x"))
        .isInstanceOf(FileAlreadyExistsException.class);
  }

  @Test
  void setAttributes_directoryAndLink_setsModeAndTimeOfThese() throws IOException {
    FileTime time = new FileTime(1_234_567_890, 123_456_789);
    user.createDirectory("d");
    user.write("d/f", bytes(1, 1));
    user.symbolicLink("l", "d");
    FileStat file = disk.stat(path("d/f")).orElseThrow();
    disk.setAttributes(path("l"), 0700, time);
    assertThat(disk.stat(path("l")).orElseThrow().mtime()).isEqualTo(time);
    assertThat(disk.stat(path("d")).orElseThrow().mtime()).isNotEqualTo(time);
    disk.setAttributes(path("d"), 0510, time);
    assertThat(disk.stat(path("d")).orElseThrow().mtime()).isEqualTo(time);
    assertThat(disk.stat(path("d")).orElseThrow().mode()).isEqualTo(0510);
    assertThatThrownBy(() -> disk.setAttributes(path("d/f"), 0600, time))
        .isInstanceOf(FileSystemException.class);
    assertThat(disk.stat(path("d/f")).orElseThrow()).isEqualTo(file);
    disk.setAttributes(path("d"), 0700, time);
  }

  @Test
  void delete_linkToADirectory_removesTheLinkOnly() throws IOException {
    user.createDirectory("d");
    user.write("d/f", bytes(1, 1));
    user.symbolicLink("l", "d");
    disk.delete(path("l"));
    assertThat(disk.list(RelativePath.ROOT).names()).containsExactly("d");
    assertThat(disk.list(path("d")).names()).containsExactly("f");
  }

  @Test
  void rename_ontoAFile_replacesIt() throws IOException {
    user.createDirectory("d");
    user.write("a", bytes(1, 10));
    user.write("d/b", bytes(2, 20));
    disk.rename(path("a"), path("d/b"));
    assertThat(disk.list(RelativePath.ROOT).names()).containsExactly("d");
    assertThat(user.read("d/b")).isEqualTo(bytes(1, 10));
    disk.rename(path("d"), path("e"));
    assertThat(user.read("e/b")).isEqualTo(bytes(1, 10));
  }

  @Test
  void rename_whatCannotBe_isRefused() throws IOException {
    user.createDirectory("d");
    user.createDirectory("full");
    user.write("full/f", bytes(1, 1));
    user.write("file", bytes(1, 1));

    assertThatThrownBy(() -> disk.rename(path("absent"), path("x")))
        .isInstanceOf(NoSuchFileException.class);
    assertThatThrownBy(() -> disk.rename(path("file"), path("d"))).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> disk.rename(path("d"), path("file"))).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> disk.rename(path("d"), path("full")))
        .isInstanceOf(DirectoryNotEmptyException.class);
    assertThatThrownBy(() -> disk.rename(path("d"), path("d/e"))).isInstanceOf(IOException.class);
    assertThat(disk.list(RelativePath.ROOT).names()).containsExactlyInAnyOrder("d", "full", "file");
  }

  @Test
  void renameNew_freeName_isARename_takenName_changesNothing() throws IOException {
    user.createDirectory("d");
    user.write("a", bytes(1, 10));
    user.write("taken", bytes(2, 20));
    user.symbolicLink("link", "nowhere");
    for (String taken : new String[] {"taken", "d", "link", "a"}) {
      assertThatThrownBy(() -> disk.renameNew(path("a"), path(taken)))
          .as(taken)
          .isInstanceOf(FileAlreadyExistsException.class);
    }
    assertThatThrownBy(() -> disk.renameNew(path("absent"), path("x")))
        .isInstanceOf(NoSuchFileException.class);
    assertThat(user.read("taken")).isEqualTo(bytes(2, 20));
    Optional<FileStat> renamed = disk.renameNew(path("a"), path("d/b"));
    assertThat(renamed).isPresent().isEqualTo(disk.stat(path("d/b")));
    assertThat(user.read("d/b")).isEqualTo(bytes(1, 10));
    assertThat(disk.stat(path("a"))).isEmpty();
  }

  @Test
  void exchange_twoFiles_eachHasTheOthersName_missingName_changesNothing() throws IOException {
    user.createDirectory("d");
    user.write("a", bytes(1, 10));
    user.write("d/b", bytes(2, 20));
    long key = stat("a").fileKey();
    for (String missing : new String[] {"absent", "d/absent", "absent/x"}) {
      assertThatThrownBy(() -> disk.exchange(path("a"), path(missing)))
          .as(missing)
          .isInstanceOf(NoSuchFileException.class);
      assertThatThrownBy(() -> disk.exchange(path(missing), path("a")))
          .as(missing)
          .isInstanceOf(NoSuchFileException.class);
    }
    assertThat(user.read("a")).isEqualTo(bytes(1, 10));
    disk.exchange(path("a"), path("d/b"));
    assertThat(user.read("a")).isEqualTo(bytes(2, 20));
    assertThat(user.read("d/b")).isEqualTo(bytes(1, 10));
    assertThat(stat("d/b").fileKey()).isEqualTo(key);
  }

  @Test
  void takeAttributes_ofAnotherFile_areItsModeAndTime_bytesStay() throws IOException {
    user.write("a", bytes(1, 10));
    user.mode("a", 0640);
    user.mtime("a", new FileTime(1_700_000_000, 123_456_789));
    try (DiskFile source = disk.open(path("a"), OpenMode.READ);
        DiskFile file = disk.open(path("b"), OpenMode.CREATE_NEW)) {
      file.write(ByteBuffer.wrap(bytes(2, 20)), 0);
      assertThat(file.takeAttributes(source)).isEmpty();
      file.force();
    }
    assertThat(stat("b").mode()).isEqualTo(0640);
    assertThat(stat("b").mtime()).isEqualTo(FileTime.ofNanos(1_700_000_000_123_456_789L));
    assertThat(user.read("b")).isEqualTo(bytes(2, 20));
  }

  @Test
  void forceAll_afterWrites_isDone() throws IOException {
    user.write("f", bytes(1, 10));
    disk.forceFileSystem(RelativePath.ROOT);
    assertThat(user.read("f")).isEqualTo(bytes(1, 10));
  }

  @Test
  void allocatedBytes_holes_areNotCounted() throws IOException {
    try (DiskFile file = disk.open(path("f"), OpenMode.CREATE_NEW)) {
      file.truncate(1 << 20);
      file.write(ByteBuffer.wrap(bytes(1, 131_072)), 262_144);
      file.force();
      assertThat(file.allocatedBytes()).isBetween(131_072L, 262_144L);
      assertThat(file.sizeBytes()).isEqualTo(1 << 20);
    }
  }

  /** Returns once the file system's clock has moved on. */
  protected void awaitClock() throws IOException {
    user.write("clock", bytes(1, 1));
    long now = stat("clock").ctimeNanos();
    while (stat("clock").ctimeNanos() == now) {
      user.write("clock", bytes(1, 1));
    }
  }

  /** What the file system under test answers while no program can write to a file. */
  protected OpenState closed() {
    return OpenState.CLOSED;
  }

  @Test
  void nextData_holes_areSkipped_dataIsNever() throws IOException {
    long hole = 8L << 20;
    byte[] data = bytes(5, 100_000);
    try (DiskFile file = disk.open(path("f"), OpenMode.CREATE_NEW)) {
      file.truncate(3 * hole);
      file.write(ByteBuffer.wrap(data), hole + 70_000);
      file.force();
      long next = file.nextData(0);
      assertThat(next).isLessThanOrEqualTo(hole + 70_000);
      assertThat(file.nextData(hole + 100_000)).isEqualTo(hole + 100_000);
      long after = file.nextData(2 * hole);
      assertThat(after).isIn(2 * hole, 3 * hole);
      assertThat(read(file, hole + 70_000, data.length)).isEqualTo(data);
    }
  }

  @Test
  void stat_birth_staysThroughWriteRenameAndMode_whereItIsKept() throws IOException {
    user.write("f", bytes(1, 10));
    FileStat made = stat("f");
    user.write("f", bytes(2, 20));
    user.mode("f", 0600);
    user.rename("f", "g");
    FileStat after = stat("g");
    assertThat(after.birthNanos()).isEqualTo(made.birthNanos());
    assertThat(after.fileKey()).isEqualTo(made.fileKey());
    assertThat(after.sameBytes(made)).isFalse();
    user.hardLink("h", "g");
    assertThat(stat("h").sameBytes(after)).isTrue();
  }

  @Test
  void openForWriting_writer_isOpenUntilItCloses_readersDoNotCount() throws IOException {
    user.write("f", bytes(1, 10));
    try (DiskFile file = disk.open(path("f"), OpenMode.READ);
        DiskFile reader = disk.open(path("f"), OpenMode.READ)) {
      assertThat(reader.sizeBytes()).isEqualTo(10);
      assertThat(file.openForWriting()).isEqualTo(closed());
      try (OpenUserFile writer = user.open("f")) {
        assertThat(file.openForWriting()).isEqualTo(OpenState.OPEN);
        writer.write(bytes(2, 20));
        disk.rename(path("f"), path("g"));
        assertThat(file.openForWriting()).isEqualTo(OpenState.OPEN);
      }
      assertThat(file.openForWriting()).isEqualTo(closed());
    }
    assertThat(user.read("g")).isEqualTo(bytes(2, 20));
  }

  @Test
  void openForWriting_filesOfADirectory_isOpenWhileOneIs() throws IOException {
    user.createDirectory("d");
    user.write("d/f", bytes(1, 10));
    user.write("d/g", bytes(2, 10));
    List<String> both = List.of("f", "g");
    assertThat(disk.openForWriting(path("d"), List.of())).isEqualTo(OpenState.CLOSED);
    assertThat(disk.openForWriting(path("d"), both)).isEqualTo(closed());
    try (OpenUserFile writer = user.open("d/g");
        DiskFile reader = disk.open(path("d/f"), OpenMode.READ)) {
      assertThat(reader.sizeBytes() + writer.read().length).isEqualTo(20);
      assertThat(disk.openForWriting(path("d"), both)).isEqualTo(OpenState.OPEN);
      assertThat(disk.openForWriting(path("d"), List.of("f"))).isEqualTo(closed());
    }
    assertThat(disk.openForWriting(path("d"), both)).isEqualTo(closed());
    assertThatThrownBy(() -> disk.openForWriting(path("d"), List.of("f", "absent")))
        .isInstanceOf(NoSuchFileException.class);
  }

  @Test
  void openByAnyone_readers_count_butNotTheFileItself() throws IOException {
    user.write("f", bytes(1, 10));
    try (DiskFile file = disk.open(path("f"), OpenMode.READ_UNNOTICED)) {
      assertThat(file.openByAnyone()).isEqualTo(closed());
      try (DiskFile reader = disk.open(path("f"), OpenMode.READ)) {
        assertThat(reader.sizeBytes()).isEqualTo(10);
        assertThat(file.openByAnyone()).isEqualTo(OpenState.OPEN);
      }
      try (OpenUserFile writer = user.open("f")) {
        assertThat(file.openByAnyone()).isEqualTo(OpenState.OPEN);
        writer.write(bytes(2, 20));
      }
      assertThat(file.openByAnyone()).isEqualTo(closed());
    }
  }

  /** Of a mount that notes reads at all; the first one after a change is noted by any such. */
  @Test
  void lastRead_ofAProgram_isNoted_unlessItIsUnnoticed() throws IOException {
    user.write("f", bytes(1, 10));
    user.mtime("f", new FileTime(2_000_000_000, 0)); // later than any read: the next one is noted
    try (DiskFile file = disk.open(path("f"), OpenMode.READ_UNNOTICED)) {
      long before = file.lastReadNanos();
      awaitClock();
      file.read(ByteBuffer.allocate(10), 0);
      assertThat(file.lastReadNanos()).isEqualTo(before);
      try (DiskFile program = disk.open(path("f"), OpenMode.READ)) {
        program.read(ByteBuffer.allocate(10), 0);
      }
      assertThat(file.lastReadNanos()).isGreaterThan(before);
    }
  }

  @Test
  void writeBack_thenAMappedStore_movesTheModificationTime() throws IOException {
    user.write("f", bytes(1, 5000));
    user.mtime("f", new FileTime(1, 0));
    try (DiskFile file = disk.open(path("f"), OpenMode.READ);
        OpenUserFile mapped = user.open("f")) {
      mapped.store(bytes(2, 100));
      user.mtime("f", new FileTime(1, 0));
      boolean isWritten = file.writeBack();
      mapped.store(bytes(3, 100));
      assertThat(file.stat().mtime().equals(new FileTime(1, 0))).isNotEqualTo(isWritten);
    }
    assertThat(user.read("f")).startsWith(bytes(3, 100));
  }

  @Test
  void link_newName_isTheSameFile_takenName_isRefused() throws IOException {
    user.createDirectory("d");
    user.write("a", bytes(1, 10));
    user.write("b", bytes(2, 10));
    disk.link(path("a"), path("d/a"));
    assertThat(stat("d/a").fileKey()).isEqualTo(stat("a").fileKey());
    assertThat(stat("a").links()).isEqualTo(2);
    assertThatThrownBy(() -> disk.link(path("a"), path("b")))
        .isInstanceOf(FileAlreadyExistsException.class);
    assertThatThrownBy(() -> disk.link(path("absent"), path("c")))
        .isInstanceOf(NoSuchFileException.class);
    assertThat(user.read("b")).isEqualTo(bytes(2, 10));
  }

  @Test
  void setAttributes_modeAndTime_areWhatStatTells() throws IOException {
    user.write("f", bytes(1, 10));
    for (FileTime time :
        List.of(
            new FileTime(1_700_000_000, 123_456_789),
            FileTime.EPOCH,
            new FileTime(-2, 499_999_999))) {
      try (DiskFile file = disk.open(path("f"), OpenMode.UPDATE)) {
        file.setAttributes(0640, time);
        file.force();
        assertThat(file.stat().mtime()).isEqualTo(time);
      }
      FileStat stat = disk.stat(path("f")).orElseThrow();
      assertThat(stat.mode()).isEqualTo(0640);
      assertThat(stat.mtime()).isEqualTo(time);
    }
    assertThat(user.read("f")).isEqualTo(bytes(1, 10));
  }

  @Test
  void publish_temporaryFile_takesTheTargetsPlace() throws IOException {
    user.write("target", bytes(1, 10));
    try (DiskFile file = disk.open(path("temporary"), OpenMode.CREATE_NEW)) {
      file.write(ByteBuffer.wrap(bytes(2, 20)), 0);
    }
    disk.publish(path("temporary"), path("target"));
    assertThat(user.read("target")).isEqualTo(bytes(2, 20));
    assertThat(disk.list(RelativePath.ROOT).names()).containsExactly("target");
    disk.forceDirectory(RelativePath.ROOT);
  }

  @Test
  void anyName_255BytesAndOdd_isPossible() throws IOException {
    String longest = "ä".repeat(127) + "x";
    for (String name : new String[] {longest, "-", "a b", "\u0001", "😀", "…", "\\xff"}) {
      disk.open(path(name), OpenMode.CREATE_NEW).close();
      assertThat(disk.stat(path(name))).as(name).isPresent();
    }
    assertThat(disk.list(RelativePath.ROOT).names()).hasSize(7).contains(longest, "😀", "\\xff");
  }

  @Test
  void usage_saysWhatTheFileSystemHas() throws IOException {
    DiskUsage usage = disk.usage();
    assertThat(usage.blockBytes()).isPositive();
    assertThat(usage.freeBytes()).isBetween(usage.availableBytes(), usage.totalBytes());
  }
}
