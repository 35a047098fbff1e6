package org.realize.fuse.sys;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.realize.sync.model.RealizeException;
import org.realize.sync.posix.Errno;
import org.realize.sync.posix.MountCalls;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directory that the mount covers. {@link #prepare} makes it ready: a mount of ours whose
 * process died is taken away, anything else but an empty directory is refused with one line. One
 * thread at a time.
 */
public final class MountPoint {

  private static final Logger LOG = LoggerFactory.getLogger(MountPoint.class);
  private static final int MAX_STACKED = 16;
  private static final long ANSWER_SECONDS = 5;
  private static final int MNT_DETACH_HERE = MountCalls.MNT_DETACH | MountCalls.UMOUNT_NOFOLLOW;

  private final Path path;
  private Optional<String> device = Optional.empty();

  private MountPoint(Path path) {
    this.path = path;
  }

  /** Resolves {@code path}, recovers what a crash left there, and checks that it may be covered. */
  public static MountPoint prepare(Path path) throws RealizeException, InterruptedException {
    MountPoint point = new MountPoint(resolve(path));
    point.recover();
    point.checkEmptyDirectory();
    return point;
  }

  public Path path() {
    return path;
  }

  /** Resolves links above the last part only: the last one may be a mount that does not answer. */
  private static Path resolve(Path path) throws RealizeException {
    Path absolute = path.toAbsolutePath().normalize();
    Path parent = absolute.getParent();
    Path name = absolute.getFileName();
    if (parent == null || name == null) {
      throw new RealizeException.Invalid(
          "mount " + path + ": the root directory cannot be covered");
    }
    try {
      return parent.toRealPath().resolve(name);
    } catch (IOException e) {
      throw new RealizeException.Invalid("mount " + path + ": " + parent + " cannot be entered", e);
    }
  }

  private void recover() throws RealizeException, InterruptedException {
    for (int i = 0; i < MAX_STACKED; i++) {
      List<MountTable.MountEntry> mounts = mounts();
      if (mounts.isEmpty()) {
        return;
      }
      if (!mounts.getLast().isOurs()) {
        throw new RealizeException.Invalid(
            "mount " + path + ": a file system of type " + mounts.getLast().type() + " is there");
      }
      if (isAnswered()) {
        throw new RealizeException.Invalid(
            "mount " + path + ": another running realize is mounted there");
      }
      LOG.info("Unmounting what a process that died left at {}", path);
      if (!detach()) {
        throw new RealizeException.Denied(
            "mount " + path + ": a dead mount is there and could not be unmounted");
      }
    }
    throw new RealizeException.Invalid(
        "mount " + path + ": more than " + MAX_STACKED + " dead mounts are stacked there");
  }

  /**
   * True if a process serves the mount: a dead one says ENOTCONN at once. Asked by statfs, whose
   * answer the kernel never takes from its cache.
   */
  private boolean isAnswered() throws InterruptedException {
    Optional<Integer> answer = probe(() -> MountCalls.statfs(path.toString()));
    return answer.isEmpty() || answer.get() != -Errno.ENOTCONN;
  }

  /**
   * Asks for the root's attributes once, so that the kernel has them; false when no answer came.
   * Until its first answer the kernel takes the root for a directory of user 0 that nobody may
   * enter, and it drops an answer that a notice overtook. A program of another user that comes
   * first, and at such a moment, would be refused. To be called before the first notice.
   */
  public boolean introduceRoot() throws InterruptedException {
    return probe(() -> path.toFile().isDirectory()).orElse(false);
  }

  /** What the mount answers, which may be nothing: then empty, after {@value #ANSWER_SECONDS} s. */
  private static <T> Optional<T> probe(Supplier<T> question) throws InterruptedException {
    CompletableFuture<T> answer = new CompletableFuture<>();
    Thread.ofPlatform().daemon().name("fuse-probe").start(() -> answer.complete(question.get()));
    try {
      return Optional.of(answer.get(ANSWER_SECONDS, TimeUnit.SECONDS));
    } catch (TimeoutException e) {
      return Optional.empty();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  private boolean detach() throws InterruptedException {
    if (MountCalls.umount(path.toString(), MNT_DETACH_HERE) == 0) {
      return true;
    }
    return fusermount(true);
  }

  private void checkEmptyDirectory() throws RealizeException {
    if (!Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
      throw new RealizeException.Invalid("mount " + path + ": not a directory");
    }
    try (DirectoryStream<Path> children = Files.newDirectoryStream(path)) {
      if (children.iterator().hasNext()) {
        throw new RealizeException.Invalid("mount " + path + ": the directory is not empty");
      }
    } catch (IOException e) {
      throw new RealizeException.Invalid("mount " + path + ": the directory cannot be listed", e);
    }
  }

  private List<MountTable.MountEntry> mounts() throws RealizeException {
    try {
      return MountTable.read().at(path);
    } catch (IOException e) {
      throw new RealizeException.StorageFailed("mount " + path + ": read the mount table", e);
    }
  }

  /** Remembers the mount that has just been made here as ours; only that one is unmounted later. */
  public void claim() throws RealizeException {
    List<MountTable.MountEntry> mounts = mounts();
    if (mounts.isEmpty()) {
      throw new RealizeException.StorageFailed(
          "mount " + path + ": it was taken away at once", null);
    }
    device = Optional.of(mounts.getLast().device());
  }

  /** The position of the mount that was claimed. */
  private enum ClaimedMount {
    VISIBLE,
    COVERED,
    GONE
  }

  private ClaimedMount place() throws RealizeException {
    List<MountTable.MountEntry> mounts = mounts();
    if (mounts.stream().noneMatch(entry -> isClaimed(entry))) {
      return ClaimedMount.GONE;
    }
    return isClaimed(mounts.getLast()) ? ClaimedMount.VISIBLE : ClaimedMount.COVERED;
  }

  private boolean isClaimed(MountTable.MountEntry entry) {
    return entry.isOurs() && device.isPresent() && device.get().equals(entry.device());
  }

  /** Takes our mount away if nothing uses it; false when it is still there. */
  public boolean unmount() throws RealizeException, InterruptedException {
    return switch (place()) {
      case GONE -> true;
      case COVERED -> false;
      case VISIBLE -> {
        int result = MountCalls.umount(path.toString(), MountCalls.UMOUNT_NOFOLLOW);
        yield result == 0 || (result == -Errno.EPERM && fusermount(false));
      }
    };
  }

  /**
   * Takes our mount out of the tree even when it is in use; false when it is still there, as below
   * another mount. As root this also ends the connection, so that who still uses it gets ENOTCONN;
   * otherwise it lives until its last user closes it.
   */
  public boolean unmountByForce() throws RealizeException, InterruptedException {
    return switch (place()) {
      case GONE -> true;
      case COVERED -> false;
      case VISIBLE ->
          MountCalls.umount(path.toString(), MountCalls.MNT_FORCE | MNT_DETACH_HERE) == 0
              || detach();
    };
  }

  private boolean fusermount(boolean lazy) throws InterruptedException {
    Optional<Fusermount> program = Fusermount.find();
    return program.isPresent() && program.get().unmount(path, lazy);
  }
}
