package org.realize.sync.transfer;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.Content;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Corrupt;
import org.realize.sync.model.RealizeException.Denied;
import org.realize.sync.model.RealizeException.NotFound;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RealizeException.TimedOut;
import org.realize.sync.model.RealizeException.Unreachable;
import org.realize.sync.model.RealizeException.VersionGone;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.PathState;
import org.realize.sync.port.PeerLink;
import org.realize.sync.rules.Availability;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The peers that have one content, best first: those who reported it when it was opened, or report
 * it now. Where it came from another name, any peer may have it under that one, or under one that
 * it had in between: those who did not report it are asked last. Thread-safe.
 */
final class Sources {

  private static final Logger LOG = LoggerFactory.getLogger(Sources.class);

  private final FetchScope scope;
  private final RelativePath path;
  private final Content.File content;
  private final Set<StoreId> reportedBy = Collections.synchronizedSet(new HashSet<>());

  /** Those who know that the path has the content, and say that they do not have it there. */
  private final Set<StoreId> heardBy = Collections.synchronizedSet(new HashSet<>());

  /** It came from another name. */
  private volatile boolean isRenamed;

  Sources(FetchScope scope, RelativePath path, Content.File content) {
    this.scope = scope;
    this.path = path;
    this.content = content;
  }

  /**
   * Looks up who reports the content now, at the path or at the one that it was renamed from; who
   * did stays a source.
   */
  void refresh() throws RealizeException {
    for (PathState known : scope.arena().store().read(r -> reporting(r, path))) {
      note(known);
    }
  }

  private void note(PathState known) {
    reportedBy.addAll(Availability.holders(known, content));
    if (known.path().equals(path)) {
      isRenamed = known.shown().from() != null && known.shown().content().equals(content);
      heardBy.addAll(Availability.reporters(known, content));
    }
  }

  /** The path at which peers that have the content know it. */
  static RelativePath hint(FetchScope scope, RelativePath path, Content.File content) {
    try {
      for (PathState known : scope.arena().store().read(r -> reporting(r, path))) {
        if (!Availability.holders(known, content).isEmpty()) {
          return known.path();
        }
      }
    } catch (RealizeException e) {
      LOG.debug("look for who has '{}': {}", path, e.oneLine());
    }
    return path;
  }

  /** The states of a path, and of the one that what it shows was renamed from. */
  private static List<PathState> reporting(ArenaReader reader, RelativePath path)
      throws StorageFailed {
    List<PathState> states = new ArrayList<>();
    PathState state = reader.path(path).orElse(null);
    if (state != null) {
      states.add(state);
      RelativePath from = state.shown().from();
      Optional<PathState> origin = from == null ? Optional.empty() : reader.path(from);
      origin.ifPresent(states::add);
    }
    return states;
  }

  /** Waits, where none of them is connected, while it is not known yet whether one can be. */
  void awaitFirstDials() throws RealizeException, InterruptedException {
    Set<StoreId> stores = Set.copyOf(reportedBy);
    boolean isConnected =
        scope.peers().links().stream()
            .anyMatch(link -> link.connected() && stores.contains(link.identity().store()));
    if (!isConnected) {
      scope.peers().awaitFirstDials(stores);
    }
  }

  /** The search of one run for a source: each is tried once. */
  Search search() throws RealizeException {
    refresh();
    return new Search();
  }

  /**
   * The search after one that found none: each is tried again, but for those that never said to
   * have the content, and failed otherwise than by not having it.
   */
  Search searchAgain(Search before) throws RealizeException {
    Search next = search();
    next.mute.addAll(before.mute);
    before.failed.forEach((store, cause) -> {
      if (!(cause instanceof VersionGone)) {
        next.mute.add(store);
      }
    });
    return next;
  }

  /** The search among those who report the content by {@code state}. */
  Search among(PathState state) {
    note(state);
    return new Search();
  }

