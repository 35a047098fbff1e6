package org.realize.sync.content;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.Content;
import org.realize.sync.model.RealizeException;
import org.realize.sync.port.Blob;

/**
 * One place on this machine that holds bytes of a content, opened: a real file or a blob. Safe for
 * concurrent use.
 */
public sealed interface HeldBytes extends AutoCloseable permits HeldBytes.OfBlob, RealBytes {

  /** The content that the place was known to hold when it was opened. */
  Content.File content();

  /** True if {@code [start, end)} can be read. */
  boolean has(long startBytes, long endBytes);

  /**
   * Fills {@code destination} with bytes of {@link #content}; {@code VersionGone} if they are no
   * longer known to be those.
   */
  void read(long offsetBytes, ByteBuffer destination) throws RealizeException;

  /** The blob, if it is one. */
  @Nullable Blob blob();

  @Override
  void close();

  /** The filled ranges of a blob. */
  record OfBlob(Content.File content, Blob blob) implements HeldBytes {

    OfBlob(Blob blob) {
      this(new Content.File(blob.hash(), blob.sizeBytes()), blob);
    }

    @Override
    public boolean has(long startBytes, long endBytes) {
      return blob.readable(startBytes, endBytes);
    }

    @Override
    public void read(long offsetBytes, ByteBuffer destination) throws RealizeException {
      blob.read(offsetBytes, destination);
    }

    @Override
    public void close() {
      blob.close();
    }
  }
}
