package org.realize.sync.content;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.realize.sync.arena.Arena;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
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
public final class CacheFill implements FillTarget {

  /** The receiver of what becomes of bytes that are to be cached. */
  public interface FillListener {
    /** Bytes were cached. */
    void cached();

    /** Bytes of the content at {@code path} are not cached; readers still get them. */
    void notCached(RelativePath path, RealizeException cause);
  }

  private final Arena arena;
  private final FillListener listener;
  private final RelativePath path;
  private final Content.File content;
  private final OneTimeAction found = new OneTimeAction(this::findNow);
  private final OneTimeAction admitted = new OneTimeAction(this::admitNow);
  private final OneTimeAction made = new OneTimeAction(this::makeNow);
  private volatile @Nullable Blob blob;

  /** Why bytes are not kept any more; null while they are. */
  private volatile @Nullable RealizeException refusal;

  /** True if the content is larger than what is kept of reading it once. */
  private volatile boolean large;

  private volatile boolean wanted;

  /** The blob of {@code content}, which {@code path} shows or showed. */
  public CacheFill(Arena arena, RelativePath path, Content.File content, FillListener listener) {
    this.arena = arena;
    this.listener = listener;
    this.path = path;
    this.content = content;
  }

  @Override
  public void find() {
    found.run();
  }

  @Override
  public boolean has(long start, long end) {
    Blob present = blob;
    return present != null && present.readable(start, end);
  }

  @Override
  public long keptBytes() {
    Blob present = blob;
    return present == null ? 0 : present.readable().lengthBytes();
  }

  @Override
  public boolean isKept() {
    return refusal == null && !isPassing();
  }

  private boolean isPassing() {
    return large && !wanted;
  }

  @Override
  public void want() {
    wanted = true;
  }

  @Override
  public void read(long offset, ByteBuffer destination) throws RealizeException {
    Blob present = blob;
    if (present == null) {
      throw new IllegalStateException("no blob of '" + path + "'");
    }
    present.read(offset, destination);
  }

  @Override
  public boolean keep(long offset, ByteBuffer bytes, @Nullable Blob same) {
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
      wasKept();
      return true;
    } catch (RealizeException e) {
      refused(e);
      return false;
    }
  }

  /** A blob has verified bytes only. */
  @Override
  public boolean prove(long index, ContentHash leaf) {
    return false;
  }

  @Override
  public void commit() throws RealizeException {
    RealizeException cause = refusal;
    if (cause != null) {
      throw cause;
    }
    Blob present = blob;
    if (present != null) {
      present.commit();
    }
  }

  @Override
  public Optional<Path> backing() {
    Blob present = blob;
    return present == null ? Optional.empty() : present.completeFile();
  }

  @Override
  public void close() {
    Blob present = blob;
    if (present != null) {
      present.close();
    }
  }

  private void findNow() {
    try {
      blob = arena.blobs().find(content.hash()).orElse(null);
      if (blob != null) {
        refer();
      }
    } catch (RealizeException e) {
      refused(e);
    }
  }

  private void admitNow() {
    large = blob == null && !arena.blobs().admits(content.sizeBytes());
  }

  private void makeNow() {
    if (blob != null || refusal != null) {
      return;
    }
    try {
      blob = arena.blobs().open(content.hash(), content.sizeBytes());
      refer();
    } catch (RealizeException e) {
      refused(e);
    }
  }

  /**
   * Notes that the blob's content is current at the path, if it still is and it is not noted yet.
   */
  private void refer() throws RealizeException {
    if (arena.store().<Boolean>read(reader -> reader.isBlobReferred(content.hash(), path))) {
      return;
    }
    arena
        .store()
        .write(tx -> {
          Optional<PathState> state = tx.path(path);
          if (state.isPresent() && Judgement.currentFiles(state.get()).contains(content.hash())) {
            tx.addBlobReference(content.hash(), path);
          }
        });
  }

  /** A write that began before another was refused does not take that back. */
  private void wasKept() {
    if (refusal == null) {
      listener.cached();
    }
    RealizeException meanwhile = refusal;
    if (meanwhile != null) {
      listener.notCached(path, meanwhile);
    }
  }

  private void refused(RealizeException cause) {
    if (refusal == null) {
      refusal = cause;
      listener.notCached(path, cause);
    }
  }
}
