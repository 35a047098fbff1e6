package org.realize.sync.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.realize.sync.arena.Arena;
import org.realize.sync.content.OpenFile;
import org.realize.sync.delta.Delta;
import org.realize.sync.delta.Signature;
import org.realize.sync.delta.TreeHasher;
import org.realize.sync.delta.TreeShape;
import org.realize.sync.delta.TreeVerifier;
import org.realize.sync.feed.FeedPages;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.ByteRange;
import org.realize.sync.model.Content;
import org.realize.sync.model.Mark;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Invalid;
import org.realize.sync.model.RealizeException.NotFound;
import org.realize.sync.model.RealizeException.VersionGone;
import org.realize.sync.model.RelativePath;
import org.realize.sync.pin.PinGrantor;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.Blob;
import org.realize.sync.port.ContentBatch;
import org.realize.sync.port.Disk;
import org.realize.sync.port.DiskFile;
import org.realize.sync.port.FeedPage;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.PeerLink;
import org.realize.sync.port.PeerLink.ContentRequest;
import org.realize.sync.port.PeerService.BlockSource;
import org.realize.sync.real.Real;
import org.realize.sync.real.RootCapabilities;
import org.realize.sync.real.RootIndex;
import org.realize.sync.testing.ArenaRig;
import org.realize.sync.testing.ForwardingArenaStore;
import org.realize.sync.testing.ForwardingDisk;
import org.realize.sync.testing.ForwardingFile;
import org.realize.sync.testing.MemoryDisk;
import org.realize.sync.testing.ScriptedPeer;
import org.realize.sync.testing.ServiceLink;
import org.realize.sync.transfer.DownloadLimits;
import org.realize.sync.transfer.DownloadPool;
import org.realize.sync.transfer.Downloader;

class HouseholdServiceTest {

  private static final int BLOCK = TreeShape.BLOCK_BYTES;
  private static final PeerName PEER = new PeerName("laptop");
  private static final String PATH = "f";

  private final ArenaRig rig = new ArenaRig();
  private final FeedPages pages = new FeedPages(rig.store, Mark.OWN, rig.time);
  private final MemoryDisk disk = new MemoryDisk(rig.time);
  private final HouseholdService service = new HouseholdService();

  @BeforeEach
  void serve() {
    PinGrantor pins =
        new PinGrantor(disk, RootIndex.NONE, rig.store, rig.global, Mark.OWN, rig.time);
    service.serve(rig.arena(disk), pages, pins);
  }

  /** A real file as the index knows it. */
  private ContentRequest index(byte[] bytes) throws Exception {
    disk.user().write(PATH, bytes);
    Content.File content = new Content.File(TreeHasher.hash(bytes), bytes.length);
    rig.show(PATH, content, disk.stat(RelativePath.of(PATH)).orElseThrow());
    return request(content);
  }

  private static ContentRequest request(Content.File content) {
    return new ContentRequest(
        ArenaRig.NAME, content.hash(), content.sizeBytes(), RelativePath.of(PATH));
  }

  private byte[] blocks(ContentRequest request, long first, int count) throws Exception {
    ByteBuffer all = ByteBuffer.allocate(count * BLOCK);
    try (BlockSource source = service.blocks(PEER, request, first, count)) {
      while (source.next(all) > 0) {
        assertThat(all.position()).isLessThanOrEqualTo(count * BLOCK);
      }
    }
    return Arrays.copyOf(all.array(), all.position());
  }

  @Test
  void blocks_realFile_areItsBytes() throws Exception {
    byte[] bytes = ScriptedPeer.bytes(1, 5 * BLOCK + 3);
    ContentRequest request = index(bytes);
    assertThat(blocks(request, 0, 6)).isEqualTo(bytes);
    assertThat(blocks(request, 2, 2)).isEqualTo(Arrays.copyOfRange(bytes, 2 * BLOCK, 4 * BLOCK));
    assertThat(blocks(request, 5, 1)).isEqualTo(Arrays.copyOfRange(bytes, 5 * BLOCK, bytes.length));
  }

  @Test
  void blocks_outsideTheFile_areInvalid() throws Exception {
    ContentRequest request = index(ScriptedPeer.bytes(2, 2 * BLOCK));
    assertThatThrownBy(() -> blocks(request, 1, 2)).isInstanceOf(Invalid.class);
    assertThatThrownBy(() -> blocks(request, -1, 1)).isInstanceOf(Invalid.class);
    assertThatThrownBy(() -> blocks(request, 0, 0)).isInstanceOf(Invalid.class);
    assertThatThrownBy(() -> service.blocks(PEER, request, Long.MAX_VALUE, 5))
        .isInstanceOf(Invalid.class);
    ContentRequest negative =
        new ContentRequest(ArenaRig.NAME, request.hash(), -1, RelativePath.of(PATH));
    assertThatThrownBy(() -> blocks(negative, 0, 1)).isInstanceOf(Invalid.class);
  }

