package org.realize.nima.cli;

import java.util.List;
import org.realize.nima.control.CacheOrder;
import org.realize.nima.control.ControlClient;
import org.realize.sync.model.RealizeException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** A command by which the running daemon does something with cached files. */
abstract class CacheCommand extends NodeCommand {

  private final ProcessEnd processEnd;
  private final CacheOrder.Job job;

  @Parameters(
      arity = "1..*",
      paramLabel = "PATH",
      description =
          "A file or directory: the arena's name and the path in it, or where it is in the mount.")
  private List<String> paths = List.of();

  @Option(names = "--json", description = "Print one line of JSON for everything that happens.")
  private boolean json;

  private CacheCommand(Surroundings surroundings, ProcessEnd processEnd, CacheOrder.Job job) {
    super(surroundings);
    this.processEnd = processEnd;
    this.job = job;
  }

  @Override
  ExitCode run() throws RealizeException, NotRunning, InterruptedException {
    ControlClient daemon = daemon();
    CacheReporter report =
        new CacheReporter(json, surroundings().terminal().getAsBoolean(), out(), err());
    Thread mine = Thread.currentThread();
    try (ProcessEnd.Watch watch = processEnd.onSignal(mine::interrupt)) {
      watch.ended(ExitCode.INTERRUPTED.code());
      daemon.cache(new CacheOrder(job, paths), report);
      ExitCode code = report.end();
      watch.ended(code.code());
      return code;
    }
  }

  /** {@code realize fetch}. */
  @Command(
      name = "fetch",
      description = "Downloads files whole into the cache, now; they may be evicted later on.")
  static final class Fetch extends CacheCommand {
    Fetch(Surroundings surroundings, ProcessEnd processEnd) {
      super(surroundings, processEnd, CacheOrder.Job.FETCH);
    }
  }

  /** {@code realize evict}. */
  @Command(
      name = "evict",
      description = {
        "Frees the cached bytes of files that other peers have; they are fetched again when they are"
            + " read.",
        "What is marked to be kept, is open, or may be the last copy stays."
      })
  static final class Evict extends CacheCommand {
    Evict(Surroundings surroundings, ProcessEnd processEnd) {
      super(surroundings, processEnd, CacheOrder.Job.EVICT);
    }
  }

  /** {@code realize verify}. */
  @Command(
      name = "verify",
      description = {
        "Reads cached bytes of files once more and compares them with their hashes.",
        "Wrong ones are absent from then on, and fetched again when they are needed."
      })
  static final class Verify extends CacheCommand {
    Verify(Surroundings surroundings, ProcessEnd processEnd) {
      super(surroundings, processEnd, CacheOrder.Job.VERIFY);
    }
  }
}
