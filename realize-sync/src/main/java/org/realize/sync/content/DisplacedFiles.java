package org.realize.sync.content;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.realize.sync.arena.Arena;
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
 * Real files that are about to leave their names, as blobs: those of one batch whose names are
 * taken by versions that do not cover them, or that are to be kept and not to be files, and what a
 * program removes though other names need its bytes. A file that becomes a blob may be the only
 * copy for other paths too, which had no blob to refer to until then. So the paths at which the
 * content is current refer to the blob before the file leaves its name, and until {@link #close}
 * the blobs are open, which keeps them from eviction. Confined to its thread.
 */
public final class DisplacedFiles implements AutoCloseable {

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
  public DisplacedFiles(Arena arena) {
    this.arena = arena;
  }

  /** Copies the real file of a path into the cache, if the path's job displaces it. */
  public void keep(PathState state, Optional<PathJob> job) throws RealizeException {
    RealVersion now = state.real();
    if (now != null
        && now.version().content() instanceof Content.File file
        && job.orElse(null) instanceof PathJob.RealizePath realize
        && realize.displaced().isPresent()
        && !realize.version().vector().covers(now.version().vector())) {
      copy(state.path(), file);
    }
  }

  /** Copies the real file of a path, which has that content, into the cache. */
  public void copy(RelativePath path, Content.File file) throws RealizeException {
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
  public void refer() throws RealizeException {
    if (blobs.isEmpty()) {
      return;
    }
    Optional<RelativePath> next = Optional.of(RelativePath.ROOT);
    while (next.isPresent()) {
      RelativePath after = next.get();
      List<Reference> missing = new ArrayList<>();
      next = arena.store().read(reader -> missing(reader, after, missing));
      add(missing);
    }
  }

  /** As the other, of some paths alone. */
  public void refer(Collection<RelativePath> paths) throws RealizeException {
    List<Reference> missing = new ArrayList<>();
    arena
        .store()
        .read(reader -> {
          for (RelativePath path : paths) {
            Optional<PathState> state = reader.path(path);
            if (state.isPresent()) {
              missing(reader, state.get(), missing);
            }
          }
          return missing.size();
        });
    add(missing);
  }

  private void add(List<Reference> missing) throws RealizeException {
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

  private void missing(ArenaReader reader, PathState state, List<Reference> missing)
      throws RealizeException.StorageFailed {
    for (ContentHash hash : Judgement.currentFiles(state)) {
      if (blobs.containsKey(hash) && !reader.isBlobReferred(hash, state.path())) {
        missing.add(new Reference(hash, state.path()));
      }
    }
  }

  /** Finds the missing references of the next paths; the last of these, if more may follow. */
  private Optional<RelativePath> missing(
      ArenaReader reader, RelativePath after, List<Reference> missing)
      throws RealizeException.StorageFailed {
    List<PathState> states = reader.paths(after, PAGE);
    for (PathState state : states) {
      missing(reader, state, missing);
    }
    return states.isEmpty() ? Optional.empty() : Optional.of(states.getLast().path());
  }

  @Override
  public void close() {
    blobs.values().forEach(Blob::close);
  }
}
