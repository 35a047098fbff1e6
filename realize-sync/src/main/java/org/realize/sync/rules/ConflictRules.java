package org.realize.sync.rules;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.Metadata;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.model.Version;
import org.realize.sync.model.VersionVector.Order;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.PathState;
import org.realize.sync.port.Report;

/** The facts of a conflict's versions by which a user tells them apart. */
public final class ConflictRules {

  /** The characters of the longest extension that a new name keeps. */
  private static final int MOST_OF_AN_EXTENSION = 16;

  private ConflictRules() {}

  /** The versions that are current at a path, the shown one first. */
  public static List<Version> versions(PathState state) {
    List<Version> versions = new ArrayList<>(List.of(state.shown()));
    versions.addAll(Judgement.alternatives(state));
    return versions;
  }

  /**
   * Versions that others have followed, and that the disk of this machine or a peer's last report
   * still has: of each content the last one, in no order.
   */
  public static List<Version> earlier(PathState state) {
    Map<Content, Version> earlier = new HashMap<>();
    List<Version> current = versions(state);
    for (Version version : Judgement.known(state)) {
      boolean isFollowed =
          current.stream().anyMatch(now -> now.vector().compare(version.vector()) == Order.AFTER);
      boolean isCurrent = current.stream().anyMatch(now -> now.content().equals(version.content()));
      if (isFollowed && !isCurrent) {
        earlier.merge(
            version.content(),
            version,
            (one, two) -> madeMillis(one) >= madeMillis(two) ? one : two);
      }
    }
    return List.copyOf(earlier.values());
  }

  /** The store whose change made a version last; empty if no store made it. */
  public static Optional<StoreId> maker(Version version) {
    return version.vector().counters().entrySet().stream()
        .max(Map.Entry.comparingByValue())
        .map(Map.Entry::getKey);
  }

  /** The time at which a version was made, by the clock of its maker; 0 if no store made it. */
  public static long madeMillis(Version version) {
    return version.vector().counters().values().stream().max(Comparator.naturalOrder()).orElse(0L);
  }

  /**
   * True if a peer has changed or removed what was current as {@code base}: what is shown is
   * another content, with counters of others that the base has not. What a user of this peer has
   * made of the base alone has none. A peer that promises to keep a content signs the same one.
   *
   * @param self this peer's store
   */
  public static boolean isOvertaken(Version base, PathState now, StoreId self) {
    Set<StoreId> own = self.all();
    return !now.shown().content().equals(base.content())
        && now.shown().vector().counters().entrySet().stream()
            .anyMatch(each ->
                each.getValue() > base.vector().counter(each.getKey())
                    && !own.contains(each.getKey()));
  }

  /** The attributes of a file, as known here: its own mtime where it is on this machine's disk. */
  public static Metadata metadata(PathState state, Content.File file) {
    FileStat real = state.realStat(file).orElse(null);
    Metadata joined = state.metadata();
    if (real != null) {
      return new Metadata(joined.mode(), joined.modeStamp(), real.mtime(), joined.mtimeStamp());
    }
    return state.reports().values().stream()
        .filter(report -> report.versions().getFirst().version().content().equals(file))
        .map(Report::metadata)
        .findFirst()
        .orElse(joined);
  }

  /**
   * The files that were sides of a conflict before a change of a path, and are current no more; not
   * one that is on the disk, which goes from there to the trash.
   */
  public static List<Content.File> lost(PathState before, PathState after) {
    List<Content.File> lost = new ArrayList<>();
    if (Judgement.isConflict(before)) {
      Set<ContentHash> current = Judgement.currentFiles(after);
      for (Version version : versions(before)) {
        if (version.content() instanceof Content.File file
            && !current.contains(file.hash())
            && !after.isReal(file)) {
          lost.add(file);
        }
      }
    }
    return lost;
  }

  /** {@code NAME (HASH8).EXT} for {@code NAME.EXT}, cut to what a name may have. */
  public static String nameBeside(String name, ContentHash hash) {
    String extension = extension(name);
    String stem = name.substring(0, name.length() - extension.length());
    String end = " (" + hash.hex8() + ")" + extension;
    while ((stem + end).getBytes(StandardCharsets.UTF_8).length > RelativePath.MAX_PART_BYTES) {
      stem = stem.substring(0, stem.offsetByCodePoints(stem.length(), -1));
    }
    return stem + end;
  }

  /** {@code .EXT} of a name; empty if it has none. */
  public static String extension(String name) {
    int dot = name.lastIndexOf('.');
    return dot > 0 && name.length() - dot <= MOST_OF_AN_EXTENSION ? name.substring(dot) : "";
  }
}
