package org.realize.sync.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.realize.sync.arena.Arena;
import org.realize.sync.engine.StatusChange.ChangeKind;
import org.realize.sync.model.Content;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.BlobRow;
import org.realize.sync.port.Finding;
import org.realize.sync.port.Finding.Part;
import org.realize.sync.port.PathState;
import org.realize.sync.port.Rows;
import org.realize.sync.rules.Availability;

/**
 * The job that notes what a user should know of one arena, once when it begins and once when it
 * ends: conflicts, all findings, which {@code status} lists, and files that are only here. What the
 * process before has noted is not noted again, see {@link NotedEvents}. It looks every 10 s, and at
 * all paths at most every 10 minutes, if one of them has changed since; at those that were only
 * here it looks each time, and notes what a peer did not take meanwhile.
 */
public final class EventLog implements Job {

  private static final Duration BEAT = Duration.ofSeconds(10);
  private static final Duration WALKS = Duration.ofMinutes(10);

  /** The time from the start to the first walk, in which the root is looked at. */
  private static final Duration FIRST_WALK = Duration.ofSeconds(30);

  /** Conflicts and findings that are told apart, and files that are looked at each time. */
  private static final int MAX_KNOWN = 10_000;

  /** Changes of one look that are noted one by one, of begins and ends each. */
  private static final int MAX_CHANGES = 20;

  private static final int PAGE = 5_000;
  private static final Set<Part> DAMAGE = Set.of(Part.CACHE_SCRUB, Part.REAL_SCRUB);

  /** Files were only here when that was last looked at. */
  private static final Rows<Boolean> ONLY_HERE = Rows.flag("events.only-here");

  private final Arena arena;
  private final Consumer<StatusChange> listener;

  /** Read at the first step. */
  private @Nullable NotedEvents noted;

  private Optional<RelativePath> walked = Optional.empty();

  /** True if paths were put since the last walk began. */
  private final AtomicBoolean isChanged = new AtomicBoolean(true);

  /** True if paths were put since those that are only here were last counted. */
  private final AtomicBoolean isRecountDue = new AtomicBoolean();

  private long walkDueNanos;
  private long files;
  private long bytes;

  /** Those that are only here, {@link #MAX_KNOWN} at most. */
  private List<RelativePath> alone = new ArrayList<>();

  private volatile Optional<OnlyHere> onlyHere = Optional.empty();

  /**
   * The log of {@code arena}.
   *
   * @param listener is notified of what begins and ends, on the thread of the job
   */
  public EventLog(Arena arena, Consumer<StatusChange> listener) {
    this.listener = listener;
    this.arena = arena;
    walkDueNanos = arena.time().monotonicNanos() + FIRST_WALK.toNanos();
    arena
        .store()
        .addListener(changes -> {
          if (!changes.paths().isEmpty()) {
            isChanged.set(true);
            isRecountDue.set(true);
          }
        });
  }

  @Override
  public String purpose() {
    return "note events";
  }

  /** The files that are only here, as last counted; empty before that. Any thread may ask. */
  public Optional<OnlyHere> onlyHere() {
    return onlyHere;
  }

  @Override
  public Optional<Duration> step() throws RealizeException {
    if (walked.isPresent()) {
      walk(walked.get());
      return Optional.of(walked.isPresent() ? Duration.ZERO : BEAT);
    }
    noteEvents();
    recount();
    if (onlyHere.isPresent()) {
      noteOnlyHere(onlyHere.get());
    }
    long now = arena.time().monotonicNanos();
    if (now - walkDueNanos >= 0 && isChanged.getAndSet(false)) {
      clearCount();
      walked = Optional.of(RelativePath.ROOT);
      return Optional.of(Duration.ZERO);
    }
    return Optional.of(BEAT);
  }

  private void noteEvents() throws RealizeException {
    NotedEvents before = noted == null ? new NotedEvents(arena.store()) : noted;
    Map<String, StatusChange> now = arena.store().read(EventLog::events);
    if (before.isWhole()) {
      note(now, before.events(), false);
    }
    note(before.events(), now, true);
    before.put(now);
    noted = before;
  }

  /** Notes what is in {@code some} and not in {@code others}; of many what is most urgent. */
  private void note(
      Map<String, StatusChange> some, Map<String, StatusChange> others, boolean hasEnded) {
    Set<String> differ = new HashSet<>(some.keySet());
    differ.removeAll(others.keySet());
    differ.stream()
        .sorted(
            Comparator.comparingInt((String key) -> urgency(Objects.requireNonNull(some.get(key))))
                .thenComparing(Comparator.naturalOrder()))
        .limit(MAX_CHANGES)
        .forEach(key -> {
          StatusChange begun = Objects.requireNonNull(some.get(key));
          listener.accept(hasEnded ? begun.ended() : begun);
        });
    if (differ.size() > MAX_CHANGES) {
      String text = "and %,d more".formatted(differ.size() - MAX_CHANGES);
      listener.accept(new StatusChange(ChangeKind.OTHERS, hasEnded, "", text));
    }
  }

