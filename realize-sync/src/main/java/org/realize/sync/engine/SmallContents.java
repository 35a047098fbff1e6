package org.realize.sync.engine;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.realize.sync.arena.Arena;
import org.realize.sync.content.LocalContent;
import org.realize.sync.content.LocalContents;
import org.realize.sync.delta.TreeHasher;
import org.realize.sync.delta.TreeShape;
import org.realize.sync.engine.SyncWork.PlannedPath;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.IoCause;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RealizeException.VersionGone;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.Version;
import org.realize.sync.model.VersionVector.Order;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.ContentBatch;
import org.realize.sync.port.Disk;
import org.realize.sync.port.DiskFile;
import org.realize.sync.port.PathState;
import org.realize.sync.port.PeerLink.ContentSink;
import org.realize.sync.real.Real;
import org.realize.sync.real.RealContents;
import org.realize.sync.rules.Judgement;
import org.realize.sync.rules.PathJob;
import org.realize.sync.transfer.Downloader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The verified bytes of files that are to be made, in memory: read from this machine where they are
 * here, else fetched from peers, all of a batch together, else found in the trash; of a file that
 * was taken away before, the trash is asked first. They never touch the cache. Thread-safe.
 */
final class SmallContents {

  private static final Logger LOG = LoggerFactory.getLogger(SmallContents.class);

  /** The largest file that is read into memory. */
  static final long MAX_BYTES = ContentBatch.MAX_CONTENT_BYTES;

  /** Seconds of arrivals in the trash in which the former name of a renamed file is looked for. */
  private static final int RECENT = 100;

  private final Arena arena;
  private final Downloader downloader;
  private final RealContents real;

  /**
   * The contents of {@code arena}.
   *
   * @param real the paths of real files that may have them
   */
  SmallContents(Arena arena, Downloader downloader, RealContents real) {
    this.arena = arena;
    this.downloader = downloader;
    this.real = real;
  }

  /** True for a job whose file is not read into memory. */
  static boolean isLarge(PathJob job) {
    return job.bytes() > MAX_BYTES;
  }

  /** A receiver of failures. */
  @FunctionalInterface
  interface FailedPaths {
    void failed(PlannedPath path, RealizeException cause);
  }

  /** The bytes for those of {@code paths} that realize a small file, by path. */
  Map<RelativePath, ByteBuffer> read(List<PlannedPath> paths, FailedPaths failures)
      throws RealizeException, InterruptedException {
    Map<RelativePath, ByteBuffer> contents = new HashMap<>();
    List<PlannedPath> missing = new ArrayList<>();
    List<Downloader.WantedContent> wanted = new ArrayList<>();
    Map<RelativePath, ContentHash> ofSeveralBlocks = new HashMap<>();
    Set<RelativePath> without = without(paths);
    for (PlannedPath planned : paths) {
      if (planned.job().orElse(null) instanceof PathJob.RealizePath(var version, var _)
          && version.content() instanceof Content.File file
          && file.sizeBytes() <= MAX_BYTES) {
        if (file.sizeBytes() > TreeShape.BLOCK_BYTES) {
          ofSeveralBlocks.put(planned.path(), file.hash());
        }
        Set<RelativePath> places = places(planned.path(), version, file);
        Optional<ByteBuffer> here = here(places, without, file);
        if (here.isPresent()) {
          contents.put(planned.path(), here.get());
          continue;
        }
        Optional<ByteBuffer> returned =
            mayReturn(planned.state())
                ? inTrash(List.of(planned.path()), file, Integer.MAX_VALUE)
                : Optional.empty();
        returned = returned.isPresent() ? returned : inTrash(left(places), file, RECENT);
        if (returned.isPresent()) {
          contents.put(planned.path(), returned.get());
        } else {
          missing.add(planned);
          wanted.add(new Downloader.WantedContent(planned.state(), file));
        }
      }
    }
    downloader.fetch(
        wanted,
        new ContentSink() {
          @Override
          public void arrived(int index, ByteBuffer bytes) {
            contents.put(missing.get(index).path(), bytes);
          }

          @Override
          public void failed(int index, RealizeException cause) {
            PlannedPath path = missing.get(index);
            Content.File file = wanted.get(index).content();
            Version version = path.state().shown();
            Set<RelativePath> places = places(path.path(), version, file);
            Optional<ByteBuffer> thrown = inTrash(places, file, Integer.MAX_VALUE);
            if (thrown.isPresent()) {
              contents.put(path.path(), thrown.get());
            } else {
              failures.failed(path, cause);
            }
          }
        });
    for (Map.Entry<RelativePath, ContentHash> path : ofSeveralBlocks.entrySet()) {
      ByteBuffer bytes = contents.get(path.getKey());
      if (bytes != null) {
        keepTree(path.getValue(), bytes.duplicate());
      }
    }
    return contents;
  }

