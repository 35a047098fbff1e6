package org.realize.chaos.blob;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import org.realize.store.blob.SparseBlobStore;
import org.realize.sync.content.BlobVerifier;
import org.realize.sync.engine.BlobReaper;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.Content;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.Mark;
import org.realize.sync.model.Metadata;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.DiskFull;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.Stamp;
import org.realize.sync.model.StoreId;
import org.realize.sync.model.Version;
import org.realize.sync.model.VersionVector;
import org.realize.sync.port.Blob;
import org.realize.sync.port.BlobRow;
import org.realize.sync.port.Disk;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.PathState;
import org.realize.sync.port.Report;
import org.realize.sync.rate.Throttle;
import org.realize.sync.rules.CacheLimits;
import org.realize.sync.testing.BlobInvariants;
import org.realize.sync.testing.ManualTime;
import org.realize.sync.testing.MemoryArenaStore;
import org.realize.sync.testing.MemoryDisk;
import org.realize.sync.testing.MemoryGlobalStore;

/**
 * One arena's cache, played from a seed: filled beyond its limit, read, evicted, updated, marked,
 * its peers giving up their copies, its files changed by somebody else, the disk full, its power
 * cut or the process killed at some effect, again and again.
 *
 * <p>Whatever happens: a last copy that was durable is there, unless somebody changed its file; the
 * limit holds; what is committed is right once what somebody changed was checked; the cache's sums
 * are those of the disk; and no file is left that belongs to nothing.
 */
final class BlobScenario {

  private static final int BLOCK = 128 << 10;
  private static final StoreId PEER = new StoreId(new UUID(0, 7));

  private final long seed;
  private final SplittableRandom random;
  private final ManualTime time = new ManualTime();
  private final MemoryDisk disk;
  private final MemoryArenaStore arena;
  private final long maxBytes;
  private final CacheLimits limits;
  private final List<CachedFile> files = new ArrayList<>();

  /** Whole, durable, and held by nobody else. */
  private final Set<CachedFile> lastCopies = new HashSet<>();

  private final Set<CachedFile> held = new HashSet<>();
  private final Set<CachedFile> tampered = new HashSet<>();
  private final List<Blob> open = new ArrayList<>();
  private SparseBlobStore store;
  private BlobReaper reaper;
  private long versions;

  /** Whether somebody else may have made a blob's file take more room. */
  private boolean grown;

  BlobScenario(long seed) throws RealizeException {
    this.seed = seed;
    random = new SplittableRandom(seed);
    maxBytes = (6L + random.nextInt(30)) * BLOCK;
    long leaveBytes = random.nextInt(4) * (long) BLOCK;
    long room = random.nextInt(3) == 0 ? maxBytes : 4 * maxBytes;
    disk = new MemoryDisk(time, room, 1);
    arena = new MemoryGlobalStore(new Random(seed)).memoryArena(new ArenaName("a"));
    limits = new CacheLimits(_ -> maxBytes, _ -> leaveBytes);
    int count = 4 + random.nextInt(12);
    for (int n = 0; n < count; n++) {
      int size = random.nextInt(5) * BLOCK + (random.nextBoolean() ? 0 : random.nextInt(BLOCK));
      CachedFile file = new CachedFile(RelativePath.of("f" + n), size, random, arena);
      files.add(file);
      show(file, true);
    }
    start();
  }

  /** A failure, with the seed. */
  static final class Failed extends Exception {
    private static final long serialVersionUID = 1L;

    Failed(long seed, Throwable cause) {
      super("blobs: seed %d: %s".formatted(seed, cause), cause);
    }
  }

  private void start() throws RealizeException {
    store = SparseBlobStore.open(arena, disk, null, limits, Mark.WATCH, time);
    reaper = new BlobReaper(arena, store, time);
  }

