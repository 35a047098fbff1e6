package org.realize.chaos.process;

import java.io.IOException;
import java.net.BindException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;
import org.realize.nima.config.ConfigurationFile;
import org.realize.nima.config.HostPort;
import org.realize.nima.tls.NodeKey;
import org.realize.nima.tls.PeerKey;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;

/** Nodes below one directory, for a test; {@link #close} leaves neither a process nor a mount. */
final class Household implements AutoCloseable {

  private static final int NOBODY = 65_534;
  private static final int FIRST_PORT = 10_000;
  private static final int END_OF_PORTS = 30_000;
  private static final int PORT_ATTEMPTS = 1_000;

  /** A setting of arenas whose changes shall be known before a person could have made the next. */
  static final String QUICK = "debounce = \"300ms\"";

  private final Path base;
  private final Launcher launcher;
  private final List<NodeProcess> nodes = new ArrayList<>();
  private final List<DatagramSocket> reservations = new ArrayList<>();

  Household(Path base) throws IOException {
    this(base, StartArchive.launcher());
  }

  Household(Path base, Launcher launcher) {
    this.base = base;
    this.launcher = launcher;
  }

  /** A node with a mount that listens on a free port, and can be dialled there. */
  NodeProcess listening(String name) throws IOException, RealizeException {
    return listening(name, launcher);
  }

  /** As {@link #listening(String)}, of a program that is started in another way. */
  NodeProcess listening(String name, Launcher other) throws IOException, RealizeException {
    HostPort address = new HostPort("127.0.0.1", reservePort());
    Files.writeString(base.resolve(name + ".address"), address.toString());
    return add(other, name, List.of(address));
  }

  /** A node with a mount that only dials, and was started to ignore hang-ups. */
  NodeProcess ofNohup(String name) throws IOException, RealizeException {
    List<String> words = new ArrayList<>(List.of("nohup"));
    words.addAll(launcher.prefix());
    return add(new Launcher(words), name, List.of());
  }

  /** A node with a mount that only dials, and writes an archive of its classes when it ends. */
  NodeProcess recording(String name, Path archive) throws IOException, RealizeException {
    List<String> words = new ArrayList<>(launcher.prefix());
    words.add(1, "-XX:ArchiveClassesAtExit=" + archive);
    return add(new Launcher(words), name, List.of());
  }

  /** A node with a mount that only dials. */
  NodeProcess deaf(String name) throws IOException, RealizeException {
    return add(name, List.of());
  }

  /**
   * A node without a mount that only dials, of a user who owns no file of the household and may do
   * nothing more than read the class path, wherever that lies.
   */
  NodeProcess ofNobody(String name) throws IOException, InterruptedException {
    Files.setPosixFilePermissions(base, PosixFilePermissions.fromString("rwx--x--x"));
    Path directory = Files.createDirectory(base.resolve(name));
    Files.setAttribute(directory, "unix:uid", NOBODY);
    List<String> words = new ArrayList<>(List.of("setpriv", "--reuid", "" + NOBODY));
    words.addAll(List.of("--regid", "" + NOBODY, "--clear-groups"));
    words.addAll(List.of("--inh-caps", "+dac_read_search", "--ambient-caps", "+dac_read_search"));
    words.addAll(launcher.prefix());
    NodeProcess node = NodeProcess.init(new Launcher(words), directory, name, "--listen", "off");
    nodes.add(node);
    return node;
  }

  /** A node with a mount on a machine of its own, which can be dialled there if it listens. */
  NodeProcess on(Network network, String name, boolean listens)
      throws IOException, RealizeException {
    List<String> words = new ArrayList<>(network.add(name));
    words.addAll(launcher.prefix());
    String address = network.address(name) + ":9771";
    Files.writeString(base.resolve(name + ".address"), address);
    return add(
        new Launcher(words), name, listens ? List.of(new HostPort("0.0.0.0", 9771)) : List.of());
  }

