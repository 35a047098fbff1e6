package org.realize.sync.branch;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.realize.sync.content.OpenFile;
import org.realize.sync.model.ByteRange;
import org.realize.sync.model.IoCause;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.CallFailed;
import org.realize.sync.model.RealizeException.Unreachable;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.Version;
import org.realize.sync.port.Disk;
import org.realize.sync.port.DiskFile;
import org.realize.sync.port.FileStat;
import org.realize.sync.posix.Errno;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A copy-on-write file: what programs write lies in a sparse file of its own, all other bytes are
 * those of its base, the version that it began from, and are filled in bit by bit. Beyond the
 * smallest size that it had nothing is of the base. Once it has taken its name it is an ordinary
 * file, which is open here until its last user releases it.
 *
 * <p>A kill of the process loses no completed call. After a power cut bytes count as written that
 * were forced, or whose checksum is right. A call that finds no room has changed nothing.
 *
 * <p>Thread-safe. The monitor is held while the file and its journal are written, so that a part of
 * the base never replaces what a program writes at that moment; no peer is waited for in it.
 */
public final class Branch {

  private static final Logger LOG = LoggerFactory.getLogger(Branch.class);

  /** The journal is written again, shorter, once it is longer by this than it was then. */
  private static final long JOURNAL_BYTES = 4 << 20;

  private final BranchRecord.Began began;
  private final BranchFile files;
  private final DiskFile bytes;
  private final BranchSource source;

  /** The monitor of {@link #base} alone. */
  private final Object opening = new Object();

  private @Nullable OpenFile base;

  /** Guarded by this, as all below. */
  private final BranchState state;

  private BranchJournal journal;
  private long longestJournal;

  /** The last record of how it has lost its name, or may have. */
  private @Nullable BranchRecord named;

  /** The journal lacks something that is true. */
  private boolean isStale;

  private boolean hasDurableName;
  private boolean isTaken;
  private boolean isNameless;
  private boolean hasEnded;
  private boolean isStopped;
  private int users;
  private int readers;

  Branch(BranchFile files, BranchRecord.Began began, BranchState state, BranchSource source) {
    this.files = files;
    this.began = began;
    this.bytes = files.bytes();
    this.journal = files.journal();
    this.state = state;
    this.source = source;
    this.longestJournal = journal.sizeBytes() + JOURNAL_BYTES;
  }

  /** The name that it is to take. */
  public RelativePath path() {
    return began.origin().path();
  }

  public Version base() {
    return began.origin().base();
  }

  /** Where its bytes are until it takes its name. */
  public RelativePath file() {
    return files.path();
  }

  // ---- reading

  /** As {@link OpenFile#readNow}. */
  public int readNow(long offset, ByteBuffer destination) throws RealizeException {
    try {
      return read(offset, destination, OpenFile::readNow);
    } catch (InterruptedException e) {
      throw new IllegalStateException("a read that does not wait", e);
    }
  }

  /** As {@link OpenFile#read}. */
  public int read(long offset, ByteBuffer destination)
      throws RealizeException, InterruptedException {
    changeReaders(1);
    try {
      return read(offset, destination, OpenFile::read);
    } finally {
      changeReaders(-1);
    }
  }

  private synchronized void changeReaders(int by) {
    readers += by;
  }

  /** True while a program waits for bytes of the base. */
  synchronized boolean isRead() {
    return readers > 0;
  }

  private interface BaseRead {
    int read(OpenFile base, long offset, ByteBuffer destination)
        throws RealizeException, InterruptedException;
  }

  private int read(long offset, ByteBuffer destination, BaseRead how)
      throws RealizeException, InterruptedException {
    int length;
    List<ByteRange> gaps;
    synchronized (this) {
      length = (int) Math.min(destination.remaining(), Math.max(0, size() - offset));
      gaps = isTaken ? List.of() : state.missing(offset, offset + length);
    }
    ByteBuffer whole = destination.slice(destination.position(), length);
    long at = offset;
    for (ByteRange gap : gaps) {
      readHere(at, part(whole, offset, at, gap.startBytes()));
      ByteBuffer part = part(whole, offset, gap.startBytes(), gap.endBytes());
      int read = readBase(how, gap.startBytes(), part);
      if (read == OpenFile.WOULD_WAIT) {
        return read;
      }
      if (read < gap.lengthBytes()) {
        throw new CallFailed("read the base of '" + path() + "': it is shorter", Errno.EIO);
      }
      at = gap.endBytes();
    }
    readHere(at, part(whole, offset, at, offset + length));
    destination.position(destination.position() + length);
    return length;
  }

