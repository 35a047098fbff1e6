package org.realize.nima.daemon;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.realize.nima.config.ArenaSettings;
import org.realize.nima.config.Configuration;
import org.realize.nima.config.ConfigurationFile;
import org.realize.nima.config.HostPort;
import org.realize.nima.config.NamedTable;
import org.realize.nima.config.PeerAccess;
import org.realize.nima.config.PeerSettings;
import org.realize.nima.membership.MemberClaim.Admission;
import org.realize.nima.membership.MemberList;
import org.realize.nima.membership.MemberList.Member;
import org.realize.nima.tls.PeerKey;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The {@code [[peer]]} tables of members, which follow the member list. A member that was admitted
 * by another machine gets no more access here than its admitter has, and so on up to the founder or
 * to this node: by the admitter's table, or what was kept of it when the admitter was revoked; none
 * where a user has removed that table by hand. Used under the lock of {@link Admissions}.
 */
final class MemberPeers {

  private static final Logger LOG = LoggerFactory.getLogger(MemberPeers.class);
  private static final int MAX_NAME_CHARS = 64;

  private final ConfigurationFile file;
  private final KnownMembers members;
  private final PeerName node;
  private final PeerKey own;

  /** {@code node} and {@code own} are this node's name and key. */
  MemberPeers(ConfigurationFile file, KnownMembers members, PeerName node, PeerKey own) {
    this.file = file;
    this.members = members;
    this.node = node;
    this.own = own;
  }

  /**
   * Has the tables follow the list: those of revoked machines go first, and what they had access to
   * is kept before that.
   */
  void follow() throws RealizeException {
    Configuration before = file.read();
    Map<Member, PeerAccess> added = new LinkedHashMap<>();
    for (Member each : members.added()) {
      if (peer(before, each.key()).isEmpty()) {
        added.put(each, access(each.key(), before, new HashSet<>()));
      }
    }
    Set<PeerKey> refused = members.refused();
    for (PeerKey each : refused) {
      if (members.isConfigured(each) || peer(before, each).isPresent()) {
        members.keepAccess(each, access(each, before, new HashSet<>()));
      }
    }
    for (PeerSettings each : before.peers()) {
      if (refused.contains(each.key())) {
        file.remove(NamedTable.of(each.name()));
        LOG.warn(
            "{} was revoked, key {}; 'realize peer invite' lets it join again",
            each.name(),
            each.key().fingerprint());
      }
    }
    for (Map.Entry<Member, PeerAccess> each : added.entrySet()) {
      add(each.getKey(), each.getValue());
    }
    members.setConfigured();
  }

  private static Optional<PeerSettings> peer(Configuration in, PeerKey key) {
    return in.peers().stream().filter(peer -> peer.key().equals(key)).findFirst();
  }

  /** {@code seen} are the keys on the way here, each of which counts once. */
  private PeerAccess access(PeerKey key, Configuration now, Set<PeerKey> seen)
      throws RealizeException {
    Optional<PeerSettings> peer = peer(now, key);
    if (peer.isPresent()) {
      return peer.get().access();
    }
    Optional<PeerAccess> kept = members.keptAccess(key);
    if (members.isConfigured(key)) {
      return kept.orElse(PeerAccess.NONE);
    }
    PeerAccess access = kept.orElse(PeerAccess.WHOLE);
    Optional<MemberList> list = members.list();
    if (list.isPresent() && seen.add(key) && !key.equals(own)) {
      for (PeerKey each : list.get().admitters(key)) {
        access = access.and(access(each, now, seen));
      }
    }
    return access;
  }

  private void add(Member member, PeerAccess access) throws RealizeException {
    Configuration now = file.read();
    Optional<Admission> admission = member.admission();
    String wished = admission.map(Admission::name).orElse("founder");
    List<PeerName> taken = new ArrayList<>(now.peers().stream().map(PeerSettings::name).toList());
    taken.add(node);
    PeerName name = new PeerName(wished);
    for (int i = 2; taken.contains(name); i++) {
      String end = "-" + i;
      int most = Math.min(wished.length(), MAX_NAME_CHARS - end.length());
      name = new PeerName(wished.substring(0, most) + end);
    }
    List<HostPort> addresses =
        admission.map(Admission::addresses).orElse(List.of()).stream()
            .map(HostPort::parse)
            .toList();
    PeerAccess within = access.within(now.arenas().stream().map(ArenaSettings::name).toList());
    file.addPeer(name, member.key(), addresses, within);
    LOG.info(
        "{} is a member of the household, key {}{}",
        name,
        member.key().fingerprint(),
        within.equals(PeerAccess.WHOLE) ? "" : "; with no more access here than its inviter");
  }
}