  private NodeProcess add(String name, List<HostPort> listen) throws IOException, RealizeException {
    return add(launcher, name, listen);
  }

  /** What {@code realize init} does, without a process, which takes a second. */
  private NodeProcess add(Launcher launcher, String name, List<HostPort> listen)
      throws IOException, RealizeException {
    Path mount = Files.createDirectories(mount(name));
    NodeProcess node = new NodeProcess(launcher, base.resolve(name), name);
    Files.createDirectory(node.directory());
    NodeKey key = NodeKey.generate(new SecureRandom());
    key.writeNew(node.directory().resolve("node.key"));
    Files.writeString(node.publicKey(), key.publicKey().pem());
    ConfigurationFile.in(node.directory()).create(new PeerName(name), listen, Optional.of(mount));
    nodes.add(node);
    return node;
  }

  /**
   * A free TCP port below those that the system gives to sockets that dial. A UDP socket of that
   * number reserves it among test JVMs, also while its node does not run.
   */
  private int reservePort() throws IOException {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    for (int attempt = 0; attempt < PORT_ATTEMPTS; attempt++) {
      int port = ThreadLocalRandom.current().nextInt(FIRST_PORT, END_OF_PORTS);
      try {
        DatagramSocket reservation = new DatagramSocket(port, loopback);
        reservations.add(reservation);
        new ServerSocket(port, 1, loopback).close();
        return port;
      } catch (BindException e) {
        // somebody else's
      }
    }
    throw new IOException("no free port was found");
  }

  /** Adds an arena to the configuration of a node that does not run, with more settings of it. */
  void share(NodeProcess node, String arena, Optional<Path> root, String... settings)
      throws IOException, RealizeException {
    ConfigurationFile file = ConfigurationFile.in(node.directory());
    file.addArena(new ArenaName(arena), root, Optional.empty());
    for (String setting : settings) {
      Files.writeString(file.path(), setting + "\n", StandardOpenOption.APPEND);
    }
  }

  /** Makes the two know each other; {@code dialler} dials. */
  void introduce(NodeProcess dialler, NodeProcess listener, String... writable) throws Exception {
    HostPort address = HostPort.parse(Files.readString(base.resolve(listener.name() + ".address")));
    know(dialler, listener, List.of(address), List.of());
    know(listener, dialler, List.of(), Stream.of(writable).map(ArenaName::new).toList());
  }

  /** Does it by a command where a daemon must be told, or the node is another user's. */
  private static void know(
      NodeProcess node, NodeProcess peer, List<HostPort> addresses, List<ArenaName> writable)
      throws Exception {
    boolean ours = Files.getAttribute(node.directory(), "unix:uid").equals(0);
    if (ours && !node.running()) {
      PeerKey key = PeerKey.ofPem(Files.readString(peer.publicKey()));
      ConfigurationFile.in(node.directory())
          .addPeer(new PeerName(peer.name()), key, addresses, writable);
      return;
    }
    List<String> words =
        new ArrayList<>(
            List.of("peer", "add", peer.name(), "--pubkey", peer.publicKey().toString()));
    addresses.forEach(address -> words.addAll(List.of("--address", address.toString())));
    writable.forEach(arena -> words.addAll(List.of("--write", arena.toString())));
    node.realize(words.toArray(String[]::new));
  }

  /** Where the node's mount is. */
  Path mount(String name) {
    return base.resolve(name + "-mount");
  }

  /** A directory to be shared. */
  Path root(String name) throws IOException {
    return Files.createDirectories(base.resolve(name + "-root"));
  }

  void startAll() throws IOException, InterruptedException {
    for (NodeProcess node : nodes) {
      node.start();
    }
  }

  @Override
  public void close() throws IOException {
    for (NodeProcess node : nodes) {
      try (node) {
        node.stop();
        new ProcessBuilder("fusermount3", "-uzq", mount(node.name()).toString())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start()
            .waitFor();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    reservations.forEach(DatagramSocket::close);
  }
}
