package org.realize.nima.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.realize.nima.config.ArenaSettings;
import org.realize.nima.config.ByteSize;
import org.realize.nima.config.Configuration;
import org.realize.nima.config.HostPort;
import org.realize.nima.config.PeerSettings;
import org.realize.nima.membership.HouseholdFile;
import org.realize.nima.membership.InviteCode;
import org.realize.nima.membership.JoinMessage.OfferedArena;
import org.realize.nima.membership.OwnAddresses;
import org.realize.nima.rpc.JoinCall;
import org.realize.nima.rpc.JoinCall.Inviter;
import org.realize.nima.tls.NodeKey;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.Mark;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Invalid;
import org.realize.sync.model.RealizeException.StorageFailed;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/**
 * {@code realize join}: makes this machine a peer of the one that invited it, and a node before
 * that if it is none. What cannot be done is refused before the inviter is told to go on; from then
 * on the command can be repeated.
 */
@Command(
    name = "join",
    description = {
      "Joins a household by a code that 'realize peer invite' printed on a member: makes this"
          + " machine a node if it is none, and each of the two the other's peer.",
      "Then takes part in the arenas that are chosen; asks for them on a terminal. Starts a new"
          + " node where the package's unit of systemd can."
    })
final class JoinCommand extends NodeCommand implements Callable<ExitCode> {

