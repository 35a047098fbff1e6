package org.realize.nima.cli;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.realize.fuse.Driver;

/** Checks of what the kernel and the distribution must offer. */
final class HostChecks {

  private static final List<Path> LIBRARY_DIRECTORIES =
      Stream.of("/lib", "/usr/lib", "/lib64", "/usr/lib64", "/usr/local/lib")
          .flatMap(directory ->
              Stream.of(
                  Path.of(directory),
                  Path.of(directory, "x86_64-linux-gnu"),
                  Path.of(directory, "aarch64-linux-gnu")))
          .toList();
  private static final List<Path> PROGRAM_DIRECTORIES =
      List.of(Path.of("/usr/bin"), Path.of("/bin"), Path.of("/usr/local/bin"));
  private static final int FEW_WATCHES = 65_536;
  private static final int FEW_INSTANCES = 64;

  /** The longest number that a file of the kernel's settings holds, with its line end. */
  private static final int SETTING_BYTES = 32;

  private final Path settings;

  /**
   * @param settings the directory of the kernel's settings, {@code /proc/sys}
   */
  HostChecks(Path settings) {
    this.settings = settings;
  }

  /** What a mount by {@code driver} needs that is not there. */
  List<Check> fuse(Driver driver) {
    List<Check> checks = new ArrayList<>();
    Path device = Path.of("/dev/fuse");
    if (!Files.exists(device)) {
      checks.add(Check.wrong("mount", "/dev/fuse does not exist", "sudo modprobe fuse"));
    } else if (!Files.isReadable(device) || !Files.isWritable(device)) {
      checks.add(
          Check.wrong("mount", "/dev/fuse cannot be opened by you", "sudo chmod 666 /dev/fuse"));
    }
    if (PROGRAM_DIRECTORIES.stream().noneMatch(d -> Files.exists(d.resolve("fusermount3")))) {
      checks.add(Check.wrong("mount", "fusermount3 is missing", "sudo apt-get install fuse3"));
    }
    boolean library =
        LIBRARY_DIRECTORIES.stream().anyMatch(d -> Files.exists(d.resolve("libfuse.so.2")));
    if (driver == Driver.LIBFUSE && !library) {
      checks.add(Check.wrong("mount", "libfuse.so.2 is missing", "sudo apt-get install libfuse2"));
    }
    return checks;
  }

  /** The kernel's limits of watched directories and of programs' watchers. */
  List<Check> watches() {
    return List.of(
        limit("max_user_watches", "directories can be watched", FEW_WATCHES, 524_288),
        limit("max_user_instances", "watchers can be open at once", FEW_INSTANCES, 512));
  }

  private Check limit(String name, String what, int few, int enough) {
    String setting = "fs.inotify." + name;
    try {
      int limit = number(settings.resolve(setting.replace('.', '/')));
      String detail = "%,d %s by all programs of a user".formatted(limit, what);
      return limit >= few
          ? Check.ok("watcher", detail)
          : Check.warn("watcher", detail, "sudo sysctl -w %s=%d".formatted(setting, enough));
    } catch (IOException | NumberFormatException e) {
      return Check.warn("watcher", "the limit %s cannot be read: %s".formatted(setting, e), "");
    }
  }

  /**
   * Reads a number in one read: what follows the first read of such a file is its end, however few
   * bytes that one took.
   */
  private static int number(Path setting) throws IOException {
    byte[] text = new byte[SETTING_BYTES];
    try (RandomAccessFile file = new RandomAccessFile(setting.toFile(), "r")) {
      int length = Math.max(0, file.read(text));
      return Integer.parseInt(new String(text, 0, length, StandardCharsets.US_ASCII).strip());
    }
  }
}
