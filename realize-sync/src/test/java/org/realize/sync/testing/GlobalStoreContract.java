package org.realize.sync.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.Inode;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.StoreId;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.GlobalStore;
import org.realize.sync.port.GlobalStore.Identity;
import org.realize.sync.port.RowDecoder;
import org.realize.sync.port.RowEncoder;
import org.realize.sync.port.Rows;

/** The contract of every {@link GlobalStore}. */
public abstract class GlobalStoreContract {
  private static final ArenaName PHOTOS = new ArenaName("photos/trips");
  private static final ArenaName MUSIC = new ArenaName("music");

  /** A new, empty store, the same one during a test until it is reopened. */
  protected abstract GlobalStore store() throws Exception;

  /** Ends the store as the death of its process does, and starts it again. */
  protected abstract GlobalStore reopened() throws Exception;

  private static Inode put(ArenaStore arena, String path) throws Exception {
    return arena.write(writer -> {
      writer.put(PathStates.showing(path, PathStates.file(3), 0));
      return writer.child(writer.root(), path).orElseThrow().inode();
    });
  }

  private static boolean knows(ArenaStore arena, Inode inode) throws Exception {
    return arena.read(reader -> reader.node(inode).isPresent());
  }

  @Test
  public void identity_overRestarts_keepsTheStoreAndAddsAnIncarnation() throws Exception {
    Identity first = store().identity();
    assertThat(first.incarnations()).hasSize(1);
    Identity second = reopened().identity();
    assertThat(second.store()).isEqualTo(first.store());
    assertThat(second.incarnations()).hasSize(2).startsWith(first.incarnations().getFirst());
    assertThat(store().formerIds()).isEmpty();
  }

  @Test
  public void renew_takesANewIdAndRemembersTheOld() throws Exception {
    StoreId before = store().identity().store();
    StoreId after = store().renew(Long.MAX_VALUE).store();
    assertThat(after).isNotEqualTo(before);
    assertThat(store().formerIds()).containsExactly(before);
    assertThat(reopened().identity().store()).isEqualTo(after);
    assertThat(store().formerIds()).containsExactly(before);
  }

  @Test
  public void nextCounter_alwaysGrowsAndFollowsTheClock() throws Exception {
    long first = store().nextCounter(1_000);
    assertThat(first).isGreaterThanOrEqualTo(1_000);
    assertThat(store().nextCounter(5)).isEqualTo(first + 1);
    long later = store().nextCounter(9_000_000);
    assertThat(later).isEqualTo(9_000_000);
    long last = store().nextCounter(1);
    assertThat(reopened().nextCounter(1)).isGreaterThan(last);
  }

  @Test
  public void renew_countersFarAhead_goOnFromWhereTheyAreToldTo() throws Exception {
    long ahead = store().nextCounter(9_000_000_000L);
    assertThat(store().highestCounter()).isGreaterThanOrEqualTo(ahead);
    store().renew(7_000_000);
    assertThat(store().highestCounter()).isLessThan(ahead);
    long next = store().nextCounter(5_000_000);
    assertThat(next).isGreaterThan(7_000_000).isLessThan(8_000_000);
    long later = reopened().nextCounter(5_000_000);
    assertThat(later).isGreaterThan(next).isLessThan(9_000_000);
  }

  @Test
  public void renew_countersBelow_goOn() throws Exception {
    long last = store().nextCounter(5_000_000);
    store().renew(7_000_000);
    assertThat(store().nextCounter(1)).isEqualTo(last + 1);
  }

  @Test
  public void remember_overRestarts_keepsTheLast() throws Exception {
    StoreId other = new StoreId(new UUID(7, 8));
    assertThat(store().remembered(other)).isEmpty();
    Identity identity = new Identity(other, List.of(new UUID(1, 2), new UUID(3, 4)));
    store().remember(new Identity(other, List.of(new UUID(1, 2))), 5);
    store().remember(identity, 6);
    assertThat(reopened().remembered(other)).contains(new GlobalStore.Remembered(identity, 6));
  }

  @Test
  public void row_overRestarts_keepsTheLast() throws Exception {
    Rows<String> rows = Rows.of("x", 1, RowEncoder::putText, RowDecoder::getText);
    assertThat(store().row(rows)).isEmpty();
    store().putRow(rows, "one");
    store().putRow(rows, "two");
    store().putRow(rows.at("key"), "three");
    assertThat(reopened().row(rows)).contains("two");
    assertThat(store().row(rows.at("key"))).contains("three");
    assertThat(store().row(rows.at("other"))).isEmpty();
  }

