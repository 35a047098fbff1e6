package org.realize.sync.testing;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.random.RandomGenerator;
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

/** Path states for the tests of stores, plain ones and random ones with every field in use. */
public final class PathStates {
  public static final StoreId ONE = new StoreId(new UUID(1, 1));
  public static final StoreId TWO = new StoreId(new UUID(2, 2));
  public static final StoreId THREE = new StoreId(new UUID(-3, 3));

  private PathStates() {}

  public static ContentHash hash(long n) {
    return new ContentHash(n, ~n, n * 31, -n);
  }

  public static Content file(long n) {
    return new Content.File(hash(n), n);
  }

  public static Metadata metadata(int mode, FileTime mtime) {
    return new Metadata(mode, new Stamp(5, ONE), mtime, new Stamp(6, TWO));
  }

  /** A path that shows {@code content}, mode 0640, with one report of it by {@link #ONE}. */
  public static PathState showing(String path, Content content, long announcedSeq) {
    Version version = Version.of(content, VersionVector.of(Map.of(ONE, 7L)));
    Metadata metadata = metadata(0640, new FileTime(1_700_000_000, 123_456_789));
    Report report = new Report(9, metadata, List.of(new Report.Reported(version, true)));
    return new PathState(
        RelativePath.of(path), version, metadata, null, announcedSeq, Map.of(ONE, report));
  }

  /** A random state of a path that shows {@code content}. */
  public static PathState random(
      RelativePath path, Content content, long announcedSeq, RandomGenerator random) {
    Version shown = version(content, random);
    Metadata metadata = randomMetadata(random);
    Map<StoreId, Report> reports = new TreeMap<>();
    for (StoreId store : new StoreId[] {ONE, TWO, THREE}) {
      if (random.nextInt(3) == 0) {
        reports.put(store, report(random.nextBoolean() ? shown : null, metadata, random));
      }
    }
    RealVersion real = null;
    if (random.nextInt(3) == 0) {
      Version version = random.nextBoolean() ? shown : version(file(random.nextInt(99)), random);
      FileStat stat = stat(random);
      long hashedAt = random.nextLong();
      real = new RealVersion(version, stat, hashedAt, (hashedAt & 1) == 0);
    }
    return new PathState(path, shown, metadata, real, announcedSeq, reports);
  }

  private static Report report(@Nullable Version shown, Metadata metadata, RandomGenerator random) {
    Report.Reported other =
        new Report.Reported(version(file(random.nextInt(99)), random), random.nextBoolean());
    Report.Reported first =
        shown == null ? other : new Report.Reported(shown, random.nextBoolean());
    List<Report.Reported> versions = random.nextBoolean() ? List.of(first) : List.of(first, other);
    return new Report(
        random.nextLong(1, 1L << 40),
        random.nextBoolean() ? metadata : randomMetadata(random),
        versions);
  }

  private static Metadata randomMetadata(RandomGenerator random) {
    return new Metadata(
        random.nextInt(010000),
        new Stamp(random.nextLong(1L << 50), random.nextBoolean() ? ONE : THREE),
        randomTime(random),
        new Stamp(random.nextLong(1L << 50), TWO));
  }

  /** In any year that a file system can hold. */
  private static FileTime randomTime(RandomGenerator random) {
    return new FileTime(
        random.nextBoolean() ? random.nextLong() : random.nextLong(-1L << 36, 1L << 36),
        random.nextInt(1_000_000_000));
  }

  private static Version version(Content content, RandomGenerator random) {
    Map<StoreId, Long> counters = new TreeMap<>();
    counters.put(ONE, random.nextLong(1, 1L << 42));
    if (random.nextBoolean()) {
      counters.put(THREE, random.nextLong(1, 1L << 42));
    }
    return new Version(
        content,
        VersionVector.of(counters),
        random.nextInt(4) == 0 ? hash(random.nextLong()) : null,
        random.nextInt(4) == 0 ? RelativePath.of("from/where") : null,
        random.nextInt(4) == 0);
  }

  private static @Nullable FileStat stat(RandomGenerator random) {
    if (random.nextInt(4) == 0) {
      return null;
    }
    FileStat.Kind[] kinds = FileStat.Kind.values();
    return stat(kinds[random.nextInt(kinds.length)], random);
  }

  /** The stat of an object of the disk. */
  public static FileStat stat(FileStat.Kind kind, RandomGenerator random) {
    return new FileStat(
        kind,
        random.nextLong(1L << 45),
        random.nextInt(010000),
        randomTime(random),
        random.nextLong(),
        random.nextLong(),
        random.nextLong(),
        random.nextInt(1, 9),
        random.nextLong(),
        0);
  }
}
