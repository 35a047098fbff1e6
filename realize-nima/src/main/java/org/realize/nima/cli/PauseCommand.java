package org.realize.nima.cli;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.realize.nima.control.PauseOrder;
import org.realize.sync.model.RealizeException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** {@code realize pause}, and {@code realize resume}, which ends it. */
@Command(
    name = "pause",
    description = {
      "Pauses what marks ask for: nothing is downloaded, made real, removed or given up by itself."
          + " Of a paused peer nothing is downloaded by itself.",
      "What you read or fetch still comes, and changes go on being announced and shown.",
      "'pause' in realize.toml pauses arenas and peers by a timetable."
    })
final class PauseCommand extends NodeCommand implements Callable<ExitCode> {

  private static final String PEERS = "The names are of peers, also where an arena has the name.";

  @Parameters(
      arity = "0..*",
      paramLabel = "NAME",
      description = "An arena, else a peer. Default: all arenas.")
  private List<String> names = List.of();

  @Option(names = "--peer", description = PEERS)
  private boolean ofPeers;

  @Option(
      names = "--for",
      paramLabel = "TIME",
      description = "How long, as 30min or 2h. Default: until realize resume.")
  private @Nullable Duration length;

  @Option(
      names = "--release",
      description = {
        "Close all that is open below the arenas' roots, so that a disk can be unplugged. 'realize"
            + " resume' opens and scans them again. What is read meanwhile comes from peers."
      })
  private boolean release;

  @Override
  public ExitCode call() throws RealizeException, NotRunning {
    if (release && (length != null || names.isEmpty() || ofPeers)) {
      throw new ParameterException(
          spec().commandLine(),
          "--release is for arenas that are named, and until they are resumed: without --for and"
              + " --peer");
    }
    long seconds = length == null ? 0 : Math.max(1, length.toSeconds());
    daemon().pause(new PauseOrder(names, ofPeers, true, release, seconds));
    return ExitCode.OK;
  }

  /** {@code realize resume}. */
  @Command(name = "resume", description = "Ends pauses, those of the timetable until its next one.")
  static final class Resume extends NodeCommand implements Callable<ExitCode> {

    @Parameters(
        arity = "0..*",
        paramLabel = "NAME",
        description = "An arena, else a peer. Default: all arenas and peers.")
    private List<String> names = List.of();

    @Option(names = "--peer", description = PEERS)
    private boolean ofPeers;

    @Override
    public ExitCode call() throws RealizeException, NotRunning {
      daemon().pause(new PauseOrder(names, ofPeers, false, false, 0));
      return ExitCode.OK;
    }
  }
}
