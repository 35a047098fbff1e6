package org.realize.fuse.kernel;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.realize.sync.model.Inode;

/**
 * The directories whose listing the kernel may hold: all that were opened since the mount, but
 * transient ones. One bit each, in pages of consecutive inodes, as inodes come in ranges.
 * Thread-safe.
 */
final class ListedDirectories {

  private static final int PAGE_BITS = 4096;

  private final Map<Long, BitSet> pages = new HashMap<>();

  synchronized void add(Inode directory) {
    long page = directory.value() / PAGE_BITS;
    int bit = (int) (directory.value() % PAGE_BITS);
    BitSet bits = pages.get(page);
    if (bits == null) {
      bits = new BitSet(PAGE_BITS);
      pages.put(page, bits);
    }
    bits.set(bit);
  }

  /** Passes on every directory added so far; {@code action} runs outside the lock. */
  void forEach(Consumer<Inode> action) {
    Map<Long, BitSet> copy = new HashMap<>();
    synchronized (this) {
      pages.forEach((page, bits) -> copy.put(page, (BitSet) bits.clone()));
    }
    copy.forEach((page, bits) ->
        bits.stream().forEach(bit -> action.accept(new Inode(page * PAGE_BITS + bit))));
  }
}