  /** Sources that one run has not tried yet. Used by one thread. */
  final class Search {
    private final Map<StoreId, Throwable> failed = new LinkedHashMap<>();
    private final Map<StoreId, PeerName> names = new LinkedHashMap<>();

    /** Asked only if they say to have the content. */
    private final Set<StoreId> mute = new HashSet<>();

    /**
     * The connected source that would deliver {@code bytes} first; of a content that came from
     * another name, else a peer that did not report it. When there is none left it fails with every
     * cause: {@code Unreachable} if a source is away or nobody has the content, {@code VersionGone}
     * if a source has changed it and not hashed it again, else {@code Corrupt}: all have given
     * wrong bytes, or cannot read theirs.
     */
    PeerLink next(long bytes) throws RealizeException {
      PeerLink best = best(bytes, false);
      if (best == null && isRenamed) {
        best = best(bytes, true);
      }
      if (best == null) {
        throw noneLeft();
      }
      return best;
    }

    private @Nullable PeerLink best(long bytes, boolean ofAll) {
      PeerLink best = null;
      double bestSeconds = Double.MAX_VALUE;
      for (PeerLink link : scope.peers().links()) {
        StoreId store = link.identity().store();
        boolean isAsked = reportedBy.contains(store) || (ofAll && !mute.contains(store));
        if (!isAsked || !usable(link, store)) {
          continue;
        }
        double seconds =
            scope
                .pool()
                .speed(store)
                .secondsFor(bytes, link.roundTrip(), scope.arena().time().monotonicNanos());
        if (seconds < bestSeconds) {
          best = link;
          bestSeconds = seconds;
        }
      }
      return best;
    }

    /**
     * True if a peer was asked in vain that knows the content by its new name: it may be about to
     * give it that name.
     */
    boolean mayFollow() {
      return isRenamed
          && failed.entrySet().stream()
              .anyMatch(each ->
                  each.getValue() instanceof VersionGone && heardBy.contains(each.getKey()));
    }

    private boolean usable(PeerLink link, StoreId store) {
      return link.connected()
          && !failed.containsKey(store)
          && !scope
              .badSources()
              .contains(content.hash(), store, scope.arena().time().monotonicNanos());
    }

    /** Leaves {@code link} out from now on. */
    void failed(PeerLink link, Throwable cause) {
      failed.put(link.identity().store(), cause);
      names.put(link.identity().store(), link.peer());
    }

    private RealizeException noneLeft() {
      List<String> reasons = new ArrayList<>();
      Map<StoreId, Throwable> told = new LinkedHashMap<>(failed);
      told.keySet().retainAll(reportedBy);
      told.forEach((store, cause) -> reasons.add(names.get(store) + ": " + cause.getMessage()));
      boolean isAway = told.values().stream().anyMatch(Search::isOfTheWay);
      boolean isGone = told.values().stream().anyMatch(VersionGone.class::isInstance);
      for (StoreId store : List.copyOf(reportedBy)) {
        if (!failed.containsKey(store)) {
          Optional<PeerLink> link = scope.peers().link(store).filter(PeerLink::connected);
          isAway |= link.isEmpty();
          reasons.add(
              link.map(each -> each.peer() + ": sent bad bytes of it")
                  .orElseGet(() -> scope.peers().name(store) + ": not connected"));
        }
      }
      boolean hasNone = reasons.isEmpty();
      if (hasNone) {
        reasons.add("no peer has it");
      }
      String message =
          "arena %s: fetch '%s': %s"
              .formatted(scope.arena().name(), path, String.join("; ", reasons));
      RealizeException none =
          isAway || hasNone
              ? new Unreachable(message)
              : isGone ? new VersionGone(message) : new Corrupt(message);
      failed.values().forEach(none::addSuppressed);
      return none;
    }

    private static boolean isOfTheWay(Throwable cause) {
      return cause instanceof Unreachable
          || cause instanceof TimedOut
          || cause instanceof Denied
          || cause instanceof NotFound;
    }
  }
}