  void run() throws Failed {
    try {
      for (int life = 0; life < 4; life++) {
        disk.powerOffAfter(random.nextInt(400));
        boolean stopped = !live(20 + random.nextInt(60));
        abandon();
        if (stopped && random.nextBoolean()) {
          disk.powerCut(random);
          grown = true;
          arena.powerCut(random);
        } else {
          disk.kill();
        }
        start();
        check();
        store.close();
        start();
      }
      check();
      store.close();
    } catch (RealizeException | IOException | InterruptedException | RuntimeException e) {
      throw new Failed(seed, e);
    } catch (AssertionError e) {
      throw new Failed(seed, e);
    }
  }

  /** Leaves the store as a dead process does; only its thread has to be ended by hand. */
  private void abandon() throws IOException {
    open.clear();
    disk.powerOffAfter(0);
    try {
      store.close();
    } catch (RealizeException e) {
      // What it would have written is lost, as it should be.
    }
  }

  /** False when the disk has stopped. */
  private boolean live(int steps) throws RealizeException, InterruptedException {
    try {
      for (int step = 0; step < steps; step++) {
        step(files.get(random.nextInt(files.size())));
      }
      closeAll();
      return true;
    } catch (DiskFull e) {
      throw e;
    } catch (RealizeException.StorageFailed | IOException e) {
      return false;
    }
  }

  private void step(CachedFile file) throws RealizeException, IOException, InterruptedException {
    switch (random.nextInt(16)) {
      case 0 -> show(file, false);
      case 1 -> show(file, true);
      case 2 -> mark(file, random.nextBoolean() ? Mark.KEEP : Mark.WATCH);
      case 3 -> store.evict(file.content().hash());
      case 4 -> {
        time.advance(Duration.ofSeconds(1 + random.nextInt(300)));
        store.step();
      }
      case 5 -> {
        time.advance(Duration.ofHours(random.nextInt(200)));
        store.step();
        reaper.step();
      }
      case 6 -> store.find(file.content().hash()).ifPresent(open::add);
      case 7 -> closeAll();
      case 8 -> reopen();
      case 9 -> tamper(file);
      case 10, 11 -> read(file);
      default -> fill(file);
    }
  }

  private void closeAll() {
    open.forEach(Blob::close);
    open.clear();
  }

  private void reopen() throws RealizeException {
    closeAll();
    store.close();
    start();
  }

  /** The path shows the file, of which the peer says that it has it or not. */
  private void show(CachedFile file, boolean isHeld) throws RealizeException {
    Version version = Version.of(file.content(), VersionVector.of(Map.of(PEER, 1L)));
    Stamp stamp = new Stamp(1, PEER);
    Metadata metadata = new Metadata(0644, stamp, FileTime.EPOCH, stamp);
    Report report = new Report(++versions, metadata, List.of(new Report.Reported(version, isHeld)));
    arena.write(writer -> {
      writer.put(new PathState(file.path(), version, metadata, null, 0, Map.of(PEER, report)));
    });
    arena.force();
    if (isHeld) {
      held.add(file);
      lastCopies.remove(file);
    } else {
      held.remove(file);
      if (isWhole(file)) {
        lastCopies.add(file);
      }
    }
  }

  private boolean isWhole(CachedFile file) throws RealizeException {
    Content.File content = file.content();
    Optional<BlobRow> row = arena.read(reader -> reader.blob(content.hash()));
    return content.sizeBytes() > 0
        && !tampered.contains(file)
        && row.filter(blob -> blob.available().contains(0, content.sizeBytes())).isPresent();
  }

  private void mark(CachedFile file, Mark mark) throws RealizeException {
    arena.write(writer -> {
      writer.putMark(file.path(), mark);
    });
  }

  private void fill(CachedFile file) throws RealizeException, IOException {
    try (Blob blob = store.open(file.content().hash(), file.content().sizeBytes())) {
      arena.write(writer -> {
        writer.addBlobReference(file.content().hash(), file.path());
      });
      for (int index = 0; index < file.blocks(); index++) {
        ByteBuffer block = file.block(index);
        int start = file.blockStart(index);
        if (!blob.readable(start, start + block.remaining())) {
          blob.write(start, block);
        }
        requireLimit();
      }
      blob.commit();
    } catch (DiskFull e) {
      return; // read without being kept
    }
    if (!held.contains(file) && isWhole(file)) {
      arena.force();
      lastCopies.add(file);
    }
  }

