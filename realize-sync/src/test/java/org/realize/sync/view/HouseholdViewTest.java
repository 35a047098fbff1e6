package org.realize.sync.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.realize.sync.arena.Arena;
import org.realize.sync.content.OpenFile;
import org.realize.sync.delta.TreeHasher;
import org.realize.sync.delta.TreeShape;
import org.realize.sync.index.HintListener;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.Content;
import org.realize.sync.model.Inode;
import org.realize.sync.model.Mark;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.CallFailed;
import org.realize.sync.model.RealizeException.Invalid;
import org.realize.sync.model.RealizeException.IsADirectory;
import org.realize.sync.model.RealizeException.NotADirectory;
import org.realize.sync.model.RealizeException.NotFound;
import org.realize.sync.model.RealizeException.Unreachable;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.model.Version;
import org.realize.sync.model.VersionVector;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.PathState;
import org.realize.sync.port.Report;
import org.realize.sync.posix.Errno;
import org.realize.sync.real.Real;
import org.realize.sync.real.RootCapabilities;
import org.realize.sync.testing.ArenaRig;
import org.realize.sync.testing.MemoryDisk;
import org.realize.sync.testing.ScriptedPeer;
import org.realize.sync.transfer.DownloadLimits;
import org.realize.sync.transfer.DownloadPool;
import org.realize.sync.transfer.Downloader;

@Timeout(30)
class HouseholdViewTest {

  private static final int BLOCK = TreeShape.BLOCK_BYTES;

  private final ArenaRig rig = new ArenaRig();
  private final MemoryDisk disk = new MemoryDisk(rig.time);
  private final ScriptedPeer nas = new ScriptedPeer("nas");
  private final DownloadPool pool = new DownloadPool(DownloadLimits.DEFAULT);
  private final List<Downloader> downloaders = new ArrayList<>();
  private final HouseholdView view;
  private HintListener hints;

  HouseholdViewTest() throws Exception {
    view = new HouseholdView(rig.global, rig.peers, StoreId::toString, rig.time, rig.blobs::usage);
  }

  @BeforeEach
  void attach() throws Exception {
    rig.links.add(nas);
    attach(rig.store);
  }

  @AfterEach
  void close() {
    downloaders.forEach(Downloader::close);
  }

  private void attach(ArenaStore store) throws RealizeException {
    Real real = new Real(disk, RootCapabilities.FULL, store, rig.time);
    Arena arena = new Arena(store, rig.blobs, Mark.WATCH, rig.time, real);
    Downloader downloader = new Downloader(arena, rig.peers, pool);
    downloaders.add(downloader);
    hints = view.attach(arena, downloader);
  }

  private ArenaStore attachArena(String name) throws Exception {
    ArenaStore store = rig.global.arena(new ArenaName(name));
    attach(store);
    return store;
  }

  private Attributes find(String path) throws Exception {
    Attributes at = view.attributes(Inode.ROOT);
    for (String part : path.split("/", -1)) {
      at = view.lookup(at.inode(), part);
    }
    return at;
  }

  private List<String> names(Inode directory) throws Exception {
    return view.list(directory, 0, 1000).stream().map(DirectoryEntry::name).toList();
  }

  private Content.File remote(String path, byte[] bytes) throws Exception {
    Content.File content = nas.serve(bytes);
    rig.show(path, content, nas);
    return content;
  }

  private void local(String path, byte[] bytes) throws Exception {
    disk.user().write(path, bytes);
    Content.File content = new Content.File(TreeHasher.hash(bytes), bytes.length);
    rig.show(path, content, disk.stat(RelativePath.of(path)).orElseThrow());
  }

  private static byte[] read(OpenFile file, long offset, int length) throws Exception {
    ByteBuffer buffer = ByteBuffer.allocate(length);
    return Arrays.copyOf(buffer.array(), file.read(offset, buffer));
  }

  private String xattr(String path, String name) throws Exception {
    return view.attribute(find(path).inode(), "user.realize." + name)
        .map(value -> new String(value, StandardCharsets.UTF_8))
        .orElse("(none)");
  }

