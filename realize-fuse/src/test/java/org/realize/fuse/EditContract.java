package org.realize.fuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.realize.fuse.TreeContract.assertRefused;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.realize.fuse.EditedTree.EditedFile;
import org.realize.fuse.EditedTree.Stat;
import org.realize.sync.model.FileTime;
import org.realize.sync.posix.Errno;

/**
 * The contract of a tree that programs change. A plain directory of ext4 passes it, too: it is what
 * all others are compared with.
 */
abstract class EditContract {

  private static final int RW_CREATE = EditedTree.O_RDWR | EditedTree.O_CREAT;
  private static final int FIFO = 010000;
  private static final int SOCKET = 0140000;
  private static final int CHARACTER_DEVICE = 020000;
  private static final int KEEP_SIZE = 1;
  private static final int PUNCH_HOLE = 2 | KEEP_SIZE;
  private static final int ZERO_RANGE = 16;
  private static final byte[] HELLO = bytes("hello");

  /** What not every driver can. */
  enum Ability {
    RENAME_KINDS,
    NAMELESS_FILES,
    ACCESS_LISTS,
    /** Directories and fifos that programs hold after their last name was removed. */
    GONE_NODES,
    HOLES,
    ZEROING,
    BIRTH_TIME,
    /** Room that is allocated in any file, also in one not all of which is here. */
    ALLOCATION,
    /** Directories of which nothing is elsewhere: their links and times follow their names. */
    WHOLE_DIRECTORIES
  }

  private String dir = "";

  abstract EditedTree tree();

  Set<Ability> abilities() {
    return EnumSet.allOf(Ability.class);
  }

  private boolean can(Ability ability) {
    return abilities().contains(ability);
  }

  @BeforeEach
  void makeDirectory(TestInfo test) throws IOException {
    dir = test.getTestMethod().orElseThrow().getName();
    tree().mkdir(dir, 0755);
  }

  final String dir() {
    return dir;
  }

