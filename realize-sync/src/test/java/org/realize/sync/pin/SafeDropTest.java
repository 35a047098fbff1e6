package org.realize.sync.pin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.realize.sync.model.Mark;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.InDoubt;
import org.realize.sync.model.RealizeException.Unreachable;
import org.realize.sync.model.RealizeException.VersionGone;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.model.Version;
import org.realize.sync.port.Disk;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.PathState;
import org.realize.sync.real.Trash;
import org.realize.sync.rules.AnnounceRules;
import org.realize.sync.rules.LocalRules;
import org.realize.sync.testing.ManualTime;
import org.realize.sync.testing.MemoryDisk;
import org.realize.sync.testing.RootedPeer;
import org.realize.sync.testing.RootedPeer.Setup;

/** A file that is given up: only under pins, into the trash, and no crash makes it a removal. */
final class SafeDropTest {
  private static final RelativePath PATH = RelativePath.of("d/f");
  private static final byte[] BYTES = "content".getBytes(StandardCharsets.UTF_8);

  private final ManualTime time = new ManualTime();
  private RootedPeer nas;
  private RootedPeer desk;

  @BeforeEach
  void makePeers() throws Exception {
    nas = peer("nas", Setup.PLAIN);
    desk = peer("desk", Setup.PLAIN);
    RootedPeer.connect(nas, desk);
  }

  private RootedPeer peer(String name, Setup setup) throws Exception {
    MemoryDisk disk = new MemoryDisk(time, 1L << 40, name.hashCode());
    disk.user().createDirectory("d");
    disk.user().write(PATH.toString(), BYTES);
    disk.forceAll();
    RootedPeer peer = new RootedPeer(name, time, disk, setup);
    peer.scan();
    return peer;
  }

  private static StoreId store(RootedPeer peer) {
    return peer.global().identity().store();
  }

  private static Map<RelativePath, FileStat> files(RootedPeer peer) throws RealizeException {
    Map<RelativePath, FileStat> files = new TreeMap<>();
    for (PathState state : peer.store().read(r -> r.children(RelativePath.of("d"))).values()) {
      FileStat stat = state.realStat();
      if (stat != null) {
        files.put(state.path(), stat);
      }
    }
    return files;
  }

  private DropOutcome drop(Optional<StoreId> target) throws Exception {
    Map<RelativePath, FileStat> files =
        Map.of(PATH, Objects.requireNonNull(nas.state(PATH).realStat()));
    return Objects.requireNonNull(nas.gate().drop(files, target).get(PATH));
  }

  /** The bytes that the trash of a peer has for the path, one for each time. */
  private static List<byte[]> trashed(RootedPeer peer) throws Exception {
    List<byte[]> all = new java.util.ArrayList<>();
    if (peer.disk().stat(Trash.DIRECTORY).isPresent()) {
      for (Disk.Entry entry : peer.disk().entries(Trash.DIRECTORY).entries()) {
        RelativePath file = RelativePath.of(Trash.DIRECTORY + "/" + entry.name() + "/" + PATH);
        if (entry.stat().kind() == FileStat.Kind.DIRECTORY && peer.disk().stat(file).isPresent()) {
          all.add(peer.disk().user().read(file.toString()));
        }
      }
    }
    return all;
  }

  /** The version stays known, nobody hears of a removal, and it is not said to be here any more. */
  private void requireDropped(PathState before) throws Exception {
    PathState after = nas.state(PATH);
    assertThat(after.real()).isNull();
    assertThat(after.shown().content()).isEqualTo(before.shown().content());
    assertThat(after.announcedSeq()).isGreaterThan(before.announcedSeq());
    assertThat(AnnounceRules.report(after, _ -> false).versions())
        .singleElement()
        .satisfies(reported -> assertThat(reported.held()).isFalse());
    assertThat(nas.store().read(DropIntents::read)).isEmpty();
    assertThat(nas.disk().stat(PATH)).isEmpty();
    assertThat(trashed(nas)).containsExactly(BYTES);
  }

  private void requireFailed(DropOutcome outcome, String why) {
    assertThat(outcome)
        .isInstanceOfSatisfying(
            DropOutcome.Failed.class,
            failed -> assertThat(failed.cause()).hasMessageContaining(why));
  }

  @Test
  void drop_targetThatHasIt_movesItToTheTrashAndEndsThePin() throws Exception {
    PathState before = nas.state(PATH);
    assertThat(drop(Optional.of(store(desk)))).isEqualTo(new DropOutcome.Dropped());
    requireDropped(before);
    assertThat(desk.pins().pins()).isEmpty();
    assertThat(nas.store().read(PinDebts::read)).isEmpty();
    nas.scan();
    requireDropped(before);
  }