  @Test
  public void arena_overRestarts_hasItsInodesAndContent() throws Exception {
    ArenaStore photos = store().arena(PHOTOS);
    assertThat(store().arena(PHOTOS)).isSameAs(photos);
    Inode root = photos.read(ArenaReader::root);
    Inode file = put(photos, "a");
    Inode other = put(store().arena(MUSIC), "a");
    assertThat(store().arenas()).containsExactlyInAnyOrder(PHOTOS, MUSIC);
    GlobalStore again = reopened();
    assertThat(again.arenas()).containsExactlyInAnyOrder(PHOTOS, MUSIC);
    assertThat(again.arenaOf(root)).contains(PHOTOS);
    assertThat(again.arenaOf(file)).contains(PHOTOS);
    assertThat(again.arenaOf(other)).contains(MUSIC);
    assertThat(again.arenaOf(Inode.ROOT)).isEmpty();
    assertThat(again.arenaOf(new Inode(1L << 40))).isEmpty();
    ArenaStore reread = again.arena(PHOTOS);
    assertThat(reread.read(ArenaReader::root)).isEqualTo(root);
    assertThat(knows(reread, file)).isTrue();
    assertThat(put(reread, "b")).isNotEqualTo(file);
  }

  @Test
  public void closeArena_endsTheOpenInstance_andTheNextOneHasItsRows() throws Exception {
    ArenaStore before = store().arena(PHOTOS);
    AtomicInteger notices = new AtomicInteger();
    before.addListener(_ -> notices.incrementAndGet());
    Inode file = put(before, "a");
    assertThat(notices).hasValue(1);

    store().closeArena(PHOTOS);
    store().closeArena(MUSIC); // was never opened

    assertThatThrownBy(() -> before.read(ArenaReader::root)).isInstanceOf(StorageFailed.class);
    assertThatThrownBy(() -> put(before, "b")).isInstanceOf(StorageFailed.class);
    ArenaStore after = store().arena(PHOTOS);
    assertThat(after).isNotSameAs(before);
    assertThat(knows(after, file)).isTrue();
    assertThat(put(after, "c")).isNotEqualTo(file);
    assertThat(notices).as("of the instance that was closed").hasValue(1);
    assertThat(store().arenas()).containsExactly(PHOTOS);
  }

  @Test
  public void deleteArena_thenOpenedAgain_getsItsEarlierRangesBack() throws Exception {
    ArenaStore music = store().arena(MUSIC);
    Inode root = music.read(ArenaReader::root);
    Set<Inode> first = fill(music, 25_000);
    Inode photosRoot = store().arena(PHOTOS).read(ArenaReader::root);
    Inode photo = put(store().arena(PHOTOS), "kept");
    store().deleteArena(MUSIC);
    assertThat(store().arenas()).containsExactly(PHOTOS);
    assertThat(store().arenaOf(root)).contains(MUSIC);

    GlobalStore again = reopened();
    assertThat(again.arenas()).containsExactly(PHOTOS);
    assertThat(again.arena(PHOTOS).read(ArenaReader::root)).isEqualTo(photosRoot);
    assertThat(knows(again.arena(PHOTOS), photo)).isTrue();
    ArenaStore fresh = again.arena(MUSIC);
    assertThat(fresh.read(ArenaReader::root)).isEqualTo(root);
    boolean isEmpty = fresh.read(reader -> reader.list(reader.root(), 0, 10).isEmpty());
    assertThat(isEmpty).isTrue();
    Set<Inode> second = fill(fresh, 25_000);
    assertThat(second).isEqualTo(first);
    assertThat(second).allMatch(inode -> again.arenaOf(inode).equals(Optional.of(MUSIC)));
  }

  /** Uses inodes until there are {@code count}; each is another content of one name. */
  private static Set<Inode> fill(ArenaStore arena, int count) throws Exception {
    Set<Inode> inodes = new HashSet<>();
    for (int done = 0; done < count; done += 1_000) {
      int from = done;
      arena.write(writer -> {
        for (int i = from; i < from + 1_000; i++) {
          writer.put(PathStates.showing("f", PathStates.file(i), 0));
          inodes.add(writer.child(writer.root(), "f").orElseThrow().inode());
        }
      });
    }
    assertThat(inodes).hasSize(count);
    return inodes;
  }

  @Test
  public void directoryInode_overRestarts_isTheSameForEver() throws Exception {
    assertThat(store().directoryInode("")).isEqualTo(Inode.ROOT);
    Set<Inode> all = new HashSet<>();
    for (int i = 0; i < 150; i++) {
      all.add(store().directoryInode("dir/" + i));
      if (i == 60) {
        put(store().arena(PHOTOS), "x");
      }
    }
    assertThat(all).hasSize(150).doesNotContain(Inode.ROOT);
    Inode seventh = store().directoryInode("dir/7");
    assertThat(all).contains(seventh);
    assertThat(reopened().directoryInode("dir/7")).isEqualTo(seventh);
    assertThat(all).allMatch(this::arenaIsEmpty);
  }

  private boolean arenaIsEmpty(Inode inode) {
    try {
      return store().arenaOf(inode).isEmpty();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }
}
