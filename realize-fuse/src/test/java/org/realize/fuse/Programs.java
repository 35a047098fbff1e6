package org.realize.fuse;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Programs of the machine that tests run, each within a deadline. */
final class Programs {

  private static final long DEADLINE_SECONDS = 60;

  /** The output of a program, both streams, and its exit code. */
  record Outcome(int exit, String output) {}

  private Programs() {}

  static Outcome run(String... command) throws IOException {
    Path output = Files.createTempFile("program", ".out");
    try {
      Process process = start(output, command);
      return new Outcome(await(process), Files.readString(output, StandardCharsets.UTF_8));
    } finally {
      Files.delete(output);
    }
  }

  static Process start(Path output, String... command) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("LC_ALL", "C.UTF-8");
    return builder.redirectOutput(output.toFile()).start();
  }

  /** The exit code; a program that does not end in time is killed and fails the test. */
  static int await(Process process) {
    try {
      if (!process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError("program did not end in time: " + process.info());
      }
      return process.exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }

  /** The lines of the mount table for exactly this path. */
  static List<String> mountsAt(Path path) throws IOException {
    return Files.readAllLines(Path.of("/proc/self/mountinfo")).stream()
        .filter(line -> line.split(" ", -1)[4].replace("\\040", " ").equals(path.toString()))
        .toList();
  }
}
