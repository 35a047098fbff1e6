package org.realize.sync.service;

import java.nio.ByteBuffer;
import java.util.Optional;
import org.realize.sync.model.Content;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.VersionGone;
import org.realize.sync.port.Blob;
import org.realize.sync.port.Disk;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.PathState;
import org.realize.sync.port.PeerLink.ContentRequest;
import org.realize.sync.real.RealBytes;

/**
 * The bytes of a content that a peer asked for, wherever they are here: the real file at the hinted
 * path while it is what was indexed, else the blob.
 */
sealed interface ContentBytes extends AutoCloseable {

  /** Fills {@code destination}; {@code VersionGone} when the bytes are not here any more. */
  void read(long offsetBytes, ByteBuffer destination) throws RealizeException;

  @Override
  void close();

  /** Opens what has {@code [start, end)} of the content; {@code VersionGone} when nothing has. */
  static ContentBytes open(ServedArena arena, ContentRequest request, long start, long end)
      throws RealizeException {
    VersionGone cause = null;
    try {
      Optional<ContentBytes> real = real(arena, request);
      if (real.isPresent()) {
        return real.get();
      }
    } catch (VersionGone e) {
      cause = e;
    }
    Optional<Blob> blob = arena.blobs().find(request.hash());
    if (blob.isPresent()) {
      if (blob.get().sizeBytes() == request.sizeBytes() && blob.get().readable(start, end)) {
        return new OfBlob(blob.get());
      }
      blob.get().close();
    }
    if (cause != null) {
      throw cause;
    }
    throw new VersionGone(
        "content %s of '%s' is not here".formatted(request.hash().hex8(), request.hint()));
  }

  private static Optional<ContentBytes> real(ServedArena arena, ContentRequest request)
      throws RealizeException {
    Disk root = arena.root();
    if (root == null) {
      return Optional.empty();
    }
    Content wanted = new Content.File(request.hash(), request.sizeBytes());
    Optional<PathState> state = arena.store().read(r -> r.path(request.hint()));
    Optional<FileStat> stat = state.flatMap(known -> known.realStat(wanted));
    if (stat.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(new OfReal(RealBytes.open(root, request.hint(), stat.get())));
  }

  /** A real file. */
  record OfReal(RealBytes bytes) implements ContentBytes {
    @Override
    public void read(long offsetBytes, ByteBuffer destination) throws RealizeException {
      bytes.fill(offsetBytes, destination);
    }

    @Override
    public void close() {
      bytes.close();
    }
  }

  /** A blob, as far as it is filled. */
  record OfBlob(Blob blob) implements ContentBytes {
    @Override
    public void read(long offsetBytes, ByteBuffer destination) throws RealizeException {
      if (!blob.readable(offsetBytes, offsetBytes + destination.remaining())) {
        throw new VersionGone("blob " + blob.hash().hex8() + " does not have these bytes");
      }
      blob.read(offsetBytes, destination);
    }

    @Override
    public void close() {
      blob.close();
    }
  }
}
