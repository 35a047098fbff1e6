package org.realize.nima.cli;

import static java.nio.file.StandardOpenOption.APPEND;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.realize.nima.config.ArenaSettings;
import org.realize.nima.config.Configuration;
import org.realize.nima.config.ConfigurationFile;
import org.realize.nima.config.HostPort;
import org.realize.nima.config.PeerSettings;
import org.realize.nima.config.RateLimit;
import org.realize.nima.config.Role;
import org.realize.nima.tls.NodeKey;
import org.realize.nima.tls.PeerKey;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.Mark;
import org.realize.sync.model.PeerName;

class ConfiguringCommandsTest {

  @TempDir private Path home;
  private Path node;
  private Shell shell;

  @BeforeEach
  void open() {
    node = home.resolve("n");
    shell = new Shell(home, Map.of("REALIZE_HOME", node.toString()));
  }

  private Configuration configuration() throws Exception {
    return ConfigurationFile.in(node).read();
  }

  private void init() {
    assertThat(shell.run("init", "--name", "attic", "--listen", "off").exitCode()).isZero();
  }

  private static String newKeyPem() {
    return NodeKey.generate(new SecureRandom()).publicKey().pem();
  }

  @Test
  void init_allOptions_writesConfigurationAndKeyAndPrintsThePublicKey() throws Exception {
    Path other = home.resolve("a/b");

    Shell.Result result =
        shell.run(
            "init",
            "--dir=" + other,
            "--name=attic",
            "--listen=127.0.0.1:9771",
            "--listen",
            "[::1]:9771",
            "--mount=" + home.resolve("m"));

    assertThat(result.err()).isEmpty();
    assertThat(result.exitCode()).isZero();
    NodeKey key = NodeKey.read(other.resolve("node.key"));
    assertThat(PeerKey.ofPem(result.out())).isEqualTo(key.publicKey());
    assertThat(result.out()).startsWith("-----BEGIN PUBLIC KEY-----\n");
    Configuration written = ConfigurationFile.in(other).read();
    assertThat(written.node().name()).isEqualTo(new PeerName("attic"));
    assertThat(written.node().key()).isEqualTo(other.resolve("node.key"));
    assertThat(written.node().listen())
        .containsExactly(new HostPort("127.0.0.1", 9771), new HostPort("::1", 9771));
    assertThat(written.node().mount().orElseThrow().path()).isEqualTo(home.resolve("m"));
    assertThat(mode(other)).isEqualTo("rwx------");
    assertThat(mode(other.resolve("node.key"))).isEqualTo("rw-------");
    assertThat(mode(other.resolve("realize.toml"))).isEqualTo("rw-------");
  }

  @Test
  void init_nameAlone_listensAsANewMemberDoes_andOffIsDeaf() throws Exception {
    assertThat(shell.run("init", "--name=attic").exitCode()).isZero();
    assertThat(configuration().node().listen()).containsExactly(new HostPort("::", 9771));
    assertThat(configuration().node().mount()).isEmpty();

    Path deaf = home.resolve("deaf");
    shell.run("init", "--dir=" + deaf, "--name=attic", "--listen=off");
    assertThat(ConfigurationFile.in(deaf).read().node().listen()).isEmpty();
  }

