package org.realize.store.arena;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
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
import org.realize.sync.port.RowDecoder;
import org.realize.sync.port.RowEncoder;

/**
 * Path states as bytes. Each distinct version and metadata of a path is written once, in two
 * tables; what is shown, what is real, and what each peer reported refer to it by its place there.
 * So a report names its own versions and stays as it is when another one is shown.
 *
 * <p>Stores are written as their numbers in the arena's {@link Head}. Writing gives a number to a
 * store that has none, so the head is part of the same commit.
 */
final class StateCodec {
  // the first byte of a content: its kind, plus flags of the version that has it

  private static final int FILE = 0;
  private static final int DIRECTORY = 1;
  private static final int LINK = 2;
  private static final int ABSENT = 3;
  private static final int WITH_BASIS = 4;
  private static final int WITH_FROM = 8;
  private static final int FOUND = 16;

  /** Added to the kind of the stat of a version that the mount has ceased to show. */
  private static final int LATCHED = 64;

  private StateCodec() {}

  /** Distinct values in order of their first use. */
  private static final class EncodedPlaces<T> {
    private final List<T> places = new ArrayList<>();

    int of(T value) {
      for (int place = 0; place < places.size(); place++) {
        if (Objects.equals(places.get(place), value)) {
          return place;
        }
      }
      places.add(value);
      return places.size() - 1;
    }
  }

  static void write(RowEncoder out, PathState state, Head head) {
    EncodedPlaces<Version> versions = new EncodedPlaces<>();
    EncodedPlaces<Metadata> metadata = new EncodedPlaces<>();
    RowEncoder body = new RowEncoder();
    body.putNumber(versions.of(state.shown())).putNumber(metadata.of(state.metadata()));
    body.putNumber(state.announcedSeq());
    RealVersion real = state.real();
    if (real == null) {
      body.putNumber(0);
    } else {
      body.putNumber(1 + versions.of(real.version())).putSigned(real.hashedAtNanos());
      writeStat(body, real);
    }
    body.putNumber(state.reports().size());
    for (Map.Entry<StoreId, Report> entry : state.reports().entrySet()) {
      Report report = entry.getValue();
      body.putNumber(head.number(entry.getKey())).putNumber(report.seq());
      body.putNumber(metadata.of(report.metadata())).putNumber(report.versions().size());
      for (Report.Reported reported : report.versions()) {
        body.putNumber(versions.of(reported.version()) * 2L + (reported.held() ? 1 : 0));
      }
    }
    out.putNumber(versions.places.size());
    versions.places.forEach(version -> writeVersion(out, version, head));
    out.putNumber(metadata.places.size());
    metadata.places.forEach(one -> writeMetadata(out, one, head));
    out.putRaw(body.toBytes());
  }

  static PathState read(RowDecoder in, RelativePath path, Head head) {
    List<Version> versions = new ArrayList<>();
    for (int left = in.getInt(); left > 0; left--) {
      versions.add(readVersion(in, head));
    }
    List<Metadata> metadata = new ArrayList<>();
    for (int left = in.getInt(); left > 0; left--) {
      metadata.add(readMetadata(in, head));
    }
    Version shown = versions.get(in.getInt());
    Metadata joined = metadata.get(in.getInt());
    long announced = in.getNumber();
    int real = in.getInt();
    RealVersion realVersion = null;
    if (real > 0) {
      realVersion = readReal(in, versions.get(real - 1));
    }
    Map<StoreId, Report> reports = new TreeMap<>();
    for (int left = in.getInt(); left > 0; left--) {
      StoreId store = head.store(in.getInt());
      long seq = in.getNumber();
      Metadata reportedMetadata = metadata.get(in.getInt());
      List<Report.Reported> reported = new ArrayList<>();
      for (int more = in.getInt(); more > 0; more--) {
        int place = in.getInt();
        reported.add(new Report.Reported(versions.get(place / 2), place % 2 == 1));
      }
      reports.put(store, new Report(seq, reportedMetadata, reported));
    }
    return new PathState(path, shown, joined, realVersion, announced, reports);
  }

