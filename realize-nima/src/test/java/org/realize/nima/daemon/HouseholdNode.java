package org.realize.nima.daemon;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.realize.nima.config.ConfigurationFile;
import org.realize.nima.config.HostPort;
import org.realize.nima.membership.HouseholdFile;
import org.realize.nima.membership.InviteCode;
import org.realize.nima.membership.JoinMessage.OfferedArena;
import org.realize.nima.rpc.JoinCall;
import org.realize.nima.rpc.JoinCall.Inviter;
import org.realize.nima.rpc.TestNode;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.port.TimeSource;

/**
 * A node on loopback with a configuration on the disk and a desk, and an invented service behind
 * its connections.
 */
final class HouseholdNode implements AutoCloseable {

  final TestNode node;
  final ConfigurationFile file;
  private final Path directory;
  private final TimeSource time;
  private @Nullable Admissions desk;

  HouseholdNode(Path directory, String name, TimeSource time) throws Exception {
    this.directory = directory;
    this.time = time;
    Files.createDirectories(directory.resolve("state"));
    node = new TestNode(name, TestNode.PATIENT, "127.0.0.1:0");
    file = ConfigurationFile.in(directory);
    file.create(new PeerName(name), List.of(), Optional.empty());
    node.start();
    begin();
  }

  /** A start of the daemon, whose connections go on. */
  Admissions begin() throws RealizeException {
    if (desk != null) {
      desk.close();
    }
    Admissions begun = new Admissions(file.read(), node.key, time, new SecureRandom());
    desk = begun;
    node.desk = begun;
    begun.open(
        new Admissions.JoinedNode() {
          @Override
          public List<OfferedArena> offered() {
            return List.of(new OfferedArena("photos", 12_345, 3L << 30));
          }

          @Override
          public List<HostPort> listening() {
            return node.connections().listening();
          }

          @Override
          public void reload() throws RealizeException {
            HouseholdNode.this.reload();
          }

          @Override
          public void cutRevoked() {
            node.connections().reload();
          }

          @Override
          public void exchangeMembers() throws InterruptedException {
            node.connections().exchangeMembers();
          }
        });
    return begun;
  }

  Admissions desk() {
    return Objects.requireNonNull(desk);
  }

  InviteCode invite() throws RealizeException {
    return InviteCode.parse(desk().invite(List.of(), node.connections().listening()).code());
  }

  /** What {@code realize join} does on this node, whose daemon runs. */
  HouseholdNode join(HouseholdNode through) throws Exception {
    return join(through.invite());
  }

  HouseholdNode join(InviteCode code) throws Exception {
    Inviter inviter =
        new JoinCall(node.key, code, new SecureRandom())
            .run(node.name, node.connections().listening(), _ -> {});
    HouseholdFile.in(directory).write(inviter.founder());
    if (file.read().peers().stream().noneMatch(peer -> peer.key().equals(inviter.key()))) {
      file.addPeer(inviter.name(), inviter.key(), code.addresses(), List.of());
    }
    reload();
    return this;
  }

  /** What {@code realize reload} does. */
  void reloadAll() throws RealizeException {
    reload();
    desk().follow();
  }

  /** What it does of peers. */
  void reload() throws RealizeException {
    node.setPeers(file.read().peers());
    node.connections().reload();
  }

  /** What the user does who deletes {@code household.pub}. */
  void deleteHouseholdFile() throws IOException {
    Files.delete(HouseholdFile.in(directory).path());
  }

  /** The names of the configured peers. */
  List<String> peers() throws RealizeException {
    return file.read().peers().stream().map(peer -> peer.name().value()).sorted().toList();
  }

  /** The names of the members that it knows. */
  List<String> members() throws RealizeException {
    return desk().list().stream()
        .filter(member -> member.member())
        .map(member -> member.name())
        .toList();
  }

  boolean isConnected(HouseholdNode other) {
    return node.link(other.node).isPresent();
  }

  @Override
  public void close() {
    desk().close();
    node.close();
  }
}