  /** EIO where no peer is known to have the base any more. */
  private int readBase(BaseRead how, long offset, ByteBuffer destination)
      throws RealizeException, InterruptedException {
    try {
      return how.read(openBase(), offset, destination);
    } catch (Unreachable e) {
      if (!source.isGone(path(), began.origin().content())) {
        throw e;
      }
      CallFailed gone =
          new CallFailed("read '" + path() + "': nobody has the rest of it", Errno.EIO);
      gone.addSuppressed(e);
      throw gone;
    }
  }

  private static ByteBuffer part(ByteBuffer whole, long offset, long start, long end) {
    return whole.slice((int) (start - offset), (int) (end - start));
  }

  private void readHere(long offset, ByteBuffer destination) throws RealizeException {
    try {
      bytes.read(destination, offset);
      while (destination.hasRemaining()) {
        destination.put((byte) 0); // it was cut at this moment
      }
    } catch (IOException e) {
      throw failure("read", e);
    }
  }

  private OpenFile openBase() throws RealizeException {
    synchronized (opening) {
      OpenFile open = base;
      if (open == null) {
        open = source.open(path(), began.origin().content());
        base = open;
      }
      return open;
    }
  }

  private RealizeException failure(String action, IOException cause) {
    return Disk.failure(action + " the branch of '" + path() + "'", cause);
  }

  // ---- writing

  private long size() throws RealizeException {
    if (!isTaken) {
      return state.sizeBytes();
    }
    try {
      return bytes.sizeBytes();
    } catch (IOException e) {
      throw failure("stat", e);
    }
  }

  /** Writes all of {@code source} at an offset, or at the end; returns its bytes. */
  public synchronized int write(long offset, ByteBuffer source, boolean appends)
      throws RealizeException {
    int length = source.remaining();
    long start = appends ? size() : offset;
    if (length > 0) {
      try {
        put(start, source);
      } catch (IOException e) {
        throw failure("write", e);
      }
    }
    return length;
  }

  private void put(long start, ByteBuffer source) throws IOException {
    requireGoing();
    long end = start + source.remaining();
    if (isTaken || state.holds(start, end)) {
      bytes.write(source, start);
      return;
    }
    BranchRecord record = new BranchRecord.BytesHere(new ByteRange(start, end), checksum(source));
    try {
      bytes.write(source, start);
      note(record);
    } catch (IOException e) {
      if (end > state.sizeBytes()) {
        bytes.truncate(state.sizeBytes());
      }
      throw e;
    }
    state.written(start, end);
  }

  static int checksum(ByteBuffer bytes) {
    CRC32C sum = new CRC32C();
    sum.update(bytes.duplicate());
    return (int) sum.getValue();
  }

  /** Cuts or extends it; what an extension adds is zeros. */
  public synchronized void resize(long size) throws RealizeException {
    try {
      requireGoing();
      bytes.truncate(size);
      if (!isTaken) {
        state.resized(size);
        try {
          note(new BranchRecord.Resized(size));
        } catch (IOException e) {
          isStale = true;
          LOG.warn(
              "arena {}: note another size of '{}': {}", source.arena(), path(), IoCause.of(e));
        }
      }
    } catch (IOException e) {
      throw failure("resize", e);
    }
  }

  /** Runs a change of the file's attributes, which a part of the base that comes then keeps. */
  public synchronized <T> T change(AttributeEdit<T> edit) throws RealizeException {
    return edit.run();
  }

  /** A change of attributes. */
  public interface AttributeEdit<T> {
    T run() throws RealizeException;
  }

  private void note(BranchRecord record) throws IOException {
    if (isStale || journal.sizeBytes() > longestJournal) {
      rewrite();
    }
    journal.append(record);
  }

  /** Begins a shorter journal, of what is durable then. */
  private void rewrite() throws IOException {
    bytes.force();
    List<BranchRecord> records = new ArrayList<>(List.of(state.record()));
    if (named != null) {
      records.add(named);
    }
    BranchJournal shorter = files.rewrite(began, records);
    journal.close();
    journal = shorter;
    longestJournal = shorter.sizeBytes() + JOURNAL_BYTES;
    isStale = false;
    hasDurableName = false;
  }

  /** Makes durable all that was written before. */
  public void force() throws RealizeException {
    try {
      BranchJournal told;
      long until;
      synchronized (this) {
        if (isStopped) {
          bytes.force(); // whoever goes on with it has the journal
          return;
        }
        if (!isTaken && isStale) {
          rewrite();
        }
        told = journal;
        until = told.sizeBytes();
      }
      bytes.force();
      synchronized (this) {
        if (!isTaken && journal == told) {
          journal.append(new BranchRecord.ForcedUntil(until));
          journal.force();
        }
        if (!hasDurableName) {
          if (isTaken) {
            files.forceName(path()); // before it is certain that the other name is gone
          }
          files.forceNames();
          hasDurableName = true;
        }
      }
    } catch (IOException e) {
      throw failure("force", e);
    }
  }

