package org.realize.sync.feed;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.StoreId;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.ArenaWriter;
import org.realize.sync.port.GlobalStore;
import org.realize.sync.port.PathState;
import org.realize.sync.port.RowDecoder;
import org.realize.sync.port.RowEncoder;
import org.realize.sync.port.Rows;
import org.realize.sync.port.TimeSource;
import org.realize.sync.rules.LocalRules.Author;
import org.realize.sync.rules.RenewRules;
import org.realize.sync.rules.RenewRules.Former;

/**
 * The renewal of an arena under its store's present identity: changes that were made under an
 * earlier one and that the other copy of the store does not share are signed again, and the
 * position of the arena's feed at this start is noted. Must run to its end before the arena is
 * announced, scanned or fed after a start and after each renewal. It works in bounded commits and
 * starts over after a crash, which changes nothing twice: what was signed again no longer concerns
 * the former identity.
 */
public final class ArenaRenewal {

  static final int COMMIT_PATHS = 250;

  private static final Rows<StoreId> STORE =
      Rows.of("feed.store", 1, RowEncoder::putStore, RowDecoder::getStore);
  private static final Rows<List<KnownStart>> STARTS = KnownStart.rows("feed.starts");

  private final GlobalStore global;
  private final Incarnations incarnations;
  private final TimeSource time;

  public ArenaRenewal(GlobalStore global, Incarnations incarnations, TimeSource time) {
    this.global = global;
    this.incarnations = incarnations;
    this.time = time;
  }

  /**
   * Returns the number of paths that were signed again. Costs one look-up when there is nothing.
   */
  public int settle(ArenaStore arena) throws RealizeException {
    noteStart(arena);
    StoreId present = global.identity().store();
    Optional<StoreId> last = arena.read(r -> r.row(STORE));
    if (last.isPresent() && last.get().equals(present)) {
      return 0;
    }
    int renewed = 0;
    for (StoreId former : since(last)) {
      Optional<Long> firstOwn = incarnations.firstOwn(former);
      if (firstOwn.isPresent()) {
        renewed += renew(arena, new Former(former.all(), firstOwn.get()), present);
      }
    }
    arena.write(writer -> {
      writer.putRow(STORE, present);
    });
    return renewed;
  }

  /** Where the feed stood at each start, oldest first. */
  static List<KnownStart> starts(ArenaReader reader) throws StorageFailed {
    return reader.row(STARTS).orElse(List.of());
  }

  private void noteStart(ArenaStore arena) throws RealizeException {
    UUID present = global.identity().incarnations().getLast();
    List<KnownStart> starts = arena.read(ArenaRenewal::starts);
    if (!starts.isEmpty() && starts.getLast().incarnation().equals(present)) {
      return;
    }
    arena.write(writer -> {
      List<KnownStart> next = new ArrayList<>(starts(writer));
      next.add(new KnownStart(present, writer.headSeq()));
      writer.putRow(STARTS, next);
    });
  }

  /** The identities that this arena has lived under and that were left since. */
  private List<StoreId> since(Optional<StoreId> last) {
    List<StoreId> former = global.formerIds();
    int start = last.map(former::indexOf).orElse(former.size());
    return start < 0 ? former : former.subList(start, former.size());
  }

  /** Every own change was announced, so the feed lists all that can concern us. */
  private int renew(ArenaStore arena, Former former, StoreId present) throws RealizeException {
    boolean isRenaming = true;
    while (isRenaming) {
      isRenaming = arena.write((ArenaWriter writer) -> writer.advanceRenames(COMMIT_PATHS));
    }
    long head = arena.read(reader -> reader.headSeq());
    long[] after = {0};
    int renewed = 0;
    while (after[0] < head) {
      renewed += arena.write((ArenaWriter writer) -> part(writer, after, head, former, present));
    }
    return renewed;
  }

  private int part(ArenaWriter writer, long[] after, long head, Former former, StoreId present)
      throws StorageFailed {
    List<PathState> part = new ArrayList<>(writer.feed(after[0], COMMIT_PATHS));
    int renewed = 0;
    for (PathState state : part) {
      if (state.announcedSeq() <= head && RenewRules.concerns(state, former)) {
        long counter = global.nextCounter(time.unixMillis());
        Author author = new Author(present, counter, writer.nextSeq());
        writer.put(RenewRules.renewed(state, former, author));
        renewed++;
      }
    }
    after[0] = part.isEmpty() ? head : part.getLast().announcedSeq();
    return renewed;
  }
}
