package org.realize.chaos.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A disk of its own, in a sparse image, that another program can fill. Needs root. {@link #close}
 * leaves neither a mount nor a loop device. Used by one thread.
 */
final class FillableDisk implements AutoCloseable {

  /** What is left free of a full disk, less than most files have. */
  private static final long LEFT_BYTES = 128 << 10;

  private final Path directory;
  private final Path ballast;

  private FillableDisk(Path directory) {
    this.directory = directory;
    ballast = directory.resolve("ballast");
  }

  /** Makes an ext4 file system of which root has no reserve, and mounts it at {@code directory}. */
  static FillableDisk open(Path directory, long mebibytes) throws IOException {
    Files.createDirectories(directory);
    Path image = directory.resolveSibling(directory.getFileName() + ".img");
    run("truncate", "-s", mebibytes + "M", image.toString());
    run("mkfs.ext4", "-q", "-F", "-m", "0", image.toString());
    run("mount", "-o", "loop", image.toString(), directory.toString());
    return new FillableDisk(directory);
  }

  /** Where it is mounted. */
  Path directory() {
    return directory;
  }

  /** Takes what is free. Where others take some of it meanwhile, nothing is left. */
  void fill() throws IOException {
    long free = Files.getFileStore(directory).getUsableSpace() - LEFT_BYTES;
    if (free > 0) {
      try {
        run("fallocate", "-l", Long.toString(free), ballast.toString());
      } catch (IOException e) {
        if (!String.valueOf(e.getMessage()).contains("No space left on device")) {
          throw e;
        }
      }
    }
  }

  /** Gives it back. */
  void empty() throws IOException {
    Files.deleteIfExists(ballast);
  }

  private static void run(String... words) throws IOException {
    Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (process.waitFor() != 0) {
        throw new IOException(String.join(" ", words) + ": " + said.strip());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(String.join(" ", words) + ": interrupted", e);
    }
  }

  @Override
  public void close() throws IOException {
    run("umount", "-l", directory.toString()); // which detaches the loop device in the end
  }
}
