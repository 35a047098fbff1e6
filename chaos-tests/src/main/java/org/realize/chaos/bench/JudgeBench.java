package org.realize.chaos.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.Mark;
import org.realize.sync.model.Metadata;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.Stamp;
import org.realize.sync.model.StoreId;
import org.realize.sync.model.Version;
import org.realize.sync.model.VersionVector;
import org.realize.sync.port.PathState;
import org.realize.sync.port.Report;
import org.realize.sync.rules.AnnounceRules;
import org.realize.sync.rules.EntrySize;
import org.realize.sync.rules.PeerRules;

/**
 * A bench of the rules for one entry that a peer made as costly as the bounds allow: as many
 * versions as may be, vectors that differ at their ends only, and of the same stores for all peers.
 */
final class JudgeBench {

  private static final RelativePath PATH = RelativePath.of("dear");
  private static final int ROUNDS = 300;

  /** Stores of a vector: of members of the household, else there could be fewer. */
  private static final int STORES = 71;

  /** Reports of as many other peers say the same. */
  private static final int PEERS = 3;

  private JudgeBench() {}

  /** The relation of the versions of an entry. */
  private enum Shape {
    /** Each was made from the one before. */
    CHAIN,
    /** All have one content. */
    EQUAL,
    /** None has to do with another. */
    APART
  }

  static List<Figure> run(int runs) {
    List<Figure> figures = new ArrayList<>();
    for (Shape shape : Shape.values()) {
      Report report = report(shape);
      double worst = Double.MAX_VALUE;
      for (int run = 0; run < runs; run++) {
        worst = Math.min(worst, microseconds(report));
      }
      String what =
          "judge an entry of %d versions, %,d bytes, %s"
              .formatted(
                  report.versions().size(),
                  EntrySize.bytes(PATH, report),
                  shape.name().toLowerCase(Locale.ROOT));
      figures.add(Figure.alone(what, worst, "us", "<= 1,000"));
    }
    return figures;
  }

  /** The median of the rounds. */
  private static double microseconds(Report report) {
    double[] took = new double[ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
      @Nullable PathState before = null;
      for (int peer = 0; peer < PEERS; peer++) {
        before = PeerRules.received(before, store(1_000 + peer), PATH, report, Set.of());
      }
      long begin = System.nanoTime();
      PathState after = PeerRules.received(before, store(2_000), PATH, report, Set.of());
      AnnounceRules.isNews(before, after, Mark.KEEP);
      took[round] = (System.nanoTime() - begin) / 1e3;
    }
    Arrays.sort(took);
    return took[ROUNDS / 2];
  }

  private static Report report(Shape shape) {
    List<Report.Reported> versions = new ArrayList<>();
    int count = AnnounceRules.MAX_VERSIONS;
    for (int i = 0; i < count; i++) {
      ContentHash hash = hash(shape == Shape.EQUAL ? 0 : i);
      Version version =
          new Version(
              new Content.File(hash, 10),
              vector(i),
              shape == Shape.CHAIN && i > 0 ? hash(i - 1) : null,
              null,
              false);
      versions.add(new Report.Reported(version, true));
    }
    Stamp stamp = new Stamp(1, store(1));
    return new Report(1, new Metadata(0644, stamp, FileTime.EPOCH, stamp), versions);
  }

  /** As many stores as the bytes of an entry allow, of which only the last tell versions apart. */
  private static VersionVector vector(int number) {
    Map<StoreId, Long> counters = new TreeMap<>();
    for (int i = 0; i < STORES; i++) {
      counters.put(store(i), 1L << 40);
    }
    counters.put(store(900 + number), 1L << 40);
    return VersionVector.of(counters);
  }

  private static ContentHash hash(int number) {
    return new ContentHash(number, 1, 1, 1);
  }

  private static StoreId store(int number) {
    return new StoreId(new UUID(7, number));
  }
}