  // ---- completing

  /**
   * Fills in some bytes of the base. Waits for peers.
   *
   * @return true if nothing is missing any more
   */
  boolean fillIn(int maxBytes) throws RealizeException, InterruptedException {
    ByteRange gap;
    synchronized (this) {
      gap = state.firstMissing(maxBytes);
    }
    if (gap == null) {
      return true;
    }
    ByteBuffer part = ByteBuffer.allocate((int) gap.lengthBytes());
    int read = readBase(OpenFile::read, gap.startBytes(), part);
    if (read < gap.lengthBytes()) {
      throw new CallFailed("read the base of '" + path() + "': it is shorter", Errno.EIO);
    }
    synchronized (this) {
      fill(gap.startBytes(), part.flip());
      return state.firstMissing(1) == null;
    }
  }

  private void fill(long start, ByteBuffer part) throws RealizeException {
    try {
      List<ByteRange> gaps = state.missing(start, start + part.remaining());
      if (gaps.isEmpty() || isTaken) {
        return;
      }
      FileStat before = bytes.stat();
      long end = gaps.getLast().endBytes();
      long at = start;
      for (ByteRange gap : gaps) {
        bytes.read(part(part, start, at, gap.startBytes()), at); // what programs wrote there
        at = gap.endBytes();
      }
      put(start, part(part, start, start, end));
      bytes.setAttributes(before.mode(), before.mtime());
    } catch (IOException e) {
      throw failure("fill in", e);
    }
  }

  /**
   * It has got its name, durable once it is forced: from now on it is a file like any other, and no
   * longer noted in the journal.
   */
  synchronized void taken() {
    isTaken = true;
    hasDurableName = false;
    try {
      journal.close();
    } catch (IOException e) {
      LOG.debug("close the journal of '{}': {}", path(), e.toString());
    }
  }

  void deleteJournal() throws IOException {
    files.deleteJournal();
  }

  /** Deletes its files, in which nothing is written. */
  void delete() throws IOException {
    files.delete();
  }

  // ---- its name

  /** True if this is the stat of its file, under whatever name. */
  public boolean isFile(FileStat stat) throws RealizeException {
    try {
      return stat.sameInode(bytes.stat());
    } catch (IOException e) {
      throw failure("stat", e);
    }
  }

  /** A file with this stat is about to get its name: noted durably before it does. */
  synchronized void replacedBy(FileStat stat) throws RealizeException {
    try {
      noteName(new BranchRecord.NameReplaced(stat.fileKey(), stat.birthNanos()));
    } catch (IOException e) {
      throw failure("leave", e);
    }
  }

  /**
   * It has lost its name for ever, durably: else, after a power cut, it would take the name from
   * the file that a program has put there and forced.
   */
  synchronized void nameless() {
    isNameless = true;
    try {
      if (!isTaken) {
        noteName(new BranchRecord.Nameless());
      }
    } catch (IOException e) {
      isStale = true; // it is noted with the next record
      LOG.warn(
          "arena {}: '{}' was removed, and its branch does not know it: {}",
          source.arena(),
          path(),
          IoCause.of(e));
    }
  }

  private void noteName(BranchRecord record) throws IOException {
    requireGoing();
    named = record;
    note(record);
    journal.force();
    if (!hasDurableName) {
      files.forceNames();
      hasDurableName = true;
    }
  }

  /** True once its name was removed, or is another file's. */
  public synchronized boolean isNameless() {
    return isNameless;
  }

  /** True if it has its name. */
  public synchronized boolean isTaken() {
    return isTaken;
  }

  // ---- users

  /** One more user, who is to {@link Branches#release} it; false if the last one has done so. */
  public synchronized boolean use() {
    if (hasEnded) {
      return false;
    }
    users++;
    return true;
  }

  /** One user less; true if that was the last. */
  synchronized boolean unuse() {
    hasEnded = --users == 0;
    return hasEnded;
  }

  /** Takes no more writes: whoever finds it in its files next goes on with it. */
  synchronized void stop() {
    isStopped = !isTaken;
  }

  private void requireGoing() throws IOException {
    if (isStopped) {
      throw new IOException("its arena was closed");
    }
  }

  /** Closes its files. */
  void close() {
    synchronized (opening) {
      if (base != null) {
        base.close();
      }
    }
    try {
      bytes.close();
      synchronized (this) {
        if (!isTaken) {
          journal.close();
        }
      }
    } catch (IOException e) {
      LOG.warn("arena {}: close the branch of '{}': {}", source.arena(), path(), IoCause.of(e));
    }
  }
}