  private void read(CachedFile file) throws RealizeException {
    Optional<Blob> found = store.find(file.content().hash());
    if (found.isEmpty()) {
      return;
    }
    try (Blob blob = found.get()) {
      for (int index = 0; index < file.blocks(); index++) {
        ByteBuffer expected = file.block(index);
        int start = file.blockStart(index);
        if (blob.readable(start, start + expected.remaining()) && !tampered.contains(file)) {
          ByteBuffer seen = ByteBuffer.allocate(expected.remaining());
          blob.read(start, seen);
          require(seen.flip().equals(expected), "bytes of '" + file.path() + "' are right");
        }
      }
    }
  }

  /** Changes the file of a blob that nobody has open. */
  private void tamper(CachedFile file) throws RealizeException, IOException {
    closeAll();
    store.close();
    Optional<BlobRow> row = arena.read(reader -> reader.blob(file.content().hash()));
    Optional<String> name = row.flatMap(blob -> nameOf(blob));
    if (name.isPresent() && disk.stat(RelativePath.of(name.get())).isPresent()) {
      tampered.add(file);
      lastCopies.remove(file);
      byte[] bytes = disk.user().read(name.get());
      long before = allocatedBytes();
      switch (random.nextInt(4)) {
        case 0 -> disk.user().delete(name.get());
        case 1 -> {
          disk.user().delete(name.get());
          disk.user().createDirectory(name.get());
        }
        case 2 -> disk.user().write(name.get(), Arrays.copyOf(bytes, bytes.length / 2));
        default -> {
          if (bytes.length > 0) {
            bytes[random.nextInt(bytes.length)] ^= 1;
          }
          disk.user().write(name.get(), bytes);
        }
      }
      grown |= allocatedBytes() > before;
    }
    start();
  }

  private static Optional<String> nameOf(BlobRow row) {
    return row.available().isEmpty()
        ? Optional.empty()
        : Optional.of(
            "%016x-%s.blob".formatted(row.fileId(), row.hash().toString().substring(0, 16)));
  }

  private void check() throws RealizeException, IOException, InterruptedException {
    BlobVerifier verifier = new BlobVerifier(arena, store, Throttle.NONE);
    for (CachedFile file : tampered) {
      show(file, true); // else wrong bytes that may be the last ones stay
      verifier.verify(file.content().hash());
    }
    store.cleanup();
    tampered.clear();
    store.step();
    new BlobInvariants(arena, store).check();
    for (CachedFile file : lastCopies) {
      require(isWhole(file), "the last copy of '" + file.path() + "' is there");
    }
    requireLimit();
    Set<String> names = new HashSet<>();
    blobFiles().forEach(file -> names.add(file.name()));
    long allocated = allocatedBytes();
    require(
        store.report().usedBytes() == allocated,
        "the cache counts %d bytes of %d".formatted(store.report().usedBytes(), allocated));
    Set<String> expected = new HashSet<>();
    for (BlobRow row : arena.read(reader -> reader.blobs())) {
      nameOf(row).ifPresent(expected::add);
    }
    require(names.equals(expected), "files are those of the rows: " + names + ", " + expected);
  }

  /**
   * What somebody else made larger, by filling holes, or a power cut, by undoing that room was
   * given back, may be above it until it is given up.
   */
  private void requireLimit() throws IOException {
    boolean holds = allocatedBytes() <= maxBytes;
    require(
        holds || grown,
        "the limit: %d on disk, %d counted, %d at most"
            .formatted(allocatedBytes(), store.report().usedBytes(), maxBytes));
    grown &= !holds;
  }

  private List<Disk.Entry> blobFiles() throws IOException {
    return disk.entries(RelativePath.ROOT).entries().stream()
        .filter(entry -> entry.stat().kind() == FileStat.Kind.FILE)
        .toList();
  }

  private long allocatedBytes() throws IOException {
    return blobFiles().stream().mapToLong(Disk.Entry::allocatedBytes).sum();
  }

  private static void require(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError("does not hold: " + what);
    }
  }
}
