package org.realize.fuse;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Random;
import org.realize.fuse.EditedTree.EditedFile;

/**
 * A file-system exerciser after fsx: random reads, writes, truncations, holes, and the same through
 * memory mappings, on one file of a mounted directory, compared with a copy on the heap. The seed
 * decides everything; wrong bytes are an {@link AssertionError} that names the seed, the place and
 * the last operations. One thread.
 */
public final class Fsx {

  private static final int MAX_BYTES = 256 << 10;
  private static final int MAX_OPERATION_BYTES = 64 << 10;
  private static final int TRACE = 40;
  private static final int PUNCH_HOLE = 3;
  private static final int ZERO_RANGE = 16;

  private final SystemTree tree;
  private final Path path;
  private final String name;
  private final Random random;
  private final long seed;
  private final byte[] wanted = new byte[MAX_BYTES];
  private final Deque<String> trace = new ArrayDeque<>();
  private int size;
  private long step;
  private EditedFile file;

  /** An exerciser of the file {@code name} in {@code folder}; a file that is there is emptied. */
  public Fsx(Path folder, String name, long seed) throws IOException {
    this.tree = new SystemTree(folder);
    this.path = folder.resolve(name);
    this.name = name;
    this.seed = seed;
    this.random = new Random(seed);
    this.file = tree.open(name, EditedTree.O_RDWR | EditedTree.O_CREAT | EditedTree.O_TRUNC, 0644);
  }

  /** Makes {@code count} operations, and closes the file after it has compared all of it. */
  public void run(long count) throws IOException {
    try {
      for (step = 0; step < count; step++) {
        operate();
      }
      reopen();
      read(0, size + 1);
    } finally {
      file.close();
    }
  }

  private void operate() throws IOException {
    int offset = random.nextInt(MAX_BYTES);
    int length = 1 + random.nextInt(Math.min(MAX_OPERATION_BYTES, MAX_BYTES - offset));
    switch (random.nextInt(12)) {
      case 0, 1 -> read(offset, length);
      case 2, 3, 4 -> write(offset, length);
      case 5, 6 -> readMapped(offset, length);
      case 7, 8 -> writeMapped(offset, length);
      case 9 -> truncate(offset);
      case 10 -> zero(offset, length, random.nextBoolean() ? PUNCH_HOLE : ZERO_RANGE);
      default -> finish();
    }
  }

  private void note(String operation, int offset, int length) {
    if (trace.size() == TRACE) {
      trace.removeFirst();
    }
    trace.addLast("%d: %s %d at %d, size %d".formatted(step, operation, length, offset, size));
  }

  private void read(int offset, int length) throws IOException {
    note("read", offset, length);
    int expected = Math.clamp(size - offset, 0, length);
    compare(offset, expected, file.read(offset, length));
  }

  private void compare(int offset, int expected, byte[] got) {
    byte[] right = Arrays.copyOfRange(wanted, offset, offset + expected);
    int difference = Arrays.mismatch(right, got);
    if (difference >= 0) {
      throw new AssertionError(
          "seed %d, operation %d: wrong from byte %d on, %d of %d bytes read, after:\n%s"
              .formatted(
                  seed, step, offset + difference, got.length, expected, String.join("\n", trace)));
    }
  }

  private byte[] fresh(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  private void write(int offset, int length) throws IOException {
    note("write", offset, length);
    byte[] bytes = fresh(length);
    for (int done = 0; done < length; ) {
      done += file.write(offset + done, Arrays.copyOfRange(bytes, done, length));
    }
    System.arraycopy(bytes, 0, wanted, offset, length);
    size = Math.max(size, offset + length);
    requireSize();
  }

  private void readMapped(int offset, int length) throws IOException {
    int expected = Math.clamp(size - offset, 0, length);
    if (expected > 0) {
      note("read mapped", offset, expected);
      try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
          Arena arena = Arena.ofConfined()) {
        byte[] got = new byte[expected];
        MemorySegment mapped = channel.map(MapMode.READ_ONLY, offset, expected, arena);
        mapped.asByteBuffer().get(got);
        compare(offset, expected, got);
      }
    }
  }

  private void writeMapped(int offset, int length) throws IOException {
    note("write mapped", offset, length);
    if (offset + length > size) {
      file.truncate(offset + length);
      size = offset + length;
    }
    byte[] bytes = fresh(length);
    try (FileChannel channel =
            FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
        Arena arena = Arena.ofConfined()) {
      MemorySegment mapped = channel.map(MapMode.READ_WRITE, offset, length, arena);
      mapped.asByteBuffer().put(ByteBuffer.wrap(bytes));
      if (random.nextBoolean()) {
        mapped.force();
      }
    }
    System.arraycopy(bytes, 0, wanted, offset, length);
    requireSize();
  }

  private void truncate(int newSize) throws IOException {
    note("truncate", 0, newSize);
    if (random.nextBoolean()) {
      file.truncate(newSize);
    } else {
      tree.truncate(name, newSize);
    }
    Arrays.fill(wanted, Math.min(size, newSize), Math.max(size, newSize), (byte) 0);
    size = newSize;
    requireSize();
  }

  private void zero(int offset, int length, int mode) throws IOException {
    note(mode == ZERO_RANGE ? "zero" : "punch", offset, length);
    file.allocate(mode, offset, length);
    Arrays.fill(wanted, offset, offset + length, (byte) 0);
    if (mode == ZERO_RANGE) {
      size = Math.max(size, offset + length);
    }
    requireSize();
  }

  private void finish() throws IOException {
    if (random.nextBoolean()) {
      note("sync", 0, 0);
      file.sync();
    } else {
      reopen();
    }
  }

  private void reopen() throws IOException {
    note("reopen", 0, 0);
    file.close();
    file = tree.open(name, EditedTree.O_RDWR, 0);
    requireSize();
  }

  private void requireSize() throws IOException {
    long now = file.stat().size();
    if (now != size) {
      throw new AssertionError(
          "seed %d, operation %d: size %d where %d is right, after:\n%s"
              .formatted(seed, step, now, size, String.join("\n", trace)));
    }
  }
}
