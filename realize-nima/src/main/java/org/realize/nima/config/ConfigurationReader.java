package org.realize.nima.config;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.realize.fuse.Driver;
import org.realize.fuse.sys.Owner;
import org.realize.nima.tls.PeerKey;
import org.realize.store.journal.Durability;
import org.realize.sync.index.PerishableNames;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.Mark;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.rules.Marks;
import org.tomlj.Toml;
import org.tomlj.TomlParseError;
import org.tomlj.TomlParseResult;

/**
 * The reader of {@code realize.toml}: its text becomes a {@link Configuration} or one {@link
 * ConfigurationException} per file.
 */
final class ConfigurationReader {

  /** Linux's sun_path holds 108 bytes with the final NUL. */
  private static final int MAX_SOCKET_PATH_BYTES = 107;

  private static final Duration MAX_DEBOUNCE = Duration.ofMinutes(1);
  private static final int MAX_HASHERS = 64;
  private static final String APART = " must not contain each other";
  private static final Set<String> LOOPBACK = Set.of("127.0.0.1", "::1", "localhost");

  private final Path file;
  private final Path directory;
  private final SettingsTable top;

  private ConfigurationReader(Path file, Path directory, SettingsTable top) {
    this.file = file;
    this.directory = directory;
    this.top = top;
  }

  /**
   * Reads {@code text}, which is what {@code file} holds or shall hold. Relative paths are taken
   * from the directory of {@code file}.
   */
  static Configuration read(Path file, String text) throws RealizeException.Invalid {
    Path absolute = file.toAbsolutePath().normalize();
    TomlParseResult parsed = Toml.parse(text);
    for (TomlParseError error : parsed.errors()) {
      throw new RealizeException.Invalid(
          file + ":" + error.position().line() + ": no valid TOML: " + error.getMessage());
    }
    SettingsTable top =
        SettingsTable.top(file, parsed, "node", "notices", "peer", "arena", "store");
    Path directory = absolute.getParent() == null ? absolute : absolute.getParent();
    return new ConfigurationReader(file, directory, top).configuration();
  }

  private Configuration configuration() throws RealizeException.Invalid {
    NodeSettings node = node();
    List<ArenaSettings> arenas = arenas(node);
    return new Configuration(file, node, peers(arenas), arenas, store());
  }

  private NodeSettings node() throws RealizeException.Invalid {
    Optional<SettingsTable> found =
        top.table(
            "node",
            "name",
            "key",
            "listen",
            "state",
            "mount",
            "control",
            "dashboard",
            "events",
            "crawlers",
            "fetch_budget",
            "offline_wait",
            "notices",
            "webhook",
            "webhook_secret");
    if (found.isEmpty()) {
      throw new RealizeException.Invalid(file + ":1: needs a [node] table");
    }
    SettingsTable table = found.get();
    NodeSettings node =
        new NodeSettings(
            table.required("name", PeerName::new),
            table.text("key", this::path).orElse(directory.resolve("node.key")),
            listen(table),
            table.text("state", this::path).orElse(directory.resolve("state")),
            mount(table),
            table.text("control", this::path).orElse(directory.resolve("control/realize.sock")),
            dashboard(table),
            offlineWait(table),
            fetches(table),
            NoticeReader.read(
                table, top.table("notices", "peer_away", "not_in_sync", "only_here", "low_disk")));
    int socketBytes = node.control().toString().getBytes(StandardCharsets.UTF_8).length;
    if (socketBytes > MAX_SOCKET_PATH_BYTES) {
      throw table.problem(
          "control",
          "'%s' has %d bytes, a socket's path at most %d: set a shorter one"
              .formatted(node.control(), socketBytes, MAX_SOCKET_PATH_BYTES));
    }
    Path roots = privateRoots(node);
    if (RealPaths.nested(node.state(), roots)) {
      throw table.problem("state", "state and the private roots in " + roots + APART);
    }
    if (node.mount().isPresent()) {
      Path mount = node.mount().get().path();
      if (RealPaths.nested(mount, node.state())) {
        throw table.problem("mount", "mount and state" + APART);
      }
      if (RealPaths.nested(mount, roots)) {
        throw table.problem("mount", "mount and the private roots in " + roots + APART);
      }
      if (RealPaths.nested(mount, node.key()) || RealPaths.nested(mount, node.control())) {
        throw table.problem("mount", "mount and the node's key or control socket" + APART);
      }
      if (RealPaths.nested(mount, file.toAbsolutePath())) {
        throw table.problem("mount", "mount and this file" + APART);
      }
    }
    return node;
  }

  private static Duration offlineWait(SettingsTable table) throws RealizeException.Invalid {
    Duration wait =
        table.text("offline_wait", Period::parse).orElse(NodeSettings.USUAL_OFFLINE_WAIT);
    if (wait.compareTo(NodeSettings.MAX_OFFLINE_WAIT) > 0) {
      throw table.problem("offline_wait", "is at most 30s; a read fails after a minute");
    }
    return wait;
  }

