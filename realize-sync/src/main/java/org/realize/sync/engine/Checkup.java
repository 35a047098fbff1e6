package org.realize.sync.engine;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.realize.sync.arena.Arena;
import org.realize.sync.content.OpenFile;
import org.realize.sync.delta.TreeShape;
import org.realize.sync.model.ByteRange;
import org.realize.sync.model.ByteRanges;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.PathState;
import org.realize.sync.port.RealVersion;
import org.realize.sync.rate.Throttle;
import org.realize.sync.real.Real;
import org.realize.sync.transfer.Downloader;

/**
 * Reads what an arena has here of a content once more, compares it with its hash tree, and gets
 * from peers what has changed on the disk. Thread-safe for different contents.
 */
public final class Checkup {

  /** Throws while the root is not certainly the arena's own: then nothing is repaired there. */
  public interface RootCheck {
    void check() throws RealizeException;
  }

  /**
   * How it came out.
   *
   * @param unrepaired why wrong bytes are still wrong, or absent, or nothing could be checked;
   *     empty where all is right now
   */
  public record Result(long checkedBytes, long wrongBytes, String unrepaired) {
    static final Result NOTHING = new Result(0, 0, "");

    /** True if something is wrong, and could not be mended. */
    public boolean isUnrepaired() {
      return !unrepaired.isEmpty();
    }

    /** What to tell people where this is not as it should be. */
    public String describe() {
      if (wrongBytes == 0) {
        return "cannot be checked: " + unrepaired;
      }
      String what = "%,d of %,d bytes had changed on the disk".formatted(wrongBytes, checkedBytes);
      return what + (isUnrepaired() ? ": " + unrepaired : "; peers' bytes are in their place");
    }
  }

  private final Arena arena;
  private final Downloader downloader;
  private final RootCheck rootCheck;
  private final BlobCheck blobs;
  private final @Nullable RealCheck reals;
  private final @Nullable RealRepair repair;

  /** Reads no faster than {@code throttle} lets it. */
  public Checkup(Arena arena, Downloader downloader, RootCheck rootCheck, Throttle throttle) {
    this.arena = arena;
    this.downloader = downloader;
    this.rootCheck = rootCheck;
    blobs = new BlobCheck(arena.store(), arena.blobs(), throttle);
    Real root = arena.root();
    if (root == null) {
      reals = null;
      repair = null;
    } else {
      reals = new RealCheck(arena.store(), root.disk(), throttle);
      repair = new RealRepair(root, downloader);
    }
  }

  Arena arena() {
    return arena;
  }

  Downloader downloader() {
    return downloader;
  }

  /** Checks what is cached of {@code hash}. */
  public Result cached(ContentHash hash) throws RealizeException, InterruptedException {
    Checked found;
    try {
      found = blobs.check(hash);
    } catch (StorageFailed e) {
      return new Result(0, 0, e.oneLine());
    }
    if (found.wrong().isEmpty()) {
      return new Result(found.bytes(), 0, "");
    }
    String unrepaired;
    try {
      fetch(hash, found.wrong());
      boolean stays = !blobs.check(hash, found.wrong()).wrong().isEmpty();
      unrepaired = stays ? "no other peer is known to have them, so they stay" : "";
    } catch (RealizeException e) {
      unrepaired = e.oneLine();
    }
    return new Result(found.bytes(), found.wrong().lengthBytes(), unrepaired);
  }

  /** Reads blocks that are absent by now, for the cache's sake. */
  private void fetch(ContentHash hash, ByteRanges blocks)
      throws RealizeException, InterruptedException {
    Optional<PathState> state =
        arena
            .store()
            .read(reader -> {
              List<RelativePath> paths = reader.blobReferences(hash, 1);
              return paths.isEmpty() ? Optional.empty() : reader.path(paths.getFirst());
            });
    if (state.isEmpty() || !(state.get().shown().content() instanceof Content.File content)) {
      throw new RealizeException.NotFound("nothing shows " + hash.hex8() + " any more");
    }
    ByteBuffer buffer = ByteBuffer.allocate(TreeShape.BLOCK_BYTES);
    try (OpenFile reader = downloader.open(state.get().path(), content)) {
      for (ByteRange range : blocks.ranges()) {
        for (long at = range.startBytes(); at < range.endBytes(); at += buffer.position()) {
          int length = (int) Math.min(buffer.capacity(), range.endBytes() - at);
          if (reader.read(at, buffer.clear().limit(length)) <= 0) {
            break;
          }
        }
      }
    }
  }

  /** Checks the real file at the state's path. */
  public Result real(PathState state) throws RealizeException, InterruptedException {
    RealVersion real = state.real();
    if (reals == null || repair == null || real == null) {
      return Result.NOTHING;
    }
    rootCheck.check();
    Checked found;
    try {
      found = reals.check(state);
    } catch (StorageFailed e) {
      return new Result(0, 0, e.oneLine());
    }
    if (found.wrong().isEmpty()) {
      return new Result(found.bytes(), 0, "");
    }
    String unrepaired = "";
    try {
      repair.repair(state, found.wrong());
    } catch (RealizeException e) {
      unrepaired = e.oneLine();
    }
    return new Result(found.bytes(), found.wrong().lengthBytes(), unrepaired);
  }
}