  @Test
  void feed_ofAnArenaThatIsAbsent_waitsForIt_andEndsOnceItIsWithdrawn() throws Exception {
    PinGrantor pins =
        new PinGrantor(disk, RootIndex.NONE, rig.store, rig.global, Mark.OWN, rig.time);
    service.withdraw(ArenaRig.NAME);
    Callable<FeedPage> call = () -> service.feed(PEER, ArenaRig.NAME, 0, 10, Duration.ofSeconds(3));
    FutureTask<FeedPage> appears = new FutureTask<>(call);
    Thread first = Thread.ofPlatform().start(appears);
    await().until(() -> first.getState() == Thread.State.TIMED_WAITING);
    service.serve(rig.arena(disk), new FeedPages(rig.store, Mark.KEEP, rig.time), pins);
    assertThat(appears.get(60, TimeUnit.SECONDS)).isNotNull();

    long head = rig.store.read(ArenaReader::headSeq);
    FutureTask<FeedPage> ends =
        new FutureTask<>(() -> service.feed(PEER, ArenaRig.NAME, head, 10, Duration.ofMinutes(1)));
    Thread second = Thread.ofPlatform().start(ends);
    await().until(() -> second.getState() == Thread.State.TIMED_WAITING);
    service.withdraw(ArenaRig.NAME);
    assertThatThrownBy(() -> ends.get(60, TimeUnit.SECONDS)).hasCauseInstanceOf(NotFound.class);
  }

  @Test
  void blocks_unknownArena_areNotFound() throws Exception {
    ContentRequest known = index(ScriptedPeer.bytes(3, 10));
    ContentRequest unknown =
        new ContentRequest(new ArenaName("other"), known.hash(), 10, known.hint());
    assertThatThrownBy(() -> blocks(unknown, 0, 1)).isInstanceOf(NotFound.class);
    service.withdraw(ArenaRig.NAME);
    assertThatThrownBy(() -> blocks(known, 0, 1)).isInstanceOf(NotFound.class);
  }

  @Test
  void blocks_fileChangedSinceIndexed_areGone() throws Exception {
    ContentRequest request = index(ScriptedPeer.bytes(4, BLOCK));
    rig.time.advance(Duration.ofSeconds(1));
    disk.user().write(PATH, ScriptedPeer.bytes(5, BLOCK));
    assertThatThrownBy(() -> blocks(request, 0, 1)).isInstanceOf(VersionGone.class);
  }

  @Test
  void blocks_fileRemovedOrReplacedByADirectory_areGone() throws Exception {
    ContentRequest request = index(ScriptedPeer.bytes(6, BLOCK));
    disk.user().delete(PATH);
    assertThatThrownBy(() -> blocks(request, 0, 1)).isInstanceOf(VersionGone.class);
    disk.user().createDirectory(PATH);
    assertThatThrownBy(() -> blocks(request, 0, 1)).isInstanceOf(VersionGone.class);
    disk.user().delete(PATH);
    disk.user().symbolicLink(PATH, "/etc/passwd");
    assertThatThrownBy(() -> blocks(request, 0, 1)).isInstanceOf(VersionGone.class);
  }

  @Test
  void blocks_fileAppendedToSinceIndexed_areTheIndexedOnes() throws Exception {
    byte[] bytes = ScriptedPeer.bytes(17, 4 * BLOCK + 9);
    ContentRequest request = index(bytes);
    assertThat(service.treeNode(PEER, request, 1, 0)).hasSize(5 * 32);
    rig.time.advance(Duration.ofSeconds(1));
    disk.user().write(PATH, Arrays.copyOf(bytes, bytes.length + 70_000));
    assertThat(blocks(request, 0, 5)).isEqualTo(bytes);
    ContentRequest reindexed = index(Arrays.copyOf(bytes, bytes.length + 70_000));
    assertThat(blocks(reindexed, 0, 5)).isEqualTo(Arrays.copyOf(bytes, bytes.length + 70_000));
    assertThat(blocks(request, 0, 5)).isEqualTo(bytes);
  }

