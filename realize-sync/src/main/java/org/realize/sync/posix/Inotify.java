package org.realize.sync.posix;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.concurrent.locks.ReentrantLock;

/**
 * An inotify instance of the kernel: changes of names in the directories that it watches. {@link
 * #read} belongs to one platform thread, whose carrier it blocks; all else is for any thread.
 */
public final class Inotify implements AutoCloseable {

  public static final int MODIFY = 0x2;
  public static final int ATTRIBUTES = 0x4;

  /** A file that was open for writing was closed; all that a mapped writer tells. */
  public static final int CLOSE_WRITE = 0x8;

  public static final int MOVED_FROM = 0x40;
  public static final int MOVED_TO = 0x80;
  public static final int CREATE = 0x100;
  public static final int DELETE = 0x200;
  public static final int UNMOUNT = 0x2000;

  /** The kernel's queue was full: events of any directory are lost. */
  public static final int OVERFLOW = 0x4000;

  /** The watch has ended: its directory is gone, or it was removed. */
  public static final int IGNORED = 0x8000;

  private static final int ONLY_DIRECTORY = 0x0100_0000;
  private static final int NO_FOLLOW = 0x0200_0000;
  private static final int ADD_TO_MASK = 0x2000_0000;
  private static final int CLOEXEC = 02000000;
  private static final int HEADER_BYTES = 16;
  private static final int BUFFER_BYTES = 64 << 10;

  /** A receiver of events, on the thread that reads. */
  @FunctionalInterface
  public interface EventSink {
    /**
     * One event.
     *
     * @param watch -1 for {@link #OVERFLOW}
     * @param mask what happened
     * @param name in the directory, valid during the call; empty for the directory itself
     */
    void event(int watch, int mask, ByteBuffer name);
  }

  private final int descriptor;
  private final NativeBuffer buffer = NativeBuffer.allocate(BUFFER_BYTES);
  private final ReentrantLock reading = new ReentrantLock();
  private volatile boolean closed;

  private Inotify(int descriptor) {
    this.descriptor = descriptor;
  }

  /** Opens an instance; fails where the user's limit of instances is reached. */
  public static Inotify open() throws IOException {
    try (Syscalls sys = new Syscalls()) {
      int descriptor = sys.call(SystemCall.INOTIFY_INIT1, CLOEXEC, 0, 0, 0, 0);
      if (descriptor < 0) {
        throw new IOException("inotify: " + Errno.text(-descriptor));
      }
      return new Inotify(descriptor);
    }
  }

  /**
   * Watches a directory, no link to one; events that it is watched for already stay.
   *
   * @return the watch, the same for the same directory; -1 once this is closed
   */
  public int watch(String directory, int mask) throws IOException {
    if (closed) {
      return -1;
    }
    try (Syscalls sys = new Syscalls()) {
      long all = mask | ONLY_DIRECTORY | NO_FOLLOW | ADD_TO_MASK;
      int watch =
          sys.call(
              SystemCall.INOTIFY_ADD_WATCH, descriptor, sys.text(directory).address(), all, 0, 0);
      if (watch >= 0) {
        return watch;
      }
      throw switch (-watch) {
        case Errno.ENOENT -> new NoSuchFileException(directory);
        case Errno.ENOTDIR, Errno.ELOOP -> new NotDirectoryException(directory);
        case Errno.ENOSPC ->
            new FileSystemException(directory, null, "the limit of inotify watches is reached");
        default -> new FileSystemException(directory, null, Errno.text(-watch));
      };
    }
  }

  /** Ends a watch; {@link #IGNORED} follows. */
  public void remove(int watch) {
    try (Syscalls sys = new Syscalls()) {
      sys.call(SystemCall.INOTIFY_RM_WATCH, descriptor, watch, 0, 0, 0);
    }
  }

  /**
   * Hands over the events there are, waiting for the first one.
   *
   * @return false if none came in time, or this is closed
   */
  public boolean read(int timeoutMillis, EventSink sink) {
    reading.lock();
    try {
      if (closed || MountCalls.poll(descriptor, timeoutMillis) <= 0 || closed) {
        return false;
      }
      int length = MountCalls.read(descriptor, buffer, BUFFER_BYTES);
      ByteBuffer bytes = buffer.bytes().clear();
      for (int at = 0; at < length; ) {
        int named = bytes.getInt(at + 3 * (int) JAVA_INT.byteSize());
        int start = at + HEADER_BYTES;
        sink.event(
            bytes.getInt(at), bytes.getInt(at + (int) JAVA_INT.byteSize()), name(start, named));
        at = start + named;
      }
      return length > 0;
    } finally {
      reading.unlock();
    }
  }

  /** Names are padded with NUL. */
  private ByteBuffer name(int start, int length) {
    int end = start;
    while (end < start + length && buffer.bytes().get(end) != 0) {
      end++;
    }
    return buffer.bytes().slice(start, end - start);
  }

  /** Ends a {@link #read} that waits, by the event that the end of a watch is. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    try {
      int watch = watch("/", DELETE);
      closed = true;
      remove(watch);
    } catch (IOException refused) {
      closed = true;
    }
    reading.lock();
    try {
      MountCalls.close(descriptor);
    } finally {
      reading.unlock();
    }
  }
}