  private static void writeVersion(RowEncoder out, Version version, Head head) {
    ContentHash basis = version.basis();
    RelativePath from = version.from();
    int flags =
        (basis == null ? 0 : WITH_BASIS)
            | (from == null ? 0 : WITH_FROM)
            | (version.found() ? FOUND : 0);
    writeContent(out, version.content(), flags);
    out.putNumber(version.vector().counters().size());
    version
        .vector()
        .counters()
        .forEach((store, counter) -> out.putNumber(head.number(store)).putNumber(counter));
    if (basis != null) {
      out.putHash(basis);
    }
    if (from != null) {
      out.putText(from.toString());
    }
  }

  private static Version readVersion(RowDecoder in, Head head) {
    int flags = in.getByte();
    Content content = readContent(in, flags);
    Map<StoreId, Long> counters = new TreeMap<>();
    for (int left = in.getInt(); left > 0; left--) {
      counters.put(head.store(in.getInt()), in.getNumber());
    }
    ContentHash basis = (flags & WITH_BASIS) != 0 ? in.getHash() : null;
    RelativePath from = (flags & WITH_FROM) != 0 ? RelativePath.of(in.getText()) : null;
    boolean found = (flags & FOUND) != 0;
    return new Version(content, VersionVector.of(counters), basis, from, found);
  }

  /** Writes a content behind a byte that also carries {@code flags}, all multiples of 4. */
  static void writeContent(RowEncoder out, Content content, int flags) {
    switch (content) {
      case Content.File file ->
          out.putByte(FILE | flags).putHash(file.hash()).putNumber(file.sizeBytes());
      case Content.Directory _ -> out.putByte(DIRECTORY | flags);
      case Content.Link link -> out.putByte(LINK | flags).putText(link.target());
      case Content.Absent _ -> out.putByte(ABSENT | flags);
    }
  }

  /** Reads a content whose first byte was read already. */
  static Content readContent(RowDecoder in, int first) {
    return switch (first & 3) {
      case FILE -> new Content.File(in.getHash(), in.getNumber());
      case DIRECTORY -> new Content.Directory();
      case LINK -> new Content.Link(in.getText());
      default -> new Content.Absent();
    };
  }

  private static void writeMetadata(RowEncoder out, Metadata metadata, Head head) {
    out.putNumber(metadata.mode());
    writeStamp(out, metadata.modeStamp(), head);
    out.putTime(metadata.mtime());
    writeStamp(out, metadata.mtimeStamp(), head);
  }

  private static Metadata readMetadata(RowDecoder in, Head head) {
    int mode = in.getInt();
    Stamp modeStamp = readStamp(in, head);
    FileTime mtime = in.getTime();
    return new Metadata(mode, modeStamp, mtime, readStamp(in, head));
  }

  private static void writeStamp(RowEncoder out, Stamp stamp, Head head) {
    out.putSigned(stamp.counter()).putNumber(head.number(stamp.store()));
  }

  private static Stamp readStamp(RowDecoder in, Head head) {
    long counter = in.getSigned();
    return new Stamp(counter, head.store(in.getInt()));
  }

  private static void writeStat(RowEncoder out, RealVersion real) {
    int latched = real.isLatched() ? LATCHED : 0;
    FileStat stat = real.stat();
    if (stat == null) {
      out.putByte(latched);
      return;
    }
    out.putByte(Codes.of(stat.kind()) + latched).putStat(stat);
  }

  private static RealVersion readReal(RowDecoder in, Version version) {
    long hashedAt = in.getSigned();
    int code = in.getByte();
    boolean isLatched = (code & LATCHED) != 0;
    int kind = code & ~LATCHED;
    FileStat stat = kind == 0 ? null : in.getStat(Codes.statKind(kind));
    return new RealVersion(version, stat, hashedAt, isLatched);
  }
}