  // ---- conflicts

  /** {@code path} shows {@code mine}, and the nas has made {@code theirs}; returns its name. */
  private String conflict(String path, byte[] mine, byte[] theirs) throws Exception {
    rig.show(path, nas.serve(mine), nas);
    Content.File other = nas.serve(theirs);
    Version version = Version.of(other, VersionVector.of(Map.of(nas.store(), 9L)));
    RelativePath at = RelativePath.of(path);
    rig.store.write(writer -> {
      PathState state = writer.path(at).orElseThrow();
      Report report = new Report(9, state.metadata(), List.of(new Report.Reported(version, true)));
      writer.put(state.withReport(nas.store(), report));
    });
    return nas.store() + "-" + other.hash().hex8() + ".txt";
  }

  @Test
  void conflicts_someOpen_showEachAlternativeByItsMaker() throws Exception {
    byte[] theirs = ScriptedPeer.bytes(2, 300);
    String name = conflict("d/f.txt", ScriptedPeer.bytes(1, 200), theirs);
    conflict("g.txt", ScriptedPeer.bytes(3, 20), ScriptedPeer.bytes(4, 20));
    rig.show("calm", nas.serve(ScriptedPeer.bytes(5, 20)), nas);
    attachArena("docs/work");

    assertThat(names(Inode.ROOT)).doesNotContain(".realize");
    assertThat(names(find(".realize").inode())).containsExactly("conflicts");
    assertThat(names(find(".realize/conflicts").inode())).containsExactly("photos");
    assertThat(names(find(".realize/conflicts/photos").inode()))
        .containsExactlyInAnyOrder("d", "g.txt");
    assertThat(names(find(".realize/conflicts/photos/d/f.txt").inode())).containsExactly(name);
    Attributes file = find(".realize/conflicts/photos/d/f.txt/" + name);
    assertThat(file.sizeBytes()).isEqualTo(300);
    assertThat(file.mode()).isEqualTo(0444);
    assertThat(file.times().modified()).isEqualTo(ArenaRig.MTIME);
    assertThat(file.inode().isTransient()).isTrue();
    assertThat(view.attributes(file.inode())).isEqualTo(file);
    assertThat(view.parent(file.inode()))
        .isEqualTo(find(".realize/conflicts/photos/d/f.txt").inode());
    assertThat(view.parent(find(".realize").inode())).isEqualTo(Inode.ROOT);
    try (OpenFile open = view.open(file.inode())) {
      assertThat(read(open, 0, 400)).isEqualTo(theirs);
    }
  }

  @Test
  void conflicts_realFileThatIsNotShown_isReadFromTheDisk() throws Exception {
    byte[] mine = ScriptedPeer.bytes(1, 200);
    local("f.txt", mine);
    Version shown = Version.of(new Content.Directory(), VersionVector.of(Map.of(nas.store(), 9L)));
    rig.store.write(writer -> {
      PathState state = writer.path(RelativePath.of("f.txt")).orElseThrow();
      Report report = new Report(9, state.metadata(), List.of(new Report.Reported(shown, true)));
      writer.put(state.withShown(shown).withReport(nas.store(), report));
    });

    Inode directory = find(".realize/conflicts/photos/f.txt").inode();
    Inode file = view.lookup(directory, names(directory).getFirst()).inode();
    try (OpenFile open = view.open(file)) {
      assertThat(read(open, 0, 400)).isEqualTo(mine);
    }
  }

