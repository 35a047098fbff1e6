package org.realize.nima.config;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * The positions of the tables and keys of a TOML text. The parser returns values without lines;
 * messages and edits need the lines. Made for text that the parser accepts; for other text the
 * outline is incomplete but never wrong about a line that it names. Lines count from 1. Immutable.
 *
 * <p>A path is the list of keys that leads to a value, with the index of each array-of-tables
 * element after its key: {@code peer, 1, addresses}.
 */
final class TomlOutline {

  /** A key with its value: first and last line. */
  private record Entry(List<Object> path, int firstLine, int lastLine) {}

  /** A table from its header up to the next header. */
  record Block(List<Object> path, int headerLine, int endLine) {}

  private final List<String> lines;
  private final List<Entry> entries;
  private final List<Block> blocks;

  private TomlOutline(List<String> lines, List<Entry> entries, List<Block> blocks) {
    this.lines = List.copyOf(lines);
    this.entries = List.copyOf(entries);
    this.blocks = List.copyOf(blocks);
  }

  static TomlOutline of(String text) {
    return new Scan(text).run();
  }

  /** All lines, without their ends. */
  List<String> lines() {
    return lines;
  }

  /** Tables with headers, in order. {@code endLine} is the first line after the table. */
  List<Block> blocks() {
    return blocks;
  }

  /** The line of the key at {@code path}, or of the nearest thing around it; 1 at worst. */
  int line(List<Object> path) {
    for (int length = path.size(); length > 0; length--) {
      List<Object> prefix = path.subList(0, length);
      for (Entry entry : entries) {
        if (entry.path().equals(prefix)) {
          return length == path.size() ? entry.firstLine() : inside(entry, path.get(length));
        }
      }
      for (Block block : blocks) {
        if (block.path().equals(prefix)) {
          return block.headerLine();
        }
      }
      OptionalInt below = // a dotted key, or a table of an array
          IntStream.concat(
                  blocks.stream()
                      .filter(block -> startsWith(block.path(), prefix))
                      .mapToInt(Block::headerLine),
                  entries.stream()
                      .filter(entry -> startsWith(entry.path(), prefix))
                      .mapToInt(Entry::firstLine))
              .min();
      if (below.isPresent()) {
        return below.getAsInt();
      }
    }
    return 1;
  }

  private int inside(Entry entry, Object key) {
    Pattern assignment =
        Pattern.compile("(?<![\\w-])[\"']?" + Pattern.quote(key + "") + "[\"']?\\s*=");
    for (int line = entry.firstLine(); line <= entry.lastLine(); line++) {
      if (assignment.matcher(lines.get(line - 1)).find()) {
        return line;
      }
    }
    return entry.firstLine();
  }

  static boolean startsWith(List<Object> path, List<Object> prefix) {
    return path.size() >= prefix.size() && path.subList(0, prefix.size()).equals(prefix);
  }

  /** One pass over the characters. */
  private static final class Scan {
    private final String text;
    private final List<Entry> entries = new ArrayList<>();
    private final List<Block> blocks = new ArrayList<>();
    private final Map<List<Object>, Integer> elements = new HashMap<>();
    private List<Object> table = List.of();
    private int headerLine;
    private int at;
    private int line = 1;

    Scan(String text) {
      this.text = text;
    }

    TomlOutline run() {
      while (at < text.length()) {
        char c = text.charAt(at);
        if (Character.isWhitespace(c)) {
          step();
        } else if (c == '#') {
          skipLine();
        } else if (c == '[') {
          header();
        } else {
          entry();
        }
      }
      List<String> lines = text.lines().toList();
      endBlock(lines.size() + 1);
      return new TomlOutline(lines, entries, blocks);
    }

    private void header() {
      endBlock(line);
      headerLine = line;
      boolean element = text.startsWith("[[", at);
      at += element ? 2 : 1;
      List<String> keys = keys(']');
      List<Object> path = new ArrayList<>();
      for (int i = 0; i < keys.size(); i++) {
        path.add(keys.get(i));
        boolean last = i == keys.size() - 1;
        if (last && element) {
          path.add(elements.merge(List.copyOf(path), 0, (old, zero) -> old + 1));
        } else if (!last && elements.containsKey(path)) {
          path.add(Objects.requireNonNull(elements.get(path)));
        }
      }
      table = List.copyOf(path);
      skipLine();
    }

    private void endBlock(int endLine) {
      if (headerLine > 0) {
        blocks.add(new Block(table, headerLine, endLine));
      }
    }

    private void entry() {
      int firstLine = line;
      List<Object> path = new ArrayList<>(table);
      path.addAll(keys('='));
      at++;
      value();
      entries.add(new Entry(List.copyOf(path), firstLine, line));
      skipLine();
    }

    /** Dotted keys up to {@code end}, which is left to be read. */
    private List<String> keys(char end) {
      List<String> keys = new ArrayList<>();
      StringBuilder key = new StringBuilder();
      while (at < text.length() && text.charAt(at) != end && text.charAt(at) != '\n') {
        char c = text.charAt(at);
        if (c == '"' || c == '\'') {
          int close = text.indexOf(c, at + 1);
          close = close < 0 ? text.length() : close;
          key.append(text, at + 1, close);
          at = close + 1;
        } else {
          if (c == '.') {
            keys.add(key.toString());
            key.setLength(0);
          } else if (!Character.isWhitespace(c)) {
            key.append(c);
          }
          at++;
        }
      }
      keys.add(key.toString());
      return keys;
    }

    /** Skips a value, with the lines that strings and brackets span. */
    private void value() {
      int depth = 0;
      while (at < text.length()) {
        char c = text.charAt(at);
        if (c == '"' || c == '\'') {
          string(c);
        } else if (c == '#') {
          if (depth == 0) {
            return;
          }
          skipComment();
        } else if (c == '\n' && depth == 0) {
          return;
        } else {
          depth += c == '[' || c == '{' ? 1 : c == ']' || c == '}' ? -1 : 0;
          step();
        }
      }
    }

    private void string(char quote) {
      String fence = String.valueOf(quote).repeat(3);
      String end = text.startsWith(fence, at) ? fence : fence.substring(2);
      at += end.length();
      while (at < text.length() && !text.startsWith(end, at)) {
        if (quote == '"' && text.charAt(at) == '\\') {
          at++;
        }
        step();
      }
      at += end.length();
      while (end.length() == 3 && at < text.length() && text.charAt(at) == quote) {
        at++; // up to two quotes may stand before the closing three
      }
    }

    private void skipComment() {
      while (at < text.length() && text.charAt(at) != '\n') {
        at++;
      }
    }

    private void skipLine() {
      skipComment();
      step();
    }

    private void step() {
      if (at < text.length() && text.charAt(at) == '\n') {
        line++;
      }
      at++;
    }
  }
}
