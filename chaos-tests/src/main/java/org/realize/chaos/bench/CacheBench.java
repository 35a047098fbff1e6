package org.realize.chaos.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import org.realize.store.blob.SparseBlobStore;
import org.realize.store.disk.LocalDisk;
import org.realize.store.disk.SystemTimeSource;
import org.realize.store.global.IgniteGlobalStore;
import org.realize.store.journal.Durability;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.ByteRanges;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.RealizeException;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.Blob;
import org.realize.sync.port.BlobRow;
import org.realize.sync.port.BlobUse;

/** The blob store by itself, in this process, on a real disk and store. */
final class CacheBench {

  private static final int BLOCK = 128 << 10;
  private static final int THREADS = 4;

  private final Path blobs;
  private final Path state;

  private CacheBench(Path work) throws IOException {
    blobs = Files.createDirectories(work.resolve("cache").resolve("blobs"));
    state = Files.createDirectories(work.resolve("cache").resolve("state"));
  }

  static List<Figure> run(Path work, int files, int fileBytes, int many, int runs)
      throws IOException, InterruptedException {
    CacheBench bench = new CacheBench(work);
    List<Figure> figures = new ArrayList<>();
    try {
      figures.addAll(bench.reads(files, fileBytes, runs));
      figures.addAll(bench.many(many));
    } catch (RealizeException | ExecutionException e) {
      throw new IOException("cache bench", e);
    }
    return figures;
  }

  private IgniteGlobalStore open() throws RealizeException {
    return IgniteGlobalStore.open(
        state,
        new IgniteGlobalStore.GlobalStoreSettings(Durability.OS, 512L << 20, 16L << 20),
        RandomGenerator.of("L64X128MixRandom"),
        cause -> {});
  }

  private SparseBlobStore open(ArenaStore arena) throws RealizeException {
    return SparseBlobStore.open(arena, new LocalDisk(blobs), blobs, new SystemTimeSource());
  }

  // ---- reads

  private List<Figure> reads(int files, int fileBytes, int runs)
      throws RealizeException, IOException, InterruptedException, ExecutionException {
    List<Double> ours = new ArrayList<>();
    List<Double> pread = new ArrayList<>();
    double gets;
    double puts;
    try (IgniteGlobalStore global = open()) {
      CountingStore arena = new CountingStore(global.arena(new ArenaName("reads")));
      try (SparseBlobStore store = open(arena)) {
        List<Blob> opened = new ArrayList<>();
        for (int n = 0; n < files; n++) {
          opened.add(fill(store, n, fileBytes));
        }
        List<FileChannel> channels = new ArrayList<>();
        for (Blob blob : opened) {
          channels.add(
              FileChannel.open(blob.completeFile().orElseThrow(), StandardOpenOption.READ));
        }
        for (int run = 0; run <= runs; run++) { // the first one warms up
          double other =
              rate(files, fileBytes, BLOCK, (n, at, into) -> channels.get(n).read(into, at));
          double own = rate(files, fileBytes, BLOCK, (n, at, into) -> opened.get(n).read(at, into));
          if (run > 0) {
            pread.add(other);
            ours.add(own);
          }
        }
        for (int n = 0; n < files; n++) {
          channels.get(n).close();
          opened.get(n).close();
        }
        arena.reset();
        AtomicLong reads = new AtomicLong();
        rate(
            files,
            fileBytes,
            4 << 10,
            (n, at, into) -> {
              reads.incrementAndGet();
              try (Blob blob = store.find(new ContentHash(n, 1, 1, 1)).orElseThrow()) {
                blob.read(at, into);
              }
            });
        gets = (double) arena.reads() / reads.get();
        puts = (double) arena.writes() / reads.get();
      }
    }
    return List.of(
        Figure.beside(
            "warm read through the blob store, 128 KiB, 4 threads",
            BenchMachine.median(ours),
            "MB/s",
            "pread of the same files",
            BenchMachine.median(pread),
            ">= 0.8 x"),
        Figure.alone("4 KiB random read, cached, file opened for it: gets", gets, "", "<= 1"),
        Figure.alone("the same: writes to the store", puts, "", "0"));
  }