  @Test
  void conflicts_alternativeIsALink_isReadAsOne() throws Exception {
    rig.show("f.txt", nas.serve(ScriptedPeer.bytes(1, 200)), nas);
    Content link = new Content.Link("../größe");
    Version version = Version.of(link, VersionVector.of(Map.of(nas.store(), 9L)));
    rig.store.write(writer -> {
      PathState state = writer.path(RelativePath.of("f.txt")).orElseThrow();
      Report report = new Report(9, state.metadata(), List.of(new Report.Reported(version, true)));
      writer.put(state.withReport(nas.store(), report));
    });

    Inode directory = find(".realize/conflicts/photos/f.txt").inode();
    String name =
        nas.store()
            + "-"
            + TreeHasher.hash("../größe".getBytes(StandardCharsets.UTF_8)).hex8()
            + ".txt";
    assertThat(names(directory)).containsExactly(name);
    Attributes found = view.lookup(directory, name);
    assertThat(found.kind()).isEqualTo(FileKind.LINK);
    assertThat(found.sizeBytes()).isEqualTo(10);
    assertThat(view.readLink(found.inode())).isEqualTo("../größe");
    assertThatThrownBy(() -> view.open(found.inode())).isInstanceOf(Invalid.class);
  }

  @Test
  void conflicts_resolved_areGone() throws Exception {
    String name = conflict("d/f.txt", ScriptedPeer.bytes(1, 200), ScriptedPeer.bytes(2, 300));
    Inode directory = find(".realize/conflicts/photos/d/f.txt").inode();
    Inode file = view.lookup(directory, name).inode();

    rig.show("d/f.txt", nas.serve(ScriptedPeer.bytes(5, 20)));

    assertThat(names(find(".realize/conflicts").inode())).isEmpty();
    assertThatThrownBy(() -> view.attributes(file)).isInstanceOf(NotFound.class);
    assertThatThrownBy(() -> view.open(file)).isInstanceOf(NotFound.class);
    assertThatThrownBy(() -> view.list(directory, 0, 9)).isInstanceOf(NotFound.class);
    assertThatThrownBy(() -> view.attributes(new Inode(Long.MAX_VALUE)))
        .isInstanceOf(NotFound.class);
  }

  @Test
  void conflicts_wrongKind_isRefused() throws Exception {
    String name = conflict("f.txt", ScriptedPeer.bytes(1, 200), ScriptedPeer.bytes(2, 300));
    Inode directory = find(".realize/conflicts/photos/f.txt").inode();
    Inode file = view.lookup(directory, name).inode();

    assertThatThrownBy(() -> view.open(directory)).isInstanceOf(IsADirectory.class);
    assertThatThrownBy(() -> view.list(file, 0, 9)).isInstanceOf(NotADirectory.class);
    assertThatThrownBy(() -> view.lookup(file, "x")).isInstanceOf(NotFound.class);
    assertThatThrownBy(() -> view.readLink(file)).isInstanceOf(Invalid.class);
    assertThatThrownBy(() -> view.lookup(directory, "x")).isInstanceOf(NotFound.class);
    assertThat(view.attribute(file, "user.realize.status")).isEmpty();
  }

  @Test
  void conflicts_listedByCursor_comeOnceEach() throws Exception {
    for (int i = 0; i < 7; i++) {
      conflict("f" + i + ".txt", ScriptedPeer.bytes(i, 20), ScriptedPeer.bytes(i + 10, 20));
    }
    Inode directory = find(".realize/conflicts/photos").inode();
    List<String> seen = new ArrayList<>();
    long cursor = 0;
    for (List<DirectoryEntry> page = view.list(directory, 0, 3);
        !page.isEmpty();
        page = view.list(directory, cursor, 3)) {
      page.forEach(entry -> seen.add(entry.name()));
      cursor = page.getLast().cursor();
      conflict("early.txt", new byte[] {1}, new byte[] {2});
    }
    assertThat(seen).doesNotHaveDuplicates().contains("f0.txt", "f3.txt", "f6.txt");
  }

  // ---- the tree above the arenas

  @Test
  void list_nestedArenaNames_areDirectories() throws Exception {
    attachArena("docs/work/2026");
    attachArena("docs/home");
    assertThat(names(Inode.ROOT)).containsExactlyInAnyOrder("photos", "docs");
    assertThat(names(find("docs").inode())).containsExactlyInAnyOrder("work", "home");
    assertThat(names(find("docs/work").inode())).containsExactly("2026");
    assertThat(names(find("docs/work/2026").inode())).isEmpty();
    Inode work = find("docs/work").inode();
    assertThat(view.parent(find("docs/work/2026").inode())).isEqualTo(work);
    assertThat(view.parent(work)).isEqualTo(find("docs").inode());
    assertThat(view.parent(find("docs").inode())).isEqualTo(Inode.ROOT);
    assertThat(view.parent(Inode.ROOT)).isEqualTo(Inode.ROOT);
    assertThat(view.attributes(work).kind()).isEqualTo(FileKind.DIRECTORY);
    assertThat(view.attributes(work).inode()).isEqualTo(work);
  }

