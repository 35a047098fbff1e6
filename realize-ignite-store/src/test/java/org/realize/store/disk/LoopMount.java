package org.realize.store.disk;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A file system of its own, in an image file or in memory, while it is open. Needs root. */
final class LoopMount implements AutoCloseable {
  private final Path root;
  private final String source;
  private final boolean isLoop;

  private LoopMount(Path root, String source, boolean isLoop) {
    this.root = root;
    this.source = source;
    this.isLoop = isLoop;
  }

  /** A new file system in a sparse image below {@code work}, made and mounted by these commands. */
  static LoopMount image(Path work, long mebibytes, List<String> make, List<String> mount)
      throws IOException {
    Path image = work.resolve("image");
    run(List.of("truncate", "-s", mebibytes + "M", image.toString()));
    run(with(make, image.toString()));
    String device = run(List.of("losetup", "--find", "--show", image.toString())).strip();
    try {
      return mount(work, device, mount, true);
    } catch (IOException e) {
      run(List.of("losetup", "--detach", device));
      throw e;
    }
  }

  /** Mounts {@code source} by a command that takes it and the directory. */
  static LoopMount mount(Path work, String source, List<String> mount) throws IOException {
    return mount(work, source, mount, false);
  }

  private static LoopMount mount(Path work, String source, List<String> mount, boolean isLoop)
      throws IOException {
    Path root = Files.createDirectories(work.resolve("mounted"));
    run(with(mount, source, root.toString()));
    return new LoopMount(root, source, isLoop);
  }

  private static List<String> with(List<String> command, String... arguments) {
    List<String> whole = new ArrayList<>(command);
    whole.addAll(List.of(arguments));
    return whole;
  }

  Path root() {
    return root;
  }

  static String run(List<String> command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (process.waitFor() != 0) {
        throw new IOException(command + ": " + said);
      }
      return said;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(command + ": interrupted", e);
    }
  }

  @Override
  public void close() throws IOException {
    try {
      run(List.of("umount", root.toString()));
    } catch (IOException busy) {
      run(List.of("umount", "-l", root.toString()));
    } finally {
      if (isLoop) {
        run(List.of("losetup", "--detach", source));
      }
    }
  }
}
