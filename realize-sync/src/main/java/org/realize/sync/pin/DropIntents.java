package org.realize.sync.pin;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.realize.sync.model.Content;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RealizeException.Unreachable;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.ArenaWriter;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.PathState;
import org.realize.sync.port.PinRequest.Pinned;
import org.realize.sync.port.RealVersion;
import org.realize.sync.port.RowDecoder;
import org.realize.sync.port.RowEncoder;
import org.realize.sync.port.Rows;
import org.realize.sync.rules.LocalRules;

/**
 * The real files that this peer intends to give up. An intent is durable before any peer is asked
 * for a pin, and names the peers that were. It <em>begins</em>, durably, before its file leaves the
 * tree: from then on it is not withdrawn for another peer's sake, and an absence of that file is a
 * drop and not a user's removal. Before that an absence is the user's.
 *
 * <p>One row, at most {@value #MAX_INTENTS} intents. Its methods run inside a read or a commit.
 */
public final class DropIntents {

  /** Intents at once at most. */
  static final int MAX_INTENTS = 1_024;

  private static final Rows<List<Intent>> ROW =
      Rows.ofLists("pin.drops", 1, DropIntents::encode, DropIntents::decode);
  private static final Rows<Long> ATTEMPT_ROW =
      Rows.of("pin.attempt", 1, RowEncoder::putNumber, RowDecoder::getNumber);

  private static final int BEGUN = 1;
  private static final int UNREALIZED = 2;

  /**
   * One file.
   *
   * @param stat the indexed one
   * @param asked the stores that may have granted a pin for it
   * @param hasBegun the file may have left the tree
   * @param isUnrealized no mark asks for the file, and one may bring it back; false where a user
   *     moves it away
   */
  public record Intent(
      Pinned pinned, FileStat stat, Set<StoreId> asked, boolean hasBegun, boolean isUnrealized) {
    public Intent {
      asked = Set.copyOf(asked);
    }

    /** The path of the file. */
    public RelativePath path() {
      return pinned.path();
    }

    private Intent begun() {
      return new Intent(pinned, stat, asked, true, isUnrealized);
    }

    private PathState without(PathState state, long seq) {
      return isUnrealized ? LocalRules.dropped(state, seq) : LocalRules.givenUp(state, seq);
    }

    private List<PinDebts.Debt> debts(Collection<StoreId> grantors, boolean isDropped) {
      return grantors.stream()
          .filter(asked::contains)
          .map(store -> new PinDebts.Debt(store, pinned, isDropped))
          .toList();
    }
  }

  private DropIntents() {}

  /** Every intent, by path. */
  public static SortedMap<RelativePath, Intent> read(ArenaReader reader) throws StorageFailed {
    SortedMap<RelativePath, Intent> intents = new TreeMap<>();
    for (Intent intent : reader.row(ROW).orElse(List.of())) {
      intents.put(intent.path(), intent);
    }
    return intents;
  }

  /**
   * Adds intents for those files that the index knows under these very stats, that are pinned for
   * no peer and that have no intent yet.
   *
   * @param isUnrealized see {@link Intent}
   * @return the new ones
   * @throws Unreachable if there would be too many: later
   */
  public static List<Intent> add(
      ArenaWriter writer,
      Map<RelativePath, FileStat> files,
      Collection<StoreId> asked,
      boolean isUnrealized)
      throws RealizeException {
    SortedMap<RelativePath, Intent> intents = read(writer);
    Set<NamedIntent> pinned = new HashSet<>();
    for (Pins.Pin pin : Pins.read(writer)) {
      pinned.add(new NamedIntent(pin.path(), pin.pinned().content()));
    }
    long attempt = nextAttempt(writer);
    List<Intent> added = new ArrayList<>();
    for (Map.Entry<RelativePath, FileStat> file : files.entrySet()) {
      RelativePath path = file.getKey();
      RealVersion real = writer.path(path).map(PathState::real).orElse(null);
      FileStat stat = real == null ? null : real.stat();
      if (real != null
          && stat != null
          && stat.sameEntry(file.getValue())
          && !intents.containsKey(path)
          && !pinned.contains(new NamedIntent(path, real.version().content()))) {
        Pinned wanted = new Pinned(path, real.version().content(), attempt);
        Intent intent = new Intent(wanted, stat, Set.copyOf(asked), false, isUnrealized);
        intents.put(path, intent);
        added.add(intent);
      }
    }
    if (intents.size() > MAX_INTENTS) {
      throw new Unreachable("drop %d files: too many are being dropped".formatted(files.size()));
    }
    write(writer, intents);
    return added;
  }

  private record NamedIntent(RelativePath path, Content content) {}

  /** A number above every earlier one of this arena. */
  private static long nextAttempt(ArenaWriter writer) throws StorageFailed {
    long next = writer.row(ATTEMPT_ROW).orElse(0L) + 1;
    writer.putRow(ATTEMPT_ROW, next);
    return next;
  }