  @Test
  void list_rootByCursor_returnsEachOnce() throws Exception {
    for (int i = 0; i < 7; i++) {
      attachArena("arena" + i);
    }
    Set<String> seen = new HashSet<>();
    long cursor = 0;
    for (List<DirectoryEntry> page = view.list(Inode.ROOT, 0, 2);
        !page.isEmpty();
        page = view.list(Inode.ROOT, cursor, 2)) {
      page.forEach(entry -> assertThat(seen.add(entry.name())).isTrue());
      cursor = page.getLast().cursor();
      view.detach(new ArenaName("arena0"));
    }
    assertThat(seen).contains("photos", "arena1", "arena2", "arena3", "arena4", "arena5", "arena6");
  }

  @Test
  void attach_overlappingOrReservedName_isRefused() throws Exception {
    assertThatThrownBy(() -> attachArena("photos/trips")).isInstanceOf(Invalid.class);
    assertThatThrownBy(() -> attachArena(".realize/x")).isInstanceOf(Invalid.class);
    assertThat(names(Inode.ROOT)).containsExactly("photos");
    assertThat(names(find(".realize").inode())).containsExactly("conflicts");
  }

  @Test
  void detach_arena_isGoneAndComesBackWithItsInodes() throws Exception {
    remote("a", new byte[] {1});
    Inode inode = find("photos/a").inode();
    view.detach(ArenaRig.NAME);
    assertThatThrownBy(() -> find("photos")).isInstanceOf(NotFound.class);
    assertThatThrownBy(() -> view.attributes(inode)).isInstanceOf(NotFound.class);
    attach(rig.store);
    assertThat(find("photos/a").inode()).isEqualTo(inode);
  }

  // ---- names and attributes

  @Test
  void lookup_fileLinkDirectory_haveTheirAttributes() throws Exception {
    remote("d/f", new byte[700]);
    rig.show("d/l", new Content.Link("zwölf"));
    Attributes file = find("photos/d/f");
    assertThat(file.kind()).isEqualTo(FileKind.FILE);
    assertThat(file.sizeBytes()).isEqualTo(700);
    assertThat(file.mode()).isEqualTo(ArenaRig.MODE);
    assertThat(file.times().modified()).isEqualTo(ArenaRig.MTIME);
    assertThat(file.links()).isEqualTo(1);
    assertThat(file.blocks()).isEqualTo(2);
    assertThat(view.attributes(file.inode())).isEqualTo(file);
    Attributes link = find("photos/d/l");
    assertThat(link.kind()).isEqualTo(FileKind.LINK);
    assertThat(link.sizeBytes()).isEqualTo("zwölf".getBytes(StandardCharsets.UTF_8).length);
    assertThat(view.readLink(link.inode())).isEqualTo("zwölf");
    Attributes directory = find("photos/d");
    assertThat(directory.kind()).isEqualTo(FileKind.DIRECTORY);
    assertThat(directory.links()).isEqualTo(2);
    assertThat(directory.times().modified().seconds()).isPositive();
    assertThat(view.parent(file.inode())).isEqualTo(directory.inode());
    assertThat(view.parent(directory.inode())).isEqualTo(find("photos").inode());
    assertThat(view.list(directory.inode(), 0, 10))
        .extracting(DirectoryEntry::attributes)
        .containsExactlyInAnyOrder(file, link);
  }

