package org.realize.nima.cli;

import java.io.PrintWriter;

/** A line on a terminal that is written again and again, with others above it. */
final class MovingLine {

  private final PrintWriter out;
  private int length;

  MovingLine(PrintWriter out) {
    this.out = out;
  }

  /** Puts {@code text} in the place of what the line was. */
  void show(String text) {
    clear();
    String line = Printable.line(text);
    out.print(line);
    out.flush();
    length = line.length();
  }

  /** Prints a line of its own, in the place of the one that moves. */
  void print(PrintWriter to, String text) {
    clear();
    to.println(Printable.line(text));
    to.flush();
  }

  void clear() {
    if (length > 0) {
      out.print("\r" + " ".repeat(length) + "\r");
      out.flush();
      length = 0;
    }
  }
}
