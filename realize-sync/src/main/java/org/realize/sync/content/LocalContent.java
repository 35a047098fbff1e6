package org.realize.sync.content;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.realize.sync.delta.TreeShape;
import org.realize.sync.model.Content;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RealizeException.VersionGone;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.PathState;

/**
 * The bytes of one content on this machine, opened: from the real file at its path, else its blob,
 * else the real file that is to get the path's name, or has had it, else equal blocks of other
 * versions of the path.
 *
 * <p>The hash decides, not the stat. A blob, and a real file whose stat still proves what was
 * indexed, are read as they are. From every other place a block is taken only if it has the hash
 * that the stored tree gives it, so that a file which a program appends to, touches or links serves
 * its indexed version throughout, and one that is rewritten serves the blocks that did not change.
 *
 * <p>Places are opened as they are needed. Not thread-safe; {@link #close} is idempotent.
 */
public final class LocalContent implements AutoCloseable {

  /** The place that is opened next, in this order. */
  private enum ContentPlace {
    REAL,
    BLOB,
    OTHER_NAME,
    EARLIER,
    NONE
  }

  private final LocalContents contents;
  private final RelativePath path;
  private final Content.File content;
  private final List<HeldBytes> held = new ArrayList<>();
  private ContentPlace next = ContentPlace.REAL;
  private @Nullable StoredTree tree;
  private @Nullable ByteBuffer block;

  LocalContent(LocalContents contents, RelativePath path, Content.File content) {
    this.contents = contents;
    this.path = path;
    this.content = content;
  }

  /** Opens the first place; fails if there is none. */
  void find() throws RealizeException {
    while (held.isEmpty()) {
      if (!findNext()) {
        throw LocalContents.gone(path, content);
      }
    }
  }

  /** Fills {@code destination}; {@code VersionGone} if these bytes are in no place. */
  public void read(long offsetBytes, ByteBuffer destination) throws RealizeException {
    int start = destination.position();
    StorageFailed failure = null;
    for (int i = 0; i < held.size() || isNextExact(); i++) {
      HeldBytes bytes = held.get(i);
      if (!isExact(bytes) || !bytes.has(offsetBytes, offsetBytes + destination.remaining())) {
        continue;
      }
      try {
        bytes.read(offsetBytes, destination);
        return;
      } catch (VersionGone e) {
        destination.position(start);
      } catch (StorageFailed e) {
        destination.position(start);
        failure = e;
      }
    }
    readVerified(offsetBytes, destination, failure);
  }

  /** Opens places until one more is open, while they may be exact. */
  private boolean isNextExact() throws RealizeException {
    int before = held.size();
    while (held.size() == before && next.compareTo(ContentPlace.EARLIER) < 0) {
      findNext();
    }
    return held.size() > before;
  }

  /** True if what can be read in this place is the content, without comparing a hash. */
  private boolean isExact(HeldBytes bytes) {
    return bytes.content().equals(content)
        && switch (bytes) {
          case HeldBytes.OfBlob _ -> true;
          case RealBytes real -> real.isProven();
        };
  }

  /** Opens the next place; false if there is none left. */
  private boolean findNext() throws RealizeException {
    switch (next) {
      case REAL -> {
        next = ContentPlace.BLOB;
        PathState state = contents.state(path).orElse(null);
        if (state != null) {
          contents.real(state).ifPresent(held::add);
        }
      }
      case BLOB -> {
        next = ContentPlace.OTHER_NAME;
        contents.blob(content).ifPresent(held::add);
      }
      case OTHER_NAME -> {
        next = ContentPlace.EARLIER;
        contents.elsewhere(path, content).ifPresent(held::add);
      }
      case EARLIER -> {
        next = ContentPlace.NONE;
        held.addAll(contents.earlierBlobs(path, content));
      }
      case NONE -> {
        return false;
      }
    }
    return true;
  }

  private void readVerified(
      long offsetBytes, ByteBuffer destination, @Nullable StorageFailed failure)
      throws RealizeException {
    long at = offsetBytes;
    while (destination.hasRemaining()) {
      long index = TreeShape.blockAt(at);
      int within = (int) (at - TreeShape.blockOffset(index));
      ByteBuffer right = verified(index);
      if (right == null) {
        throw failure != null ? failure : LocalContents.gone(path, content);
      }
      int length = Math.min(destination.remaining(), right.remaining() - within);
      destination.put(right.slice(within, length));
      at += length;
    }
  }

  /** Block {@code index}, from whichever place has it; null if none has. */
  private @Nullable ByteBuffer verified(long index) throws RealizeException {
    StoredTree stored = tree();
    if (stored.shape().blocks() > 1 && stored.leaf(index) == null) {
      return null;
    }
    ByteBuffer bytes = block();
    int length = stored.shape().blockLength(index);
    for (int i = 0; i < held.size() || findNext(); ) {
      if (i < held.size()
          && readRaw(held.get(i++), TreeShape.blockOffset(index), bytes.clear().limit(length))
          && stored.match(index, bytes.flip()) == StoredTree.Match.RIGHT) {
        return bytes;
      }
    }
    return null;
  }

  /** Fills {@code destination} with what is there, whatever it is; false if that cannot be. */
  private static boolean readRaw(HeldBytes from, long offset, ByteBuffer destination)
      throws RealizeException {
    try {
      return switch (from) {
        case RealBytes real -> {
          real.readNow(offset, destination);
          yield !destination.hasRemaining();
        }
        case HeldBytes.OfBlob blob -> {
          boolean has = blob.has(offset, offset + destination.remaining());
          if (has) {
            blob.read(offset, destination);
          }
          yield has;
        }
      };
    } catch (StorageFailed e) {
      return false;
    }
  }

  private StoredTree tree() {
    StoredTree known = tree;
    if (known == null) {
      known = new StoredTree(contents.arena().store(), content);
      tree = known;
    }
    return known;
  }

  private ByteBuffer block() {
    ByteBuffer known = block;
    if (known == null) {
      known = ByteBuffer.allocate(TreeShape.BLOCK_BYTES);
      block = known;
    }
    return known;
  }

  @Override
  public void close() {
    held.forEach(HeldBytes::close);
    held.clear();
    next = ContentPlace.NONE;
  }
}
