package org.realize.nima.cli;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.realize.nima.config.ByteSize;
import org.realize.nima.config.HostPort;
import org.realize.nima.config.Period;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.Mark;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.TypeConversionException;

/** The command line of the program: {@code realize COMMAND …}. */
@Command(
    name = "realize",
    mixinStandardHelpOptions = true,
    version = "realize " + Realize.VERSION,
    description = "Keeps the files of a household of machines in sync, partially.",
    footer = {
      "",
      "Exit codes: 0 ok, 1 error, 2 wrong usage, 10 no daemon runs, 11 deadline, 20 interrupted."
    })
public final class Realize {

  /** What {@code --version} says and the daemon reports. */
  public static final String VERSION = "0.1.0";

  private Realize() {}

  /** The whole command line; its streams may be replaced before it is executed. */
  static CommandLine commandLine(Surroundings surroundings, DaemonCommand daemon) {
    CommandLine line = new CommandLine(new Realize());
    add(line, new InitCommand(surroundings));
    line.addSubcommand(
        group(
            "peer",
            "The machines that this node trusts.",
            List.of(
                new PeerAddCommand(surroundings),
                new PeerListCommand(surroundings),
                new PeerRemoveCommand(surroundings),
                new PeerReloadCommand(surroundings),
                new PeerConnectCommand(surroundings),
                new PeerDisconnectCommand(surroundings))));
    line.addSubcommand(
        group(
            "arena",
            "The shared trees of files that this node takes part in.",
            List.of(
                new ArenaAddCommand(surroundings),
                new ArenaListCommand(surroundings),
                new ArenaConfirmCommand(surroundings),
                new ArenaAdoptCommand(surroundings),
                new ArenaRejectCommand(surroundings),
                new ArenaForgetCommand(surroundings))));
    line.addSubcommand(
        group(
            "cache",
            "What this node keeps of files that are elsewhere.",
            List.of(new CacheShowCommand(surroundings))));
    line.addSubcommand(
        group(
            "pin",
            "The files that this node has promised peers to keep.",
            List.of(new PinCommand.Listing(surroundings), new PinCommand.Release(surroundings))));
    add(line, daemon);
    add(line, new StatusCommand(surroundings));
    add(line, new MoveCommand(surroundings, ProcessEnd.ofThisProcess()));
    add(line, new CacheCommand.Fetch(surroundings, ProcessEnd.ofThisProcess()));
    add(line, new CacheCommand.Evict(surroundings, ProcessEnd.ofThisProcess()));
    add(line, new CacheCommand.Verify(surroundings, ProcessEnd.ofThisProcess()));
    add(line, new StopCommand(surroundings));
    add(line, new DoctorCommand(surroundings));
    convert(line, PeerName.class, PeerName::new);
    convert(line, ArenaName.class, ArenaName::new);
    convert(line, Mark.class, Mark::parse);
    convert(line, HostPort.class, HostPort::parse);
    convert(line, ByteSize.class, ByteSize::parse);
    convert(line, Duration.class, Period::parse);
    line.setExecutionStrategy(Realize::execute);
    line.setParameterExceptionHandler((e, arguments) -> usage(e));
    line.setExecutionExceptionHandler((e, command, result) -> failure(e, command));
    return line;
  }

  private static CommandLine group(String name, String description, List<NodeCommand> commands) {
    CommandSpec spec = CommandSpec.create().name(name).mixinStandardHelpOptions(true);
    spec.version("realize " + VERSION);
    spec.usageMessage().description(description);
    CommandLine group = new CommandLine(spec);
    commands.forEach(command -> add(group, command));
    return group;
  }

  private static void add(CommandLine parent, NodeCommand command) {
    CommandLine line = new CommandLine(command);
    line.getCommandSpec().mixinStandardHelpOptions(true).version("realize " + VERSION);
    parent.addSubcommand(line);
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
      throw new ParameterException(last, "a command is missing");
    }
    return new CommandLine.RunLast().execute(result);
  }

  private static int usage(ParameterException e) {
    CommandLine command = e.getCommandLine();
    String name = command.getCommandSpec().qualifiedName();
    command.getErr().println(oneLine(e.getMessage()) + "; see " + name + " --help");
    return ExitCode.USAGE.code();
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
    return String.valueOf(message).strip().replaceAll("\\s*\\n\\s*", " ");
  }

  /** Runs one command, {@code daemon} by {@code runner}, and returns its exit code. */
  public static int run(DaemonRunner runner, String... arguments) {
    Surroundings surroundings = Surroundings.ofThisProcess();
    DaemonCommand daemon = new DaemonCommand(surroundings, runner, ProcessEnd.ofThisProcess());
    return commandLine(surroundings, daemon).execute(arguments);
  }
}
