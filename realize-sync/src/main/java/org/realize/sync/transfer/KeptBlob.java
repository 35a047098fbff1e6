package org.realize.sync.transfer;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.Content;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Blob;
import org.realize.sync.port.PathState;
import org.realize.sync.rules.Judgement;

/**
 * The blob of one fetch: found if it exists, made when the first block arrives unless the content
 * is too large to be worth it, filled until there is no room. Thread-safe; {@link #has} and {@link
 * #isKept} touch no disk.
 */
final class KeptBlob {

  /** References looked through to see whether a path is among them. */
  private static final int REFERENCES = 100;

  private final FetchScope scope;
  private final RelativePath path;
  private final Content.File content;
  private final Once found = new Once(this::findNow);
  private final Once admitted = new Once(this::admitNow);
  private final Once made = new Once(this::makeNow);
  private volatile @Nullable Blob blob;

  /** Why bytes are not kept any more; null while they are. */
  private volatile @Nullable RealizeException refusal;

  /** True if the content is larger than what is kept of reading it once. */
  private volatile boolean large;

  private volatile boolean wanted;

  KeptBlob(FetchScope scope, RelativePath path, Content.File content) {
    this.scope = scope;
    this.path = path;
    this.content = content;
  }

  /** Opens the blob if it exists. */
  void find() {
    found.run();
  }

  /** True if {@code [start, end)} can be read. */
  boolean has(long start, long end) {
    Blob present = blob;
    return present != null && present.readable(start, end);
  }

  /** False once bytes that arrive are not kept. */
  boolean isKept() {
    return refusal == null && !isPassing();
  }

  private boolean isPassing() {
    return large && !wanted;
  }

  /** The content is to be had here whole, however large it is; also if it was passing so far. */
  void want() {
    wanted = true;
  }

  /** Fills {@code destination} with bytes that it {@link #has}. */
  void read(long offset, ByteBuffer destination) throws RealizeException {
    Blob present = blob;
    if (present == null) {
      throw new IllegalStateException("no blob of '" + path + "'");
    }
    int length = destination.remaining();
    present.read(offset, destination);
    scope.counters().fromBlob(length);
  }

  /**
   * Keeps verified bytes; false if they cannot be kept.
   *
   * @param same another blob that has them at the same place, if one does
   */
  boolean keep(long offset, ByteBuffer bytes, @Nullable Blob same) {
    admitted.run();
    if (!isKept()) {
      return false;
    }
    made.run();
    Blob present = blob;
    if (present == null) {
      return false;
    }
    try {
      if (same == null) {
        present.write(offset, bytes);
      } else {
        present.writeSame(offset, bytes, same);
      }
      scope.findings().cached();
      return true;
    } catch (RealizeException e) {
      refused(e);
      return false;
    }
  }

  /** Makes all that was kept durable; fails if something was not kept. */
  void claim() throws RealizeException {
    RealizeException cause = refusal;
    if (cause != null) {
      throw cause;
    }
    Blob present = blob;
    if (present != null) {
      present.claim();
    }
  }

  Optional<Path> backing() {
    Blob present = blob;
    return present == null ? Optional.empty() : present.completeFile();
  }

  void close() {
    Blob present = blob;
    if (present != null) {
      present.close();
    }
  }

  private void findNow() {
    try {
      blob = scope.arena().blobs().find(content.hash()).orElse(null);
      if (blob != null) {
        refer();
      }
    } catch (RealizeException e) {
      refused(e);
    }
  }

  private void admitNow() {
    large = blob == null && !scope.arena().blobs().admits(content.sizeBytes());
  }

  private void makeNow() {
    if (blob != null || refusal != null) {
      return;
    }
    try {
      blob = scope.arena().blobs().open(content.hash(), content.sizeBytes());
      refer();
    } catch (RealizeException e) {
      refused(e);
    }
  }

  /**
   * Notes that the blob's content is current at the path, if it still is and it is not noted yet.
   */
  private void refer() throws RealizeException {
    boolean noted =
        scope
            .arena()
            .store()
            .read(r -> r.blobReferences(content.hash(), REFERENCES).contains(path));
    if (noted) {
      return;
    }
    scope
        .arena()
        .store()
        .write(tx -> {
          Optional<PathState> state = tx.path(path);
          if (state.isPresent() && Judgement.currentFiles(state.get()).contains(content.hash())) {
            tx.addBlobReference(content.hash(), path);
          }
        });
  }

  private void refused(RealizeException cause) {
    if (refusal == null) {
      refusal = cause;
      scope.findings().notCached(path, cause);
    }
  }
}
