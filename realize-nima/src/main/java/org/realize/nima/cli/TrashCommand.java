package org.realize.nima.cli;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.realize.nima.control.ControlClient;
import org.realize.nima.control.TrashOrder;
import org.realize.nima.control.TrashOrder.TrashAction;
import org.realize.nima.control.VersionQuery;
import org.realize.sync.model.RealizeException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The commands {@code realize trash …}. */
@Command(
    name = "trash",
    description =
        "The files that were taken out of the roots of this node's arenas: replaced, removed for a"
            + " peer, or given up. 'realize version restore' brings them back.")
final class TrashCommand extends NodeCommand {

  @Command(description = "Lists the files in the trash.")
  void list(
      @Parameters(arity = "0..*", paramLabel = "PATH", description = ArenaPaths.HELP)
          @Nullable List<String> paths,
      @Option(names = "--json", description = "Print JSON.") boolean json)
      throws RealizeException, NotRunning {
    List<String> texts = paths == null ? List.of() : paths;
    VersionQuery query = new VersionQuery(paths().all("list the trash of", texts), false);
    VersionCommand.print(daemon().versions(query), json, out());
  }

  @Command(
      description = {
        "Deletes files of the trash for good: all that came from PATH or below it, or one version.",
        "What a program has open stays."
      })
  ExitCode purge(
      @Parameters(arity = "1..*", paramLabel = "PATH", description = ArenaPaths.HELP)
          List<String> paths,
      @Option(names = "--id", paramLabel = "ID", description = "Only the version of this id.")
          @Nullable Long id,
      @Option(names = "--json", description = "Print one line of JSON for everything that happens.")
          boolean json)
      throws RealizeException, NotRunning, InterruptedException {
    TrashOrder order = new TrashOrder(TrashAction.PURGE, paths().all("purge", paths), id, null);
    ControlClient daemon = daemon();
    return follow(json, report -> daemon.trash(order, report));
  }
}
