package org.realize.sync.pin;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.UUID;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Unreachable;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.Disk;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.PeerDirectory;
import org.realize.sync.port.PeerLink;
import org.realize.sync.port.PinRequest;
import org.realize.sync.port.PinRequest.Pinned;
import org.realize.sync.real.Places;
import org.realize.sync.real.Real;
import org.realize.sync.real.Trash;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The gate through which one arena gives up real files, links and empty directories: only while
 * enough other peers have pinned their contents. Thread-safe; blocks while peers are asked, and
 * holds no lock.
 *
 * <p><b>Order of effects.</b> Each line is durable before the next one.
 *
 * <ol>
 *   <li>The intents are committed, with the peers that will be asked. Stopped here, the files stay;
 *       the next start withdraws the intents and owes these peers the word.
 *   <li>The peers are asked, each by this peer itself. A pin is durable at its grantor before the
 *       answer comes.
 *   <li>The intents that have enough pins begin; the others are withdrawn. An intent that this
 *       peer's own {@link PinGrantor} withdrew for another dropper does not begin.
 *   <li>Where a mark asks for their bytes, though not for files, these are copied into the cache.
 *   <li>The files are moved into the trash, the directories removed. Stopped here, a file that is
 *       gone is a drop.
 *   <li>The arena no longer holds them, the intents end, and the grantors are owed the word.
 *   <li>The grantors hear it; if they cannot be reached, at a later {@link #payDebts}.
 * </ol>
 *
 * <p><b>Two peers that drop at once.</b> A grantor commits a pin only while it has no intent of its
 * own for the content, or withdraws that intent, not begun, because its uuid is the lower one; and
 * while the pin is in force it takes no new intent. Suppose A and B both began an intent under each
 * other's pin. When B granted, B had no intent for the content any more, so the one that it began
 * is a later one, made after A's word had ended the pin. By then A's intent was over: A had given
 * its bytes up, and could not grant B a pin, or A kept them, and had begun nothing.
 */
public final class SafeDrop {

  private static final Logger LOG = LoggerFactory.getLogger(SafeDrop.class);
  private static final Duration DEADLINE = Duration.ofSeconds(30);

  /** A check that throws while the place of a path is not certainly the one that was indexed. */
  @FunctionalInterface
  public interface RootCheck {
    void check(RelativePath path) throws RealizeException;
  }

  private final Real real;
  private final RootCheck root;
  private final ArenaStore store;
  private final PeerDirectory peers;
  private final int minCopies;

  /**
   * The gate of an arena.
   *
   * @param root also refuses until what an earlier life left half dropped is settled
   * @param minCopies other peers that must have pinned a file before it is given up
   */
  public SafeDrop(Real real, RootCheck root, ArenaStore store, PeerDirectory peers, int minCopies) {
    this.real = real;
    this.root = root;
    this.store = store;
    this.peers = peers;
    this.minCopies = minCopies;
  }

  Disk disk() {
    return real.disk();
  }

  ArenaStore store() {
    return store;
  }

  ArenaName arena() {
    return store.arena();
  }

  PeerDirectory peers() {
    return peers;
  }

  /** Throws while {@code path} is not certain. */
  void requireCertain(RelativePath path) throws RealizeException {
    root.check(path);
  }

  /** The number of other peers that must have pinned a file before it is given up. */
  public int minCopies() {
    return minCopies;
  }

  Trash trash() {
    return real.trash();
  }

  /**
   * Gives up indexed files, at most {@link PinRequest#MAX_CONTENTS}, each by itself.
   *
   * @param files the indexed stats, by path
   * @param target a store that must be among those that pinned a file; empty: any will do
   * @return the outcome for each path
   * @throws Unreachable if the root is in doubt or the target does not answer: no file has left
   */
  public SortedMap<RelativePath, DropOutcome> drop(
      Map<RelativePath, FileStat> files, Optional<StoreId> target)
      throws RealizeException, InterruptedException {
    return drop(batch(files, target));
  }

  /**
   * As {@link #drop}, of files that no mark asks for: a later mark may bring them back.
   *
   * @param keeper called once enough peers have pinned the files, before they leave
   */
  public SortedMap<RelativePath, DropOutcome> unrealize(
      Map<RelativePath, FileStat> files, ByteKeeper keeper)
      throws RealizeException, InterruptedException {
    List<StoreId> asked = peers.links().stream().map(link -> link.identity().store()).toList();
    return drop(new DropBatch(this, files, Optional.empty(), asked, keeper));
  }

  private SortedMap<RelativePath, DropOutcome> drop(DropBatch batch)
      throws RealizeException, InterruptedException {
    root.check(RelativePath.ROOT);
    batch.refuseDoubtful();
    boolean isBegun = false;
    try {
      batch.intend();
      batch.ask();
      batch.begin();
      isBegun = true;
    } finally {
      if (!isBegun) {
        batch.abandon();
      }
    }
    try {
      batch.keep();
      batch.take();
    } finally {
      batch.conclude();
    }
    payDebts();
    return batch.outcomes();
  }

  /** A batch whose steps the caller takes. */
  DropBatch batch(Map<RelativePath, FileStat> files, Optional<StoreId> target)
      throws RealizeException {
    if (target.isPresent() && peers.link(target.get()).isEmpty()) {
      throw new Unreachable(
          "drop files of '%s': their target is not connected to this peer".formatted(arena()));
    }
    List<StoreId> asked = new ArrayList<>();
    target.ifPresent(asked::add);
    if (target.isEmpty() || minCopies > 1) {
      for (PeerLink link : peers.links()) {
        StoreId other = link.identity().store();
        if (!asked.contains(other)) {
          asked.add(other);
        }
      }
    }
    return new DropBatch(this, files, target, asked, null);
  }

  /** Tells grantors that are connected which of their pins are no longer needed. */
  public void payDebts() throws RealizeException, InterruptedException {
    Optional<UUID> id = store.read(Places::rootId);
    if (id.isEmpty()) {
      return;
    }
    record Bill(StoreId grantor, boolean isDropped) {}
    Map<Bill, List<PinDebts.Debt>> bills = new HashMap<>();
    for (PinDebts.Debt debt : store.read(PinDebts::read)) {
      Bill bill = new Bill(debt.grantor(), debt.isDropped());
      List<PinDebts.Debt> debts = bills.computeIfAbsent(bill, _ -> new ArrayList<>());
      if (debts.size() < PinRequest.MAX_CONTENTS) {
        debts.add(debt);
      }
    }
    for (Map.Entry<Bill, List<PinDebts.Debt>> bill : bills.entrySet()) {
      Optional<PeerLink> link = peers.link(bill.getKey().grantor());
      if (link.isPresent()) {
        boolean isDropped = bill.getKey().isDropped();
        pay(link.get(), id.get(), isDropped, bill.getValue());
      }
    }
  }

  private void pay(PeerLink link, UUID id, boolean isDropped, List<PinDebts.Debt> debts)
      throws RealizeException, InterruptedException {
    PinRequest.PinStep step = isDropped ? PinRequest.PinStep.DROPPED : PinRequest.PinStep.RELEASED;
    List<Pinned> contents = debts.stream().map(PinDebts.Debt::pinned).toList();
    try {
      link.pin(arena(), new PinRequest(step, id, contents), DEADLINE);
    } catch (RealizeException e) {
      LOG.debug("{} does not hear of pins that are over: {}", link.peer(), e.oneLine());
      return;
    }
    store.write(writer -> {
      PinDebts.remove(writer, debts);
    });
  }
}
