package org.realize.nima.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.realize.nima.config.HostPort;
import org.realize.nima.config.PeerSettings;
import org.realize.nima.config.Rate;
import org.realize.nima.config.Rates;
import org.realize.nima.control.ControlClient;
import org.realize.nima.control.MemberStatus;
import org.realize.nima.control.PeerStatus;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code realize peer list}: the configured peers, with their connection while a daemon runs. */
@Command(name = "list", description = "Lists the peers, and their connection while a daemon runs.")
final class PeerListCommand extends NodeCommand implements Callable<ExitCode> {

  /**
   * A peer as it is listed; {@code state} and {@code member} are null when no daemon runs, {@code
   * limits} also when nothing is limited now. {@code heardAddresses} are those that it has said
   * itself and that are not in the configuration; empty when no daemon runs.
   */
  record PeerRow(
      PeerName name,
      String key,
      List<String> addresses,
      List<String> heardAddresses,
      @Nullable String state,
      @Nullable Boolean member,
      @Nullable Rates limits) {}

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Override
  public ExitCode call() throws RealizeException {
    Optional<ControlClient> daemon = daemonIfRunning();
    List<PeerStatus> live = daemon.isPresent() ? daemon.get().status().peers() : List.of();
    List<MemberStatus> members = daemon.isPresent() ? daemon.get().members() : List.of();
    Set<String> memberKeys =
        members.stream()
            .filter(MemberStatus::member)
            .map(MemberStatus::key)
            .collect(Collectors.toSet());
    List<PeerRow> rows =
        configuration().peers().stream()
            .map(peer -> row(peer, daemon.isPresent(), live, memberKeys))
            .toList();
    if (json) {
      printJson(rows);
      return ExitCode.OK;
    }
    Table table = new Table("NAME", "STATE", "MEMBER", "ADDRESSES", "KEY", "LIMITS");
    for (PeerRow row : rows) {
      table.row(
          row.name().value(),
          row.state() == null ? "-" : row.state(),
          row.member() == null ? "-" : row.member() ? "yes" : "no",
          addresses(row),
          row.key(),
          row.limits() == null ? "-" : text(row.limits()));
    }
    table.print(out());
    return ExitCode.OK;
  }

  private static String addresses(PeerRow row) {
    List<String> all = new ArrayList<>(row.addresses());
    row.heardAddresses().forEach(each -> all.add(each + " (heard)"));
    return all.isEmpty() ? "-" : String.join(",", all);
  }

  private static PeerRow row(
      PeerSettings peer, boolean running, List<PeerStatus> live, Set<String> memberKeys) {
    Optional<PeerStatus> status =
        live.stream().filter(candidate -> candidate.name().equals(peer.name())).findFirst();
    String state =
        !running
            ? null
            : status.isEmpty() ? "not loaded" : status.get().connected() ? "connected" : "away";
    List<String> configured = peer.addresses().stream().map(HostPort::toString).toList();
    List<String> heard =
        status.map(PeerStatus::heardAddresses).orElse(List.of()).stream()
            .filter(each -> !configured.contains(each))
            .toList();
    return new PeerRow(
        peer.name(),
        peer.key().fingerprint(),
        configured,
        heard,
        state,
        running ? memberKeys.contains(peer.key().fingerprint()) : null,
        status.map(PeerStatus::limits).orElse(null));
  }

  private static String text(Rates limits) {
    return "up %s, down %s".formatted(text(limits.up()), text(limits.down()));
  }

  private static String text(Rate rate) {
    return rate.isUnlimited() ? "free" : rate + "/s";
  }
}
