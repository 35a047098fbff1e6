package org.realize.nima.cli;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.realize.nima.control.PauseOrder;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.RealizeException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code realize pause}, and {@code realize resume}, which ends it. */
@Command(
    name = "pause",
    description = {
      "Pauses what marks ask for: nothing is downloaded, made real, removed or given up by itself.",
      "What you read or fetch still comes, and changes go on being announced and shown."
    })
final class PauseCommand extends NodeCommand implements Callable<ExitCode> {

  private static final String ARENAS = "Default: all arenas.";

  @Parameters(arity = "0..*", paramLabel = "ARENA", description = ARENAS)
  private List<ArenaName> arenas = List.of();

  @Option(
      names = "--for",
      paramLabel = "TIME",
      description = "How long, as 30min or 2h. Default: until realize resume.")
  private @Nullable Duration length;

  @Override
  public ExitCode call() throws RealizeException, NotRunning {
    long seconds = length == null ? 0 : Math.max(1, length.toSeconds());
    daemon().pause(new PauseOrder(arenas, true, seconds));
    return ExitCode.OK;
  }

  /** {@code realize resume}. */
  @Command(name = "resume", description = "Ends a pause.")
  static final class Resume extends NodeCommand implements Callable<ExitCode> {

    @Parameters(arity = "0..*", paramLabel = "ARENA", description = ARENAS)
    private List<ArenaName> arenas = List.of();

    @Override
    public ExitCode call() throws RealizeException, NotRunning {
      daemon().pause(new PauseOrder(arenas, false, 0));
      return ExitCode.OK;
    }
  }
}
