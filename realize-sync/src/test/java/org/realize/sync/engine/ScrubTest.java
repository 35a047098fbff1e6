package org.realize.sync.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.realize.sync.content.ContentVerifier;
import org.realize.sync.delta.TreeHasher;
import org.realize.sync.delta.TreeShape;
import org.realize.sync.model.ByteRanges;
import org.realize.sync.model.Content;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Unreachable;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Blob;
import org.realize.sync.port.BlobRow;
import org.realize.sync.port.Disk.OpenMode;
import org.realize.sync.port.DiskFile;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.Finding;
import org.realize.sync.port.PathState;
import org.realize.sync.rate.Throttle;
import org.realize.sync.real.RootIndex;
import org.realize.sync.real.Trash;
import org.realize.sync.testing.ArenaRig;
import org.realize.sync.testing.MemoryDisk;
import org.realize.sync.testing.ScriptedPeer;
import org.realize.sync.transfer.DownloadLimits;
import org.realize.sync.transfer.DownloadPool;
import org.realize.sync.transfer.Downloader;

class ScrubTest {

  private static final int BLOCK = TreeShape.BLOCK_BYTES;
  private static final int SIZE = 4 * BLOCK + 1000;
  private static final FileTime MTIME = new FileTime(1_700_000_000, 0);

  private final ArenaRig rig = new ArenaRig();
  private final ScriptedPeer nas = new ScriptedPeer("nas");
  private final MemoryDisk root = new MemoryDisk(rig.time);
  private final DownloadPool pool = new DownloadPool(DownloadLimits.DEFAULT);
  private final Downloader downloader = new Downloader(rig.arena(root), rig.peers, pool);
  private final List<String> told = new ArrayList<>();
  private final List<String> reindexed = new ArrayList<>();
  private long checkedBytes;
  private long wrongBytes;
  private @Nullable RealizeException rootFault;
  private final Set<RelativePath> certain = new HashSet<>();

  @BeforeEach
  void connect() {
    rig.links.add(nas);
  }

  @AfterEach
  void close() {
    downloader.close();
  }

  private Scrub scrub(Throttle throttle) throws RealizeException {
    RootIndex rootIndex =
        new RootIndex() {
          @Override
          public void check(RelativePath path) throws RealizeException {
            if (rootFault != null && !certain.contains(path)) {
              throw rootFault;
            }
          }

          @Override
          public boolean ignores(RelativePath path) {
            return false;
          }

          @Override
          public void request(RelativePath path) {
            reindexed.add(path.toString());
          }
        };
    return new Scrub(
        new ContentVerifier(rig.arena(root), downloader, rootIndex, throttle),
        new Scrub.ScrubListener() {
          @Override
          public void checked(long bytes) {
            checkedBytes += bytes;
          }

          @Override
          public void damaged(String subject, ContentVerifier.Result result) {
            told.add(subject + ": " + result.describe());
            wrongBytes += result.wrongBytes();
          }
        });
  }

  private long pass() throws RealizeException, InterruptedException {
    return pass(scrub(Throttle.NONE));
  }

  /** Steps a scrub to the end of its pass; returns the bytes that it has verified. */
  private long pass(Scrub scrub) throws RealizeException, InterruptedException {
    checkedBytes = 0;
    wrongBytes = 0;
    assertThat(scrub.step()).contains(Scrub.FIRST);
    while (scrub.step().orElseThrow().isZero()) {}
    return checkedBytes;
  }

  /** A content that the peer has, and whose hash tree is here. */
  private Content.File content(byte[] bytes) throws RealizeException {
    Content.File content = nas.serve(bytes);
    rig.store.write(writer -> {
      List<Exception> failed = new ArrayList<>();
      TreeHasher hasher =
          new TreeHasher((level, index, children) -> {
            try {
              writer.putTreeNode(content.hash(), level, index, children);
            } catch (RealizeException e) {
              failed.add(e);
            }
          });
      hasher.update(bytes, 0, bytes.length);
      hasher.finish();
      assertThat(failed).isEmpty();
    });
    return content;
  }

  private static byte[] turned(byte[] bytes, int... at) {
    byte[] wrong = bytes.clone();
    for (int each : at) {
      wrong[each] ^= 1;
    }
    return wrong;
  }

  private void directory(String path) throws IOException, RealizeException {
    root.user().createDirectory(path);
    rig.show(path, new Content.Directory(), root.stat(RelativePath.of(path)).orElseThrow(), nas);
  }

  /** A real file that was {@code right} when it was hashed, and reads as {@code now}. */
  private void real(String path, byte[] right, byte[] now) throws IOException, RealizeException {
    real(path, content(right), now);
  }