  /**
   * Stores the hash tree of a content of several blocks, as the index does when it reads a file:
   * once the file's stat proves nothing, its blocks are served by the tree alone.
   */
  private void keepTree(ContentHash content, ByteBuffer bytes) throws RealizeException {
    List<ArenaStore.Effect> nodes = new ArrayList<>();
    TreeHasher hasher =
        new TreeHasher((level, index, hashes) ->
            nodes.add(writer -> writer.putTreeNode(content, level, index, hashes)));
    hasher.update(bytes);
    hasher.finish();
    arena.store().writeEach(nodes, nodes.size(), (writer, node) -> node.run(writer));
  }

  /**
   * True if the path has shown its content before: something else is known that replaced it, or
   * that was there when nothing is on the disk. To ask the trash for every new file would cost too
   * much.
   */
  private static boolean mayReturn(PathState state) {
    Version shown = state.shown();
    return Judgement.known(state).stream()
        .filter(known -> !known.content().equals(shown.content()))
        .anyMatch(known ->
            state.realStat() == null || known.vector().compare(shown.vector()) == Order.AFTER);
  }

  /** The paths whose files have left the disk, as the former name of a renamed file. */
  private List<RelativePath> left(Set<RelativePath> places) throws RealizeException {
    List<RelativePath> left = new ArrayList<>();
    for (RelativePath path : places.stream().skip(1).toList()) {
      Optional<PathState> state = arena.store().read(reader -> reader.path(path));
      if (state.filter(known -> known.realStat() == null).isPresent()) {
        left.add(path);
      }
    }
    return left;
  }

  /**
   * The bytes of a content that was taken out of the root under one of these names.
   *
   * @param arrivals see {@link org.realize.sync.real.Trash#taken}
   */
  private Optional<ByteBuffer> inTrash(
      Collection<RelativePath> names, Content.File file, int arrivals) {
    Real root = arena.root();
    if (root == null) {
      return Optional.empty();
    }
    for (RelativePath path : names) {
      try {
        for (RelativePath taken : root.trash().taken(path, file.sizeBytes(), arrivals)) {
          ByteBuffer bytes = ByteBuffer.allocate((int) file.sizeBytes());
          try (DiskFile open = root.disk().open(taken, Disk.OpenMode.READ)) {
            open.read(bytes, 0);
          }
          if (isRight(file, bytes.flip())) {
            return Optional.of(bytes);
          }
        }
      } catch (IOException e) {
        LOG.debug("look for '{}' in the trash: {}", path, IoCause.of(e));
      }
    }
    return Optional.empty();
  }

  private static boolean isRight(Content.File file, ByteBuffer bytes) {
    TreeHasher hasher = new TreeHasher(TreeHasher.NO_NODES);
    hasher.update(bytes.duplicate());
    return hasher.finish().equals(file.hash());
  }

  /** The paths whose real files may have the content of a version of {@code path}, itself first. */
  Set<RelativePath> places(RelativePath path, Version version, Content.File file) {
    Set<RelativePath> here = new LinkedHashSet<>(List.of(path));
    Optional.ofNullable(version.from()).ifPresent(here::add);
    real.of(file.hash()).ifPresent(here::add);
    return here;
  }

  /** Those of {@code paths} with nothing here of the file that is to be made of them. */
  private Set<RelativePath> without(List<PlannedPath> paths) throws RealizeException {
    return arena
        .store()
        .read(reader -> {
          Set<RelativePath> without = new HashSet<>();
          for (PlannedPath planned : paths) {
            if (planned.job().map(PathJob::content).orElse(null) instanceof Content.File file
                && !LocalContents.mayHave(reader, planned.state(), file)) {
              without.add(planned.path());
            }
          }
          return without;
        });
  }

  /** A content that is read from this machine, if all of it is here and right. */
  private Optional<ByteBuffer> here(
      Set<RelativePath> places, Set<RelativePath> without, Content.File file)
      throws RealizeException {
    for (RelativePath path : places) {
      if (!without.contains(path)) {
        ByteBuffer bytes = ByteBuffer.allocate((int) file.sizeBytes());
        if (readHere(path, file, bytes)) {
          return Optional.of(bytes);
        }
      }
    }
    return Optional.empty();
  }

  /** Reads a content from this machine, if all of it is here and right. */
  private boolean readHere(RelativePath path, Content.File file, ByteBuffer bytes)
      throws RealizeException {
    try (LocalContent source = new LocalContents(arena).open(path, file)) {
      source.read(0, bytes.clear());
      return isRight(file, bytes.flip());
    } catch (VersionGone | StorageFailed unreadable) {
      return false; // a peer may have it
    }
  }
}
