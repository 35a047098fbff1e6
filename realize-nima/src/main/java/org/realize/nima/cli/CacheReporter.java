package org.realize.nima.cli;

import java.io.PrintWriter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.realize.nima.config.ByteSize;
import org.realize.nima.control.CacheEvent;
import org.realize.nima.control.CacheEvent.CacheEventKind;
import org.realize.nima.control.CacheEvent.WorkTotals;
import org.realize.nima.control.ControlJson;
import org.realize.nima.control.Household.Events;

/**
 * The display of work on cached files: on a terminal a line that moves, else one line per file;
 * failures on the error stream. Used by one thread at a time.
 */
final class CacheReporter implements Events<CacheEvent> {

  private final boolean json;
  private final boolean terminal;
  private final PrintWriter out;
  private final PrintWriter err;
  private final MovingLine line;
  private @Nullable WorkTotals totals;

  /** Files that are not named one by one. */
  private long same;

  /** A peer was not reached. */
  private boolean isFound;

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
    isFound |= event.kind() == CacheEventKind.NOT_PURGED_AT;
    if (json) {
      out.println(ControlJson.line(event));
      out.flush();
      return;
    }
    switch (event.kind()) {
      case FAILED, DAMAGED, STAYS, STAYS_AT, NOT_PURGED_AT -> line.print(err, text(event));
      case CHANGED -> line.print(out, text(event));
      case PROGRESS -> progress();
      case SAME -> same++;
      case DONE -> {
        line.clear();
        if (same > 0) {
          line.print(out, "%,d files are there already, with the same bytes".formatted(same));
        }
      }
      default -> {
        if (!terminal) {
          line.print(out, text(event));
        }
      }
    }
  }

  private static String text(CacheEvent event) {
    String what = event.kind().name().toLowerCase(Locale.ROOT).replace('_', ' ');
    return "%s %s (%s)%s"
        .formatted(
            what,
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
    if (totals == null || totals.failedFiles() > 0) {
      return ExitCode.ERROR;
    }
    return isFound ? ExitCode.FOUND : ExitCode.OK;
  }
}