  @Test
  void next_fileChangesWhileItStreams_isGone() throws Exception {
    ContentRequest request = index(ScriptedPeer.bytes(7, 3 * BLOCK));
    ByteBuffer buffer = ByteBuffer.allocate(BLOCK);
    try (BlockSource source = service.blocks(PEER, request, 0, 3)) {
      assertThat(source.next(buffer)).isEqualTo(BLOCK);
      rig.time.advance(Duration.ofSeconds(1));
      disk.user().write(PATH, ScriptedPeer.bytes(8, 3 * BLOCK));
      assertThatThrownBy(() -> source.next(buffer.clear())).isInstanceOf(VersionGone.class);
    }
  }

  @Test
  void blocks_anotherContentAtTheHint_areGone() throws Exception {
    index(ScriptedPeer.bytes(9, BLOCK));
    Content.File other = new Content.File(TreeHasher.hash(ScriptedPeer.bytes(10, BLOCK)), BLOCK);
    assertThatThrownBy(() -> blocks(request(other), 0, 1)).isInstanceOf(VersionGone.class);
  }

  @Test
  void blocks_partOfABlob_areServedAsFarAsTheyAreHere() throws Exception {
    byte[] bytes = ScriptedPeer.bytes(11, 4 * BLOCK);
    Content.File content = new Content.File(TreeHasher.hash(bytes), bytes.length);
    rig.show(PATH, content);
    try (Blob blob = rig.blobs.open(content.hash(), bytes.length)) {
      blob.write(BLOCK, ByteBuffer.wrap(bytes, BLOCK, 2 * BLOCK));
    }
    ContentRequest request = request(content);
    assertThat(blocks(request, 1, 2)).isEqualTo(Arrays.copyOfRange(bytes, BLOCK, 3 * BLOCK));
    assertThatThrownBy(() -> blocks(request, 1, 3)).isInstanceOf(VersionGone.class);
    assertThatThrownBy(() -> blocks(request, 0, 1)).isInstanceOf(VersionGone.class);
    ContentRequest wrongSize =
        new ContentRequest(ArenaRig.NAME, content.hash(), 3L * BLOCK, RelativePath.of(PATH));
    assertThatThrownBy(() -> blocks(wrongSize, 1, 1)).isInstanceOf(VersionGone.class);
  }

  /** A disk that notes what is done with its files. */
  private static final class NotedDisk extends ForwardingDisk {
    private final List<String> calls;

    NotedDisk(Disk disk, List<String> calls) {
      super(disk);
      this.calls = calls;
    }

    @Override
    public Optional<FileStat> stat(RelativePath path) throws IOException {
      calls.add("stat by name");
      return super.stat(path);
    }

    @Override
    public DiskFile open(RelativePath path, OpenMode mode) throws IOException {
      calls.add("open");
      return new ForwardingFile(super.open(path, mode)) {
        @Override
        public int read(ByteBuffer destination, long offsetBytes) throws IOException {
          calls.add("read");
          return super.read(destination, offsetBytes);
        }

        @Override
        public FileStat stat() throws IOException {
          calls.add("stat");
          return super.stat();
        }

        @Override
        public void close() throws IOException {
          calls.add("close");
          super.close();
        }
      };
    }
  }

  /** A store that notes each query. */
  private static final class NotedStore extends ForwardingArenaStore {
    private final List<String> calls;

    NotedStore(ArenaStore store, List<String> calls) {
      super(store);
      this.calls = calls;
    }

    @Override
    public <T extends @Nullable Object> T read(Query<T> query) throws RealizeException {
      calls.add("query");
      return super.read(query);
    }
  }

  /** The stat after reading proves the bytes; no blob and no hash tree is looked for. */
  @Test
  void content_realFileAsIndexed_costsOneQueryOneOpenAndOneRead() throws Exception {
    byte[] bytes = ScriptedPeer.bytes(30, 4096);
    ContentRequest request = index(bytes);
    List<String> calls = new ArrayList<>();
    Disk noted = new NotedDisk(disk, calls);
    Real real = new Real(noted, RootCapabilities.FULL, rig.store, rig.time);
    Arena arena = new Arena(new NotedStore(rig.store, calls), rig.blobs, Mark.OWN, rig.time, real);
    PinGrantor pins =
        new PinGrantor(disk, RootIndex.NONE, rig.store, rig.global, Mark.OWN, rig.time);
    service.serve(arena, new FeedPages(rig.store, Mark.OWN, rig.time), pins);
    calls.clear();
    assertThat(service.content(PEER, request)).isEqualTo(bytes);
    assertThat(calls).containsExactly("query", "open", "read", "stat", "close");
  }

