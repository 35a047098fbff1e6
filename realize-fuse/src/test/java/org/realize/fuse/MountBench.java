package org.realize.fuse;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Random;

/**
 * Measures mounts of the twin beside the local file system and prints one line a figure. Arguments:
 * an empty directory on a fast file system, drivers. Needs root, which also drops the kernel's
 * caches between figures.
 */
final class MountBench {

  private static final int FILES = 100_000;
  private static final int STATS = 20_000;
  private static final long BIG_BYTES = 1L << 30;
  private static final int RANDOM_READS = 20_000;
  private static final int ROUNDS = 3;

  private final String label;

  private MountBench(String label) {
    this.label = label;
  }

  public static void main(String[] arguments) throws Exception {
    Path folder = Path.of(arguments[0]);
    Path local = folder.resolve("local");
    writeLocal(local);
    Path point = Files.createDirectories(folder.resolve("mount"));
    for (int i = 1; i < arguments.length; i++) {
      Driver driver = Driver.valueOf(arguments[i].toUpperCase(Locale.ROOT));
      try (MountChild mount = MountChild.start(point, driver, true).mounted()) {
        mount.tell("directory", "many");
        mount.tell("bulk", "many", String.valueOf(FILES));
        mount.tell("file", "big", String.valueOf(BIG_BYTES), "1");
        mount.tell("file", "local", String.valueOf(BIG_BYTES), "1");
        mount.tell("backing", "local", local.toString());
        for (int round = 0; round < ROUNDS; round++) {
          new MountBench(arguments[i]).measure(new MountedTree(point));
        }
      }
    }
    MountBench plain = new MountBench("native");
    plain.sequential("sequential read", local);
    plain.random("random 4 KiB", local);
    Files.delete(local);
    Files.delete(point);
  }

  private static void writeLocal(Path local) throws IOException {
    byte[] part = Pattern.bytes(1, 1 << 20, 0, 1 << 20);
    try (RandomAccessFile file = new RandomAccessFile(local.toFile(), "rw")) {
      for (long at = 0; at < BIG_BYTES; at += part.length) {
        file.write(part);
      }
    }
  }

  private interface Work {
    void run() throws IOException;
  }

  private void measure(MountedTree tree) throws IOException {
    dropCaches();
    rate("readdir of " + FILES, FILES, () -> tree.names("many"));
    dropCaches();
    String many = tree.path("many").toString();
    rate("ls -l of " + FILES, FILES, () -> Programs.run("ls", "-l", many));
    dropCaches();
    rate("stat, names cold", STATS, () -> stat(tree));
    rate("stat, names warm", STATS, () -> stat(tree));
    dropCaches();
    sequential("sequential read", tree.path("big"));
    sequential("sequential read again", tree.path("big"));
    sequential("sequential read, local file", tree.path("local"));
    dropCaches();
    random("random 4 KiB", tree.path("big"));
    random("random 4 KiB, local file", tree.path("local"));
  }

  private static void dropCaches() throws IOException {
    Files.writeString(Path.of("/proc/sys/vm/drop_caches"), "3");
  }

  private static double seconds(Work work) throws IOException {
    long start = System.nanoTime();
    work.run();
    return (System.nanoTime() - start) / 1e9;
  }

  private void say(String what, double figure, String unit) {
    System.out.printf(Locale.ROOT, "%-8s %-30s %,12.2f %s%n", label, what, figure, unit);
  }

  private void rate(String what, int count, Work work) throws IOException {
    say(what, count / seconds(work), "/s");
  }

  private static void stat(MountedTree tree) throws IOException {
    for (int i = 0; i < STATS; i++) {
      Path path = tree.path("many/entry-%06d".formatted(i));
      Files.readAttributes(path, "unix:size", LinkOption.NOFOLLOW_LINKS);
    }
  }

  private void sequential(String what, Path path) throws IOException {
    say(what, BIG_BYTES / 1e9 / seconds(() -> readAll(path)), "GB/s");
  }

  private static void readAll(Path path) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 17);
    try (FileChannel channel = FileChannel.open(path)) {
      long bytes = 0;
      while (channel.read(buffer.clear()) > 0) {
        bytes += buffer.position();
      }
      if (bytes != BIG_BYTES) {
        throw new AssertionError(path + " has " + bytes + " bytes");
      }
    }
  }

  private void random(String what, Path path) throws IOException {
    rate(what, RANDOM_READS, () -> readRandomly(path));
  }

  private static void readRandomly(Path path) throws IOException {
    Random random = new Random(1);
    ByteBuffer buffer = ByteBuffer.allocateDirect(4096);
    try (FileChannel channel = FileChannel.open(path)) {
      for (int i = 0; i < RANDOM_READS; i++) {
        if (channel.read(buffer.clear(), random.nextLong(BIG_BYTES / 4096) * 4096) != 4096) {
          throw new AssertionError("short read of " + path);
        }
      }
    }
  }
}
