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
import org.realize.sync.model.RealizeException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directory that the mount covers. {@link #prepare} makes it ready: a mount of ours whose
 * process died is taken away, anything else but an empty directory is refused with one line.
 */
public final class MountPoint {

  private static final Logger LOG = LoggerFactory.getLogger(MountPoint.class);
  private static final int MAX_STACKED = 16;
  private static final long ANSWER_SECONDS = 5;
  private static final int MNT_DETACH_HERE = SystemCalls.MNT_DETACH | SystemCalls.UMOUNT_NOFOLLOW;

  private final SystemCalls calls;
  private final Path path;

  private MountPoint(SystemCalls calls, Path path) {
    this.calls = calls;
    this.path = path;
  }

  /** Resolves {@code path}, recovers what a crash left there, and checks that it may be covered. */
  public static MountPoint prepare(SystemCalls calls, Path path)
      throws RealizeException, InterruptedException {
    MountPoint point = new MountPoint(calls, resolve(path));
    point.recover();
    point.checkEmptyDirectory();
    return point;
  }

  public Path path() {
    return path;
  }

  /** Resolves links above the last part only: the last one may be a mount that answers nobody. */
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
      List<MountTable.Entry> mounts = mounts();
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

  /** True if a process serves the mount: a dead one says ENOTCONN at once. */
  private boolean isAnswered() throws InterruptedException {
    CompletableFuture<Boolean> answer = new CompletableFuture<>();
    Thread.ofPlatform()
        .daemon()
        .name("fuse-probe")
        .start(() -> {
          try {
            Files.getLastModifiedTime(path);
            answer.complete(true);
          } catch (IOException e) {
            answer.complete(!String.valueOf(e.getMessage()).contains("not connected"));
          }
        });
    try {
      return answer.get(ANSWER_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      return true;
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  private boolean detach() throws InterruptedException {
    if (calls.umount(path.toString(), MNT_DETACH_HERE) == 0) {
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

  /** Every mount at this path, the visible one last. */
  public List<MountTable.Entry> mounts() throws RealizeException {
    try {
      return MountTable.read().at(path);
    } catch (IOException e) {
      throw new RealizeException.StorageFailed("mount " + path + ": read the mount table", e);
    }
  }

  /**
   * Takes the mount away if nothing uses it; false when it is in use or may not be unmounted so.
   */
  public boolean unmount() throws InterruptedException {
    int result = calls.umount(path.toString(), SystemCalls.UMOUNT_NOFOLLOW);
    if (result == 0 || result == -Errno.EINVAL) {
      return true; // EINVAL: somebody else unmounted it
    }
    if (result != -Errno.EPERM) {
      return false;
    }
    return fusermount(false);
  }

  private boolean fusermount(boolean lazy) throws InterruptedException {
    Optional<Fusermount> program = Fusermount.find(calls);
    return program.isPresent() && program.get().unmount(path, lazy);
  }

  /**
   * Takes the mount out of the tree even when it is in use. As root this also ends the connection,
   * so that who still uses it gets ENOTCONN; otherwise it lives until its last user lets go.
   */
  public boolean unmountByForce() throws InterruptedException {
    int flags = SystemCalls.MNT_FORCE | MNT_DETACH_HERE;
    int result = calls.umount(path.toString(), flags);
    return result == 0 || result == -Errno.EINVAL || detach();
  }
}
