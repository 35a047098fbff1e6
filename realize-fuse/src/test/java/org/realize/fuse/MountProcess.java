package org.realize.fuse;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import org.realize.fuse.sys.Owner;
import org.realize.sync.model.RealizeException;
import org.realize.sync.view.FileView;

/**
 * A process that mounts a {@link MemoryFileView} and changes it as told on stdin, one line a
 * command of URL-encoded words, each answered by one line on stdout. It unmounts when told to, or
 * at the end of stdin. Its root changes while it is asked for the first time. Arguments: mount
 * point, driver, whether passthrough is wanted, the owner where other users may enter, and {@code
 * edited} for a {@link MemoryFileSystem} instead, and where its bytes are if not on the heap.
 */
final class MountProcess {

  private MountProcess() {}

  public static void main(String[] arguments) throws Exception {
    MountOptions options =
        new MountOptions(
            Path.of(arguments[0]),
            Driver.valueOf(arguments[1]),
            arguments.length > 3 ? Optional.of(Owner.parse(arguments[3])) : Optional.empty(),
            arguments.length > 3,
            Boolean.parseBoolean(arguments[2]),
            true,
            ReadingPrograms.ANY);
    boolean isEdited = arguments.length > 4;
    FileView view;
    Twin twin;
    if (isEdited) {
      MemoryFileSystem edited =
          new MemoryFileSystem(arguments.length > 5 ? Path.of(arguments[5]) : null);
      view = edited;
      twin = new EditCommands(edited);
    } else {
      MemoryFileView shown = new MemoryFileView();
      shown.changeRootWhenAsked();
      view = shown;
      twin = new TwinCommands(shown);
    }
    Mount mount;
    try {
      mount = Mount.open(view, options);
    } catch (RealizeException e) {
      say("failed " + e.oneLine());
      return;
    }
    Runtime.getRuntime().addShutdownHook(new Thread(mount::close));
    say("mounted");
    obey(twin);
    mount.close();
    say("unmounted");
  }

  private static void say(String line) {
    System.out.println(line);
    System.out.flush();
  }

  private static void obey(Twin twin) throws IOException {
    BufferedReader commands =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    String line;
    while ((line = commands.readLine()) != null) {
      String[] words =
          Arrays.stream(line.split(" ", -1))
              .map(word -> URLDecoder.decode(word, StandardCharsets.UTF_8))
              .toArray(String[]::new);
      if (words[0].equals("unmount")) {
        return;
      }
      String answer;
      try {
        answer = "ok " + twin.tell(words);
      } catch (RuntimeException e) {
        answer = "error " + e;
      }
      say(answer);
    }
  }
}
