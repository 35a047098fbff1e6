package org.realize.store.blob;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.UUID;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.Content;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.Mark;
import org.realize.sync.model.Metadata;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.Stamp;
import org.realize.sync.model.StoreId;
import org.realize.sync.model.Version;
import org.realize.sync.model.VersionVector;
import org.realize.sync.port.Blob;
import org.realize.sync.port.BlobRow;
import org.realize.sync.port.PathState;
import org.realize.sync.port.Report;
import org.realize.sync.rules.CacheLimits;
import org.realize.sync.testing.ManualTime;
import org.realize.sync.testing.MemoryArenaStore;
import org.realize.sync.testing.MemoryDisk;
import org.realize.sync.testing.MemoryGlobalStore;

/** A cache with limits on twins of disk and table, and files that a peer has or has not. */
final class CacheRig {

  static final int BLOCK = 128 * 1024;
  static final StoreId PEER = new StoreId(new UUID(0, 7));

  final ManualTime time = new ManualTime();
  final MemoryDisk disk;
  final MemoryArenaStore arena;
  final CacheLimits limits;
  SparseBlobStore store;

  CacheRig(long seed, MemoryDisk disk, CacheLimits limits) throws RealizeException {
    this.disk = disk;
    this.limits = limits;
    arena = new MemoryGlobalStore(new Random(seed)).memoryArena(new ArenaName("a"));
    open();
  }

  CacheRig(long maxBytes) throws RealizeException {
    this(1, new MemoryDisk(new ManualTime()), new CacheLimits(_ -> maxBytes, _ -> 0));
  }

  void open() throws RealizeException {
    store = SparseBlobStore.open(arena, disk, null, limits, Mark.WATCH, time);
  }

  /** The names of blobs' files. */
  static List<String> files(MemoryDisk disk) throws java.io.IOException {
    List<String> names = new ArrayList<>(disk.list(RelativePath.ROOT).names());
    names.remove("quarantine");
    return names;
  }

  /** The names of the files of blobs that have bytes. */
  static List<String> names(List<BlobRow> rows) {
    return rows.stream()
        .filter(row -> !row.available().isEmpty())
        .map(BlobDirectory::name)
        .toList();
  }

  /** A content of so many blocks that a path of its number shows, and that a peer has or not. */
  SampleContent content(int number, int blocks, boolean held) throws RealizeException {
    SampleContent content = new SampleContent(new SplittableRandom(number), blocks * BLOCK, arena);
    show(number, content, held);
    return content;
  }

  /** So many contents that are wholly here and that no peer has any more, numbered from 0. */
  List<SampleContent> lastCopies(int count) throws RealizeException {
    List<SampleContent> last = new ArrayList<>();
    for (int n = 0; n < count; n++) {
      last.add(content(n, 2, true));
      fill(n, last.get(n));
      show(n, last.get(n), false);
    }
    return last;
  }

  /** So many contents that a peer has, numbered from {@code first}. */
  List<SampleContent> offered(int first, int count) throws RealizeException {
    List<SampleContent> offered = new ArrayList<>();
    for (int n = first; n < first + count; n++) {
      offered.add(content(n, 1 + n % 3, true));
    }
    return offered;
  }

  /** The path shows the content, of which a peer says that it has it or not. */
  void show(int number, SampleContent content, boolean held) throws RealizeException {
    Version version =
        Version.of(
            new Content.File(content.hash(), content.size()),
            VersionVector.of(Map.of(PEER, (long) number + 1)));
    Stamp stamp = new Stamp(1, PEER);
    Metadata metadata = new Metadata(0644, stamp, FileTime.EPOCH, stamp);
    Report report = new Report(1, metadata, List.of(new Report.Reported(version, held)));
    RelativePath path = RelativePath.of("f" + number);
    arena.write(writer -> {
      writer.put(new PathState(path, version, metadata, null, 0, Map.of(PEER, report)));
      if (writer.blob(content.hash()).isPresent()) {
        writer.addBlobReference(content.hash(), path);
      }
    });
  }

  /** The path of one number shows nothing any more, and that of the other what it showed. */
  void rename(int from, int to) throws RealizeException {
    RelativePath source = RelativePath.of("f" + from);
    RelativePath target = RelativePath.of("f" + to);
    arena.write(writer -> {
      PathState state = writer.path(source).orElseThrow();
      if (!(state.shown().content() instanceof Content.File)) {
        return; // another thread was faster
      }
      writer.put(at(target, state, state.shown()));
      Version gone =
          Version.of(new Content.Absent(), VersionVector.of(Map.of(PEER, (long) to + 1)));
      writer.put(at(source, state, gone));
    });
  }

  private static PathState at(RelativePath path, PathState state, Version version) {
    return new PathState(path, version, state.metadata(), null, 0, state.reports());
  }

  /** Writes all blocks and commits them, as a download does for those paths that show them. */
  void fill(SampleContent content, int... numbers) throws RealizeException {
    try (Blob blob = store.open(content.hash(), content.size())) {
      arena.write(writer -> {
        for (int number : numbers) {
          RelativePath path = RelativePath.of("f" + number);
          if (shows(writer.path(path), content)) {
            writer.addBlobReference(content.hash(), path);
          }
        }
      });
      for (int block = 0; block < content.blocks(); block++) {
        if (!blob.readable((long) block * BLOCK, (block + 1L) * BLOCK)) {
          blob.write((long) block * BLOCK, content.block(block));
        }
      }
      blob.commit();
    }
  }

  private static boolean shows(Optional<PathState> state, SampleContent content) {
    return state.isPresent()
        && state.get().shown().content() instanceof Content.File file
        && file.hash().equals(content.hash());
  }

  void fill(int number, SampleContent content) throws RealizeException {
    fill(content, number);
  }

  /** Reads all blocks; false if some are not there. */
  boolean read(SampleContent content) throws RealizeException {
    try (Blob blob = store.open(content.hash(), content.size())) {
      if (!blob.readable(0, content.size())) {
        return false;
      }
      ByteBuffer bytes = ByteBuffer.allocate(content.size());
      blob.read(0, bytes);
      return true;
    }
  }

  boolean has(SampleContent content) throws RealizeException {
    return arena
        .read(reader -> reader.blob(content.hash()))
        .map(row -> row.available().contains(0, content.size()))
        .orElse(false);
  }

  long usedOnDisk() throws java.io.IOException {
    return disk.usage().totalBytes() - disk.usage().availableBytes();
  }
}
