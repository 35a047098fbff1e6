package org.realize.nima.cli;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.UnmatchedArgumentException;

/** {@code realize help COMMAND…}: what {@code realize COMMAND… --help} prints. */
@Command(name = "help", description = "Explains a command, as its --help does.")
final class HelpCommand extends NodeCommand implements Callable<ExitCode> {

  @Parameters(arity = "0..*", paramLabel = "COMMAND", description = "Default: realize itself.")
  private List<String> words = List.of();

  @Override
  public ExitCode call() {
    CommandLine line = spec().root().commandLine();
    for (String word : words) {
      CommandLine next = line.getSubcommands().get(word);
      if (next == null) {
        throw new UnmatchedArgumentException(line, List.of(word));
      }
      line = next;
    }
    line.usage(spec().commandLine().getOut());
    return ExitCode.OK;
  }
}
