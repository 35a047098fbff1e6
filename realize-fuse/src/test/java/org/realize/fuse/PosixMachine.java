package org.realize.fuse;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.realize.fuse.EditContract.Ability;
import org.realize.fuse.EditedTree.EditedFile;
import org.realize.fuse.EditedTree.Stat;
import org.realize.sync.model.FileTime;
import org.realize.sync.posix.Errno;

/**
 * A random machine of file-system calls that are made on two trees side by side, one of which is a
 * plain directory. Both must answer each call alike, in results, error numbers, bytes, attributes
 * and listings. The seed decides everything; a difference is an {@link AssertionError} that names
 * the seed and the last calls.
 *
 * <p>Times are compared where the machine has set them: then they are of a year long past.
 */
public final class PosixMachine implements AutoCloseable {

  private static final int SLOTS = 6;
  private static final int NAMES = 6;
  private static final int MAX_DEPTH = 3;
  private static final int MAX_BYTES = 40_000;
  private static final int TRACE = 40;

  /** A comparison costs as much as some thousand calls. */
  private static final int COMPARE_EVERY = 400;

  private static final int COMPARE_LATER_EVERY = 4000;
  private static final int LATER = 10_000;
  private static final int O_NONBLOCK = 04000;
  private static final int DIRECTORY = 0040000;
  private static final int KINDS = 0170000;
  private static final int REGULAR = 0100000;
  private static final int LINK = 0120000;
  private static final FileTime LONG_PAST = new FileTime(1_200_000_000, 0);

  private final Side tested;
  private final Side plain;
  private final Set<Ability> abilities;
  private final Random random;
  private final long seed;
  private final Deque<String> trace = new ArrayDeque<>();
  private final @Nullable List<MadeCall> made;
  private long step;

  /** A tree and the files that are open in it. */
  private static final class Side {
    final EditedTree tree;
    final @Nullable EditedFile[] open = new EditedFile[SLOTS];

    Side(EditedTree tree) {
      this.tree = tree;
    }
  }

  private interface Call {
    Object on(Side side) throws IOException;
  }

  private interface FileCall {
    Object on(EditedFile file) throws IOException;
  }

  /** What a tree lacks of which a part is elsewhere. */
  private static final Set<Ability> ELSEWHERE =
      EnumSet.of(Ability.ALLOCATION, Ability.WHOLE_DIRECTORIES, Ability.RENAME_KINDS);

  /** A call that a machine has made on both trees. */
  private record MadeCall(String what, Call call) {}

  /** Two directories with the same in them, of which {@code plain} is the measure. */
  private record TreePair(Path tested, Path plain) {}

  /** A machine on two empty directories, of which {@code plain} is the measure. */
  public static PosixMachine beside(Path tested, Path plain, long seed) {
    return beside(new TreePair(tested, plain), seed, null);
  }

  private static PosixMachine beside(TreePair pair, long seed, @Nullable List<MadeCall> made) {
    Set<Ability> abilities =
        made == null
            ? EnumSet.allOf(Ability.class)
            : EnumSet.complementOf(EnumSet.copyOf(ELSEWHERE));
    EditedTree tested = new SystemTree(pair.tested());
    return new PosixMachine(tested, new SystemTree(pair.plain()), abilities, seed, made);
  }

  /**
   * A machine on its own, for any mounted directory: {@code SEED CALLS TESTED PLAIN...}, the latter
   * two as often as is wanted, all pairs with the same in them. Makes the calls on the first pair;
   * where it finds a difference it tries fewer calls on the others, prints the fewest that still
   * give one, and exits with 1.
   */
  public static void main(String[] args) throws IOException {
    Deque<TreePair> pairs = new ArrayDeque<>();
    for (int i = 2; i + 1 < args.length; i += 2) {
      pairs.add(new TreePair(Path.of(args[i]), Path.of(args[i + 1])));
    }
    List<MadeCall> made = new ArrayList<>();
    try (PosixMachine machine = beside(pairs.remove(), Long.parseLong(args[0]), made)) {
      machine.compare(""); // they are alike
      machine.run(Long.parseLong(args[1]));
    } catch (AssertionError difference) {
      System.out.println(difference.getMessage());
      List<MadeCall> fewest = shrink(made, pairs);
      System.out.println(fewest.size() + " calls that still give a difference:");
      fewest.forEach(call -> System.out.println(call.what()));
      System.exit(1);
    }
  }