  @Test
  void lookup_missingOrWrongKind_fails() throws Exception {
    remote("f", new byte[1]);
    rig.show("l", new Content.Link("f"));
    Inode file = find("photos/f").inode();
    assertThatThrownBy(() -> find("photos/g")).isInstanceOf(NotFound.class);
    assertThatThrownBy(() -> find("nothing")).isInstanceOf(NotFound.class);
    assertThatThrownBy(() -> view.attributes(new Inode(999_999_999L))).isInstanceOf(NotFound.class);
    assertThatThrownBy(() -> view.list(file, 0, 10)).isInstanceOf(NotADirectory.class);
    assertThatThrownBy(() -> view.readLink(file)).isInstanceOf(Invalid.class);
    assertThatThrownBy(() -> view.readLink(Inode.ROOT)).isInstanceOf(Invalid.class);
    assertThatThrownBy(() -> view.open(Inode.ROOT)).isInstanceOf(IsADirectory.class);
    assertThatThrownBy(() -> view.open(find("photos").inode())).isInstanceOf(IsADirectory.class);
    assertThatThrownBy(() -> view.open(find("photos/l").inode())).isInstanceOf(Invalid.class);
  }

  @Test
  void list_byCursorWhileNamesComeAndGo_returnsWhatStaysOnce() throws Exception {
    for (int i = 0; i < 50; i++) {
      remote("d/stays" + i, new byte[] {(byte) i});
    }
    Inode directory = find("photos/d").inode();
    List<String> seen = new ArrayList<>();
    long cursor = 0;
    int round = 0;
    for (List<DirectoryEntry> page = view.list(directory, 0, 7);
        !page.isEmpty();
        page = view.list(directory, cursor, 7)) {
      page.forEach(entry -> seen.add(entry.name()));
      cursor = page.getLast().cursor();
      if (round < 20) {
        remote("d/comes" + round, new byte[] {1});
        rig.show("d/comes" + (round - 1), new Content.Absent());
        round++;
      }
    }
    assertThat(seen).doesNotHaveDuplicates();
    assertThat(seen.stream().filter(name -> name.startsWith("stays"))).hasSize(50);
  }

  @Test
  void capacity_isThatOfTheBlobs() throws Exception {
    Capacity capacity = view.capacity();
    assertThat(capacity.blockBytes() * capacity.blocks()).isEqualTo(1L << 40);
    assertThat(capacity.availableBlocks()).isPositive();
  }

  // ---- bytes

  @Test
  void open_remoteFile_readsFromThePeerThenFromTheBlob() throws Exception {
    byte[] bytes = ScriptedPeer.bytes(1, 3 * BLOCK);
    remote("f", bytes);
    Inode inode = find("photos/f").inode();
    try (OpenFile file = view.open(inode)) {
      assertThat(file.sizeBytes()).isEqualTo(bytes.length);
      assertThat(file.readNow(0, ByteBuffer.allocate(5))).isEqualTo(OpenFile.WOULD_WAIT);
      assertThat(read(file, 0, bytes.length)).isEqualTo(bytes);
      rig.links.clear();
      assertThat(read(file, BLOCK, 10)).isEqualTo(Arrays.copyOfRange(bytes, BLOCK, BLOCK + 10));
      assertThat(read(file, bytes.length, 10)).isEmpty();
    }
  }

  @Test
  void read_noPeer_isUnreachable() throws Exception {
    remote("f", new byte[10]);
    rig.links.clear();
    try (OpenFile file = view.open(find("photos/f").inode())) {
      assertThatThrownBy(() -> read(file, 0, 1)).isInstanceOf(Unreachable.class);
    }
  }

  @Test
  void open_localFile_readsTheRealOneAtOnce() throws Exception {
    byte[] bytes = ScriptedPeer.bytes(2, 2 * BLOCK + 1);
    local("f", bytes);
    try (OpenFile file = view.open(find("photos/f").inode())) {
      ByteBuffer buffer = ByteBuffer.allocate(bytes.length + 10);
      assertThat(file.readNow(0, buffer)).isEqualTo(bytes.length);
      assertThat(Arrays.copyOf(buffer.array(), bytes.length)).isEqualTo(bytes);
      assertThat(file.readNow(bytes.length, ByteBuffer.allocate(1))).isZero();
      assertThat(file.backing()).isEmpty();
    }
    assertThat(rig.blobs.find(TreeHasher.hash(bytes))).isEmpty();
    assertThat(nas.blockCalls()).isEmpty();
  }

