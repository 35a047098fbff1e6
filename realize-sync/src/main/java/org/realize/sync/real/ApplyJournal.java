package org.realize.sync.real;

import static java.util.stream.Collectors.toUnmodifiableSet;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.Version;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.ArenaWriter;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.PathState;
import org.realize.sync.port.RealVersion;
import org.realize.sync.real.ApplyConclusion.Settled;
import org.realize.sync.real.ApplyIntent.Kind;
import org.realize.sync.real.ApplyIntent.Side;
import org.realize.sync.real.BatchSync.Unforced;
import org.realize.sync.rules.LocalRules;

/**
 * The journal of the changes of a root: intents are durable before effects, and end, once the
 * effects are durable, in the commit of their results. A batch has one commit of either kind.
 */
final class ApplyJournal {

  /** Directories that are removed come after what was in them. */
  private static final Comparator<Settled> LAST_DIRECTORIES =
      Comparator.<Settled, Boolean>comparing(each -> each.intent().removesDirectory())
          .thenComparing(
              each -> each.intent().removesDirectory() ? each.intent().path() : RelativePath.ROOT,
              Comparator.reverseOrder());

  private final ArenaStore store;
  private final Trash trash;
  private final ObservedTime observed;
  private final BatchSync sync;

  ApplyJournal(ArenaStore store, Trash trash, ObservedTime observed, BatchSync sync) {
    this.store = store;
    this.trash = trash;
    this.observed = observed;
    this.sync = sync;
  }

  ArenaName arena() {
    return store.arena();
  }

  /** Commits intents, durably. */
  void begin(List<ApplyIntent> intents) throws RealizeException {
    store.write((ArenaWriter writer) -> ApplyIntent.add(writer, intents));
    store.force();
  }

  /**
   * Makes changes durable and commits their results, all at once.
   *
   * @return those that are not durable, with the cause: they have not ended
   */
  Map<ApplyIntent, IOException> end(List<Settled> all, HoldingPlaces places)
      throws RealizeException {
    List<ApplyIntent> done = all.stream().filter(Settled::isDone).map(Settled::intent).toList();
    Map<ApplyIntent, IOException> failures = force(done, this::unforced, places);
    List<Settled> ended =
        all.stream().filter(each -> !failures.containsKey(each.intent())).toList();
    if (ended.isEmpty()) {
      return failures;
    }
    List<Settled> inOrder = new ArrayList<>(ended);
    inOrder.sort(LAST_DIRECTORIES);
    store.write(writer -> {
      for (Settled each : inOrder) {
        if (each.isDone()) {
          commit(writer, each.intent(), each.made());
        }
      }
      ApplyIntent.remove(writer, ended.stream().map(Settled::intent).collect(toUnmodifiableSet()));
      observed.save(writer);
    });
    ended.forEach(each -> each.intent().slot().ifPresent(trash::release));
    return failures;
  }

  /**
   * Makes durable what the second half of a change needs: the new name of a file that is renamed,
   * and that nothing is in a directory that is removed. Answers as {@link #end}.
   */
  Map<ApplyIntent, IOException> forceFirstHalf(List<ApplyIntent> begun, HoldingPlaces places) {
    return force(
        begun,
        intent -> {
          RelativePath last = intent.sides().getLast().path();
          Unforced names = new Unforced();
          names.addDirectory(intent.kind() == Kind.RENAME ? OwnDirectories.parent(last) : last);
          return names;
        },
        places);
  }

