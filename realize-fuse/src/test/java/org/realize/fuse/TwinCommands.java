package org.realize.fuse;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import org.realize.sync.content.OpenFile;
import org.realize.sync.model.FileTime;

/** The commands of a {@link Twin}, on a view of this process. */
final class TwinCommands implements Twin {

  private final MemoryFileView view;

  TwinCommands(MemoryFileView view) {
    this.view = view;
  }

  @Override
  public String tell(String... words) {
    String path = words.length > 1 ? words[1] : "";
    switch (words[0]) {
      case "directory" -> view.directory(path);
      case "file" -> view.file(path, Long.parseLong(words[2]), Long.parseLong(words[3]));
      case "link" -> view.link(path, words[2]);
      case "bulk" -> view.bulk(path, Integer.parseInt(words[2]));
      case "remove" -> view.remove(path);
      case "mode" -> view.mode(path, Integer.parseInt(words[2], 8));
      case "mtime" ->
          view.mtime(path, new FileTime(Long.parseLong(words[2]), Integer.parseInt(words[3])));
      case "attribute" -> view.attribute(path, words[2], words[3].getBytes(StandardCharsets.UTF_8));
      case "hold" -> view.hold(path, true);
      case "release" -> view.hold(path, false);
      case "trouble" ->
          view.trouble(path, MemoryFileView.Trouble.valueOf(words[2].toUpperCase(Locale.ROOT)));
      case "backing" -> view.backing(path, Path.of(words[2]));
      case "change" ->
          view.change(
              path,
              Long.parseLong(words[2]),
              Long.parseLong(words[3]),
              OpenFile.Pages.valueOf(words[4].toUpperCase(Locale.ROOT)));
      case "storm" -> storm(path, Integer.parseInt(words[2]), Long.parseLong(words[3]));
      default -> {
        return number(words[0]);
      }
    }
    return "";
  }

  private String number(String what) {
    return switch (what) {
      case "opened" -> String.valueOf(view.openFiles.get());
      case "reads" -> String.valueOf(view.reads.get());
      case "interrupted" -> String.valueOf(view.interrupted.get());
      case "waiting" -> String.valueOf(view.waiting.get());
      default -> throw new IllegalArgumentException("command " + what);
    };
  }

  /** Replaces that many files of a directory as fast as it can. */
  private void storm(String path, int files, long size) {
    for (int i = 0; i < files; i++) {
      view.file(path + "/entry-%06d".formatted(i), size, i);
    }
  }
}