  @Test
  void open_localFileChangedSinceIndexed_readsItAsItIs() throws Exception {
    local("f", ScriptedPeer.bytes(5, 100));
    rig.time.advance(Duration.ofSeconds(5));
    byte[] longer = ScriptedPeer.bytes(6, 300);
    disk.user().write("f", longer);
    try (OpenFile file = view.open(find("photos/f").inode())) {
      assertThat(file.pages()).isEqualTo(OpenFile.Pages.UNCACHED);
      assertThat(file.sizeBytes()).isEqualTo(300);
      assertThat(read(file, 0, 1000)).isEqualTo(longer);
    }
    assertThat(nas.blockCalls()).isEmpty();
  }

  @Test
  void attributes_localFileTouchedSinceIndexed_areTheDisksUntilItIsIndexed() throws Exception {
    List<String> told = new ArrayList<>();
    disk.user().createDirectory("d");
    local("d/f", ScriptedPeer.bytes(5, 100));
    remote("d/g", new byte[] {1});
    Attributes indexed = find("photos/d/f");
    view.addListener(new ToldListener(told));
    disk.user().write("d/f", ScriptedPeer.bytes(6, 300));
    assertThat(find("photos/d/f")).isEqualTo(indexed);

    hints.touched(Set.of(RelativePath.of("d/f"), RelativePath.of("d/g"), RelativePath.of("x")), 7);

    assertThat(told).containsExactly("content " + indexed.inode());
    Attributes now = view.attributes(indexed.inode());
    assertThat(now.sizeBytes()).isEqualTo(300);
    assertThat(now.times().modified())
        .isEqualTo(disk.stat(RelativePath.of("d/f")).orElseThrow().mtime());
    assertThat(now.isLive()).isTrue();
    assertThat(find("photos/d/f")).isEqualTo(now);
    assertThat(view.list(find("photos/d").inode(), 0, 10))
        .extracting(entry -> entry.attributes().sizeBytes())
        .containsExactlyInAnyOrder(300L, 1L);
    hints.touched(Set.of(RelativePath.of("d/f")), 8);
    hints.indexed(7);
    assertThat(find("photos/d/f")).isEqualTo(now);
    disk.user().delete("d/f");
    assertThat(find("photos/d/f")).isEqualTo(indexed);
    hints.indexed(8);
    disk.user().write("d/f", ScriptedPeer.bytes(6, 400));
    assertThat(find("photos/d/f")).isEqualTo(indexed);
  }

  @Test
  void read_localFileThatChangesWhileOpen_isAsItIs_pagesAreDroppedOnce() throws Exception {
    byte[] bytes = ScriptedPeer.bytes(3, 2 * BLOCK);
    local("f", bytes);
    Inode inode = find("photos/f").inode();
    byte[] other = ScriptedPeer.bytes(4, 2 * BLOCK);
    try (OpenFile file = view.open(inode)) {
      assertThat(file.pages()).isEqualTo(OpenFile.Pages.KEPT);
      assertThat(read(file, 0, 10)).isEqualTo(Arrays.copyOf(bytes, 10));
      rig.time.advance(Duration.ofSeconds(5));
      disk.user().write("f", other);
      ByteBuffer now = ByteBuffer.allocate(2 * BLOCK);
      assertThat(file.readNow(0, now)).isEqualTo(2 * BLOCK);
      assertThat(now.array()).isEqualTo(other);
    }
    local("f", bytes); // as it was, under another stat
    assertThat(find("photos/f").inode()).isEqualTo(inode);
    assertThat(pages(inode)).isEqualTo(OpenFile.Pages.DROPPED);
    assertThat(pages(inode)).isEqualTo(OpenFile.Pages.KEPT);
  }

