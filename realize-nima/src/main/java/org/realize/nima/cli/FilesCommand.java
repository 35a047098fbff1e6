package org.realize.nima.cli;

import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.realize.nima.control.ArenaPath;
import org.realize.nima.control.CacheOrder;
import org.realize.nima.control.ControlClient;
import org.realize.sync.engine.FilesJob;
import org.realize.sync.model.RealizeException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** A command by which the running daemon does something with cached files. */
abstract class FilesCommand extends NodeCommand implements Callable<ExitCode> {

  private final FilesJob.Task task;

  @Option(names = "--json", description = "Print one line of JSON for everything that happens.")
  private boolean json;

  private FilesCommand(FilesJob.Task task) {
    this.task = task;
  }

  abstract List<String> files();

  @Override
  public ExitCode call() throws RealizeException, NotRunning, InterruptedException {
    ControlClient daemon = daemon();
    List<ArenaPath> files = paths().all(task.name().toLowerCase(Locale.ROOT), files());
    CacheOrder order = new CacheOrder(task, files);
    return follow(json, report -> daemon.cache(order, report));
  }

  /** {@code realize fetch}. */
  @Command(
      name = "fetch",
      description = "Downloads files whole into the cache, now; they may be evicted later on.")
  static final class Fetch extends FilesCommand {
    @Parameters(arity = "1..*", paramLabel = "PATH", description = ArenaPaths.HELP)
    private List<String> paths = List.of();

    Fetch() {
      super(FilesJob.Task.FETCH);
    }

    @Override
    List<String> files() {
      return paths;
    }
  }

  /** {@code realize evict}. */
  @Command(
      name = "evict",
      description = {
        "Frees the cached bytes of files that other peers have; they are fetched again when they"
            + " are read.",
        "What is marked to be kept, is open, or may be the last copy stays."
      })
  static final class Evict extends FilesCommand {
    @Parameters(arity = "1..*", paramLabel = "PATH", description = ArenaPaths.HELP)
    private List<String> paths = List.of();

    Evict() {
      super(FilesJob.Task.EVICT);
    }

    @Override
    List<String> files() {
      return paths;
    }
  }

  /** {@code realize verify}. */
  @Command(
      name = "verify",
      description = {
        "Reads what is here of files once more, cached bytes and real files, and compares it with"
            + " their hashes.",
        "What has changed on the disk is fetched from other peers. A real file that had to be"
            + " repaired is kept for 30 days in its root's .realize/trash."
      })
  static final class Verify extends FilesCommand {
    @Parameters(
        arity = "0..*",
        paramLabel = "PATH",
        description = {ArenaPaths.HELP, "Without any, all arenas."})
    private List<String> paths = List.of();

    Verify() {
      super(FilesJob.Task.VERIFY);
    }

    @Override
    List<String> files() {
      return paths;
    }
  }
}
