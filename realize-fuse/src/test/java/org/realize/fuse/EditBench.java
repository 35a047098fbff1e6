package org.realize.fuse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.realize.fuse.EditedTree.EditedFile;

/**
 * Measures how fast mounts are changed, and prints one line a figure: the local file system itself,
 * bindfs on it, and mounts of the twin, with its bytes on the heap and passed through. Arguments:
 * an empty directory on a fast file system. Needs root and bindfs.
 */
final class EditBench {

  private static final int FILES = 10_000;
  private static final int SMALL = 4096;
  private static final int LARGE = 1 << 20;
  private static final int SMALL_WRITES = 50_000;
  private static final int LARGE_WRITES = 1000;
  private static final int FILE_BYTES = 32 << 20;
  private static final int ROUNDS = 3;

  private final String label;
  private final SystemTree tree;

  private EditBench(String label, Path folder) throws IOException {
    this.label = label;
    this.tree = new SystemTree(Files.createDirectories(folder));
  }

  public static void main(String[] arguments) throws Exception {
    Path folder = Path.of(arguments[0]);
    Path plain = Files.createDirectories(folder.resolve("plain"));
    Path bound = Files.createDirectories(folder.resolve("bound"));
    Path disk = Files.createDirectories(folder.resolve("disk"));
    Path point = Files.createDirectories(folder.resolve("mount"));
    for (int round = 0; round < ROUNDS; round++) {
      new EditBench("native", plain.resolve("native")).measure();
      Programs.run("bindfs", plain.toString(), bound.toString());
      try {
        new EditBench("bindfs", bound.resolve("bindfs")).measure();
      } finally {
        Programs.run("umount", bound.toString());
      }
    }
    for (Driver driver : Driver.values()) {
      try (MountChild mount = MountChild.startEdited(point, driver).mounted()) {
        for (int round = 0; round < ROUNDS; round++) {
          new EditBench(driver + " heap", mount.mountPoint().resolve("heap")).measure();
        }
      }
    }
    try (MountChild mount = MountChild.startEdited(point, Driver.KERNEL, disk).mounted()) {
      for (int round = 0; round < ROUNDS; round++) {
        new EditBench("KERNEL passed", mount.mountPoint().resolve("passed")).measure();
      }
    }
  }

  private interface Work {
    void run() throws IOException;
  }

  private void say(String what, double count, String unit, Work work) throws IOException {
    long start = System.nanoTime();
    work.run();
    double seconds = (System.nanoTime() - start) / 1e9;
    System.out.printf(Locale.ROOT, "%-14s %-22s %,12.1f %s%n", label, what, count / seconds, unit);
  }

  private static String name(int i) {
    return "file-%05d".formatted(i);
  }

  private void measure() throws IOException {
    int flags = EditedTree.O_WRONLY | EditedTree.O_CREAT;
    say(
        "create",
        FILES,
        "/s",
        () -> {
          for (int i = 0; i < FILES; i++) {
            tree.open(name(i), flags, 0644).close();
          }
        });
    say(
        "stat",
        FILES,
        "/s",
        () -> {
          for (int i = 0; i < FILES; i++) {
            tree.stat(name(i));
          }
        });
    say(
        "stat of absent names",
        FILES,
        "/s",
        () -> {
          for (int i = 0; i < FILES; i++) {
            try {
              tree.stat("absent" + i);
            } catch (Tree.Refused e) {
              // as it is to be
            }
          }
        });
    say(
        "rename",
        FILES,
        "/s",
        () -> {
          for (int i = 0; i < FILES; i++) {
            tree.rename(name(i), "moved" + i, 0);
          }
        });
    say(
        "unlink",
        FILES,
        "/s",
        () -> {
          for (int i = 0; i < FILES; i++) {
            tree.unlink("moved" + i);
          }
        });
    say(
        "create and write 4 KiB",
        FILES,
        "/s",
        () -> {
          for (int i = 0; i < FILES; i++) {
            try (EditedFile file = tree.open(name(i), flags, 0644)) {
              file.write(0, new byte[SMALL]);
            }
          }
        });
    for (int i = 0; i < FILES; i++) {
      tree.unlink(name(i));
    }
    write("write 4 KiB", SMALL, SMALL_WRITES);
    write("write 1 MiB", LARGE, LARGE_WRITES);
  }

  private void write(String what, int bytes, int count) throws IOException {
    byte[] content = new byte[bytes];
    try (EditedFile file = tree.open("large", EditedTree.O_WRONLY | EditedTree.O_CREAT, 0644)) {
      say(
          what,
          (double) bytes * count / 1e6,
          "MB/s",
          () -> {
            for (int i = 0; i < count; i++) {
              file.write((long) (i % (FILE_BYTES / bytes)) * bytes, content);
            }
          });
    }
    tree.unlink("large");
  }
}