  @Parameters(arity = "1..*", paramLabel = "CODE", description = "The code, in any writing.")
  private List<String> words = List.of();

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description = "What others may call a new node. Default: the name of the machine.")
  private @Nullable PeerName name;

  @Option(
      names = "--listen",
      paramLabel = "HOST:PORT|off",
      description = "Where a new node accepts peers; repeatable. Default: [::]:9771.")
  private @Nullable List<String> listen;

  @Option(
      names = "--mount",
      paramLabel = "PATH|off",
      description = "Where a new node mounts the household's files. Default: ~/household.")
  private @Nullable String mount;

  @Option(names = "--all", description = "Take part in all arenas that are offered, as watch.")
  private boolean all;

  @ArgGroup(exclusive = false, multiplicity = "0..*")
  private List<ChosenArena> chosen = new ArrayList<>();

  /** An arena to take part in. */
  static final class ChosenArena {
    @Option(
        names = "--arena",
        required = true,
        paramLabel = "ARENA",
        description = "An arena to take part in; repeatable, each with its root and mark after it.")
    private @Nullable ArenaName arena;

    @Option(
        names = "--root",
        paramLabel = "PATH",
        description = "The directory with this node's real files of the arena.")
    private @Nullable Path root;

    @Option(
        names = "--mark",
        paramLabel = "watch|keep|own",
        description = "How much is really kept here. Default: own with a root, else watch.")
    private @Nullable Mark mark;

    ArenaName arena() {
      return Objects.requireNonNull(arena);
    }
  }

  @Override
  public ExitCode call() throws RealizeException, InterruptedException {
    InviteCode code = InviteCode.parse(String.join("", words));
    for (ChosenArena each : chosen) {
      requireDirectory(each);
    }
    boolean isNew = !Files.exists(configurationFile().path());
    if (!isNew && (name != null || listen != null || mount != null)) {
      throw new ParameterException(
          spec().commandLine(),
          "--name, --listen and --mount are for a new node: this one has "
              + configurationFile().path());
    }
    Inviter inviter = isNew ? joinAsNew(code) : joinAs(code);
    out().println("joined " + inviter.name() + ", key " + inviter.key().fingerprint());
    List<ChosenArena> wanted = wanted(inviter);
    for (ChosenArena each : wanted) {
      configurationFile()
          .addArena(each.arena(), Optional.ofNullable(each.root), Optional.ofNullable(each.mark));
    }
    applyIfRunning();
    if (wanted.isEmpty()) {
      inviter.arenas().forEach(each -> out().println("offered: " + text(each)));
    }
    wanted.forEach(each -> out().println("takes part in " + each.arena()));
    if (daemonIfRunning().isEmpty()) {
      start(isNew);
    }
    out().flush();
    return ExitCode.OK;
  }

  /** Starts a new node where systemd can; says how to start another one. */
  private void start(boolean isNew) throws RealizeException, InterruptedException {
    Optional<UserUnit> unit = UserUnit.of(directory(), realize().surroundings());
    String command = unit.map(UserUnit::command).orElse("realize daemon");
    if (isNew && unit.isPresent() && unit.get().start()) {
      out().println("started, now and at each login: " + command);
    } else {
      out().println("start the daemon: " + command);
    }
  }

  private void requireDirectory(ChosenArena arena) throws RealizeException {
    if (arena.root != null) {
      Path root = realize().surroundings().directory().resolve(arena.root).normalize();
      if (!Files.isDirectory(root)) {
        throw new RealizeException.NotADirectory(
            "join: root %s of arena %s is no directory".formatted(root, arena.arena()));
      }
      arena.root = root;
    }
  }

  private Inviter joinAs(InviteCode code) throws RealizeException, InterruptedException {
    Configuration now = configuration();
    JoinCall call = new JoinCall(NodeKey.read(now.node().key()), code, new SecureRandom());
    Inviter inviter =
        call.run(now.node().name(), own(now.node().listen()), offer -> requirePossible(offer, now));
    HouseholdFile.in(directory()).write(inviter.founder());
    if (now.peers().stream().map(PeerSettings::key).noneMatch(inviter.key()::equals)) {
      addPeer(inviter, code);
    }
    return inviter;
  }

  private Inviter joinAsNew(InviteCode code) throws RealizeException, InterruptedException {
    PeerName node = name == null ? machine() : name;
    List<HostPort> listeners = listeners(listen);
    NewNode made = NewNode.begin(directory(), node);
    JoinCall call = new JoinCall(made.key(), code, new SecureRandom());
    Inviter inviter;
    try {
      inviter = call.run(node, own(listeners), this::requireOffered);
    } catch (RealizeException e) {
      if (!call.mayBeMember()) {
        made.undo();
      }
      throw e;
    }
    HouseholdFile.in(directory()).write(inviter.founder());
    made.create(node, listeners, mountPath());
    addPeer(inviter, code);
    return inviter;
  }

  private void addPeer(Inviter inviter, InviteCode code) throws RealizeException {
    configurationFile().addPeer(inviter.name(), inviter.key(), code.addresses(), List.of());
  }

  private PeerName machine() {
    try {
      String host = Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
      return new PeerName(host.replaceAll("\\..*", ""));
    } catch (IOException | IllegalArgumentException e) {
      throw new ParameterException(
          spec().commandLine(), "this machine has no name for a node: choose one with --name");
    }
  }

  private Optional<Path> mountPath() {
    if (OFF.equals(mount)) {
      return Optional.empty();
    }
    Surroundings here = realize().surroundings();
    Path path = mount == null ? here.home().resolve("household") : Path.of(mount);
    return Optional.of(here.directory().resolve(path).normalize());
  }

  private static List<HostPort> own(List<HostPort> listeners) throws RealizeException {
    try {
      return OwnAddresses.of(listeners).stream().filter(each -> each.port() > 0).toList();
    } catch (IOException e) {
      throw new StorageFailed("join: read the addresses of this machine", e);
    }
  }

  private void requirePossible(Inviter inviter, Configuration now) throws RealizeException {
    requireOffered(inviter);
    HouseholdFile household = HouseholdFile.in(directory());
    if (household.read().filter(founder -> !founder.equals(inviter.founder())).isPresent()) {
      throw new Invalid(
          "join: this machine is in another household; to leave that one remove %s and its peers"
              .formatted(household.path()));
    }
    for (PeerSettings peer : now.peers()) {
      if (peer.name().equals(inviter.name()) && !peer.key().equals(inviter.key())) {
        throw new Invalid(
            "join: this node calls another machine '%s': give that one another name in %s first"
                .formatted(peer.name(), now.file()));
      }
    }
    for (ArenaSettings arena : now.arenas()) {
      for (ChosenArena each : chosen) {
        if (arena.name().overlaps(each.arena())) {
          throw new Invalid("join: this node has arena '%s' already".formatted(arena.name()));
        }
      }
    }
  }

  private void requireOffered(Inviter inviter) throws RealizeException {
    List<String> names = inviter.arenas().stream().map(OfferedArena::name).toList();
    for (ChosenArena each : chosen) {
      if (!names.contains(each.arena().value())) {
        throw new RealizeException.NotFound(
            "join: %s has no arena '%s', but %s"
                .formatted(
                    inviter.name(),
                    each.arena(),
                    names.isEmpty() ? "none" : String.join(", ", names)));
      }
    }
  }

  private List<ChosenArena> wanted(Inviter inviter) throws RealizeException {
    if (!chosen.isEmpty()) {
      return chosen;
    }
    List<ArenaName> here = configuration().arenas().stream().map(ArenaSettings::name).toList();
    List<ChosenArena> wanted = new ArrayList<>();
    ArenaQuestions questions = new ArenaQuestions(realize().surroundings(), out());
    for (OfferedArena each : inviter.arenas()) {
      ArenaName offered = arena(each);
      if (here.stream().noneMatch(offered::overlaps)) {
        ChosenArena choice = new ChosenArena();
        choice.arena = offered;
        if (all) {
          wanted.add(choice);
        } else if (questions.mayAsk() && questions.isWanted(text(each))) {
          choice.root = questions.root().orElse(null);
          wanted.add(choice);
        }
      }
    }
    return wanted;
  }

  private static ArenaName arena(OfferedArena offered) throws Invalid {
    try {
      return new ArenaName(offered.name());
    } catch (IllegalArgumentException e) {
      throw new Invalid("join: an arena of the inviter", e);
    }
  }

  private static String text(OfferedArena arena) {
    return "%s, %,d %s, %s"
        .formatted(
            arena.name(),
            arena.files(),
            arena.files() == 1 ? "file" : "files",
            new ByteSize(Math.max(0, arena.bytes())));
  }
}
