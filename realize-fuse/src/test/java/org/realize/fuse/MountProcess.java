package org.realize.fuse;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.realize.sync.model.RealizeException;

/**
 * A process that mounts a {@link MemoryFileView} and changes it as told on stdin, one line a
 * command, each answered by one line on stdout. It unmounts when told to, or at the end of stdin.
 * Arguments: mount point, driver, whether passthrough is wanted.
 */
final class MountProcess {

  private final MemoryFileView view = new MemoryFileView();

  private MountProcess() {}

  public static void main(String[] arguments) throws Exception {
    MountOptions options =
        MountOptions.at(Path.of(arguments[0]))
            .withDriver(Driver.ofConfigured(arguments[1]).orElseThrow())
            .withPassthrough(Boolean.parseBoolean(arguments[2]));
    MountProcess process = new MountProcess();
    Mount mount;
    try {
      mount = Mount.open(process.view, options);
    } catch (RealizeException e) {
      say("failed " + e.oneLine());
      return;
    }
    say("mounted");
    Thread.ofPlatform().daemon().start(() -> process.endWith(mount));
    process.obey();
    mount.close();
    say("unmounted");
  }

  /** Ends the process when somebody else unmounts it. */
  private void endWith(Mount mount) {
    try {
      mount.join();
      say("gone");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void say(String line) {
    System.out.println(line);
    System.out.flush();
  }

  private void obey() throws IOException {
    BufferedReader commands =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    String line;
    while ((line = commands.readLine()) != null) {
      List<String> words =
          Arrays.stream(line.split(" ", -1))
              .map(word -> URLDecoder.decode(word, StandardCharsets.UTF_8))
              .toList();
      if (words.getFirst().equals("unmount")) {
        return;
      }
      String answer;
      try {
        answer = "ok " + run(words);
      } catch (RuntimeException e) {
        answer = "error " + e;
      }
      say(answer);
    }
  }

  private String run(List<String> words) {
    String path = words.size() > 1 ? words.get(1) : "";
    switch (words.getFirst()) {
      case "directory" -> view.directory(path);
      case "file" -> view.file(path, Long.parseLong(words.get(2)), Long.parseLong(words.get(3)));
      case "link" -> view.link(path, words.get(2));
      case "bulk" -> view.bulk(path, Integer.parseInt(words.get(2)));
      case "remove" -> view.remove(path);
      case "mode" -> view.mode(path, Integer.parseInt(words.get(2), 8));
      case "attribute" ->
          view.attribute(path, words.get(2), words.get(3).getBytes(StandardCharsets.UTF_8));
      case "hold" -> view.hold(path, true);
      case "release" -> view.hold(path, false);
      case "trouble" ->
          view.trouble(path, MemoryFileView.Trouble.valueOf(words.get(2).toUpperCase(Locale.ROOT)));
      case "backing" -> view.backing(path, Path.of(words.get(2)));
      case "storm" -> storm(path, Integer.parseInt(words.get(2)));
      case "opened" -> {
        return String.valueOf(view.openFiles.get());
      }
      case "reads" -> {
        return String.valueOf(view.reads.get());
      }
      case "interrupted" -> {
        return String.valueOf(view.interrupted.get());
      }
      default -> throw new IllegalArgumentException("command " + words.getFirst());
    }
    return "";
  }

  /** Replaces a file so often that the driver cannot tell the kernel each time. */
  private void storm(String path, int times) {
    for (int i = 0; i < times; i++) {
      view.file(path + i, i, i);
    }
  }
}
