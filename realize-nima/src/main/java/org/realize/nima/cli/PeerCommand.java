package org.realize.nima.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.realize.nima.config.ConfigurationFile.KeyChange;
import org.realize.nima.config.HostPort;
import org.realize.nima.config.NamedTable;
import org.realize.nima.control.Invite;
import org.realize.nima.control.MemberStatus;
import org.realize.nima.tls.PeerKey;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/**
 * The commands {@code realize peer …}. {@code add}, {@code set} and {@code remove} change the
 * configuration, and have the daemon read it again if one runs; {@code reload}, {@code connect} and
 * {@code disconnect} need a running daemon.
 */
@Command(
    name = "peer",
    description = "The machines that this node trusts.",
    subcommands = {PeerListCommand.class, JoinCommand.class})
final class PeerCommand extends NodeCommand {

  private static final int MAX_PEM_BYTES = 64 * 1024;

  @Command(description = "Trusts a peer by its public key. A running daemon learns of it at once.")
  void add(
      @Parameters(paramLabel = "NAME", description = "What this node shall call the peer.")
          PeerName name,
      @Option(
              names = "--pubkey",
              required = true,
              paramLabel = "FILE",
              description =
                  "The peer's public key as PEM, as its init printed it; - reads standard input.")
          String publicKey,
      @Option(
              names = "--address",
              paramLabel = "HOST[:PORT]",
              description =
                  "Where the peer listens, by default at port 9771; repeatable. Without it only the"
                      + " peer can dial.")
          @Nullable List<String> addresses,
      @Option(
              names = "--write",
              paramLabel = "ARENA",
              description =
                  "An arena whose files the peer may move to this node and away from it;"
                      + " repeatable.")
          @Nullable List<ArenaName> write)
      throws RealizeException {
    String action = "add peer " + name;
    PeerKey key;
    try {
      key = PeerKey.ofPem(pem(action, publicKey));
    } catch (RealizeException.Invalid e) {
      throw new RealizeException.Invalid(action + ": " + publicKey, e);
    }
    configurationFile()
        .addPeer(
            name,
            key,
            addresses == null ? List.of() : addresses(addresses),
            write == null ? List.of() : write);
    applyIfRunning();
  }

  private List<HostPort> addresses(List<String> texts) {
    try {
      return texts.stream().map(HostPort::ofPeer).toList();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec().commandLine(), String.valueOf(e.getMessage()));
    }
  }

  private String pem(String action, String source) throws RealizeException {
    try (InputStream input =
        source.equals("-")
            ? realize().surroundings().input()
            : Files.newInputStream(Path.of(source))) {
      return new String(input.readNBytes(MAX_PEM_BYTES), StandardCharsets.UTF_8);
    } catch (NoSuchFileException e) {
      throw new RealizeException.NotFound(action + ": public key " + source + ": no such file");
    } catch (IOException e) {
      throw new RealizeException.StorageFailed(action + ": read public key " + source, e);
    }
  }

  @Command(
      description = {
        "Prints a code with which one machine can join through this node within 15 minutes, by"
            + " 'realize join CODE'. Whoever has the code can do so: hand it over as you would a"
            + " key.",
        "A new start of the daemon withdraws it."
      })
  void invite(
      @Option(
              names = "--address",
              paramLabel = "HOST[:PORT]",
              description =
                  "Where the other machine reaches this one, beside the addresses that the daemon"
                      + " knows; repeatable.")
          @Nullable List<String> addresses,
      @Option(names = "--json", description = "Print JSON.") boolean json)
      throws RealizeException, NotRunning {
    List<HostPort> named = addresses == null ? List.of() : addresses(addresses);
    Invite invite = daemon().invite(named.stream().map(HostPort::toString).toList());
    if (json) {
      printJson(invite);
      return;
    }
    out().println("On the other machine, by " + StatusReport.time(invite.expires()) + ":");
    out().println("");
    out().println("    realize join " + invite.code());
    if (realize().surroundings().terminal().getAsBoolean()) {
      out().println("");
      QrCode.lines(invite.modules()).forEach(out()::println);
    }
    out().flush();
  }

  @Command(
      description = {
        "Revokes a member of the household: every machine of it ends its connection to that one and"
            + " trusts it no more, once it hears of this.",
        "Of two machines that revoke each other the one that joined first stays."
      })
  void revoke(@Parameters(paramLabel = "NAME", description = "The member.") PeerName name)
      throws RealizeException, NotRunning {
    daemon().revoke(name);
  }

  @Command(
      description =
          "Lists the members of the household, who invited each, and who has revoked or tried to"
              + " revoke one.")
  void members(@Option(names = "--json", description = "Print JSON.") boolean json)
      throws RealizeException, NotRunning {
    List<MemberStatus> members = daemon().members();
    if (json) {
      printJson(members);
      return;
    }
    Table table = new Table("NAME", "MEMBER", "INVITED BY", "REVOKED BY", "KEY");
    for (MemberStatus each : members) {
      table.row(
          each.name(),
          each.member() ? "yes" : "no",
          each.invitedBy() == null ? "-" : each.invitedBy(),
          each.revokedBy().isEmpty() ? "-" : String.join(", ", each.revokedBy()),
          each.key());
    }
    table.print(out());
  }

  @Command(description = "Trusts a peer no more. A running daemon ends its connection at once.")
  void remove(@Parameters(paramLabel = "NAME", description = "The peer.") PeerName name)
      throws RealizeException {
    remove(NamedTable.of(name));
  }

  @Command(
      description =
          "Changes what the configuration says of a peer, in a running daemon at once. What is not"
              + " named stays; an empty value ('') takes a setting out.")
  void set(
      @Parameters(paramLabel = "NAME", description = "The peer.") PeerName name,
      @Option(
              names = "--address",
              paramLabel = "HOST[:PORT]",
              description = "Where the peer listens; repeatable; takes the place of all before.")
          @Nullable List<String> addresses,
      @Option(
              names = "--arena",
              paramLabel = "ARENA",
              description = "The only arenas that are shared with it; repeatable.")
          @Nullable List<String> arenas,
      @Option(
              names = "--write",
              paramLabel = "ARENA",
              description = "The arenas whose files it may move here and away; repeatable.")
          @Nullable List<String> write,
      @Option(
              names = "--role",
              paramLabel = "both|send|receive",
              description = "send: nothing is sent to it; receive: its reports are refused.")
          @Nullable String role,
      @Option(
              names = "--up",
              paramLabel = "RATE",
              description = "The limit of what is sent to it in the background, such as 2M.")
          @Nullable String up,
      @Option(
              names = "--down",
              paramLabel = "RATE",
              description = "The limit of what it may send in the background.")
          @Nullable String down)
      throws RealizeException {
    List<KeyChange> changes = new ArrayList<>();
    addTexts(changes, "addresses", addresses);
    addTexts(changes, "arenas", arenas);
    addTexts(changes, "write", write);
    addText(changes, "role", role);
    addText(changes, "limit.up", up);
    addText(changes, "limit.down", down);
    set(NamedTable.of(name), changes);
  }

  @Command(description = "Dials a peer now, and again whenever the connection ends.")
  void connect(@Parameters(paramLabel = "NAME", description = "The peer.") PeerName name)
      throws RealizeException, NotRunning {
    daemon().connect(name);
  }

  @Command(description = "Ends the connection to a peer until connect, or the daemon's next start.")
  void disconnect(@Parameters(paramLabel = "NAME", description = "The peer.") PeerName name)
      throws RealizeException, NotRunning {
    daemon().disconnect(name);
  }
}