  final String at(String name) {
    return dir + "/" + name;
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  final void write(String name, String text) throws IOException {
    try (EditedFile file =
        tree()
            .open(at(name), EditedTree.O_WRONLY | EditedTree.O_CREAT | EditedTree.O_TRUNC, 0644)) {
      assertThat(file.write(0, bytes(text))).isEqualTo(bytes(text).length);
    }
  }

  final String read(String name) throws IOException {
    try (EditedFile file = tree().open(at(name), 0, 0)) {
      return new String(file.read(0, 100_000), StandardCharsets.UTF_8);
    }
  }

  // ---- files

  @Test
  void create_newName_isAnEmptyFileOfTheCaller() throws IOException {
    assertRefused(Errno.ENOENT, () -> tree().stat(at("file")));
    try (EditedFile file = tree().open(at("file"), RW_CREATE, 0666)) {
      assertThat(file.stat()).isEqualTo(new Stat(0100644, 0, 0, 1, 0, 0));
    }
    assertThat(tree().stat(at("file"))).isEqualTo(new Stat(0100644, 0, 0, 1, 0, 0));
    assertThat(tree().names(dir)).containsExactly("file");
  }

  @Test
  void create_nameThatIsThere_isOpenedOrRefused() throws IOException {
    write("file", "hello");
    int exclusive = RW_CREATE | EditedTree.O_EXCL;
    assertRefused(Errno.EEXIST, () -> tree().open(at("file"), exclusive, 0644));
    try (EditedFile file = tree().open(at("file"), RW_CREATE, 0600)) {
      assertThat(file.read(0, 10)).isEqualTo(HELLO);
    }
    assertThat(tree().stat(at("file")).permissions()).isEqualTo(0644);
  }

  @Test
  void create_nameTooLong_isRefused() throws IOException {
    write("x".repeat(255), "1");
    assertThat(read("x".repeat(255))).isEqualTo("1");
    assertRefused(Errno.ENAMETOOLONG, () -> tree().open(at("x".repeat(256)), RW_CREATE, 0644));
    assertRefused(Errno.ENAMETOOLONG, () -> tree().mkdir(at("x".repeat(256)), 0755));
  }

  @Test
  void create_oddNames_areListedAndFound() throws IOException {
    for (String name : List.of(" ", "-rf", "new\nline", "ü", "u\u0308", "🗃", "back\\slash", ":")) {
      write(name, name);
      assertThat(read(name)).isEqualTo(name);
    }
    assertThat(tree().names(dir)).hasSize(8);
  }

  @Test
  void write_anywhere_isReadBack() throws IOException {
    try (EditedFile file = tree().open(at("file"), RW_CREATE, 0644)) {
      file.write(0, HELLO);
      file.write(100_000, bytes("far"));
      file.write(3, bytes("p me"));
      assertThat(file.read(0, 10)).isEqualTo(bytes("help me\0\0\0"));
      assertThat(file.read(99_998, 10)).isEqualTo(bytes("\0\0far"));
      assertThat(file.stat().size()).isEqualTo(100_003);
      assertThat(file.read(100_003, 10)).isEmpty();
    }
    assertThat(tree().stat(at("file")).size()).isEqualTo(100_003);
  }

  @Test
  void write_large_isReadBack() throws IOException {
    byte[] large = Pattern.bytes(3, 5_000_001, 0, 5_000_001);
    try (EditedFile file = tree().open(at("file"), RW_CREATE, 0644)) {
      assertThat(file.write(0, large)).isEqualTo(large.length);
      assertThat(file.read(0, large.length)).isEqualTo(large);
      file.sync();
    }
    try (EditedFile file = tree().open(at("file"), 0, 0)) {
      assertThat(file.read(0, large.length)).isEqualTo(large);
    }
  }

  @Test
  void write_toAppend_isAtTheEnd() throws IOException {
    write("file", "hello");
    int flags = EditedTree.O_WRONLY | EditedTree.O_APPEND;
    try (EditedFile one = tree().open(at("file"), flags, 0);
        EditedFile other = tree().open(at("file"), flags, 0)) {
      one.write(0, bytes(" one"));
      other.write(0, bytes(" other"));
      one.write(2, bytes("!"));
    }
    assertThat(read("file")).isEqualTo("hello one other!");
  }

  @Test
  void write_throughOneName_isReadThroughEveryHandleAndName() throws IOException {
    write("file", "hello");
    tree().link(at("file"), at("link"));
    try (EditedFile writer = tree().open(at("file"), EditedTree.O_RDWR, 0);
        EditedFile reader = tree().open(at("link"), 0, 0)) {
      assertThat(reader.read(0, 10)).isEqualTo(HELLO);
      writer.write(0, bytes("world!"));
      assertThat(reader.read(0, 10)).isEqualTo(bytes("world!"));
      assertThat(read("link")).isEqualTo("world!");
      assertThat(tree().stat(at("link")).size()).isEqualTo(6);
    }
  }

  @Test
  void truncate_shorterAndLonger_cutsAndFillsWithZeros() throws IOException {
    write("file", "hello world");
    tree().truncate(at("file"), 5);
    assertThat(tree().stat(at("file")).size()).isEqualTo(5);
    assertThat(read("file")).isEqualTo("hello");
    tree().truncate(at("file"), 8);
    assertThat(read("file")).isEqualTo("hello\0\0\0");
    try (EditedFile file = tree().open(at("file"), EditedTree.O_RDWR, 0)) {
      file.truncate(2);
      assertThat(file.read(0, 10)).isEqualTo(bytes("he"));
      file.truncate(4);
      assertThat(file.stat().size()).isEqualTo(4);
    }
    assertThat(read("file")).isEqualTo("he\0\0");
  }

  @Test
  void open_toTruncate_leavesNothing() throws IOException {
    write("file", "hello");
    tree().open(at("file"), EditedTree.O_WRONLY | EditedTree.O_TRUNC, 0).close();
    assertThat(tree().stat(at("file")).size()).isZero();
    assertThat(read("file")).isEmpty();
  }

  @Test
  void open_directory_cannotBeWritten() {
    assertRefused(Errno.EISDIR, () -> tree().open(dir, EditedTree.O_RDWR, 0));
  }

  @Test
  void file_withoutName_livesUntilItIsClosed() throws IOException {
    write("file", "hello");
    try (EditedFile file = tree().open(at("file"), EditedTree.O_RDWR, 0)) {
      tree().unlink(at("file"));
      assertThat(tree().names(dir)).isEmpty();
      assertRefused(Errno.ENOENT, () -> tree().stat(at("file")));
      assertThat(file.stat().links()).isZero();
      file.write(5, bytes(" world"));
      assertThat(file.read(0, 20)).isEqualTo(bytes("hello world"));
      file.truncate(3);
      assertThat(file.stat().size()).isEqualTo(3);
      write("file", "another");
      assertThat(file.read(0, 20)).isEqualTo(bytes("hel"));
    }
    assertThat(read("file")).isEqualTo("another");
  }

  @Test
  void file_replacedWhileOpen_staysForItsHandle() throws IOException {
    write("file", "old");
    write("new", "new content");
    try (EditedFile file = tree().open(at("file"), EditedTree.O_RDWR, 0)) {
      tree().rename(at("new"), at("file"), 0);
      assertThat(file.read(0, 20)).isEqualTo(bytes("old"));
      file.write(0, bytes("OLD"));
      assertThat(file.stat().links()).isZero();
    }
    assertThat(read("file")).isEqualTo("new content");
    assertThat(tree().names(dir)).containsExactly("file");
  }

  // ---- names

  @Test
  void mkdir_andRmdir_countAsLinksOfTheDirectory() throws IOException {
    assertThat(tree().stat(dir).links()).isEqualTo(2);
    tree().mkdir(at("below"), 01777);
    assertThat(tree().stat(at("below")).mode()).isEqualTo(0041755);
    assertThat(tree().stat(at("below")).links()).isEqualTo(2);
    assertThat(tree().stat(dir).links()).isEqualTo(3);
    assertRefused(Errno.EEXIST, () -> tree().mkdir(at("below"), 0755));
    write("below/file", "1");
    assertRefused(Errno.ENOTEMPTY, () -> tree().rmdir(at("below")));
    tree().unlink(at("below/file"));
    tree().rmdir(at("below"));
    assertThat(tree().stat(dir).links()).isEqualTo(2);
    assertRefused(Errno.ENOENT, () -> tree().rmdir(at("below")));
  }

  @Test
  void remove_ofTheOtherKind_isRefused() throws IOException {
    write("file", "1");
    tree().mkdir(at("below"), 0755);
    assertRefused(Errno.ENOTDIR, () -> tree().rmdir(at("file")));
    assertRefused(Errno.EISDIR, () -> tree().unlink(at("below")));
    assertRefused(Errno.ENOENT, () -> tree().unlink(at("absent")));
    assertRefused(Errno.ENOTDIR, () -> tree().mkdir(at("file/below"), 0755));
  }

  @Test
  void rename_toAFreeName_movesTheInode() throws IOException {
    tree().mkdir(at("from"), 0755);
    tree().mkdir(at("to"), 0755);
    write("from/file", "hello");
    long inode = tree().inode(at("from/file"));
    tree().rename(at("from/file"), at("to/moved"), 0);
    assertRefused(Errno.ENOENT, () -> tree().stat(at("from/file")));
    assertThat(tree().inode(at("to/moved"))).isEqualTo(inode);
    assertThat(read("to/moved")).isEqualTo("hello");
    assertThat(tree().names(at("from"))).isEmpty();
    assertThat(tree().names(at("to"))).containsExactly("moved");
    tree().rename(at("to"), at("from/to"), 0);
    assertThat(read("from/to/moved")).isEqualTo("hello");
    assertThat(tree().stat(at("from")).links()).isEqualTo(3);
    assertThat(tree().stat(dir).links()).isEqualTo(3);
  }

  @Test
  void rename_overWhatIsThere_replacesOnlyWhatItMay() throws IOException {
    write("file", "file");
    write("other", "other");
    tree().mkdir(at("empty"), 0755);
    tree().mkdir(at("full"), 0755);
    write("full/inner", "1");
    tree().mkdir(at("moved"), 0755);
    assertRefused(Errno.EISDIR, () -> tree().rename(at("file"), at("empty"), 0));
    assertRefused(Errno.ENOTDIR, () -> tree().rename(at("moved"), at("file"), 0));
    assertRefused(Errno.ENOTEMPTY, () -> tree().rename(at("moved"), at("full"), 0));
    assertRefused(Errno.EINVAL, () -> tree().rename(at("full"), at("full/inside"), 0));
    assertRefused(Errno.ENOENT, () -> tree().rename(at("absent"), at("file"), 0));
    tree().rename(at("file"), at("other"), 0);
    tree().rename(at("full"), at("empty"), 0);
    assertThat(read("other")).isEqualTo("file");
    assertThat(read("empty/inner")).isEqualTo("1");
    assertThat(tree().names(dir)).containsExactly("empty", "moved", "other");
  }

  @Test
  void rename_betweenNamesOfOneFile_leavesBoth() throws IOException {
    write("one", "1");
    tree().link(at("one"), at("two"));
    tree().rename(at("one"), at("two"), 0);
    assertThat(tree().names(dir)).containsExactly("one", "two");
    assertThat(tree().stat(at("one")).links()).isEqualTo(2);
  }

  @Test
  void rename_withoutReplacing_keepsWhatIsThere() throws IOException {
    write("file", "file");
    write("other", "other");
    if (!can(Ability.RENAME_KINDS)) {
      int flag = EditedTree.NOREPLACE;
      assertRefused(Errno.EINVAL, () -> tree().rename(at("file"), at("free"), flag));
      return;
    }
    assertRefused(Errno.EEXIST, () -> tree().rename(at("file"), at("other"), EditedTree.NOREPLACE));
    tree().rename(at("file"), at("free"), EditedTree.NOREPLACE);
    assertThat(read("free")).isEqualTo("file");
    assertThat(read("other")).isEqualTo("other");
  }

  @Test
  void rename_exchanging_exchangesEvenKinds() throws IOException {
    write("file", "file");
    tree().mkdir(at("below"), 0755);
    tree().mkdir(at("below/inner"), 0755);
    if (!can(Ability.RENAME_KINDS)) {
      assertRefused(
          Errno.EINVAL, () -> tree().rename(at("file"), at("below"), EditedTree.EXCHANGE));
      return;
    }
    assertRefused(Errno.ENOENT, () -> tree().rename(at("file"), at("absent"), EditedTree.EXCHANGE));
    tree().rename(at("file"), at("below/inner"), EditedTree.EXCHANGE);
    assertThat(read("below/inner")).isEqualTo("file");
    assertThat(tree().names(at("file"))).isEmpty();
    assertThat(tree().stat(dir).links()).isEqualTo(4);
    assertThat(tree().stat(at("below")).links()).isEqualTo(2);
  }

  @Test
  void link_secondName_isTheSameFile() throws IOException {
    write("file", "hello");
    assertThat(tree().stat(at("file")).links()).isEqualTo(1);
    tree().link(at("file"), at("second"));
    assertThat(tree().stat(at("file")).links()).isEqualTo(2);
    assertThat(tree().inode(at("second"))).isEqualTo(tree().inode(at("file")));
    assertRefused(Errno.EEXIST, () -> tree().link(at("file"), at("second")));
    assertRefused(Errno.EPERM, () -> tree().link(dir, at("directory")));
    tree().chmod(at("second"), 0600);
    assertThat(tree().stat(at("file")).permissions()).isEqualTo(0600);
    tree().unlink(at("file"));
    assertThat(tree().stat(at("second")).links()).isEqualTo(1);
    assertThat(read("second")).isEqualTo("hello");
  }

  @Test
  void symlink_text_isKeptAsItIs() throws IOException {
    for (String target : List.of("a", "../b/ü", "/absolute//x/", "x".repeat(4000))) {
      String name = at("link" + target.length());
      tree().symlink(target, name);
      assertThat(tree().target(name)).isEqualTo(target);
      Stat stat = tree().stat(name);
      assertThat(stat.mode()).isEqualTo(0120777);
      assertThat(stat.size()).isEqualTo(bytes(target).length);
      assertRefused(Errno.EEXIST, () -> tree().symlink(target, name));
    }
  }

  @Test
  void mknod_everyKind_isThatKind() throws IOException {
    tree().mknod(at("fifo"), FIFO | 0666, 0);
    tree().mknod(at("socket"), SOCKET | 0600, 0);
    tree().mknod(at("device"), CHARACTER_DEVICE | 0640, 0x1_0563);
    tree().mknod(at("file"), 0100644, 0);
    assertThat(tree().stat(at("fifo"))).isEqualTo(new Stat(FIFO | 0644, 0, 0, 1, 0, 0));
    assertThat(tree().stat(at("socket"))).isEqualTo(new Stat(SOCKET | 0600, 0, 0, 1, 0, 0));
    assertThat(tree().stat(at("device")))
        .isEqualTo(new Stat(CHARACTER_DEVICE | 0640, 0, 0, 1, 0, 0x1_0563));
    assertThat(tree().stat(at("file"))).isEqualTo(new Stat(0100644, 0, 0, 1, 0, 0));
    assertRefused(Errno.EEXIST, () -> tree().mknod(at("fifo"), FIFO | 0666, 0));
    tree().unlink(at("fifo"));
    tree().rename(at("socket"), at("fifo"), 0);
    assertThat(tree().names(dir)).containsExactly("device", "fifo", "file");
  }

  @Test
  void listing_afterEachChange_isRight() throws IOException {
    for (int i = 0; i < 30; i++) {
      write("file" + i, "1");
      assertThat(tree().names(dir)).hasSize(i + 1).contains("file" + i);
    }
    for (int i = 0; i < 30; i += 2) {
      tree().unlink(at("file" + i));
      tree().rename(at("file" + (i + 1)), at("moved" + i), 0);
      assertThat(tree().names(dir)).hasSize(29 - i / 2).doesNotContain("file" + i);
    }
    assertThat(tree().names(dir)).allMatch(name -> name.startsWith("moved"));
  }

  // ---- attributes

  @Test
  void chmod_allTwelveBits_areKept() throws IOException {
    write("file", "1");
    for (int mode : new int[] {0, 0777, 04755, 02755, 01644, 07777}) {
      tree().chmod(at("file"), mode);
      assertThat(tree().stat(at("file")).mode()).isEqualTo(0100000 | mode);
    }
    tree().chmod(dir, 01700);
    assertThat(tree().stat(dir).mode()).isEqualTo(0041700);
    assertRefused(Errno.ENOENT, () -> tree().chmod(at("absent"), 0644));
  }

  @Test
  void chown_ofEitherOrBoth_keepsTheOther() throws IOException {
    write("file", "1");
    tree().chown(at("file"), 1001, -1);
    assertThat(tree().stat(at("file"))).isEqualTo(new Stat(0100644, 1001, 0, 1, 1, 0));
    tree().chown(at("file"), -1, 1002);
    assertThat(tree().stat(at("file"))).isEqualTo(new Stat(0100644, 1001, 1002, 1, 1, 0));
    tree().symlink("file", at("link"));
    tree().chown(at("link"), 7, 8);
    assertThat(tree().stat(at("link")).uid()).isEqualTo(7);
    assertThat(tree().stat(at("file")).uid()).isEqualTo(1001);
  }

  @Test
  void chown_ofAFileWithSetId_takesItAway() throws IOException {
    write("file", "1");
    tree().chmod(at("file"), 06755);
    tree().chown(at("file"), 1001, 1001);
    assertThat(tree().stat(at("file")).permissions()).isEqualTo(0755);
    tree().chmod(at("file"), 06755);
    tree().chown(at("file"), -1, -1);
    assertThat(tree().stat(at("file")).permissions()).isEqualTo(0755);
    tree().chmod(dir, 02755);
    tree().chown(dir, 1001, 1001);
    assertThat(tree().stat(dir).permissions()).isEqualTo(02755);
  }

  @Test
  void create_inASetGroupDirectory_inheritsTheGroup() throws IOException {
    tree().chown(dir, 0, 1002);
    tree().chmod(dir, 02775);
    write("file", "1");
    tree().mkdir(at("below"), 0755);
    assertThat(tree().stat(at("file")).gid()).isEqualTo(1002);
    assertThat(tree().stat(at("below")).gid()).isEqualTo(1002);
    assertThat(tree().stat(at("below")).permissions()).isEqualTo(02755);
  }

  @Test
  void utimens_anyYear_isExact() throws IOException {
    write("file", "1");
    FileTime early = new FileTime(-1_000_000, 999_999_999);
    FileTime late = new FileTime(4_000_000_000L, 1);
    tree().utimens(at("file"), late, early);
    assertThat(tree().times(at("file")).accessed()).isEqualTo(late);
    assertThat(tree().times(at("file")).modified()).isEqualTo(early);
    tree().utimens(at("file"), null, null);
    assertThat(isRecent(tree().times(at("file")).modified())).isTrue();
    tree().symlink("file", at("link"));
    tree().utimens(at("link"), early, late);
    assertThat(tree().times(at("link")).modified()).isEqualTo(late);
  }

  private static boolean isRecent(FileTime time) {
    return time.isWithin(60_000_000_000L, MemoryNode.now());
  }

  @Test
  void times_afterEachChange_move() throws IOException {
    write("file", "1");
    FileTime old = new FileTime(1_000_000_000, 5);
    tree().utimens(at("file"), old, old);
    assertThat(isRecent(tree().times(at("file")).changed())).isTrue();
    try (EditedFile file = tree().open(at("file"), EditedTree.O_RDWR, 0)) {
      file.write(0, HELLO);
      assertThat(isRecent(tree().times(at("file")).modified())).isTrue();
      tree().utimens(at("file"), old, old);
      file.truncate(2);
      assertThat(isRecent(tree().times(at("file")).modified())).isTrue();
    }
    tree().utimens(at("file"), old, old);
    tree().utimens(dir, old, old);
    tree().chmod(at("file"), 0600);
    assertThat(tree().times(at("file")).modified()).isEqualTo(old);
    assertThat(tree().times(dir).modified()).isEqualTo(old);
    tree().rename(at("file"), at("moved"), 0);
    assertThat(tree().times(at("moved")).modified()).isEqualTo(old);
    assertThat(isRecent(tree().times(dir).modified())).isTrue();
    FileTime born = tree().times(at("moved")).born();
    assertThat(born != null && isRecent(born)).isEqualTo(can(Ability.BIRTH_TIME));
  }

  @Test
  void attribute_extended_isSetListedAndRemoved() throws IOException {
    write("file", "1");
    assertRefused(Errno.ENODATA, () -> tree().attribute(at("file"), "user.a"));
    tree().setAttribute(at("file"), "user.a", HELLO, 0);
    tree().setAttribute(at("file"), "user.b", new byte[0], 1);
    assertThat(tree().attribute(at("file"), "user.a")).isEqualTo(HELLO);
    assertThat(tree().attribute(at("file"), "user.b")).isEmpty();
    assertThat(tree().attributeNames(at("file"))).containsExactly("user.a", "user.b");
    assertRefused(Errno.EEXIST, () -> tree().setAttribute(at("file"), "user.a", HELLO, 1));
    assertRefused(Errno.ENODATA, () -> tree().setAttribute(at("file"), "user.c", HELLO, 2));
    tree().setAttribute(at("file"), "user.a", bytes("other"), 2);
    assertThat(tree().attribute(at("file"), "user.a")).isEqualTo(bytes("other"));
    tree().removeAttribute(at("file"), "user.a");
    assertRefused(Errno.ENODATA, () -> tree().removeAttribute(at("file"), "user.a"));
    assertThat(tree().attributeNames(at("file"))).containsExactly("user.b");
    tree().setAttribute(dir, "user.d", HELLO, 0);
    assertThat(tree().attribute(dir, "user.d")).isEqualTo(HELLO);
  }

  // ---- room

  @Test
  void allocate_andPunch_changeSizeAndBytes() throws IOException {
    try (EditedFile file = tree().open(at("file"), RW_CREATE, 0644)) {
      file.allocate(0, 0, 10_000);
      assertThat(file.stat().size()).isEqualTo(10_000);
      file.allocate(KEEP_SIZE, 0, 1_000_000);
      assertThat(file.stat().size()).isEqualTo(10_000);
      byte[] ones = new byte[20_000];
      Arrays.fill(ones, (byte) 1);
      file.write(0, ones);
      file.allocate(PUNCH_HOLE, 5000, 10_000);
      Arrays.fill(ones, 5000, 15_000, (byte) 0);
      assertThat(file.read(0, 30_000)).isEqualTo(ones);
      if (can(Ability.ZEROING)) {
        file.allocate(ZERO_RANGE, 16_000, 10_000);
        Arrays.fill(ones, 16_000, 20_000, (byte) 0);
        assertThat(file.read(0, 30_000)).isEqualTo(Arrays.copyOf(ones, 26_000));
      } else {
        assertRefused(Errno.EOPNOTSUPP, () -> file.allocate(ZERO_RANGE, 16_000, 10_000));
      }
    }
  }

  @Test
  void seek_dataAndHoles_areFound() throws IOException {
    try (EditedFile file = tree().open(at("file"), RW_CREATE, 0644)) {
      file.write(1 << 20, HELLO);
      file.truncate(1 << 21);
      boolean hasHoles = can(Ability.HOLES);
      assertThat(file.seek(0, EditedTree.SEEK_HOLE)).isEqualTo(hasHoles ? 0 : 1 << 21);
      assertThat(file.seek(0, EditedTree.SEEK_DATA)).isEqualTo(hasHoles ? 1 << 20 : 0);
      assertThat(file.seek(1 << 20, EditedTree.SEEK_HOLE))
          .isEqualTo(hasHoles ? (1 << 20) + 4096 : 1 << 21);
      if (hasHoles) {
        assertRefused(Errno.ENXIO, () -> file.seek(3 << 19, EditedTree.SEEK_DATA));
      }
      assertRefused(Errno.ENXIO, () -> file.seek(1 << 21, EditedTree.SEEK_HOLE));
    }
  }
}