  /** The hash decides, not the stat. */
  @Test
  void content_fileTouchedSinceIndexed_isServedWhileItsHashIsRight() throws Exception {
    byte[] bytes = ScriptedPeer.bytes(31, 4096);
    ContentRequest request = index(bytes);
    rig.time.advance(Duration.ofMinutes(1));
    disk.user().write(PATH, bytes);
    assertThat(service.content(PEER, request)).isEqualTo(bytes);
    disk.user().write(PATH, ScriptedPeer.bytes(32, 4096));
    assertThatThrownBy(() -> service.content(PEER, request)).isInstanceOf(VersionGone.class);
    try (Blob blob = rig.blobs.open(request.hash(), bytes.length)) {
      blob.write(0, ByteBuffer.wrap(bytes));
    }
    assertThat(service.content(PEER, request)).isEqualTo(bytes);
  }

  @Test
  void content_largerThanABatchHolds_isInvalid() throws Exception {
    ContentRequest request = index(ScriptedPeer.bytes(33, ContentBatch.MAX_CONTENT_BYTES + 1));
    assertThatThrownBy(() -> service.content(PEER, request)).isInstanceOf(Invalid.class);
    ContentRequest negative =
        new ContentRequest(ArenaRig.NAME, request.hash(), -1, RelativePath.of(PATH));
    assertThatThrownBy(() -> service.content(PEER, negative)).isInstanceOf(Invalid.class);
  }

  @Test
  void treeNode_storedOrMadeAgain_isThatOfTheTree() throws Exception {
    byte[] bytes = ScriptedPeer.bytes(12, 1026 * BLOCK + 1);
    Map<String, byte[]> nodes = new HashMap<>();
    TreeHasher hasher =
        new TreeHasher((level, index, children) -> nodes.put(level + "/" + index, children));
    hasher.update(bytes, 0, bytes.length);
    hasher.finish();
    ContentRequest request = index(bytes);
    byte[] stored = nodes.get("1/1");
    rig.store.write(tx -> {
      tx.putTreeNode(request.hash(), 1, 1, java.util.Objects.requireNonNull(stored));
    });
    assertThat(service.treeNode(PEER, request, 1, 1)).isEqualTo(stored);
    assertThat(service.treeNode(PEER, request, 2, 0)).isEqualTo(nodes.get("2/0"));
    assertThat(service.treeNode(PEER, request, 1, 0)).isEqualTo(nodes.get("1/0"));
    disk.user().delete(PATH);
    assertThat(service.treeNode(PEER, request, 1, 0)).isEqualTo(nodes.get("1/0"));
    TreeVerifier verifier = TreeVerifier.of(request.hash(), bytes.length);
    assertThat(verifier.isRoot(service.treeNode(PEER, request, 2, 0))).isTrue();
  }

  @Test
  void treeNode_fileIsNotWhatWasIndexed_isGone() throws Exception {
    byte[] bytes = ScriptedPeer.bytes(13, 2 * BLOCK);
    disk.user().write(PATH, bytes);
    Content.File wrong = new Content.File(TreeHasher.hash(new byte[] {1}), bytes.length);
    rig.show(PATH, wrong, disk.stat(RelativePath.of(PATH)).orElseThrow());
    assertThatThrownBy(() -> service.treeNode(PEER, request(wrong), 1, 0))
        .isInstanceOf(VersionGone.class);
  }

  @Test
  void treeNode_ofNoTree_isInvalid() throws Exception {
    ContentRequest small = index(ScriptedPeer.bytes(14, BLOCK));
    assertThatThrownBy(() -> service.treeNode(PEER, small, 1, 0)).isInstanceOf(Invalid.class);
    ContentRequest large = index(ScriptedPeer.bytes(15, 2 * BLOCK));
    assertThatThrownBy(() -> service.treeNode(PEER, large, 0, 0)).isInstanceOf(Invalid.class);
    assertThatThrownBy(() -> service.treeNode(PEER, large, 2, 0)).isInstanceOf(Invalid.class);
    assertThatThrownBy(() -> service.treeNode(PEER, large, 1, 1)).isInstanceOf(Invalid.class);
    assertThatThrownBy(() -> service.treeNode(PEER, large, 1, -1)).isInstanceOf(Invalid.class);
  }

  @Test
  void feed_ofAnArena_isItsPages() throws Exception {
    FeedPage page = service.feed(PEER, ArenaRig.NAME, 0, 10, Duration.ZERO);
    assertThat(page.entries()).isEmpty();
    assertThat(pages.committedBy(PEER)).contains(0L);
    service.feed(PEER, ArenaRig.NAME, 7, 10, Duration.ZERO);
    assertThat(pages.committedBy(PEER)).contains(7L);
    assertThat(pages.committedBy(new PeerName("other"))).isEmpty();
    assertThatThrownBy(() -> service.feed(PEER, ArenaRig.NAME, -1, 10, Duration.ZERO))
        .isInstanceOf(Invalid.class);
    assertThatThrownBy(() -> service.feed(PEER, new ArenaName("x"), 0, 10, Duration.ZERO))
        .isInstanceOf(NotFound.class);
  }

