package org.realize.sync.transfer;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.Content;
import org.realize.sync.model.RealizeException;
import org.realize.sync.port.Blob;
import org.realize.sync.real.RealBytes;

/**
 * Bytes that are here of a content which a path does not show any more. Safe for concurrent use.
 */
sealed interface EarlierBytes extends AutoCloseable {

  Content.File content();

  /** True if {@code [start, end)} can be read. */
  boolean has(long start, long end);

  /** Fills {@code destination}. */
  void read(long offset, ByteBuffer destination) throws RealizeException;

  /** The blob that has them, if one does. */
  @Nullable Blob blob();

  @Override
  void close();

  /** A blob, as far as it is filled. */
  record OfBlob(Content.File content, Blob blob) implements EarlierBytes {

    static OfBlob of(Blob blob) {
      return new OfBlob(new Content.File(blob.hash(), blob.sizeBytes()), blob);
    }

    @Override
    public boolean has(long start, long end) {
      return blob.readable(start, end);
    }

    @Override
    public void read(long offset, ByteBuffer destination) throws RealizeException {
      blob.read(offset, destination);
    }

    @Override
    public void close() {
      blob.close();
    }
  }

  /** A real file that is still what was indexed. */
  record OfReal(Content.File content, RealBytes bytes) implements EarlierBytes {

    @Override
    public boolean has(long start, long end) {
      return end <= content.sizeBytes();
    }

    @Override
    public void read(long offset, ByteBuffer destination) throws RealizeException {
      bytes.fill(offset, destination);
    }

    @Override
    public @Nullable Blob blob() {
      return null;
    }

    @Override
    public void close() {
      bytes.close();
    }
  }
}
