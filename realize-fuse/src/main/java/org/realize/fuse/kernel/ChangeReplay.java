package org.realize.fuse.kernel;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.realize.fuse.kernel.Protocol.Opcode;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.Inode;
import org.realize.sync.model.RealizeException;
import org.realize.sync.posix.Errno;
import org.realize.sync.posix.MountCalls;
import org.realize.sync.posix.NodeCalls;
import org.realize.sync.posix.NodeCalls.NewTime;
import org.realize.sync.posix.Syscalls;
import org.realize.sync.view.Attributes;
import org.realize.sync.view.EditableView;
import org.realize.sync.view.EntryName;
import org.realize.sync.view.FileKind;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The replay of changes that came by no call on this mount, so that programs get inotify events for
 * them: a notice to the kernel raises none. One thread, the replay's own, makes the call on the
 * mount that a program would have made; its requests come back here, are known by the number of
 * that thread, and are answered without effect, by what the view shows already.
 *
 * <p>The calls are made on descriptors of directories below this very mount, checked by its device
 * number and the directory's node, so that nothing else is changed where the mount is covered or
 * gone. Whatever does not go as expected raises no event, and the caller notifies the kernel
 * instead. The thread waits for the readers and for programs whose calls hold the same directory;
 * nobody waits for it.
 */
final class ChangeReplay {

  private static final Logger LOG = LoggerFactory.getLogger(ChangeReplay.class);

  private static final long O_WRONLY = 1;
  private static final long O_DIRECTORY = 0200000;
  private static final long O_NOFOLLOW = 0400000;
  private static final long NO_CROSSING = 0x01 | Syscalls.BENEATH;
  private static final long A_DIRECTORY = Syscalls.O_PATH | O_DIRECTORY | O_NOFOLLOW;
  private static final long A_FILE = Syscalls.O_PATH | O_NOFOLLOW;
  private static final long TO_CHANGE = O_WRONLY | Syscalls.O_NONBLOCK | O_NOFOLLOW;
  private static final NewTime KEPT = new NewTime.KeptTime();
  private static final NewTime NOW = new NewTime.ClockTime();

  /** The handle of the replay's own open files; those of programs count up from 1. */
  private static final long HANDLE = -1;

  /** Nodes from here on exist for the replay's calls only; the view has none of them. */
  private static final long PRETENDED = 1L << 62;

  /** A directory in the root that only the replay sees, from which a new version is renamed. */
  private static final String STAGE = ".realize.new";

  private static final String STAGED = "version";

  private final EditableView view;
  private final Path mountPoint;

  /** The thread of the replay; 0 until it has begun. */
  private volatile int thread;

  /** The device number of the mount; of the thread. */
  private long device;

  private volatile @Nullable Pretence pretence;
  private long pretended = PRETENDED; // of the thread

  /** The name where the kernel has a directory, of the last removal; of the thread. */
  private @Nullable EntryName directoryAt;

  /** The last node of {@link #pretended} that the kernel was given. */
  private volatile long given;

  /**
   * The answers to the requests of one call.
   *
   * @param at the name that is changed
   * @param shown the node of {@code at} before the call; null for none
   * @param made the node that the call makes or changes; null for none
   * @param from the name that is renamed to {@code at}; null if it is no rename
   * @param left the node that {@code at} shows now, of a removal; null for none
   * @param kind of {@code shown}, where that is no node of the view
   */
  private record Pretence(
      EntryName at,
      @Nullable Long shown,
      @Nullable Inode made,
      @Nullable EntryName from,
      @Nullable Inode left,
      FileKind kind) {
    Pretence(EntryName at, @Nullable Long shown, @Nullable Inode made, @Nullable EntryName from) {
      this(at, shown, made, from, null, FileKind.FILE);
    }
  }

  ChangeReplay(EditableView view, Path mountPoint) {
    this.view = view;
    this.mountPoint = mountPoint;
  }

  // ---- the thread that makes the calls

  /** Makes the calling thread the one that replays. The mount must answer already. */
  void begin() {
    try (Syscalls sys = new Syscalls()) {
      int root = sys.open(Syscalls.AT_FDCWD, mountPoint.toString(), A_DIRECTORY, 0, 0);
      if (root >= 0 && sys.stat(root, sys.text("")) == 0 && sys.stated().fileKey() == 1) {
        device = sys.stated().device();
        thread = MountCalls.thread();
      } else {
        LOG.warn("Programs that watch {} get no events: it cannot be opened", mountPoint);
      }
    }
  }

