package org.realize.chaos.sim;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.realize.sync.arena.Arena;
import org.realize.sync.branch.Branches;
import org.realize.sync.content.OpenFile;
import org.realize.sync.delta.TreeShape;
import org.realize.sync.engine.BlobReaper;
import org.realize.sync.engine.Conflicts;
import org.realize.sync.engine.PauseSchedule;
import org.realize.sync.engine.SyncWork;
import org.realize.sync.feed.FeedPages;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.Inode;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.VersionGone;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.pin.PinGrantor;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.Blob;
import org.realize.sync.port.BlobRow;
import org.realize.sync.port.GlobalStore;
import org.realize.sync.port.PathState;
import org.realize.sync.port.PeerDirectory;
import org.realize.sync.port.PeerLink.ContentRequest;
import org.realize.sync.port.PeerService;
import org.realize.sync.real.Real;
import org.realize.sync.real.RootIndex;
import org.realize.sync.service.HouseholdService;
import org.realize.sync.testing.BlobInvariants;
import org.realize.sync.testing.MemoryEditableDisk;
import org.realize.sync.transfer.DownloadLimits;
import org.realize.sync.transfer.DownloadPool;
import org.realize.sync.transfer.Downloader;
import org.realize.sync.view.Attributes;
import org.realize.sync.view.DirectoryEntry;
import org.realize.sync.view.DiskNodes;
import org.realize.sync.view.EditableDisk;
import org.realize.sync.view.EditableView;
import org.realize.sync.view.FileKind;
import org.realize.sync.view.HouseholdView;
import org.realize.sync.view.RootParts;
import org.realize.sync.view.RootRules;

/**
 * The bytes of a running peer beyond its root: the product's cache on a disk of its own, the
 * downloads that fill it, the service that other peers read from, and the view that users read. A
 * call to a peer runs on the caller's thread.
 */
final class SimulatedCache {

  /** Entries of one listing: few, so that directories take several. */
  private static final int LISTED_AT_ONCE = 2;

  private final PeerName name;
  private final Arena arena;
  private final Downloader downloader;
  private final HouseholdService service = new HouseholdService();
  private final HouseholdView view;
  private final BlobReaper reaper;

  /** The cache of {@code arena}, whose blobs are open, and its part in what {@code peers} do. */
  SimulatedCache(
      PeerName name,
      Arena arena,
      GlobalStore global,
      FeedPages pages,
      PinGrantor pins,
      PeerDirectory peers)
      throws RealizeException {
    this.name = name;
    this.arena = arena;
    downloader =
        new Downloader(arena, peers, new DownloadPool(DownloadLimits.DEFAULT, Runnable::run));
    service.serve(arena, pages, pins);
    view = new HouseholdView(global, peers, StoreId::toString, arena.time(), arena.blobs()::usage);
    view.attach(arena, downloader);
    reaper = new BlobReaper(arena.store(), arena.blobs(), arena.time());
  }

  /** Lets programs write to the arena's root through the view; returns what they branch. */
  Branches mount(MountedRoot root) throws RealizeException {
    Real real = Objects.requireNonNull(arena.root());
    Branches branches = new Branches(real, arena.store(), downloader, arena.time(), root.boot());
    EditableDisk disk = new MemoryEditableDisk(real.disk());
    view.attach(
        arena, downloader, new RootParts(disk, root.rules(), root.nodes(), branches, root.index()));
    return branches;
  }

  /**
   * The root of an arena that programs write to.
   *
   * @param nodes shared with the index
   * @param boot the start of the machine
   */
  record MountedRoot(RootRules rules, DiskNodes nodes, RootIndex index, String boot) {}

  /** The view, as programs use it. */
  EditableView view() {
    return view;
  }

  /** The work that the arena's marks ask for. */
  SyncWork work(RootIndex index, PeerDirectory peers) throws RealizeException {
    return new SyncWork(arena, index, peers, downloader, PauseSchedule.NEVER, () -> {});
  }

  /** The conflicts of the arena, which {@code global} signs the end of. */
  Conflicts conflicts(RootIndex index, GlobalStore global) {
    return new Conflicts(arena, index, global);
  }