  @Test
  void drop_targetThatDoesNotHaveIt_leavesTheFile() throws Exception {
    desk.disk().user().write(PATH.toString(), new byte[3]);
    assertThat(drop(Optional.of(store(desk)))).isInstanceOf(DropOutcome.Postponed.class);
    desk.scan();
    requireFailed(drop(Optional.of(store(desk))), "has a different file there");
    assertThat(nas.disk().user().read(PATH.toString())).isEqualTo(BYTES);
    assertThat(nas.store().read(DropIntents::read)).isEmpty();
    assertThat(desk.pins().pins()).isEmpty();
  }

  @Test
  void drop_targetThatIsNotConnected_isUnreachable() throws Exception {
    nas.disconnect();
    assertThatThrownBy(() -> drop(Optional.of(store(desk)))).isInstanceOf(Unreachable.class);
    requireFailed(drop(Optional.empty()), "no peer to ask");
    assertThat(nas.disk().stat(PATH)).isPresent();
  }

  /** min_copies: one holder is not enough where two are asked for, and its pin ends. */
  @Test
  void drop_fewerHoldersThanConfigured_leavesTheFile() throws Exception {
    nas = peer("attic", new Setup(Mark.OWN, List.of(), 2));
    RootedPeer.connect(nas, desk);
    requireFailed(drop(Optional.of(store(desk))), "1 of 2 pins");
    assertThat(desk.pins().pins()).isEmpty();
    RootedPeer third = peer("third", Setup.PLAIN);
    RootedPeer.connect(nas, third);
    assertThat(drop(Optional.of(store(desk)))).isEqualTo(new DropOutcome.Dropped());
    assertThat(third.pins().pins()).isEmpty();
  }

  /** Enough others hold it, but not the target of the move. */
  @Test
  void drop_othersHoldItButNotTheTarget_leavesTheFile() throws Exception {
    nas = peer("attic", new Setup(Mark.OWN, List.of(), 2));
    RootedPeer watcher = peer("watcher", new Setup(Mark.WATCH, List.of(), 1));
    for (RootedPeer other : List.of(desk, peer("third", Setup.PLAIN), watcher)) {
      RootedPeer.connect(nas, other);
    }
    requireFailed(drop(Optional.of(store(watcher))), "marks it watch");
    assertThat(nas.disk().stat(PATH)).isPresent();
    assertThat(desk.pins().pins()).isEmpty();
  }

  @Test
  void drop_fileThatIsPinnedForAPeer_isRefused() throws Exception {
    RootedPeer third = peer("third", Setup.PLAIN);
    RootedPeer.connect(nas, third);
    DropBatch batch = third.gate().batch(files(third), Optional.of(store(nas)));
    batch.intend();
    batch.ask();
    requireFailed(drop(Optional.of(store(desk))), "pinned for a peer");
    batch.begin();
    batch.take();
    batch.conclude();
    requireFailed(drop(Optional.of(store(desk))), "pinned for a peer");
    third.gate().payDebts();
    assertThat(drop(Optional.of(store(desk)))).isEqualTo(new DropOutcome.Dropped());
  }

  @Test
  void drop_fileThatChanged_stays() throws Exception {
    FileStat listed = Objects.requireNonNull(nas.state(PATH).realStat());
    nas.disk().user().write(PATH.toString(), "changed".getBytes(StandardCharsets.UTF_8));
    DropOutcome outcome = nas.gate().drop(Map.of(PATH, listed), Optional.of(store(desk))).get(PATH);
    assertThat(outcome)
        .isInstanceOfSatisfying(
            DropOutcome.Failed.class,
            failed -> assertThat(failed.cause()).isInstanceOf(VersionGone.class));
    assertThat(desk.pins().pins()).isEmpty();
    nas.scan();
    assertThat(nas.state(PATH).realStat()).isNotNull();
  }

  @Test
  void drop_fileThatAProgramWrites_stays() throws Exception {
    try (var _ = nas.disk().user().open(PATH.toString())) {
      requireFailed(drop(Optional.of(store(desk))), "a program has it open");
    }
    assertThat(nas.disk().user().read(PATH.toString())).isEqualTo(BYTES);
    assertThat(desk.pins().pins()).isEmpty();
    assertThat(drop(Optional.of(store(desk)))).isEqualTo(new DropOutcome.Dropped());
  }