  /** Leaves out calls, in ever smaller pieces, as long as the others still give a difference. */
  private static List<MadeCall> shrink(List<MadeCall> made, Deque<TreePair> pairs)
      throws IOException {
    List<MadeCall> left = new ArrayList<>(made);
    for (int piece = Math.max(1, left.size() / 2); piece >= 1; piece /= 2) {
      int start = 0;
      while (start < left.size() && !pairs.isEmpty()) {
        List<MadeCall> fewer = new ArrayList<>(left.subList(0, start));
        fewer.addAll(left.subList(Math.min(left.size(), start + piece), left.size()));
        if (differs(fewer, pairs.remove())) {
          left = fewer;
        } else {
          start += piece;
        }
      }
    }
    return left;
  }

  private static boolean differs(List<MadeCall> calls, TreePair pair) throws IOException {
    try (PosixMachine machine = beside(pair, 0, new ArrayList<>())) {
      calls.forEach(call -> machine.both(call.what(), call.call()));
      machine.compare("");
      return false;
    } catch (AssertionError difference) {
      return true;
    }
  }

  /**
   * A machine at its start.
   *
   * @param abilities of the tested tree; what needs others is left out
   */
  PosixMachine(EditedTree tested, EditedTree plain, Set<Ability> abilities, long seed) {
    this(tested, plain, abilities, seed, null);
  }

  private PosixMachine(
      EditedTree tested,
      EditedTree plain,
      Set<Ability> abilities,
      long seed,
      @Nullable List<MadeCall> made) {
    this.made = made;
    this.tested = new Side(tested);
    this.plain = new Side(plain);
    this.abilities = abilities;
    this.seed = seed;
    this.random = new Random(seed);
  }

  /** Makes {@code count} calls on both. */
  public void run(long count) throws IOException {
    for (long i = 0; i < count; i++) {
      step();
      step++;
      if (step % (step < LATER ? COMPARE_EVERY : COMPARE_LATER_EVERY) == 0) {
        compare("");
      }
    }
    compare("");
  }

  private void both(String what, Call call) {
    if (trace.size() == TRACE) {
      trace.removeFirst();
    }
    trace.addLast(what);
    if (made != null) {
      made.add(new MadeCall(what, call));
    }
    String wanted = outcome(plain, call);
    String got = outcome(tested, call);
    trace.addLast(trace.removeLast() + " -> " + wanted);
    require(wanted, got, what);
  }

  private static String outcome(Side side, Call call) {
    try {
      Object result = call.on(side);
      return result instanceof byte[] bytes ? text(bytes) : String.valueOf(result);
    } catch (Tree.Refused e) {
      return "errno " + e.errno;
    } catch (IOException e) {
      return e.toString();
    }
  }

  private static String text(byte[] bytes) {
    return bytes.length + " bytes #" + Arrays.hashCode(bytes);
  }

  private void require(Object wanted, Object got, String what) {
    if (!wanted.equals(got)) {
      throw new AssertionError(
          "seed %d, call %d, %s: plain directory %s, tested tree %s, after:\n%s"
              .formatted(seed, step, what, wanted, got, String.join("\n", trace)));
    }
  }

  // ---- choices

  private String path() {
    StringBuilder path = new StringBuilder();
    for (int depth = random.nextInt(MAX_DEPTH); depth > 0; depth--) {
      path.append((char) ('A' + random.nextInt(3))).append('/');
    }
    boolean isDirectoryName = random.nextInt(4) == 0;
    return path.append(
            (char) ((isDirectoryName ? 'A' : 'a') + random.nextInt(isDirectoryName ? 3 : NAMES)))
        .toString();
  }

  private int mode() {
    return random.nextInt(8) == 0 ? random.nextInt(010000) : random.nextInt(01000);
  }

  private byte[] bytes() {
    byte[] bytes = new byte[random.nextInt(4) == 0 ? random.nextInt(20_000) : random.nextInt(200)];
    random.nextBytes(bytes);
    return bytes;
  }

  private FileTime time() {
    long span = 2 * LONG_PAST.seconds();
    return new FileTime(
        LONG_PAST.seconds() - 1 - random.nextLong(span), random.nextInt(1_000_000_000));
  }

  private int flags() {
    int flags = random.nextInt(3) | O_NONBLOCK;
    flags |= random.nextInt(2) == 0 ? EditedTree.O_CREAT : 0;
    flags |= random.nextInt(6) == 0 ? EditedTree.O_EXCL & -(flags >> 6 & 1) : 0;
    flags |= random.nextInt(6) == 0 && (flags & 3) != 0 ? EditedTree.O_TRUNC : 0;
    return flags | (random.nextInt(6) == 0 ? EditedTree.O_APPEND : 0);
  }

  // ---- calls

