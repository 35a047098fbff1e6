package org.realize.store.blob;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.realize.sync.model.ByteRanges;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.RealizeException;
import org.realize.sync.port.Blob;

/** One user's hold on a shared {@link SparseBlob}. Thread-safe. */
final class BlobHandle implements Blob {

  private final SparseBlobStore store;
  private final SparseBlob blob;
  private final AtomicBoolean closed = new AtomicBoolean();

  BlobHandle(SparseBlobStore store, SparseBlob blob) {
    this.store = store;
    this.blob = blob;
  }

  @Override
  public ContentHash hash() {
    return blob.row().hash();
  }

  @Override
  public long sizeBytes() {
    return blob.row().sizeBytes();
  }

  @Override
  public ByteRanges readable() {
    return blob.readable();
  }

  @Override
  public boolean readable(long startBytes, long endBytes) {
    return blob.readable().contains(startBytes, endBytes);
  }

  @Override
  public int read(long offsetBytes, ByteBuffer destination) throws RealizeException {
    requireOpen();
    int read = blob.read(offsetBytes, destination);
    store.used(blob, read);
    return read;
  }

  @Override
  public void write(long offsetBytes, ByteBuffer verified) throws RealizeException {
    requireOpen();
    if (verified.hasRemaining() || offsetBytes < 0) {
      store.write(blob, offsetBytes, verified.remaining(), () -> blob.write(offsetBytes, verified));
    }
  }

  @Override
  public void writeSame(long offsetBytes, ByteBuffer verified, Blob same) throws RealizeException {
    requireOpen();
    if (same instanceof BlobHandle other && other.store == store) {
      other.requireOpen();
      if (!verified.hasRemaining()) {
        return;
      }
      store.write(
          blob,
          offsetBytes,
          verified.remaining(),
          () -> blob.writeSame(offsetBytes, verified, other.blob));
    } else {
      throw new IllegalArgumentException("blob " + same.hash().hex8() + " is of another store");
    }
  }

  @Override
  public void claim() throws RealizeException {
    requireOpen();
    store.claim(blob);
  }

  @Override
  public Optional<Path> completeFile() {
    return blob.isComplete() ? store.place(blob.row()) : Optional.empty();
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      store.release(blob);
    }
  }

  private void requireOpen() {
    if (closed.get()) {
      throw new IllegalStateException("blob " + hash().hex8() + " is closed");
    }
  }
}