  private void real(String path, Content.File content, byte[] now)
      throws IOException, RealizeException {
    root.user().write(path, now);
    root.user().mode(path, 0640);
    root.user().mtime(path, MTIME);
    FileStat stat = root.stat(RelativePath.of(path)).orElseThrow();
    rig.show(path, content, stat, nas);
  }

  private List<String> findings() throws RealizeException {
    return rig.findings().stream().map(Finding::place).sorted().toList();
  }

  private List<String> trashed() throws IOException {
    return root.stat(Trash.DIRECTORY).isPresent() ? root.list(Trash.DIRECTORY).names() : List.of();
  }

  @Test
  void pass_soundFile_isRead_nothingIsTold() throws Exception {
    byte[] bytes = ScriptedPeer.bytes(1, SIZE);
    real("f", bytes, bytes);
    assertThat(pass()).isEqualTo(SIZE);
    assertThat(wrongBytes).isEqualTo(0);
    assertThat(checkedBytes).isEqualTo(SIZE);
    assertThat(told).isEmpty();
    assertThat(nas.blocksAsked()).isZero();
  }

  @Test
  void pass_turnedBits_onlyTheirBlocksAreFetched_fileIsAsItWas() throws Exception {
    byte[] bytes = ScriptedPeer.bytes(1, SIZE);
    directory("d");
    real("d/f", bytes, turned(bytes, BLOCK + 7, SIZE - 1));
    assertThat(pass()).isEqualTo(SIZE);
    assertThat(wrongBytes).isEqualTo(BLOCK + 1000);

    assertThat(root.user().read("d/f")).isEqualTo(bytes);
    FileStat stat = root.stat(RelativePath.of("d/f")).orElseThrow();
    assertThat(stat.mode()).isEqualTo(0640);
    assertThat(stat.mtime()).isEqualTo(MTIME);
    assertThat(nas.blocksAsked()).isEqualTo(2);
    assertThat(told).singleElement().asString().contains("real file 'd/f'", "peers' bytes");
    assertThat(findings()).containsExactly("real file 'd/f'");
    assertThat(root.user().read(".realize/trash/" + trashed().getFirst() + "/d/f"))
        .isEqualTo(turned(bytes, BLOCK + 7, SIZE - 1));

    rig.time.advance(Duration.ofDays(7));
    pass();
    assertThat(wrongBytes).isZero();
    assertThat(findings()).isEmpty();
  }

  @Test
  void pass_holesAndOneBlock_areMadeAgain() throws Exception {
    byte[] sparse = new byte[SIZE];
    sparse[2 * BLOCK] = 1;
    real("sparse", sparse, turned(sparse, 3 * BLOCK));
    byte[] small = ScriptedPeer.bytes(2, 100);
    real("small", small, turned(small, 1));
    pass();
    assertThat(wrongBytes).isEqualTo(BLOCK + 100);
    assertThat(root.user().read("sparse")).isEqualTo(sparse);
    assertThat(root.user().read("small")).isEqualTo(small);
    try (DiskFile file = root.open(RelativePath.of("sparse"), OpenMode.READ)) {
      assertThat(file.allocatedBytes()).isLessThanOrEqualTo(BLOCK);
    }
  }

  @Test
  void pass_hashTreeGone_isFetched() throws Exception {
    byte[] bytes = ScriptedPeer.bytes(1, SIZE);
    real("right", nas.serve(bytes), bytes);
    byte[] others = ScriptedPeer.bytes(2, SIZE);
    real("wrong", nas.serve(others), turned(others, 5));
    assertThat(pass()).isEqualTo(2 * SIZE);
    assertThat(wrongBytes).isEqualTo(SIZE);
    assertThat(root.user().read("right")).isEqualTo(bytes);
    assertThat(root.user().read("wrong")).isEqualTo(others);
  }

  @Test
  void pass_noPeerHasIt_staysAndIsTold_repairedOnceOneHas() throws Exception {
    byte[] bytes = ScriptedPeer.bytes(1, SIZE);
    byte[] wrong = turned(bytes, 5);
    real("f", bytes, wrong);
    nas.disconnect();
    Scrub scrub = scrub(Throttle.NONE);
    pass(scrub);
    assertThat(wrongBytes).isEqualTo(BLOCK);
    assertThat(root.user().read("f")).isEqualTo(wrong);
    assertThat(root.stat(RelativePath.of(".realize/building/f"))).isEmpty();
    assertThat(rig.findings()).singleElement().asString().contains("f", "had changed");
    assertThat(scrub.step()).contains(Scrub.RETRY);
    assertThat(root.user().read("f")).isEqualTo(wrong);

    nas.heal();
    assertThat(scrub.step()).contains(Scrub.RETRY);
    assertThat(root.user().read("f")).isEqualTo(bytes);
    assertThat(rig.findings()).singleElement().asString().contains("peers' bytes");
  }

