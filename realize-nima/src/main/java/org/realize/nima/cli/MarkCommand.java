package org.realize.nima.cli;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.realize.nima.control.ArenaPath;
import org.realize.nima.control.MarkOrder;
import org.realize.nima.control.MarkOrder.MarkAction;
import org.realize.nima.control.MarkStatus;
import org.realize.sync.model.Mark;
import org.realize.sync.model.RealizeException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The commands {@code realize mark …}. */
@Command(
    name = "mark",
    description = {
      "How much of files and directories is really kept on this node: watch (bytes come when they"
          + " are read), keep (all bytes are cached) or own (real files).",
      "A mark holds for all that is below its path, down to the next mark."
    })
final class MarkCommand extends NodeCommand {

  @Command(description = "Marks paths, which need not exist yet. The daemon follows at once.")
  void set(
      @Parameters(index = "0", paramLabel = "watch|keep|own", description = "The mark.") Mark mark,
      @Parameters(
              index = "1..*",
              arity = "1..*",
              paramLabel = "PATH",
              description = ArenaPaths.HELP)
          List<String> paths)
      throws RealizeException, NotRunning {
    order(MarkAction.SET, mark, paths);
  }

  @Command(description = "Shows the marks of paths, or all that were set.")
  void get(
      @Parameters(arity = "0..*", paramLabel = "PATH", description = ArenaPaths.HELP)
          @Nullable List<String> paths,
      @Option(names = "--json", description = "Print JSON.") boolean json)
      throws RealizeException, NotRunning {
    List<MarkStatus> marks = order(MarkAction.GET, null, paths == null ? List.of() : paths);
    if (json) {
      printJson(marks);
    } else {
      Table table = new Table("MARK", "PATH");
      for (MarkStatus mark : marks) {
        table.row(
            mark.mark() + (mark.inherited() ? " (inherited)" : ""),
            Printable.line(new ArenaPath(mark.arena(), mark.path()).toString()));
      }
      table.print(out());
    }
    out().flush();
  }

  @Command(description = "Removes the marks of paths, which inherit theirs from then on.")
  void clear(
      @Parameters(arity = "1..*", paramLabel = "PATH", description = ArenaPaths.HELP)
          List<String> paths)
      throws RealizeException, NotRunning {
    order(MarkAction.CLEAR, null, paths);
  }

  private List<MarkStatus> order(MarkAction action, @Nullable Mark mark, List<String> texts)
      throws RealizeException, NotRunning {
    List<ArenaPath> paths = paths().all(action.name().toLowerCase(Locale.ROOT) + " mark of", texts);
    return daemon().marks(new MarkOrder(action, mark, paths));
  }
}
