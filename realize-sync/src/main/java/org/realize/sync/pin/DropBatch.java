package org.realize.sync.pin;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Invalid;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RealizeException.Unreachable;
import org.realize.sync.model.RealizeException.VersionGone;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.pin.DropIntents.Intent;
import org.realize.sync.port.ArenaWriter;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.PeerLink;
import org.realize.sync.port.PinAnswer;
import org.realize.sync.port.PinRequest;
import org.realize.sync.port.PinRequest.Pinned;
import org.realize.sync.real.Places;
import org.realize.sync.real.Trash;

/**
 * Files that are given up together, in the steps that {@link SafeDrop} describes; each step is
 * called once, in order. Used by one thread.
 */
final class DropBatch {

  private static final Duration DEADLINE = Duration.ofMinutes(1);

  private final SafeDrop gate;
  private final Map<RelativePath, FileStat> files;
  private final Optional<StoreId> target;
  private final List<StoreId> asked;
  private final @Nullable ByteKeeper keeper;

  private final SortedMap<RelativePath, DropOutcome> outcomes = new TreeMap<>();
  private final SortedMap<RelativePath, Intent> intents = new TreeMap<>();
  private final Map<RelativePath, Set<StoreId>> granted = new TreeMap<>();
  private final Map<RelativePath, Set<StoreId>> mayHold = new TreeMap<>();
  private final Map<RelativePath, Set<StoreId>> later = new TreeMap<>();
  private final Map<RelativePath, List<String>> causes = new TreeMap<>();
  private final Map<RelativePath, Trash.TrashOutcome> taken = new TreeMap<>();

  /**
   * Files of places that came in doubt after their intents had begun, or whose bytes are not kept.
   */
  private final Set<RelativePath> untouched = new HashSet<>();

  /**
   * A batch.
   *
   * @param target a store that must be among those that grant a pin
   * @param asked the stores that are asked, the target among them
   * @param keeper of the bytes of files that no mark asks for; null for files that a user moves
   *     away
   */
  DropBatch(
      SafeDrop gate,
      Map<RelativePath, FileStat> files,
      Optional<StoreId> target,
      List<StoreId> asked,
      @Nullable ByteKeeper keeper) {
    this.gate = gate;
    this.files = new TreeMap<>(files);
    this.target = target;
    this.asked = List.copyOf(asked);
    this.keeper = keeper;
  }

  /** The outcome of every file that has one. */
  SortedMap<RelativePath, DropOutcome> outcomes() {
    return outcomes;
  }

  /** Takes out the files of places in doubt. */
  void refuseDoubtful() {
    files.keySet().removeIf(path -> !isCertain(path));
  }

  private boolean isCertain(RelativePath path) {
    try {
      gate.requireCertain(path);
      return true;
    } catch (RealizeException e) {
      outcomes.put(path, new DropOutcome.Failed(e));
      return false;
    }
  }

  /** Commits the intents, durably. */
  void intend() throws RealizeException {
    List<Intent> added =
        gate.store()
            .write((ArenaWriter writer) -> DropIntents.add(writer, files, asked, keeper != null));
    gate.store().force();
    for (Intent intent : added) {
      intents.put(intent.path(), intent);
      mayHold.put(intent.path(), new HashSet<>(intent.asked()));
    }
    for (RelativePath path : files.keySet()) {
      if (!intents.containsKey(path)) {
        outcomes.put(path, notAdded(path));
      }
    }
  }

  private DropOutcome notAdded(RelativePath path) throws RealizeException {
    boolean isPinned =
        gate.store()
            .read(reader -> Pins.read(reader).stream().anyMatch(pin -> pin.path().equals(path)));
    return new DropOutcome.Failed(
        isPinned
            ? new Invalid("drop '%s': pinned for a peer; see 'realize pin list'".formatted(path))
            : new VersionGone("'%s' changed since it was listed".formatted(path)));
  }