  /** Where the daemon may not ask, the file is moved; a late save is in the trash, not lost. */
  @Test
  void drop_fileOfWhichNobodyKnowsWhetherItIsOpen_keepsALateSave() throws Exception {
    nas.disk().lacks(MemoryDisk.Ability.LEASE);
    try (var open = nas.disk().user().open(PATH.toString())) {
      assertThat(drop(Optional.of(store(desk)))).isEqualTo(new DropOutcome.Dropped());
      open.write("late save".getBytes(StandardCharsets.UTF_8));
    }
    assertThat(trashed(nas))
        .singleElement()
        .satisfies(
            bytes -> assertThat(new String(bytes, StandardCharsets.UTF_8)).startsWith("late save"));
  }

  @Test
  void drop_ofManyFiles_isADropOfEach() throws Exception {
    for (RootedPeer peer : List.of(nas, desk)) {
      for (int i = 0; i < 40; i++) {
        peer.disk().user().write("d/many" + i, new byte[i]);
      }
      peer.scan();
    }
    desk.disk().user().delete("d/many7");
    desk.scan();
    SortedMap<RelativePath, DropOutcome> outcomes =
        nas.gate().drop(files(nas), Optional.of(store(desk)));
    assertThat(outcomes).hasSize(41);
    outcomes.forEach((path, outcome) -> {
      if (path.name().equals("many7")) {
        requireFailed(outcome, "has no such file");
      } else {
        assertThat(outcome).as(path.toString()).isEqualTo(new DropOutcome.Dropped());
      }
    });
    assertThat(nas.disk().list(RelativePath.of("d")).names()).containsExactly("many7");
    assertThat(nas.store().read(DropIntents::read)).isEmpty();
    assertThat(desk.pins().pins()).isEmpty();
  }

  /** Killed or without power after any effect: in the tree, or dropped and in the trash. */
  @Test
  void drop_stoppedAfterEveryEffect_isADropOrNothing() throws Exception {
    for (boolean cut : new boolean[] {false, true}) {
      boolean stopped = true;
      for (int effects = 0; stopped; effects++) {
        makePeers();
        PathState before = nas.state(PATH);
        nas.disk().powerOffAfter(effects);
        stopped = false;
        try {
          stopped = !(drop(Optional.of(store(desk))) instanceof DropOutcome.Dropped);
        } catch (RealizeException e) {
          stopped = true;
        }
        if (cut) {
          nas.disk().powerCut(new SplittableRandom(effects));
        } else {
          nas.disk().kill();
        }
        nas.restart();
        nas.scan();
        assertThat(nas.state(PATH).shown().isTombstone()).as("after %d", effects).isFalse();
        if (nas.disk().stat(PATH).isPresent()) {
          assertThat(nas.disk().user().read(PATH.toString())).isEqualTo(BYTES);
          assertThat(nas.state(PATH).realStat()).isNotNull();
          assertThat(nas.store().read(DropIntents::read)).isEmpty();
        } else {
          requireDropped(before);
        }
        nas.gate().payDebts();
        assertThat(desk.pins().pins()).as("after %d", effects).isEmpty();
      }
    }
  }

  private DropOutcome dropListed(RelativePath path) throws Exception {
    FileStat stat = nas.disk().stat(path).orElseThrow();
    return Objects.requireNonNull(
        nas.gate().drop(Map.of(path, stat), Optional.of(store(desk))).get(path));
  }

  /** Its size and times are others than those indexed once names have left it. */
  @Test
  void drop_directory_isADropOnceItIsEmpty() throws Exception {
    RelativePath directory = RelativePath.of("d");
    assertThat(dropListed(directory)).isEqualTo(new DropOutcome.Kept());
    assertThat(nas.disk().user().read(PATH.toString())).isEqualTo(BYTES);
    assertThat(nas.state(directory).realStat()).isNotNull();
    drop(Optional.of(store(desk)));
    assertThat(dropListed(directory)).isEqualTo(new DropOutcome.Dropped());
    nas.scan();
    assertThat(nas.disk().stat(directory)).isEmpty();
    assertThat(nas.state(directory).real()).isNull();
    assertThat(nas.state(directory).shown().isTombstone()).isFalse();
    assertThat(nas.store().read(DropIntents::read)).isEmpty();
    assertThat(desk.pins().pins()).isEmpty();
  }

