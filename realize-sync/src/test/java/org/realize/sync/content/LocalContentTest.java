package org.realize.sync.content;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.realize.sync.delta.TreeHasher;
import org.realize.sync.delta.TreeShape;
import org.realize.sync.model.Content;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.VersionGone;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Blob;
import org.realize.sync.port.RealVersion;
import org.realize.sync.testing.ArenaRig;
import org.realize.sync.testing.MemoryDisk;
import org.realize.sync.testing.ScriptedPeer;

class LocalContentTest {

  private static final int BLOCK = TreeShape.BLOCK_BYTES;
  private static final int SIZE = 3 * BLOCK + 100;
  private static final RelativePath PATH = RelativePath.of("f");

  private final ArenaRig rig = new ArenaRig();
  private final MemoryDisk disk = new MemoryDisk(rig.time);
  private final LocalContents contents = new LocalContents(rig.arena(disk));

  /** The content of {@code bytes}, with its hash tree in the store. */
  private Content.File hashed(byte[] bytes) throws RealizeException {
    Content.File content = new Content.File(TreeHasher.hash(bytes), bytes.length);
    rig.store.write(writer -> {
      TreeHasher hasher =
          new TreeHasher((level, index, children) -> {
            try {
              writer.putTreeNode(content.hash(), level, index, children);
            } catch (RealizeException e) {
              throw new AssertionError(e);
            }
          });
      hasher.update(bytes, 0, bytes.length);
      hasher.finish();
      return content;
    });
    return content;
  }

  /** A real file as the index knows it. */
  private Content.File indexed(byte[] bytes) throws Exception {
    disk.user().write("f", bytes);
    Content.File content = hashed(bytes);
    rig.show("f", content, disk.stat(PATH).orElseThrow());
    rig.time.advance(Duration.ofMinutes(1));
    return content;
  }

  /** As if the times of the file were too near to its hashing to prove anything. */
  private void makeUncertain() throws RealizeException {
    rig.store.write(writer -> {
      var state = writer.path(PATH).orElseThrow();
      RealVersion real = java.util.Objects.requireNonNull(state.real());
      var stat = java.util.Objects.requireNonNull(real.stat());
      RealVersion racy = new RealVersion(real.version(), stat, stat.ctimeNanos());
      assertThat(racy.isCertain()).isFalse();
      writer.put(state.withReal(racy));
      return racy;
    });
  }

  private byte[] read(Content.File content, long offset, int length) throws RealizeException {
    return read(PATH, content, offset, length);
  }

  private byte[] read(RelativePath path, Content.File content, long offset, int length)
      throws RealizeException {
    ByteBuffer buffer = ByteBuffer.allocate(length);
    try (LocalContent local = contents.open(path, content)) {
      local.read(offset, buffer);
    }
    assertThat(buffer.hasRemaining()).isFalse();
    return buffer.array();
  }

  private byte[] read(Content.File content) throws RealizeException {
    return read(PATH, content);
  }

  private byte[] read(RelativePath path, Content.File content) throws RealizeException {
    return read(path, content, 0, (int) content.sizeBytes());
  }

  private static byte[] changed(byte[] bytes, int at) {
    byte[] other = bytes.clone();
    other[at] ^= 1;
    return other;
  }

  private static byte[] appended(byte[] bytes, int more) {
    byte[] longer = Arrays.copyOf(bytes, bytes.length + more);
    Arrays.fill(longer, bytes.length, longer.length, (byte) 7);
    return longer;
  }

  @Test
  void read_fileAsIndexed_needsNoHash() throws Exception {
    byte[] bytes = ScriptedPeer.bytes(1, SIZE);
    Content.File content = indexed(bytes);
    rig.store.write(writer -> {
      writer.removeTree(content.hash());
      return content;
    });
    assertThat(read(content)).isEqualTo(bytes);
    assertThat(read(content, BLOCK - 1, 2))
        .isEqualTo(Arrays.copyOfRange(bytes, BLOCK - 1, BLOCK + 1));
  }