  private OpenFile.Pages pages(Inode inode) throws Exception {
    try (OpenFile file = view.open(inode)) {
      return file.pages();
    }
  }

  @Test
  void open_localFileGone_isFetched() throws Exception {
    byte[] bytes = ScriptedPeer.bytes(10, 2 * BLOCK);
    local("f", bytes);
    rig.show("f", nas.serve(bytes), disk.stat(RelativePath.of("f")).orElseThrow(), nas);
    disk.user().delete("f");
    try (OpenFile file = view.open(find("photos/f").inode())) {
      assertThat(read(file, 0, 2 * BLOCK)).isEqualTo(bytes);
    }
  }

  @Test
  void open_thenNameShowsAnotherVersion_keepsItsOwn() throws Exception {
    byte[] old = ScriptedPeer.bytes(7, 100);
    byte[] fresh = ScriptedPeer.bytes(8, 50);
    remote("f", old);
    Inode inode = find("photos/f").inode();
    try (OpenFile file = view.open(inode)) {
      remote("f", fresh);
      assertThat(find("photos/f").inode()).isNotEqualTo(inode);
      assertThat(read(file, 0, 100)).isEqualTo(old);
      rig.show("f", new Content.Absent());
      assertThat(read(file, 0, 100)).isEqualTo(old);
    }
  }

  // ---- attributes and listeners

  @Test
  void attribute_status_followsTheBytes() throws Exception {
    byte[] bytes = ScriptedPeer.bytes(9, 4 * BLOCK);
    remote("f", bytes);
    assertThat(xattr("photos/f", "status")).isEqualTo("remote");
    try (OpenFile file = view.open(find("photos/f").inode())) {
      read(file, 3L * BLOCK, 1);
    }
    org.awaitility.Awaitility.await()
        .untilAsserted(() -> assertThat(xattr("photos/f", "status")).isEqualTo("cached 25%"));
    try (OpenFile file = view.open(find("photos/f").inode())) {
      read(file, 0, bytes.length);
    }
    org.awaitility.Awaitility.await()
        .untilAsserted(() -> assertThat(xattr("photos/f", "status")).isEqualTo("verified"));
    rig.show("gone", nas.serve(new byte[] {5}));
    assertThat(xattr("photos/gone", "status")).isEqualTo("unavailable");
    local("mine", new byte[] {1, 2});
    assertThat(xattr("photos/mine", "status")).isEqualTo("local");
    assertThat(xattr("photos", "status")).isEqualTo("local");
  }

  @Test
  void attribute_versionPeersMark_tellWhatIsKnown() throws Exception {
    Content.File content = remote("d/f", new byte[] {1});
    assertThat(xattr("photos/d/f", "version")).startsWith("file " + content.hash() + " 1 {");
    assertThat(xattr("photos/d/f", "versions")).isEqualTo(xattr("photos/d/f", "version"));
    assertThat(xattr("photos/d/f", "peers")).isEqualTo("nas");
    rig.links.clear();
    assertThat(xattr("photos/d/f", "peers"))
        .isEqualTo(nas.store().toString().substring(0, 8) + " (not connected)");
    assertThat(xattr("photos/d/f", "mark")).isEqualTo("watch (inherited)");
    rig.store.write(tx -> {
      tx.putMark(RelativePath.of("d"), Mark.KEEP);
    });
    assertThat(xattr("photos/d/f", "mark")).isEqualTo("keep (inherited)");
    assertThat(xattr("photos/d", "mark")).isEqualTo("keep");
    assertThat(xattr("photos/d/f", "nonsense")).isEqualTo("(none)");
    assertThat(view.attribute(find("photos/d/f").inode(), "user.other")).isEmpty();
    assertThat(view.attribute(Inode.ROOT, "user.realize.status")).isEmpty();
  }

  private void setMark(String path, String value, AttributeSetting setting) throws Exception {
    view.setAttribute(
        find(path).inode(),
        "user.realize.mark",
        value.getBytes(StandardCharsets.UTF_8),
        setting,
        new Caller(0, 0, 0));
  }