  @Test
  void drop_directoryOrLinkStoppedAfterEveryEffect_isADropOrNothing() throws Exception {
    for (boolean cut : new boolean[] {false, true}) {
      for (String name : List.of("e", "l")) {
        boolean stopped = true;
        for (int effects = 0; stopped; effects++) {
          makePeers();
          for (RootedPeer peer : List.of(nas, desk)) {
            peer.disk().user().createDirectory("e");
            peer.disk().user().symbolicLink("l", "some where");
            peer.disk().forceAll();
            peer.scan();
          }
          String when = "%s after %d".formatted(name, effects);
          nas.disk().powerOffAfter(effects);
          try {
            stopped = !(dropListed(RelativePath.of(name)) instanceof DropOutcome.Dropped);
          } catch (RealizeException e) {
            stopped = true;
          }
          if (cut) {
            nas.disk().powerCut(new SplittableRandom(effects));
          } else {
            nas.disk().kill();
          }
          nas.restart();
          nas.scan();
          PathState state = nas.state(RelativePath.of(name));
          boolean isThere = nas.disk().stat(RelativePath.of(name)).isPresent();
          assertThat(state.shown().isTombstone()).as(when).isFalse();
          assertThat(state.realStat() != null).as(when).isEqualTo(isThere);
          assertThat(nas.store().read(DropIntents::read)).as(when).isEmpty();
          nas.gate().payDebts();
          assertThat(desk.pins().pins()).as(when).isEmpty();
        }
      }
    }
  }

  /**
   * What takes the name of a dropped file, after a kill or before the drop is concluded, was made
   * by a user who knew nothing of it: it does not replace what the grantor keeps.
   */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void scan_somethingElseHasTheNameOfADroppedFile_replacesNothing(boolean restarts)
      throws Exception {
    Version dropped = nas.state(PATH).shown();
    DropBatch batch = nas.gate().batch(files(nas), Optional.of(store(desk)));
    batch.intend();
    batch.ask();
    batch.begin();
    batch.take();
    nas.disk().user().write(PATH.toString(), new byte[] {7});
    if (restarts) {
      nas.restart();
    }
    nas.scan();
    Version made = Objects.requireNonNull(nas.state(PATH).real()).version();
    assertThat(made.content()).isNotEqualTo(dropped.content());
    assertThat(made.vector().covers(dropped.vector())).isFalse();
    assertThat(dropped.vector().covers(made.vector())).isFalse();
    assertThat(nas.store().read(DropIntents::read)).isEmpty();
    nas.gate().payDebts();
    assertThat(desk.pins().pins()).isEmpty();
    if (!restarts) {
      batch.conclude();
      assertThat(Objects.requireNonNull(nas.state(PATH).real()).version()).isEqualTo(made);
    }
  }

  /** A change of owner or mode while the peers are asked is a change: the file stays this time. */
  @Test
  void drop_attributesChangeWhilePeersAreAsked_staysAndNothingIsRemoved() throws Exception {
    DropBatch batch = nas.gate().batch(files(nas), Optional.of(store(desk)));
    batch.intend();
    batch.ask();
    nas.disk().user().mode(PATH.toString(), 0600);
    nas.scan();
    batch.begin();
    batch.take();
    batch.conclude();
    nas.scan();
    assertThat(nas.disk().user().read(PATH.toString())).isEqualTo(BYTES);
    assertThat(nas.state(PATH).shown().isTombstone()).isFalse();
    assertThat(nas.state(PATH).realStat()).isNotNull();
    assertThat(nas.store().read(DropIntents::read)).isEmpty();
  }

  /** The index may have seen another ctime after the file was taken: it is a drop all the same. */
  @Test
  void conclude_indexHasAnotherCtime_isADrop() throws Exception {
    PathState before = nas.state(PATH);
    DropBatch batch = nas.gate().batch(files(nas), Optional.of(store(desk)));
    batch.intend();
    batch.ask();
    batch.begin();
    batch.take();
    FileStat stat = Objects.requireNonNull(before.realStat());
    FileStat moved =
        new FileStat(
            stat.kind(),
            stat.sizeBytes(),
            stat.mode(),
            stat.mtime(),
            stat.ctimeNanos() + 1,
            stat.fileKey(),
            stat.device(),
            stat.links(),
            stat.birthNanos(),
            stat.mount());
    nas.store()
        .write(writer -> {
          writer.put(LocalRules.restated(before, moved, 0));
        });
    batch.conclude();
    nas.scan();
    assertThat(nas.state(PATH).shown().isTombstone()).isFalse();
    assertThat(nas.state(PATH).real()).isNull();
  }