  @Test
  void read_fileThatHasNotGotItsNewName_isTheContentUnderThat() throws Exception {
    byte[] bytes = ScriptedPeer.bytes(20, SIZE);
    Content.File content = indexed(bytes);
    rig.rename("f", "g");
    assertThat(read(RelativePath.of("g"), content)).isEqualTo(bytes);
    disk.user().write("f", changed(bytes, BLOCK + 5));
    assertThatThrownBy(() -> read(RelativePath.of("g"), content)).isInstanceOf(VersionGone.class);
  }

  @Test
  void read_fileThatIsKnownUnderAnotherName_isTheContentWhileItIsThatThere() throws Exception {
    byte[] bytes = ScriptedPeer.bytes(21, SIZE);
    Content.File content = indexed(bytes);
    RelativePath former = RelativePath.of("e");
    assertThatThrownBy(() -> read(former, content)).isInstanceOf(VersionGone.class);
    requireNonNull(contents.arena().root())
        .contents()
        .add(rig.store.read(reader -> reader.path(PATH)).orElseThrow());
    assertThat(read(former, content)).isEqualTo(bytes);
    Content.File other = indexed(changed(bytes, 7));
    assertThatThrownBy(() -> read(former, content)).isInstanceOf(VersionGone.class);
    assertThat(read(other)).isEqualTo(changed(bytes, 7));
  }

  @Test
  void read_fileAppendedTo_isTheIndexedVersion() throws Exception {
    byte[] bytes = ScriptedPeer.bytes(2, SIZE);
    Content.File content = indexed(bytes);
    disk.user().write("f", appended(bytes, 2 * BLOCK));
    assertThat(read(content)).isEqualTo(bytes);
    assertThat(read(content, 3L * BLOCK - 5, 50))
        .isEqualTo(Arrays.copyOfRange(bytes, 3 * BLOCK - 5, 3 * BLOCK + 45));
  }

  @Test
  void read_fileAppendedToAndIndexedAgain_isStillTheVersionAskedFor() throws Exception {
    byte[] bytes = ScriptedPeer.bytes(3, SIZE);
    Content.File first = indexed(bytes);
    byte[] longer = appended(bytes, 10);
    Content.File second = indexed(longer);
    assertThat(read(first)).isEqualTo(bytes);
    disk.user().write("f", appended(longer, 10));
    assertThat(read(first)).isEqualTo(bytes);
    assertThat(read(second)).isEqualTo(longer);
  }

  @Test
  void read_modeLinksOrTimesChanged_isTheContent() throws Exception {
    byte[] bytes = ScriptedPeer.bytes(4, SIZE);
    Content.File content = indexed(bytes);
    disk.user().mode("f", 0660);
    assertThat(read(content)).isEqualTo(bytes);
    disk.user().hardLink("g", "f");
    assertThat(read(content)).isEqualTo(bytes);
    disk.user().mtime("f", FileTime.ofNanos(5));
    assertThat(read(content)).isEqualTo(bytes);
  }

  @Test
  void read_oneBlockChanged_onlyThatIsGone() throws Exception {
    byte[] bytes = ScriptedPeer.bytes(5, SIZE);
    Content.File content = indexed(bytes);
    disk.user().write("f", changed(bytes, BLOCK + 5));
    assertThat(read(content, 0, BLOCK)).isEqualTo(Arrays.copyOf(bytes, BLOCK));
    assertThat(read(content, 2L * BLOCK, BLOCK + 100))
        .isEqualTo(Arrays.copyOfRange(bytes, 2 * BLOCK, SIZE));
    assertThatThrownBy(() -> read(content, BLOCK, BLOCK)).isInstanceOf(VersionGone.class);
    assertThatThrownBy(() -> read(content)).isInstanceOf(VersionGone.class);
  }

  @Test
  void read_fileCutShort_lastBlocksAreGone() throws Exception {
    byte[] bytes = ScriptedPeer.bytes(6, SIZE);
    Content.File content = indexed(bytes);
    disk.user().write("f", Arrays.copyOf(bytes, 2 * BLOCK + 1));
    assertThat(read(content, 0, 2 * BLOCK)).isEqualTo(Arrays.copyOf(bytes, 2 * BLOCK));
    assertThatThrownBy(() -> read(content, 2L * BLOCK, 1)).isInstanceOf(VersionGone.class);
  }

