package org.realize.sync.index;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.Finding;
import org.realize.sync.port.Finding.FindingKind;
import org.realize.sync.port.Finding.FindingSource;
import org.realize.sync.port.Finding.Part;
import org.realize.sync.port.TimeSource;

/**
 * The findings of the indexer: names that are skipped, subtrees that are paused, directories that
 * cannot be watched. Changes are collected and written by {@link #save}. At most {@value
 * #MAX_SKIPPED} skipped names are listed one by one, the rest is counted. Not thread-safe.
 */
final class IndexFindings {

  static final int MAX_SKIPPED = 1000;

  private static final FindingSource INDEX = FindingSource.of(Part.INDEX);
  private static final int MAX_LOADED = 100_000;

  private final ArenaStore store;
  private final TimeSource time;
  private final Map<String, String> skipped = new TreeMap<>();
  private final Map<String, String> paused = new TreeMap<>();
  private final Map<String, Integer> uncounted = new HashMap<>();
  private @Nullable String unwatched;
  private final Map<Finding.Key, Finding> saved = new HashMap<>();

  IndexFindings(ArenaStore store, TimeSource time) throws RealizeException {
    this.store = store;
    this.time = time;
    for (Finding finding : store.<List<Finding>>read(reader -> reader.findings(MAX_LOADED))) {
      if (finding.source().equals(INDEX)) {
        saved.put(finding.key(), finding);
        if (finding.kind() == FindingKind.PAUSED) {
          paused.put(finding.subject(), finding.cause());
        } else if (finding.kind() == FindingKind.SKIPPED && !finding.subject().isEmpty()) {
          skipped.put(finding.subject(), finding.cause());
        }
      }
    }
  }

  /** Lists {@code subject}, a child of {@code directory}, as left out. */
  void skip(RelativePath directory, String subject, String cause) {
    if (skipped.size() < MAX_SKIPPED || skipped.containsKey(subject)) {
      skipped.put(subject, cause);
    } else {
      uncounted.merge(directory.toString(), 1, Integer::sum);
    }
  }

  /** Nothing is reported from {@code path} and what lies below it until it is seen again. */
  void pause(RelativePath path, String cause) {
    paused.put(path.toString(), cause);
  }

  /** {@code path} was seen well: whatever was said of it alone is over. */
  void well(RelativePath path) {
    skipped.remove(path.toString());
    paused.remove(path.toString());
  }

  /** The names in {@code directory} are about to be observed again. */
  void relist(RelativePath directory) {
    uncounted.remove(directory.toString());
    String below = directory.isRoot() ? "" : directory + "/";
    for (Map<String, String> findings : List.of(skipped, paused)) {
      if (!findings.isEmpty()) {
        findings.keySet().removeIf(s -> isChild(s, below));
      }
    }
  }

  private static boolean isChild(String subject, String below) {
    return subject.length() > below.length()
        && subject.startsWith(below)
        && subject.indexOf('/', below.length()) < 0;
  }

  /** There is nothing any more at {@code path}. */
  void gone(RelativePath path) {
    String below = path + "/";
    well(path);
    for (Map<String, ?> findings : List.of(skipped, paused, uncounted)) {
      if (!findings.isEmpty()) {
        findings.keySet().removeIf(s -> s.startsWith(below) || s.equals(path.toString()));
      }
    }
  }

  /** The paths that are paused. */
  Set<RelativePath> paused() {
    Set<RelativePath> paths = new TreeSet<>();
    paused.keySet().forEach(subject -> paths.add(RelativePath.of(subject)));
    return paths;
  }

  /** Says that some directories are looked at only from time to time; null when none is. */
  void unwatched(@Nullable String cause) {
    unwatched = cause;
  }

  /** Commits what changed since the last time. */
  void save() throws RealizeException {
    Map<Finding.Key, Finding> wanted = new HashMap<>();
    skipped.forEach((subject, cause) -> add(wanted, FindingKind.SKIPPED, subject, cause));
    paused.forEach((subject, cause) -> add(wanted, FindingKind.PAUSED, subject, cause));
    int more = uncounted.values().stream().mapToInt(Integer::intValue).sum();
    if (more > 0) {
      add(wanted, FindingKind.SKIPPED, "", more + " more names are skipped than are listed");
    }
    Optional.ofNullable(unwatched).ifPresent(cause -> add(wanted, FindingKind.FAILED, "", cause));
    if (wanted.equals(saved)) {
      return;
    }
    List<Finding.Key> over = new ArrayList<>(saved.keySet());
    over.removeAll(wanted.keySet());
    store.write(writer -> {
      for (Finding.Key key : over) {
        writer.removeFinding(key);
      }
      for (Map.Entry<Finding.Key, Finding> entry : wanted.entrySet()) {
        if (!entry.getValue().equals(saved.get(entry.getKey()))) {
          writer.putFinding(entry.getValue());
        }
      }
    });
    saved.clear();
    saved.putAll(wanted);
  }

  private void add(
      Map<Finding.Key, Finding> wanted, FindingKind kind, String subject, String cause) {
    Finding.Key key = new Finding.Key(kind, INDEX, subject);
    Finding before = saved.get(key);
    wanted.put(
        key,
        before != null && Objects.equals(before.cause(), cause)
            ? before
            : key.toFinding(cause, time.unixMillis()));
  }
}