  /** A user who removes the file before the drop has begun has removed it. */
  @Test
  void scan_fileRemovedBeforeTheDropBegan_isARemoval() throws Exception {
    DropBatch batch = nas.gate().batch(files(nas), Optional.of(store(desk)));
    batch.intend();
    batch.ask();
    nas.disk().user().delete(PATH.toString());
    nas.scan();
    assertThat(nas.state(PATH).shown().isTombstone()).isTrue();
    batch.begin();
    batch.take();
    batch.conclude();
    assertThat(nas.store().read(DropIntents::read)).isEmpty();
    nas.gate().payDebts();
    assertThat(desk.pins().pins()).isEmpty();
  }

  /** A user who removes a file that took the place of the one to be dropped has removed it. */
  @ParameterizedTest
  @ValueSource(strings = {"another", "content"})
  void scan_laterFileRemovedAfterTheDropBegan_isARemoval(String later) throws Exception {
    DropBatch batch = nas.gate().batch(files(nas), Optional.of(store(desk)));
    batch.intend();
    batch.ask();
    batch.begin();
    nas.disk().user().delete(PATH.toString());
    nas.disk().user().write(PATH.toString(), later.getBytes(StandardCharsets.UTF_8));
    nas.scan();
    nas.disk().user().delete(PATH.toString());
    nas.scan();
    assertThat(nas.state(PATH).shown().isTombstone()).isTrue();
    batch.take();
    batch.conclude();
    assertThat(nas.state(PATH).shown().isTombstone()).isTrue();
    assertThat(nas.store().read(DropIntents::read)).isEmpty();
    nas.gate().payDebts();
    assertThat(desk.pins().pins()).isEmpty();
  }

  /** The dropper dies between its question and the answer: the grantor hears later. */
  @Test
  void payDebts_afterARestart_endsPinsOfIntentsThatNeverBegan() throws Exception {
    DropBatch batch = nas.gate().batch(files(nas), Optional.of(store(desk)));
    batch.intend();
    batch.ask();
    assertThat(desk.pins().pins()).hasSize(1);
    nas.restart();
    nas.gate().payDebts();
    assertThat(desk.pins().pins()).hasSize(1);
    nas.scan();
    nas.gate().payDebts();
    assertThat(desk.pins().pins()).isEmpty();
    assertThat(nas.state(PATH).realStat()).isNotNull();
  }

  /** The root may come back later than the daemon: nothing is concluded before. */
  @Test
  void scan_afterAStopAndWithoutTheRoot_settlesTheDropWhenItIsBack() throws Exception {
    PathState before = nas.state(PATH);
    DropBatch batch = nas.gate().batch(files(nas), Optional.of(store(desk)));
    batch.intend();
    batch.ask();
    batch.begin();
    batch.take();
    nas.disk().user().rename(".realize/id", ".realize/elsewhere");
    nas.restart();
    nas.scan();
    assertThat(nas.state(PATH).real()).isEqualTo(before.real());
    assertThatThrownBy(() -> drop(Optional.of(store(desk)))).isInstanceOf(InDoubt.class);
    nas.disk().user().rename(".realize/elsewhere", ".realize/id");
    nas.scan();
    requireDropped(before);
  }

  /** The file system at {@code lost} of the one peer. */
  private MemoryDisk.@Nullable Volume lost;

  /** Two more files, each in a place of its own, of which {@code lost} is about to be in doubt. */
  private Map<RelativePath, FileStat> filesInPlaces() throws Exception {
    Map<RelativePath, FileStat> files = new TreeMap<>();
    for (RootedPeer peer : List.of(nas, desk)) {
      for (String place : List.of("kept", "lost")) {
        peer.disk().user().createDirectory(place);
        MemoryDisk.Volume volume = peer.disk().volume(place.hashCode(), MemoryDisk.EXT4);
        peer.disk().mount(place, volume);
        peer.disk().user().write(place + "/f", BYTES);
        lost = peer == nas ? volume : lost;
      }
      peer.disk().forceAll();
      peer.scan();
    }
    for (RelativePath path : List.of(PATH, RelativePath.of("kept/f"), RelativePath.of("lost/f"))) {
      files.put(path, Objects.requireNonNull(nas.state(path).realStat()));
    }
    return files;
  }

