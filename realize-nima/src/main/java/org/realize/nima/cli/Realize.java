package org.realize.nima.cli;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.realize.nima.config.ByteSize;
import org.realize.nima.config.Period;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.Mark;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * The command line of the program, {@code realize COMMAND …}, and what all its commands share:
 * their process and the node's directory.
 */
@Command(
    name = "realize",
    mixinStandardHelpOptions = true,
    scope = ScopeType.INHERIT,
    version = "realize " + Realize.VERSION,
    description = "Keeps the files of a household of machines in sync, partially.",
    subcommands = {
      InitCommand.class,
      JoinCommand.class,
      PeerCommand.class,
      ArenaCommand.class,
      CacheCommand.class,
      MarkCommand.class,
      ConflictCommand.class,
      SyncCommand.class,
      PauseCommand.class,
      PauseCommand.Resume.class,
      JobCommand.class,
      CopiesCommand.class,
      VersionCommand.class,
      TrashCommand.class,
      PinCommand.class,
      EventsCommand.class,
      DashboardCommand.class,
      DaemonCommand.class,
      StatusCommand.class,
      MoveCommand.class,
      FilesCommand.Fetch.class,
      FilesCommand.Evict.class,
      FilesCommand.Verify.class,
      ReloadCommand.class,
      StopCommand.class,
      DoctorCommand.class,
      HelpCommand.class,
      PagesCommand.class
    })
public final class Realize {

  /** What {@code --version} says and the daemon reports. */
  public static final String VERSION = "0.1.0";

  private final Surroundings surroundings;
  private final DaemonRunner runner;
  private final ProcessEnd processEnd;

  @Option(
      names = "--dir",
      scope = ScopeType.INHERIT,
      paramLabel = "DIR",
      description =
          "The node's directory. Default: $$REALIZE_HOME, else realize in $$XDG_CONFIG_HOME or"
              + " ~/.config.")
  private @Nullable Path directory;

  Realize(Surroundings surroundings, DaemonRunner runner, ProcessEnd processEnd) {
    this.surroundings = surroundings;
    this.runner = runner;
    this.processEnd = processEnd;
  }

  Surroundings surroundings() {
    return surroundings;
  }

  DaemonRunner runner() {
    return runner;
  }

  ProcessEnd processEnd() {
    return processEnd;
  }

  Path directory() {
    Path chosen = directory == null ? surroundings.defaultDirectory() : directory;
    return chosen.toAbsolutePath().normalize();
  }

  /** The whole command line; its streams may be replaced before it is executed. */
  CommandLine commandLine() {
    CommandLine line = new CommandLine(this);
    line.getCommandSpec()
        .usageMessage()
        .footer(
            "",
            "Exit codes: 0 ok, 1 error, 2 wrong usage, 3 found something, 10 no daemon runs, 11"
                + " deadline, 20 interrupted.");
    convert(line, PeerName.class, PeerName::new);
    convert(line, ArenaName.class, ArenaName::new);
    convert(line, Mark.class, Mark::parse);
    convert(line, ByteSize.class, ByteSize::parse);
    convert(line, Duration.class, Period::parse);
    convert(line, Long.class, Realize::number);
    convert(line, Integer.class, text -> Math.toIntExact(number(text)));
    line.setExecutionStrategy(Realize::execute);
    line.setParameterExceptionHandler((e, arguments) -> usage(e));
    line.setExecutionExceptionHandler((e, command, result) -> failure(e, command));
    return line;
  }

  private static long number(String text) {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("'" + text + "' is no whole number", e);
    }
  }

  /** A converter's complaint becomes the message of a usage error. */
  private static <T> void convert(CommandLine line, Class<T> type, ITypeConverter<T> converter) {
    line.registerConverter(
        type,
        text -> {
          try {
            return converter.convert(text);
          } catch (IllegalArgumentException e) {
            throw new TypeConversionException(e.getMessage());
          }
        });
  }

  private static int execute(ParseResult result) {
    CommandLine last = result.asCommandLineList().getLast();
    boolean group = !last.getSubcommands().isEmpty();
    if (group && !last.isUsageHelpRequested() && !last.isVersionHelpRequested()) {
      throw new ParameterException(
          last, "a command is missing: " + String.join(", ", commands(last)));
    }
    int helped = new CommandLine.RunLast().execute(result);
    return last.getExecutionResult() instanceof ExitCode code ? code.code() : helped;
  }

  /** The commands of a group that its help lists. */
  private static List<String> commands(CommandLine group) {
    return group.getSubcommands().entrySet().stream()
        .filter(each -> !each.getValue().getCommandSpec().usageMessage().hidden())
        .map(Map.Entry::getKey)
        .toList();
  }

  private static int usage(ParameterException e) {
    CommandLine command = innermost(e.getCommandLine());
    String name = command.getCommandSpec().qualifiedName();
    List<String> meant =
        e instanceof UnmatchedArgumentException word ? word.getSuggestions() : List.of();
    String hint = meant.isEmpty() ? "" : "; did you mean '" + meant.getFirst() + "'?";
    command.getErr().println(oneLine(message(e)) + hint + "; see " + name + " --help");
    return ExitCode.USAGE.code();
  }

  /** The command that was found to be used wrongly while it ran may be one of a group's. */
  private static CommandLine innermost(CommandLine command) {
    @Nullable ParseResult parsed = command.getParseResult();
    return parsed == null ? command : parsed.asCommandLineList().getLast();
  }

  /** The complaint; picocli's own of a word too many counts the words before it. */
  private static @Nullable String message(ParameterException e) {
    if (!(e instanceof UnmatchedArgumentException words) || words.isUnknownOption()) {
      return e.getMessage();
    }
    boolean group = !e.getCommandLine().getSubcommands().isEmpty();
    return "%s '%s'"
        .formatted(group ? "no command" : "unexpected word", words.getUnmatched().getFirst());
  }

  private static int failure(Exception e, CommandLine command) {
    @Nullable String line =
        switch (e) {
          case RealizeException expected -> expected.oneLine();
          case NotRunning absent -> absent.getMessage();
          case InterruptedException interrupted ->
              command.getCommandSpec().qualifiedName() + ": interrupted";
          default -> command.getCommandSpec().qualifiedName() + ": " + e;
        };
    command.getErr().println(oneLine(line));
    command.getErr().flush();
    return ExitCode.of(e).code();
  }

  private static String oneLine(@Nullable String message) {
    return Printable.line(String.valueOf(message).strip().replaceAll("\\s*\\n\\s*", " "));
  }

  /** Runs one command, {@code daemon} by {@code runner}, and returns its exit code. */
  public static int run(DaemonRunner runner, String... arguments) {
    return new Realize(Surroundings.ofThisProcess(), runner, ProcessEnd.ofThisProcess())
        .commandLine()
        .execute(arguments);
  }
}
