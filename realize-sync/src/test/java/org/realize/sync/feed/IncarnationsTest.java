package org.realize.sync.feed;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.realize.sync.feed.FeedReceiver.PageSource;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.Content;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.Mark;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.GlobalStore.Identity;
import org.realize.sync.port.Hello;
import org.realize.sync.port.HelloJudge.Verdict;
import org.realize.sync.port.PathState;
import org.realize.sync.rules.ForkRules.Fork;
import org.realize.sync.rules.LocalRules;
import org.realize.sync.testing.ManualTime;
import org.realize.sync.testing.MemoryArenaStore;
import org.realize.sync.testing.MemoryGlobalStore;

class IncarnationsTest {

  private static final ArenaName ARENA = new ArenaName("photos");
  private static final PeerName ANN = new PeerName("ann");
  private static final PeerName BOB = new PeerName("bob");

  private final ManualTime time = new ManualTime();

  /** One side of a connection. */
  private final class Side {
    final MemoryGlobalStore global;
    Incarnations incarnations;

    Side(long seed) throws RealizeException {
      global = new MemoryGlobalStore(new Random(seed));
      incarnations = start("here");
    }

    final Incarnations start(String machine) throws RealizeException {
      incarnations = Incarnations.opened(global, time, machine);
      new ArenaRenewal(global, incarnations, time).settle(arena());
      return incarnations;
    }

    void restart(String machine) throws RealizeException {
      global.restart();
      start(machine);
    }

    MemoryArenaStore arena() {
      return global.memoryArena(ARENA);
    }

    StoreId store() {
      return global.identity().store();
    }

    void write(String path) throws RealizeException {
      time.advance(Duration.ofSeconds(1));
      long counter = global.nextCounter(time.unixMillis());
      FileStat stat =
          new FileStat(FileStat.Kind.DIRECTORY, 0, 0755, FileTime.ofNanos(1), 1, 1, 1, 1, 0, 0);
      LocalRules.Sighting seen =
          new LocalRules.Sighting(new Content.Directory(), stat, 1, null, false);
      arena()
          .write(writer -> {
            LocalRules.Author author = new LocalRules.Author(store(), counter, writer.nextSeq());
            writer.put(LocalRules.changed(null, RelativePath.of(path), seen, author));
          });
    }

    PathState state(String path) throws RealizeException {
      return arena().read(reader -> reader.path(RelativePath.of(path)).orElseThrow());
    }

    /** Takes in all of {@code other}'s feed. */
    void follow(Side other, PeerName name) throws RealizeException {
      UUID start = other.global.identity().incarnations().getLast();
      FeedReceiver receiver = new FeedReceiver(arena(), Mark.WATCH, time, true, Set::of);
      receiver.apply(
          new PageSource(name, other.store(), start),
          new FeedPages(other.arena(), Mark.OWN, time)
              .page(receiver.progress(other.store()), 1_000));
    }
  }

  private final Side ann;
  private final Side bob;

  IncarnationsTest() throws RealizeException {
    ann = new Side(1);
    bob = new Side(2);
  }

  private Verdict annJudges() throws RealizeException {
    return ann.incarnations.judge(BOB, bob.incarnations.hello(ANN));
  }

  private Verdict bobJudges() throws RealizeException {
    return bob.incarnations.judge(ANN, ann.incarnations.hello(BOB));
  }

  @Test
  void judge_strangers_accept() throws RealizeException {
    assertThat(annJudges()).isInstanceOf(Verdict.Accept.class);
    assertThat(bobJudges()).isInstanceOf(Verdict.Accept.class);
  }

  @Test
  void judge_restarts_accept() throws RealizeException {
    bobJudges();
    ann.restart("here");

    assertThat(bobJudges()).isInstanceOf(Verdict.Accept.class);
    assertThat(annJudges()).isInstanceOf(Verdict.Accept.class);
  }

