package org.realize.nima.cli;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.realize.nima.control.ControlJson;
import org.realize.nima.control.PinStatus;
import org.realize.sync.model.RealizeException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** A command about the running daemon's promises to keep files. */
abstract class PinCommand extends NodeCommand {

  private PinCommand(Surroundings surroundings) {
    super(surroundings);
  }

  /** {@code realize pin list}. */
  @Command(
      name = "list",
      description = {
        "Lists the files that this node has promised peers to keep while they give theirs up.",
        "A pin ends by itself when its peer says that it is done."
      })
  static final class Listing extends PinCommand {
    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    Listing(Surroundings surroundings) {
      super(surroundings);
    }

    @Override
    ExitCode run() throws RealizeException, NotRunning {
      List<PinStatus> pins = daemon().pins();
      if (json) {
        out().println(ControlJson.print(pins));
      } else {
        Table table = new Table("FOR", "SINCE", "FILE");
        for (PinStatus pin : pins) {
          table.row(
              StatusReport.printable(pin.dropper()),
              pin.since().toString(),
              StatusReport.printable(pin.arena() + "/" + pin.path()));
        }
        table.print(out());
      }
      out().flush();
      return ExitCode.OK;
    }
  }

  /** {@code realize pin release}. */
  @Command(
      name = "release",
      description = {
        "Ends the pins of a file, of a peer that will never be back, for example.",
        "If such a peer still gives its bytes up, this node's may be the last ones."
      })
  static final class Release extends PinCommand {
    @Parameters(
        paramLabel = "ARENA/PATH",
        description = "The path as below the mount: the arena's name, then the path in it.")
    private @Nullable String path;

    Release(Surroundings surroundings) {
      super(surroundings);
    }

    @Override
    ExitCode run() throws RealizeException, NotRunning {
      ArenaPath wanted = ArenaPath.of("release", Given.value(path), configuration().arenas());
      daemon().releasePins(wanted.arena(), wanted.path());
      return ExitCode.OK;
    }
  }
}
