package org.realize.nima.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import org.realize.sync.model.RealizeException;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code realize pages}: what scripts/install puts beside the program. */
@Command(
    name = "pages",
    hidden = true,
    description =
        "Writes the manual pages, DIR/man1/*.1, and the completion of bash (DIR/realize.bash), zsh"
            + " (DIR/_realize) and fish (DIR/realize.fish).")
final class PagesCommand extends NodeCommand implements Callable<ExitCode> {

  @Parameters(paramLabel = "DIR", description = "The directory, made if it is not there.")
  private Path target = Path.of("");

  @Override
  public ExitCode call() throws RealizeException {
    CommandLine realize = spec().root().commandLine();
    try {
      Path pages = Files.createDirectories(target.resolve("man1"));
      for (Map.Entry<String, String> page : ManualPage.all(realize).entrySet()) {
        Files.writeString(pages.resolve(page.getKey() + ".1"), page.getValue());
      }
      String bash = AutoComplete.bash("realize", realize);
      Files.writeString(target.resolve("realize.bash"), bash);
      Files.writeString(target.resolve("_realize"), zsh(bash));
      Files.writeString(target.resolve("realize.fish"), FishCompletion.of(realize));
      return ExitCode.OK;
    } catch (IOException e) {
      throw new RealizeException.StorageFailed("write pages below " + target, e);
    }
  }

  /** The functions of bash, for a directory of {@code fpath}. */
  private static String zsh(String bash) {
    return "#compdef realize\n"
        + "autoload -U +X bashcompinit && bashcompinit\n"
        + bash
        + "\n_bash_complete -o default -F _complete_realize\n";
  }
}
