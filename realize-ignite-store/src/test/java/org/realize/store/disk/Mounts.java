package org.realize.store.disk;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** Mounts made for a test, which needs root; taken off, the last first, when it is closed. */
final class Mounts implements AutoCloseable {

  private final Deque<Path> mounted = new ArrayDeque<>();

  /** Shows {@code source} at {@code target} too. */
  void bind(Path source, Path target) throws Exception {
    mount(target, "mount", "--bind", source.toString(), target.toString());
  }

  /** An empty file system in memory. */
  void tmpfs(Path target) throws Exception {
    mount(target, "mount", "-t", "tmpfs", "realize-test", target.toString());
  }

  private void mount(Path target, String... command) throws Exception {
    Files.createDirectories(target);
    run(command);
    mounted.push(target);
  }

  void unmount(Path target) throws Exception {
    run("umount", target.toString());
    mounted.remove(target);
  }

  private static void run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException(List.of(command) + ": " + output.strip());
    }
  }

  @Override
  public void close() throws Exception {
    for (Path target : List.copyOf(mounted)) {
      run("umount", "--lazy", target.toString());
    }
    mounted.clear();
  }
}
