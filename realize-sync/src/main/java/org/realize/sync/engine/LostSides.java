package org.realize.sync.engine;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.realize.sync.arena.Arena;
import org.realize.sync.model.Mark;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.InDoubt;
import org.realize.sync.port.Blob;
import org.realize.sync.port.Disk;
import org.realize.sync.port.DiskFile;
import org.realize.sync.port.DiskFullException;
import org.realize.sync.port.LostSide;
import org.realize.sync.real.Real;
import org.realize.sync.real.RealChange;
import org.realize.sync.real.RootIndex;

/**
 * The way of what lost a conflict from the cache to the trash, at paths that are kept or owned: who
 * chose wrongly finds it there. What some path still shows stays where it is, and so does what is
 * not whole; an arena without a root has no trash. A kill between the copy and its commit leaves
 * two copies in the trash.
 */
public final class LostSides implements Job {

  private static final Duration PERIOD = Duration.ofSeconds(5);

  /** Files that one step moves. */
  private static final int BATCH = 50;

  /** Files that one step looks at: some may wait for room, or for a place. */
  private static final int MAX_LOOKED_AT = 2_000;

  private static final int COPIED_BYTES = 1 << 20;

  private final Arena arena;
  private final RootIndex index;
  private final BooleanSupplier isCertain;

  /**
   * The losers of {@code arena}.
   *
   * @param index of its root
   * @param isCertain true while the root is the one that was indexed
   */
  public LostSides(Arena arena, RootIndex index, BooleanSupplier isCertain) {
    this.arena = arena;
    this.index = index;
    this.isCertain = isCertain;
  }

  @Override
  public String purpose() {
    return "move what lost a conflict to the trash";
  }

  @Override
  public Optional<Duration> step() throws RealizeException, InterruptedException {
    Real root = arena.root();
    if (root != null && !isCertain.getAsBoolean()) {
      return Optional.of(PERIOD);
    }
    List<LostSide> lost = arena.store().read(reader -> reader.lostSides(MAX_LOOKED_AT));
    int done = 0;
    for (LostSide side : lost) {
      if (done == BATCH) {
        return Optional.of(Duration.ZERO);
      }
      if (root == null || !isWanted(side) || isMoved(root, side)) {
        arena
            .store()
            .write(writer -> {
              writer.removeLostSide(side);
            });
        done++;
      }
    }
    return Optional.of(PERIOD);
  }

  private boolean isWanted(LostSide side) throws RealizeException {
    return arena
        .store()
        .read(reader ->
            arena.marks(reader).of(side.path()) != Mark.WATCH
                && reader.blobReferences(side.hash(), 1).isEmpty());
  }

  /** False if it is to be tried again: there is no room, or the place is in doubt. */
  private boolean isMoved(Real root, LostSide side) throws RealizeException, InterruptedException {
    String action = "move '" + side.path() + "', which lost a conflict, to the trash";
    try (Blob blob = arena.blobs().find(side.hash()).orElse(null)) {
      if (blob == null || !blob.readable(0, blob.sizeBytes())) {
        return true;
      }
      index.check(side.path());
      if (root.disk().usage().spareBytes() < blob.sizeBytes()) {
        return false;
      }
      RealChange.Attributes like = new RealChange.Attributes(side.mode(), side.mtime());
      root.trash().put(side.path(), like, made -> copy(blob, made));
      return true;
    } catch (InDoubt | DiskFullException later) {
      return false;
    } catch (IOException e) {
      throw Disk.failure(action, e);
    }
  }

  private static void copy(Blob blob, DiskFile made) throws IOException, RealizeException {
    ByteBuffer buffer = ByteBuffer.allocate(COPIED_BYTES);
    for (long at = 0; at < blob.sizeBytes(); at += buffer.limit()) {
      buffer.clear().limit((int) Math.min(COPIED_BYTES, blob.sizeBytes() - at));
      blob.read(at, buffer);
      made.write(buffer.flip(), at);
    }
  }
}
