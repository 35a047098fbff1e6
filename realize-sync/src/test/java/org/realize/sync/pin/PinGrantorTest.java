package org.realize.sync.pin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.realize.sync.delta.TreeHasher;
import org.realize.sync.model.ByteRanges;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.Mark;
import org.realize.sync.model.RealizeException.InDoubt;
import org.realize.sync.model.RealizeException.Invalid;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.model.Version;
import org.realize.sync.model.VersionVector;
import org.realize.sync.port.BlobRow;
import org.realize.sync.port.PathState;
import org.realize.sync.port.PinAnswer;
import org.realize.sync.port.PinRequest;
import org.realize.sync.port.PinRequest.Pinned;
import org.realize.sync.port.Report;
import org.realize.sync.rules.Judgement;
import org.realize.sync.testing.ManualTime;
import org.realize.sync.testing.MemoryDisk;
import org.realize.sync.testing.RootedPeer;
import org.realize.sync.testing.RootedPeer.Setup;

/** Tests of the pins that a peer grants and refuses. */
final class PinGrantorTest {
  private static final RelativePath PATH = RelativePath.of("d/f");
  private static final byte[] BYTES = "content".getBytes(StandardCharsets.UTF_8);
  private static final Content CONTENT = content(BYTES);
  private static final StoreId DROPPER = new StoreId(new UUID(1, 1));
  private static final UUID ROOT = new UUID(7, 7);

  private final ManualTime time = new ManualTime();
  private final MemoryDisk disk = new MemoryDisk(time);

  private static Content content(byte[] bytes) {
    return new Content.File(TreeHasher.hash(bytes), bytes.length);
  }

  @BeforeEach
  void makeFile() throws Exception {
    disk.user().createDirectory("d");
    disk.user().write(PATH.toString(), BYTES);
  }

  private RootedPeer peer(Setup setup) throws Exception {
    RootedPeer peer = new RootedPeer("nas", time, disk, setup);
    peer.scan();
    return peer;
  }

  private static PinRequest request(Content content) {
    return new PinRequest(PinRequest.PinStep.PIN, ROOT, List.of(new Pinned(PATH, content, 1)));
  }

  private static PinAnswer ask(RootedPeer peer, Content content) throws Exception {
    return peer.pins().answer(DROPPER, request(content)).getFirst();
  }

  @Test
  void pin_realFileOfThatContent_isGrantedAndSurvivesARestart() throws Exception {
    RootedPeer peer = peer(Setup.PLAIN);
    assertThat(ask(peer, CONTENT)).isEqualTo(new PinAnswer.Granted());
    peer.restart();
    assertThat(peer.pins().pins())
        .singleElement()
        .satisfies(pin -> {
          assertThat(pin.dropper()).isEqualTo(DROPPER);
          assertThat(pin.pinned()).isEqualTo(new Pinned(PATH, CONTENT, 1));
        });
  }

  /** A later file of that name at the dropper must not replace this one. */
  @Test
  void pin_granted_makesTheVersionConcurrentToLaterOnesOfTheDropper() throws Exception {
    RootedPeer peer = peer(Setup.PLAIN);
    Version before = peer.state(PATH).shown();
    long announced = peer.state(PATH).announcedSeq();
    ask(peer, CONTENT);
    PathState after = peer.state(PATH);
    StoreId self = peer.global().identity().store();
    assertThat(after.shown().content()).isEqualTo(CONTENT);
    assertThat(after.shown().vector().counter(self)).isGreaterThan(before.vector().counter(self));
    assertThat(after.isReal(CONTENT)).isTrue();
    assertThat(after.announcedSeq()).isGreaterThan(announced);
    VersionVector next = VersionVector.EMPTY.with(DROPPER, Long.MAX_VALUE / 2);
    assertThat(after.shown().vector().compare(next)).isEqualTo(VersionVector.Order.CONCURRENT);
    peer.scan();
    assertThat(peer.state(PATH)).isEqualTo(after);
  }

  @Test
  void pin_pathThatIsMarkedWatch_isRefused() throws Exception {
    RootedPeer peer = peer(new Setup(Mark.WATCH, List.of(), 1));
    assertThat(ask(peer, CONTENT)).isEqualTo(new PinAnswer.Refused("marks it watch"));
    assertThat(peer.pins().pins()).isEmpty();
  }

  @Test
  void pin_ignoredName_isRefused() throws Exception {
    RootedPeer peer = peer(new Setup(Mark.OWN, List.of("f"), 1));
    assertThat(ask(peer, CONTENT)).isEqualTo(new PinAnswer.Refused("ignores the name"));
    disk.user().write(".realizeignore", "d/\n".getBytes(StandardCharsets.UTF_8));
    assertThat(peer.pins().refusal(RelativePath.of("d/deep/er"))).contains("ignores the name");
  }