  @Test
  void judge_peerRemembersAnUnknownStart_renews() throws RealizeException {
    MemoryGlobalStore.Snapshot backup = ann.global.snapshot();
    ann.restart("here");
    bobJudges();
    StoreId before = ann.store();
    ann.global.restore(backup);
    ann.restart("here");

    assertThat(bobJudges()).isInstanceOf(Verdict.Refuse.class);
    assertThat(annJudges()).isInstanceOf(Verdict.Renewed.class);
    assertThat(ann.store()).isNotEqualTo(before);
    assertThat(bobJudges()).isInstanceOf(Verdict.Accept.class);
    assertThat(bob.incarnations.formerStores(ANN)).containsExactly(before);
  }

  @Test
  void judge_restoredFromACopyOfTheSameStart_isBehindAndRenews() throws RealizeException {
    MemoryGlobalStore.Snapshot backup = ann.global.snapshot();
    ann.write("a");
    ann.write("b");
    bobJudges();
    bob.follow(ann, ANN);
    ann.global.restore(backup);
    ann.restart("here");
    for (String path : List.of("c", "d", "e", "f", "g", "h")) {
      ann.write(path);
    }

    assertThat(annJudges()).isInstanceOf(Verdict.Renewed.class);
  }

  @Test
  void settle_renewed_signsOnlyWhatTheOtherCopyDoesNotKnow() throws RealizeException {
    ann.write("old");
    MemoryGlobalStore.Snapshot backup = ann.global.snapshot();
    StoreId before = ann.store();
    ann.restart("here");
    bobJudges();
    ann.global.restore(backup);
    ann.restart("here");
    ann.write("new");
    annJudges();

    int renewed = new ArenaRenewal(ann.global, ann.incarnations, time).settle(ann.arena());

    assertThat(renewed).isEqualTo(1);
    assertThat(ann.state("old").shown().vector().counters()).containsOnlyKeys(before);
    assertThat(ann.state("new").shown().vector().counter(ann.store())).isPositive();
    assertThat(ann.state("new").shown().vector().counter(before))
        .isEqualTo(ann.state("old").shown().vector().counter(before));
    assertThat(new ArenaRenewal(ann.global, ann.incarnations, time).settle(ann.arena())).isZero();
  }

  @Test
  void opened_onAnotherMachine_renewsAtOnce() throws RealizeException {
    StoreId before = ann.store();
    ann.restart("elsewhere");

    assertThat(ann.store()).isNotEqualTo(before);
    assertThat(ann.global.formerIds()).containsExactly(before);

    ann.restart("elsewhere");
    assertThat(ann.global.formerIds()).containsExactly(before);
  }

  @Test
  void judge_keyComesBackWithAStoreThatItLeft_refuses() throws RealizeException {
    Hello first = ann.incarnations.hello(BOB);
    bob.incarnations.judge(ANN, first);
    ann.restart("elsewhere");
    bobJudges();

    assertThat(bob.incarnations.judge(ANN, first))
        .isEqualTo(new Verdict.Refuse("two machines use the key of ann"));
  }

  @Test
  void judge_restoredToBeforeItTookANewIdentity_renewsAndSignsWhatItDidSince()
      throws RealizeException {
    ann.write("old");
    bobJudges();
    StoreId before = ann.store();
    MemoryGlobalStore.Snapshot backup = ann.global.snapshot();
    ann.restart("elsewhere");
    bobJudges();
    StoreId later = ann.store();
    ann.global.restore(backup);
    ann.restart("here");
    ann.write("new");

    assertThat(bobJudges()).isInstanceOf(Verdict.Returned.class);
    assertThat(annJudges()).isInstanceOf(Verdict.Renewed.class);
    assertThat(ann.store()).isNotIn(before, later);
    assertThat(bobJudges()).isInstanceOf(Verdict.Accept.class);
    assertThat(annJudges()).isInstanceOf(Verdict.Accept.class);
    assertThat(bob.incarnations.formerStores(ANN)).containsExactly(before, later);
    assertThat(new ArenaRenewal(ann.global, ann.incarnations, time).settle(ann.arena()))
        .isEqualTo(1);
    assertThat(ann.state("old").shown().vector().counters()).containsOnlyKeys(before);
    assertThat(ann.state("new").shown().vector().counter(ann.store())).isPositive();
  }

