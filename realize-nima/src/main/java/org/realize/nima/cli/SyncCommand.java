package org.realize.nima.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.realize.nima.control.ControlClient;
import org.realize.nima.control.ControlJson;
import org.realize.nima.control.SyncEvent;
import org.realize.nima.control.SyncEvent.ArenaProgress;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Invalid;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code realize sync}. */
@Command(
    name = "sync",
    description = {
      "Dials the peers that are away and waits until arenas are in sync: what is here now is"
          + " indexed and read by the connected peers, what they have is taken in, and files are as"
          + " the marks ask for.",
      "Exit code 3, with a list, if something was held, failed, or waits for a peer that is away."
    })
final class SyncCommand extends NodeCommand implements Callable<ExitCode> {

  @Parameters(arity = "0..*", paramLabel = "ARENA", description = "Default: all arenas.")
  private List<ArenaName> arenas = List.of();

  @Option(names = "--wait", description = "Wait until then; needed.")
  private boolean wait;

  @Option(names = "--json", description = "Print one line of JSON for everything that happens.")
  private boolean json;

  @Override
  public ExitCode call() throws RealizeException, NotRunning, InterruptedException {
    if (!wait) {
      throw new Invalid("sync: the daemon syncs by itself; add --wait to wait until it has");
    }
    ControlClient daemon = daemon();
    MovingLine line = new MovingLine(out());
    boolean isShown = !json && realize().surroundings().terminal().getAsBoolean();
    List<ArenaProgress> last = new ArrayList<>();
    Thread mine = Thread.currentThread();
    try (ProcessEnd.Watch watch = realize().processEnd().onSignal(mine::interrupt)) {
      watch.ended(ExitCode.INTERRUPTED.code());
      daemon.sync(
          arenas,
          event -> {
            last.clear();
            last.addAll(event.arenas());
            if (json) {
              out().println(ControlJson.line(event));
              out().flush();
            } else if (isShown) {
              line.show(text(event));
            }
          });
      if (isShown) {
        line.clear();
      }
      ExitCode code = end(last);
      watch.ended(code.code());
      return code;
    }
  }

  private static String text(SyncEvent event) {
    List<String> waits = new ArrayList<>();
    for (ArenaProgress arena : event.arenas()) {
      if (!arena.settled()) {
        waits.add(arena.arena() + ": " + arena.waitsFor());
      }
    }
    return String.join(", ", waits);
  }

  private ExitCode end(List<ArenaProgress> arenas) {
    ExitCode code = ExitCode.OK;
    for (ArenaProgress arena : arenas) {
      for (String problem : arena.problems()) {
        code = ExitCode.FOUND;
        if (!json) {
          out().println(arena.arena() + ": " + Printable.line(problem));
        }
      }
    }
    out().flush();
    return code;
  }
}
