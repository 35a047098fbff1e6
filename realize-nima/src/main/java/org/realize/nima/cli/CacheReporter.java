package org.realize.nima.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.realize.nima.config.ByteSize;
import org.realize.nima.control.CacheEvent;
import org.realize.nima.control.CacheEvent.CacheEventKind;
import org.realize.nima.control.CacheEvent.WorkTotals;
import org.realize.nima.control.ControlJson;
import org.realize.nima.control.Household.Events;

/**
 * The display of work on cached files: on a terminal a line that moves, else one line per file, but
 * of files for which nothing was to be done only if these are few; failures on the error stream; in
 * the end how many files came to what. Used by one thread at a time.
 */
final class CacheReporter implements Events<CacheEvent> {

  /** Files for which nothing was to be done that are named. */
  private static final int MAX_UNCHANGED = 20;

  private final boolean json;
  private final boolean terminal;
  private final PrintWriter out;
  private final PrintWriter err;
  private final MovingLine line;
  private @Nullable WorkTotals totals;

  private final Map<CacheEventKind, FileSum> tallies = new EnumMap<>(CacheEventKind.class);

  /** The lines of files for which nothing was to be done. */
  private final List<String> unchanged = new ArrayList<>();

  /** A peer was not reached, or bytes were wrong. */
  private boolean isFound;

  /** The files and bytes that came to one end. */
  private record FileSum(long files, long bytes) {
    static final FileSum NONE = new FileSum(0, 0);

    FileSum plus(long moreBytes) {
      return new FileSum(files + 1, bytes + moreBytes);
    }
  }

  CacheReporter(boolean json, boolean terminal, PrintWriter out, PrintWriter err) {
    this.json = json;
    this.terminal = terminal && !json;
    this.out = out;
    this.err = err;
    this.line = new MovingLine(out);
  }

  @Override
  public void tell(CacheEvent event) {
    if (event.totals() != null) {
      totals = event.totals();
    }
    if (event.path() != null) {
      tallies.merge(
          event.kind(), FileSum.NONE.plus(event.bytes()), (all, _) -> all.plus(event.bytes()));
    }
    isFound |=
        event.kind() == CacheEventKind.NOT_PURGED_AT || event.kind() == CacheEventKind.DAMAGED;
    if (json) {
      out.println(ControlJson.line(event));
      out.flush();
      return;
    }
    switch (event.kind()) {
      case FAILED, DAMAGED, STAYS, STAYS_AT, NOT_PURGED_AT -> line.print(err, text(event));
      case CHANGED -> line.print(out, text(event));
      case PROGRESS -> progress();
      case DONE -> summary();
      case SAME -> {} // the summary counts them
      case WAS_HERE, WAS_NOT_HERE, SOUND -> {
        if (!terminal && unchanged.size() <= MAX_UNCHANGED) {
          unchanged.add(text(event));
        }
      }
      default -> {
        if (!terminal) {
          line.print(out, text(event));
        }
      }
    }
  }

  private void summary() {
    line.clear();
    if (unchanged.size() <= MAX_UNCHANGED) {
      unchanged.forEach(text -> line.print(out, text));
    }
    long files = tallies.values().stream().mapToLong(FileSum::files).sum();
    if (files > 1 || (terminal && files > 0)) {
      List<String> ends = new ArrayList<>();
      tallies.forEach((kind, tally) ->
          ends.add(
              "%s %,d files, %s"
                  .formatted(words(kind), tally.files(), new ByteSize(tally.bytes()))));
      line.print(out, String.join("; ", ends));
    }
  }

  private static String words(CacheEventKind kind) {
    return kind == CacheEventKind.SAME
        ? "there already, with the same bytes:"
        : kind.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  private static String text(CacheEvent event) {
    return "%s %s (%s)%s"
        .formatted(
            words(event.kind()),
            event.path(),
            new ByteSize(event.bytes()),
            event.message() == null ? "" : ": " + event.message());
  }

  private void progress() {
    WorkTotals now = totals;
    if (!terminal || now == null) {
      return;
    }
    String text =
        "%,d of %,d files, %s of %s"
            .formatted(
                now.doneFiles() + now.failedFiles(),
                now.files(),
                new ByteSize(now.doneBytes()),
                new ByteSize(now.bytes()));
    line.show(text);
  }

  /** How the command ends. */
  ExitCode end() {
    long damaged = tallies.getOrDefault(CacheEventKind.DAMAGED, FileSum.NONE).files();
    if (totals == null || totals.failedFiles() > damaged) {
      return ExitCode.ERROR;
    }
    return isFound ? ExitCode.FOUND : ExitCode.OK;
  }
}