  private static FetchSettings fetches(SettingsTable table) throws RealizeException.Invalid {
    boolean isLimited = table.text("fetch_budget", text -> !text.equals("off")).orElse(true);
    return new FetchSettings(
        table.texts("crawlers", ConfigurationReader::crawler).orElse(FetchSettings.USUAL_CRAWLERS),
        isLimited
            ? Optional.of(
                table.text("fetch_budget", ByteSize::parse).orElse(FetchSettings.USUAL_BUDGET))
            : Optional.empty());
  }

  private static String crawler(String text) {
    if (text.isBlank()) {
      throw new IllegalArgumentException("a crawler is the name of a program or cgroup");
    }
    return text;
  }

  private static Optional<HostPort> dashboard(SettingsTable table) throws RealizeException.Invalid {
    boolean isOff = table.text("dashboard", "off"::equals).orElse(true);
    return isOff ? Optional.empty() : table.text("dashboard", ConfigurationReader::loopback);
  }

  private static HostPort loopback(String text) {
    HostPort place = HostPort.parse(text);
    if (!LOOPBACK.contains(place.host())) {
      throw new IllegalArgumentException(
          "'%s' is not of this machine alone: use 127.0.0.1, [::1] or localhost".formatted(text));
    }
    return place;
  }

  private static List<HostPort> listen(SettingsTable table) throws RealizeException.Invalid {
    if (table.isText("listen")) {
      table.required(
          "listen",
          text -> {
            if (!text.equals("off")) {
              throw new IllegalArgumentException("is a list of \"HOST:PORT\", or \"off\"");
            }
            return text;
          });
      return List.of();
    }
    return table.texts("listen", HostPort::parse).orElse(List.of());
  }

  private Optional<MountSettings> mount(SettingsTable node) throws RealizeException.Invalid {
    boolean events = node.text("events", ConfigurationReader::raisesEvents).orElse(true);
    if (node.isText("mount")) {
      return Optional.of(MountSettings.at(node.required("mount", this::path), events));
    }
    Optional<SettingsTable> table = node.table("mount", "path", "driver", "allow_other", "owner");
    if (table.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new MountSettings(
            table.get().required("path", this::path),
            table.get().choice("driver", Driver.values(), Driver.KERNEL),
            table.get().flag("allow_other"),
            table.get().text("owner", Owner::parse),
            events));
  }

  private static boolean raisesEvents(String text) {
    return switch (text) {
      case "on" -> true;
      case "off" -> false;
      default -> throw new IllegalArgumentException("events '" + text + "': use on or off");
    };
  }

  private List<PeerSettings> peers(List<ArenaSettings> arenas) throws RealizeException.Invalid {
    List<ArenaName> known = arenas.stream().map(ArenaSettings::name).toList();
    List<PeerSettings> peers = new ArrayList<>();
    Set<PeerName> names = new HashSet<>();
    Set<PeerKey> keys = new HashSet<>();
    for (SettingsTable table :
        top.tables(
            "peer", "name", "pubkey", "addresses", "arenas", "role", "write", "limit", "pause")) {
      Optional<List<ArenaName>> shared = table.texts("arenas", ArenaName::new);
      PeerSettings peer =
          new PeerSettings(
              table.required("name", PeerName::new),
              table.required("pubkey", PublicKeyText::parse),
              table.texts("addresses", HostPort::ofPeer).orElse(List.of()),
              shared,
              table.choice("role", Role.values(), Role.BOTH),
              table.texts("write", ArenaName::new).orElse(List.of()),
              LimitReader.read(table),
              PauseTimes.read(table));
      if (!names.add(peer.name())) {
        throw table.problem("name", "there are two peers '" + peer.name() + "'");
      }
      if (!keys.add(peer.key())) {
        throw table.problem("pubkey", "another peer has the key of '" + peer.name() + "'");
      }
      checkArenas(table, "arenas", shared.orElse(List.of()), known);
      checkArenas(table, "write", peer.write(), known);
      if (!peer.write().stream().allMatch(peer::maySee)) {
        throw table.problem("write", "has an arena that is not in 'arenas'");
      }
      peers.add(peer);
    }
    return peers;
  }

  private static void checkArenas(
      SettingsTable table, String key, List<ArenaName> named, List<ArenaName> known)
      throws RealizeException.Invalid {
    for (ArenaName arena : named) {
      if (!known.contains(arena)) {
        throw table.problem(key, "there is no [[arena]] '" + arena + "'");
      }
    }
  }

