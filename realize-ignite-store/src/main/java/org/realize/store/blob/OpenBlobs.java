package org.realize.store.blob;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.ContentHash;

/**
 * The open blobs, the number of their handles, and the right to open or delete each. A content is
 * in at most one of these hands: its handles' (open), nobody's but with bytes to commit (idle), or
 * one thread's that opens or deletes it (busy); others wait for that thread. Thread-safe; the lock
 * is never held during I/O.
 */
final class OpenBlobs {

  /** The right of a thread to a content. */
  sealed interface Access {
    /** Use the open blob; its handles were counted up. */
    record Shared(SparseBlob blob) implements Access {}

    /** Open or delete it alone, then tell the outcome with {@link #settle}. */
    record Alone(@Nullable SparseBlob idle) implements Access {}

    /** No right: the content is open and deleted with its last handle. */
    record Doomed() implements Access {}
  }

  /** The state that a closed handle leaves. */
  enum AfterClose {
    /** Other handles. */
    SHARED,
    /** Bytes to commit: the blob stays open for the committer. */
    IDLE,
    /** Nothing: the caller, who has it alone, closes the file, then calls {@link #settle}. */
    UNUSED,
    /** A deleted blob, which the caller has alone: it deletes it, then calls {@link #settle}. */
    DOOMED
  }

  private static final class Slot {
    @Nullable SparseBlob blob;
    int handles;
    boolean busy;
    boolean doomed;
  }

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition settled = lock.newCondition();
  // guarded by lock
  private final Map<ContentHash, Slot> slots = new HashMap<>();
  private int idle;
  private boolean closed;

  /** Access to open {@code hash}, even if it was to be deleted with its last handle. */
  Access toOpen(ContentHash hash) {
    return share(hash, true);
  }

  /** Access to open {@code hash} unless it is to be deleted. */
  Access toFind(ContentHash hash) {
    return share(hash, false);
  }

  private Access share(ContentHash hash, boolean revive) {
    lock.lock();
    try {
      Slot slot = freeSlot(hash);
      if (slot == null) {
        return alone(hash, new Slot());
      }
      if (slot.doomed && !revive) {
        return new Access.Doomed();
      }
      slot.doomed = false;
      return new Access.Shared(hold(slot));
    } finally {
      lock.unlock();
    }
  }

  /** Access to delete {@code hash}; what is open is doomed. */
  Access toDelete(ContentHash hash) {
    lock.lock();
    try {
      Slot slot = freeSlot(hash);
      if (slot == null) {
        return alone(hash, new Slot());
      }
      if (slot.handles > 0) {
        slot.doomed = true;
        return new Access.Doomed();
      }
      idle--;
      return alone(hash, slot);
    } finally {
      lock.unlock();
    }
  }

  /** Takes a content that is neither open nor has bytes to commit, as {@link Access.Alone} does. */
  boolean tryAlone(ContentHash hash) {
    lock.lock();
    try {
      if (closed || slots.containsKey(hash)) {
        return false;
      }
      alone(hash, new Slot());
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** The slot of {@code hash} once no thread has it alone; null when it is not open. */
  private @Nullable Slot freeSlot(ContentHash hash) {
    while (true) {
      if (closed) {
        throw new IllegalStateException("the blob store is closed");
      }
      Slot slot = slots.get(hash);
      if (slot == null || !slot.busy) {
        return slot;
      }
      settled.awaitUninterruptibly();
    }
  }

  private Access alone(ContentHash hash, Slot slot) {
    slot.busy = true;
    slots.put(hash, slot);
    return new Access.Alone(slot.blob);
  }

  private SparseBlob hold(Slot slot) {
    if (slot.blob == null) {
      throw new IllegalStateException("a slot that is not busy has a blob");
    }
    if (slot.handles++ == 0) {
      idle--;
    }
    return slot.blob;
  }

  /** Ends {@link Access.Alone}: the content is open with one handle, or not open any more. */
  void settle(ContentHash hash, @Nullable SparseBlob opened) {
    lock.lock();
    try {
      slots.remove(hash);
      if (opened != null) {
        Slot slot = new Slot();
        slot.blob = opened;
        slot.handles = 1;
        slots.put(hash, slot);
      }
      settled.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Closes one handle. */
  AfterClose release(SparseBlob blob) {
    lock.lock();
    try {
      ContentHash hash = blob.row().hash();
      Slot slot = slots.get(hash);
      if (slot == null || slot.blob != blob || --slot.handles > 0) {
        return AfterClose.SHARED;
      }
      if (slot.doomed) {
        slot.busy = true;
        return AfterClose.DOOMED;
      }
      if (blob.hasPending()) {
        idle++;
        return AfterClose.IDLE;
      }
      slot.busy = true;
      return AfterClose.UNUSED;
    } finally {
      lock.unlock();
    }
  }

  /** Takes one more handle of a blob that is open; false if it is not. */
  boolean retain(SparseBlob blob) {
    lock.lock();
    try {
      Slot slot = slots.get(blob.row().hash());
      if (slot == null || slot.blob != blob || slot.busy) {
        return false;
      }
      return hold(slot) == blob;
    } finally {
      lock.unlock();
    }
  }

  /** Takes a handle of every blob that has bytes to commit. */
  List<SparseBlob> retainPending() {
    lock.lock();
    try {
      List<SparseBlob> pending = new ArrayList<>();
      for (Slot slot : slots.values()) {
        if (!slot.busy && !slot.doomed && slot.blob != null && slot.blob.hasPending()) {
          pending.add(hold(slot));
        }
      }
      return pending;
    } finally {
      lock.unlock();
    }
  }

  /** Blobs that only wait to be committed. */
  int idleCount() {
    lock.lock();
    try {
      return idle;
    } finally {
      lock.unlock();
    }
  }

  /** No more access; returns the blobs that were open. Waits for threads that have one alone. */
  List<SparseBlob> close() {
    lock.lock();
    try {
      closed = true;
      while (slots.values().stream().anyMatch(slot -> slot.busy)) {
        settled.awaitUninterruptibly();
      }
      List<SparseBlob> open = new ArrayList<>();
      for (Slot slot : slots.values()) {
        if (slot.blob != null) {
          open.add(slot.blob);
        }
      }
      slots.clear();
      return open;
    } finally {
      lock.unlock();
    }
  }
}