  @Test
  void init_listenerThatIsNone_isAWrongUse_andMakesNothing() {
    Shell.Result result = shell.run("init", "--name=attic", "--listen=here");

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).contains("'here' is no HOST:PORT");
    assertThat(node).doesNotExist();
  }

  private static String mode(Path path) throws Exception {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  @Test
  void init_existingNode_isRefusedAndKeepsItsKey() throws Exception {
    init();
    String key = Files.readString(node.resolve("node.key"));

    Shell.Result again = shell.run("init", "--name", "attic");

    assertThat(again.exitCode()).isEqualTo(1);
    assertThat(again.err()).contains("exists already").containsOnlyOnce("\n");
    assertThat(node.resolve("node.key")).hasContent(key);
  }

  @Test
  void init_existingKey_isUsed() throws Exception {
    Files.createDirectories(node);
    NodeKey mine = NodeKey.generate(new SecureRandom());
    mine.writeNew(node.resolve("node.key"));

    assertThat(shell.run("init", "--name", "attic").out()).isEqualTo(mine.publicKey().pem());
  }

  @Test
  void init_keyReadableByOthers_isRefused() throws Exception {
    Files.createDirectories(node);
    NodeKey.generate(new SecureRandom()).writeNew(node.resolve("node.key"));
    Files.setPosixFilePermissions(
        node.resolve("node.key"), PosixFilePermissions.fromString("rw-r-----"));

    Shell.Result result = shell.run("init", "--name", "attic");

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err()).contains("chmod 600");
    assertThat(node.resolve("realize.toml")).doesNotExist();
  }

  @Test
  void init_noHome_usesConfigDirectory() {
    Shell plain = new Shell(home, Map.of());

    assertThat(plain.run("init", "--name", "attic").exitCode()).isZero();
    assertThat(home.resolve(".config/realize/realize.toml")).exists();

    Shell other = new Shell(home, Map.of("XDG_CONFIG_HOME", home.resolve("xdg").toString()));
    assertThat(other.run("init", "--name", "attic").exitCode()).isZero();
    assertThat(home.resolve("xdg/realize/realize.toml")).exists();
  }

  @Test
  void help_ofACommand_isThatOfItsOption_andAMistypedWordGetsAHint() {
    assertThat(shell.run("help").out()).isEqualTo(shell.run("--help").out());
    assertThat(shell.run("help", "peer", "add").out())
        .isEqualTo(shell.run("peer", "add", "--help").out())
        .contains("--pubkey");
    assertThat(shell.run("help", "per").exitCode()).isEqualTo(ExitCode.USAGE.code());
    assertThat(shell.run("help", "per").err()).contains("did you mean 'peer'?");
    assertThat(shell.run("satus").err()).contains("did you mean 'status'?");
    assertThat(shell.run("peer", "ad").err()).contains("did you mean 'add'?");
  }

  @Test
  void pages_haveEveryCommand() throws Exception {
    Path pages = home.resolve("pages");
    assertThat(shell.run("pages", pages.toString()).err()).isEmpty();

    assertThat(pages.resolve("man1/realize.1"))
        .content()
        .contains(".SH COMMANDS", "realize\\-peer(1)");
    assertThat(pages.resolve("man1/realize-peer-add.1"))
        .content()
        .startsWith(".TH \"realize-peer-add\" 1")
        .contains("realize peer add", ".B \\-\\-pubkey=FILE\n", "SEE ALSO");
    assertThat(pages.resolve("man1/realize-pages.1")).doesNotExist();
    assertThat(pages.resolve("realize.bash")).content().contains("complete -F _complete_realize");
    assertThat(pages.resolve("_realize")).content().startsWith("#compdef realize\n");
    assertThat(pages.resolve("realize.fish"))
        .content()
        .contains(
            "complete -c realize -f -n '__fish_seen_subcommand_from peer; and not"
                + " __fish_seen_subcommand_from ",
            "-a connect -d 'Dials a peer now");
  }

  @Test
  void peerAdd_fileAndStandardInput_areListedAndRemoved() throws Exception {
    init();
    Path pem = Files.writeString(home.resolve("laptop.pem"), newKeyPem());

    assertThat(
            shell
                .run("peer", "add", "laptop", "--pubkey=" + pem, "--address=laptop.example:9771")
                .exitCode())
        .isZero();
    assertThat(shell.input(newKeyPem()).run("peer", "add", "phone", "--pubkey", "-").exitCode())
        .isZero();

    assertThat(shell.run("peer", "list").out())
        .contains(
            "laptop  -      -       laptop.example:9771  SHA256:", "phone   -      -       -  ");
    assertThat(shell.run("peer", "list", "--json").out())
        .contains("\"name\" : \"laptop\"", "\"addresses\" : [ \"laptop.example:9771\" ]");
    assertThat(shell.run("peer", "remove", "laptop").exitCode()).isZero();
    assertThat(configuration().peers())
        .extracting(peer -> peer.name().value())
        .containsExactly("phone");
  }

  @Test
  void peerAdd_keyTwice_isRefusedOnOneLine() throws Exception {
    init();
    String pem = newKeyPem();
    shell.input(pem).run("peer", "add", "phone", "--pubkey", "-");
    String before = Files.readString(node.resolve("realize.toml"));

    Shell.Result result = shell.input(pem).run("peer", "add", "tablet", "--pubkey", "-");

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err())
        .startsWith("add peer tablet: ")
        .contains("another peer has the key")
        .containsOnlyOnce("\n");
    assertThat(node.resolve("realize.toml")).hasContent(before);
  }

  @Test
  void arenaAdd_rootAndMark_areListed() throws Exception {
    init();
    Path root = Files.createDirectory(home.resolve("photos"));

    assertThat(shell.run("arena", "add", "photos", "--root=" + root).exitCode()).isZero();
    assertThat(shell.run("arena", "add", "music/new", "--mark", "keep").exitCode()).isZero();

    List<ArenaSettings> arenas = configuration().arenas();
    assertThat(arenas)
        .extracting(ArenaSettings::name)
        .containsExactly(new ArenaName("photos"), new ArenaName("music/new"));
    assertThat(arenas.getFirst().root()).contains(root);
    assertThat(arenas.getLast().mark()).isEqualTo(Mark.KEEP);
    assertThat(shell.run("arena", "list").out())
        .contains("photos     own   -      -     " + root, "music/new  keep  -      -     -");
    assertThat(shell.run("arena", "list", "--json").out()).contains("\"mark\" : \"keep\"");
  }

  @Test
  void arenaAdd_insideAnother_isRefused() {
    init();
    shell.run("arena", "add", "photos");

    Shell.Result result = shell.run("arena", "add", "photos/trips");

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err())
        .startsWith("add arena photos/trips: ")
        .contains("one lies inside the other in the mount");
  }

  @Test
  void peerSet_changesWhatIsNamedAndNothingElse() throws Exception {
    init();
    shell.run("arena", "add", "docs");
    shell.input(newKeyPem()).run("peer", "add", "nas", "--pubkey", "-", "--address", "nas.lan");
    Files.writeString(node.resolve("realize.toml"), "limit = { up = \"2M\" } # by night\n", APPEND);

    assertThat(
            shell
                .run("peer", "set", "nas", "--address=10.0.0.2:1", "--address=[::1]", "--down=1M")
                .err())
        .isEmpty();
    PeerSettings nas = configuration().peers().getFirst();
    assertThat(nas.addresses())
        .containsExactly(new HostPort("10.0.0.2", 1), new HostPort("::1", 9771));
    assertThat(nas.limit().base()).hasToString("Rates[up=2M, down=1M]");
    assertThat(shell.run("peer", "set", "nas", "--write", "docs", "--role", "send").err())
        .isEmpty();
    nas = configuration().peers().getFirst();
    assertThat(nas.write()).containsExactly(new ArenaName("docs"));
    assertThat(nas.role()).isEqualTo(Role.SEND);
    assertThat(shell.run("peer", "set", "nas", "--up=", "--down=", "--address=").err()).isEmpty();
    nas = configuration().peers().getFirst();
    assertThat(nas.limit()).isEqualTo(RateLimit.NONE);
    assertThat(nas.addresses()).isEmpty();

    Shell.Result wrong = shell.run("peer", "set", "nas", "--write", "nope");
    assertThat(wrong.exitCode()).isEqualTo(1);
    assertThat(wrong.err()).startsWith("set peer nas: ").contains("there is no [[arena]] 'nope'");
    assertThat(configuration().peers().getFirst()).isEqualTo(nas);
  }

  @Test
  void arenaSetAndRemove_changeTheirTable_andWhatIsSharedWithPeers() throws Exception {
    init();
    Path root = Files.createDirectory(home.resolve("photos"));
    shell.run("arena", "add", "photos");
    shell.run("arena", "add", "docs");
    shell.input(newKeyPem()).run("peer", "add", "nas", "--pubkey", "-", "--write", "photos");
    shell.run("peer", "set", "nas", "--arena", "photos");

    assertThat(
            shell
                .run(
                    "arena",
                    "set",
                    "photos",
                    "--root=" + root,
                    "--max=1GiB",
                    "--min-copies=2",
                    "--ignore=*.tmp",
                    "--ignore=a \"b\"")
                .err())
        .isEmpty();
    ArenaSettings photos = configuration().arenas().getFirst();
    assertThat(photos.root()).contains(root);
    assertThat(photos.mark()).isEqualTo(Mark.OWN);
    assertThat(photos.cache().max()).isPresent();
    assertThat(photos.minCopies()).isEqualTo(2);
    assertThat(photos.ignore()).containsExactly("*.tmp", "a \"b\"");
    assertThat(shell.run("arena", "set", "photos", "--root=", "--max=", "--ignore=").err())
        .isEmpty();
    photos = configuration().arenas().getFirst();
    assertThat(photos.root()).isEmpty();
    assertThat(photos.cache()).isEqualTo(configuration().arenas().getLast().cache());
    assertThat(photos.ignore()).isEmpty();

    assertThat(shell.run("arena", "remove", "photos").err()).isEmpty();
    assertThat(configuration().arenas())
        .extracting(ArenaSettings::name)
        .containsExactly(new ArenaName("docs"));
    PeerSettings nas = configuration().peers().getFirst();
    assertThat(nas.maySee(new ArenaName("docs"))).as("nothing, not all").isFalse();
    assertThat(nas.write()).isEmpty();
  }

  /** Arguments, then the exit code and what the one line of the error contains. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ''                                        | 2  | realize: a command is missing: init, join, peer, arena, cache, mark, conflict, sync,
          peer                                      | 2  | a command is missing: list, join, add, connect, disconnect, invite, members, remove, revoke, set;
          per                                       | 2  | no command 'per'; did you mean 'peer'?; see realize --help
          help statsu                               | 2  | no command 'statsu'; did you mean 'status'?; see realize help --help
          arena lst                                 | 2  | no command 'lst'; did you mean 'list'?; see realize arena --help
          init                                      | 2  | Missing required option: '--name=NAME'
          init --name a b                           | 2  | unexpected word 'b'
          init --name ä                             | 2  | peer name 'ä': use letters
          init --name a --listen x                  | 2  | 'x' is no HOST:PORT
          init --name a --nope                      | 2  | Unknown option: '--nope'
          peer set x                                | 2  | name at least one setting to change; see realize peer set --help
          peer set x --role both                    | 1  | set peer x: no such peer in
          arena set x --mark own                    | 1  | set arena x: no such arena in
          arena remove x                            | 1  | remove arena x: no such arena in
          peer add x                                | 2  | Missing required option: '--pubkey=FILE'
          arena add /x                              | 2  | see realize arena add --help
          arena add x --mark hold                   | 2  | use watch, keep or own
          peer add x --pubkey /nonexistent          | 1  | add peer x: public key /nonexistent: no such file
          peer add x --pubkey -                     | 1  | add peer x: -: read public key: no PUBLIC KEY block
          peer remove x                             | 1  | remove peer x: no such peer in
          arena add x --root /nonexistent           | 1  | add arena x: root /nonexistent is no directory
          arena forget x/y                          | 1  | forget 'x/y': no arena is there
          status                                    | 10 | no daemon is running
          stop                                      | 10 | no daemon is running
          peer connect x                            | 10 | no daemon is running
          reload                                    | 10 | no daemon is running
          peer disconnect x                         | 10 | no daemon is running
          arena confirm x                           | 10 | no daemon is running
          arena reject x                            | 10 | no daemon is running
          """)
  void run_wrongUse_isOneLineAndItsExitCode(String arguments, int exitCode, String message) {
    init();

    Shell.Result result = shell.run(arguments.isEmpty() ? new String[0] : arguments.split(" "));

    assertThat(result.err()).contains(message.replace("realize: ", "")).containsOnlyOnce("\n");
    assertThat(result.out()).isEmpty();
    assertThat(result.exitCode()).isEqualTo(exitCode);
  }

  @ParameterizedTest
  @CsvSource({"status", "stop", "peer list", "arena list", "peer remove x", "doctor"})
  void run_noConfiguration_saysHowToMakeOne(String arguments) {
    Shell.Result result = shell.run(arguments.split(" "));

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.out() + result.err())
        .contains("no such file; 'realize init' makes one")
        .containsOnlyOnce("\n");
  }

  @Test
  void help_everyCommand_explainsItself() {
    for (String command :
        new String[] {
          "",
          "init",
          "peer",
          "peer add",
          "peer list",
          "peer remove",
          "peer set",
          "peer connect",
          "peer disconnect",
          "arena",
          "arena add",
          "arena list",
          "arena set",
          "arena remove",
          "reload",
          "arena confirm",
          "arena adopt",
          "arena reject",
          "arena forget",
          "status",
          "stop",
          "doctor"
        }) {
      Shell.Result result = shell.run((command + " --help").strip().split(" "));

      assertThat(result.exitCode()).isZero();
      assertThat(result.out()).startsWith("Usage: realize " + command);
    }
  }

  @Test
  void doctor_soundNode_isOk() throws Exception {
    init();
    Path root = Files.createDirectory(home.resolve("photos"));
    shell.run("arena", "add", "photos", "--root=" + root);

    Shell.Result result = shell.run("doctor");

    assertThat(result.out())
        .contains("ok    configuration:", "ok    key: SHA256:", "ok    arena photos: root")
        .contains("warn  peers: none is configured")
        .doesNotContain("wrong");
    assertThat(result.exitCode()).isZero();
  }

  @Test
  void doctor_portThatIsTaken_isWrong_andNamesTheSetting() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      shell.run("init", "--name=attic", "--listen=127.0.0.1:" + taken.getLocalPort());

      Shell.Result result = shell.run("doctor");

      assertThat(result.exitCode()).isEqualTo(1);
      assertThat(result.out())
          .contains(
              "wrong listen: 127.0.0.1:" + taken.getLocalPort() + ": Address already in use",
              "to mend it: ss -ltnp 'sport = :" + taken.getLocalPort() + "'");
    }
  }

  @Test
  void doctor_directoryThatOthersMayWrite_isWrong_withTheCommandThatMendsIt() throws Exception {
    init();
    Files.setPosixFilePermissions(node, PosixFilePermissions.fromString("rwxrwxrwx"));

    Shell.Result result = shell.run("doctor");

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.out())
        .contains(
            "wrong key: other users may write " + node + " (rwxrwxrwx); to mend it: chmod go-w ");
  }

  @Test
  void doctor_mountPointWithFiles_isWrong_asTheDaemonRefusesIt() throws Exception {
    Path mount = Files.createDirectory(home.resolve("household"));
    shell.run("init", "--name=attic", "--mount=" + mount);
    assertThat(shell.run("doctor").out()).contains("ok    mount: " + mount + " is free");

    Files.createFile(mount.resolve("of another program"));

    assertThat(shell.run("doctor").out())
        .contains("wrong mount: " + mount + " is not empty, and nothing is mounted over files");
  }

  @Test
  void doctor_lostRootAndOpenKey_areWrong() throws Exception {
    init();
    Path root = Files.createDirectory(home.resolve("photos"));
    shell.run("arena", "add", "photos", "--root=" + root);
    Files.delete(root);
    Files.setPosixFilePermissions(
        node.resolve("node.key"), PosixFilePermissions.fromString("rw-rw----"));

    Shell.Result result = shell.run("doctor");

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.out())
        .contains("wrong key: ", "wrong arena photos: root " + root + " is no directory");
  }
}
