package org.realize.nima.daemon;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.realize.nima.control.ArenaPath;
import org.realize.nima.control.PreviewQuery;
import org.realize.nima.control.VersionPreview;
import org.realize.nima.control.VersionPreview.PreviewKind;
import org.realize.sync.content.OpenFile;
import org.realize.sync.delta.TreeHasher;
import org.realize.sync.model.Content;
import org.realize.sync.model.RealizeException.NotFound;
import org.realize.sync.model.RelativePath;
import org.realize.sync.testing.ArenaRig;
import org.realize.sync.testing.MemoryDisk;

class VersionPreviewerTest {

  private static final RelativePath PATH = RelativePath.of("f");

  private final ArenaRig rig = new ArenaRig();
  private final MemoryDisk disk = new MemoryDisk(rig.time);
  private byte[] elsewhere = new byte[0];
  private int fetchedBytes;
  private final VersionPreviewer previewer =
      new VersionPreviewer(rig.arena(disk), (_, content) -> new PeersFile(content));

  /** The bytes as peers have them. */
  private final class PeersFile implements OpenFile {
    PeersFile(Content.File content) {
      assertThat(content.sizeBytes()).isEqualTo(elsewhere.length);
    }

    @Override
    public long sizeBytes() {
      return elsewhere.length;
    }

    @Override
    public int readNow(long offsetBytes, ByteBuffer destination) {
      return WOULD_WAIT;
    }

    @Override
    public int read(long offsetBytes, ByteBuffer destination) {
      int length = destination.remaining();
      destination.put(elsewhere, (int) offsetBytes, length);
      fetchedBytes += length;
      return length;
    }

    @Override
    public Optional<Path> backing() {
      return Optional.empty();
    }

    @Override
    public void close() {}
  }

  private static Content.File content(byte[] bytes) {
    return new Content.File(TreeHasher.hash(bytes), bytes.length);
  }

  private Content.File real(byte[] bytes) throws Exception {
    disk.user().write("f", bytes);
    rig.show("f", content(bytes), disk.stat(PATH).orElseThrow());
    rig.time.advance(Duration.ofMinutes(1));
    return content(bytes);
  }

  private Content.File ofPeers(byte[] bytes) throws Exception {
    elsewhere = bytes;
    rig.show("f", content(bytes));
    return content(bytes);
  }

  private VersionPreview preview(Content.File content, boolean fetch) throws Exception {
    ArenaPath path = new ArenaPath(ArenaRig.NAME, PATH);
    return previewer.of(new PreviewQuery(path, content.hash().toString(), fetch, true));
  }

  @Test
  void of_textThatIsHere_isItsCharacters_andNothingIsFetched() throws Exception {
    VersionPreview preview = preview(real("grüße\n".getBytes(UTF_8)), false);
    assertThat(preview.kind()).isEqualTo(PreviewKind.TEXT);
    assertThat(preview.text()).isEqualTo("grüße\n");
    assertThat(preview.picture()).isNull();
    assertThat(preview(real(new byte[0]), false).text()).isEmpty();
    assertThat(fetchedBytes).isZero();
  }

  @Test
  void of_bytesThatAreElsewhere_areFetchedOnlyWhenAskedFor() throws Exception {
    Content.File content = ofPeers("theirs".getBytes(UTF_8));
    assertThat(preview(content, false).kind()).isEqualTo(PreviewKind.ELSEWHERE);
    assertThat(fetchedBytes).isZero();
    assertThat(preview(content, true).text()).isEqualTo("theirs");
  }

  @ParameterizedTest
  @CsvSource({
    "89504e470d0a1a0a0000000d, image/png",
    "ffd8ffe000104a4649460001, image/jpeg",
    "474946383961010001000000, image/gif",
    "524946460c00000057454250, image/webp"
  })
  void of_picture_isKnownByItsFirstBytes(String head, String type) throws Exception {
    byte[] bytes = Arrays.copyOf(HexFormat.of().parseHex(head), 100_000);
    VersionPreview preview = preview(real(bytes), false);
    assertThat(preview.kind()).isEqualTo(PreviewKind.PICTURE);
    assertThat(preview.type()).isEqualTo(type);
    assertThat(Base64.getDecoder().decode(preview.picture())).isEqualTo(bytes);
    ArenaPath path = new ArenaPath(ArenaRig.NAME, PATH);
    PreviewQuery bare = new PreviewQuery(path, content(bytes).hash().toString(), false, false);
    assertThat(previewer.of(bare).picture()).isNull();
    assertThat(previewer.of(bare).type()).isEqualTo(type);
  }

  @Test
  void of_whatCannotBeShown_isNothing() throws Exception {
    for (String bytes : new String[] {"<svg xmlns='x'>\0", "RIFF1234WAVE\0"}) {
      assertThat(preview(real(bytes.getBytes(UTF_8)), false).kind()).isEqualTo(PreviewKind.NONE);
    }
    assertThat(preview(real(new byte[] {'a', (byte) 0xff}), false).kind())
        .as("no UTF-8")
        .isEqualTo(PreviewKind.NONE);
    assertThat(preview(real("<svg/>".getBytes(UTF_8)), false).kind())
        .as("a picture that can hold a script is a text")
        .isEqualTo(PreviewKind.TEXT);
  }

  @Test
  void of_largeFile_isNotReadBeyondWhatTellsThatItIsNoPicture() throws Exception {
    byte[] text = new byte[VersionPreview.MAX_TEXT_BYTES + 1];
    Arrays.fill(text, (byte) 'a');
    assertThat(preview(ofPeers(text), true).kind()).isEqualTo(PreviewKind.NONE);
    assertThat(fetchedBytes).isEqualTo(12);
    byte[] most = Arrays.copyOf(text, VersionPreview.MAX_TEXT_BYTES);
    assertThat(preview(ofPeers(most), true).text()).hasSize(most.length);

    byte[] picture = HexFormat.of().parseHex("89504e470d0a1a0a");
    fetchedBytes = 0;
    byte[] large = Arrays.copyOf(picture, VersionPreview.MAX_PICTURE_BYTES + 1);
    assertThat(preview(ofPeers(large), true).kind()).isEqualTo(PreviewKind.NONE);
    assertThat(fetchedBytes).isZero();
    byte[] largest = Arrays.copyOf(picture, VersionPreview.MAX_PICTURE_BYTES);
    assertThat(preview(ofPeers(largest), true).kind()).isEqualTo(PreviewKind.PICTURE);
  }

  @Test
  void of_versionThatIsNotCurrent_isNotFound() throws Exception {
    real("now".getBytes(UTF_8));
    assertThatThrownBy(() -> preview(content("before".getBytes(UTF_8)), true))
        .isInstanceOf(NotFound.class);
    disk.user().write("ignored", "x".getBytes(UTF_8));
    ArenaPath ignored = new ArenaPath(ArenaRig.NAME, RelativePath.of("ignored"));
    String hash = content("x".getBytes(UTF_8)).hash().toString();
    assertThatThrownBy(() -> previewer.of(new PreviewQuery(ignored, hash, true, true)))
        .isInstanceOf(NotFound.class);
    assertThat(fetchedBytes).isZero();
  }
}
