package org.realize.sync.pin;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.Content;
import org.realize.sync.model.IoCause;
import org.realize.sync.model.Mark;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.InDoubt;
import org.realize.sync.model.RealizeException.Invalid;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.ArenaWriter;
import org.realize.sync.port.BlobRow;
import org.realize.sync.port.Disk;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.GlobalStore;
import org.realize.sync.port.PathState;
import org.realize.sync.port.PinAnswer;
import org.realize.sync.port.PinRequest;
import org.realize.sync.port.PinRequest.Pinned;
import org.realize.sync.port.RealVersion;
import org.realize.sync.port.TimeSource;
import org.realize.sync.real.Places;
import org.realize.sync.real.RootIndex;
import org.realize.sync.rules.Judgement;
import org.realize.sync.rules.LocalRules;
import org.realize.sync.rules.Marks;

/**
 * The promises of one arena to peers that give up files. A pin is granted only for a path that this
 * peer marks to keep or own and does not ignore, and whose content is here at this moment: as a
 * real file that the index knows by a certain stat, or, under a mark to keep, as a whole blob of
 * the shown version, which eviction then leaves alone. Thread-safe.
 *
 * <p><b>Order of effects.</b> The root is forced; the pins are committed together with the versions
 * that the grants make ({@link LocalRules#pinned}); the store is forced; only then the answer goes
 * out. Stopped before that, the dropper has no pin; a pin of which it never heard ends when it says
 * so later.
 */
public final class PinGrantor {

  private final @Nullable Disk disk;
  private final RootIndex index;
  private final ArenaStore store;
  private final GlobalStore global;
  private final Mark arenaMark;
  private final TimeSource time;

  /** The promises of an arena whose root is {@code disk}; null where it has none. */
  public PinGrantor(
      @Nullable Disk disk,
      RootIndex index,
      ArenaStore store,
      GlobalStore global,
      Mark arenaMark,
      TimeSource time) {
    this.disk = disk;
    this.index = index;
    this.store = store;
    this.global = global;
    this.arenaMark = arenaMark;
    this.time = time;
  }

  /**
   * Answers a dropper.
   *
   * @return one answer for each content, in order
   * @throws Invalid if the dropper's root is this one
   */
  public List<PinAnswer> answer(StoreId dropper, PinRequest request) throws RealizeException {
    return switch (request.step()) {
      case PIN -> grant(dropper, request);
      case DROPPED, RELEASED -> end(dropper, request.contents());
    };
  }

  private List<PinAnswer> end(StoreId dropper, List<Pinned> contents) throws RealizeException {
    Set<Pinned> over = new HashSet<>(contents);
    store.write((ArenaWriter writer) ->
        Pins.remove(writer, pin -> pin.dropper().equals(dropper) && over.contains(pin.pinned())));
    store.force();
    return contents.stream().<PinAnswer>map(_ -> new PinAnswer.Granted()).toList();
  }

  /** The pins that are in force. */
  public List<Pins.Pin> pins() throws RealizeException {
    return store.read(Pins::read);
  }

  /** Ends the pins of a path, whatever their droppers do; returns their number. */
  public int release(RelativePath path) throws RealizeException {
    int ended =
        store.write((ArenaWriter writer) -> Pins.remove(writer, pin -> pin.path().equals(path)));
    store.force();
    return ended;
  }

  private List<PinAnswer> grant(StoreId dropper, PinRequest request) throws RealizeException {
    index.check(RelativePath.ROOT);
    Optional<UUID> id = store.read(Places::rootId);
    if (id.equals(Optional.of(request.root()))) {
      throw new Invalid(
          "pin files of '%s': the root is the dropper's own, reached another way"
              .formatted(store.arena()));
    }
    List<PinAnswer> answers = new ArrayList<>();
    Map<Pinned, PathState> present = new TreeMap<>((a, b) -> a.path().compareTo(b.path()));
    for (Pinned pinned : request.contents()) {
      PathState state = store.read(reader -> reader.path(pinned.path())).orElse(null);
      PinAnswer answer = examine(pinned, state);
      answers.add(answer);
      if (answer instanceof PinAnswer.Granted && state != null) {
        present.put(pinned, state);
      }
    }
    if (present.isEmpty()) {
      return answers;
    }
    force(present.keySet());
    Map<Pinned, PinAnswer> committed =
        store.write((ArenaWriter writer) -> commit(writer, dropper, present));
    store.force();
    for (int i = 0; i < answers.size(); i++) {
      answers.set(i, committed.getOrDefault(request.contents().get(i), answers.get(i)));
    }
    return answers;
  }

  /** Has a path looked at soon, so that it can be pinned. */
  public void touch(RelativePath path) {
    index.request(path);
  }

