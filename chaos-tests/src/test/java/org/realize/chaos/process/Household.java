package org.realize.chaos.process;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;

/** Nodes below one directory, for a test; {@link #close} leaves neither a process nor a mount. */
final class Household implements AutoCloseable {

  private static final int NOBODY = 65_534;

  private final Path base;
  private final Launcher launcher;
  private final List<NodeProcess> nodes = new ArrayList<>();

  Household(Path base) {
    this.base = base;
    // These processes live for seconds: the second compiler would only take their time.
    this.launcher = Launcher.ofThisJvm(List.of("-XX:TieredStopAtLevel=1"));
  }

  /** A node with a mount that listens on a free port, and can be dialled there. */
  NodeProcess listening(String name) throws IOException, InterruptedException {
    return add(name, "--listen", address(name, freePort()));
  }

  /** A node with a mount that only dials. */
  NodeProcess deaf(String name) throws IOException, InterruptedException {
    return add(name);
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
    NodeProcess node = NodeProcess.init(new Launcher(words), directory, name);
    nodes.add(node);
    return node;
  }

  private NodeProcess add(String name, String... options) throws IOException, InterruptedException {
    Path mount = Files.createDirectories(mount(name));
    List<String> all = new ArrayList<>(List.of(options));
    all.addAll(List.of("--mount", mount.toString()));
    NodeProcess node =
        NodeProcess.init(launcher, base.resolve(name), name, all.toArray(new String[0]));
    nodes.add(node);
    return node;
  }

  private String address(String name, int port) throws IOException {
    String address = "127.0.0.1:" + port;
    Files.writeString(base.resolve(name + ".address"), address);
    return address;
  }

  private static int freePort() throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return free.getLocalPort();
    }
  }

  /** Makes the two know each other; {@code dialler} dials. */
  void introduce(NodeProcess dialler, NodeProcess listener)
      throws IOException, InterruptedException {
    introduce(dialler, listener, List.of());
  }

  /** The same, with options of {@code peer add} for the listener. */
  void introduce(NodeProcess dialler, NodeProcess listener, List<String> granted)
      throws IOException, InterruptedException {
    String address = Files.readString(base.resolve(listener.name() + ".address"));
    dialler.realize(
        "peer",
        "add",
        listener.name(),
        "--pubkey",
        listener.publicKey().toString(),
        "--address",
        address);
    List<String> words =
        new ArrayList<>(
            List.of("peer", "add", dialler.name(), "--pubkey", dialler.publicKey().toString()));
    words.addAll(granted);
    listener.realize(words.toArray(String[]::new));
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
  }
}
