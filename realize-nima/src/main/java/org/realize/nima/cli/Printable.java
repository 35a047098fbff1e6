package org.realize.nima.cli;

import java.io.PrintWriter;
import java.util.Locale;

/**
 * The one way of text to people: the terminal and the log. Names, causes and messages are what
 * files, peers and programs call themselves; none can fake a line, move the cursor, or turn the
 * direction of what follows.
 */
final class Printable {

  private Printable() {}

  /** The text on one line, with what cannot be seen in hexadecimal, as in {@code \x1b}. */
  static String line(String text) {
    StringBuilder line = new StringBuilder(text.length());
    text.codePoints()
        .forEach(c -> {
          if (Character.isISOControl(c)) {
            line.append(String.format(Locale.ROOT, "\\x%02x", c));
          } else if (isHidden(c)) {
            line.append(String.format(Locale.ROOT, "\\u%04x", c));
          } else {
            line.appendCodePoint(c);
          }
        });
    return line.toString();
  }

  /** A writer for people: {@code println} writes one line, whatever the text. */
  static PrintWriter lines(PrintWriter to) {
    return new PrintWriter(to, true) {
      @Override
      public void println(String text) {
        super.println(line(text));
      }
    };
  }

  /** Controls of direction, separators of lines and paragraphs, halves of characters. */
  private static boolean isHidden(int c) {
    return c == 0x061C
        || c == 0x200E
        || c == 0x200F
        || (c >= 0x2028 && c <= 0x202E)
        || (c >= 0x2066 && c <= 0x2069)
        || Character.getType(c) == Character.SURROGATE;
  }
}