  @Test
  void judge_twoMachinesWithOneKeyTakeTurns_oneIsRefusedUntilItStartsAgain()
      throws RealizeException {
    bobJudges();
    Side copy = new Side(3);
    copy.global.restore(ann.global.snapshot());
    copy.restart("elsewhere");
    assertThat(bob.incarnations.judge(ANN, copy.incarnations.hello(BOB)))
        .isInstanceOf(Verdict.Accept.class);

    for (int turn = 0; turn < 3; turn++) {
      assertThat(bobJudges()).isEqualTo(new Verdict.Refuse("two machines use the key of ann"));
      assertThat(annJudges()).isInstanceOf(Verdict.Accept.class);
      assertThat(bob.incarnations.judge(ANN, copy.incarnations.hello(BOB)))
          .isInstanceOf(Verdict.Accept.class);
    }
    ann.restart("here");
    assertThat(bobJudges()).isInstanceOf(Verdict.Returned.class);
    assertThat(annJudges()).isInstanceOf(Verdict.Renewed.class);
  }

  @Test
  void judge_ownStoreBehindAnotherKey_renews() throws RealizeException {
    StoreId before = ann.store();
    bob.global.restore(ann.global.snapshot());
    bob.restart("here");

    assertThat(annJudges()).isInstanceOf(Verdict.Renewed.class);
    assertThat(ann.store()).isNotEqualTo(before);
  }

  @Test
  void judge_storeSeenUnderAnotherKey_isToldSoFirst() throws RealizeException {
    bobJudges();
    PeerName copy = new PeerName("copy");

    assertThat(bob.incarnations.judge(copy, ann.incarnations.hello(BOB)))
        .isInstanceOf(Verdict.Refuse.class);
    assertThat(bob.incarnations.hello(copy).remembered()).contains(ann.global.identity());
    assertThat(bob.incarnations.judge(copy, ann.incarnations.hello(BOB)))
        .isInstanceOf(Verdict.Accept.class);
  }

  @Test
  void fork_storeLeftAfterACopySignedUnderIt_beginsWithTheCopysOwnStart() throws RealizeException {
    UUID heard = ann.global.identity().incarnations().getLast();
    StoreId before = ann.store();
    MemoryGlobalStore.Snapshot backup = ann.global.snapshot();
    ann.write("a");
    bobJudges();
    bob.follow(ann, ANN);
    ann.global.restore(backup);
    ann.restart("here");
    ann.write("b");
    long signed = ann.state("b").shown().vector().counter(before);
    annJudges();
    bobJudges();

    Fork fork = bob.incarnations.fork(before, heard).orElseThrow();

    assertThat(fork.start()).isEqualTo(new StoreId(heard));
    assertThat(fork.firstOwn()).isLessThan(signed);
    assertThat(fork.firstOwn()).isLessThan(bob.state("a").shown().vector().counter(before));
  }

  @Test
  void fork_heardFromTheCopyThatLeft_isNone() throws RealizeException {
    StoreId before = ann.store();
    MemoryGlobalStore.Snapshot backup = ann.global.snapshot();
    ann.write("a");
    Side eve = new Side(3);
    eve.incarnations.judge(ANN, ann.incarnations.hello(BOB));
    eve.follow(ann, ANN);
    ann.global.restore(backup);
    ann.restart("here");
    UUID heard = ann.global.identity().incarnations().getLast();
    bobJudges();
    ann.incarnations.judge(new PeerName("eve"), eve.incarnations.hello(ANN));
    bobJudges();

    assertThat(ann.store()).isNotEqualTo(before);
    assertThat(bob.incarnations.formerStores(ANN)).containsExactly(before);
    assertThat(bob.incarnations.fork(before, heard)).isEmpty();
  }

  @Test
  void fork_copyThatWasToldApartAtItsStart_isNone() throws RealizeException {
    UUID heard = ann.global.identity().incarnations().getLast();
    StoreId before = ann.store();
    bobJudges();
    ann.restart("elsewhere");
    bobJudges();

    assertThat(bob.incarnations.fork(before, heard)).isEmpty();
  }

