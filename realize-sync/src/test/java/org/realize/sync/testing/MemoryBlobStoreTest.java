package org.realize.sync.testing;

import org.realize.sync.port.BlobStore;

class MemoryBlobStoreTest extends BlobStoreContract {

  private final MemoryBlobStore store = new MemoryBlobStore(1L << 40);

  @Override
  protected BlobStore store() {
    return store;
  }

  @Override
  protected BlobStore reopened() {
    store.close();
    store.cutPower();
    return store;
  }

  @Override
  protected void leaveRoom(long bytes) {
    store.capacity(bytes);
  }

  @Override
  protected boolean hasFiles() {
    return false;
  }
}
