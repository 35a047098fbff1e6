package org.realize.sync.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.realize.sync.index.IndexerRig.file;

import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.realize.sync.delta.TreeHasher;
import org.realize.sync.delta.TreeShape;
import org.realize.sync.model.Content;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.PathState;
import org.realize.sync.port.RealVersion;

/** Files whose bytes are known under another name, mode or number of links. */
class CarriedHashTest {

  private final IndexerRig rig = new IndexerRig();

  CarriedHashTest() throws Exception {}

  private int reads(String path) {
    return rig.troubled.reads.getOrDefault(RelativePath.of(path), 0);
  }

  private RealVersion real(String path) throws Exception {
    return Objects.requireNonNull(rig.known(path).real());
  }

  private Content writeLarge(String path) throws Exception {
    byte[] bytes = new byte[3 * TreeShape.BLOCK_BYTES];
    new Random(7).nextBytes(bytes);
    rig.user.write(path, bytes);
    return new Content.File(TreeHasher.hash(bytes), bytes.length);
  }

  @Test
  void look_directoryMoved_readsNoByte_andTheHashesProveAsBefore() throws Exception {
    rig.user.createDirectory("A");
    rig.write("A/f", "1");
    rig.scan();
    rig.user.rename("A", "B");
    rig.look("A", "B");
    assertThat(rig.known("B/f").shown().content()).isEqualTo(file("1"));
    assertThat(rig.known("A/f").shown().isTombstone()).isTrue();
    assertThat(reads("B/f")).isZero();
    assertThat(real("B/f").isCertain()).isTrue();
  }

  @Test
  void look_fileRenamed_readsNoByte_untilTheWholeRootIsScanned() throws Exception {
    rig.write("a", "1");
    rig.scan();
    rig.user.rename("a", "b");
    rig.user.mode("b", 0600);
    rig.look("a", "b");
    assertThat(rig.known("b").shown().content()).isEqualTo(file("1"));
    assertThat(rig.known("b").shown().from()).isEqualTo(RelativePath.of("a"));
    assertThat(real("b").isCertain()).isFalse();
    rig.look("b");
    assertThat(reads("b")).isZero();
    long head = rig.headSeq();
    rig.scan();
    assertThat(reads("b")).isEqualTo(1);
    assertThat(real("b").isCertain()).isTrue();
    assertThat(rig.headSeq()).isEqualTo(head);
  }

  @Test
  void look_newNameBeforeTheOldOne_readsNoByteOfALargeFile_andKeepsItsTree() throws Exception {
    Content.File content = (Content.File) writeLarge("a");
    rig.scan();
    rig.user.rename("a", "b");
    rig.look("b");
    assertThat(rig.known("b").shown().content()).isEqualTo(content);
    rig.look("a");
    assertThat(reads("b")).isZero();
    assertThat(rig.store.read(r -> r.treeNode(content.hash(), 1, 0)).isPresent()).isTrue();
  }

  @Test
  void scan_movedWhileTheDaemonWasDown_readsNoByte() throws Exception {
    rig.user.createDirectory("A");
    rig.write("A/f", "1");
    Content large = writeLarge("A/g");
    rig.scan();
    rig.user.rename("A", "B");
    rig.start();
    rig.scan();
    assertThat(rig.known("B/f").shown().content()).isEqualTo(file("1"));
    assertThat(rig.known("B/g").shown().content()).isEqualTo(large);
    assertThat(reads("B/f") + reads("B/g")).isZero();
  }

  @Test
  void look_hardLinkAdded_readsNoByte() throws Exception {
    Content content = writeLarge("a");
    rig.scan();
    rig.user.hardLink("b", "a");
    rig.look("a", "b");
    assertThat(rig.known("b").shown().content()).isEqualTo(content);
    assertThat(rig.known("b").shown().from()).isEqualTo(RelativePath.of("a"));
    assertThat(reads("a") + reads("b")).isEqualTo(1);
    assertThat(real("a").stat()).isEqualTo(rig.disk.stat(RelativePath.of("a")).orElseThrow());
  }

  @Test
  void look_modeChanged_readsNoByte_andIsServedUnderItsStat() throws Exception {
    rig.write("a", "1");
    rig.scan();
    rig.user.mode("a", 0664);
    rig.look("a");
    assertThat(reads("a")).isEqualTo(1);
    assertThat(rig.known("a").metadata().mode()).isEqualTo(0664);
    assertThat(real("a").isCarried()).isTrue();
    assertThat(rig.known("a").realStat())
        .isEqualTo(rig.disk.stat(RelativePath.of("a")).orElseThrow());
  }

  @Test
  void look_ctimeMovedAlone_countsAsAChange() throws Exception {
    rig.write("a", "1");
    rig.scan();
    rig.user.mode("a", rig.known("a").metadata().mode());
    assertThat(rig.look("a").changes()).isZero();
    assertThat(reads("a")).isEqualTo(2);
  }

  @Test
  void look_editedAndRenamed_isHashed() throws Exception {
    rig.write("a", "1");
    rig.scan();
    rig.write("a", "2");
    rig.user.rename("a", "b");
    rig.look("a", "b");
    assertThat(rig.known("b").shown().content()).isEqualTo(file("2"));
    assertThat(reads("b")).isEqualTo(1);
  }

  @Test
  void look_changedWithinTheTickOfItsHashing_thenRenamed_isHashed() throws Exception {
    rig.scan();
    rig.write("a", "one");
    rig.indexer.look(java.util.Set.of(RelativePath.of("a")));
    rig.write("a", "two");
    rig.user.rename("a", "b");
    rig.look("a", "b");
    assertThat(rig.known("b").shown().content()).isEqualTo(file("two"));
  }

  @Test
  void look_twoFilesSwapped_endsWithEachContentAtItsName() throws Exception {
    Content first = writeLarge("a");
    byte[] bytes = new byte[2 * TreeShape.BLOCK_BYTES];
    rig.user.write("b", bytes);
    rig.scan();
    rig.user.rename("a", "t");
    rig.user.rename("b", "a");
    rig.user.rename("t", "b");
    Indexer.IndexOutcome outcome = rig.look("a", "b");
    for (RelativePath path : outcome.again()) {
      rig.look(path.toString());
    }
    assertThat(rig.known("b").shown().content()).isEqualTo(first);
    assertThat(rig.known("a").shown().content())
        .isEqualTo(new Content.File(TreeHasher.hash(bytes), bytes.length));
  }

  @Test
  void look_renamedOverAnIndexedFile_readsNoByte_andReplacesIt() throws Exception {
    rig.write("a", "old");
    Content content = writeLarge("b");
    rig.scan();
    PathState before = rig.known("a");
    rig.user.rename("b", "a");
    rig.look("a", "b");
    assertThat(rig.known("a").shown().content()).isEqualTo(content);
    assertThat(rig.known("a").shown().basis())
        .isEqualTo(((Content.File) before.shown().content()).hash());
    assertThat(reads("a")).isEqualTo(1);
  }
}