  /** A clock that was years ahead for a moment must not make every later change incredible. */
  @Test
  void judge_clockWasFarAhead_signsAgainAsOfNow() throws RealizeException {
    time.jumpTo(EntryCheck.SOURCE_MILLIS);
    ann.write("before");
    long now = time.unixMillis();
    time.jumpTo(now + Duration.ofDays(800).toMillis());
    ann.write("ahead");
    time.jumpTo(now + 1_000);
    StoreId former = ann.store();
    bob.follow(ann, ANN);
    assertThat(bob.arena().<Boolean>read(r -> r.path(RelativePath.of("ahead")).isPresent()))
        .isFalse();

    assertThat(annJudges()).isInstanceOf(Verdict.Renewed.class);
    new ArenaRenewal(ann.global, ann.incarnations, time).settle(ann.arena());
    assertThat(annJudges()).isInstanceOf(Verdict.Accept.class);
    ann.write("after");

    assertThat(ann.store()).isNotEqualTo(former);
    bob.follow(ann, ANN);
    for (String path : List.of("before", "ahead", "after")) {
      assertThat(bob.state(path).shown()).as(path).isEqualTo(ann.state(path).shown());
    }
    assertThat(ann.state("before").shown().vector().counters()).containsOnlyKeys(former);
    assertThat(ann.state("after").shown().vector().counters()).containsOnlyKeys(ann.store());
  }

  @Test
  void opened_clockWasFarAhead_renewsAtTheStart_butNotWhileItIsBehindTheProgram()
      throws RealizeException {
    time.jumpTo(EntryCheck.SOURCE_MILLIS + Duration.ofDays(800).toMillis());
    ann.write("ahead");
    StoreId before = ann.store();
    time.jumpTo(0);
    ann.restart("here");
    assertThat(ann.store()).isEqualTo(before);

    time.jumpTo(EntryCheck.SOURCE_MILLIS);
    ann.restart("here");
    assertThat(ann.store()).isNotEqualTo(before);
    assertThat(ann.incarnations.isAhead()).isFalse();
  }

  /** What a peer remembers cannot be proved: it may be made up. */
  @Test
  void judge_peerRemembersUnknownStartsAgainAndAgain_isRefusedForADay() throws RealizeException {
    for (int i = 0; i < Incarnations.MOST_RENEWALS; i++) {
      assertThat(ann.incarnations.judge(BOB, forged())).isInstanceOf(Verdict.Renewed.class);
    }
    StoreId last = ann.store();

    assertThat(ann.incarnations.judge(BOB, forged())).isInstanceOf(Verdict.Refuse.class);
    assertThat(ann.store()).isEqualTo(last);

    time.advance(Duration.ofDays(1));
    assertThat(ann.incarnations.judge(BOB, forged())).isInstanceOf(Verdict.Renewed.class);
  }

  @Test
  void judge_peerWithOneStoreAfterTheOther_isRefusedForADay() throws RealizeException {
    for (int i = 0; i < Incarnations.MOST_IDENTITIES; i++) {
      assertThat(ann.incarnations.judge(BOB, ofAnotherStore())).isInstanceOf(Verdict.Accept.class);
    }
    assertThat(ann.incarnations.judge(BOB, ofAnotherStore())).isInstanceOf(Verdict.Refuse.class);
    assertThat(ann.incarnations.formerStores(BOB)).hasSize(Incarnations.MOST_IDENTITIES - 1);

    time.advance(Duration.ofDays(1));
    assertThat(ann.incarnations.judge(BOB, ofAnotherStore())).isInstanceOf(Verdict.Accept.class);
  }

  private static Hello ofAnotherStore() {
    StoreId store = new StoreId(UUID.randomUUID());
    return new Hello(new Identity(store, List.of(UUID.randomUUID())), Optional.empty());
  }

  private Hello forged() {
    Identity remembered = new Identity(ann.store(), List.of(UUID.randomUUID()));
    return new Hello(bob.global.identity(), Optional.of(remembered));
  }
}