  /** Asks for the pins. */
  void ask() throws RealizeException, InterruptedException {
    if (intents.isEmpty()) {
      return;
    }
    UUID root =
        gate.store()
            .read(Places::rootId)
            .orElseThrow(
                () -> new Unreachable("arena '%s' was not looked at yet".formatted(gate.arena())));
    List<Pinned> contents = intents.values().stream().map(Intent::pinned).toList();
    for (StoreId store : asked) {
      Optional<PeerLink> link = gate.peers().link(store);
      try {
        if (link.isEmpty()) {
          throw new Unreachable("ask for pins of '%s': not connected".formatted(gate.arena()));
        }
        List<PinAnswer> answers =
            link.get()
                .pin(
                    gate.arena(), new PinRequest(PinRequest.PinStep.PIN, root, contents), DEADLINE);
        note(store, contents, answers);
      } catch (RealizeException e) {
        if (target.equals(Optional.of(store))) {
          throw e;
        }
        contents.forEach(pinned -> addCause(pinned.path(), e.oneLine()));
      }
    }
  }

  private void note(StoreId store, List<Pinned> contents, List<PinAnswer> answers) {
    for (int i = 0; i < contents.size(); i++) {
      RelativePath path = contents.get(i).path();
      switch (answers.get(i)) {
        case PinAnswer.Granted() -> granted.computeIfAbsent(path, _ -> new HashSet<>()).add(store);
        case PinAnswer.Later(String cause) -> {
          later.computeIfAbsent(path, _ -> new HashSet<>()).add(store);
          unheld(path, store, cause);
        }
        case PinAnswer.Refused(String cause) -> unheld(path, store, cause);
      }
    }
  }

  private void unheld(RelativePath path, StoreId store, String cause) {
    mayHold.getOrDefault(path, Set.of()).remove(store);
    addCause(path, cause);
  }

  private void addCause(RelativePath path, String cause) {
    causes.computeIfAbsent(path, _ -> new ArrayList<>()).add(cause);
  }

  private static int size(Map<RelativePath, Set<StoreId>> stores, RelativePath path) {
    return stores.getOrDefault(path, Set.of()).size();
  }

  private boolean isPinnedEnough(RelativePath path) {
    return size(granted, path) >= gate.minCopies()
        && (target.isEmpty() || granted.getOrDefault(path, Set.of()).contains(target.get()));
  }

  private boolean mayBePinnedLater(RelativePath path) {
    Set<StoreId> holders = new HashSet<>(granted.getOrDefault(path, Set.of()));
    holders.addAll(later.getOrDefault(path, Set.of()));
    return holders.size() >= gate.minCopies()
        && (target.isEmpty() || holders.contains(target.get()));
  }

  /** Begins, durably, the intents that have enough pins, and withdraws the others. */
  void begin() throws RealizeException {
    if (intents.isEmpty()) {
      return;
    }
    List<Intent> enough = new ArrayList<>();
    Map<Intent, Set<StoreId>> rest = new HashMap<>();
    for (Intent intent : intents.values()) {
      RelativePath path = intent.path();
      if (isPinnedEnough(path)) {
        enough.add(intent);
        outcomes.put(path, new DropOutcome.Failed(overtaken(path)));
      } else {
        rest.put(intent, mayHold.getOrDefault(path, Set.of()));
        outcomes.put(path, unpinned(path));
      }
    }
    List<Intent> begun =
        gate.store()
            .write(writer -> {
              DropIntents.withdraw(writer, rest);
              return DropIntents.begin(writer, enough);
            });
    gate.store().force();
    intents.clear();
    begun.forEach(intent -> intents.put(intent.path(), intent));
  }

  private static Invalid overtaken(RelativePath path) {
    return new Invalid("drop '%s': another peer gives it up, too, and was first".formatted(path));
  }

