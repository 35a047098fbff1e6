package org.realize.sync.engine;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.realize.sync.arena.Arena;
import org.realize.sync.content.LocalContent;
import org.realize.sync.content.LocalContents;
import org.realize.sync.engine.SyncWork.PlannedPath;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.Blob;
import org.realize.sync.port.PathState;
import org.realize.sync.port.RealVersion;
import org.realize.sync.rules.Judgement;
import org.realize.sync.rules.PathJob;

/**
 * The real files of one batch whose names are taken by versions that do not cover them, or that are
 * to be kept and not to be files, as blobs. A file that becomes a blob may be the only copy for
 * other paths too, which had no blob to refer to until then. So every path at which the content is
 * current refers to the blob before the file leaves its name, and until {@link #close} the blobs
 * are open, which keeps them from eviction. Confined to its thread.
 */
final class DisplacedFiles implements AutoCloseable {

  private static final int COPIED_BYTES = 1 << 20;

  /** States looked at in one read. */
  private static final int PAGE = 5_000;

  /** References added in one commit. */
  private static final int BATCH = 500;

  /** A path at which a content is current. */
  private record Reference(ContentHash hash, RelativePath path) {}

  private final Arena arena;
  private final Map<ContentHash, Blob> blobs = new HashMap<>();

  /** No files of {@code arena} so far. */
  DisplacedFiles(Arena arena) {
    this.arena = arena;
  }

  /** Copies the real file of a path into the cache, if the path's job displaces it. */
  void keep(PlannedPath planned) throws RealizeException {
    RealVersion now = planned.state().real();
    if (now != null
        && now.version().content() instanceof Content.File file
        && planned.job().orElse(null) instanceof PathJob.RealizePath realize
        && realize.displaced().isPresent()
        && !realize.version().vector().covers(now.version().vector())) {
      copy(planned.path(), file);
    }
  }

  /** Copies the real file of a path, which has that content, into the cache. */
  void copy(RelativePath path, Content.File file) throws RealizeException {
    Blob blob = blobs.get(file.hash());
    if (blob == null) {
      blob = arena.blobs().open(file.hash(), file.sizeBytes());
      blobs.put(file.hash(), blob);
    }
    ByteBuffer buffer = ByteBuffer.allocate(COPIED_BYTES);
    try (LocalContent source = new LocalContents(arena).open(path, file)) {
      for (long at = 0; at < file.sizeBytes(); at += buffer.limit()) {
        buffer.clear().limit((int) Math.min(COPIED_BYTES, file.sizeBytes() - at));
        source.read(at, buffer);
        blob.write(at, buffer.flip());
      }
    }
    blob.commit();
  }

  /**
   * Adds the references that the blobs lack. A path that is changed meanwhile adds its own, since
   * the blobs exist. Cost: all paths of the arena, if any file was kept.
   */
  void refer() throws RealizeException {
    if (blobs.isEmpty()) {
      return;
    }
    Optional<RelativePath> next = Optional.of(RelativePath.ROOT);
    while (next.isPresent()) {
      RelativePath after = next.get();
      List<Reference> missing = new ArrayList<>();
      next = arena.store().read(reader -> missing(reader, after, missing));
      arena
          .store()
          .writeEach(
              missing,
              BATCH,
              (writer, reference) -> {
                Optional<PathState> state = writer.path(reference.path());
                if (state.isPresent()
                    && Judgement.currentFiles(state.get()).contains(reference.hash())) {
                  writer.addBlobReference(reference.hash(), reference.path());
                }
              });
    }
  }

  /** Finds the missing references of the next paths; the last of these, if more may follow. */
  private Optional<RelativePath> missing(
      ArenaReader reader, RelativePath after, List<Reference> missing)
      throws RealizeException.StorageFailed {
    List<PathState> states = reader.paths(after, PAGE);
    for (PathState state : states) {
      for (ContentHash hash : Judgement.currentFiles(state)) {
        if (blobs.containsKey(hash) && !reader.isBlobReferred(hash, state.path())) {
          missing.add(new Reference(hash, state.path()));
        }
      }
    }
    return states.isEmpty() ? Optional.empty() : Optional.of(states.getLast().path());
  }

  @Override
  public void close() {
    blobs.values().forEach(Blob::close);
  }
}
