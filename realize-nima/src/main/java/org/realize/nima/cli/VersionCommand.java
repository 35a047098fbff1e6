package org.realize.nima.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.realize.nima.control.ArenaPath;
import org.realize.nima.control.ControlClient;
import org.realize.nima.control.TrashOrder;
import org.realize.nima.control.TrashOrder.TrashAction;
import org.realize.nima.control.VersionChoice;
import org.realize.nima.control.VersionQuery;
import org.realize.nima.control.VersionReport;
import org.realize.nima.control.VersionReport.PathVersion;
import org.realize.sync.model.RealizeException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The commands {@code realize version …}. */
@Command(name = "version", description = "The present and earlier versions of files.")
final class VersionCommand extends NodeCommand {

  @Command(
      description =
          "Lists the versions of files that are known: current ones, earlier ones that a peer or"
              + " this node still has, and those in the trash.")
  void list(
      @Parameters(arity = "1..*", paramLabel = "PATH", description = ArenaPaths.HELP)
          List<String> paths,
      @Option(names = "--json", description = "Print JSON.") boolean json)
      throws RealizeException, NotRunning {
    VersionQuery query = new VersionQuery(paths().all("list versions of", paths), true);
    print(daemon().versions(query), json, this);
  }

  static void print(VersionReport report, boolean json, NodeCommand command) {
    PrintWriter out = command.out();
    if (json) {
      command.printJson(report.versions());
    } else {
      Table table = new Table("WHERE", "ID", "SIZE", "SINCE", "HELD BY", "PATH");
      for (PathVersion version : report.versions()) {
        String hash = version.hash();
        table.row(
            version.place().name().toLowerCase(Locale.ROOT),
            version.id() != null
                ? version.id().toString()
                : hash == null ? "-" : hash.substring(0, 8),
            StatusReport.size(version.bytes()),
            StatusReport.time(version.time()),
            version.heldBy().isEmpty() ? "-" : String.join(", ", version.heldBy()),
            Printable.line(new ArenaPath(version.arena(), version.path()).toString()));
      }
      table.print(out);
      out.printf("%,d versions, %s%n", report.count(), StatusReport.size(report.bytes()));
    }
    out.flush();
  }

  @Command(
      description = {
        "Shows another version of a file, on all peers: one side of a conflict, which ends that, an"
            + " earlier version that a node still has, or one from the trash.",
        "What the file is now goes to the trash of each node that has it as a real file.",
        "With 'deleted', a name goes that nobody is known to have the bytes of ('realize copies"
            + " --at-risk' lists it with 0 copies); of a directory, all such names in it."
      })
  ExitCode use(
      @Parameters(paramLabel = "PATH", description = ArenaPaths.HELP) String path,
      @Parameters(
              paramLabel = "VERSION",
              description =
                  "Four or more digits of its hash, or its id, as list names it; or 'deleted'.")
          String version,
      @Option(names = "--json", description = "Print one line of JSON for everything that happens.")
          boolean json)
      throws RealizeException, NotRunning, InterruptedException {
    VersionChoice choice = new VersionChoice(paths().inside("use a version of", path), version);
    ControlClient daemon = daemon();
    return follow(json, report -> daemon.useVersion(choice, report));
  }

  @Command(
      description = {
        "Brings a file back from the trash, its latest version there unless --id names another; of"
            + " a directory, all files in it that are not there.",
        "A file that has the name now goes to the trash. The copy in the trash stays."
      })
  ExitCode restore(
      @Parameters(paramLabel = "PATH", description = ArenaPaths.HELP) String path,
      @Option(names = "--id", paramLabel = "ID", description = "The version, as list names it.")
          @Nullable Long id,
      @Option(names = "--to", paramLabel = "DEST", description = "Another name in the same arena.")
          @Nullable String target,
      @Option(names = "--json", description = "Print one line of JSON for everything that happens.")
          boolean json)
      throws RealizeException, NotRunning, InterruptedException {
    @Nullable ArenaPath to = target == null ? null : paths().inside("restore to", target);
    List<ArenaPath> from = List.of(paths().of("restore", path));
    TrashOrder order = new TrashOrder(TrashAction.RESTORE, from, id, to);
    ControlClient daemon = daemon();
    return follow(json, report -> daemon.trash(order, report));
  }
}
