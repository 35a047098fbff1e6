package org.realize.sync.content;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.realize.sync.arena.Arena;
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
import org.realize.sync.real.RootIndex;

/**
 * The verifier of one arena's bytes on this machine, cached ones and real files: they are read and
 * compared with the hash tree, and those that the disk lost are replaced by peers' bytes.
 * Thread-safe for different contents.
 */
public final class ContentVerifier {

  /**
   * The result for one blob or real file.
   *
   * @param wrongBytes bytes that the disk lost
   * @param unrepaired why wrong bytes are still wrong, or absent, or nothing could be verified;
   *     empty where all is right now
   * @param isChanged true if a program has changed the file: it is indexed again, and no damage
   */
  public record Result(long checkedBytes, long wrongBytes, String unrepaired, boolean isChanged) {
    static final Result NOTHING = sound(0);

    static Result sound(long checkedBytes) {
      return new Result(checkedBytes, 0, "", false);
    }

    static Result changed(long checkedBytes) {
      return new Result(checkedBytes, 0, "", true);
    }

    static Result wrong(long checkedBytes, long wrongBytes, String unrepaired) {
      return new Result(checkedBytes, wrongBytes, unrepaired, false);
    }

    /** True if something is wrong, and could not be repaired. */
    public boolean isUnrepaired() {
      return !unrepaired.isEmpty();
    }

    /** The text for people where this is not as it should be. */
    public String describe() {
      if (isChanged) {
        return "a program has changed it since it was indexed: it is indexed again";
      }
      if (wrongBytes == 0) {
        return "cannot be checked: " + unrepaired;
      }
      String what = "%,d of %,d bytes had changed on the disk".formatted(wrongBytes, checkedBytes);
      return what + (isUnrepaired() ? ": " + unrepaired : "; peers' bytes are in their place");
    }
  }

  private final Arena arena;
  private final ContentOpener contents;
  private final RootIndex rootIndex;
  private final BlobVerifier blobs;
  private final @Nullable RealVerifier reals;
  private final @Nullable RealRepair repair;

  /** Reads no faster than {@code throttle} lets it. */
  public ContentVerifier(
      Arena arena, ContentOpener contents, RootIndex rootIndex, Throttle throttle) {
    this.arena = arena;
    this.contents = contents;
    this.rootIndex = rootIndex;
    blobs = new BlobVerifier(arena.store(), arena.blobs(), throttle);
    Real root = arena.root();
    if (root == null) {
      reals = null;
      repair = null;
    } else {
      reals = new RealVerifier(arena.store(), root.disk(), throttle);
      repair = new RealRepair(root, contents);
    }
  }

  /** The arena whose bytes are verified. */
  public Arena arena() {
    return arena;
  }

  /** Verifies what is cached of {@code hash}. */
  public Result cached(ContentHash hash) throws RealizeException, InterruptedException {
    BlobVerifier.BlobFound found;
    try {
      found = blobs.verify(hash);
    } catch (StorageFailed e) {
      return Result.wrong(0, 0, e.oneLine());
    }
    if (found.wrong().isEmpty()) {
      return Result.sound(found.bytes());
    }
    String unrepaired;
    try {
      fetch(hash, found.wrong());
      boolean stays = !blobs.verify(hash, found.wrong()).wrong().isEmpty();
      unrepaired = stays ? "no other peer is known to have them, so they stay" : "";
    } catch (RealizeException e) {
      unrepaired = e.oneLine();
    }
    return Result.wrong(found.bytes(), found.wrong().lengthBytes(), unrepaired);
  }

  /** Fetches blocks that were found wrong and are absent since. */
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
    try (OpenFile reader = contents.open(state.get().path(), content)) {
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

  /**
   * Verifies the real file at the state's path. Bytes that the disk lost are replaced by peers';
   * those that a program has changed are never touched, and indexed as its version.
   */
  public Result real(PathState state) throws RealizeException, InterruptedException {
    if (reals == null || repair == null) {
      return Result.NOTHING;
    }
    rootIndex.check(state.path());
    RealVerifier.FileFound found;
    try {
      found = reals.verify(state);
    } catch (StorageFailed e) {
      return Result.wrong(0, 0, e.oneLine());
    }
    return switch (found) {
      case RealVerifier.FileFound.Nothing() -> Result.NOTHING;
      case RealVerifier.FileFound.Sound(long bytes) -> Result.sound(bytes);
      case RealVerifier.FileFound.Changed(long bytes) -> {
        distrust(state);
        rootIndex.request(state.path());
        yield Result.changed(bytes);
      }
      case RealVerifier.FileFound.Damaged(long bytes, ByteRanges wrong) -> {
        String unrepaired = "";
        try {
          rootIndex.check(state.path());
          repair.repair(state, wrong);
        } catch (RealizeException e) {
          unrepaired = e.oneLine();
        }
        yield Result.wrong(bytes, wrong.lengthBytes(), unrepaired);
      }
    };
  }

  /** Commits that the stat of the real file proves nothing, so that the index hashes it again. */
  private void distrust(PathState state) throws RealizeException {
    RealVersion real = state.real();
    if (real == null || !real.isCertain()) {
      return;
    }
    arena
        .store()
        .write(writer -> {
          PathState now = writer.path(state.path()).orElse(null);
          if (now != null && real.equals(now.real())) {
            writer.put(now.withReal(real.unproven()));
          }
        });
  }
}