  private void assertErrno(int errno, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            CallFailed.class, failed -> assertThat(failed.errno()).isEqualTo(errno));
  }

  @Test
  void setAttribute_mark_holdsForAllBelowUntilItIsRemoved() throws Exception {
    remote("d/f", new byte[] {1});
    setMark("photos/d", "keep", AttributeSetting.ALWAYS);
    setMark("photos/d/f", "own", AttributeSetting.NEW);
    assertThat(rig.store.<Map<RelativePath, Mark>>read(reader -> reader.marks()))
        .isEqualTo(Map.of(RelativePath.of("d"), Mark.KEEP, RelativePath.of("d/f"), Mark.OWN));
    view.removeAttribute(find("photos/d/f").inode(), "user.realize.mark", new Caller(0, 0, 0));
    assertThat(xattr("photos/d/f", "mark")).isEqualTo("keep (inherited)");
    setMark("photos", "own", AttributeSetting.ALWAYS);
    assertThat(xattr("photos", "mark")).isEqualTo("own");
    assertThat(view.attributeNames(find("photos/d").inode())).isEmpty();
  }

  @Test
  void setAttribute_markThatCannotBe_isRefusedAndChangesNothing() throws Exception {
    remote("f", new byte[] {1});
    for (String value : List.of("watch (inherited)", "Keep", "keep\n", "")) {
      assertErrno(Errno.EINVAL, () -> setMark("photos/f", value, AttributeSetting.ALWAYS));
    }
    assertErrno(Errno.ENODATA, () -> setMark("photos/f", "keep", AttributeSetting.EXISTING));
    assertErrno(
        Errno.ENODATA,
        () ->
            view.removeAttribute(
                find("photos/f").inode(), "user.realize.mark", new Caller(0, 0, 0)));
    assertErrno(
        Errno.EPERM,
        () ->
            view.setAttribute(
                find("photos/f").inode(),
                "user.realize.status",
                new byte[] {1},
                AttributeSetting.ALWAYS,
                new Caller(0, 0, 0)));
    assertErrno(
        Errno.EPERM,
        () ->
            view.setAttribute(
                Inode.ROOT,
                "user.realize.mark",
                "keep".getBytes(StandardCharsets.UTF_8),
                AttributeSetting.ALWAYS,
                new Caller(0, 0, 0)));
    assertThat(xattr("photos/f", "mark")).isEqualTo("watch (inherited)");
    setMark("photos/f", "watch", AttributeSetting.ALWAYS);
    assertErrno(Errno.EEXIST, () -> setMark("photos/f", "keep", AttributeSetting.NEW));
    assertThat(xattr("photos/f", "mark")).isEqualTo("watch");
  }

  @Test
  void addListener_commits_tellWhatChanged() throws Exception {
    List<String> told = new ArrayList<>();
    remote("f", new byte[] {1});
    Inode photos = find("photos").inode();
    Inode file = find("photos/f").inode();
    view.addListener(new ToldListener(told));
    remote("f", new byte[] {1});
    assertThat(told).allMatch(line -> line.equals("attributes " + file));
    told.clear();
    remote("f", new byte[] {2});
    assertThat(told).contains("entry " + photos + " f");
    told.clear();
    rig.show("f", new Content.Absent());
    assertThat(told).contains("entry " + photos + " f");
    told.clear();
    attachArena("docs/home");
    assertThat(told).contains("entry #1 docs");
    told.clear();
    view.detach(ArenaRig.NAME);
    assertThat(told).contains("entry #1 photos");
    told.clear();
    remote("g", new byte[] {3});
    assertThat(told).isEmpty();
  }

  /** What a listener was told, a line for each. */
  private record ToldListener(List<String> told) implements ViewListener {
    @Override
    public void entryChanged(Inode directory, String name) {
      told.add("entry " + directory + " " + name);
    }

    @Override
    public void attributesChanged(Inode inode) {
      told.add("attributes " + inode);
    }

    @Override
    public void contentChanged(Inode inode) {
      told.add("content " + inode);
    }
  }
}