  private void requireOnlyLostStays(Map<RelativePath, DropOutcome> outcomes) throws Exception {
    RelativePath lost = RelativePath.of("lost/f");
    assertThat(outcomes.get(lost))
        .isInstanceOfSatisfying(
            DropOutcome.Failed.class,
            failed -> assertThat(failed.cause()).isInstanceOf(InDoubt.class));
    assertThat(nas.disk().user().read("lost/f")).isEqualTo(BYTES);
    assertThat(nas.state(lost).realStat()).isNotNull();
    assertThat(outcomes.get(PATH)).isEqualTo(new DropOutcome.Dropped());
    assertThat(nas.store().read(DropIntents::read)).isEmpty();
  }

  @Test
  void drop_fileOfAPlaceInDoubt_staysAlone() throws Exception {
    Map<RelativePath, FileStat> files = filesInPlaces();
    nas.disk().user().delete("lost/.realize");
    requireOnlyLostStays(nas.gate().drop(files, Optional.of(store(desk))));
  }

  @Test
  void take_placeCameInDoubtWhilePeersWereAsked_staysAlone() throws Exception {
    DropBatch batch = nas.gate().batch(filesInPlaces(), Optional.of(store(desk)));
    batch.intend();
    batch.ask();
    batch.begin();
    nas.disk().user().delete("lost/.realize");
    batch.take();
    batch.conclude();
    requireOnlyLostStays(batch.outcomes());
  }

  private DropBatch begunInPlaces() throws Exception {
    DropBatch batch = nas.gate().batch(filesInPlaces(), Optional.of(store(desk)));
    batch.intend();
    batch.ask();
    batch.begin();
    return batch;
  }

  /** A file that never left is not being dropped, and its later removal is the user's. */
  private void requireRemovalOfLostIsTheUsers() throws Exception {
    nas.disk().mount("lost", Objects.requireNonNull(lost));
    nas.scan();
    nas.scan();
    RelativePath path = RelativePath.of("lost/f");
    assertThat(nas.state(path).realStat()).isNotNull();
    assertThat(nas.store().read(DropIntents::read)).isEmpty();
    nas.disk().user().delete("lost/f");
    nas.scan();
    assertThat(nas.state(path).shown().isTombstone()).isTrue();
  }

  @Test
  void take_placeIsTakenAwayWhilePeersAreAsked_endsTheDropOfItsFiles() throws Exception {
    DropBatch batch = begunInPlaces();
    nas.disk().unmount("lost");
    batch.take();
    batch.conclude();
    requireRemovalOfLostIsTheUsers();
  }

  @Test
  void scan_placeComesBackAfterAStopOfADrop_endsTheDropOfItsFiles() throws Exception {
    begunInPlaces();
    nas.disk().unmount("lost");
    nas.restart();
    nas.scan();
    requireRemovalOfLostIsTheUsers();
  }

  @Test
  void scan_placeComesBackAfterAStopOfADrop_isADropOfWhatHadLeft() throws Exception {
    DropBatch batch = begunInPlaces();
    batch.take();
    nas.disk().unmount("lost");
    nas.restart();
    nas.scan();
    nas.disk().mount("lost", Objects.requireNonNull(lost));
    nas.scan();
    nas.scan();
    PathState state = nas.state(RelativePath.of("lost/f"));
    assertThat(state.real()).isNull();
    assertThat(state.shown().isTombstone()).isFalse();
    assertThat(nas.store().read(DropIntents::read)).isEmpty();
  }

  @Test
  void add_moreIntentsThanAreBounded_isRefused() throws Exception {
    for (int i = 0; i <= DropIntents.MAX_INTENTS; i++) {
      nas.disk().user().write("d/many" + i, new byte[1]);
    }
    nas.scan();
    Map<RelativePath, FileStat> files = files(nas);
    assertThatThrownBy(() ->
            nas.store()
                .write(writer -> {
                  DropIntents.add(writer, files, List.of(), false);
                }))
        .isInstanceOf(Unreachable.class);
    assertThat(nas.store().read(DropIntents::read)).isEmpty();
  }

  @Test
  void drop_rootOfTheTargetItself_isRefusedByTheTargetInDoubt() throws Exception {
    RootedPeer same = new RootedPeer("same", time, nas.disk(), Setup.PLAIN);
    same.scan();
    RootedPeer.connect(nas, same);
    assertThatThrownBy(() -> drop(Optional.of(store(same)))).isInstanceOf(InDoubt.class);
    assertThat(nas.disk().user().read(PATH.toString())).isEqualTo(BYTES);
    assertThat(nas.store().read(DropIntents::read)).isEmpty();
  }
}
