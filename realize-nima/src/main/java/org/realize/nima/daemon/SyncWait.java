package org.realize.nima.daemon;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.realize.nima.config.PeerSettings;
import org.realize.nima.control.ArenaPhase;
import org.realize.nima.control.ArenaPhase.PhaseKind;
import org.realize.nima.control.Household.Events;
import org.realize.nima.control.SyncEvent;
import org.realize.nima.control.SyncEvent.ArenaProgress;
import org.realize.nima.rpc.LinkStatus;
import org.realize.nima.rpc.PeerConnections;
import org.realize.nima.rpc.PeerState;
import org.realize.sync.engine.SyncWork.SyncFigures;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.InDoubt;
import org.realize.sync.model.RealizeException.NotFound;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.FeedPage;
import org.realize.sync.port.Finding;
import org.realize.sync.port.PeerLink;
import org.realize.sync.port.TimeSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The wait of one command until some arenas are in sync. Used once, by one thread. */
final class SyncWait {

  private static final Logger LOG = LoggerFactory.getLogger(SyncWait.class);
  private static final Duration BEAT = Duration.ofMillis(500);
  private static final int MAX_FINDINGS = 100_000;

  /** Causes that are named of an arena's findings. */
  private static final int MAX_NAMED = 5;

  /** One arena and what it is waited for. */
  private static final class WaitingArena {
    private final OpenArena arena;

    /** The heads of the connected peers' feeds when the command began. */
    private final Map<PeerLink, Long> heads = new HashMap<>();

    /** The head of the own feed once all else was done; 0 before. */
    private long ownHead;

    WaitingArena(OpenArena arena) {
      this.arena = arena;
    }
  }

  private final List<WaitingArena> arenas = new ArrayList<>();
  private final KnownPeers known;
  private final PeerConnections peers;
  private final TimeSource time;

  SyncWait(List<OpenArena> arenas, KnownPeers known, PeerConnections peers, TimeSource time) {
    arenas.forEach(arena -> this.arenas.add(new WaitingArena(arena)));
    this.known = known;
    this.peers = peers;
    this.time = time;
  }

  void run(Events<SyncEvent> events) throws RealizeException, InterruptedException {
    dial();
    for (WaitingArena waiting : arenas) {
      sample(waiting);
    }
    boolean isDone = false;
    while (!isDone) {
      time.sleep(BEAT); // also lets hints of what was just written arrive
      List<ArenaProgress> progress = new ArrayList<>();
      for (WaitingArena waiting : arenas) {
        progress.add(progress(waiting));
      }
      isDone = progress.stream().allMatch(ArenaProgress::settled);
      events.tell(new SyncEvent(isDone, progress));
    }
  }

  /** Peers that a command has disconnected stay away. */
  private void dial() {
    for (LinkStatus peer : peers.status()) {
      boolean isAway =
          switch (peer.state()) {
            case PeerState.Connected _, PeerState.Disconnected _ -> false;
            case PeerState.Dialling _, PeerState.Waiting _, PeerState.Awaited _ -> true;
          };
      boolean hasAddress =
          known.byName(peer.name()).filter(each -> !each.addresses().isEmpty()).isPresent();
      if (isAway && hasAddress) {
        try {
          peers.connect(peer.name());
        } catch (RealizeException e) {
          LOG.debug("dial {}: {}", peer.name(), e.oneLine());
        }
      }
    }
  }

  private void sample(WaitingArena waiting) throws InterruptedException {
    for (PeerLink link : peers.links()) {
      if (!follows(link.peer(), waiting.arena)) {
        continue;
      }
      try {
        long progress = waiting.arena.receiver().progress(link.identity().store());
        FeedPage page = link.feed(waiting.arena.name(), progress, 1, Duration.ZERO);
        // where there is no entry above the progress, all was read, whatever the head is
        waiting.heads.put(link, page.entries().isEmpty() ? progress : page.headSeq());
      } catch (NotFound notShared) {
        LOG.debug("{} does not have {}", link.peer(), waiting.arena.name());
      } catch (RealizeException e) {
        LOG.debug("head of {} at {}: {}", waiting.arena.name(), link.peer(), e.oneLine());
        waiting.heads.put(link, Long.MAX_VALUE); // it is gone, or not read to its end
      }
    }
  }

  private boolean follows(PeerName peer, OpenArena arena) {
    Optional<PeerSettings> settings = known.byName(peer);
    return settings.filter(each -> each.maySee(arena.name())).isPresent();
  }

  private ArenaProgress progress(WaitingArena waiting) throws RealizeException {
    List<String> problems = new ArrayList<>();
    ArenaPhase waitsFor = ArenaPhase.of(PhaseKind.IN_SYNC);
    try {
      waitsFor = waitsFor(waiting);
    } catch (InDoubt e) {
      problems.add(e.oneLine());
    }
    boolean isSettled = waitsFor.isInSync();
    if (isSettled) {
      problems.addAll(problems(waiting));
    }
    return new ArenaProgress(
        waiting.arena.name(), isSettled, isSettled ? "" : waitsFor.words(), problems);
  }

  /** What is to be waited for; {@code IN_SYNC} if there is nothing that goes on now. */
  private static ArenaPhase waitsFor(WaitingArena waiting) throws RealizeException {
    ArenaSync sync = new ArenaSync(waiting.arena, waiting.heads);
    ArenaPhase own = sync.own();
    if (!own.isInSync()) {
      return own;
    }
    if (waiting.ownHead == 0) {
      waiting.ownHead = waiting.arena.store().read(ArenaReader::headSeq);
    }
    return sync.peers(waiting.ownHead);
  }

  private List<String> problems(WaitingArena waiting) throws RealizeException {
    OpenArena arena = waiting.arena;
    List<String> problems = new ArrayList<>();
    List<Finding> findings = arena.store().read(reader -> reader.findings(MAX_FINDINGS));
    for (Finding.FindingKind kind : List.of(Finding.FindingKind.HELD, Finding.FindingKind.FAILED)) {
      List<Finding> these = findings.stream().filter(f -> f.kind() == kind).toList();
      for (Finding finding : these.subList(0, Math.min(MAX_NAMED, these.size()))) {
        problems.add("'%s': %s".formatted(finding.place(), finding.cause()));
      }
      if (these.size() > MAX_NAMED) {
        problems.add("and %,d more".formatted(these.size() - MAX_NAMED));
      }
    }
    SyncFigures work = arena.work().figures();
    if (work.waiting() > 0) {
      problems.add("%,d paths wait for a peer that is away".formatted(work.waiting()));
    }
    if (work.cancelled() > 0) {
      problems.add(
          "%,d jobs are cancelled; see 'realize job list %s'"
              .formatted(work.cancelled(), arena.name()));
    }
    if (arena.work().userPause().until().isPresent()) {
      problems.add("paused; 'realize resume " + arena.name() + "' goes on");
    }
    if (arena.work().isFull()) {
      problems.add("the disk or the cache is full");
    }
    for (PeerLink link : waiting.heads.keySet()) {
      if (!link.connected()) {
        problems.add(link.peer() + " has gone away meanwhile");
      }
    }
    if (waiting.heads.isEmpty() && !known.peers().isEmpty()) {
      problems.add("no peer is connected");
    }
    return problems;
  }
}
