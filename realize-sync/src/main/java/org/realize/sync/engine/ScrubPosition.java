package org.realize.sync.engine;

import java.util.Optional;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.BlobPage;
import org.realize.sync.port.Rows;

/**
 * The position of a pass, as a row of the store: a pass may take days, and machines restart.
 * Everything verified since the position was written is verified again.
 *
 * @param startMillis when the pass began, in milliseconds since 1970
 * @param endMillis when it ended; 0 while it goes on
 * @param blob the cursor in the table of blobs, {@link BlobPage#END} once all were checked
 * @param path the last real file that was checked; the root at first
 */
record ScrubPosition(long startMillis, long endMillis, long blob, RelativePath path) {

  private static final Rows<ScrubPosition> ROW =
      Rows.of(
          "scrub.position",
          1,
          (out, position) ->
              out.putSigned(position.startMillis)
                  .putSigned(position.endMillis)
                  .putLong(position.blob)
                  .putPath(position.path),
          in -> new ScrubPosition(in.getSigned(), in.getSigned(), in.getLong(), in.getPath()));

  static ScrubPosition start(long nowMillis) {
    return new ScrubPosition(nowMillis, 0, BlobPage.START, RelativePath.ROOT);
  }

  ScrubPosition atBlob(long next) {
    return new ScrubPosition(startMillis, 0, next, path);
  }

  ScrubPosition at(RelativePath checked) {
    return new ScrubPosition(startMillis, 0, blob, checked);
  }

  ScrubPosition ended(long nowMillis) {
    return new ScrubPosition(startMillis, nowMillis, blob, path);
  }

  boolean isEnded() {
    return endMillis > 0;
  }

  static Optional<ScrubPosition> read(ArenaReader reader) throws RealizeException {
    return reader.row(ROW);
  }

  void write(ArenaStore store) throws RealizeException {
    store.write(writer -> {
      writer.putRow(ROW, this);
    });
  }
}