  /**
   * The reason why nothing that comes to a path could be pinned, however it is asked for; empty if
   * there is none.
   */
  public Optional<String> refusal(RelativePath path) throws RealizeException {
    Mark mark = store.read(reader -> new Marks(arenaMark, reader.marks()).of(path));
    if (mark == Mark.WATCH) {
      return Optional.of("marks it watch");
    }
    boolean isIndexed =
        store.read(reader -> reader.path(path)).map(PathState::realStat).isPresent();
    return !isIndexed && index.ignores(path) ? Optional.of("ignores the name") : Optional.empty();
  }

  private PinAnswer examine(Pinned pinned, @Nullable PathState state) throws RealizeException {
    RelativePath path = pinned.path();
    Optional<String> refusal = refusal(path);
    if (refusal.isPresent()) {
      return new PinAnswer.Refused(refusal.get());
    }
    try {
      index.check(path);
    } catch (InDoubt e) {
      return new PinAnswer.Later("is in doubt of the place that holds it");
    }
    Optional<FileStat> now = stat(path);
    if (now.isEmpty()) {
      boolean isKept =
          store.<Boolean>read(reader -> state != null && isKeptBlob(reader, pinned, state));
      return isKept
          ? new PinAnswer.Granted()
          : new PinAnswer.Refused("has no such file on its disk");
    }
    RealVersion real = state == null ? null : state.real();
    FileStat indexed = real == null ? null : real.stat();
    if (state == null || real == null || indexed == null || !isProof(real, now.get())) {
      index.request(path);
      return new PinAnswer.Later("has not indexed it yet");
    }
    if (!real.version().content().equals(pinned.content())) {
      return new PinAnswer.Refused("has a different file there");
    }
    boolean isCurrent =
        Judgement.maxima(state).stream().anyMatch(v -> v.content().equals(pinned.content()));
    return isCurrent
        ? new PinAnswer.Granted()
        : new PinAnswer.Refused("knows a newer version that replaces it");
  }

  /** True if all bytes of a content that is to be kept are in the cache; they were verified. */
  private boolean isKeptBlob(ArenaReader reader, Pinned pinned, PathState state)
      throws StorageFailed {
    return pinned.content() instanceof Content.File file
        && state.shown().content().equals(file)
        && new Marks(arenaMark, reader.marks()).of(pinned.path()) == Mark.KEEP
        && (file.sizeBytes() == 0 || reader.blob(file.hash()).filter(BlobRow::isWhole).isPresent());
  }

  /** True if the stat says that the bytes on the disk are those that were hashed. */
  private static boolean isProof(RealVersion real, FileStat now) {
    FileStat indexed = real.stat();
    if (indexed == null) {
      return false;
    }
    return now.kind() == FileStat.Kind.DIRECTORY
        ? indexed.kind() == now.kind() && indexed.fileKey() == now.fileKey()
        : indexed.sameFile(now) && real.isCertain();
  }

  private Optional<FileStat> stat(RelativePath path) throws StorageFailed {
    try {
      return disk == null ? Optional.empty() : disk.stat(path);
    } catch (IOException e) {
      throw new StorageFailed("pin '%s': %s".formatted(path, IoCause.of(e)), e);
    }
  }

  private void force(Set<Pinned> files) throws StorageFailed {
    if (disk == null) {
      return;
    }
    try {
      Places.force(disk, files.stream().map(Pinned::path).toList());
    } catch (IOException e) {
      throw new StorageFailed("pin files of '%s'".formatted(store.arena()), e);
    }
  }

  private Map<Pinned, PinAnswer> commit(
      ArenaWriter writer, StoreId dropper, Map<Pinned, PathState> present) throws RealizeException {
    StoreId self = global.identity().store();
    Map<RelativePath, DropIntents.Intent> intents = DropIntents.read(writer);
    Map<Pinned, PinAnswer> answers = new HashMap<>();
    List<Pins.Pin> pins = new ArrayList<>();
    List<DropIntents.Intent> withdrawn = new ArrayList<>();
    for (Map.Entry<Pinned, PathState> entry : present.entrySet()) {
      Pinned pinned = entry.getKey();
      RelativePath path = pinned.path();
      DropIntents.Intent own = intents.get(path);
      PathState state = entry.getValue();
      boolean isReal = state.isReal(pinned.content());
      if (!writer.path(path).equals(Optional.of(state))
          || (!isReal && !isKeptBlob(writer, pinned, state))) {
        answers.put(pinned, new PinAnswer.Later("has just seen it change"));
      } else if (own != null && (own.hasBegun() || self.compareTo(dropper) > 0)) {
        answers.put(pinned, new PinAnswer.Refused("is giving it up itself"));
      } else {
        if (own != null) {
          withdrawn.add(own);
        }
        pins.add(new Pins.Pin(dropper, pinned, time.unixMillis()));
        LocalRules.Author author =
            new LocalRules.Author(self, global.nextCounter(time.unixMillis()), writer.nextSeq());
        writer.put(
            isReal ? LocalRules.pinned(state, author) : LocalRules.pinnedBlob(state, author));
        answers.put(pinned, new PinAnswer.Granted());
      }
    }
    DropIntents.withdraw(writer, withdrawn);
    Pins.add(writer, pins);
    return answers;
  }
}
