package org.realize.fuse;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A {@link MountProcess} and its mount. Every wait has a deadline; a process that misses one is
 * killed, which ends whatever hangs in its mount. {@link #close} leaves nothing mounted, whatever
 * happened.
 */
final class MountChild implements Twin, AutoCloseable {

  private static final long DEADLINE_SECONDS = 60;

  private final Path mountPoint;
  private final Process process;
  private final OutputStream commands;
  private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();

  private boolean mounted;

  private MountChild(Path mountPoint, Process process) {
    this.mountPoint = mountPoint;
    this.process = process;
    this.commands = process.getOutputStream();
    Thread.ofPlatform().daemon().name("mount-output").start(this::collect);
  }

  /** Starts a process that mounts; the words come before the JVM's command. */
  static MountChild start(Path mountPoint, Driver driver, boolean passthrough, String... prefix)
      throws IOException {
    return start(mountPoint, driver, passthrough, System.getProperty("java.class.path"), prefix);
  }

  /** Starts a process whose mount others may enter, with everything owned by {@code owner}. */
  static MountChild startForOthers(Path mountPoint, Driver driver, String owner)
      throws IOException {
    return start(mountPoint, driver, List.of("true", owner), System.getProperty("java.class.path"));
  }

  /** Starts a process whose mount of a {@link MemoryFileSystem} everybody may enter and change. */
  static MountChild startEdited(Path mountPoint, Driver driver) throws IOException {
    return startEdited(mountPoint, driver, List.of("true", "0:0", "edited"));
  }

  /** As the other, with the bytes of regular files in {@code disk}. */
  static MountChild startEdited(Path mountPoint, Driver driver, Path disk) throws IOException {
    return startEdited(mountPoint, driver, List.of("true", "0:0", "edited", disk.toString()));
  }

  private static MountChild startEdited(Path mountPoint, Driver driver, List<String> options)
      throws IOException {
    return start(mountPoint, driver, options, System.getProperty("java.class.path"));
  }

  static MountChild start(
      Path mountPoint, Driver driver, boolean passthrough, String classPath, String... prefix)
      throws IOException {
    return start(mountPoint, driver, List.of(String.valueOf(passthrough)), classPath, prefix);
  }

  private static MountChild start(
      Path mountPoint, Driver driver, List<String> options, String classPath, String... prefix)
      throws IOException {
    List<String> command = new ArrayList<>(List.of(prefix));
    command.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-XX:+UseSerialGC",
            "-Xmx256m",
            "-cp",
            classPath,
            MountProcess.class.getName(),
            mountPoint.toString(),
            driver.name()));
    command.addAll(options);
    return new MountChild(
        mountPoint,
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
  }

  private void collect() {
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      String line;
      while ((line = reader.readLine()) != null) {
        if (line.matches("(mounted|unmounted|failed|ok|error)( .*)?")) {
          lines.add(line);
        } else {
          System.out.println("mount process: " + line);
        }
      }
    } catch (IOException e) {
      System.out.println("mount process: " + e);
    }
  }

  /** Waits for the mount; this object. */
  MountChild mounted() {
    String line = next();
    if (!line.equals("mounted")) {
      throw new AssertionError(line);
    }
    mounted = true;
    return this;
  }

  /** The process's next line, of those meant for tests. */
  String next() {
    @Nullable String line;
    try {
      line = lines.poll(DEADLINE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
    if (line == null) {
      process.destroyForcibly();
      throw new AssertionError("no answer of the mount's process in time");
    }
    return line;
  }

  @Override
  public synchronized String tell(String... words) throws IOException {
    String line =
        Arrays.stream(words)
            .map(word -> URLEncoder.encode(word, StandardCharsets.UTF_8))
            .collect(Collectors.joining(" ", "", "\n"));
    commands.write(line.getBytes(StandardCharsets.UTF_8));
    commands.flush();
    String answer = next();
    if (!answer.startsWith("ok ")) {
      throw new AssertionError(line + answer);
    }
    return answer.substring(3);
  }

  Path mountPoint() {
    return mountPoint;
  }

  long pid() {
    return process.pid();
  }

  /** Kills the process as kill -9 does, and waits for its end. */
  void kill() {
    process.destroyForcibly();
    awaitExit();
  }

  boolean awaitExit() {
    try {
      return process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Tells the process to unmount and end; how it ended. */
  int unmount() throws IOException {
    commands.write("unmount\n".getBytes(StandardCharsets.UTF_8));
    commands.flush();
    if (!awaitExit()) {
      throw new AssertionError("the mount's process did not end in time");
    }
    return process.exitValue();
  }

  @Override
  public void close() throws IOException {
    if (process.isAlive()) {
      commands.close();
      if (!awaitExit()) {
        process.destroyForcibly();
        awaitExit();
      }
    }
    if (mounted && !Programs.mountsAt(mountPoint).isEmpty()) {
      Programs.run("umount", "-l", mountPoint.toString());
    }
  }
}