  HouseholdService service() {
    return service;
  }

  /** The process dies: nothing that it would still write is kept. */
  void abandon() {
    try {
      arena.blobs().close();
    } catch (RealizeException | SimulatedCrash _) {
      // what it would have written is lost, as it should be
    }
  }

  // ---- what users do

  /** All that the view lists of the arena. */
  Map<RelativePath, Attributes> listed() throws RealizeException {
    Map<RelativePath, Attributes> listed = new TreeMap<>();
    Inode root = view.lookup(Inode.ROOT, arena.name().toString()).inode();
    list(root, RelativePath.ROOT, listed);
    return listed;
  }

  private void list(Inode directory, RelativePath path, Map<RelativePath, Attributes> listed)
      throws RealizeException {
    List<DirectoryEntry> entries = view.list(directory, 0, LISTED_AT_ONCE);
    while (!entries.isEmpty()) {
      for (DirectoryEntry entry : entries) {
        RelativePath child = path.child(entry.name());
        listed.put(child, entry.attributes());
        if (entry.attributes().kind() == FileKind.DIRECTORY) {
          list(entry.attributes().inode(), child, listed);
        }
      }
      entries = view.list(directory, entries.getLast().cursor(), LISTED_AT_ONCE);
    }
  }

  /** The files among them. */
  Map<RelativePath, Attributes> listedFiles() throws RealizeException {
    Map<RelativePath, Attributes> files = listed();
    files.values().removeIf(attributes -> attributes.kind() != FileKind.FILE);
    return files;
  }

  String linkTarget(Attributes link) throws RealizeException {
    return view.readLink(link.inode());
  }

  /** The bytes that a user reads of a listed file, wherever they are. */
  byte[] read(Attributes file) throws RealizeException, InterruptedException {
    try (OpenFile open = view.open(file.inode())) {
      ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(open.sizeBytes()));
      open.read(0, bytes);
      return Arrays.copyOf(bytes.array(), bytes.position());
    }
  }

  /** Fetches all of what a path shows; does nothing where that is no file. */
  void fetch(RelativePath path) throws RealizeException, InterruptedException {
    Optional<PathState> state = arena.store().read(reader -> reader.path(path));
    if (state.isPresent() && state.get().shown().content() instanceof Content.File file) {
      downloader.download(path, file);
    }
  }

  /** Evicts a content, if that may be. */
  void evict(ContentHash content) throws RealizeException {
    arena.blobs().evict(content);
  }

  /**
   * What happens by itself now and then: pending bytes are committed, limits kept, blobs reaped.
   */
  void upkeep() throws RealizeException {
    for (BlobRow row : rows()) {
      Optional<Blob> blob = arena.blobs().find(row.hash());
      if (blob.isPresent()) {
        try (Blob open = blob.get()) {
          open.commit();
        }
      }
    }
    arena.blobs().step();
    reaper.step();
  }

  private List<BlobRow> rows() throws RealizeException {
    return arena.store().read(ArenaReader::blobs);
  }

  // ---- what the judge asks

  /** True if a peer that asks for the content is sent just these bytes. */
  boolean serves(RelativePath path, Content.File content, byte[] expected) throws RealizeException {
    if (content.sizeBytes() == 0) {
      return true; // nobody needs to be asked
    }
    ContentRequest request =
        new ContentRequest(arena.name(), content.hash(), content.sizeBytes(), path);
    ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(content.sizeBytes()));
    int blocks = Math.toIntExact(new TreeShape(content.sizeBytes()).blocks());
    try (PeerService.BlockSource source = service.blocks(name, request, 0, blocks)) {
      while (source.next(bytes) > 0) {
        // the next one
      }
      return Arrays.equals(bytes.array(), expected);
    } catch (VersionGone _) {
      return false;
    }
  }

  /** Reads all that the cache says it has; an {@link AssertionError} names what is not right. */
  void checkBlobs() throws RealizeException {
    new BlobInvariants(arena.store(), arena.blobs()).check();
  }
}
