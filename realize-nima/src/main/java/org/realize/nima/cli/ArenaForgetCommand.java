package org.realize.nima.cli;

import org.jspecify.annotations.Nullable;
import org.realize.nima.config.ArenaSettings;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code realize arena forget}: withdraws what we announced of a path, by the running daemon. */
@Command(
    name = "forget",
    description = "Withdraws this node's entry of a path from what it tells peers. Frees no bytes.")
final class ArenaForgetCommand extends NodeCommand {

  @Parameters(
      paramLabel = "ARENA/PATH",
      description = "The path as below the mount: the arena's name, then the path in it.")
  private @Nullable String path;

  ArenaForgetCommand(Surroundings surroundings) {
    super(surroundings);
  }

  @Override
  ExitCode run() throws RealizeException, NotRunning {
    String wanted = Given.value(path);
    for (ArenaSettings arena : configuration().arenas()) {
      ArenaName name = arena.name();
      if (wanted.startsWith(name + "/")) {
        daemon().forget(name, inside(wanted, name));
        return ExitCode.OK;
      }
    }
    throw new RealizeException.NotFound("forget " + wanted + ": no arena is configured there");
  }

  private static RelativePath inside(String path, ArenaName arena) throws RealizeException {
    try {
      RelativePath inside = RelativePath.of(path.substring(arena.value().length() + 1));
      if (inside.equals(RelativePath.ROOT)) {
        throw new RealizeException.Invalid("forget " + path + ": name a path in the arena");
      }
      return inside;
    } catch (IllegalArgumentException e) {
      throw new RealizeException.Invalid("forget " + path, e);
    }
  }
}