  private static Blob fill(SparseBlobStore store, int number, int bytes) throws RealizeException {
    Blob blob = store.open(new ContentHash(number, 1, 1, 1), bytes);
    byte[] content = new byte[BLOCK];
    new Random(number).nextBytes(content);
    for (int at = 0; at < bytes; at += BLOCK) {
      blob.write(at, ByteBuffer.wrap(content));
    }
    blob.commit();
    return blob;
  }

  /** A read of a file into a buffer. */
  private interface BufferRead {
    void read(int file, long offset, ByteBuffer into) throws RealizeException, IOException;
  }

  /** MB a second of as many random reads as the files have bytes, by four threads. */
  private static double rate(int files, int fileBytes, int readBytes, BufferRead reading)
      throws InterruptedException, ExecutionException {
    long reads = Math.min(200_000, (long) files * fileBytes / readBytes);
    long begin = System.nanoTime();
    try (ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
      List<Future<?>> all = new ArrayList<>();
      for (int thread = 0; thread < THREADS; thread++) {
        RandomGenerator random = new SplittableRandom(thread);
        all.add(
            threads.submit(() -> {
              ByteBuffer into = ByteBuffer.allocateDirect(readBytes);
              for (long i = 0; i < reads / THREADS; i++) {
                long at = (long) random.nextInt(fileBytes / readBytes) * readBytes;
                reading.read(random.nextInt(files), at, into.clear());
              }
              return null;
            }));
      }
      for (Future<?> each : all) {
        each.get();
      }
    }
    return reads * readBytes / 1e6 / ((System.nanoTime() - begin) / 1e9);
  }

  // ---- many blobs

  private List<Figure> many(int count) throws RealizeException, IOException, InterruptedException {
    makeMany(count);
    try (IgniteGlobalStore global = open()) {
      ArenaStore arena = global.arena(new ArenaName("many"));
      arena.read(reader -> reader.blobPage(0, 1)); // Ignite's own start is not counted
      long before = usedHeap();
      long begin = System.nanoTime();
      try (SparseBlobStore store = open(arena)) {
        double start = (System.nanoTime() - begin) / 1e9;
        double heap = (double) (usedHeap() - before) / count;
        begin = System.nanoTime();
        store.cleanup();
        double cleanup = (System.nanoTime() - begin) / 1e9;
        return List.of(
            Figure.alone(count + " blobs: start of the blob store", start, "s", "<= 10"),
            Figure.alone(count + " blobs: heap for each", heap, "bytes", "<= 200"),
            Figure.alone(count + " blobs: cleanup job", cleanup, "s", "<= 60"));
      }
    }
  }

  /** Files of one page each, and their rows, as a store leaves them. */
  private void makeMany(int count) throws RealizeException, IOException {
    try (IgniteGlobalStore global = open()) {
      ArenaStore arena = global.arena(new ArenaName("many"));
      byte[] page = new byte[4096];
      for (int from = 0; from < count; from += 1_000) {
        int first = from;
        List<Long> ids =
            arena.write(writer -> {
              List<Long> made = new ArrayList<>();
              for (int n = first; n < Math.min(count, first + 1_000); n++) {
                long id = writer.nextFileId();
                BlobUse use = new BlobUse(BlobUse.Area.WORKING, 1, 0, n);
                ByteRanges all = ByteRanges.of(0, page.length);
                writer.putBlob(new BlobRow(hash(n), page.length, id, all, page.length, use));
                made.add(id);
              }
              return made;
            });
        for (int i = 0; i < ids.size(); i++) {
          String name =
              "%016x-%s.blob".formatted(ids.get(i), hash(first + i).toString().substring(0, 16));
          Files.write(blobs.resolve(name), page);
        }
      }
    }
  }

  private static ContentHash hash(int number) {
    SplittableRandom random = new SplittableRandom(number);
    return new ContentHash(
        random.nextLong(), random.nextLong(), random.nextLong(), random.nextLong());
  }

  private static long usedHeap() throws InterruptedException {
    for (int i = 0; i < 3; i++) {
      System.gc();
      Thread.sleep(200);
    }
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }
}