  /** The rank of an event among those of one look, the lowest first. */
  private static int urgency(StatusChange event) {
    return switch (event.kind()) {
      case HELD, IN_DOUBT, DAMAGED -> 0;
      case CONFLICT -> 1;
      default -> 2;
    };
  }

  /** What holds now, by the key of each event. */
  private static Map<String, StatusChange> events(ArenaReader reader) throws StorageFailed {
    Map<String, StatusChange> events = new LinkedHashMap<>();
    for (RelativePath path : reader.conflicts(MAX_KNOWN)) {
      String text = "conflict at '" + path + "'; see 'realize conflict list'";
      events.put("conflict " + path, begun(ChangeKind.CONFLICT, path.toString(), text));
    }
    Map<String, List<Finding>> held = new LinkedHashMap<>();
    for (Finding finding : reader.findings(MAX_KNOWN)) {
      ChangeKind kind =
          switch (finding.kind()) {
            case HELD -> ChangeKind.HELD;
            case PAUSED -> ChangeKind.IN_DOUBT;
            case FAILED ->
                DAMAGE.contains(finding.source().part()) ? ChangeKind.DAMAGED : ChangeKind.FAILED;
            case SKIPPED -> ChangeKind.SKIPPED;
          };
      if (kind == ChangeKind.HELD) {
        held.computeIfAbsent(finding.cause(), _ -> new ArrayList<>()).add(finding);
      } else {
        String word = kind.name().toLowerCase(Locale.ROOT).replace('_', ' ');
        String place = finding.place().isEmpty() ? "" : "'" + finding.place() + "': ";
        String text = "%s: %s%s".formatted(word, place, finding.cause());
        events.put(finding.key().toString(), begun(kind, finding.subject(), text));
      }
    }
    held.forEach((cause, findings) -> events.put("held " + cause, held(cause, findings)));
    return events;
  }

  private static StatusChange begun(ChangeKind kind, String subject, String text) {
    return new StatusChange(kind, false, subject, text);
  }

  /** One event for all that is held for one cause, as the removal of a tree is. */
  private static StatusChange held(String cause, List<Finding> findings) {
    String first = "'" + findings.getFirst().place() + "'";
    int others = findings.size() - 1;
    String which = others == 0 ? first : "%s and %,d more".formatted(first, others);
    String subject = others == 0 ? findings.getFirst().subject() : "";
    return begun(ChangeKind.HELD, subject, "held: %s: %s".formatted(which, cause));
  }

  private void walk(RelativePath after) throws RealizeException {
    List<PathState> page =
        arena
            .store()
            .read(reader -> {
              List<PathState> states = reader.paths(after, PAGE);
              for (PathState state : states) {
                count(reader, state);
              }
              return states;
            });
    if (page.size() == PAGE) {
      walked = Optional.of(page.getLast().path());
      return;
    }
    walked = Optional.empty();
    walkDueNanos = arena.time().monotonicNanos() + WALKS.toNanos();
    onlyHere = Optional.of(new OnlyHere(files, bytes));
  }

  private void clearCount() {
    files = 0;
    bytes = 0;
    alone = new ArrayList<>();
  }

  /** Counts those again that were only here, if all of them are known. */
  private void recount() throws RealizeException {
    if (alone.isEmpty() || alone.size() < files || !isRecountDue.getAndSet(false)) {
      return;
    }
    List<RelativePath> before = alone;
    clearCount();
    arena
        .store()
        .read(reader -> {
          for (RelativePath path : before) {
            Optional<PathState> state = reader.path(path);
            if (state.isPresent()) {
              count(reader, state.get());
            }
          }
          return files;
        });
    onlyHere = Optional.of(new OnlyHere(files, bytes));
  }

  private void noteOnlyHere(OnlyHere now) throws RealizeException {
    boolean was = arena.store().read(reader -> reader.row(ONLY_HERE)).isPresent();
    boolean isSo = now.files() > 0;
    if (was == isSo) {
      return;
    }
    String text =
        isSo
            ? "%,d files, %,d bytes, are only here; see 'realize copies --at-risk'"
                .formatted(now.files(), now.bytes())
            : "files are only here";
    listener.accept(new StatusChange(ChangeKind.ONLY_HERE, !isSo, "", text));
    arena
        .store()
        .write(writer -> {
          if (isSo) {
            writer.putRow(ONLY_HERE, true);
          } else {
            writer.removeRow(ONLY_HERE);
          }
        });
  }

  private void count(ArenaReader reader, PathState state) throws StorageFailed {
    if (state.shown().content() instanceof Content.File file
        && Availability.holders(state, file).isEmpty()
        && (state.isReal(file) || reader.blob(file.hash()).filter(BlobRow::isWhole).isPresent())) {
      files++;
      bytes += file.sizeBytes();
      if (alone.size() < MAX_KNOWN) {
        alone.add(state.path());
      }
    }
  }
}
