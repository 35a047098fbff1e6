package org.realize.nima.cli;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.realize.nima.config.ArenaSettings;
import org.realize.nima.config.ByteSize;
import org.realize.nima.control.ArenaStatus;
import org.realize.nima.control.ControlClient;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.Mark;
import org.realize.sync.model.RealizeException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code realize arena list}: the configured arenas, with what they hold while a daemon runs. */
@Command(name = "list", description = "Lists the arenas, and what they hold while a daemon runs.")
final class ArenaListCommand extends NodeCommand implements Callable<ExitCode> {

  /** An arena as it is listed; {@code files} and {@code bytes} are null when no daemon runs. */
  record ArenaRow(
      ArenaName name,
      Mark mark,
      @Nullable String root,
      @Nullable Long files,
      @Nullable Long bytes) {}

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Override
  public ExitCode call() throws RealizeException {
    Optional<ControlClient> daemon = daemonIfRunning();
    List<ArenaStatus> live = daemon.isPresent() ? daemon.get().status().arenas() : List.of();
    List<ArenaRow> rows = configuration().arenas().stream().map(arena -> row(arena, live)).toList();
    if (json) {
      printJson(rows);
      return ExitCode.OK;
    }
    Table table = new Table("NAME", "MARK", "FILES", "SIZE", "ROOT");
    for (ArenaRow row : rows) {
      table.row(
          row.name().value(),
          row.mark().toString(),
          row.files() == null ? "-" : String.format(Locale.ROOT, "%,d", row.files()),
          row.bytes() == null ? "-" : new ByteSize(row.bytes()).toString(),
          row.root() == null ? "-" : row.root());
    }
    table.print(out());
    return ExitCode.OK;
  }

  private static ArenaRow row(ArenaSettings arena, List<ArenaStatus> live) {
    Optional<ArenaStatus> status =
        live.stream().filter(candidate -> candidate.name().equals(arena.name())).findFirst();
    return new ArenaRow(
        arena.name(),
        arena.mark(),
        arena.root().isPresent() ? arena.root().get().toString() : null,
        status.isPresent() ? status.get().files() : null,
        status.isPresent() ? status.get().bytes() : null);
  }
}
