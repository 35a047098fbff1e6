package org.realize.chaos.bench;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;

/** The edits of a large file: changes in many places, and some bytes put in between. */
final class Edits {

  private static final int CHANGES = 1_000;
  private static final int INSERTED_BYTES = 100;

  private Edits() {}

  /**
   * Makes {@code now} out of {@code old}: one per cent of it is other bytes, in a thousand places,
   * and 100 bytes are put in after a third.
   */
  static void make(Path old, Path now, long seed) throws IOException {
    long bytes = Files.size(old);
    long middle = bytes / 3;
    Files.copy(old, now);
    Random random = new Random(seed);
    byte[] some = new byte[Math.toIntExact(bytes / 100 / CHANGES)];
    try (RandomAccessFile file = new RandomAccessFile(now.toFile(), "rw")) {
      for (int change = 0; change < CHANGES; change++) {
        random.nextBytes(some);
        file.seek(random.nextLong(bytes - some.length));
        file.write(some);
      }
    }
    Path tail = now.resolveSibling(now.getFileName() + ".tail");
    try (FileChannel file =
            FileChannel.open(now, StandardOpenOption.READ, StandardOpenOption.WRITE);
        FileChannel rest =
            FileChannel.open(
                tail,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE,
                StandardOpenOption.CREATE_NEW,
                StandardOpenOption.DELETE_ON_CLOSE)) {
      copy(file.position(middle), rest);
      file.truncate(middle).write(ByteBuffer.allocate(INSERTED_BYTES), middle);
      copy(rest.position(0), file.position(middle + INSERTED_BYTES));
    }
  }

  /** Copies what is left of {@code from}, each at its own position. */
  private static void copy(FileChannel from, FileChannel to) throws IOException {
    long at = from.position();
    while (at < from.size()) {
      at += from.transferTo(at, from.size() - at, to);
    }
  }
}
