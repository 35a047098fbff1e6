package org.realize.chaos.bench;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/** The machine under the bench: its caches, processes and test data. */
final class BenchMachine {

  private static final Duration COMMAND_DEADLINE = Duration.ofMinutes(10);
  private static final Duration PORT_DEADLINE = Duration.ofSeconds(20);

  private BenchMachine() {}

  /** Work to be timed. */
  @FunctionalInterface
  interface TimedWork {
    void run() throws IOException, InterruptedException;
  }

  static double seconds(TimedWork work) throws IOException, InterruptedException {
    long begin = System.nanoTime();
    work.run();
    return (System.nanoTime() - begin) / 1e9;
  }

  static double median(List<Double> values) {
    List<Double> sorted = new ArrayList<>(values);
    Collections.sort(sorted);
    return sorted.get(sorted.size() / 2);
  }

  /**
   * Runs {@code script} with sh in {@code directory}, its output thrown away but not its errors;
   * fails on a bad exit or after 10 minutes.
   */
  static void shell(Path directory, String script) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder("sh", "-c", script)
            .directory(directory.toFile())
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    if (!process.waitFor(COMMAND_DEADLINE.toSeconds(), TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new IOException("took too long: " + script);
    }
    if (process.exitValue() != 0) {
      throw new IOException("exited " + process.exitValue() + ": " + script);
    }
  }

  /** Starts a helper process that the caller ends. */
  static Process start(Path directory, String... words) throws IOException {
    return new ProcessBuilder(words)
        .directory(directory.toFile())
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  static void end(Process process) throws InterruptedException {
    process.destroy();
    if (!process.waitFor(20, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      process.waitFor();
    }
  }

  /** Writes out, then drops the kernel's page, dentry and inode caches; only root may. */
  static void dropCaches() throws IOException, InterruptedException {
    shell(Path.of("/"), "sync; echo 3 > /proc/sys/vm/drop_caches");
  }

  /** Writes what the kernel has put off, so that what is measured next does not pay for it. */
  static void settle() throws IOException, InterruptedException {
    shell(Path.of("/"), "sync");
    TimeUnit.SECONDS.sleep(1);
  }

  /** A port on loopback without a listener. */
  static int freePort() throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return free.getLocalPort();
    }
  }

  /** Waits until somebody listens at a port on loopback. */
  static void awaitPort(int port) throws IOException, InterruptedException {
    await(
        "port " + port,
        PORT_DEADLINE,
        () -> {
          try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
          } catch (ConnectException e) {
            return false;
          }
        });
  }

  /** Resident memory of a process in MB. */
  static double residentMegabytes(long pid) throws IOException {
    return megabytes(pid, "VmRSS:");
  }

  /** The most that a process had in memory since {@link #forgetPeak}, in MB. */
  static double peakMegabytes(long pid) throws IOException {
    return megabytes(pid, "VmHWM:");
  }

  static void forgetPeak(long pid) throws IOException {
    Files.writeString(Path.of("/proc/" + pid + "/clear_refs"), "5");
  }

  private static double megabytes(long pid, String field) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"))) {
      if (line.startsWith(field)) {
        return Long.parseLong(line.replaceAll("\\D", "")) * 1024 / 1e6;
      }
    }
    throw new IOException("no " + field + " of process " + pid);
  }

  /** Waits until {@code condition} holds; returns the seconds it took. */
  static double await(String what, Duration deadline, Condition condition)
      throws IOException, InterruptedException {
    long begin = System.nanoTime();
    while (!condition.holds()) {
      if (System.nanoTime() - begin > deadline.toNanos()) {
        throw new IOException("waited in vain: " + what);
      }
      TimeUnit.MILLISECONDS.sleep(10);
    }
    return (System.nanoTime() - begin) / 1e9;
  }

  /** A condition that may ask a process or a file. */
  @FunctionalInterface
  interface Condition {
    boolean holds() throws IOException, InterruptedException;
  }

  /** {@code count} files of {@code bytes} random bytes, {@code perDirectory} in each directory. */
  static void makeFiles(Path root, int count, int perDirectory, int bytes) throws IOException {
    Random random = new Random(count * 31L + bytes);
    byte[] content = new byte[bytes];
    for (int i = 0; i < count; i++) {
      Path directory = root.resolve("d" + i / perDirectory);
      if (i % perDirectory == 0) {
        Files.createDirectories(directory);
      }
      random.nextBytes(content);
      Files.write(directory.resolve("file-" + i + ".dat"), content);
    }
  }

  static void makeFile(Path file, long bytes, long seed) throws IOException {
    Random random = new Random(seed);
    byte[] chunk = new byte[1 << 20];
    try (var out = Files.newOutputStream(file)) {
      for (long left = bytes; left > 0; left -= chunk.length) {
        random.nextBytes(chunk);
        out.write(chunk, 0, (int) Math.min(chunk.length, left));
      }
    }
  }
}
