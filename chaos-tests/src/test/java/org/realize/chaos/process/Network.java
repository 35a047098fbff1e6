package org.realize.chaos.process;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A network of machines: a namespace for each, and a bridge in one of its own. {@link #close}
 * leaves none of them.
 */
final class Network implements AutoCloseable {

  private static final int DEADLINE_SECONDS = 60;

  private final String prefix = "rz" + ProcessHandle.current().pid();
  private final String hub = prefix + "-hub";
  private final List<String> machines = new ArrayList<>();

  /** A network without machines. */
  static Network open() throws IOException {
    Network network = new Network();
    run("ip", "netns", "add", network.hub);
    run("ip", "-n", network.hub, "link", "add", "bridge", "type", "bridge");
    run("ip", "-n", network.hub, "link", "set", "bridge", "up");
    return network;
  }

  /** Adds a machine; returns the words before a command that is to run on it. */
  List<String> add(String name) throws IOException {
    machines.add(name);
    String space = space(name);
    String port = port(name);
    run("ip", "netns", "add", space);
    run(
        "ip", "-n", hub, "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns",
        space);
    run("ip", "-n", hub, "link", "set", port, "master", "bridge", "up");
    run("ip", "-n", space, "address", "add", address(name) + "/24", "dev", "eth0");
    run("ip", "-n", space, "link", "set", "eth0", "up");
    run("ip", "-n", space, "link", "set", "lo", "up");
    return List.of("nsenter", "--net=/run/netns/" + space);
  }

  /** The machine's address; it has one once it was added. */
  String address(String name) {
    return "10.213.77." + (machines.indexOf(name) + 1);
  }

  /** Gives the machine another address, and takes away the one that it had; returns the new one. */
  String move(String name) throws IOException {
    String next = "10.213.77." + (machines.indexOf(name) + 101);
    run("ip", "-n", space(name), "address", "del", address(name) + "/24", "dev", "eth0");
    run("ip", "-n", space(name), "address", "add", next + "/24", "dev", "eth0");
    return next;
  }

  /** Pulls the machine's cable. */
  void cut(String name) throws IOException {
    run("ip", "-n", hub, "link", "set", port(name), "down");
  }

  /** Plugs it in again. */
  void heal(String name) throws IOException {
    run("ip", "-n", hub, "link", "set", port(name), "up");
  }

  /** Makes the machine's link as slow as this, both ways. */
  void slow(String name, int kilobits) throws IOException {
    for (List<String> end : ends(name)) {
      String rate = kilobits + "kbit";
      tc(end, "replace", "tbf", "rate", rate, "burst", "16kb", "latency", "400ms");
    }
  }

  /** Makes it as fast as it was. */
  void fast(String name) throws IOException {
    for (List<String> end : ends(name)) {
      tc(end, "del");
    }
  }

  /** A namespace and a device each: what the machine sends, and what it is sent. */
  private List<List<String>> ends(String name) {
    return List.of(List.of(space(name), "eth0"), List.of(hub, port(name)));
  }

  private static void tc(List<String> end, String action, String... discipline) throws IOException {
    List<String> words = new ArrayList<>(List.of("tc", "-n", end.getFirst(), "qdisc", action));
    words.addAll(List.of("dev", end.getLast(), "root"));
    words.addAll(List.of(discipline));
    run(words.toArray(String[]::new));
  }

  private String space(String name) {
    return prefix + "-" + name;
  }

  private String port(String name) {
    return "p" + machines.indexOf(name);
  }

  private static void run(String... words) throws IOException {
    Process process = new ProcessBuilder(words).inheritIO().start();
    try {
      if (process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS) && process.exitValue() == 0) {
        return;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    process.destroyForcibly();
    throw new IOException(String.join(" ", words) + " failed");
  }

  @Override
  public void close() throws IOException {
    for (String name : machines) {
      run("ip", "netns", "del", space(name));
    }
    run("ip", "netns", "del", hub);
  }
}
