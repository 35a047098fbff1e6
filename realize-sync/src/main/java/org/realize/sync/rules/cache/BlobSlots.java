package org.realize.sync.rules.cache;

import java.util.Arrays;
import org.realize.sync.model.ContentHash;
import org.realize.sync.port.BlobUse.Area;

/**
 * A table of blobs by hash, in arrays: 49 bytes a blob, and an index of 5 to 11. A slot is a blob's
 * place in it, and stays the same until it is freed.
 */
final class BlobSlots {

  private static final int WORDS = 4;
  private static final int FIRST = 16;

  /** A state: the area's ring, two flags, and the bits of the pins. */
  private static final int AREA = 3;

  private static final int PREFERRED = 4;
  private static final int STORED = 8;
  private static final int PIN_SHIFT = 4;
  private static final int PINS = 7 << PIN_SHIFT;

  /** Spreads hashes that are not random, such as a test's. */
  private static final long SPREAD = 0x9E3779B97F4A7C15L;

  private long[] words = new long[WORDS * FIRST];
  private long[] bytes = new long[FIRST];
  private int[] uses = new int[FIRST];
  private int[] generations = new int[FIRST];
  private byte[] states = new byte[FIRST];

  /** Slots that were ever used; of these {@link #size} are now. */
  private int top;

  private int size;

  /** The freed slot to use next, {@link Rings#NONE} if there is none; {@code uses} has the next. */
  private int freed = Rings.NONE;

  /** Open addressing: a slot plus one, or 0. */
  private int[] index = new int[2 * FIRST];

  /** The capacity for an array that has to hold element {@code needed}: an eighth more. */
  static int grown(int needed) {
    return Math.addExact(needed, Math.max(FIRST, needed >> 3));
  }

  int size() {
    return size;
  }

  /** The slot of {@code hash}, or {@link Rings#NONE}. */
  int find(ContentHash hash) {
    return index[place(hash)] - 1;
  }

  /** Where {@code hash} is in the index, or the empty place where it would be. */
  private int place(ContentHash hash) {
    int mask = index.length - 1;
    int place = home(hash.word0());
    while (index[place] != 0 && !holds(index[place] - 1, hash)) {
      place = (place + 1) & mask;
    }
    return place;
  }

  private int home(long word0) {
    return (int) ((word0 * SPREAD) >>> 32) & (index.length - 1);
  }

  private boolean holds(int slot, ContentHash hash) {
    int at = WORDS * slot;
    return words[at] == hash.word0()
        && words[at + 1] == hash.word1()
        && words[at + 2] == hash.word2()
        && words[at + 3] == hash.word3();
  }

  /** Takes a slot for {@code hash}, which must be new, with everything at 0. */
  int add(ContentHash hash) {
    if (4L * (size + 1) > 3L * index.length) {
      doubleIndex();
    }
    int slot = freed;
    if (slot == Rings.NONE) {
      slot = top++;
      if (slot >= bytes.length) {
        int capacity = grown(slot);
        words = Arrays.copyOf(words, Math.multiplyExact(WORDS, capacity));
        bytes = Arrays.copyOf(bytes, capacity);
        uses = Arrays.copyOf(uses, capacity);
        generations = Arrays.copyOf(generations, capacity);
        states = Arrays.copyOf(states, capacity);
      }
    } else {
      freed = uses[slot];
    }
    int at = WORDS * slot;
    words[at] = hash.word0();
    words[at + 1] = hash.word1();
    words[at + 2] = hash.word2();
    words[at + 3] = hash.word3();
    bytes[slot] = 0;
    uses[slot] = 0;
    generations[slot] = 0;
    states[slot] = 0;
    index[place(hash)] = slot + 1;
    size++;
    return slot;
  }

  private void doubleIndex() {
    int[] old = index;
    index = new int[2 * old.length];
    for (int entry : old) {
      if (entry != 0) {
        index[place(hash(entry - 1))] = entry;
      }
    }
  }

  /** Frees the slot. What follows it in the index moves up, so that no search ends early. */
  void remove(int slot) {
    int mask = index.length - 1;
    int hole = place(hash(slot));
    for (int at = (hole + 1) & mask; index[at] != 0; at = (at + 1) & mask) {
      int home = home(words[WORDS * (index[at] - 1)]);
      if (((at - home) & mask) >= ((at - hole) & mask)) {
        index[hole] = index[at];
        hole = at;
      }
    }
    index[hole] = 0;
    uses[slot] = freed;
    freed = slot;
    size--;
  }

  ContentHash hash(int slot) {
    int at = WORDS * slot;
    return new ContentHash(words[at], words[at + 1], words[at + 2], words[at + 3]);
  }

  long bytes(int slot) {
    return bytes[slot];
  }

  void setBytes(int slot, long value) {
    bytes[slot] = value;
  }

  /** Uses as of {@code generation}. */
  int uses(int slot, int generation) {
    return Frequency.aged(uses[slot], generation - generations[slot]);
  }

  void setUses(int slot, int value, int generation) {
    uses[slot] = value;
    generations[slot] = generation;
  }

  Area area(int slot) {
    return Area.of(states[slot] & AREA);
  }

  void setArea(int slot, Area area) {
    states[slot] = (byte) ((states[slot] & ~AREA) | area.code());
  }

  boolean isStored(int slot) {
    return has(slot, STORED);
  }

  /** Says that the blob is stored, for now neither preferred nor pinned. */
  void setStored(int slot) {
    states[slot] = STORED;
  }

  /** Says that the blob is only remembered. */
  void setRemoved(int slot) {
    states[slot] = 0;
  }

  boolean isPreferred(int slot) {
    return has(slot, PREFERRED);
  }

  void setPreferred(int slot, boolean preferred) {
    set(slot, PREFERRED, preferred);
  }

  boolean isPinned(int slot) {
    return has(slot, PINS);
  }

  void pin(int slot, PinReason reason) {
    set(slot, reason.bit() << PIN_SHIFT, true);
  }

  void unpin(int slot, PinReason reason) {
    set(slot, reason.bit() << PIN_SHIFT, false);
  }

  private boolean has(int slot, int flags) {
    return (states[slot] & flags) != 0;
  }

  private void set(int slot, int flag, boolean on) {
    states[slot] = (byte) (on ? states[slot] | flag : states[slot] & ~flag);
  }
}