  private void step() {
    switch (random.nextInt(20)) {
      case 0, 1, 2 -> open();
      case 3, 4, 5, 6, 7 -> useFile();
      case 8 -> closeFile();
      case 9, 10 -> rename();
      case 11, 12 -> remove();
      case 13, 14 -> makeDirectory();
      case 15 -> makeOther();
      case 16 -> changeAttributes();
      case 17 -> extendedAttributes();
      default -> look();
    }
  }

  private void open() {
    int slot = random.nextInt(SLOTS);
    int flags = flags();
    int mode = mode();
    String path = path();
    close(slot);
    both(
        "open %s %o %o".formatted(path, flags, mode),
        side -> {
          side.open[slot] = side.tree.open(path, flags, mode);
          return "opened";
        });
  }

  private void closeFile() {
    close(random.nextInt(SLOTS));
  }

  private void close(int slot) {
    both(
        "close " + slot,
        side -> {
          EditedFile file = side.open[slot];
          side.open[slot] = null;
          if (file != null) {
            file.close();
          }
          return "closed";
        });
  }

  private void file(int slot, String what, FileCall call) {
    both(
        what + " of " + slot,
        side -> {
          EditedFile file = side.open[slot];
          return file == null ? "not open" : call.on(file);
        });
  }

  private void useFile() {
    int slot = random.nextInt(SLOTS);
    long offset = random.nextInt(MAX_BYTES);
    int length = 1 + random.nextInt(10_000);
    int kind = random.nextInt(8);
    switch (kind == 6 && !abilities.contains(Ability.ALLOCATION) ? 7 : kind) {
      case 0, 1, 2 -> {
        byte[] bytes = bytes();
        file(slot, "write %d at %d".formatted(bytes.length, offset), f -> f.write(offset, bytes));
      }
      case 3, 4 ->
          file(slot, "read %d at %d".formatted(length, offset), f -> f.read(offset, length));
      case 5 ->
          file(
              slot,
              "truncate to " + offset,
              f -> {
                f.truncate(offset);
                return "truncated";
              });
      case 6 -> {
        int mode = new int[] {0, 1, 3}[random.nextInt(3)];
        file(
            slot,
            "allocate %d, %d at %d".formatted(mode, length, offset),
            f -> {
              f.allocate(mode, offset, length);
              return "allocated";
            });
      }
      default -> file(slot, "stat", this::stat);
    }
  }

  private Object stat(EditedFile file) throws IOException {
    boolean isKept = abilities.contains(Ability.GONE_NODES);
    try {
      Stat stat = comparable(file.stat());
      boolean isRegular = (stat.mode() & KINDS) == REGULAR;
      boolean isNamed = stat.links() > 0 && !file.isUnlinked();
      return isKept || isRegular || isNamed ? stat : "gone";
    } catch (Tree.Refused e) {
      if (isKept || e.errno != Errno.ENOENT) {
        throw e;
      }
      return "gone";
    }
  }

  private void rename() {
    String from = path();
    String to = path();
    boolean hasKinds = abilities.contains(Ability.RENAME_KINDS);
    int flags = hasKinds && random.nextInt(3) == 0 ? 1 + random.nextInt(2) : 0;
    both(
        "rename %s %s %d".formatted(from, to, flags),
        side -> {
          side.tree.rename(from, to, flags);
          return "renamed";
        });
  }

  private void remove() {
    String path = path();
    boolean isDirectory = random.nextInt(3) == 0;
    both(
        (isDirectory ? "rmdir " : "unlink ") + path,
        side -> {
          if (isDirectory) {
            side.tree.rmdir(path);
          } else {
            side.tree.unlink(path);
          }
          return "removed";
        });
  }

  private void makeDirectory() {
    String path = path();
    int mode = mode();
    both(
        "mkdir %s %o".formatted(path, mode),
        side -> {
          side.tree.mkdir(path, mode);
          return "made";
        });
  }

  private void makeOther() {
    String path = path();
    String other = path();
    int mode = mode();
    switch (random.nextInt(4)) {
      case 0, 1 ->
          both(
              "link %s %s".formatted(other, path),
              side -> {
                side.tree.link(other, path);
                return "linked";
              });
      case 2 ->
          both(
              "symlink %s %s".formatted(other, path),
              side -> {
                side.tree.symlink(other, path);
                return "linked";
              });
      default ->
          both(
              "mknod %s %o".formatted(path, mode),
              side -> {
                side.tree.mknod(path, 0010000 | mode, 0);
                return "made";
              });
    }
  }

