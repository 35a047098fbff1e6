package org.realize.store.blob;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.realize.store.disk.LocalDisk;
import org.realize.store.disk.SystemTimeSource;
import org.realize.sync.model.ArenaName;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.BlobStore;
import org.realize.sync.testing.BlobStoreContract;
import org.realize.sync.testing.MemoryGlobalStore;

/** The blob store on this machine's disk and clock. */
class LocalSparseBlobStoreTest extends BlobStoreContract {

  private final ArenaStore arena =
      new MemoryGlobalStore(new Random(1)).arena(new ArenaName("photos"));
  @TempDir private Path directory;
  private FaultyDisk disk;
  private SparseBlobStore store;

  @BeforeEach
  void openStore() throws Exception {
    Path place = Files.createDirectories(directory.resolve("blobs"));
    disk = new FaultyDisk(new LocalDisk(place));
    store = SparseBlobStore.open(arena, disk, place, new SystemTimeSource());
  }

  @AfterEach
  void closeStore() throws Exception {
    StoreInvariants.checkAfterTest(store);
    store.close();
  }

  @Override
  protected BlobStore store() {
    return store;
  }

  @Override
  protected BlobStore reopened() throws Exception {
    store.close();
    openStore();
    return store;
  }

  @Override
  protected void leaveRoom(long bytes) {
    disk.leaveRoom(bytes);
  }

  @Override
  protected boolean hasFiles() {
    return true;
  }
}
