package org.realize.nima.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.realize.nima.config.Configuration;
import org.realize.nima.config.ConfigurationFile;
import org.realize.nima.config.HostPort;
import org.realize.nima.membership.Invitations;
import org.realize.nima.membership.JoinMessage.JoinOffer;
import org.realize.nima.membership.JoinMessage.JoinRequest;
import org.realize.nima.membership.JoinMessage.OfferedArena;
import org.realize.nima.rpc.JoinDesk;
import org.realize.nima.rpc.TestNode;
import org.realize.nima.tls.NodeKey;
import org.realize.nima.tls.PeerKey;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.Mark;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.testing.ManualTime;

@Timeout(120)
class JoinCommandTest {

  @TempDir private Path home;
  private final TestNode nas = new TestNode("nas", TestNode.PATIENT, "127.0.0.1:0");
  private final FakeDesk desk = new FakeDesk();
  private Path node;
  private Shell shell;
  private String code = "";

  /** A desk that admits whoever has a code of {@link #invitations}. */
  private final class FakeDesk implements JoinDesk {
    private final Invitations invitations =
        new Invitations(nas.publicKey(), new ManualTime(), new SecureRandom());
    private PeerKey founder = nas.publicKey();
    private final List<PeerKey> members = new ArrayList<>();
    private @Nullable RealizeException refusal;
    private @Nullable JoinRequest request;

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public boolean isRevoked(PeerKey key) {
      return false;
    }

    @Override
    public JoinOffer offer(PeerKey joiner, JoinRequest asked) throws RealizeException {
      request = asked;
      ByteString proof = ByteString.copyFrom(Base64.getDecoder().decode(asked.proof()));
      byte[] answer = invitations.answer(joiner, proof).toByteArray();
      return new JoinOffer(
          null,
          "nas",
          Base64.getEncoder().encodeToString(answer),
          Base64.getEncoder().encodeToString(founder.spki()),
          List.of(new OfferedArena("photos", 12_345, 3L << 30), new OfferedArena("docs", 2, 512)));
    }

    @Override
    public void admit(PeerKey joiner, JoinRequest asked, String seenHost) throws RealizeException {
      if (refusal != null) {
        throw refusal;
      }
      members.add(joiner);
    }

    @Override
    public byte[] members() {
      return new byte[0];
    }

    @Override
    public void learn(PeerName from, byte[] members) {
      throw new AssertionError("nobody is connected");
    }
  }

  @BeforeEach
  void start() throws Exception {
    node = home.resolve("n");
    shell = new Shell(home, Map.of("REALIZE_HOME", node.toString()));
    nas.desk = desk;
    nas.start();
    code = desk.invitations.open(nas.connections().listening()).text();
  }

  @AfterEach
  void close() {
    nas.close();
  }

  private Configuration configuration() throws Exception {
    return ConfigurationFile.in(node).read();
  }

  private static void assertOneLine(Shell.Result result, int exitCode, String cause) {
    assertThat(result.exitCode()).as(result.err()).isEqualTo(exitCode);
    assertThat(result.out()).isEmpty();
    assertThat(result.err()).contains(cause).containsOnlyOnce("\n");
  }