  private List<ArenaSettings> arenas(NodeSettings node) throws RealizeException.Invalid {
    List<ArenaSettings> arenas = new ArrayList<>();
    for (SettingsTable table :
        top.tables(
            "arena",
            "name",
            "root",
            "mark",
            "cache",
            "min_copies",
            "debounce",
            "hashers",
            "guard",
            "conflict",
            "pause",
            "ignore",
            "perishable")) {
      ArenaSettings arena = arena(table);
      if (arena.name().path().parts().contains(".realize")) {
        throw table.problem("name", "'.realize' is reserved in the mount: use another name");
      }
      for (ArenaSettings other : arenas) {
        if (other.name().equals(arena.name())) {
          throw table.problem("name", "there are two arenas '" + arena.name() + "'");
        }
        if (other.name().overlaps(arena.name())) {
          throw table.problem(
              "name",
              "arenas '%s' and '%s': one lies inside the other in the mount; rename one"
                  .formatted(other.name(), arena.name()));
        }
        if (other.root().isPresent()
            && arena.root().isPresent()
            && RealPaths.nested(other.root().get(), arena.root().get())) {
          throw table.problem(
              "root", "lies in the root of arena '" + other.name() + "', or around it");
        }
      }
      checkRoot(node, table, arena);
      arenas.add(arena);
    }
    return arenas;
  }

  private ArenaSettings arena(SettingsTable table) throws RealizeException.Invalid {
    Optional<Path> root = table.text("root", this::path);
    Optional<SettingsTable> cache = table.table("cache", "max", "leave", "scrub");
    CacheSettings limits =
        cache.isEmpty()
            ? CacheSettings.NONE
            : new CacheSettings(
                cache.get().text("max", CacheLimit::parse),
                cache.get().text("leave", CacheLimit::parse),
                cache.get().text("scrub", CacheSettings::scrub).orElse(CacheSettings.USUAL_SCRUB));
    Duration debounce = table.text("debounce", Period::parse).orElse(Duration.ofSeconds(3));
    if (debounce.compareTo(MAX_DEBOUNCE) > 0) {
      throw table.problem(
          "debounce", "is at most 1min: files that are never quiet are hashed then");
    }
    int processors = Runtime.getRuntime().availableProcessors();
    return new ArenaSettings(
        table.required("name", ArenaName::new),
        root,
        Marks.ofArena(table.text("mark", Mark::parse).orElse(null), root.isPresent()),
        limits,
        table.number("min_copies", 1, 100, 1),
        debounce,
        table.number("hashers", 1, MAX_HASHERS, Math.clamp(processors, 1, MAX_HASHERS)),
        table.text("guard", ConfigurationReader::isGuarded).orElse(true),
        table.text("conflict", ConfigurationReader::newestWins).orElse(false),
        PauseTimes.read(table),
        table.texts("ignore", pattern -> pattern).orElse(List.of()),
        table.texts("perishable", pattern -> pattern).orElse(PerishableNames.USUAL));
  }

  private static boolean isGuarded(String text) {
    return switch (text) {
      case "on" -> true;
      case "off" -> false;
      default -> throw new IllegalArgumentException("guard '" + text + "': use on or off");
    };
  }

  private static boolean newestWins(String text) {
    return switch (text) {
      case "newest" -> true;
      case "ask" -> false;
      default -> throw new IllegalArgumentException("conflict '" + text + "': use ask or newest");
    };
  }

  private void checkRoot(NodeSettings node, SettingsTable table, ArenaSettings arena)
      throws RealizeException.Invalid {
    if (arena.root().isEmpty()) {
      return;
    }
    Path root = arena.root().get();
    if (RealPaths.nested(root, node.state())) {
      throw table.problem("root", "root and the node's state" + APART);
    }
    if (RealPaths.nested(root, node.key())) {
      throw table.problem("root", "root and the node's key " + node.key() + APART);
    }
    if (RealPaths.nested(root, node.control())) {
      throw table.problem("root", "root and the control socket " + node.control() + APART);
    }
    // a peer that may write this file could name a program for notices
    if (RealPaths.nested(root, file.toAbsolutePath())) {
      throw table.problem("root", "root and this file" + APART);
    }
    if (node.mount().isPresent() && RealPaths.nested(root, node.mount().get().path())) {
      throw table.problem("root", "root and mount" + APART);
    }
    Path roots = privateRoots(node);
    if (RealPaths.nested(root, roots)) {
      throw table.problem("root", "root and the private roots in " + roots + APART);
    }
  }

  private Path privateRoots(NodeSettings node) {
    return PrivateRoots.directory(directory, node.state(), System.getenv());
  }

  private StoreSettings store() throws RealizeException.Invalid {
    ByteSize memory = StoreSettings.defaultMemory(Runtime.getRuntime().maxMemory());
    Optional<SettingsTable> table = top.table("store", "durability", "memory");
    if (table.isEmpty()) {
      return new StoreSettings(Durability.OS, memory);
    }
    StoreSettings store =
        new StoreSettings(
            table.get().choice("durability", Durability.values(), Durability.OS),
            table.get().text("memory", ByteSize::parse).orElse(memory));
    if (store.memory().bytes() < StoreSettings.LEAST_MEMORY.bytes()) {
      throw table.get().problem("memory", "is at least 64 MiB");
    }
    return store;
  }

  private Path path(String text) {
    if (text.isEmpty()) {
      throw new IllegalArgumentException("is a path");
    }
    Path home = UserHome.path(System.getenv());
    String expanded = text.equals("~") || text.startsWith("~/") ? home + text.substring(1) : text;
    return directory.resolve(expanded).normalize();
  }
}
