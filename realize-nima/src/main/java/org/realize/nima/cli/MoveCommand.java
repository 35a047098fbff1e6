package org.realize.nima.cli;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.realize.nima.config.ByteSize;
import org.realize.nima.control.ControlClient;
import org.realize.nima.control.MoveOrder;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.RealizeException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code realize move}: the running daemon moves whole files from one place to another. */
@Command(
    name = "move",
    description = {
      "Moves the files of arenas from SRC to DST: each a peer, this node's own name, or"
          + " local:/PATH.",
      "A file is given up at SRC once DST holds it and has promised SRC to keep it, and no peer"
          + " takes that for a removal; it lies in SRC's trash. Stopped at any point, the next move"
          + " resumes with what has arrived. An older version at DST goes to its trash; any other"
          + " file there is left as it is, and so is SRC's. To local:/PATH files are only copied,"
          + " unless --take-out."
    })
final class MoveCommand extends NodeCommand implements Callable<ExitCode> {

  @Parameters(index = "0", paramLabel = "SRC", description = "Where the files are.")
  private String source = "";

  @Parameters(index = "1", paramLabel = "DST", description = "Where they shall be.")
  private String target = "";

  @Parameters(
      index = "2..*",
      arity = "1..*",
      paramLabel = "ARENA",
      description = "Whose files; one where an end is local:/PATH.")
  private List<ArenaName> arenas = List.of();

  @Option(names = "--copy", description = "Leave the files at SRC.")
  private boolean copy;

  @Option(names = "--dry-run", description = "Only tell which files would be moved.")
  private boolean dryRun;

  @Option(
      names = "--take-out",
      description =
          "Give the files up at SRC although DST is local:/PATH; other peers must hold them.")
  private boolean takeOut;

  @Option(
      names = "--purge",
      description =
          "Delete the moved files from the trash of SRC at the end, where that is local:/PATH.")
  private boolean purge;

  @Option(
      names = "--parallel",
      paramLabel = "N",
      defaultValue = "48",
      description = "Small files on their way at once, 1 to 64; default ${DEFAULT-VALUE}.")
  private int parallel;

  @Option(
      names = "--compress",
      paramLabel = "auto|on|off",
      defaultValue = "auto",
      description = "Whether bytes are compressed on their way; auto: where it pays.")
  private String compress = "auto";

  @Option(
      names = "--throttle-up",
      paramLabel = "RATE",
      description = "Send no more than this to DST in a second, such as 2M.")
  private @Nullable ByteSize up;

  @Option(
      names = "--throttle-down",
      paramLabel = "RATE",
      description = "Take no more than this from SRC in a second.")
  private @Nullable ByteSize down;

  @Option(
      names = "--max-duration",
      paramLabel = "TIME",
      description = "End after so long, such as 90s or 2h, with exit code 11.")
  private @Nullable Duration longest;

  @Option(names = "--json", description = "Print one line of JSON for everything that happens.")
  private boolean json;

  private MoveOrder order() throws RealizeException {
    MoveOrder.Compress packing;
    try {
      packing = MoveOrder.Compress.valueOf(compress.toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw new RealizeException.Invalid("move: --compress is auto, on or off, not " + compress);
    }
    try {
      return new MoveOrder(
          source,
          target,
          arenas,
          new MoveOrder.Handling(copy, dryRun, takeOut, purge),
          new MoveOrder.Carriage(
              parallel,
              packing,
              up == null ? null : up.bytes(),
              down == null ? null : down.bytes(),
              longest == null ? null : longest.toMillis()));
    } catch (IllegalArgumentException e) {
      throw new RealizeException.Invalid("move", e);
    }
  }

  @Override
  public ExitCode call() throws RealizeException, NotRunning, InterruptedException {
    MoveOrder order = order();
    ControlClient daemon = daemon();
    MoveReport report =
        MoveReport.of(json, realize().surroundings().terminal().getAsBoolean(), out(), err());
    Thread mine = Thread.currentThread();
    try (ProcessEnd.Watch watch = realize().processEnd().onSignal(mine::interrupt)) {
      watch.ended(ExitCode.INTERRUPTED.code());
      daemon.move(order, report);
      ExitCode code = report.end();
      watch.ended(code.code());
      return code;
    }
  }
}
