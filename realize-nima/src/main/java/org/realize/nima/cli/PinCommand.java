package org.realize.nima.cli;

import java.util.List;
import org.realize.nima.control.ArenaPath;
import org.realize.nima.control.PinStatus;
import org.realize.sync.model.RealizeException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The commands {@code realize pin …}. */
@Command(name = "pin", description = "The files that this node has promised peers to keep.")
final class PinCommand extends NodeCommand {

  @Command(
      description = {
        "Lists the files that this node has promised peers to keep while they give theirs up.",
        "A pin ends by itself when its peer says that it is done."
      })
  void list(@Option(names = "--json", description = "Print JSON.") boolean json)
      throws RealizeException, NotRunning {
    List<PinStatus> pins = daemon().pins();
    if (json) {
      printJson(pins);
    } else {
      Table table = new Table("FOR", "SINCE", "FILE");
      for (PinStatus pin : pins) {
        table.row(
            Printable.line(pin.dropper()),
            pin.since().toString(),
            Printable.line(pin.arena() + "/" + pin.path()));
      }
      table.print(out());
    }
    out().flush();
  }

  @Command(
      description = {
        "Ends the pins of a file, of a peer that will never be back, for example.",
        "If such a peer still gives its bytes up, this node's may be the last ones."
      })
  void release(@Parameters(paramLabel = "PATH", description = ArenaPaths.HELP) String path)
      throws RealizeException, NotRunning {
    ArenaPath wanted = paths().inside("release", path);
    daemon().releasePins(wanted.arena(), wanted.path());
  }
}