  @Test
  void join_newMachine_isANodeWithThePeerAndTheArenasThatItChose() throws Exception {
    Path files = Files.createDirectories(home.resolve("docs"));

    Shell.Result result =
        shell.run(
            "join",
            code,
            "--name",
            "laptop",
            "--listen",
            "0.0.0.0:9771",
            "--arena",
            "photos",
            "--arena",
            "docs",
            "--root",
            "docs",
            "--mark",
            "keep");

    assertThat(result.err()).isEmpty();
    assertThat(result.exitCode()).isZero();
    assertThat(result.out())
        .contains("joined nas, key " + nas.publicKey().fingerprint() + "\n")
        .contains("takes part in photos\ntakes part in docs\n")
        .contains("start the daemon: realize daemon\n");
    Configuration made = configuration();
    assertThat(made.node().name()).isEqualTo(new PeerName("laptop"));
    assertThat(made.node().listen()).containsExactly(new HostPort("0.0.0.0", 9771));
    assertThat(made.node().mount().orElseThrow().path()).isEqualTo(home.resolve("household"));
    assertThat(made.peers())
        .singleElement()
        .satisfies(peer -> {
          assertThat(peer.name()).isEqualTo(new PeerName("nas"));
          assertThat(peer.key()).isEqualTo(nas.publicKey());
          assertThat(peer.addresses()).isEqualTo(nas.connections().listening());
        });
    assertThat(made.arenas()).hasSize(2);
    assertThat(made.arenas().getFirst().mark()).isEqualTo(Mark.WATCH);
    assertThat(made.arenas().getLast().root()).contains(files);
    assertThat(made.arenas().getLast().mark()).isEqualTo(Mark.KEEP);
    assertThat(desk.members).containsExactly(NodeKey.read(node.resolve("node.key")).publicKey());
    assertThat(Objects.requireNonNull(desk.request).addresses())
        .isNotEmpty()
        .allMatch(each -> each.endsWith(":9771"));
  }

