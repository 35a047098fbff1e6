package org.realize.nima.daemon;

import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.PatternSyntaxException;
import org.realize.nima.control.ArenaPath;
import org.realize.nima.control.ConflictOrder;
import org.realize.nima.control.ConflictReport;
import org.realize.nima.control.ConflictReport.CurrentVersion;
import org.realize.nima.control.ConflictReport.PathConflict;
import org.realize.nima.control.ConflictReport.VersionKind;
import org.realize.sync.arena.Arena;
import org.realize.sync.engine.Conflicts;
import org.realize.sync.engine.Conflicts.Choice;
import org.realize.sync.feed.StoreNames;
import org.realize.sync.model.Content;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Invalid;
import org.realize.sync.model.RealizeException.NotFound;
import org.realize.sync.model.RealizeException.VersionGone;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.model.Version;
import org.realize.sync.port.PathState;
import org.realize.sync.port.TimeSource;
import org.realize.sync.rules.ConflictRules;

/** The performer of one order about conflicts. Used once, by one thread. */
final class ConflictQuery {

  private static final String FIXED = "newest, mine, deleted, both";

  /** For ten seconds: three times as long as a file must be quiet before it is indexed. */
  private static final int MOST_TRIES = 50;

  private static final Duration BETWEEN_TRIES = Duration.ofMillis(200);

  private final ConflictOrder order;
  private final StoreNames names;
  private final TimeSource time;
  private final Map<Conflicts, List<RelativePath>> found = new LinkedHashMap<>();
  private final List<PathConflict> listed = new ArrayList<>();

  ConflictQuery(ConflictOrder order, StoreNames names, TimeSource time) {
    this.order = order;
    this.names = names;
    this.time = time;
  }

  /** Looks for the conflicts of an arena at {@code paths}; at all if there is none. */
  void find(Arena arena, Conflicts conflicts, List<RelativePath> paths) throws RealizeException {
    List<PathState> all = new ArrayList<>();
    if (paths.isEmpty()) {
      all.addAll(conflicts.list(_ -> true));
    }
    for (RelativePath path : paths) {
      List<PathState> here = conflicts.list(at(path));
      if (here.isEmpty() && order.use() != null) {
        ArenaPath named = new ArenaPath(arena.name(), path);
        throw new NotFound("resolve '%s': no conflict is there".formatted(named));
      }
      all.addAll(here);
    }
    List<PathState> each = all.stream().distinct().toList();
    found.put(conflicts, each.stream().map(PathState::path).toList());
    for (PathState state : each) {
      if (listed.size() < ConflictReport.MAX_CONFLICTS) {
        listed.add(listed(arena, state));
      }
    }
  }

  /** The path, what lies below it, and what it matches as a glob. */
  private static Predicate<RelativePath> at(RelativePath pattern) {
    try {
      PathMatcher glob = FileSystems.getDefault().getPathMatcher("glob:" + pattern);
      return path -> pattern.contains(path) || glob.matches(Path.of(path.toString()));
    } catch (PatternSyntaxException e) {
      return pattern::contains;
    }
  }

  /** Ends what was found, if a version is chosen. */
  ConflictReport run() throws RealizeException {
    if (order.use() != null) {
      Choice choice = choice(order.use());
      for (Map.Entry<Conflicts, List<RelativePath>> each : found.entrySet()) {
        check(each.getKey(), each.getValue(), choice);
      }
      for (Map.Entry<Conflicts, List<RelativePath>> each : found.entrySet()) {
        each.getKey().resolve(each.getValue(), choice);
      }
    }
    return new ConflictReport(found.values().stream().mapToLong(List::size).sum(), listed);
  }

  /** Waits for files that came to the disk a moment ago, and are not indexed yet. */
  private void check(Conflicts conflicts, List<RelativePath> paths, Choice choice)
      throws RealizeException {
    for (int tries = 1; ; tries++) {
      try {
        conflicts.check(paths, choice);
        return;
      } catch (VersionGone isIndexedSoon) {
        if (tries == MOST_TRIES) {
          throw isIndexedSoon;
        }
        try {
          time.sleep(BETWEEN_TRIES);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw isIndexedSoon;
        }
      }
    }
  }

  private Choice choice(String use) throws RealizeException {
    return switch (use) {
      case "newest" -> new Choice.Newest();
      case "mine" -> new Choice.Mine();
      case "deleted" -> new Choice.Deleted();
      case "both" -> new Choice.Both();
      default -> {
        for (PeerName peer : names.peers()) {
          if (peer.value().equals(use)) {
            yield new Choice.OfPeer(use, names.of(peer));
          }
        }
        if (!use.matches("[0-9a-f]{4,64}")) {
          List<String> words = names.peers().stream().map(PeerName::value).sorted().toList();
          throw new Invalid(
              "resolve: '%s' is no version: use %s, four or more digits of a hash%s"
                  .formatted(
                      use, FIXED, words.isEmpty() ? "" : ", or " + String.join(", ", words)));
        }
        yield new Choice.OfHash(use);
      }
    };
  }

  private PathConflict listed(Arena arena, PathState state) throws RealizeException {
    List<CurrentVersion> versions = new ArrayList<>();
    for (Version version : ConflictRules.versions(state)) {
      versions.add(listed(arena, state, version));
    }
    return new PathConflict(arena.name(), state.path(), versions);
  }

  private CurrentVersion listed(Arena arena, PathState state, Version version)
      throws RealizeException {
    Content content = version.content();
    Content.File file = content instanceof Content.File f ? f : null;
    StoreId maker = ConflictRules.maker(version).orElse(null);
    return new CurrentVersion(
        kind(content),
        file == null ? null : file.hash().toString(),
        file == null ? 0 : file.sizeBytes(),
        maker == null ? "-" : names.name(maker),
        Instant.ofEpochMilli(ConflictRules.madeMillis(version)),
        new ContentHolders(names).of(arena, state, content),
        content.equals(state.shown().content()),
        state.isReal(content),
        vector(version));
  }

  private String vector(Version version) throws RealizeException {
    List<String> changes = new ArrayList<>();
    for (Map.Entry<StoreId, Long> each : version.vector().counters().entrySet()) {
      changes.add(names.name(each.getKey()) + ":" + each.getValue());
    }
    return String.join(" ", changes);
  }

  private static VersionKind kind(Content content) {
    return switch (content) {
      case Content.File _ -> VersionKind.FILE;
      case Content.Directory _ -> VersionKind.DIRECTORY;
      case Content.Link _ -> VersionKind.LINK;
      case Content.Absent _ -> VersionKind.DELETED;
    };
  }
}
