package org.realize.sync.pin;

import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.PinRequest.Pinned;
import org.realize.sync.port.RowDecoder;
import org.realize.sync.port.RowEncoder;

/** The parts that this package's rows have in common, as bytes. */
final class PinRowCodec {

  private PinRowCodec() {}

  static void put(RowEncoder out, Pinned pinned) {
    out.putPath(pinned.path());
    switch (pinned.content()) {
      case Content.File(ContentHash hash, long sizeBytes) ->
          out.putByte('f').putHash(hash).putNumber(sizeBytes);
      case Content.Link(String target) -> out.putByte('l').putText(target);
      case Content.Directory() -> out.putByte('d');
      case Content.Absent() -> throw new IllegalArgumentException("nothing can be given up");
    }
    out.putNumber(pinned.attempt());
  }

  static Pinned pinned(RowDecoder in) {
    return new Pinned(in.getPath(), content(in), in.getNumber());
  }

  private static Content content(RowDecoder in) {
    int kind = in.getByte();
    return switch (kind) {
      case 'f' -> new Content.File(in.getHash(), in.getNumber());
      case 'l' -> new Content.Link(in.getText());
      case 'd' -> new Content.Directory();
      default -> throw new IllegalStateException("no kind of content: " + kind);
    };
  }

  static void put(RowEncoder out, FileStat stat) {
    out.putText(stat.kind().name()).putStat(stat);
  }

  static FileStat stat(RowDecoder in) {
    return in.getStat(FileStat.Kind.valueOf(in.getText()));
  }
}