  @Test
  void read_uncertainStat_wrongBytesAreNeverGiven() throws Exception {
    byte[] bytes = ScriptedPeer.bytes(7, SIZE);
    disk.user().write("f", changed(bytes, 5));
    Content.File content = hashed(bytes);
    rig.show("f", content, disk.stat(PATH).orElseThrow());
    makeUncertain();
    assertThat(read(content, BLOCK, BLOCK)).isEqualTo(Arrays.copyOfRange(bytes, BLOCK, 2 * BLOCK));
    assertThatThrownBy(() -> read(content, 0, BLOCK)).isInstanceOf(VersionGone.class);
  }

  @Test
  void read_smallFileChanged_isGoneUnlessItBeginsTheSame() throws Exception {
    byte[] bytes = ScriptedPeer.bytes(8, 1000);
    Content.File content = indexed(bytes);
    disk.user().write("f", appended(bytes, 1));
    assertThat(read(content)).isEqualTo(bytes);
    disk.user().write("f", changed(bytes, 999));
    assertThatThrownBy(() -> read(content)).isInstanceOf(VersionGone.class);
  }

  @Test
  void read_changedBlockThatTheBlobHas_isTakenFromThere() throws Exception {
    byte[] bytes = ScriptedPeer.bytes(9, SIZE);
    Content.File content = indexed(bytes);
    try (Blob blob = rig.blobs.open(content.hash(), SIZE)) {
      blob.write(BLOCK, ByteBuffer.wrap(bytes, BLOCK, BLOCK));
      disk.user().write("f", changed(bytes, BLOCK + 5));
      assertThat(read(content)).isEqualTo(bytes);
    }
  }

  @Test
  void read_blobOfAnEarlierVersion_givesTheBlocksThatAreEqual() throws Exception {
    byte[] bytes = ScriptedPeer.bytes(10, SIZE);
    Content.File first = hashed(bytes);
    byte[] edited = changed(bytes, 2 * BLOCK);
    Content.File second = hashed(edited);
    rig.show("f", first);
    try (Blob blob = rig.blobs.open(first.hash(), SIZE)) {
      blob.write(0, ByteBuffer.wrap(bytes));
    }
    rig.replace("f", second);
    assertThat(read(second, 0, 2 * BLOCK)).isEqualTo(Arrays.copyOf(bytes, 2 * BLOCK));
    assertThatThrownBy(() -> read(second, 2L * BLOCK, 1)).isInstanceOf(VersionGone.class);
  }

  @Test
  void read_changedFileWhoseTreeIsNotHere_isGone() throws Exception {
    byte[] bytes = ScriptedPeer.bytes(11, SIZE);
    Content.File content = indexed(bytes);
    rig.store.write(writer -> {
      writer.removeTree(content.hash());
      return content;
    });
    disk.user().mode("f", 0660);
    assertThatThrownBy(() -> read(content)).isInstanceOf(VersionGone.class);
  }

  @Test
  void open_nothingHere_isGone() throws Exception {
    Content.File content = indexed(ScriptedPeer.bytes(12, SIZE));
    disk.user().delete("f");
    assertThatThrownBy(() -> contents.open(PATH, content)).isInstanceOf(VersionGone.class);
    disk.user().symbolicLink("f", "/etc/passwd");
    assertThatThrownBy(() -> contents.open(PATH, content)).isInstanceOf(VersionGone.class);
    assertThatThrownBy(() -> new LocalContents(rig.arena()).open(PATH, content))
        .isInstanceOf(VersionGone.class);
  }

  @Test
  void read_fileChangesBetweenTwoReads_laterBlocksAreVerified() throws Exception {
    byte[] bytes = ScriptedPeer.bytes(13, SIZE);
    Content.File content = indexed(bytes);
    try (LocalContent local = contents.open(PATH, content)) {
      ByteBuffer buffer = ByteBuffer.allocate(BLOCK);
      local.read(0, buffer);
      disk.user().write("f", changed(bytes, BLOCK + 5));
      assertThatThrownBy(() -> local.read(BLOCK, buffer.clear())).isInstanceOf(VersionGone.class);
      local.read(2L * BLOCK, buffer.clear());
      assertThat(buffer.array()).isEqualTo(Arrays.copyOfRange(bytes, 2 * BLOCK, 3 * BLOCK));
    }
  }
}
