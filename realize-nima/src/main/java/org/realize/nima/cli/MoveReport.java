package org.realize.nima.cli;

import java.io.PrintWriter;
import org.jspecify.annotations.Nullable;
import org.realize.nima.config.ByteSize;
import org.realize.nima.control.ControlJson;
import org.realize.nima.control.Household.Events;
import org.realize.nima.control.MoveEvent;
import org.realize.nima.control.MoveEvent.MoveEventKind;
import org.realize.sync.move.MoveTotals;

/**
 * The display of a move: on a terminal a line that moves, with files, bytes, rate and the remaining
 * time; else one line per file; failures on the error stream. Used by one thread at a time.
 */
final class MoveReport implements Events<MoveEvent> {

  private static final double NANOS_PER_SECOND = 1e9;

  private final boolean json;
  private final boolean terminal;
  private final PrintWriter out;
  private final PrintWriter err;
  private final MovingLine line;
  private final long startNanos = System.nanoTime();
  private @Nullable MoveEventKind last;
  private MoveTotals totals = MoveTotals.NONE;

  private MoveReport(boolean json, boolean terminal, PrintWriter out, PrintWriter err) {
    this.json = json;
    this.terminal = terminal;
    this.out = out;
    this.err = err;
    this.line = new MovingLine(out);
  }

  static MoveReport of(boolean json, boolean terminal, PrintWriter out, PrintWriter err) {
    return new MoveReport(json, terminal && !json, out, err);
  }

  @Override
  public void tell(MoveEvent event) {
    last = event.kind();
    if (event.totals() != null) {
      totals = event.totals();
    }
    if (json) {
      out.println(ControlJson.line(event));
      out.flush();
      return;
    }
    switch (event.kind()) {
      case MOVED -> file("moved", event);
      case WAS_THERE -> file("was there", event);
      case WOULD_MOVE -> line.print(out, "would move " + name(event));
      case WOULD_COMPARE -> line.print(out, "would compare " + name(event));
      case RETRYING -> line.print(err, name(event) + ": " + event.message());
      case FAILED -> line.print(err, name(event) + ": " + event.message());
      case PROGRESS -> progress();
      case DONE, OUT_OF_TIME -> summary(event);
    }
  }

  private static String name(MoveEvent event) {
    return "%s/%s (%s)".formatted(event.arena(), event.path(), new ByteSize(event.bytes()));
  }

  private void file(String what, MoveEvent event) {
    if (!terminal) {
      line.print(out, what + " " + name(event));
    }
  }

  private void progress() {
    if (!terminal) {
      return;
    }
    String text =
        "%,d of %,d files, %s of %s, %s/s%s%s"
            .formatted(
                totals.doneFiles(),
                totals.files(),
                new ByteSize(totals.doneBytes()),
                new ByteSize(totals.bytes()),
                new ByteSize(rate()),
                timeLeft(),
                totals.failedFiles() == 0 ? "" : ", " + totals.failedFiles() + " failed");
    line.show(text);
  }

  private long rate() {
    double seconds = (System.nanoTime() - startNanos) / NANOS_PER_SECOND;
    return (long) (Math.max(totals.doneBytes(), totals.copiedBytes()) / Math.max(0.001, seconds));
  }

  private String timeLeft() {
    long rate = rate();
    long left = totals.bytes() - Math.max(totals.doneBytes(), totals.copiedBytes());
    if (rate == 0 || left <= 0) {
      return "";
    }
    long seconds = left / rate;
    return ", %d:%02d:%02d left".formatted(seconds / 3600, seconds / 60 % 60, seconds % 60);
  }

  private void summary(MoveEvent event) {
    MoveEventKind kind = event.kind();
    line.print(
        kind == MoveEventKind.DONE ? out : err,
        "%s%,d of %,d files, %s; %,d failed; %s copied, %s compared, %s repaired by %s of deltas"
            .formatted(
                kind == MoveEventKind.DONE ? "" : "out of time: ",
                totals.doneFiles(),
                totals.files(),
                new ByteSize(totals.doneBytes()),
                totals.failedFiles(),
                new ByteSize(totals.copiedBytes()),
                new ByteSize(totals.comparedBytes()),
                new ByteSize(totals.repairedBytes()),
                new ByteSize(totals.deltaBytes())));
    if (event.message() != null) {
      line.print(out, event.message());
    }
  }

  /** How the command ends. */
  ExitCode end() {
    if (last == MoveEventKind.OUT_OF_TIME) {
      return ExitCode.DEADLINE;
    }
    return totals.failedFiles() == 0 ? ExitCode.OK : ExitCode.ERROR;
  }
}