  /**
   * Replays that {@code at} showed {@code before} and shows {@code after}; null for nothing. False
   * if no event was raised, or not all that are due.
   */
  boolean entry(EntryName at, @Nullable Inode before, @Nullable Inode after) {
    return thread != 0
        && attempt(
            at,
            sys -> {
              int directory = directory(sys, at.directory());
              if (directory < 0) {
                return directory;
              }
              if (after == null) {
                return removed(sys, directory, at, null);
              }
              Attributes shown = view.lookup(at.directory(), at.name());
              if (!shown.inode().equals(after)) {
                return -Errno.ESTALE; // it has changed again, and is notified again
              }
              if (before == null) {
                return added(sys, directory, at, shown);
              }
              if (shown.kind() != FileKind.DIRECTORY) {
                int replaced = replaced(sys, directory, at, shown, before);
                if (replaced != -Errno.EISDIR) {
                  return replaced;
                }
              } else if (isKnown(sys, directory, at, after)) {
                return 0;
              }
              int gone = removed(sys, directory, at, after);
              return gone < 0 ? gone : added(sys, directory, at, shown);
            });
  }

  /** Replays that what {@code from} showed is shown by {@code to}, where there was nothing. */
  boolean renamed(EntryName from, EntryName to, Inode inode) {
    return thread != 0
        && attempt(
            to,
            sys -> {
              int source = directory(sys, from.directory());
              int target = source < 0 ? source : directory(sys, to.directory());
              if (target < 0) {
                return target;
              }
              if (!view.lookup(to.directory(), to.name()).inode().equals(inode)) {
                return -Errno.ESTALE;
              }
              pretence = new Pretence(to, null, inode, from);
              return sys.rename(source, from.name(), target, to.name(), 0);
            });
  }

  /** Replays a change of a file's bytes. */
  boolean content(Inode inode) {
    return changed(
        inode,
        (sys, root, path) -> {
          int file = sys.open(root, path, TO_CHANGE, 0, NO_CROSSING);
          return file >= 0 ? file : sys.open(root, path, A_FILE, 0, NO_CROSSING);
        },
        KEPT);
  }

  /** Replays a change of attributes. */
  boolean attributes(Inode inode) {
    return changed(inode, (sys, root, path) -> sys.open(root, path, A_FILE, 0, NO_CROSSING), NOW);
  }

  /** An opener of a path below the mount's root. */
  @FunctionalInterface
  private interface PathOpener {
    int open(Syscalls sys, int root, String path);
  }

  private boolean changed(Inode inode, PathOpener opener, NewTime accessed) {
    EntryName nothing = new EntryName(inode, "");
    return thread != 0
        && attempt(
            nothing,
            sys -> {
              int root = root(sys);
              if (root < 0) {
                return root;
              }
              pretence = new Pretence(nothing, null, inode, null);
              int file = opener.open(sys, root, view.pathOf(inode));
              int found = file < 0 ? file : sys.stat(file, sys.text(""));
              if (found < 0) {
                return found;
              }
              return isOf(sys, inode)
                  ? NodeCalls.setTimes(sys, file, accessed, NOW)
                  : -Errno.ESTALE;
            });
  }

  private boolean isOf(Syscalls sys, Inode inode) {
    return sys.stated().device() == device && sys.stated().fileKey() == inode.value();
  }

  /** Some calls of the replay; a negated errno if one fails. */
  @FunctionalInterface
  private interface ReplayCalls {
    int make(Syscalls sys) throws RealizeException;
  }

  private boolean attempt(EntryName at, ReplayCalls calls) {
    int result;
    try (Syscalls sys = new Syscalls()) {
      result = calls.make(sys);
    } catch (RealizeException gone) {
      result = -Errno.ENOENT;
    } finally {
      pretence = null;
    }
    if (result < 0) {
      LOG.debug("no event for '{}' in {}: {}", at.name(), at.directory(), Errno.text(-result));
    }
    return result >= 0;
  }

  /** The mount's root, if it is still this mount's. */
  private int root(Syscalls sys) {
    int root = sys.open(Syscalls.AT_FDCWD, mountPoint.toString(), A_DIRECTORY, 0, 0);
    int found = root < 0 ? root : sys.stat(root, sys.text(""));
    if (found < 0) {
      return found;
    }
    return isOf(sys, Inode.ROOT) ? root : -Errno.ESTALE;
  }

  private int directory(Syscalls sys, Inode inode) throws RealizeException {
    int root = root(sys);
    if (root < 0) {
      return root;
    }
    if (inode.equals(Inode.ROOT)) {
      return root;
    }
    int directory = sys.open(root, view.pathOf(inode), A_DIRECTORY, 0, NO_CROSSING);
    int found = directory < 0 ? directory : sys.stat(directory, sys.text(""));
    if (found < 0) {
      return found;
    }
    return isOf(sys, inode) ? directory : -Errno.ESTALE;
  }

