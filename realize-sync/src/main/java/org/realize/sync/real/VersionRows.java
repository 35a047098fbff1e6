package org.realize.sync.real;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.StoreId;
import org.realize.sync.model.Version;
import org.realize.sync.model.VersionVector;
import org.realize.sync.port.RowDecoder;
import org.realize.sync.port.RowEncoder;

/** The codec of versions in this package's rows. */
final class VersionRows {

  private VersionRows() {}

  static void encode(RowEncoder out, Version version) {
    switch (version.content()) {
      case Content.File(ContentHash hash, long sizeBytes) ->
          out.putByte('f').putHash(hash).putNumber(sizeBytes);
      case Content.Link(String target) -> out.putByte('l').putText(target);
      case Content.Directory() -> out.putByte('d');
      case Content.Absent() -> out.putByte('a');
    }
    out.putEach(
        List.copyOf(version.vector().counters().entrySet()),
        (row, entry) -> row.putStore(entry.getKey()).putNumber(entry.getValue()));
    out.putOptional(version.basis(), RowEncoder::putHash);
    out.putOptional(version.from(), RowEncoder::putPath);
    out.putByte(version.found() ? 1 : 0);
  }

  static Version decode(RowDecoder in) {
    Content content = content(in);
    Map<StoreId, Long> counters = new TreeMap<>();
    in.getEach(row -> Map.entry(row.getStore(), row.getNumber()))
        .forEach(entry -> counters.put(entry.getKey(), entry.getValue()));
    return new Version(
        content,
        VersionVector.of(counters),
        in.getOptional(RowDecoder::getHash),
        in.getOptional(RowDecoder::getPath),
        in.getByte() == 1);
  }

  private static Content content(RowDecoder in) {
    int kind = in.getByte();
    return switch (kind) {
      case 'f' -> new Content.File(in.getHash(), in.getNumber());
      case 'l' -> new Content.Link(in.getText());
      case 'd' -> new Content.Directory();
      case 'a' -> new Content.Absent();
      default -> throw new IllegalStateException("no kind of content: " + kind);
    };
  }
}
