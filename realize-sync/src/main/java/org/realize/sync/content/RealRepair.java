package org.realize.sync.content;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.realize.sync.delta.TreeHasher;
import org.realize.sync.delta.TreeShape;
import org.realize.sync.model.ByteRanges;
import org.realize.sync.model.Content;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Corrupt;
import org.realize.sync.model.RealizeException.Invalid;
import org.realize.sync.model.RealizeException.VersionGone;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Disk;
import org.realize.sync.port.Disk.OpenMode;
import org.realize.sync.port.DiskFile;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.PathState;
import org.realize.sync.real.ApplyProtocol;
import org.realize.sync.real.Real;

/**
 * The repair of a real file whose bytes have changed on the disk: the right blocks are copied, the
 * wrong ones fetched from peers, and the whole takes the file's place in one step, with its
 * attributes ({@link ApplyProtocol}). Blocks are not written into the file itself: stopped half
 * way, it would have a new time and still wrong bytes, and be taken for the user's change.
 *
 * <p>The indexer finds another file with the same content, which is no new version. Thread-safe for
 * different paths.
 */
final class RealRepair {

  private final Real root;
  private final ContentOpener contents;

  RealRepair(Real root, ContentOpener contents) {
    this.root = root;
    this.contents = contents;
  }

  /**
   * Repairs the file at {@code path}, durably. Fails, with nothing changed, where no peer has the
   * blocks, there is no room, the file changed or is open, or has other names, which would keep the
   * wrong bytes.
   */
  void repair(PathState state, ByteRanges wrong) throws RealizeException, InterruptedException {
    RelativePath path = state.path();
    FileStat listed = state.realStat();
    if (listed == null) {
      return;
    }
    if (listed.links() > 1) {
      throw new Invalid("repair '%s': the file has other names, too".formatted(path));
    }
    try {
      ApplyProtocol.ApplyOutcome outcome =
          root.apply().replace(path, listed, made -> build(state, wrong, made));
      switch (outcome) {
        case DONE -> {}
        case CHANGED -> throw new VersionGone("repair '%s': it has changed".formatted(path));
        case OPEN -> throw new Invalid("repair '%s': a program has it open".formatted(path));
        case UNSUPPORTED ->
            throw new Invalid("repair '%s': its file system cannot do it safely".formatted(path));
      }
    } catch (IOException e) {
      throw Disk.failure("repair '%s'".formatted(path), e);
    }
  }

  private void build(PathState state, ByteRanges wrong, DiskFile made)
      throws RealizeException, IOException, InterruptedException {
    RelativePath path = state.path();
    try (RealBytes old =
            RealBytes.open(root.disk(), state, OpenMode.READ_UNNOTICED)
                .orElseThrow(() -> new VersionGone("no '" + path + "'"));
        OpenFile peers = contents.open(path, old.content())) {
      Content.File content = old.content();
      TreeShape shape = new TreeShape(content.sizeBytes());
      TreeHasher hasher = new TreeHasher(TreeHasher.NO_NODES);
      ByteBuffer block = ByteBuffer.allocate(TreeShape.BLOCK_BYTES);
      for (long index = 0; index < shape.blocks(); index++) {
        long at = TreeShape.blockOffset(index);
        block.clear().limit(shape.blockLength(index));
        if (wrong.contains(at, at + block.limit())) {
          fetch(peers, at, block);
        } else {
          old.read(at, block);
        }
        hasher.update(block.duplicate().flip());
        if (!isZero(block.flip())) { // a hole stays one
          made.write(block, at);
        }
      }
      if (!hasher.finish().equals(content.hash())) {
        throw new Corrupt("repair '%s': more bytes are wrong than before".formatted(path));
      }
      made.truncate(content.sizeBytes());
    }
  }

  private static void fetch(OpenFile peers, long at, ByteBuffer block)
      throws RealizeException, InterruptedException {
    while (block.hasRemaining()) {
      if (peers.read(at + block.position(), block) <= 0) {
        throw new Corrupt("a peer's file ends at " + (at + block.position()));
      }
    }
  }

  private static final ByteBuffer ZEROS =
      ByteBuffer.allocate(TreeShape.BLOCK_BYTES).asReadOnlyBuffer();

  private static boolean isZero(ByteBuffer block) {
    return block.mismatch(ZEROS.duplicate().limit(block.limit())) < 0;
  }
}
