package org.realize.nima.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.realize.nima.config.ConfigurationFile.KeyChange;
import org.realize.nima.config.NamedTable;
import org.realize.nima.control.ArenaPath;
import org.realize.nima.control.ControlClient;
import org.realize.sync.engine.OnlyHere;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.Mark;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The commands {@code realize arena …}. */
@Command(
    name = "arena",
    description = "The shared trees of files that this node takes part in.",
    subcommands = ArenaListCommand.class)
final class ArenaCommand extends NodeCommand {

  @Command(description = "Takes part in an arena, in a running daemon at once.")
  void add(
      @Parameters(
              paramLabel = "NAME",
              description =
                  "The arena's name, the same on every peer; also its directory in the mount.")
          ArenaName name,
      @Option(
              names = "--root",
              paramLabel = "PATH",
              description = "The directory with this node's real files of the arena.")
          @Nullable Path root,
      @Option(
              names = "--mark",
              paramLabel = "watch|keep|own",
              description = "How much is really kept here. Default: own with a root, else watch.")
          @Nullable Mark mark)
      throws RealizeException {
    Optional<Path> absoluteRoot =
        root == null ? Optional.empty() : Optional.of(root("add arena " + name, root));
    configurationFile().addArena(name, absoluteRoot, Optional.ofNullable(mark));
    applyIfRunning();
  }

  private Path root(String action, Path root) throws RealizeException {
    Path absolute = realize().surroundings().directory().resolve(root).normalize();
    if (!Files.isDirectory(absolute)) {
      throw new RealizeException.NotADirectory(action + ": root " + absolute + " is no directory");
    }
    return absolute;
  }

  @Command(
      description =
          "Changes what the configuration says of an arena, in a running daemon at once: the arena"
              + " ends and begins again, and files of it that are open in the mount may fail. What"
              + " is not named stays; an empty value ('') takes a setting out.")
  void set(
      @Parameters(paramLabel = "NAME", description = "The arena.") ArenaName name,
      @Option(
              names = "--root",
              paramLabel = "PATH",
              description = "The directory with this node's real files of the arena.")
          @Nullable String root,
      @Option(
              names = "--mark",
              paramLabel = "watch|keep|own",
              description = "How much is really kept of what has no mark of its own.")
          @Nullable String mark,
      @Option(
              names = "--max",
              paramLabel = "SIZE",
              description = "The most that its cache may hold, such as 20GiB or 10%%.")
          @Nullable String max,
      @Option(
              names = "--leave",
              paramLabel = "SIZE",
              description = "What its cache leaves free of the file system, such as 5%%.")
          @Nullable String leave,
      @Option(
              names = "--min-copies",
              paramLabel = "N",
              description = "Other peers that must have promised to keep a file before it goes.")
          @Nullable Integer minCopies,
      @Option(
              names = "--conflict",
              paramLabel = "ask|newest",
              description = "Whether conflicts are resolved for the version made last.")
          @Nullable String conflict,
      @Option(
              names = "--guard",
              paramLabel = "on|off",
              description = "Whether mass removals by a peer wait for you.")
          @Nullable String guard,
      @Option(
              names = "--ignore",
              paramLabel = "PATTERN",
              description = "Names that take no part; repeatable; takes the place of all before.")
          @Nullable List<String> ignore)
      throws RealizeException {
    List<KeyChange> changes = new ArrayList<>();
    if (root != null) {
      boolean isOut = root.isEmpty();
      addText(changes, "root", isOut ? "" : root("set arena " + name, Path.of(root)).toString());
    }
    addText(changes, "mark", mark);
    addText(changes, "cache.max", max);
    addText(changes, "cache.leave", leave);
    if (minCopies != null) {
      changes.add(KeyChange.ofNumber("min_copies", minCopies));
    }
    addText(changes, "conflict", conflict);
    addText(changes, "guard", guard);
    addTexts(changes, "ignore", ignore);
    set(NamedTable.of(name), changes);
  }

  @Command(
      description =
          "Takes part in an arena no longer, in a running daemon at once. Its files below the root"
              + " stay, and so does what this node knows and has cached of it, for a later add.")
  void remove(
      @Parameters(paramLabel = "NAME", description = "The arena.") ArenaName name,
      @Option(
              names = "--yes",
              description = "Also if files were promised to peers, or are only here.")
          boolean sure)
      throws RealizeException {
    Optional<ControlClient> running = daemonIfRunning();
    if (running.isPresent() && !sure) {
      requireNotNeeded(name, running.get());
    }
    remove(NamedTable.of(name));
  }

  /** Peers no longer reach what is here of an arena that is removed. */
  private static void requireNotNeeded(ArenaName name, ControlClient daemon)
      throws RealizeException {
    long promised = daemon.pins().stream().filter(pin -> pin.arena().equals(name)).count();
    Optional<OnlyHere> onlyHere =
        daemon.status().arenas().stream()
            .filter(arena -> arena.name().equals(name))
            .findFirst()
            .flatMap(arena -> Optional.ofNullable(arena.onlyHere()))
            .filter(files -> files.files() > 0);
    if (promised > 0 || onlyHere.isPresent()) {
      throw new RealizeException.Denied(
          ("remove arena %s: %,d files were promised to peers, %,d are only here; peers will not"
                  + " reach them: add --yes if that is meant")
              .formatted(name, promised, onlyHere.map(OnlyHere::files).orElse(0L)));
    }
  }

  @Command(
      description =
          "Lets an arena's held changes through and accepts its root, or with PATH a place in it,"
              + " as it is, after you looked at them.")
  void confirm(
      @Parameters(paramLabel = "ARENA", description = "The arena.") ArenaName arena,
      @Parameters(
              arity = "0..1",
              defaultValue = "",
              paramLabel = "PATH",
              description = "A directory of the arena that is in doubt. Default: the root.")
          String path)
      throws RealizeException, NotRunning {
    try {
      daemon().confirm(arena, RelativePath.of(path));
    } catch (IllegalArgumentException e) {
      throw new RealizeException.Invalid("confirm " + path, e);
    }
  }

  @Command(
      description =
          "Takes over an arena's root in doubt. If another node still uses it, its arena is in"
              + " doubt from then on.")
  void adopt(
      @Parameters(paramLabel = "ARENA", description = "The arena.") ArenaName arena,
      @Option(names = "--yes", description = "You have made sure that no other node uses the root.")
          boolean sure)
      throws RealizeException, NotRunning {
    if (!sure) {
      throw new RealizeException.Invalid(
          "adopt %s: make sure that no other node uses its root, then add --yes".formatted(arena));
    }
    daemon().adopt(arena);
  }

  @Command(
      description =
          "Keeps an arena's files as they are here, for all peers, against the changes that are"
              + " held.")
  void reject(@Parameters(paramLabel = "ARENA", description = "The arena.") ArenaName arena)
      throws RealizeException, NotRunning {
    daemon().reject(arena);
  }

  @Command(
      description =
          "Withdraws this node's entry of a path from what it tells peers. Frees no bytes.")
  void forget(@Parameters(paramLabel = "PATH", description = ArenaPaths.HELP) String path)
      throws RealizeException, NotRunning {
    ArenaPath wanted = paths().inside("forget", path);
    daemon().forget(wanted.arena(), wanted.path());
  }
}
