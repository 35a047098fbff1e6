package org.realize.store.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import org.junit.jupiter.api.Test;
import org.realize.sync.model.Content;
import org.realize.sync.model.RealizeException.WouldWait;
import org.realize.sync.model.RelativePath;
import org.realize.sync.rules.Judgement;
import org.realize.sync.testing.ScriptedPeer;
import org.realize.sync.view.AttributeChange;
import org.realize.sync.view.FileOwner;
import org.realize.sync.view.RenameKind;
import org.realize.sync.view.TimeChange;

/** Bytes of real files that another name needs, as a program takes the file away. */
final class LastBytesTest extends RootedArenaRig {

  /** A file of the disk, and a name that shows its content, which only {@code holders} have too. */
  private Content.File makeTwins(ScriptedPeer... holders) throws Exception {
    create("mine", "the only bytes");
    scan();
    Content.File content = (Content.File) state("mine").shown().content();
    rig.show("theirs", content, holders);
    real.needed().note(state("theirs"), false);
    return content;
  }

  @Test
  void remove_ofTheLastBytesThatAnotherNameNeeds_keepsThemAsABlob() throws Exception {
    makeTwins();
    assertThatThrownBy(() ->
            inRefusal(() -> {
              view.remove(at("mine"), ROOT);
              return "";
            }))
        .isInstanceOf(WouldWait.class);
    assertThat(root.resolve("mine")).exists();
    view.remove(at("mine"), ROOT);
    assertThat(root.resolve("mine")).doesNotExist();
    assertThat(read("theirs")).isEqualTo("the only bytes");
    Content.File content = (Content.File) state("theirs").shown().content();
    assertThat(
            rig.store.<Boolean>read(
                reader -> reader.isBlobReferred(content.hash(), RelativePath.of("theirs"))))
        .isTrue();
    scan();
    assertAbsent("mine");
    assertThat(read("theirs")).isEqualTo("the only bytes");
  }

  @Test
  void renameOver_theLastBytesThatAnotherNameNeeds_keepsThemAsABlob() throws Exception {
    makeTwins();
    create("mine.tmp", "saved");
    view.rename(at("mine.tmp"), at("mine"), RenameKind.REPLACE, ROOT);
    assertThat(read("mine")).isEqualTo("saved");
    assertThat(read("theirs")).isEqualTo("the only bytes");
    scan();
    assertThat(Judgement.isConflict(state("mine"))).isFalse();
  }

  @Test
  void remove_ofTheLastBytes_ofAFileWithAnotherModeAndTimeThanIndexed_keepsThemToo()
      throws Exception {
    Content.File content = makeTwins();
    AttributeChange touched =
        new AttributeChange(
            0600, FileOwner.NOT_GIVEN, null, TimeChange.STAYS, new TimeChange.Now(), false);
    assertThat(view.change(inode("mine"), null, touched, ROOT).mode()).isEqualTo(0600);
    view.remove(at("mine"), ROOT);
    assertAbsent("mine");
    assertThat(read("theirs")).isEqualTo("the only bytes");
    try (var kept = rig.blobs.find(content.hash()).orElseThrow()) {
      assertThat(kept.readable().lengthBytes()).isEqualTo(content.sizeBytes());
    }
  }

  @Test
  void remove_ofAFileOfWhichOtherBytesWereWritten_keepsNone() throws Exception {
    Content.File content = makeTwins();
    Files.writeString(root.resolve("mine"), "The only bytes");
    view.remove(at("mine"), ROOT);
    assertAbsent("mine");
    assertThat(rig.blobs.find(content.hash()).filter(blob -> !blob.readable().isEmpty())).isEmpty();
  }

  @Test
  void remove_ofTheLastBytesThatAnotherNameNeeds_inAFullCache_leavesThemToTheTrash()
      throws Exception {
    makeTwins();
    rig.blobs.capacity(0);
    view.remove(at("mine"), ROOT);
    assertAbsent("mine");
    assertThat(names("", 10)).containsExactly("theirs");
    assertThat(state("mine").shown().isTombstone()).isTrue();
    create("mine", "new");
    assertThat(trashed()).containsExactly("the only bytes");
    create("other", "third");
    scan();
    rig.show("theirs", state("mine").shown().content());
    real.needed().note(state("theirs"), false);
    view.rename(at("other"), at("mine"), RenameKind.REPLACE, ROOT);
    assertThat(trashed()).containsExactlyInAnyOrder("the only bytes", "new");
    assertThat(read("mine")).isEqualTo("third");
    scan();
    assertThat(Judgement.isConflict(state("mine"))).isFalse();
  }

  @Test
  void remove_ofBytesThatAPeerHas_orNobodyNeeds_keepsNone() throws Exception {
    Content.File content = makeTwins(nas);
    view.remove(at("mine"), ROOT);
    assertThat(rig.blobs.find(content.hash())).isEmpty();
    create("alone", "other bytes");
    scan();
    Content.File other = (Content.File) state("alone").shown().content();
    view.remove(at("alone"), ROOT);
    assertThat(rig.blobs.find(other.hash())).isEmpty();
  }
}
