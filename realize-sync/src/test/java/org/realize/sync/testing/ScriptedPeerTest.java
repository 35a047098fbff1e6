package org.realize.sync.testing;

import org.realize.sync.model.Content;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.PeerLink;
import org.realize.sync.port.PeerLink.ContentRequest;

/** {@link ScriptedPeer} keeps the contract of batches while nothing else is told. */
final class ScriptedPeerTest extends BatchContract {

  private final ScriptedPeer nas = new ScriptedPeer("nas").sendBatches();

  @Override
  protected PeerLink link() {
    return nas;
  }

  @Override
  protected ContentRequest serve(byte[] bytes) {
    Content.File content = nas.serve(bytes);
    return new ContentRequest(
        ArenaRig.NAME, content.hash(), content.sizeBytes(), RelativePath.of("f"));
  }
}
