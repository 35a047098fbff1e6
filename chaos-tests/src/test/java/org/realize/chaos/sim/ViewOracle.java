package org.realize.chaos.sim;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.realize.chaos.sim.Violation.Rule;
import org.realize.sync.model.Content;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Unreachable;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.Version;
import org.realize.sync.port.PathState;
import org.realize.sync.view.Attributes;
import org.realize.sync.view.FileKind;

/**
 * The demands on the views of a household that has converged: each lists the current versions, and
 * reads the bytes of each version that it shows, from any connected peer that has them.
 */
final class ViewOracle {

  private final Household household;
  private final Checks checks;

  ViewOracle(Household household) {
    this.household = household;
    checks = household.checks();
  }

  void check() throws RealizeException, InterruptedException {
    for (SimulatedPeer peer : household.peers()) {
      checkCache(peer);
      check(peer);
      checkCache(peer);
    }
  }

  /** All that a cache says it has is there, and right. */
  private void checkCache(SimulatedPeer peer) throws RealizeException, InterruptedException {
    household.upkeep(peer);
    checks.make(Rule.CACHE);
    try {
      peer.cache().checkBlobs();
    } catch (AssertionError e) {
      throw new Violation(Rule.CACHE, peer.name() + ": " + e.getMessage());
    }
  }

  private void check(SimulatedPeer peer) throws RealizeException, InterruptedException {
    Map<RelativePath, PathState> states = new HashMap<>();
    peer.knowledge().forEach(state -> states.put(state.path(), state));
    Set<RelativePath> held = peer.held();
    Map<RelativePath, List<Version>> live = new HashMap<>();
    states.forEach((path, state) -> {
      // where something is held not all has a say; what a deletion may hide the oracle has judged
      boolean isOnlyShown = held.contains(path) || state.shown().isTombstone();
      Set<Version> current = isOnlyShown ? Set.of(state.shown()) : NaiveMaxima.of(state);
      List<Version> versions = current.stream().filter(v -> !v.isTombstone()).toList();
      if (!versions.isEmpty()) {
        live.put(path, versions);
      }
    });
    Map<RelativePath, Attributes> listed = peer.cache().listed();
    require(
        household.contents().names().containsAll(listed.keySet()), peer, "lists", listed.keySet());
    for (RelativePath path : household.contents().names()) {
      boolean isAbove = live.keySet().stream().anyMatch(p -> path.contains(p) && !p.equals(path));
      List<Version> here = live.getOrDefault(path, List.of());
      Attributes seen = listed.get(path);
      if (showsDisk(peer, path)) {
        continue;
      }
      if (isAbove || here.stream().anyMatch(v -> v.content() instanceof Content.Directory)) {
        boolean isDirectory = seen != null && seen.kind() == FileKind.DIRECTORY;
        require(isDirectory, peer, path, "is no directory");
      } else if (here.isEmpty()) {
        require(seen == null, peer, path, "is listed");
      } else {
        require(seen != null, peer, path, "is not listed:", here);
        check(peer, Objects.requireNonNull(states.get(path)), here, Objects.requireNonNull(seen));
      }
    }
  }

  /** True at and below of what is not all here, and so no version yet, and of what is ignored. */
  private boolean showsDisk(SimulatedPeer peer, RelativePath path) {
    boolean isIgnored =
        peer.isMounted()
            && household.contents().names().stream()
                .filter(above -> above.contains(path) && peer.ignores(above))
                .anyMatch(above -> peer.disk().at(above).isPresent());
    return isIgnored
        || household.contents().names().stream()
            .anyMatch(above -> above.contains(path) && household.isBranch(peer, above));
  }

  /** A name that is shown as a file or link. */
  private void check(SimulatedPeer peer, PathState state, List<Version> live, Attributes seen)
      throws RealizeException, InterruptedException {
    if (seen.kind() == FileKind.LINK) {
      Content link = new Content.Link(peer.cache().linkTarget(seen));
      require(isOneOf(live, link), peer, state.path(), "is", link, "of", live);
      return;
    }
    boolean hasMetadata =
        has(seen, state.metadata().mode(), state.metadata().mtime())
            || (peer.isMounted()
                && peer.disk()
                    .at(state.path())
                    .map(SimulatedDisk.Item::stat)
                    .filter(own -> has(seen, own.mode(), own.mtime()))
                    .isPresent());
    require(hasMetadata, peer, state, "is listed as", seen);
    Optional<byte[]> read = read(peer, seen);
    if (read.isEmpty()) {
      require(!isInReach(peer, state), peer, state, "cannot be read");
      return;
    }
    List<Content.File> files =
        live.stream()
            .map(Version::content)
            .filter(Content.File.class::isInstance)
            .map(Content.File.class::cast)
            .toList();
    boolean isCurrent =
        read.get().length == seen.sizeBytes()
            && files.stream()
                .anyMatch(file -> Arrays.equals(household.contents().bytes(file), read.get()));
    boolean isLeft = // until what replaces it can be read
        !isCurrent
            && peer.isMounted()
            && !isInReach(peer, state)
            && peer.disk().contentAt(state.path()) instanceof Content.File own
            && Arrays.equals(household.contents().bytes(own), read.get());
    require(isCurrent || isLeft, peer, state, "reads as", new String(read.get(), UTF_8));
  }

  private static boolean has(Attributes seen, int mode, FileTime mtime) {
    return seen.mode() == mode && seen.times().modified().equals(mtime);
  }

  private static boolean isOneOf(List<Version> versions, Content content) {
    return versions.stream().anyMatch(version -> version.content().equals(content));
  }

  private static Optional<byte[]> read(SimulatedPeer peer, Attributes file)
      throws RealizeException, InterruptedException {
    try {
      return Optional.of(peer.cache().read(file));
    } catch (Unreachable _) {
      return Optional.empty();
    }
  }

  /** True if the peer itself, or one that it is connected to, says that it has what is shown. */
  private static boolean isInReach(SimulatedPeer peer, PathState state) {
    Content shown = state.shown().content();
    return state.realContent().equals(shown)
        || state.reports().entrySet().stream()
            .filter(report ->
                peer.links().values().stream()
                    .anyMatch(link ->
                        link.connected() && link.identity().store().equals(report.getKey())))
            .flatMap(report -> report.getValue().versions().stream())
            .anyMatch(said -> said.held() && said.version().content().equals(shown));
  }

  private void require(boolean condition, SimulatedPeer peer, Object... message) {
    checks.make(Rule.VIEW);
    if (!condition) {
      throw new Violation(
          Rule.VIEW,
          peer.name()
              + ": "
              + Stream.of(message).map(String::valueOf).collect(Collectors.joining(" ")));
    }
  }
}
