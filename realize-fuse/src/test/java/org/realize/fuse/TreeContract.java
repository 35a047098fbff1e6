package org.realize.fuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.realize.sync.model.FileTime;
import org.realize.sync.posix.Errno;
import org.realize.sync.view.FileKind;

/** The contract of a tree of files, whether a program sees it through a mount or asks the view. */
abstract class TreeContract {

  static final Duration SHOWN_WITHIN = Duration.ofSeconds(1);
  private static final FileTime MTIME = new FileTime(1_700_000_000, 123_456_789);

  /** The directory of one test. */
  String dir = "";

  abstract Tree tree();

  abstract Twin twin();

  @BeforeEach
  void makeDirectory(TestInfo test) throws IOException {
    dir = test.getTestMethod().orElseThrow().getName();
    twin().tell("directory", dir);
  }

  String at(String name) {
    return dir + "/" + name;
  }

  static void assertRefused(int errno, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            Tree.Refused.class, refused -> assertThat(refused.errno).isEqualTo(errno));
  }

  /**
   * Looks until the tree shows what a test expects. A look fails the test if it began when a change
   * must have been shown; how long a look takes, on a busy machine, does not count.
   */
  static void shows(org.awaitility.core.ThrowingRunnable expectation) {
    long changed = System.nanoTime();
    Awaitility.await()
        .atMost(Duration.ofMinutes(1))
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(20))
        .until(() -> {
          boolean isDue = System.nanoTime() - changed > SHOWN_WITHIN.toNanos();
          try {
            expectation.run();
            return true;
          } catch (Throwable e) {
            if (isDue) {
              throw new AssertionError("not shown within " + SHOWN_WITHIN, e);
            }
            return false;
          }
        });
  }

  @Test
  void stat_timeOutsideOfCountableNanoseconds_isExact() throws IOException {
    twin().tell("file", at("old"), "1", "1");
    twin().tell("mtime", at("old"), "-11676096000", "999999999");
    twin().tell("file", at("far"), "1", "1");
    twin().tell("mtime", at("far"), "16725225600", "1");

    assertThat(tree().stat(at("old")).mtime())
        .isEqualTo(new FileTime(-11_676_096_000L, 999_999_999));
    assertThat(tree().stat(at("far")).mtime()).isEqualTo(new FileTime(16_725_225_600L, 1));
  }

  @Test
  void stat_everyKind_tellsWhatTheViewKnows() throws IOException {
    twin().tell("file", at("file"), "12345", "1");
    twin().tell("mode", at("file"), "640");
    twin().tell("directory", at("below"));
    twin().tell("link", at("link"), "file");

    Tree.Stat file = tree().stat(at("file"));
    assertThat(file.kind()).isEqualTo(FileKind.FILE);
    assertThat(file.mode()).isEqualTo(0640);
    assertThat(file.size()).isEqualTo(12345);
    assertThat(file.links()).isEqualTo(1);
    assertThat(file.mtime()).isEqualTo(MTIME);
    Tree.Stat below = tree().stat(at("below"));
    assertThat(below.kind()).isEqualTo(FileKind.DIRECTORY);
    assertThat(below.mode()).isEqualTo(0755);
    assertThat(below.links()).isEqualTo(2);
    Tree.Stat link = tree().stat(at("link"));
    assertThat(link.kind()).isEqualTo(FileKind.LINK);
    assertThat(link.size()).isEqualTo(4);
    assertThat(List.of(file.inode(), below.inode(), link.inode())).doesNotHaveDuplicates();
  }

  @Test
  void stat_absentName_isNoEntry() {
    assertRefused(Errno.ENOENT, () -> tree().stat(at("absent")));
  }

  @Test
  void stat_belowAFile_isNotADirectory() throws IOException {
    twin().tell("file", at("file"), "1", "1");
    assertRefused(Errno.ENOTDIR, () -> tree().stat(at("file/below")));
  }

  @Test
  void names_oddOnes_areFoundAndListed() throws IOException {
    List<String> odd =
        List.of(
            " ",
            "a b",
            "-rf",
            "*",
            "a:b",
            "back\\slash",
            "new\nline",
            "tab\t",
            "%41",
            "ü",
            "u\u0308",
            "日本語",
            "🗃",
            "CON",
            "case",
            "CASE",
            "x".repeat(255),
            "é".repeat(127),
            "\uFFFD");
    for (int i = 0; i < odd.size(); i++) {
      twin().tell("file", at(odd.get(i)), String.valueOf(i), "1");
    }
    for (int i = 0; i < odd.size(); i++) {
      assertThat(tree().stat(at(odd.get(i))).size()).as(odd.get(i)).isEqualTo(i);
    }
    assertThat(tree().names(dir)).contains(".", "..").containsAll(odd).hasSize(odd.size() + 2);
  }

  @Test
  void names_ofHundredThousand_areEachListedOnce() throws IOException {
    twin().tell("bulk", dir, "100000");
    List<String> names = tree().names(dir);
    assertThat(names).hasSize(100_002).startsWith(".", "..");
    assertThat(names.subList(2, names.size()))
        .isEqualTo(IntStream.range(0, 100_000).mapToObj("entry-%06d"::formatted).toList());
  }

  @Test
  void names_ofEmptyDirectory_areDots() throws IOException {
    assertThat(tree().names(dir)).containsExactlyInAnyOrder(".", "..");
  }

  @Test
  void names_ofAFile_isNotADirectory() throws IOException {
    twin().tell("file", at("file"), "1", "1");
    assertRefused(Errno.ENOTDIR, () -> tree().names(at("file")));
  }

  @Test
  void target_ofLinks_isTheirText() throws IOException {
    for (String target : Stream.of("a", "../b/ü", "/absolute", "x".repeat(4000)).toList()) {
      twin().tell("link", at("link" + target.length()), target);
      assertThat(tree().target(at("link" + target.length()))).isEqualTo(target);
    }
  }

  @Test
  void read_whole_isTheContent() throws IOException {
    for (int size : new int[] {0, 1, 4095, 4096, 4097, 131_072, 3_000_001}) {
      twin().tell("file", at("file" + size), String.valueOf(size), "42");
      assertThat(tree().read(at("file" + size), 0, size + 10))
          .as("size %d", size)
          .isEqualTo(Pattern.bytes(42, size, 0, size));
    }
  }

  @Test
  void read_anywhere_isThatPartOfTheContent() throws IOException {
    int size = 5_000_003;
    twin().tell("file", at("file"), String.valueOf(size), "7");
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 200; i++) {
      int offset = random.nextInt(size + 10_000);
      int count = 1 + random.nextInt(200_000);
      assertThat(tree().read(at("file"), offset, count))
          .as("seed %d, %d bytes at %d", seed, count, offset)
          .isEqualTo(Pattern.bytes(7, size, offset, count));
    }
  }

  @Test
  void read_farInAHugeFile_isThatPart() throws IOException {
    long size = 1L << 41;
    twin().tell("file", at("huge"), String.valueOf(size), "9");
    assertThat(tree().stat(at("huge")).size()).isEqualTo(size);
    assertThat(tree().read(at("huge"), size - 5000, 10_000))
        .isEqualTo(Pattern.bytes(9, size, size - 5000, 5000));
    assertThat(tree().read(at("huge"), size, 10)).isEmpty();
  }

  @Test
  void read_ofBytesThatNobodyCanGive_isHostUnreachable() throws IOException {
    twin().tell("file", at("file"), "10", "1");
    twin().tell("trouble", at("file"), "unreachable");
    assertRefused(Errno.EHOSTUNREACH, () -> tree().read(at("file"), 0, 10));
  }

  @Test
  void read_ofBrokenBytes_isInputOutputError() throws IOException {
    twin().tell("file", at("corrupt"), "10", "1");
    twin().tell("trouble", at("corrupt"), "corrupt");
    assertRefused(Errno.EIO, () -> tree().read(at("corrupt"), 0, 10));
    twin().tell("file", at("bug"), "10", "1");
    twin().tell("trouble", at("bug"), "bug");
    assertRefused(Errno.EIO, () -> tree().read(at("bug"), 0, 10));
  }

  @Test
  void attribute_ofOurs_isItsValue() throws IOException {
    twin().tell("file", at("file"), "10", "1");
    twin().tell("attribute", at("file"), "user.realize.status", "cached 37%");
    assertThat(tree().attribute(at("file"), "user.realize.status"))
        .isEqualTo("cached 37%".getBytes(StandardCharsets.UTF_8));
    assertRefused(Errno.ENODATA, () -> tree().attribute(at("file"), "user.realize.other"));
    assertRefused(Errno.ENODATA, () -> tree().attribute(at("file"), "user.mime_type"));
  }

  @Test
  void change_ofContent_isShown() throws IOException {
    twin().tell("file", at("file"), "100", "1");
    assertThat(tree().read(at("file"), 0, 200)).isEqualTo(Pattern.bytes(1, 100, 0, 100));
    twin().tell("file", at("file"), "150", "2");
    shows(() -> {
      assertThat(tree().stat(at("file")).size()).isEqualTo(150);
      assertThat(tree().read(at("file"), 0, 200)).isEqualTo(Pattern.bytes(2, 150, 0, 150));
    });
  }

  @Test
  void change_ofNames_isShown() throws IOException {
    twin().tell("file", at("old"), "1", "1");
    assertRefused(Errno.ENOENT, () -> tree().stat(at("new")));
    assertThat(tree().names(dir)).containsExactlyInAnyOrder(".", "..", "old");
    twin().tell("remove", at("old"));
    twin().tell("directory", at("new"));
    twin().tell("file", at("new/inner"), "3", "1");
    shows(() -> {
      assertThat(tree().names(dir)).containsExactlyInAnyOrder(".", "..", "new");
      assertRefused(Errno.ENOENT, () -> tree().stat(at("old")));
      assertThat(tree().stat(at("new/inner")).size()).isEqualTo(3);
    });
  }

  @Test
  void change_ofMode_isShown() throws IOException {
    twin().tell("file", at("file"), "1", "1");
    assertThat(tree().stat(at("file")).mode()).isEqualTo(0644);
    twin().tell("mode", at("file"), "400");
    shows(() -> assertThat(tree().stat(at("file")).mode()).isEqualTo(0400));
  }

  @Test
  void change_ofKind_isShown() throws IOException {
    twin().tell("file", at("name"), "1", "1");
    assertThat(tree().stat(at("name")).kind()).isEqualTo(FileKind.FILE);
    twin().tell("directory", at("name"));
    shows(() -> assertThat(tree().stat(at("name")).kind()).isEqualTo(FileKind.DIRECTORY));
    twin().tell("link", at("name"), "target");
    shows(() -> assertThat(tree().target(at("name"))).isEqualTo("target"));
  }
}
