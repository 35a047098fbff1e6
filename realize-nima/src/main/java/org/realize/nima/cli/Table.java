package org.realize.nima.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Rows of text in columns as wide as their widest cell; the last column is not padded. */
final class Table {

  private static final int GAP = 2;

  /** The least room of the first column, and of the last one, where a width is to be kept. */
  private static final int MIN_FIRST = 12;

  private static final int MIN_LAST = 10;

  private final List<List<String>> rows = new ArrayList<>();

  /** Starts with its headings. */
  Table(String... headings) {
    rows.add(List.of(headings));
  }

  /** Adds a row with as many cells as there are headings. */
  void row(String... cells) {
    if (cells.length != rows.getFirst().size()) {
      throw new IllegalArgumentException(cells.length + " cells in a row");
    }
    rows.add(Stream.of(cells).map(Printable::line).toList());
  }

  /** Prints rows as wide as they are. */
  void print(PrintWriter out) {
    print(out, Integer.MAX_VALUE);
  }

  /**
   * Prints lines of at most {@code width} characters: a first cell that leaves no room for the
   * others, and a last cell that finds none, get a line of their own. Longer words stay whole.
   */
  void print(PrintWriter out, int width) {
    int columns = rows.getFirst().size();
    int[] widths = new int[columns];
    int total = 0;
    for (int i = 0; i < columns; i++) {
      for (List<String> row : rows) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
      total += widths[i] + (i == columns - 1 ? 0 : GAP);
    }
    if (total > width) {
      int others = total - widths[0] - widths[columns - 1];
      widths[0] = Math.min(widths[0], Math.max(MIN_FIRST, width - others - MIN_LAST));
    }
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < columns; i++) {
        String cell = row.get(i);
        if (i == 0 && cell.length() > widths[0]) {
          out.println(cell);
          cell = "";
        } else if (i == columns - 1 && line.length() + cell.length() > width) {
          out.println(line.toString().stripTrailing());
          line = new StringBuilder("  ");
        }
        line.append(cell);
        line.append(" ".repeat(i == columns - 1 ? 0 : widths[i] - cell.length() + GAP));
      }
      out.println(line.toString().stripTrailing());
    }
  }

  /** Text in lines of at most {@code width} characters, all but the first indented. */
  static List<String> wrapped(String text, String indent, int width) {
    List<String> lines = new ArrayList<>();
    String words = text.stripLeading();
    StringBuilder line = new StringBuilder(text.substring(0, text.length() - words.length()));
    boolean isStart = true;
    for (String word : words.split(" ", -1)) {
      if (!isStart && line.length() + 1 + word.length() > width) {
        lines.add(line.toString());
        line = new StringBuilder(indent);
      } else if (!isStart) {
        line.append(' ');
      }
      line.append(word);
      isStart = false;
    }
    lines.add(line.toString());
    return lines;
  }
}
