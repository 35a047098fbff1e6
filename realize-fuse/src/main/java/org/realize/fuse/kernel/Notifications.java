package org.realize.fuse.kernel;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.Inode;
import org.realize.sync.model.RealizeException;
import org.realize.sync.posix.Errno;
import org.realize.sync.posix.NativeBuffer;
import org.realize.sync.view.DirectoryEntry;
import org.realize.sync.view.EntryName;
import org.realize.sync.view.FileView;
import org.realize.sync.view.ViewListener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The queue of changes that the kernel is notified of, so that it may keep names, attributes and
 * listings for long.
 *
 * <p>Changes are queued, each once, and told by one thread of its own that holds no lock: the
 * kernel takes the directory's lock to forget a name, and who holds that lock may be waiting for an
 * answer of ours. For the same reason this is the proof that nothing stale stays: a lookup or
 * listing holds the directory's lock until its answer is in the cache, so telling the name
 * <em>after</em> the change is visible waits for every older answer and then removes it. Hence the
 * order for a changed entry: first the name, which waits for listings under way, then the
 * directory, whose cached listing goes. An attribute's answer that is older than the notice is
 * dropped by the kernel itself.
 *
 * <p>Where programs may be watching a directory or file, which the kernel then keeps, the change is
 * replayed instead ({@link ChangeReplay}), so that they get an event. That costs more than a
 * notice, so it is left out where more than {@value #MAX_REPLAYED} changes come at once; in a
 * directory where a call has taken long the notices go on at once, and the events come later, so
 * that one directory holds the thread for a fifth of its time at most. A file that programs write
 * without this process raises its events itself.
 *
 * <p>The queue holds {@value #MAX_PENDING} changes. When more come, single ones are given up and
 * everything that the kernel knows is made doubtful: every cached name is looked up again
 * (INC_EPOCH; on kernels older than 6.16 the names in the root are forgotten, and with them all
 * that is below), and the listings of all directories and the attributes of all open files are
 * dropped.
 */
final class Notifications implements ViewListener {

  private static final Logger LOG = LoggerFactory.getLogger(Notifications.class);
  private static final int MAX_PENDING = 16_384;
  private static final int MAX_REPLAYED = 1024;
  private static final int MAX_SLOW = 64;
  private static final Duration TOGETHER = Duration.ofMillis(500);
  private static final Duration SLOW = Duration.ofSeconds(1);
  private static final int PAUSE_FACTOR = 4; // of the time that a slow call took
  private static final Duration MAX_PAUSE = Duration.ofSeconds(10);
  private static final int ROOT_BATCH = 256;
  private static final int NOT_THE_DATA = -1;
  private static final Duration RETRY = Duration.ofSeconds(1);

  private final Device device;
  private final FileView view;
  private final ListedDirectories listed;
  private final OpenInodes open;
  private final @Nullable ChangeReplay replay;
  private final NativeBuffer message = NativeBuffer.allocate(4096); // of the thread
  private final Thread thread;

  /** Directories where a replayed change took long, and until when none is; of the thread. */
  private final Map<Inode, Long> slow =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Inode, Long> eldest) {
          return size() > MAX_SLOW;
        }
      };

  /** The changes in slow directories whose events are still due; of the thread. */
  private final Map<Record, LateEvent> late = new LinkedHashMap<>();

  /** By what is changed: a name, or the attributes or the content of an inode. */
  private Map<Record, KernelNotice> pending = new LinkedHashMap<>(); // guarded by this

  /** Listeners' calls that are between {@link #began} and {@link #ended}; guarded by this. */
  private int telling;

  private boolean overflowed; // guarded by this
  private boolean closed; // guarded by this

  private sealed interface KernelNotice {}

  /** A name, with the inodes that it showed and shows, null for none, if both are known. */
  private record ChangedEntry(
      EntryName at, boolean isKnown, @Nullable Inode before, @Nullable Inode after)
      implements KernelNotice {

    private ChangedEntry then(ChangedEntry next) {
      return new ChangedEntry(at, isKnown && next.isKnown, before, next.after);
    }
  }

  /**
   * A change that the kernel was notified of.
   *
   * @param due the time from which on its event is replayed, of {@link System#nanoTime}
   */
  private record LateEvent(KernelNotice change, long due) {}

  private record ChangedAttributes(Inode inode) implements KernelNotice {}

  private record ChangedContent(Inode inode) implements KernelNotice {}

  /**
   * The notices of one mount.
   *
   * @param replay null where programs get no events
   */
  Notifications(
      Device device,
      FileView view,
      ListedDirectories listed,
      OpenInodes open,
      @Nullable ChangeReplay replay) {
    this.device = device;
    this.view = view;
    this.listed = listed;
    this.open = open;
    this.replay = replay;
    this.thread = Thread.ofPlatform().daemon().name("fuse-notify").unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  @Override
  public synchronized void began() {
    telling++;
  }

  @Override
  public synchronized void ended() {
    telling--;
    notifyAll();
  }

  @Override
  public void entryChanged(Inode directory, String name) {
    add(new ChangedEntry(new EntryName(directory, name), false, null, null));
  }

  @Override
  public void entryChanged(EntryName at, @Nullable Inode before, @Nullable Inode after) {
    add(new ChangedEntry(at, true, before, after));
  }

  @Override
  public void attributesChanged(Inode inode) {
    add(new ChangedAttributes(inode));
  }

  @Override
  public void contentChanged(Inode inode) {
    add(new ChangedContent(inode));
  }

  private synchronized void add(KernelNotice change) {
    if (closed || overflowed) {
      return;
    }
    if (pending.size() >= MAX_PENDING) {
      overflowed = true;
      pending.clear();
    } else {
      pending.merge(key(change), change, Notifications::merged);
    }
    notifyAll();
  }

  private static Record key(KernelNotice change) {
    return change instanceof ChangedEntry entry ? entry.at() : (Record) change;
  }

  private static KernelNotice merged(KernelNotice before, KernelNotice next) {
    return before instanceof ChangedEntry first && next instanceof ChangedEntry then
        ? first.then(then)
        : next;
  }

  /** Lets the thread end; what was not told yet is not told. */
  synchronized void close() {
    closed = true;
    pending.clear();
    notifyAll();
  }

  /** Waits for the thread's end; false when it has not ended in time. */
  boolean awaitEnd(Duration timeout) throws InterruptedException {
    return thread.join(timeout);
  }

  private void run() {
    try {
      if (replay != null) {
        replay.begin();
      }
      while (true) {
        List<KernelNotice> batch;
        boolean everything;
        synchronized (this) {
          awaitChange();
          awaitAll();
          if (closed) {
            return;
          }
          batch = withLateEvents(pending);
          pending = new LinkedHashMap<>();
          everything = overflowed;
          overflowed = false;
        }
        try {
          if (everything) {
            late.clear();
            invalidateEverything();
          }
          tell(batch);
        } catch (RuntimeException | Error e) {
          LOG.error("Changes could not be told to the kernel, it is to forget all names", e);
          overflow();
          Thread.sleep(RETRY);
        }
      }
    } catch (InterruptedException e) {
      LOG.debug("Interrupted, no more notices are sent");
    }
  }

  /** Waits until something has changed or a late event is due. */
  private synchronized void awaitChange() throws InterruptedException {
    while (pending.isEmpty() && !overflowed && !closed) {
      long now = System.nanoTime();
      OptionalLong left = late.values().stream().mapToLong(event -> event.due() - now).min();
      if (left.isEmpty()) {
        wait();
      } else if (left.getAsLong() > 0) {
        wait(left.getAsLong() / 1_000_000 + 1);
      } else {
        return;
      }
    }
  }

  /** The changes, after the late ones that go on in one of them, or are due and not too many. */
  private List<KernelNotice> withLateEvents(Map<Record, KernelNotice> changes) {
    Map<Record, KernelNotice> all = new LinkedHashMap<>();
    long now = System.nanoTime();
    int room = MAX_REPLAYED - changes.size();
    late.forEach((key, event) -> {
      boolean isDue = event.due() - now <= 0 && all.size() < room;
      if (changes.containsKey(key) || isDue) {
        all.put(key, event.change());
      }
    });
    late.keySet().removeAll(all.keySet());
    changes.forEach((key, change) -> all.merge(key, change, Notifications::merged));
    return new ArrayList<>(all.values());
  }

  /** Waits for the end of a group of changes: both names of a rename are one replay. */
  private synchronized void awaitAll() throws InterruptedException {
    long end = System.nanoTime() + TOGETHER.toNanos();
    long left = TOGETHER.toMillis();
    while (telling > 0 && left > 0 && !closed && !overflowed) {
      wait(left);
      left = (end - System.nanoTime()) / 1_000_000;
    }
  }

  private synchronized void overflow() {
    overflowed = true;
    pending.clear();
  }

  /** All names before the first directory: a directory needs one notice for all its changes. */
  private void tell(List<KernelNotice> batch) {
    Set<Inode> directories = new LinkedHashSet<>();
    Set<ChangedEntry> told = replayRenames(batch);
    ChangeReplay events = batch.size() > MAX_REPLAYED ? null : replay;
    for (KernelNotice change : batch) {
      switch (change) {
        case ChangedEntry entry -> {
          Inode directory = entry.at().directory();
          if (!told.contains(entry) && !(events != null && replay(events, entry))) {
            forgetName(directory, entry.at().name());
          }
          directories.add(directory);
        }
        case ChangedAttributes(Inode inode) -> {
          if (forgetInode(inode, NOT_THE_DATA) && events != null && !isPutOff(inode, change)) {
            replay(inode, () -> events.attributes(inode));
          }
        }
        case ChangedContent(Inode inode) -> {
          boolean isKnown = forgetInode(inode, 0) || isDirectoryKnown(inode);
          boolean raisesItself = open.isWrittenAside(inode);
          if (isKnown && events != null && !raisesItself && !isPutOff(inode, change)) {
            replay(inode, () -> events.content(inode));
          }
        }
      }
    }
    directories.forEach(directory -> forgetInode(directory, 0));
  }

  /** The entries whose change was replayed as a rename: both names of one inode. */
  private Set<ChangedEntry> replayRenames(List<KernelNotice> batch) {
    Set<ChangedEntry> told = new HashSet<>();
    if (replay == null || batch.size() < 2 || batch.size() > MAX_REPLAYED) {
      return told;
    }
    Map<Inode, ChangedEntry> left = new HashMap<>();
    for (KernelNotice change : batch) {
      if (change instanceof ChangedEntry(_, boolean isKnown, Inode before, Inode after)
          && isKnown
          && before != null
          && after == null) {
        left.put(before, (ChangedEntry) change);
      }
    }
    for (KernelNotice change : batch) {
      if (change instanceof ChangedEntry to && to.isKnown() && to.before() == null) {
        Inode inode = to.after();
        ChangedEntry from = inode == null ? null : left.remove(inode);
        if (from != null
            && inode != null
            && isWatchable(from.at().directory())
            && isWatchable(to.at().directory())
            && !isSlow(to.at().directory())
            && replay(to.at().directory(), () -> replay.renamed(from.at(), to.at(), inode))) {
          told.add(from);
          told.add(to);
        }
      }
    }
    return told;
  }

  private boolean replay(ChangeReplay events, ChangedEntry entry) {
    Inode directory = entry.at().directory();
    boolean isChange = entry.before() != null || entry.after() != null;
    if (!entry.isKnown() || !isChange || !isWatchable(directory) || isPutOff(directory, entry)) {
      return false;
    }
    BooleanSupplier calls = () -> events.entry(entry.at(), entry.before(), entry.after());
    boolean done = replay(directory, calls);
    if (!done) {
      forgetName(directory, entry.at().name()); // a program has looked at what it shows now
      done = replay(directory, calls);
    }
    return done;
  }

  /** True if the kernel has the directory, which it keeps as long as a program watches it. */
  private boolean isWatchable(Inode directory) {
    return forgetInode(directory, NOT_THE_DATA);
  }

  private boolean isDirectoryKnown(Inode inode) {
    try {
      return replay != null && isWatchable(view.parent(inode));
    } catch (RealizeException gone) {
      return false;
    }
  }

  private boolean isSlow(Inode where) {
    Long until = slow.get(where);
    return until != null && System.nanoTime() - until < 0;
  }

  /** Puts off the event of {@code change} where {@code where} is slow; false where it is not. */
  private boolean isPutOff(Inode where, KernelNotice change) {
    if (!isSlow(where)) {
      return false;
    }
    if (late.size() < MAX_REPLAYED) {
      late.put(key(change), new LateEvent(change, slow.getOrDefault(where, System.nanoTime())));
    } else {
      LOG.debug("No event for {}: calls in {} take long", change, where);
    }
    return true;
  }

  private boolean replay(Inode where, BooleanSupplier calls) {
    long start = System.nanoTime();
    boolean done = calls.getAsBoolean();
    long now = System.nanoTime();
    if (now - start > SLOW.toNanos()) {
      slow.put(where, now + Math.min(PAUSE_FACTOR * (now - start), MAX_PAUSE.toNanos()));
    } else {
      slow.remove(where);
    }
    return done;
  }

  private void forgetName(Inode directory, String name) {
    byte[] utf8 = name.getBytes(StandardCharsets.UTF_8);
    int body = Protocol.OUT_HEADER_BYTES;
    message.bytes().putLong(body, directory.value());
    message.bytes().putInt(body + 8, utf8.length).putInt(body + 12, 0);
    message.bytes().put(body + 16, utf8).put(body + 16 + utf8.length, (byte) 0);
    device.notify(message, Protocol.Notify.INVAL_ENTRY, body + 16 + utf8.length + 1);
  }

  /**
   * Drops attributes, and from {@code offset} on what is cached of the content or listing; false if
   * the kernel does not have the inode.
   */
  private boolean forgetInode(Inode inode, long offset) {
    int body = Protocol.OUT_HEADER_BYTES;
    message.bytes().putLong(body, inode.value()).putLong(body + 8, offset).putLong(body + 16, 0);
    return device.notify(message, Protocol.Notify.INVAL_INODE, body + 24) == 0;
  }

  private void invalidateEverything() {
    LOG.debug("More than {} changes at once: the kernel forgets all names", MAX_PENDING);
    int refused = device.notify(message, Protocol.Notify.INC_EPOCH, Protocol.OUT_HEADER_BYTES);
    if (refused == -Errno.EINVAL) {
      forgetRootNames();
    }
    listed.forEach(directory -> {
      forgetName(directory, "."); // no such name: it only waits for a listing under way
      boolean _ = forgetInode(directory, 0);
    });
    open.all().forEach(inode -> forgetInode(inode, NOT_THE_DATA));
  }

  private void forgetRootNames() {
    try {
      long cursor = 0;
      while (true) {
        List<DirectoryEntry> entries = view.list(Inode.ROOT, cursor, ROOT_BATCH);
        if (entries.isEmpty()) {
          return;
        }
        entries.forEach(entry -> forgetName(Inode.ROOT, entry.name()));
        cursor = entries.getLast().cursor();
      }
    } catch (RealizeException e) {
      LOG.warn("Names may be stale for {} s: {}", Reply.KEPT_SECONDS, e.oneLine());
    }
  }
}