  private DropOutcome unpinned(RelativePath path) {
    String why =
        "drop '%s': %d of %d pins: %s"
            .formatted(
                path,
                size(granted, path),
                gate.minCopies(),
                causes.containsKey(path) ? String.join("; ", causes.get(path)) : "no peer to ask");
    return mayBePinnedLater(path)
        ? new DropOutcome.Postponed(why)
        : new DropOutcome.Failed(new Invalid(why));
  }

  /** Withdraws every intent that has not begun, after a step failed. */
  void abandon() throws RealizeException {
    gate.store()
        .write(writer -> {
          Map<RelativePath, Intent> now = DropIntents.read(writer);
          List<Intent> left = new ArrayList<>(intents.values());
          left.removeIf(intent -> {
            Intent present = now.get(intent.path());
            return present == null || present.hasBegun();
          });
          DropIntents.withdraw(writer, left);
        });
  }

  /** Has the bytes kept elsewhere that are to stay on this machine; files that fail stay. */
  void keep() throws RealizeException {
    if (keeper != null && !intents.isEmpty()) {
      keeper
          .keep(intents.values().stream().map(Intent::pinned).toList())
          .forEach((path, cause) -> {
            outcomes.put(path, new DropOutcome.Failed(cause));
            untouched.add(path);
          });
    }
  }

  /** Moves the files into the trash and makes that durable. */
  void take() {
    if (intents.isEmpty()) {
      return;
    }
    for (Intent intent : intents.values()) {
      take(intent);
    }
    try {
      Places.force(gate.disk(), intents.keySet());
    } catch (IOException e) {
      StorageFailed failure =
          new StorageFailed("force the root of '%s'".formatted(gate.arena()), e);
      intents.keySet().forEach(path -> outcomes.put(path, new DropOutcome.Failed(failure)));
      taken.clear();
    }
  }

  private void take(Intent intent) {
    RelativePath path = intent.path();
    if (untouched.contains(path) || !isCertain(path)) {
      untouched.add(path);
      return;
    }
    try {
      Trash.TrashOutcome outcome = gate.trash().take(path, intent.stat(), true);
      taken.put(path, outcome);
      outcomes.put(path, outcome(path, outcome));
    } catch (IOException e) {
      outcomes.put(path, new DropOutcome.Failed(new StorageFailed("drop '%s'".formatted(path), e)));
    }
  }

  private static VersionGone changed(RelativePath path) {
    return new VersionGone("'%s' changed since it was listed".formatted(path));
  }

  private static DropOutcome outcome(RelativePath path, Trash.TrashOutcome outcome) {
    return switch (outcome) {
      case TAKEN -> new DropOutcome.Dropped();
      case CHANGED -> new DropOutcome.Failed(changed(path));
      case NOT_EMPTY -> new DropOutcome.Kept();
      case OPEN ->
          new DropOutcome.Failed(
              new Invalid("drop '%s': a program has it open; it is left".formatted(path)));
    };
  }

  /**
   * Commits what became of the files. Where one is gone and was not taken here the intent stays,
   * and the next look at the path decides by it.
   */
  void conclude() throws RealizeException {
    if (intents.isEmpty()) {
      return;
    }
    List<Intent> inTrash = new ArrayList<>();
    List<Intent> stay = new ArrayList<>();
    for (Intent intent : intents.values()) {
      if (taken.get(intent.path()) == Trash.TrashOutcome.TAKEN) {
        inTrash.add(intent);
      } else if (untouched.contains(intent.path()) || isThere(intent.path())) {
        stay.add(intent);
      }
    }
    gate.store()
        .write(writer -> {
          DropIntents.conclude(writer, inTrash);
          DropIntents.withdraw(writer, stay);
        });
    gate.store().force();
  }

  private boolean isThere(RelativePath path) throws StorageFailed {
    try {
      return gate.disk().stat(path).isPresent();
    } catch (IOException e) {
      throw new StorageFailed("look at '%s' of '%s'".formatted(path, gate.arena()), e);
    }
  }
}
