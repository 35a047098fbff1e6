package org.realize.nima.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.realize.nima.control.ArenaPath;
import org.realize.nima.control.ConflictOrder;
import org.realize.nima.control.ConflictReport;
import org.realize.nima.control.ConflictReport.CurrentVersion;
import org.realize.nima.control.ConflictReport.PathConflict;
import org.realize.sync.model.RealizeException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The commands {@code realize conflict …}. */
@Command(
    name = "conflict",
    description = {
      "Files that were changed on several peers, each without knowing of the others' change.",
      "All versions stay until you choose one."
    })
final class ConflictCommand extends NodeCommand {

  private static final String PATHS =
      ArenaPaths.HELP + " A glob ('photos/**/*.jpg'), or a directory for all below it.";

  @Command(description = "Lists conflicts; exit code 3 if there are any.")
  ExitCode list(
      @Parameters(arity = "0..*", paramLabel = "PATH", description = PATHS)
          @Nullable List<String> paths,
      @Option(names = "--json", description = "Print JSON.") boolean json)
      throws RealizeException, NotRunning {
    return print(order("list", paths == null ? List.of() : paths, null), json, false);
  }

  @Command(description = "Shows conflicts with hashes and vectors; exit code 3 if there are any.")
  ExitCode show(
      @Parameters(arity = "1..*", paramLabel = "PATH", description = PATHS) List<String> paths,
      @Option(names = "--json", description = "Print JSON.") boolean json)
      throws RealizeException, NotRunning {
    return print(order("show", paths, null), json, true);
  }

  @Command(
      description = {
        "Ends conflicts: the chosen version replaces the others on all peers.",
        "What it replaces on a disk lies in the trash there."
      })
  void resolve(
      @Parameters(arity = "1..*", paramLabel = "PATH", description = PATHS) List<String> paths,
      @Option(
              names = "--use",
              required = true,
              paramLabel = "PEER|HASH|newest|mine|deleted|both",
              description =
                  "What a peer shows, the file whose hash begins so, the version made last, the one"
                      + " on this node's disk, none, or all files: the highest hash keeps the name,"
                      + " another becomes 'NAME (HASH).EXT'.")
          String use)
      throws RealizeException, NotRunning {
    out().printf("resolved %,d%n", order("resolve", paths, use).count());
    out().flush();
  }

  private ConflictReport order(String action, List<String> texts, @Nullable String use)
      throws RealizeException, NotRunning {
    List<ArenaPath> paths = paths().all(action, texts);
    return daemon().conflicts(new ConflictOrder(paths, use));
  }

  private ExitCode print(ConflictReport report, boolean json, boolean details) {
    if (json) {
      printJson(report.conflicts());
    } else {
      for (PathConflict conflict : report.conflicts()) {
        print(conflict, details);
      }
      if (report.count() > report.conflicts().size()) {
        out().printf("and %,d more%n", report.count() - report.conflicts().size());
      }
    }
    out().flush();
    return report.count() == 0 ? ExitCode.OK : ExitCode.FOUND;
  }

  private void print(PathConflict conflict, boolean details) {
    String path = new ArenaPath(conflict.arena(), conflict.path()).toString();
    out().println(Printable.line(path));
    Table table =
        details
            ? new Table("", "VERSION", "SIZE", "BY", "MADE", "HELD BY", "VECTOR")
            : new Table("", "VERSION", "SIZE", "BY", "MADE", "HELD BY");
    for (CurrentVersion version : conflict.versions()) {
      String hash = version.hash();
      String name =
          hash == null
              ? version.kind().name().toLowerCase(Locale.ROOT)
              : details ? hash : hash.substring(0, 8);
      List<String> cells =
          new ArrayList<>(
              List.of(
                  "  " + (version.shown() ? "shown" : version.real() ? "on disk" : ""),
                  name,
                  hash == null ? "-" : StatusReport.size(version.bytes()),
                  version.maker(),
                  StatusReport.time(version.made()),
                  version.holders().isEmpty() ? "-" : String.join(", ", version.holders())));
      if (details) {
        cells.add(version.vector());
      }
      table.row(cells.toArray(String[]::new));
    }
    table.print(out());
  }
}
