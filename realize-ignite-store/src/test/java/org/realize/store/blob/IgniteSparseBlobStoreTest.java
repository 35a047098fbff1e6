package org.realize.store.blob;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.realize.store.disk.LocalDisk;
import org.realize.store.disk.SystemTimeSource;
import org.realize.store.global.IgniteGlobalStore;
import org.realize.sync.model.ArenaName;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.BlobStore;
import org.realize.sync.testing.BlobStoreContract;

/** The blob store with its table on Ignite; all tests share one node, each has an arena. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class IgniteSparseBlobStoreTest extends BlobStoreContract {

  @TempDir private static Path directory;

  private @Nullable IgniteGlobalStore global;
  private @Nullable FaultyDisk disk;
  private @Nullable SparseBlobStore store;
  private int arenas;

  @BeforeAll
  void openNode() throws Exception {
    global = BlobWriterProcess.openStore(directory);
  }

  @AfterAll
  void closeNode() throws Exception {
    Objects.requireNonNull(global).close();
  }

  @BeforeEach
  void makeArena() throws Exception {
    arenas++;
    openStore();
  }

  private void openStore() throws Exception {
    String name = "arena-" + arenas;
    Path place = Files.createDirectories(directory.resolve(name));
    ArenaStore arena = Objects.requireNonNull(global).arena(new ArenaName(name));
    disk = new FaultyDisk(new LocalDisk(place));
    store = SparseBlobStore.open(arena, disk, place, new SystemTimeSource());
  }

  @AfterEach
  void closeStore() throws Exception {
    StoreInvariants.checkAfterTest(Objects.requireNonNull(store));
    store().close();
  }

  @Override
  protected BlobStore store() {
    return Objects.requireNonNull(store);
  }

  @Override
  protected BlobStore reopened() throws Exception {
    closeStore();
    openStore();
    return store();
  }

  @Override
  protected void leaveRoom(long bytes) {
    Objects.requireNonNull(disk).leaveRoom(bytes);
  }

  @Override
  protected boolean hasFiles() {
    return true;
  }
}