  private int added(Syscalls sys, int directory, EntryName at, Attributes shown)
      throws RealizeException {
    pretence = new Pretence(at, null, shown.inode(), null);
    String name = at.name();
    return switch (shown.kind()) {
      case DIRECTORY -> sys.makeDirectory(directory, name, 0700);
      case LINK -> sys.makeLink(view.readLink(shown.inode()), directory, name);
      case FILE ->
          sys.open(directory, name, TO_CHANGE | Syscalls.O_CREAT | Syscalls.O_EXCL, 0600, 0);
      default -> NodeCalls.makeNode(sys, directory, name, shown.kind().modeBits() | 0600, 0);
    };
  }

  /** True if the kernel has {@code inode} by this name, as a program's own call leaves it. */
  private boolean isKnown(Syscalls sys, int directory, EntryName at, Inode inode) {
    pretence = removal(at, null, FileKind.DIRECTORY);
    int file = sys.open(directory, at.name(), A_FILE, 0, 0);
    return file >= 0 && sys.stat(file, sys.text("")) == 0 && isOf(sys, inode);
  }

  private Pretence removal(EntryName at, @Nullable Inode left, FileKind kind) {
    return new Pretence(at, ++pretended, null, null, left, kind);
  }

  /**
   * ESTALE, and no event, if the name shows something else by then, or if it is the kernel's own
   * entry of a name that shows something: that entry must have been forgotten before.
   */
  private int removed(Syscalls sys, int directory, EntryName at, @Nullable Inode left) {
    if (!at.equals(directoryAt)) {
      pretence = removal(at, left, FileKind.FILE);
      int result = sys.removeFile(directory, at.name());
      if (result != -Errno.EISDIR) {
        return result;
      }
    }
    directoryAt = at;
    pretence = removal(at, left, FileKind.DIRECTORY);
    int result = sys.removeDirectory(directory, at.name());
    if (result != -Errno.ESTALE) {
      directoryAt = null;
    }
    return result;
  }

  /** A new version is a node of its own, as a save by a rename makes it. */
  private int replaced(Syscalls sys, int directory, EntryName at, Attributes shown, Inode before) {
    EntryName stage = new EntryName(new Inode(PRETENDED), STAGED);
    pretence = new Pretence(at, before.value(), shown.inode(), stage);
    int root = root(sys);
    int staged = root < 0 ? root : sys.open(root, STAGE, A_DIRECTORY, 0, NO_CROSSING);
    return staged < 0 ? staged : sys.rename(staged, STAGED, directory, at.name(), 0);
  }

  // ---- the readers that answer them

  /** True of a request that a call of the replay has caused. */
  boolean isOwn(Request in) {
    int own = thread;
    return own != 0 && in.thread() == own;
  }

  /**
   * The answer to one of its own requests; empty where it is answered as any other. Nothing that
   * changes anything is.
   *
   * <p>The kernel holds the directories of a call until it has its answer, so no program can change
   * their names meanwhile: the view is looked at here once more. A directory that is back must not
   * count as removed, or nothing could be made in it any more, and a file that is back at the old
   * name of a rename must not get the new one.
   */
  Optional<Integer> answer(Request in, Reply out) throws RealizeException {
    Pretence now = pretence;
    return switch (in.opcode()) {
      case Opcode.LOOKUP -> now == null ? Optional.empty() : lookup(now, in, out);
      case Opcode.GETATTR, Opcode.STATX ->
          in.node() == PRETENDED ? Optional.of(stageAttributes(in, out)) : Optional.empty();
      case Opcode.CREATE -> Optional.of(created(expected(now, in, 16), out));
      case Opcode.MKNOD -> Optional.of(out.entry(0, shown(expected(now, in, 16))));
      case Opcode.MKDIR -> Optional.of(out.entry(0, shown(expected(now, in, 8))));
      case Opcode.SYMLINK -> Optional.of(out.entry(0, shown(expected(now, in, 0))));
      case Opcode.UNLINK, Opcode.RMDIR -> {
        Pretence removal = expected(now, in, 0);
        yield Optional.of(isRemoved(removal) ? 0 : -Errno.ESTALE);
      }
      case Opcode.RENAME, Opcode.RENAME2 -> Optional.of(renamed(now, in));
      case Opcode.SETATTR -> {
        Inode inode = changed(now, in);
        yield Optional.of(out.attributes(view.attributes(inode)));
      }
      case Opcode.OPEN -> {
        Inode ignored = changed(now, in);
        yield Optional.of(opened(0, out));
      }
      case Opcode.WRITE,
          Opcode.LINK,
          Opcode.TMPFILE,
          Opcode.FALLOCATE,
          Opcode.SETXATTR,
          Opcode.REMOVEXATTR,
          Opcode.COPY_FILE_RANGE,
          Opcode.COPY_FILE_RANGE_64 ->
          Optional.of(-Errno.EROFS);
      default -> Optional.empty();
    };
  }