  /**
   * Begins intents: their files may be moved into the trash from now on.
   *
   * @return those that were still in force, as they are now
   */
  public static List<Intent> begin(ArenaWriter writer, Collection<Intent> wanted)
      throws StorageFailed {
    SortedMap<RelativePath, Intent> intents = read(writer);
    List<Intent> begun = new ArrayList<>();
    for (Intent intent : wanted) {
      if (isInForce(intents, intent)) {
        begun.add(intent.begun());
        intents.put(intent.path(), intent.begun());
      }
    }
    write(writer, intents);
    return begun;
  }

  private static boolean isInForce(Map<RelativePath, Intent> intents, Intent intent) {
    Intent now = intents.get(intent.path());
    return now != null && now.pinned().equals(intent.pinned());
  }

  /** Ends intents whose files stay; every store that was asked is owed the word. */
  public static void withdraw(ArenaWriter writer, Collection<Intent> withdrawn)
      throws StorageFailed {
    Map<Intent, Set<StoreId>> grantors = new HashMap<>();
    withdrawn.forEach(intent -> grantors.put(intent, intent.asked()));
    withdraw(writer, grantors);
  }

  /** Ends intents whose files stay; of each the stores that may have granted a pin are given. */
  static void withdraw(ArenaWriter writer, Map<Intent, Set<StoreId>> grantors)
      throws StorageFailed {
    SortedMap<RelativePath, Intent> intents = read(writer);
    List<PinDebts.Debt> debts = new ArrayList<>();
    grantors.forEach((intent, stores) -> {
      if (isInForce(intents, intent)) {
        intents.remove(intent.path());
        debts.addAll(intent.debts(stores, false));
      }
    });
    write(writer, intents);
    PinDebts.add(writer, debts);
  }

  /**
   * Concludes the intent for a path whose file is gone; true if that is a drop: the intent has
   * begun, and what is gone is its file. A later file of that name was removed by a user.
   */
  public static boolean takeOver(ArenaWriter writer, PathState state) throws StorageFailed {
    SortedMap<RelativePath, Intent> intents = read(writer);
    Intent intent = intents.remove(state.path());
    if (intent == null) {
      return false;
    }
    boolean isDrop = intent.hasBegun() && isIndexed(state, intent);
    write(writer, intents);
    PinDebts.add(writer, intent.debts(intent.asked(), isDrop));
    if (isDrop) {
      writer.put(intent.without(state, writer.nextSeq()));
    }
    return isDrop;
  }

  /**
   * Ends begun intents whose files are in the trash: each is a drop, and what else the path holds
   * since stays. All at once, for the row is as long as there are intents.
   */
  static void conclude(ArenaWriter writer, Collection<Intent> taken) throws StorageFailed {
    SortedMap<RelativePath, Intent> intents = read(writer);
    List<PinDebts.Debt> debts = new ArrayList<>();
    for (Intent intent : taken) {
      if (isInForce(intents, intent)) {
        intents.remove(intent.path());
        debts.addAll(intent.debts(intent.asked(), true));
        PathState state = writer.path(intent.path()).orElse(null);
        if (state != null && isIndexed(state, intent)) {
          writer.put(intent.without(state, writer.nextSeq()));
        }
      }
    }
    write(writer, intents);
    PinDebts.add(writer, debts);
  }

  /**
   * True if the index still has the file, whatever its ctime: a change of owner may have moved it.
   */
  private static boolean isIndexed(PathState state, Intent intent) {
    FileStat stat = state.realStat();
    return stat != null
        && stat.fileKey() == intent.stat().fileKey()
        && state.isReal(intent.pinned().content());
  }

  private static void write(ArenaWriter writer, SortedMap<RelativePath, Intent> intents)
      throws StorageFailed {
    if (intents.isEmpty()) {
      writer.removeRow(ROW);
    } else {
      writer.putRow(ROW, List.copyOf(intents.values()));
    }
  }

  private static void encode(RowEncoder out, Intent intent) {
    PinRowCodec.put(out, intent.pinned());
    PinRowCodec.put(out, intent.stat());
    out.putEach(intent.asked(), RowEncoder::putStore);
    out.putByte((intent.hasBegun() ? BEGUN : 0) | (intent.isUnrealized() ? UNREALIZED : 0));
  }

  private static Intent decode(RowDecoder in) {
    Pinned pinned = PinRowCodec.pinned(in);
    FileStat stat = PinRowCodec.stat(in);
    Set<StoreId> asked = new TreeSet<>(in.getEach(RowDecoder::getStore));
    int flags = in.getByte();
    boolean isUnrealized = (flags & UNREALIZED) != 0;
    return new Intent(pinned, stat, asked, (flags & BEGUN) != 0, isUnrealized);
  }
}