  @Test
  void pass_peerSendsWrongBytes_fileStays() throws Exception {
    byte[] bytes = ScriptedPeer.bytes(1, SIZE);
    byte[] wrong = turned(bytes, 5);
    real("f", bytes, wrong);
    nas.corruptBlock(0);
    pass();
    assertThat(root.user().read("f")).isEqualTo(wrong);
    assertThat(told).singleElement().asString().doesNotContain("peers' bytes are in");
  }

  @Test
  void pass_usersChange_isNotTouched() throws Exception {
    byte[] bytes = ScriptedPeer.bytes(1, SIZE);
    real("f", bytes, bytes);
    rig.time.advance(Duration.ofMinutes(1));
    root.user().write("f", turned(bytes, 5));
    assertThat(pass()).isEqualTo(0);
    assertThat(wrongBytes).isEqualTo(0);
    assertThat(root.user().read("f")).isEqualTo(turned(bytes, 5));
    assertThat(told).isEmpty();
    assertThat(reindexed).containsExactly("f");
  }

  @Test
  void pass_bytesDifferUnderAStatThatProvesNothing_areAUsersAndIndexedAgain() throws Exception {
    byte[] bytes = ScriptedPeer.bytes(1, SIZE);
    real("f", bytes, turned(bytes, 5));
    makeUnproven("f");
    assertThat(pass()).isEqualTo(SIZE);
    assertThat(wrongBytes).isZero();
    assertThat(root.user().read("f")).isEqualTo(turned(bytes, 5));
    assertThat(trashed()).isEmpty();
    assertThat(nas.blocksAsked()).isZero();
    assertThat(told).isEmpty();
    assertThat(findings()).isEmpty();
    assertThat(reindexed).containsExactly("f");
  }

  @Test
  void pass_changedWhileItIsVerified_isNotTouched_statProvesNothingFromThenOn() throws Exception {
    byte[] bytes = ScriptedPeer.bytes(1, SIZE);
    real("f", bytes, turned(bytes, 5));
    boolean[] touched = new boolean[1];
    Throttle meddling =
        (_, _) -> {
          if (!touched[0]) {
            touched[0] = true;
            try {
              root.user().write("f", turned(bytes, 5, 6));
            } catch (IOException e) {
              throw new AssertionError(e);
            }
          }
          return true;
        };
    pass(scrub(meddling));
    assertThat(root.user().read("f")).isEqualTo(turned(bytes, 5, 6));
    assertThat(trashed()).isEmpty();
    assertThat(reindexed).containsExactly("f");
    PathState state = rig.store.read(r -> r.path(RelativePath.of("f"))).orElseThrow();
    assertThat(java.util.Objects.requireNonNull(state.real()).isCertain()).isFalse();
  }

  @Test
  void pass_unreadableBlock_isFetchedWhateverTheStatProves() throws Exception {
    byte[] bytes = ScriptedPeer.bytes(1, SIZE);
    real("proven", bytes, bytes);
    root.badByte(RelativePath.of("proven"), BLOCK + 3);
    byte[] others = ScriptedPeer.bytes(2, SIZE);
    real("unproven", others, others);
    makeUnproven("unproven");
    root.badByte(RelativePath.of("unproven"), BLOCK + 3);
    pass();
    assertThat(wrongBytes).isEqualTo(2 * BLOCK);
    assertThat(root.user().read("proven")).isEqualTo(bytes);
    assertThat(root.user().read("unproven")).isEqualTo(others);
    assertThat(nas.blocksAsked()).isEqualTo(2);
    assertThat(reindexed).isEmpty();
  }

  @Test
  void pass_unreadableBlockInAFileThatAProgramChanged_isNotTouched() throws Exception {
    byte[] bytes = ScriptedPeer.bytes(1, SIZE);
    real("f", bytes, turned(bytes, 5));
    makeUnproven("f");
    root.badByte(RelativePath.of("f"), BLOCK + 3);
    pass();
    assertThat(trashed()).isEmpty();
    assertThat(nas.blocksAsked()).isZero();
    assertThat(reindexed).containsExactly("f");
  }

  /** As if a program had had the file mapped while it was hashed. */
  private void makeUnproven(String path) throws RealizeException {
    rig.store.write(writer -> {
      PathState state = writer.path(RelativePath.of(path)).orElseThrow();
      writer.put(state.withReal(java.util.Objects.requireNonNull(state.real()).unproven()));
    });
  }

