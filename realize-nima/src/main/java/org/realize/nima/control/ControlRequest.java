package org.realize.nima.control;

import java.util.List;
import java.util.Locale;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RelativePath;

/**
 * A request of a command to the daemon: a POST of its JSON to the path of its type. Those that say
 * no more than a path or a name are here, by the method of {@link Household} that answers them.
 */
interface ControlRequest {

  /** Where requests of {@code type} are posted: {@code /v1/release-pins}. */
  static String path(Class<? extends ControlRequest> type) {
    String words = type.getSimpleName().replaceAll("\\B([A-Z])", "-$1");
    return "/v1/" + words.toLowerCase(Locale.ROOT);
  }

  /** {@link Household#status}. */
  record ReadStatus() implements ControlRequest {}

  /** {@link Household#caches}. */
  record ReadCaches() implements ControlRequest {}

  /** {@link Household#inspect}. */
  record InspectCaches() implements ControlRequest {}

  /** {@link Household#dashboardLink}. */
  record MakeLink() implements ControlRequest {}

  /** {@link Household#pins}. */
  record ReadPins() implements ControlRequest {}

  /** {@link Household#fetches}. */
  record ReadFetches() implements ControlRequest {}

  /** {@link Household#stop}. */
  record Stop() implements ControlRequest {}

  /** {@link Household#connect}. */
  record Connect(PeerName peer) implements ControlRequest {}

  /** {@link Household#invite}. */
  record InviteMachine(List<String> addresses) implements ControlRequest {
    public InviteMachine {
      addresses = List.copyOf(addresses);
    }
  }

  /** {@link Household#members}. */
  record ReadMembers() implements ControlRequest {}

  /** {@link Household#revoke}. */
  record Revoke(PeerName peer) implements ControlRequest {}

  /** {@link Household#limits}. */
  record ReadLimits() implements ControlRequest {}

  /** {@link Household#removePeer}. */
  record RemovePeer(PeerName peer) implements ControlRequest {}

  /** {@link Household#disconnect}. */
  record Disconnect(PeerName peer) implements ControlRequest {}

  /** {@link Household#reload}. */
  record Reload() implements ControlRequest {}

  /** {@link Household#confirm}. */
  record Confirm(ArenaName arena, RelativePath place) implements ControlRequest {}

  /** {@link Household#adopt}. */
  record AdoptArena(ArenaName arena) implements ControlRequest {}

  /** {@link Household#reject}. */
  record Reject(ArenaName arena) implements ControlRequest {}

  /** {@link Household#forget}. */
  record Forget(ArenaName arena, RelativePath path) implements ControlRequest {}

  /** {@link Household#releasePins}. */
  record ReleasePins(ArenaName arena, RelativePath path) implements ControlRequest {}

  /** {@link Household#watchJobs}. */
  record WatchJobs(List<ArenaPath> paths) implements ControlRequest {
    public WatchJobs {
      paths = List.copyOf(paths);
    }
  }

  /** {@link Household#sync}. */
  record Sync(List<ArenaName> arenas) implements ControlRequest {
    public Sync {
      arenas = List.copyOf(arenas);
    }
  }
}