  @Test
  void blocks_readByADownloader_arriveVerified() throws Exception {
    byte[] bytes = ScriptedPeer.bytes(16, 70 * BLOCK + 9);
    ContentRequest request = index(bytes);
    Content.File content = new Content.File(request.hash(), bytes.length);
    ArenaRig reading = new ArenaRig();
    ScriptedPeer reporter = new ScriptedPeer("attic");
    reading.links.add(
        new ServiceLink(
            reporter.peer(),
            PEER,
            reading.global.identity().store(),
            reporter.identity(),
            service));
    reading.show(PATH, content, reporter);
    DownloadPool pool = new DownloadPool(DownloadLimits.DEFAULT);
    try (Downloader downloader = new Downloader(reading.arena(), reading.peers, pool);
        OpenFile reader = downloader.open(RelativePath.of(PATH), content)) {
      ByteBuffer all = ByteBuffer.allocate(bytes.length);
      assertThat(reader.read(0, all)).isEqualTo(bytes.length);
      assertThat(all.array()).isEqualTo(bytes);
      assertThat(List.copyOf(downloader.counters().snapshot().badFromPeers().keySet())).isEmpty();
    }
  }

  // ---- deltas

  private static byte[] signature(byte[] old) {
    Signature.Builder builder = new Signature.Builder(old.length);
    builder.update(old, 0, old.length);
    return builder.finish().encode();
  }

  @Test
  void diff_movedBytes_isADeltaThatMakesThem() throws Exception {
    byte[] bytes = ScriptedPeer.bytes(20, 9 * BLOCK + 100);
    ContentRequest request = index(bytes);
    byte[] old = Arrays.copyOfRange(bytes, BLOCK + 5, 9 * BLOCK);
    ByteRange range = new ByteRange(BLOCK, 9L * BLOCK);
    byte[] encoded = service.diff(PEER, request, range, signature(old));
    assertThat(encoded).hasSizeLessThan(10_000);
    Delta delta = Delta.decode(encoded, old.length);
    byte[] made = new byte[8 * BLOCK];
    delta.apply(
        (offset, into, at, length) -> System.arraycopy(old, (int) offset, into, at, length),
        made,
        0);
    assertThat(made).isEqualTo(Arrays.copyOfRange(bytes, BLOCK, 9 * BLOCK));
  }

  @Test
  void diff_otherBytes_isNothing() throws Exception {
    ContentRequest request = index(ScriptedPeer.bytes(21, 3 * BLOCK));
    byte[] signature = signature(ScriptedPeer.bytes(22, 3 * BLOCK));
    assertThat(service.diff(PEER, request, new ByteRange(0, 3L * BLOCK), signature)).isEmpty();
  }

  @Test
  void diff_tooMuchOrNoSignature_isInvalid() throws Exception {
    ContentRequest request = index(ScriptedPeer.bytes(23, 20 * BLOCK));
    byte[] signature = signature(new byte[5_000]);
    for (ByteRange range :
        new ByteRange[] {
          new ByteRange(0, PeerLink.MAX_DIFF_BYTES + 1L),
          new ByteRange(20L * BLOCK - 1, 20L * BLOCK + 1)
        }) {
      assertThatThrownBy(() -> service.diff(PEER, request, range, signature))
          .isInstanceOf(Invalid.class);
    }
    ByteRange range = new ByteRange(0, BLOCK);
    byte[] large = signature(new byte[PeerLink.MAX_DIFF_BASE_BYTES + 5_000]);
    for (byte[] bad : new byte[][] {large, {}, {1, 2, 3}}) {
      assertThatThrownBy(() -> service.diff(PEER, request, range, bad)).isInstanceOf(Invalid.class);
    }
  }

  @Test
  void diff_contentIsNotHere_isGone() throws Exception {
    index(ScriptedPeer.bytes(24, 3 * BLOCK));
    byte[] bytes = ScriptedPeer.bytes(25, 3 * BLOCK);
    ContentRequest other = request(new Content.File(TreeHasher.hash(bytes), bytes.length));
    assertThatThrownBy(() -> service.diff(PEER, other, new ByteRange(0, 1), signature(new byte[1])))
        .isInstanceOf(VersionGone.class);
  }
}