  @Test
  void pass_openOrLinkedFile_staysAndIsTold() throws Exception {
    byte[] bytes = ScriptedPeer.bytes(1, SIZE);
    real("open", bytes, turned(bytes, 5));
    root.user().write("linked", turned(bytes, 5));
    root.user().hardLink("other", "linked");
    FileStat stat = root.stat(RelativePath.of("linked")).orElseThrow();
    rig.show("linked", content(bytes), stat, nas);
    try (DiskFile _ = root.open(RelativePath.of("open"), OpenMode.UPDATE)) {
      pass();
    }
    assertThat(root.user().read("open")).isEqualTo(turned(bytes, 5));
    assertThat(root.user().read("other")).isEqualTo(turned(bytes, 5));
    assertThat(told).anyMatch(line -> line.contains("'open'") && line.contains("has it open"));
    assertThat(told).anyMatch(line -> line.contains("'linked'") && line.contains("other names"));
  }

  @Test
  void pass_diskFull_fileStays_nothingIsLeft() throws Exception {
    byte[] bytes = ScriptedPeer.bytes(1, SIZE);
    real("f", bytes, turned(bytes, 5));
    root.capacity(SIZE + BLOCK);
    pass();
    assertThat(root.user().read("f")).isEqualTo(turned(bytes, 5));
    assertThat(told).singleElement().asString().contains("repair 'f'");
    assertThat(root.stat(RelativePath.of(".realize/building/f"))).isEmpty();
  }

  @Test
  void pass_rootNotCertain_fails_nothingIsTouched() throws Exception {
    byte[] bytes = ScriptedPeer.bytes(1, SIZE);
    real("f", bytes, turned(bytes, 5));
    rootFault = new Unreachable("the root is paused");
    assertThatThrownBy(this::pass).isInstanceOf(Unreachable.class);
    assertThat(root.user().read("f")).isEqualTo(turned(bytes, 5));
    certain.add(RelativePath.of("f"));
    pass();
    assertThat(root.user().read("f")).isEqualTo(bytes);
  }

  @Test
  void pass_cachedBytes_wrongOnesAreFetched() throws Exception {
    byte[] bytes = ScriptedPeer.bytes(1, SIZE);
    Content.File content = content(bytes);
    rig.store.write(writer -> {
      ByteRanges all = ByteRanges.of(0, SIZE);
      writer.putBlob(new BlobRow(content.hash(), SIZE, writer.nextFileId(), all));
    });
    rig.show("f", content, nas);
    try (Blob blob = rig.blobs.open(content.hash(), SIZE)) {
      blob.write(0, ByteBuffer.wrap(turned(bytes, 2 * BLOCK)));
      assertThat(pass()).isEqualTo(SIZE);
      assertThat(wrongBytes).isEqualTo(BLOCK);
      downloader.close(); // a reader has the bytes before the blob has
      ByteBuffer read = ByteBuffer.allocate(SIZE);
      blob.read(0, read);
      assertThat(read.array()).isEqualTo(bytes);
    }
    assertThat(nas.blocksAsked()).isEqualTo(1);
    assertThat(findings()).containsExactly("cache of 'f'");
  }

  @Test
  void pass_stoppedAnywhere_goesOnThereAfterARestart() throws Exception {
    byte[] bytes = ScriptedPeer.bytes(1, BLOCK);
    directory("b");
    List<String> names = List.of("a", "b/1", "b/2", "b.x", "c");
    for (String name : names) {
      real(name, bytes, bytes);
    }
    for (int stop = 0; stop <= names.size(); stop++) {
      int[] left = {stop};
      Throttle stopping =
          (_, _) -> {
            rig.time.advance(Duration.ofMinutes(6)); // a note is written after every file
            if (left[0]-- == 0) {
              throw new InterruptedException();
            }
            return true;
          };
      Scrub first = scrub(stopping);
      long checked = 0;
      try {
        checked = pass(first);
        assertThat(stop).isEqualTo(names.size());
      } catch (InterruptedException e) {
        assertThat(isEnded()).isFalse();
        checked = (long) stop * BLOCK + pass();
      }
      assertThat(checked).as("stopped after " + stop).isEqualTo((long) names.size() * BLOCK);
      assertThat(isEnded()).isTrue();
      rig.time.advance(Scrub.REST);
    }
  }

  private boolean isEnded() throws RealizeException {
    return rig.store.read(ScrubPosition::read).map(ScrubPosition::isEnded).orElse(false);
  }
}
