package org.realize.nima.cli;

import java.io.PrintWriter;
import java.util.Locale;
import org.realize.nima.config.ByteSize;
import org.realize.nima.control.ControlJson;
import org.realize.nima.control.Household.Events;
import org.realize.nima.control.JobEvent;

/**
 * The display of jobs as they happen: a line for each end, on a terminal below them one that moves
 * with what is under way; failures on the error stream. Used by one thread at a time.
 */
final class JobReporter implements Events<JobEvent> {

  private final boolean json;
  private final boolean terminal;
  private final PrintWriter out;
  private final PrintWriter err;
  private final MovingLine line;

  JobReporter(boolean json, boolean terminal, PrintWriter out, PrintWriter err) {
    this.json = json;
    this.terminal = terminal;
    this.out = out;
    this.err = err;
    line = new MovingLine(out);
  }

  @Override
  public void tell(JobEvent event) {
    if (json) {
      out.println(ControlJson.line(event));
      out.flush();
      return;
    }
    switch (event.kind()) {
      case BEGUN, PROGRESS -> {
        if (terminal) {
          line.show(text(event));
        } else {
          line.print(out, text(event));
        }
      }
      case DONE, CHANGED, WAITING, STOPPED -> line.print(out, text(event));
      case FAILED -> line.print(err, text(event));
      case LEFT_OUT -> line.print(out, "and %,d more".formatted(event.count()));
      case LEFT -> left(event);
    }
  }

  private void left(JobEvent event) {
    String text =
        event.count() == 0
            ? "nothing is left to do"
            : "%,d left to do, %s".formatted(event.count(), new ByteSize(event.bytes()));
    if (terminal) {
      line.show(text);
    } else {
      line.print(out, text);
    }
  }

  private static String text(JobEvent event) {
    StringBuilder text = new StringBuilder(event.kind().name().toLowerCase(Locale.ROOT));
    if (event.work() != null) {
      text.append(' ').append(event.work());
    }
    text.append(' ').append(Printable.line(String.valueOf(event.path())));
    switch (event.kind()) {
      case PROGRESS ->
          text.append(
              " (%s of %s)"
                  .formatted(new ByteSize(event.doneBytes()), new ByteSize(event.bytes())));
      default -> text.append(event.bytes() == 0 ? "" : " (" + new ByteSize(event.bytes()) + ")");
    }
    return text.append(event.message() == null ? "" : ": " + event.message()).toString();
  }
}
