package org.realize.fuse.libfuse;

import com.kenai.jffi.MemoryIO;
import java.nio.ByteBuffer;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import jnr.ffi.Pointer;
import org.realize.fuse.ReadingPrograms;
import org.realize.fuse.sys.Failures;
import org.realize.sync.content.OpenFile;
import org.realize.sync.model.Inode;
import org.realize.sync.model.RealizeException;
import org.realize.sync.posix.Errno;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The reads into the library's buffers. One that waits for a peer does so on a virtual thread while
 * the library's thread polls every {@value #POLL_MILLIS} ms whether the program was interrupted,
 * which the library reports to that thread only. At most {@value #MAX_WAITS} wait at a time: each
 * holds a thread of the loop, and the library may hold another one to interrupt it.
 */
final class Reads {

  private static final Logger LOG = LoggerFactory.getLogger(Reads.class);
  private static final int MAX_WAITS = 15;
  private static final long POLL_MILLIS = 20;

  /** The thread in "struct fuse_context". */
  private static final int THREAD_OFFSET = 16;

  private final LibFuse2 library;
  private final ReadingPrograms programs;
  private final Semaphore free = new Semaphore(MAX_WAITS);
  private final Set<Thread> waiting = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  Reads(LibFuse2 library, ReadingPrograms programs) {
    this.library = library;
    this.programs = programs;
  }

  /** Reads and returns the bytes or −errno: EIO for a program that none are fetched for. */
  int read(Inode inode, OpenFile file, long offset, Pointer buffer, int size)
      throws RealizeException {
    ByteBuffer destination = MemoryIO.getInstance().newDirectByteBuffer(buffer.address(), size);
    int read = file.readNow(offset, destination);
    if (read != OpenFile.WOULD_WAIT) {
      return read;
    }
    String program = programs.admit(library.fuse_get_context().getInt(THREAD_OFFSET));
    if (program == null) {
      return -Errno.EIO;
    }
    if (!free.tryAcquire()) {
      LOG.warn("{} reads wait for bytes already, one more is refused", MAX_WAITS);
      return -Errno.EAGAIN;
    }
    try {
      int length = await(file, offset, destination);
      if (length > 0) {
        programs.fetched(program, inode, length);
      }
      return length;
    } finally {
      free.release();
    }
  }

  private int await(OpenFile file, long offset, ByteBuffer destination) {
    CountDownLatch done = new CountDownLatch(1);
    int[] result = {-Errno.EINTR};
    Thread thread =
        Thread.ofVirtual()
            .name("fuse-wait")
            .unstarted(() -> {
              result[0] = outcome(file, offset, destination);
              done.countDown();
            });
    waiting.add(thread);
    try {
      thread.start();
      if (closed) {
        thread.interrupt();
      }
      // the buffer is the library's: it may not be left while the virtual thread could write to it
      while (!isDone(done)) {
        if (library.fuse_interrupted() != 0) {
          thread.interrupt();
        }
      }
      return result[0];
    } finally {
      waiting.remove(thread);
    }
  }

  private static boolean isDone(CountDownLatch done) {
    try {
      return done.await(POLL_MILLIS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      return false; // the library's threads are never interrupted
    }
  }

  private static int outcome(OpenFile file, long offset, ByteBuffer destination) {
    try {
      return file.read(offset, destination);
    } catch (InterruptedException e) {
      return -Errno.EINTR;
    } catch (RealizeException e) {
      return -Failures.errno("read", e);
    } catch (RuntimeException | Error e) {
      return -Failures.bug("read", e);
    }
  }

  /** Interrupts the reads that wait, those that still come too. */
  void close() {
    closed = true;
    waiting.forEach(Thread::interrupt);
  }
}
