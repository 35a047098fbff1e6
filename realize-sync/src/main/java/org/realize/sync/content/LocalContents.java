package org.realize.sync.content;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.realize.sync.arena.Arena;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RealizeException.VersionGone;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.Blob;
import org.realize.sync.port.BlobHold;
import org.realize.sync.port.Disk.OpenMode;
import org.realize.sync.port.PathState;
import org.realize.sync.real.Real;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The contents of one arena whose bytes are on this machine, whole or in part. Thread-safe. */
public record LocalContents(Arena arena) {

  private static final Logger LOG = LoggerFactory.getLogger(LocalContents.class);

  /**
   * Opens what is here of {@code content}, which {@code path} shows or showed; {@code VersionGone}
   * if nothing is. Costs one look-up in the store while the real file is as indexed.
   */
  public LocalContent open(RelativePath path, Content.File content) throws RealizeException {
    LocalContent opened = new LocalContent(this, path, content);
    try {
      opened.find();
    } catch (RealizeException | RuntimeException e) {
      opened.close();
      throw e;
    }
    return opened;
  }

  /**
   * False if the path of {@code state}, which shows {@code content}, has neither a real file nor a
   * blob of it. What other names have is not looked for. Costs a few rows, no file is opened.
   */
  public static boolean mayHave(ArenaReader reader, PathState state, Content.File content)
      throws StorageFailed {
    ContentHash basis = state.shown().basis();
    return state.real() != null
        || reader.blob(content.hash()).isPresent()
        || (basis != null && reader.blob(basis).isPresent())
        || reader.blobHold(state.path()).isPresent();
  }

  Optional<PathState> state(RelativePath path) throws RealizeException {
    return arena.store().read(reader -> reader.path(path));
  }

  /** The real file at the state's path, whether or not it is still as indexed. */
  Optional<RealBytes> real(PathState state) throws RealizeException {
    Real root = arena.root();
    return root == null
        ? Optional.empty()
        : RealBytes.open(root.disk(), state, OpenMode.READ_UNNOTICED);
  }

  /**
   * The real file of another name that was indexed with {@code content}: that of which {@code path}
   * is the new name, and which has not got it yet, or another one that is known to have it.
   */
  Optional<RealBytes> elsewhere(RelativePath path, Content.File content) throws RealizeException {
    Real root = arena.root();
    if (root == null) {
      return Optional.empty();
    }
    Set<RelativePath> others = new LinkedHashSet<>();
    state(path).map(state -> state.shown().from()).ifPresent(others::add);
    root.contents().of(content.hash()).ifPresent(others::add);
    others.remove(path);
    for (RelativePath other : others) {
      try {
        Optional<PathState> state = state(other).filter(at -> at.isReal(content));
        Optional<RealBytes> file = state.isPresent() ? real(state.get()) : Optional.empty();
        if (file.isPresent()) {
          return file;
        }
      } catch (StorageFailed e) {
        LOG.debug("arena {}: look in '{}': {}", arena.name(), other, e.oneLine());
      }
    }
    return Optional.empty();
  }

  /** The filled ranges of the blob of {@code content}. */
  Optional<HeldBytes> blob(Content.File content) throws RealizeException {
    return blob(content.hash())
        .filter(found -> {
          boolean right = found.content().equals(content);
          if (!right) {
            found.close();
          }
          return right;
        });
  }

  private Optional<HeldBytes> blob(ContentHash hash) throws RealizeException {
    Optional<Blob> found = arena.blobs().find(hash);
    if (found.isPresent() && found.get().readable().isEmpty() && found.get().sizeBytes() > 0) {
      found.get().close();
      return Optional.empty();
    }
    return found.map(HeldBytes.OfBlob::new);
  }

  /** Blobs of earlier contents of the path: the one that it holds, and what it says it replaced. */
  private List<HeldBytes> earlierBlobs(
      RelativePath path, Content.File content, @Nullable PathState state) throws RealizeException {
    Set<ContentHash> hashes = new LinkedHashSet<>();
    arena.store().read(reader -> reader.blobHold(path)).map(BlobHold::hash).ifPresent(hashes::add);
    if (state != null && state.shown().content().equals(content)) {
      ContentHash basis = state.shown().basis();
      if (basis != null) {
        hashes.add(basis);
      }
    }
    hashes.remove(content.hash());
    List<HeldBytes> opened = new ArrayList<>();
    try {
      for (ContentHash hash : hashes) {
        blob(hash).ifPresent(opened::add);
      }
    } catch (RealizeException | RuntimeException e) {
      opened.forEach(HeldBytes::close);
      throw e;
    }
    return opened;
  }

  /**
   * Opens what is here of other contents of {@code path} than {@code content}, best first: blobs,
   * then the real file if it is as indexed. The caller closes them.
   */
  public List<HeldBytes> earlier(RelativePath path, Content.File content) throws RealizeException {
    PathState state = state(path).orElse(null);
    List<HeldBytes> opened = earlierBlobs(path, content, state);
    if (state != null && !state.isReal(content)) {
      try {
        Optional<RealBytes> real = real(state);
        if (real.isPresent() && real.get().isAsIndexed()) {
          opened.add(real.get());
        } else {
          real.ifPresent(RealBytes::close);
        }
      } catch (RealizeException e) {
        opened.forEach(HeldBytes::close);
        throw e;
      }
    }
    return opened;
  }

  /**
   * Opens what is here of {@code content} itself: its blob, those of the real files at {@code
   * paths} that were indexed with it, and the files of its size that the trash has of {@code
   * paths}. The caller closes them.
   */
  List<HeldBytes> same(Set<RelativePath> paths, Content.File content) throws RealizeException {
    List<HeldBytes> opened = new ArrayList<>();
    try {
      blob(content).ifPresent(opened::add);
      for (RelativePath other : paths) {
        Optional<PathState> state = state(other).filter(at -> at.isReal(content));
        if (state.isPresent()) {
          real(state.get()).ifPresent(opened::add);
        }
      }
      Real root = arena.root();
      if (root != null) {
        for (RelativePath other : paths) {
          opened.addAll(RealBytes.trashed(root, other, content));
        }
      }
    } catch (RealizeException | RuntimeException e) {
      opened.forEach(HeldBytes::close);
      throw e;
    }
    return opened;
  }

  /** As {@link #earlier}, of the blobs only. */
  List<HeldBytes> earlierBlobs(RelativePath path, Content.File content) throws RealizeException {
    return earlierBlobs(path, content, state(path).orElse(null));
  }

  static VersionGone gone(RelativePath path, Content.File content) {
    return new VersionGone("content %s of '%s' is not here".formatted(content.hash().hex8(), path));
  }
}
