package org.realize.sync.content;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.realize.sync.delta.TreeVerifier;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.VersionGone;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Blob;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The local bytes that have blocks of a path's present content while it is fetched, above all those
 * of its earlier contents: the blob that the path holds, that of the version which the present one
 * replaced, and the real file. They are opened when the first block is missing. Nothing here fails:
 * without them, blocks come from peers. Thread-safe.
 */
public final class EarlierVersions {

  private static final Logger LOG = LoggerFactory.getLogger(EarlierVersions.class);

  /** A block with the present content's hash, and the blob that it is from, if it is from one. */
  public record Taken(ByteBuffer bytes, @Nullable Blob blob) {}

  private final LocalContents contents;
  private final RelativePath path;
  private final Content.File content;
  private final @Nullable Set<RelativePath> here;
  private final TreeVerifier verifier;
  private final OneTimeAction found = new OneTimeAction(this::find);

  /** Set once. */
  private volatile List<EarlierVersion> versions = List.of();

  /** The earlier contents of {@code path}, while the blob of {@code content} is filled. */
  public EarlierVersions(LocalContents contents, RelativePath path, Content.File content) {
    this(contents, path, content, null);
  }

  /**
   * As the other, while a file is filled: the blob of the content, real files that have it, and
   * what the trash has of the path are sources, too.
   *
   * @param here the paths of these files; null if none of them is
   */
  public EarlierVersions(
      LocalContents contents,
      RelativePath path,
      Content.File content,
      @Nullable Set<RelativePath> here) {
    this.contents = contents;
    this.path = path;
    this.content = content;
    this.here = here;
    verifier = TreeVerifier.of(content.hash(), content.sizeBytes());
  }

  public boolean isEmpty() {
    found.run();
    return versions.isEmpty();
  }

  /** True if some earlier version says that it has a block with this hash at this place. */
  public boolean haveLeaf(long index, ContentHash leaf) {
    for (EarlierVersion version : versions) {
      try {
        if (version.hasLeaf(index, verifier.shape().blockLength(index), leaf)) {
          return true;
        }
      } catch (RealizeException e) {
        failed(version, e);
      }
    }
    return false;
  }

  /** Block {@code index}, verified against its leaf hash; null if it is not here. */
  public @Nullable Taken take(long index, ContentHash leaf) {
    for (EarlierVersion version : versions) {
      try {
        ByteBuffer bytes = version.read(index, verifier.shape().blockLength(index), leaf);
        if (bytes == null) {
          continue;
        }
        if (verifier.isBlock(index, bytes, leaf)) {
          return new Taken(bytes.asReadOnlyBuffer(), version.blob());
        }
        if (version.hasLeaf(index, bytes.remaining(), leaf)) {
          throw new RealizeException.Corrupt(
              "block %d of %s is not what it was".formatted(index, version.hash().hex8()));
        }
      } catch (RealizeException e) {
        failed(version, e);
      }
    }
    return null;
  }

  /** What was found, best first. */
  public List<EarlierVersion> all() {
    found.run();
    return versions;
  }

  /** Takes nothing more from {@code version}. */
  public void failed(EarlierVersion version, RealizeException cause) {
    version.breakOff();
    if (cause instanceof VersionGone) {
      LOG.debug("no more earlier bytes of '{}': {}", path, cause.oneLine());
    } else {
      LOG.warn("arena {}: take earlier bytes of '{}': {}", arena(), path, cause.oneLine());
    }
  }

  private ArenaName arena() {
    return contents.arena().name();
  }

  private void find() {
    if (verifier.shape().blocks() <= 1) {
      return;
    }
    try {
      List<HeldBytes> found = new ArrayList<>();
      if (here != null) {
        found.addAll(contents.same(here, content));
      }
      found.addAll(contents.earlier(path, content));
      versions =
          found.stream().map(bytes -> new EarlierVersion(contents.arena().store(), bytes)).toList();
    } catch (RealizeException e) {
      LOG.warn("arena {}: look for earlier bytes of '{}': {}", arena(), path, e.oneLine());
    }
  }

  public void close() {
    versions.forEach(EarlierVersion::close);
  }
}
