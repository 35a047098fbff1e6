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
import picocli.CommandLine.ParameterException;
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
    VersionCommand.print(daemon().versions(query), json, this);
  }

  @Command(
      description = {
        "Deletes files of the trash for good: all that came from PATH or below it, or one version.",
        "What a program has open stays.",
        "With --household also from the trash of all peers that share the arena. Each decides by"
            + " its own rules, and lets this node if it names the arena in 'write'. Exit code 3 if"
            + " a peer was not reached or refused."
      })
  ExitCode purge(
      @Parameters(arity = "1..*", paramLabel = "PATH", description = ArenaPaths.HELP)
          List<String> paths,
      @Option(names = "--id", paramLabel = "ID", description = "Only the version of this id.")
          @Nullable Long id,
      @Option(names = "--household", description = "From the trash of all peers, too.")
          boolean household,
      @Option(names = "--json", description = "Print one line of JSON for everything that happens.")
          boolean json)
      throws RealizeException, NotRunning, InterruptedException {
    if (household && id != null) {
      throw new ParameterException(
          spec().commandLine(), "--household and --id: an id is of this node's trash only");
    }
    TrashAction action = household ? TrashAction.PURGE_HOUSEHOLD : TrashAction.PURGE;
    TrashOrder order = new TrashOrder(action, paths().all("purge", paths), id, null);
    ControlClient daemon = daemon();
    return follow(json, report -> daemon.trash(order, report));
  }
}