  /** A user of the package, whose systemctl notes its words and ends so. */
  private Shell userOfThePackage(int exitCode) throws Exception {
    Path unit = home.resolve(".local/share/systemd/user/realize.service");
    Files.createDirectories(unit.getParent());
    Files.writeString(unit, "");
    Path programs = Files.createDirectories(home.resolve("bin"));
    Path systemctl = programs.resolve("systemctl");
    Files.writeString(
        systemctl, "#!/bin/sh\necho \"$@\" >%s\nexit %d\n".formatted(said(), exitCode));
    Files.setPosixFilePermissions(systemctl, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.createDirectories(home.resolve("run/systemd"));
    String path = home.resolve("none") + ":" + programs;
    return new Shell(home, Map.of("PATH", path, "XDG_RUNTIME_DIR", home.resolve("run").toString()));
  }

  private Path said() {
    return home.resolve("said");
  }

  @Test
  void join_newNodeWhereSystemdRuns_isStartedByIt() throws Exception {
    Shell.Result result = userOfThePackage(0).run("join", code, "--name=laptop", "--all");

    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(result.out())
        .endsWith("started, now and at each login: systemctl --user enable --now realize\n");
    assertThat(said()).hasContent("--user enable --now realize\n");
    assertThat(home.resolve(".config/realize/realize.toml")).exists();
  }

  @Test
  void join_newNodeThatSystemdDoesNotStart_saysTheCommand() throws Exception {
    Shell.Result result = userOfThePackage(1).run("join", code, "--name=laptop", "--all");

    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(result.out()).endsWith("start the daemon: systemctl --user enable --now realize\n");
    assertThat(said()).exists();
  }

  @Test
  void join_nodeThatWasThere_andNodeElsewhere_areLeftAtRest() throws Exception {
    Shell user = userOfThePackage(0);
    user.run("init", "--name=attic", "--listen=off");

    assertThat(user.run("join", code).out())
        .endsWith("start the daemon: systemctl --user enable --now realize\n");

    Shell other = userOfThePackage(0);
    String second = desk.invitations.open(nas.connections().listening()).text();
    assertThat(other.run("join", second, "--name=laptop", "--dir=" + node).out())
        .endsWith("start the daemon: realize daemon\n");
    assertThat(said()).doesNotExist();
  }

  @Test
  void join_codeInPieces_deafAndWithoutMount_offersArenas() throws Exception {
    Shell.Result result =
        shell.run(
            ("join " + code.replace('-', ' ') + " --name laptop --listen off --mount off")
                .split(" "));

    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(result.out())
        .contains("offered: photos, 12,345 files, 3.0 GiB\noffered: docs, 2 files, 512 B\n");
    assertThat(configuration().node().listen()).isEmpty();
    assertThat(configuration().node().mount()).isEmpty();
    assertThat(configuration().arenas()).isEmpty();
  }

  @Test
  void join_all_takesPartInAllAsWatch() throws Exception {
    assertThat(shell.run("peer", "join", code, "--name=laptop", "--all").exitCode()).isZero();

    assertThat(configuration().arenas())
        .extracting(arena -> arena.name().value() + " " + arena.mark())
        .containsExactly("photos watch", "docs watch");
  }

  @Test
  void join_onATerminal_asks() throws Exception {
    Path files = Files.createDirectories(home.resolve("my docs"));
    shell.onTerminal().input("no\n\nnowhere\n~/my docs\n");

    Shell.Result result = shell.run("join", code, "--name=laptop");

    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(result.out())
        .contains("Take part in photos, 12,345 files, 3.0 GiB? [Y/n] ")
        .contains("nowhere is no directory");
    assertThat(configuration().arenas())
        .singleElement()
        .satisfies(arena -> {
          assertThat(arena.name()).isEqualTo(new ArenaName("docs"));
          assertThat(arena.root()).contains(files);
          assertThat(arena.mark()).isEqualTo(Mark.OWN);
        });
  }

  @Test
  void join_existingNode_keepsItsKeyAndGetsThePeer() throws Exception {
    shell.run("init", "--name", "attic", "--listen", "off");
    shell.run("arena", "add", "photos");
    String key = Files.readString(node.resolve("node.key"));

    assertThat(shell.run("join", code, "--all").err()).isEmpty();

    assertThat(node.resolve("node.key")).hasContent(key);
    assertThat(configuration().node().name()).isEqualTo(new PeerName("attic"));
    assertThat(configuration().peers()).hasSize(1);
    assertThat(configuration().arenas()).hasSize(2);
    assertThat(shell.run("join", code).exitCode()).isZero();
    assertThat(configuration().peers()).hasSize(1);
  }

  @Test
  void join_existingNodeWithSettingsOfANewOne_isAWrongUse() throws Exception {
    shell.run("init", "--name", "attic", "--listen", "off");

    assertOneLine(shell.run("join", code, "--name", "laptop"), 2, "are for a new node");
    assertThat(desk.members).isEmpty();
  }

  @Test
  void join_existingNodeThatCallsAnotherSo_isRefused() throws Exception {
    shell.run("init", "--name", "attic", "--listen", "off");
    Path other = home.resolve("other.pub");
    Files.writeString(other, NodeKey.generate(new SecureRandom()).publicKey().pem());
    shell.run("peer", "add", "nas", "--pubkey", other.toString());

    assertOneLine(shell.run("join", code), 1, "calls another machine 'nas'");
    assertThat(desk.members).isEmpty();
  }

  @Test
  void join_refused_leavesNothing() {
    desk.refusal = new RealizeException.Denied("this code was used by another machine");

    assertOneLine(
        shell.run("join", code, "--name", "laptop"), 1, "this code was used by another machine");
    assertThat(node).doesNotExist();
  }

  @Test
  void join_mistypedCode_leavesNothing() {
    assertOneLine(shell.run("join", code.substring(1)), 1, "mistyped or cut short");
    assertThat(node).doesNotExist();
  }

  @Test
  void join_arenaThatIsNotOffered_leavesNothing() {
    assertOneLine(
        shell.run("join", code, "--name=laptop", "--arena=films"),
        1,
        "nas has no arena 'films', but photos, docs");
    assertThat(node).doesNotExist();
    assertThat(desk.members).isEmpty();
  }

  @Test
  void join_rootThatIsNoDirectory_leavesNothing() {
    assertOneLine(
        shell.run("join", code, "--name=laptop", "--arena=docs", "--root=none"),
        1,
        "is no directory");
    assertThat(node).doesNotExist();
    assertThat(desk.members).isEmpty();
  }

  @Test
  void join_inviterThatIsAway_leavesNothing() {
    nas.close();

    assertOneLine(shell.run("join", code, "--name=laptop"), 1, "join by the code");
    assertThat(node).doesNotExist();
  }

  @Test
  void join_keyThatWasThere_staysAfterARefusal() throws Exception {
    Files.createDirectories(node);
    NodeKey.generate(new SecureRandom()).writeNew(node.resolve("node.key"));
    desk.refusal = new RealizeException.Denied("not now");

    assertThat(shell.run("join", code, "--name=laptop").exitCode()).isEqualTo(1);
    assertThat(node.resolve("node.key")).exists();
  }
}
