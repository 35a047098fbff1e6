package org.realize.sync.transfer;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.realize.sync.delta.TreeShape;
import org.realize.sync.model.ByteRanges;
import org.realize.sync.model.Content;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.BlobRow;
import org.realize.sync.testing.ArenaRig;
import org.realize.sync.testing.MemoryDisk;
import org.realize.sync.testing.ScriptedPeer;

/** One file that a peer has in one version after the other, and downloads of it. */
abstract class UpdateRig {

  static final int BLOCK = TreeShape.BLOCK_BYTES;
  static final String NAME = "f";
  static final RelativePath PATH = RelativePath.of(NAME);

  final ArenaRig rig = new ArenaRig();
  final ScriptedPeer nas = new ScriptedPeer("nas");
  final MemoryDisk root = new MemoryDisk(rig.time);
  final DownloadPool pool = new DownloadPool(DownloadLimits.DEFAULT);
  final Downloader downloader = new Downloader(rig.arena(root), rig.peers, pool);

  @BeforeEach
  final void connect() {
    rig.links.add(nas);
  }

  @AfterEach
  final void close() {
    downloader.close();
  }

  /** Notes the bytes of a blob, as the blob store would. */
  final void row(Content.File content, ByteRanges available) throws RealizeException {
    rig.store.write(writer -> {
      writer.putBlob(
          new BlobRow(content.hash(), content.sizeBytes(), writer.nextFileId(), available));
    });
  }

  /** Shows a new version. */
  final Content.File replace(byte[] bytes) throws RealizeException {
    Content.File content = nas.serve(bytes);
    rig.replace(NAME, content, nas);
    return content;
  }
}