  /**
   * True if nothing is at the name, or just what is to be there: the kernel must have asked for the
   * name in this very call then, or it would take the node that it has there for removed.
   */
  private boolean isRemoved(Pretence removal) throws RealizeException {
    Inode shown = shownAt(removal.at());
    boolean isPretended = removal.shown() != null && removal.shown() == given;
    return removal.made() == null
        && (shown == null || (isPretended && shown.equals(removal.left())));
  }

  /** The names of the call under way are as they were before it, for this thread. */
  private Optional<Integer> lookup(Pretence now, Request in, Reply out) throws RealizeException {
    String name = in.text(0).orElse("");
    if (is(now.at(), in, name)) {
      Long before = now.shown();
      if (before == null) {
        return Optional.of(-Errno.ENOENT);
      }
      if (before > PRETENDED) {
        given = before;
        return Optional.of(pretend(out, before, now.kind()));
      }
      return Optional.of(replacedEntry(before, out));
    }
    if (in.node() == Inode.ROOT.value() && name.equals(STAGE)) {
      return Optional.of(pretend(out, PRETENDED, FileKind.DIRECTORY));
    }
    EntryName from = now.from();
    Inode made = now.made();
    return from != null && made != null && is(from, in, name)
        ? Optional.of(out.passingEntry(view.attributes(made)))
        : Optional.empty();
  }

  /** The version that is replaced, if a program still has it: never with another size. */
  private int replacedEntry(long node, Reply out) {
    try {
      return out.passingEntry(view.attributes(new Inode(node)));
    } catch (RealizeException gone) {
      return -Errno.ENOENT;
    }
  }

  private static boolean is(EntryName at, Request in, String name) {
    return at.directory().value() == in.node() && at.name().equals(name);
  }

  private static Attributes attributesOf(long node, FileKind kind) {
    return new Attributes(
        new Inode(node), kind, 0700, 0, kind == FileKind.DIRECTORY ? 2 : 1, FileTime.EPOCH);
  }

  private static int pretend(Reply out, long node, FileKind kind) {
    return out.passingEntry(attributesOf(node, kind));
  }

  private static int stageAttributes(Request in, Reply out) {
    Attributes stage = attributesOf(in.node(), FileKind.DIRECTORY);
    return in.opcode() == Opcode.STATX ? out.statx(stage) : out.attributes(stage);
  }

  private static Pretence expected(@Nullable Pretence now, Request in, int name)
      throws RealizeException {
    if (now == null || !is(now.at(), in, in.text(name).orElse(""))) {
      throw unexpected();
    }
    return now;
  }

  private static RealizeException unexpected() {
    return new RealizeException.CallFailed("call of the replay", Errno.EROFS);
  }

  private @Nullable Inode shownAt(EntryName at) throws RealizeException {
    try {
      return view.lookup(at.directory(), at.name()).inode();
    } catch (RealizeException.NotFound nothing) {
      return null;
    }
  }

  private Attributes shown(Pretence now) throws RealizeException {
    Attributes shown = view.lookup(now.at().directory(), now.at().name());
    if (!shown.inode().equals(now.made())) {
      throw unexpected();
    }
    return shown;
  }

  private int created(Pretence now, Reply out) throws RealizeException {
    Attributes shown = shown(now);
    int length = opened(Protocol.ENTRY_BYTES, out);
    int ignored = out.entry(0, shown);
    return Protocol.ENTRY_BYTES + length;
  }

  /** Direct, so that the node stays open to passthrough, which mixes with no cached file. */
  private static int opened(int at, Reply out) {
    out.putLong(at, HANDLE);
    out.putInt(at + 8, Protocol.Open.DIRECT_IO | Protocol.Open.KEEP_CACHE | Protocol.Open.NOFLUSH);
    out.putInt(at + 12, 0);
    return 16;
  }

  private int renamed(@Nullable Pretence now, Request in) throws RealizeException {
    int names = in.opcode() == Opcode.RENAME ? 8 : 16;
    EntryName from = now == null ? null : now.from();
    String name = in.text(names).orElse("");
    if (now == null || from == null || !is(from, in, name)) {
      throw unexpected();
    }
    String to = in.text(names + name.getBytes(StandardCharsets.UTF_8).length + 1).orElse("");
    boolean isExpected =
        in.bodyLong(0) == now.at().directory().value() && to.equals(now.at().name());
    if (!isExpected) {
      return -Errno.EROFS;
    }
    boolean isLeft = from.directory().value() == PRETENDED || shownAt(from) == null;
    return isLeft && Objects.equals(shownAt(now.at()), now.made()) ? 0 : -Errno.ESTALE;
  }

  private static Inode changed(@Nullable Pretence now, Request in) throws RealizeException {
    Inode made = now == null ? null : now.made();
    if (made == null || in.node() != made.value()) {
      throw unexpected();
    }
    return made;
  }
}
