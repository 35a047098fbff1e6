package org.realize.sync.rules;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.Metadata;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.Stamp;
import org.realize.sync.model.StoreId;
import org.realize.sync.model.Version;
import org.realize.sync.model.VersionVector;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.PathState;
import org.realize.sync.port.RealVersion;
import org.realize.sync.port.Report;

/** Short words for the tests of the rules. */
final class Given {

  static final StoreId A = new StoreId(new UUID(0, 1));
  static final StoreId B = new StoreId(new UUID(0, 2));
  static final StoreId C = new StoreId(new UUID(0, 3));
  static final StoreId ME = new StoreId(new UUID(0, 9));
  static final RelativePath PATH = RelativePath.of("dir/file");
  static final Content GONE = new Content.Absent();
  static final Content DIRECTORY = new Content.Directory();

  private Given() {}

  static ContentHash hash(String name) {
    return new ContentHash(name.hashCode(), name.length(), 7, 7);
  }

  static Content file(String name) {
    return new Content.File(hash(name), 10);
  }

  /** {@code vector(A, 3, B, 1)}. */
  static VersionVector vector(Object... storesAndCounters) {
    Map<StoreId, Long> counters = new TreeMap<>();
    for (int i = 0; i < storesAndCounters.length; i += 2) {
      counters.put((StoreId) storesAndCounters[i], ((Number) storesAndCounters[i + 1]).longValue());
    }
    return VersionVector.of(counters);
  }

  static Version version(Content content, Object... vector) {
    return Version.of(content, vector(vector));
  }

  static Version replacing(String basis, Version version) {
    return new Version(version.content(), version.vector(), hash(basis), null, version.found());
  }

  static Version found(Version version) {
    return new Version(version.content(), version.vector(), version.basis(), null, true);
  }

  static Metadata metadata(int mode, long counter, StoreId store) {
    Stamp stamp = new Stamp(counter, store);
    return new Metadata(mode, stamp, FileTime.ofNanos(1_000 * counter), stamp);
  }

  static Report report(long seq, Version... versions) {
    List<Report.Reported> reported = new ArrayList<>();
    for (Version version : versions) {
      reported.add(new Report.Reported(version, true));
    }
    return new Report(seq, metadata(0644, 1, A), reported);
  }

  static FileStat stat(int mode, long mtimeNanos) {
    FileTime mtime = FileTime.ofNanos(mtimeNanos);
    return new FileStat(FileStat.Kind.FILE, 10, mode, mtime, mtimeNanos, 1, 1, 1, 0, 0);
  }

  static LocalRules.Sighting seen(Content content) {
    FileStat.Kind kind =
        switch (content) {
          case Content.Directory() -> FileStat.Kind.DIRECTORY;
          case Content.Link _ -> FileStat.Kind.LINK;
          case Content.File _, Content.Absent() -> FileStat.Kind.FILE;
        };
    FileStat stat = new FileStat(kind, 10, 0644, FileTime.ofNanos(5_000), 5_000, 1, 1, 1, 0, 0);
    return new LocalRules.Sighting(content, stat, 9_000, null, false);
  }

  static LocalRules.Sighting scanned(Content content) {
    LocalRules.Sighting seen = seen(content);
    return new LocalRules.Sighting(content, seen.stat(), 9_000, null, true);
  }

  static LocalRules.Author me(long counter) {
    return new LocalRules.Author(ME, counter, counter);
  }

  /** What is known when {@code shown} is shown, {@code real} is on disk, and peers said that. */
  static PathState state(Version shown, @Nullable Version real, Map<StoreId, Report> reports) {
    RealVersion onDisk =
        real == null
            ? null
            : new RealVersion(real, real.isTombstone() ? null : stat(0644, 1_000), 9_000);
    return new PathState(PATH, shown, metadata(0644, 1, A), onDisk, real == null ? 0 : 1, reports);
  }
}
