package org.realize.sync.service;

import org.realize.sync.model.PeerName;
import org.realize.sync.port.GlobalStore.Identity;
import org.realize.sync.port.PeerLink;
import org.realize.sync.port.PeerLink.ContentRequest;
import org.realize.sync.testing.BatchContract;
import org.realize.sync.testing.ScriptedPeer;
import org.realize.sync.testing.ServedFiles;
import org.realize.sync.testing.ServiceLink;

/** {@link HouseholdService} keeps the contract of batches, over a link without a wire. */
final class ServedBatchTest extends BatchContract {

  private final ServedFiles files = new ServedFiles();
  private final Identity identity = new ScriptedPeer("nas").identity();

  @Override
  protected PeerLink link() {
    return new ServiceLink(
        new PeerName("nas"), new PeerName("laptop"), identity.store(), identity, files.service());
  }

  @Override
  protected ContentRequest serve(byte[] bytes) throws Exception {
    return files.index(bytes);
  }
}