  private void changeAttributes() {
    String path = path();
    int mode = mode();
    int uid = random.nextInt(4) - 1;
    int gid = random.nextInt(4) - 1;
    long size = random.nextInt(MAX_BYTES);
    FileTime accessed = time();
    FileTime modified = time();
    switch (random.nextInt(4)) {
      case 0 ->
          both(
              "chmod %s %o".formatted(path, mode),
              side -> {
                side.tree.chmod(path, mode);
                return "changed";
              });
      case 1 ->
          both(
              "chown %s %d:%d".formatted(path, uid, gid),
              side -> {
                side.tree.chown(path, uid, gid);
                return "changed";
              });
      case 2 ->
          both(
              "truncate %s to %d".formatted(path, size),
              side -> {
                side.tree.truncate(path, size);
                return "truncated";
              });
      default ->
          both(
              "utimens %s %s".formatted(path, modified),
              side -> {
                side.tree.utimens(path, accessed, modified);
                return "changed";
              });
    }
  }

  private void extendedAttributes() {
    String path = path();
    String name = "user." + (char) ('a' + random.nextInt(4));
    byte[] value = new byte[random.nextInt(100)];
    random.nextBytes(value);
    int flags = random.nextInt(3);
    switch (random.nextInt(4)) {
      case 0, 1 ->
          both(
              "setxattr %s %s %d %d".formatted(path, name, value.length, flags),
              side -> {
                side.tree.setAttribute(path, name, value, flags);
                return "set";
              });
      case 2 ->
          both("getxattr %s %s".formatted(path, name), side -> side.tree.attribute(path, name));
      default ->
          both(
              "removexattr %s %s".formatted(path, name),
              side -> {
                side.tree.removeAttribute(path, name);
                return "removed";
              });
    }
  }

  private void look() {
    String path = path();
    switch (random.nextInt(4)) {
      case 0 -> both("list " + path, side -> side.tree.names(path));
      case 1 -> both("readlink " + path, side -> side.tree.target(path));
      default -> both("stat " + path, side -> comparable(side.tree.stat(path)));
    }
  }

  // ---- comparison

  /** The size of a directory is its file system's own matter. */
  private Stat comparable(Stat stat) {
    boolean isDirectory = (stat.mode() & KINDS) == DIRECTORY;
    long size = isDirectory ? 0 : stat.size();
    boolean isCounted = !isDirectory || abilities.contains(Ability.WHOLE_DIRECTORIES);
    int links = isCounted ? stat.links() : Math.min(1, stat.links());
    return new Stat(stat.mode(), stat.uid(), stat.gid(), links, size, stat.device());
  }

  private void compare(String directory) throws IOException {
    List<String> names = plain.tree.names(directory);
    require(names, tested.tree.names(directory), "names of '" + directory + "'");
    for (String name : names) {
      String path = directory.isEmpty() ? name : directory + "/" + name;
      Stat stat = comparable(plain.tree.stat(path));
      require(stat, comparable(tested.tree.stat(path)), "stat of " + path);
      boolean hasTime =
          (stat.mode() & KINDS) != DIRECTORY || abilities.contains(Ability.WHOLE_DIRECTORIES);
      require(
          settings(plain.tree, path, hasTime),
          settings(tested.tree, path, hasTime),
          "settings of " + path);
      switch (stat.mode() & KINDS) {
        case DIRECTORY -> compare(path);
        case REGULAR -> {
          String wanted = content(plain.tree, path, stat.size());
          require(wanted, content(tested.tree, path, stat.size()), "content of " + path);
        }
        case LINK ->
            require(plain.tree.target(path), tested.tree.target(path), "target of " + path);
        default -> {}
      }
    }
  }

  private static String content(EditedTree tree, String path, long size) throws IOException {
    try (EditedFile file = tree.open(path, O_NONBLOCK, 0)) {
      return text(file.read(0, (int) size + 1));
    }
  }

  /** What only a call of the machine can have set: old times and extended attributes. */
  private static List<String> settings(EditedTree tree, String path, boolean hasTime)
      throws IOException {
    List<String> settings = new ArrayList<>();
    FileTime modified = tree.times(path).modified();
    boolean isSet = hasTime && modified.seconds() < LONG_PAST.seconds();
    settings.add(isSet ? modified.toString() : "recent");
    for (String name : tree.attributeNames(path)) {
      if (name.startsWith("user.")) {
        settings.add(name + new String(tree.attribute(path, name), StandardCharsets.ISO_8859_1));
      }
    }
    return settings;
  }

  @Override
  public void close() {
    for (int slot = 0; slot < SLOTS; slot++) {
      close(slot);
    }
  }
}
