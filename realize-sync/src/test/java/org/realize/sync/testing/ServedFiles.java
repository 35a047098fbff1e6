package org.realize.sync.testing;

import org.realize.sync.delta.TreeHasher;
import org.realize.sync.feed.FeedPages;
import org.realize.sync.model.Content;
import org.realize.sync.model.Mark;
import org.realize.sync.model.RelativePath;
import org.realize.sync.pin.PinGrantor;
import org.realize.sync.port.PeerLink.ContentRequest;
import org.realize.sync.port.PeerService;
import org.realize.sync.real.RootIndex;
import org.realize.sync.service.HouseholdService;

/** The service of one arena whose real files are on the heap. */
public final class ServedFiles {

  private final ArenaRig rig = new ArenaRig();
  private final MemoryDisk disk = new MemoryDisk(rig.time);
  private int files;

  /** The service of the arena. */
  public PeerService service() {
    HouseholdService service = new HouseholdService();
    PinGrantor pins =
        new PinGrantor(disk, RootIndex.NONE, rig.store, rig.global, Mark.OWN, rig.time);
    service.serve(rig.arena(disk), new FeedPages(rig.store, Mark.OWN, rig.time), pins);
    return service;
  }

  /** A new real file as the index knows it. */
  public ContentRequest index(byte[] bytes) throws Exception {
    String path = "f" + files++;
    disk.user().write(path, bytes);
    Content.File content = new Content.File(TreeHasher.hash(bytes), bytes.length);
    rig.show(path, content, disk.stat(RelativePath.of(path)).orElseThrow());
    return new ContentRequest(
        ArenaRig.NAME, content.hash(), content.sizeBytes(), RelativePath.of(path));
  }
}
