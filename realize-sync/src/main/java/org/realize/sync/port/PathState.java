package org.realize.sync.port;

import java.util.AbstractMap;
import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.Content;
import org.realize.sync.model.Metadata;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.model.Version;

/**
 * The state of one path at this peer: the one value that the sync rules turn into its successor.
 * Immutable. Copies with one change, by the {@code with…} methods, share all other parts.
 *
 * @param shown the default version, the one that the mount shows; a tombstone when it shows nothing
 * @param metadata joined over all that was reported for the path
 * @param real what is on this peer's disk, or was removed from it; null when nothing ever was
 * @param announcedSeq the path's position in this peer's own feed; 0 if it was never announced
 * @param reports the last report of each peer, by its store
 */
public record PathState(
    RelativePath path,
    Version shown,
    Metadata metadata,
    @Nullable RealVersion real,
    long announcedSeq,
    Map<StoreId, Report> reports) {

  /**
   * A regular file of the Real as it was last indexed.
   *
   * @param stat the stat that it was hashed under
   */
  public record IndexedFile(Content.File content, FileStat stat) {}

  public PathState {
    Objects.requireNonNull(path, "path");
    Objects.requireNonNull(shown, "shown");
    Objects.requireNonNull(metadata, "metadata");
    reports = reports instanceof Reports ? reports : new Reports(reports);
  }

  /** The stat that this peer's disk had at the path when it was indexed; null for nothing there. */
  public @Nullable FileStat realStat() {
    return real == null ? null : real.stat();
  }

  /** The content on this peer's disk, as indexed: {@link Content.Absent} where nothing is. */
  public Content realContent() {
    return real == null || real.stat() == null ? new Content.Absent() : real.version().content();
  }

  /** True if exactly {@code content}, not absent, is on this peer's disk as it was last indexed. */
  public boolean isReal(Content content) {
    return real != null && real.stat() != null && real.version().content().equals(content);
  }

  /**
   * True if a directory is on this peer's disk that is no version: Realize made it for what lies
   * below, or left it for that. The real version is then a tombstone, with the stat of a directory.
   */
  public boolean isBareDirectory() {
    return real != null && real.stat() != null && real.version().isTombstone();
  }

  /** The regular file on this peer's disk, whatever content it has; empty if there is none. */
  public Optional<IndexedFile> realFile() {
    return real != null
            && real.stat() != null
            && real.version().content() instanceof Content.File file
        ? Optional.of(new IndexedFile(file, real.stat()))
        : Optional.empty();
  }

  /** The stat of the real file with exactly this content; empty unless {@link #isReal}. */
  public Optional<FileStat> realStat(Content content) {
    return isReal(content) ? Optional.ofNullable(realStat()) : Optional.empty();
  }

  /**
   * True if this state and {@code before}, an earlier one of the path, both show what is on the
   * disk, and that is one file: edited in place, or not at all.
   */
  public boolean showsSameFileAs(@Nullable PathState before) {
    FileStat earlier = before == null ? null : before.realStat();
    FileStat now = realStat();
    return before != null
        && earlier != null
        && now != null
        && before.isReal(before.shown().content())
        && isReal(shown.content())
        && earlier.sameInode(now);
  }

  public PathState withShown(Version other) {
    return new PathState(path, other, metadata, real, announcedSeq, reports);
  }

  public PathState withMetadata(Metadata other) {
    return new PathState(path, shown, other, real, announcedSeq, reports);
  }

  public PathState withReal(@Nullable RealVersion other) {
    return new PathState(path, shown, metadata, other, announcedSeq, reports);
  }

  /** The state with {@code report} as the last one of {@code store}. */
  public PathState withReport(StoreId store, Report report) {
    Map<StoreId, Report> others = new TreeMap<>(reports);
    others.put(store, report);
    return withReports(others);
  }

  public PathState withReports(Map<StoreId, Report> others) {
    return new PathState(path, shown, metadata, real, announcedSeq, others);
  }

  /** The state at place {@code seq} of the feed, a number that is new in this commit. */
  public PathState announcedAt(long seq) {
    return new PathState(path, shown, metadata, real, seq, reports);
  }

  /** An immutable list of reports in the order of their stores, shared by copies. */
  private static final class Reports extends AbstractMap<StoreId, Report> {
    private final Map<StoreId, Report> byStore;

    Reports(Map<StoreId, Report> reports) {
      byStore = Collections.unmodifiableMap(new TreeMap<>(reports));
    }

    @Override
    public Set<Map.Entry<StoreId, Report>> entrySet() {
      return byStore.entrySet();
    }

    @Override
    public Set<StoreId> keySet() {
      return byStore.keySet();
    }

    @Override
    public Collection<Report> values() {
      return byStore.values();
    }

    @Override
    public void forEach(BiConsumer<? super StoreId, ? super Report> action) {
      byStore.forEach(action);
    }

    @Override
    public @Nullable Report get(@Nullable Object store) {
      return byStore.get(store);
    }

    @Override
    public boolean containsKey(@Nullable Object store) {
      return byStore.containsKey(store);
    }
  }
}
