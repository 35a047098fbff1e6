package org.realize.sync.rules;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.Metadata;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.Stamp;
import org.realize.sync.model.Version;
import org.realize.sync.port.Report;

/**
 * The bytes that an entry of a feed takes on the wire, as {@code realize1.proto} encodes it. The
 * bounds of what peers say are bounds of these.
 */
public final class EntrySize {

  /** An entry that is received has at most so many bytes. */
  public static final int MAX_RECEIVED_BYTES = 64 << 10;

  /** An entry that is announced has at most so many: others may add to it. */
  public static final int MAX_ANNOUNCED_BYTES = 48 << 10;

  private static final int ID_BYTES = 16;

  private EntrySize() {}

  /** The bytes of the entry of {@code path} with {@code report}. */
  public static int bytes(RelativePath path, Report report) {
    int bytes = number(report.seq()) + text(path.toString()) + message(bytes(report.metadata()));
    for (Report.Reported reported : report.versions()) {
      bytes += bytes(reported);
    }
    return bytes;
  }

  /** The bytes that one version adds to an entry. */
  static int bytes(Report.Reported reported) {
    Version version = reported.version();
    int bytes =
        switch (version.content()) {
          case Content.Absent() -> message(0);
          case Content.Directory() -> message(0);
          case Content.File(ContentHash _, long sizeBytes) ->
              message(message(ContentHash.BYTES) + number(sizeBytes));
          case Content.Link(String target) -> message(text(target));
        };
    for (long counter : version.vector().counters().values()) {
      bytes += message(message(ID_BYTES) + number(counter));
    }
    bytes += reported.held() ? number(1) : 0;
    bytes += version.found() ? number(1) : 0;
    bytes += version.basis() == null ? 0 : message(ContentHash.BYTES);
    bytes += version.from() == null ? 0 : text(version.from().toString());
    return message(bytes);
  }

  private static int bytes(Metadata metadata) {
    int bytes = number(metadata.mode());
    for (Stamp stamp : List.of(metadata.modeStamp(), metadata.mtimeStamp())) {
      bytes += message(number(stamp.counter()) + message(ID_BYTES));
    }
    FileTime time = metadata.mtime();
    long zigzag = (time.seconds() << 1) ^ (time.seconds() >> 63);
    return bytes + message(number(zigzag) + number(time.nanos()));
  }

  /** A field with a number; one that is 0 is left out. */
  private static int number(long value) {
    return value == 0 ? 0 : 1 + varint(value);
  }

  private static int text(String text) {
    return text.isEmpty() ? 0 : message(text.getBytes(StandardCharsets.UTF_8).length);
  }

  /** A field with so many bytes of its own. */
  private static int message(int bytes) {
    return 1 + varint(bytes) + bytes;
  }

  private static int varint(long value) {
    return Math.max(1, (Long.SIZE - Long.numberOfLeadingZeros(value) + 6) / 7);
  }
}