  @Test
  void pin_otherContentOrNone_isRefused() throws Exception {
    RootedPeer peer = peer(Setup.PLAIN);
    assertThat(ask(peer, content(new byte[7])))
        .isEqualTo(new PinAnswer.Refused("has a different file there"));
    disk.user().delete(PATH.toString());
    assertThat(ask(peer, CONTENT)).isEqualTo(new PinAnswer.Refused("has no such file on its disk"));
  }

  /** The bytes must be there at this moment, not when they were last looked at. */
  @Test
  void pin_fileThatWasWrittenSince_isAnsweredLaterAndLookedAt() throws Exception {
    RootedPeer peer = peer(Setup.PLAIN);
    disk.user().write(PATH.toString(), BYTES);
    assertThat(ask(peer, CONTENT)).isInstanceOf(PinAnswer.Later.class);
    assertThat(peer.touched()).containsExactly(PATH);
    peer.scan();
    assertThat(ask(peer, CONTENT)).isEqualTo(new PinAnswer.Granted());
  }

  /** A stat within the grain of the clock proves nothing. */
  @Test
  void pin_fileThatWasHashedTooSoon_isAnsweredLater() throws Exception {
    RootedPeer peer = peer(Setup.PLAIN);
    disk.user().write(PATH.toString(), BYTES);
    peer.scanAtOnce();
    assertThat(ask(peer, CONTENT)).isInstanceOf(PinAnswer.Later.class);
    peer.scan();
    assertThat(ask(peer, CONTENT)).isEqualTo(new PinAnswer.Granted());
  }

  /** A link, too; it was kept as it was for ever, and a move of it waited for ever. */
  @Test
  void pin_linkThatWasReadTooSoon_isAnsweredLater() throws Exception {
    RootedPeer peer = peer(Setup.PLAIN);
    disk.user().delete(PATH.toString());
    disk.user().symbolicLink(PATH.toString(), "elsewhere");
    Content link = new Content.Link("elsewhere");
    peer.scanAtOnce();
    assertThat(ask(peer, link)).isInstanceOf(PinAnswer.Later.class);
    Version made = peer.state(PATH).shown();
    peer.scan();
    assertThat(peer.state(PATH).shown()).isEqualTo(made);
    assertThat(ask(peer, link)).isEqualTo(new PinAnswer.Granted());
  }

  /** The bytes of a version that is about to be replaced are no copy to rely on. */
  @Test
  void pin_versionThatANewerOneReplaces_isRefused() throws Exception {
    RootedPeer peer = peer(Setup.PLAIN);
    PathState state = peer.state(PATH);
    Version newer =
        Version.of(
            new Content.File(new ContentHash(1, 2, 3, 4), 9),
            state.shown().vector().with(new StoreId(new UUID(5, 5)), 3));
    Report report = new Report(1, state.metadata(), List.of(new Report.Reported(newer, true)));
    peer.store()
        .write(writer -> {
          writer.put(state.withShown(newer).withReport(new StoreId(new UUID(5, 5)), report));
        });
    assertThat(ask(peer, CONTENT))
        .isEqualTo(new PinAnswer.Refused("knows a newer version that replaces it"));
  }

  /** One directory that two nodes reach by two ways must not be both ends. */
  @Test
  void pin_rootOfTheDropperItself_isInvalid() throws Exception {
    RootedPeer peer = peer(Setup.PLAIN);
    PinRequest own =
        new PinRequest(
            PinRequest.PinStep.PIN, peer.movable().rootId(), List.of(new Pinned(PATH, CONTENT, 1)));
    assertThatThrownBy(() -> peer.pins().answer(DROPPER, own)).isInstanceOf(Invalid.class);
    assertThat(peer.pins().pins()).isEmpty();
  }

  @Test
  void pin_rootInDoubt_isRefused() throws Exception {
    RootedPeer peer = peer(Setup.PLAIN);
    disk.user().delete(".realize/id");
    assertThatThrownBy(() -> ask(peer, CONTENT)).isInstanceOf(InDoubt.class);
  }

  @Test
  void pin_placeInDoubt_isRefusedForItsPathsAlone() throws Exception {
    RelativePath other = RelativePath.of("usb/f");
    disk.user().createDirectory("usb");
    disk.mount("usb", disk.volume(1, MemoryDisk.EXT4));
    disk.user().write(other.toString(), BYTES);
    RootedPeer peer = peer(Setup.PLAIN);
    disk.user().delete("usb/.realize");
    PinRequest both =
        new PinRequest(
            PinRequest.PinStep.PIN,
            ROOT,
            List.of(new Pinned(PATH, CONTENT, 1), new Pinned(other, CONTENT, 1)));
    assertThat(peer.pins().answer(DROPPER, both))
        .containsExactly(
            new PinAnswer.Granted(), new PinAnswer.Later("is in doubt of the place that holds it"));
    assertThat(peer.pins().pins()).extracting(Pins.Pin::path).containsExactly(PATH);
  }

