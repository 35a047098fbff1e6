package org.realize.sync.testing;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** Mounts made for a test, which needs root; taken off, the last first, when it is closed. */
public final class Mounts implements AutoCloseable {

  private final Deque<Path> mounted = new ArrayDeque<>();

  /** Shows {@code source} at {@code target} too. */
  public void bind(Path source, Path target) throws IOException {
    mount(target, "mount", "--bind", source.toString(), target.toString());
  }

  /** An empty file system in memory. */
  public void tmpfs(Path target) throws IOException {
    mount(target, "mount", "-t", "tmpfs", "realize-test", target.toString());
  }

  private void mount(Path target, String... command) throws IOException {
    Files.createDirectories(target);
    run(command);
    mounted.push(target);
  }

  public void unmount(Path target) throws IOException {
    run("umount", target.toString());
    mounted.remove(target);
  }

  private static void run(String... command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (process.waitFor() != 0) {
        throw new IOException(List.of(command) + ": " + output.strip());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException(List.of(command) + " was interrupted");
    }
  }

  @Override
  public void close() throws IOException {
    for (Path target : List.copyOf(mounted)) {
      run("umount", "--lazy", target.toString());
    }
    mounted.clear();
  }
}
