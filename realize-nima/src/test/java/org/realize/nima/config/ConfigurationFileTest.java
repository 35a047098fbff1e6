package org.realize.nima.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.realize.nima.config.ConfigurationFile.KeyChange;
import org.realize.nima.tls.NodeKey;
import org.realize.nima.tls.PeerKey;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.Mark;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;

class ConfigurationFileTest {

  private static final PeerName LAPTOP = new PeerName("laptop");
  private static final PeerName PHONE = new PeerName("phone");
  private static final HostPort ADDRESS = new HostPort("::1", 9771);

  @TempDir private Path directory;
  private ConfigurationFile file;

  @BeforeEach
  void open() {
    file = ConfigurationFile.in(directory);
  }

  private static PeerKey newKey() {
    return NodeKey.generate(new SecureRandom()).publicKey();
  }

  private void write(String text) throws Exception {
    Files.writeString(file.path(), text);
  }

  private String text() throws Exception {
    return Files.readString(file.path());
  }

  @Test
  void create_newNode_isReadBackAndPrivate() throws Exception {
    file.create(new PeerName("attic"), List.of(ADDRESS), Optional.of(Path.of("/m \"x\" \\ é")));

    NodeSettings node = file.read().node();
    assertThat(node.name()).isEqualTo(new PeerName("attic"));
    assertThat(node.listen()).containsExactly(ADDRESS);
    assertThat(node.mount().orElseThrow().path()).isEqualTo(Path.of("/m \"x\" \\ é"));
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file.path())))
        .isEqualTo("rw-------");
    assertThat(directory).isDirectoryNotContaining("glob:**.tmp");
  }

  @Test
  void create_existingFile_isDenied() throws Exception {
    write("mine");

    assertThatThrownBy(() -> file.create(LAPTOP, List.of(), Optional.empty()))
        .isInstanceOf(RealizeException.Denied.class);
    assertThat(text()).isEqualTo("mine");
  }

  @Test
  void read_noFile_isNotFound() {
    assertThatThrownBy(file::read)
        .isInstanceOf(RealizeException.NotFound.class)
        .hasMessageContaining("realize init");
  }

  @Test
  void read_notUtf8_isInvalid() throws Exception {
    Files.write(file.path(), new byte[] {'[', (byte) 0xff});

    assertThatThrownBy(file::read)
        .isInstanceOf(RealizeException.Invalid.class)
        .hasMessageContaining("not UTF-8");
  }

  @Test
  void addAndRemovePeer_commentedText_restoresItByteForByte() throws Exception {
    String original = "# mine\n[node]\nname = \"a\"   # the attic\n\n# end of the node\n";
    write(original);
    PeerKey key = newKey();

    file.addPeer(LAPTOP, key, List.of(ADDRESS), List.of());

    assertThat(text()).startsWith(original + "\n[[peer]]\n");
    PeerSettings laptop = file.read().peers().getFirst();
    assertThat(laptop.name()).isEqualTo(LAPTOP);
    assertThat(laptop.key()).isEqualTo(key);
    assertThat(laptop.addresses()).containsExactly(ADDRESS);

    file.remove(NamedTable.of(LAPTOP));

    assertThat(text()).isEqualTo(original);
  }

  @Test
  void addPeer_noFinalNewline_startsOnItsOwnLine() throws Exception {
    write("[node]\nname = \"a\"");

    file.addPeer(LAPTOP, newKey(), List.of(), List.of());

    assertThat(file.read().peers()).extracting(PeerSettings::name).containsExactly(LAPTOP);
  }

  @Test
  void removePeer_betweenOthers_cutsOnlyItsTables() throws Exception {
    String laptop = PublicKeyText.format(newKey());
    String phone = PublicKeyText.format(newKey());
    write(
        """
        [node]
        name = "a"

        # far above

        # the laptop
        [[peer]]
        name = "laptop"
        pubkey = "%s"


        # the phone,
        # an old one
        [[peer]]
        name = "phone"
        pubkey = "%s"

        # all of them
        [[arena]]
        name = "x"
        """
            .formatted(laptop, phone));

    file.remove(NamedTable.of(LAPTOP));

    assertThat(text())
        .isEqualTo(
            """
            [node]
            name = "a"

            # far above

            # the phone,
            # an old one
            [[peer]]
            name = "phone"
            pubkey = "%s"

            # all of them
            [[arena]]
            name = "x"
            """
                .formatted(phone));
    file.remove(NamedTable.of(PHONE));
    assertThat(file.read().peers()).isEmpty();
    assertThat(text()).contains("# far above\n\n# all of them\n[[arena]]");
  }

  /**
   * What looks like a header within a string or a list is none; the peer's own tables go with it.
   */
  @Test
  void removePeer_tablesBelowItAndStringsLikeHeaders_cutsWhatIsItsOwn() throws Exception {
    String before =
        """
        # ] [ =
        [node.mount] # first
        path = "/m"

        [[arena]]
        name = "x"
        ignore = [ # in a list
          "]", '[', # more
          \"\"\"
        [[peer]]
        name = "not a key"
        quote \\\"\"\" here \"\"\"\",
        ]
        """;
    String peer =
        """

          [[peer]] # indented
          name = "laptop"
          pubkey = '''
        %s'''
          [peer.limit]
          up = "1M"
          [[peer.limit.timetable]]
          [[peer.limit.timetable]]
          days = "mon"
        """
            .formatted(newKey().pem());
    String after = "\n# here\n[node] # last\nname = \"a\"\n";
    write(before + peer + after);

    file.remove(NamedTable.of(LAPTOP));

    assertThat(text()).isEqualTo(before + after);
  }

  @Test
  void removePeer_fileOfAnotherSystemsEditor_keepsItsEndsOfLines() throws Exception {
    String before = "[node]\r\nname = \"a\"\r\n";
    String key = PublicKeyText.format(newKey());
    write(before + "\r\n[[peer]]\r\nname = \"laptop\"\r\npubkey = \"" + key + "\"\r\n");
    file.remove(NamedTable.of(LAPTOP));
    assertThat(text()).isEqualTo(before);
  }

  @Test
  void removePeer_unknown_isNotFound() throws Exception {
    write("[node]\nname = \"a\"\n");

    assertThatThrownBy(() -> file.remove(NamedTable.of(LAPTOP)))
        .isInstanceOf(RealizeException.NotFound.class)
        .hasMessageStartingWith("remove peer laptop: no such peer");
  }

  /** The file that is complained of is the one that people can open. */
  @Test
  void add_wrongTable_saysWhatIsWrong_atNoLineThatIsNotThere() throws Exception {
    write("[node]\nname = 'a'\n");
    file.addPeer(LAPTOP, newKey(), List.of(), List.of());

    assertThatThrownBy(() -> file.addPeer(LAPTOP, newKey(), List.of(), List.of()))
        .hasMessage("add peer laptop: it is there already; 'realize peer set' changes it");
    assertThatThrownBy(
            () -> file.addArena(new ArenaName(".realize"), Optional.empty(), Optional.empty()))
        .hasMessageStartingWith("add arena .realize: [[arena]] name: '.realize' is reserved");
    write("[node]\nname = 3\n");
    assertThatThrownBy(
            () -> file.addArena(new ArenaName("docs"), Optional.empty(), Optional.empty()))
        .hasMessageContaining("realize.toml:2: [node] name");
  }

  @Test
  void removePeer_inlineTable_isRefused() throws Exception {
    String key = PublicKeyText.format(newKey());
    write("peer = [{name='laptop', pubkey='" + key + "'}]\n[node]\nname = 'a'\n");

    assertThatThrownBy(() -> file.remove(NamedTable.of(LAPTOP)))
        .isInstanceOf(RealizeException.Invalid.class)
        .hasMessageContaining("edit the file by hand");
  }

  @Test
  void removePeer_partOfItApart_cutsBothParts() throws Exception {
    String head = "[[peer]]\nname='laptop'\npubkey='" + PublicKeyText.format(newKey()) + "'\n";
    write(head + "\n[node]\nname = 'a'\n\n[peer.limit]\nup = '1M'\n");

    file.remove(NamedTable.of(LAPTOP));

    assertThat(text()).isEqualTo("[node]\nname = 'a'\n");
  }

  @Test
  void setArena_anyWayItIsWritten_changesThatValueOnly() throws Exception {
    String[] lines = {
      "# mine",
      "[node]",
      "name = \"a\"",
      "",
      "[[arena]]   # first",
      "name = \"docs\"",
      "ignore = [",
      "  \"a\",  # one",
      "  \"]\",",
      "]",
      "mark = \"keep\"  # whole",
      "",
      "# caches",
      "[arena.cache]",
      "max = \"1 GiB\"",
      "",
      "[[arena]]",
      "name = \"films\"",
      "cache = { max = \"2 GiB\", leave = \"10%\" }",
    };
    write(String.join("\n", lines) + "\n");
    ArenaName docs = new ArenaName("docs");
    ArenaName films = new ArenaName("films");

    file.set(NamedTable.of(docs), List.of(KeyChange.ofText("cache.leave", "1%")));
    assertThat(text()).contains("[arena.cache]\nleave = \"1%\"\nmax = \"1 GiB\"\n");
    file.set(NamedTable.of(docs), List.of(KeyChange.ofText("cache.leave", "")));
    file.set(NamedTable.of(docs), List.of(KeyChange.ofText("mark", "own")));
    assertThat(text()).isEqualTo(String.join("\n", lines).replace("keep", "own") + "\n");
    file.set(NamedTable.of(docs), List.of(KeyChange.ofTexts("ignore", List.of("x"))));
    assertThat(text()).contains("name = \"docs\"\nignore = [\"x\"]\nmark = \"own\"  # whole\n");
    file.set(NamedTable.of(docs), List.of(KeyChange.ofTexts("ignore", List.of())));
    assertThat(text()).contains("name = \"docs\"\nmark = \"own\"");
    file.set(NamedTable.of(films), List.of(KeyChange.ofText("cache.max", "3 GiB")));
    assertThat(text()).endsWith("cache = { leave = \"10%\", max = \"3 GiB\" }\n");
    file.set(NamedTable.of(films), List.of(KeyChange.ofNumber("min_copies", 2)));
    assertThat(text()).contains("name = \"films\"\nmin_copies = 2\ncache");

    String before = text();
    assertThatThrownBy(
            () -> file.set(NamedTable.of(films), List.of(KeyChange.ofText("mark", "hold"))))
        .isInstanceOf(RealizeException.Invalid.class)
        .hasStackTraceContaining("use watch, keep or own");
    assertThat(text()).isEqualTo(before);
  }

  @Test
  void addArena_overlappingName_leavesTheFile() throws Exception {
    write("[node]\nname = \"a\"\n");
    file.addArena(new ArenaName("photos"), Optional.of(Path.of("/p")), Optional.of(Mark.KEEP));
    String before = text();

    assertThatThrownBy(
            () -> file.addArena(new ArenaName("photos/x"), Optional.empty(), Optional.empty()))
        .isInstanceOf(RealizeException.Invalid.class)
        .extracting(e -> ((RealizeException) e).oneLine())
        .asString()
        .contains("add arena photos/x", "arenas 'photos' and 'photos/x'");
    assertThat(text()).isEqualTo(before);
    assertThat(file.read().arenas()).extracting(ArenaSettings::mark).containsExactly(Mark.KEEP);
  }

  @Test
  void addPeer_brokenFile_isRefusedUntouched() throws Exception {
    write("[node]\nnmae = \"a\"\n");

    assertThatThrownBy(() -> file.addPeer(LAPTOP, newKey(), List.of(), List.of()))
        .isInstanceOf(RealizeException.Invalid.class);
    assertThat(text()).isEqualTo("[node]\nnmae = \"a\"\n");
  }

  @Test
  void addPeer_symbolicLink_replacesItsTarget() throws Exception {
    Path real = Files.writeString(directory.resolve("real.toml"), "[node]\nname = \"a\"\n");
    Files.createSymbolicLink(file.path(), real);

    file.addPeer(LAPTOP, newKey(), List.of(), List.of());

    assertThat(file.path()).isSymbolicLink();
    assertThat(real).content().contains("[[peer]]");
  }

  @Test
  void addPeer_fileThatWouldBeTooLargeToRead_isInvalidAndStays() throws Exception {
    String text = "[node]\nname = \"nas\"\n# " + "x".repeat((1 << 20) - 100) + "\n";
    Files.writeString(file.path(), text);

    assertThatThrownBy(() -> file.addPeer(LAPTOP, newKey(), List.of(), List.of()))
        .isInstanceOf(RealizeException.Invalid.class)
        .hasMessageContaining("would be larger than 1 MiB");
    assertThat(file.path()).hasContent(text);
  }
}
