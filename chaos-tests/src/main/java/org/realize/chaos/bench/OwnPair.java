package org.realize.chaos.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.realize.chaos.process.Launcher;
import org.realize.chaos.process.NodeProcess;

/** Two daemons on loopback that both own one arena. */
final class OwnPair implements SyncedPair {

  private static final String ARENA = "bench";

  private final Path from;
  private final Path to;
  private final NodeProcess sender;
  private final NodeProcess receiver;

  private OwnPair(Path from, Path to, NodeProcess sender, NodeProcess receiver) {
    this.from = from;
    this.to = to;
    this.sender = sender;
    this.receiver = receiver;
  }

  /** Makes both in {@code work}, starts them and waits until they are connected. */
  static OwnPair start(Launcher launcher, Path work) throws IOException, InterruptedException {
    Path from = Files.createDirectories(work.resolve("from"));
    Path to = Files.createDirectories(work.resolve("to"));
    String address = "127.0.0.1:" + Machine.freePort();
    NodeProcess sender = NodeProcess.init(launcher, work.resolve("sender"), "sender");
    NodeProcess receiver =
        NodeProcess.init(launcher, work.resolve("receiver"), "receiver", "--listen", address);
    sender.realize("arena", "add", ARENA, "--root", from.toString());
    receiver.realize("arena", "add", ARENA, "--root", to.toString());
    receiver.realize("peer", "add", "sender", "--pubkey", sender.publicKey().toString());
    sender.realize(
        "peer",
        "add",
        "receiver",
        "--pubkey",
        receiver.publicKey().toString(),
        "--address",
        address);
    OwnPair pair = new OwnPair(from, to, sender, receiver);
    try {
      sender.start();
      receiver.start();
      Machine.await(
          "connection", DaemonPair.LONG, () -> sender.status().peers().getFirst().connected());
      return pair;
    } catch (IOException | InterruptedException e) {
      pair.close();
      throw e;
    }
  }

  @Override
  public Path from() {
    return from;
  }

  @Override
  public Path to() {
    return to;
  }

  @Override
  public double debounceSeconds() {
    return 3;
  }

  @Override
  public List<Long> pids() {
    return List.of(sender.pid(), receiver.pid());
  }

  /** Ends both daemons cleanly. */
  @Override
  public void close() {
    DaemonPair.end(sender, receiver);
  }
}
