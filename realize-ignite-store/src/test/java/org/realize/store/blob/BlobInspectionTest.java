package org.realize.store.blob;

import static org.assertj.core.api.Assertions.assertThat;
import static org.realize.store.blob.CacheRig.BLOCK;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.realize.sync.port.Blob;

class BlobInspectionTest {

  private CacheRig rig;
  private SampleContent content;
  private String file;

  @BeforeEach
  void fillOne() throws Exception {
    rig = new CacheRig(20L * BLOCK);
    content = rig.content(1, 2, true);
    rig.fill(1, content);
    file = CacheRig.files(rig.disk).getFirst();
  }

  @Test
  void inspect_allIsWell_findsNothing() throws Exception {
    assertThat(rig.store.inspect()).isEmpty();
    assertThat(rig.store.inspectAtRest()).isEmpty();
  }

  @Test
  void inspect_fileIsMissing_namesBlobAndFile() throws Exception {
    rig.disk.user().delete(file);
    assertThat(rig.store.inspect())
        .containsExactly(
            "blob %s has 262,144 bytes, and its file %s is missing"
                .formatted(content.hash().hex8(), file));
    rig.store.cleanup();
    assertThat(rig.store.inspectAtRest()).isEmpty();
  }

  @Test
  void inspect_fileIsShort_saysHowShort() throws Exception {
    rig.disk.user().write(file, new byte[1000]);
    assertThat(rig.store.inspect())
        .singleElement()
        .asString()
        .endsWith("its file %s is short, 1,000 of 262,144 bytes".formatted(file));
  }

  @Test
  void inspect_fileBelongsToNoBlob_saysSoAndLeavesIt() throws Exception {
    String stray = "00000000000000ff-00000000000000ff.blob";
    rig.disk.user().write(stray, new byte[10]);
    assertThat(rig.store.inspect()).containsExactly("file %s belongs to no blob".formatted(stray));
    assertThat(CacheRig.files(rig.disk)).contains(stray);
  }

  @Test
  void inspect_blobIsOpen_isNotJudged() throws Exception {
    Blob open = rig.store.find(content.hash()).orElseThrow();
    rig.disk.user().delete(file);
    assertThat(rig.store.inspect()).isEmpty();
    open.close();
    assertThat(rig.store.inspect()).hasSize(1);
  }

  @Test
  void inspectAtRest_sumsDiffer_saysWhich() throws Exception {
    rig.disk.user().write(file, new byte[3 * BLOCK]);
    assertThat(rig.store.inspect()).isEmpty();
    assertThat(rig.store.inspectAtRest())
        .containsExactly("bytes of the rows and the files do not agree: 262,144 and 393,216");
  }
}
