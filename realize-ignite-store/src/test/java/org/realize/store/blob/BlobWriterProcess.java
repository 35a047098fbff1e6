package org.realize.store.blob;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.realize.store.disk.LocalDisk;
import org.realize.store.disk.SystemTimeSource;
import org.realize.store.global.IgniteGlobalStore;
import org.realize.store.journal.Durability;
import org.realize.sync.model.ArenaName;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.Blob;

/** A process that fills and deletes blobs until it is killed, and says what it has committed. */
final class BlobWriterProcess {

  static final ArenaName ARENA = new ArenaName("photos");
  private static final int BLOCK = 128 * 1024;

  private BlobWriterProcess() {}

  static IgniteGlobalStore openStore(Path directory) throws Exception {
    return IgniteGlobalStore.open(
        directory.resolve("state"),
        new IgniteGlobalStore.GlobalStoreSettings(Durability.OS, 64L << 20, 4L << 20),
        RandomGenerator.of("L64X128MixRandom"),
        cause -> {});
  }

  static SparseBlobStore openBlobs(ArenaStore arena, Path directory) throws Exception {
    Path place = directory.resolve("blobs");
    return SparseBlobStore.open(arena, new LocalDisk(place), place, new SystemTimeSource());
  }

  /** Contents that every run with this seed has. */
  static List<SampleContent> contents(long seed, ArenaStore arena) throws Exception {
    RandomGenerator random = new SplittableRandom(seed);
    List<SampleContent> contents = new ArrayList<>();
    for (int size : new int[] {0, 1000, BLOCK, 5 * BLOCK + 17, 40 * BLOCK}) {
      contents.add(new SampleContent(random, size, arena));
    }
    return contents;
  }

  /** Arguments: the directory and a seed. Prints {@code HASH BYTES} after each commit. */
  public static void main(String[] arguments) throws Exception {
    Path directory = Path.of(arguments[0]);
    long seed = Long.parseLong(arguments[1]);
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    IgniteGlobalStore global = openStore(directory);
    ArenaStore arena = global.arena(ARENA);
    SparseBlobStore store = openBlobs(arena, directory);
    List<SampleContent> contents = contents(1, arena);
    RandomGenerator random = new SplittableRandom(seed);
    while (true) {
      SampleContent content = contents.get(random.nextInt(contents.size()));
      if (random.nextInt(20) == 0) {
        out.println(content.hash() + " -1");
        store.delete(content.hash());
        continue;
      }
      try (Blob blob = store.open(content.hash(), content.size())) {
        for (int i = 0; i < 4 && content.blocks() > 0; i++) {
          int index = random.nextInt(content.blocks());
          blob.write((long) index * BLOCK, content.block(index));
        }
        if (random.nextInt(4) == 0) {
          long readable = blob.readable().lengthBytes();
          blob.commit();
          out.println(content.hash() + " " + readable);
        }
      }
    }
  }
}