  private Map<ApplyIntent, IOException> force(
      List<ApplyIntent> intents, Function<ApplyIntent, Unforced> needed, HoldingPlaces places) {
    Map<ApplyIntent, IOException> failures = new HashMap<>();
    Map<RelativePath, Unforced> byPlace = new TreeMap<>();
    Map<ApplyIntent, Unforced> own = new HashMap<>();
    for (ApplyIntent intent : intents) {
      try {
        Unforced names = needed.apply(intent);
        byPlace.computeIfAbsent(places.holding(intent.path()), _ -> new Unforced()).add(names);
        own.put(intent, names);
      } catch (IOException e) {
        failures.put(intent, e);
      }
    }
    Map<RelativePath, IOException> unforced = new HashMap<>();
    byPlace.forEach((place, names) -> unforced.putAll(sync.force(place, names)));
    if (!unforced.isEmpty()) {
      own.forEach((intent, names) ->
          names.names().stream()
              .filter(unforced::containsKey)
              .findFirst()
              .ifPresent(name -> failures.put(intent, unforced.get(name))));
    }
    return failures;
  }

  /** Names, and attributes; the change time, too, of a file that was renamed. */
  private Unforced unforced(ApplyIntent intent) {
    Unforced unforced = new Unforced();
    for (Side side : intent.sides()) {
      FileStat.Kind kind = side.after() == null ? null : side.after().kind();
      if (kind == FileStat.Kind.DIRECTORY) {
        unforced.addDirectory(side.path());
      } else if (kind == FileStat.Kind.LINK || (kind != null && intent.kind() == Kind.RENAME)) {
        unforced.addLink(side.path());
      } else if (intent.kind() == Kind.SET_ATTRIBUTES) {
        unforced.addFile(side.path());
      }
      if (intent.kind() != Kind.SET_ATTRIBUTES && intent.kind() != Kind.UNLOCK) {
        unforced.addDirectory(OwnDirectories.parent(side.path()));
      }
    }
    if (PartialFiles.isFetched(intent.file())) {
      unforced.addDirectory(OwnDirectories.parent(intent.file())); // its name there has gone
    }
    intent
        .slot()
        .ifPresent(slot -> {
          unforced.addDirectory(OwnDirectories.parent(slot.file()));
          trash.notes(slot.place()).addUnforced(slot.id(), unforced);
        });
    return unforced;
  }

  /**
   * Nothing is committed for a name whose real version is no longer what the change began with, nor
   * for a directory that was gone with names in it that are still indexed: the index finds both.
   */
  private static void commit(
      ArenaWriter writer, ApplyIntent intent, Map<RelativePath, FileStat> made)
      throws RealizeException {
    for (Side side : intent.sides()) {
      PathState state = writer.path(side.path()).orElse(null);
      FileStat now = made.get(side.path());
      boolean isEmptied = !intent.removesDirectory() || !hasIndexed(writer, side.path());
      if (state != null
          && isBase(state, side)
          && (now != null || side.after() == null)
          && isEmptied) {
        Version version = side.version();
        RealVersion real =
            new RealVersion(
                version == null ? onDisk(state) : version, now, hashedAtNanos(intent, now));
        writer.put(
            version == null
                ? state.withReal(real)
                : LocalRules.applied(state, real, writer.nextSeq()));
      }
    }
  }

  private static boolean hasIndexed(ArenaWriter writer, RelativePath directory)
      throws RealizeException {
    return writer.children(directory).values().stream().anyMatch(child -> child.realStat() != null);
  }

  private static boolean isBase(PathState state, Side side) {
    FileStat indexed = state.realStat();
    return indexed == null ? side.before() == null : side.was(indexed);
  }

  private static Version onDisk(PathState state) {
    return Objects.requireNonNull(state.real()).version();
  }

  /**
   * Nobody can have written to a file that Realize made and no program has found; one that has
   * another name may have been found by that. A hash that was known before proves nothing under
   * another stat until the file is hashed again.
   */
  private static long hashedAtNanos(ApplyIntent intent, @Nullable FileStat now) {
    if (now == null) {
      return 0;
    }
    return (intent.kind() == Kind.PUT && now.links() == 1) || now.kind() != FileStat.Kind.FILE
        ? now.ctimeNanos() + RealVersion.RACY_NANOS + 1
        : RealVersion.CARRIED;
  }
}