  @Test
  void answer_droppedOrReleased_endsThatPinAlone() throws Exception {
    RootedPeer peer = peer(Setup.PLAIN);
    ask(peer, CONTENT);
    StoreId other = new StoreId(new UUID(2, 2));
    peer.pins().answer(other, request(CONTENT));
    PinRequest earlier =
        new PinRequest(PinRequest.PinStep.RELEASED, ROOT, List.of(new Pinned(PATH, CONTENT, 0)));
    peer.pins().answer(DROPPER, earlier);
    assertThat(peer.pins().pins()).hasSize(2);
    PinRequest over =
        new PinRequest(PinRequest.PinStep.DROPPED, ROOT, List.of(new Pinned(PATH, CONTENT, 1)));
    peer.pins().answer(DROPPER, over);
    assertThat(peer.pins().pins())
        .singleElement()
        .satisfies(pin -> assertThat(pin.dropper()).isEqualTo(other));
    assertThat(peer.pins().release(PATH)).isEqualTo(1);
    assertThat(peer.pins().pins()).isEmpty();
  }

  /** What was granted is durable before the answer is out. */
  @Test
  void pin_stoppedBeforeTheForce_grantsNothing() throws Exception {
    RootedPeer peer = peer(Setup.PLAIN);
    disk.powerOffAfter(0);
    assertThatThrownBy(() -> ask(peer, CONTENT)).isNotNull();
    disk.kill();
    assertThat(peer.pins().pins()).isEmpty();
    time.advance(Duration.ofSeconds(1));
    assertThat(ask(peer, CONTENT)).isEqualTo(new PinAnswer.Granted());
  }

  /** A whole blob that stays is as good as a real file, until the mark changes. */
  private RootedPeer keeper(ByteRanges available) throws Exception {
    RootedPeer peer = peer(new Setup(Mark.KEEP, List.of(), 1));
    disk.user().delete(PATH.toString());
    disk.user().delete("d");
    Version version = peer.state(PATH).shown();
    peer.store()
        .write(writer -> {
          PathState state = writer.path(PATH).orElseThrow().withReal(null);
          Report told =
              new Report(1, state.metadata(), List.of(new Report.Reported(version, true)));
          writer.put(state.withReport(DROPPER, told));
          ContentHash hash = TreeHasher.hash(BYTES);
          writer.putBlob(new BlobRow(hash, BYTES.length, writer.nextFileId(), available));
        });
    return peer;
  }

  @Test
  void pin_wholeBlobUnderKeep_isGrantedAndMergesTheVersion() throws Exception {
    RootedPeer peer = keeper(ByteRanges.of(0, BYTES.length));
    PathState before = peer.state(PATH);
    assertThat(ask(peer, CONTENT)).isEqualTo(new PinAnswer.Granted());
    PathState after = peer.state(PATH);
    assertThat(after.shown().content()).isEqualTo(CONTENT);
    assertThat(after.shown().vector().compare(before.shown().vector()))
        .isEqualTo(VersionVector.Order.AFTER);
    assertThat(after.announcedSeq()).isGreaterThan(before.announcedSeq());
    assertThat(Judgement.alternatives(after)).isEmpty();
    assertThat(peer.store().<Boolean>read(reader -> Pins.protects(reader, TreeHasher.hash(BYTES))))
        .isTrue();
    peer.pins()
        .answer(
            DROPPER,
            new PinRequest(
                PinRequest.PinStep.DROPPED, ROOT, List.of(new Pinned(PATH, CONTENT, 1))));
    assertThat(peer.store().<Boolean>read(reader -> Pins.protects(reader, TreeHasher.hash(BYTES))))
        .isFalse();
  }

  @Test
  void pin_blobWithHoles_isRefused() throws Exception {
    RootedPeer peer = keeper(ByteRanges.of(0, BYTES.length - 1));
    assertThat(ask(peer, CONTENT)).isInstanceOf(PinAnswer.Refused.class);
    assertThat(peer.pins().pins()).isEmpty();
  }

  @Test
  void pin_wholeBlobThatIsNotShownOrNotKept_isRefused() throws Exception {
    RootedPeer peer = keeper(ByteRanges.of(0, BYTES.length));
    assertThat(ask(peer, content(new byte[] {1}))).isInstanceOf(PinAnswer.Refused.class);
    for (Mark other : List.of(Mark.OWN, Mark.WATCH)) {
      peer.store()
          .write(writer -> {
            writer.putMark(RelativePath.of("d"), other);
          });
      assertThat(ask(peer, CONTENT)).isInstanceOf(PinAnswer.Refused.class);
    }
  }
}
