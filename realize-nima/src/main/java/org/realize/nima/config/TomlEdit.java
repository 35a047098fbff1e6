package org.realize.nima.config;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.RealizeException.Invalid;
import org.tomlj.Toml;
import org.tomlj.TomlArray;
import org.tomlj.TomlParseResult;
import org.tomlj.TomlPosition;
import org.tomlj.TomlTable;

/**
 * An edit of one table of an array of tables, {@code [[peer]]} or {@code [[arena]]}, in the text of
 * a valid TOML file. All other lines stay as they are, comments included.
 */
final class TomlEdit {

  private static final Pattern COMMENT = Pattern.compile("\\s+#[^\"']*$");

  private final String text;
  private final List<String> lines;
  private final TomlTable top;
  private final String array;
  private final int index;

  /** The table {@code index} of {@code array} in {@code text}. */
  TomlEdit(String text, String array, int index) {
    this.text = text;
    this.array = array;
    this.index = index;
    lines = text.lines().toList();
    top = Toml.parse(text);
  }

  /**
   * The text without the headers of the table and of those below it, their direct comments (those
   * without an empty line between) and the empty lines before them.
   */
  String cut() {
    NavigableSet<Integer> headers = new TreeSet<>();
    addHeaders(top, TomlPosition.positionAt(1, 1), headers);
    NavigableSet<Integer> cut = new TreeSet<>();
    TomlArray tables = top.getArrayOrEmpty(array);
    addHeaders(tables.get(index), tables.inputPositionOf(index), cut);
    Set<Integer> gone = new HashSet<>();
    for (int header : cut) {
      Integer next = headers.higher(header);
      int to = next == null ? lines.size() + 1 : firstCommentAbove(next);
      IntStream.range(firstCommentAbove(header), to).forEach(gone::add);
    }
    List<String> kept = new ArrayList<>();
    for (int line = 1; line <= lines.size(); line++) {
      boolean afterCut = gone.contains(line - 1);
      if (gone.contains(line)) {
        while (!kept.isEmpty() && kept.getLast().isBlank()) {
          kept.removeLast();
        }
      } else {
        if (afterCut && !kept.isEmpty() && !lines.get(line - 1).isBlank()) {
          kept.add("");
        }
        kept.add(lines.get(line - 1));
      }
    }
    return joined(kept);
  }

  /**
   * The text in which {@code key} of the table, or of the table {@code key} begins with, has
   * another value.
   *
   * @param key {@code mark}, or {@code cache.max}
   * @param value in TOML; empty: the key is taken out
   * @throws Invalid if the table is written in a way that is not edited
   */
  String with(String key, Optional<String> value) throws Invalid {
    TomlTable table = top.getArrayOrEmpty(array).getTable(index);
    TomlPosition at = top.getArrayOrEmpty(array).inputPositionOf(index);
    List<String> names = List.of(key.split("\\."));
    if (names.size() == 2) {
      TomlTable inner = table.getTable(names.subList(0, 1));
      TomlPosition innerAt = table.inputPositionOf(names.subList(0, 1));
      if (inner == null || innerAt == null || !isHeader(innerAt)) {
        String name = names.getFirst();
        return replaced(table, at, List.of(name), inline(inner, names.getLast(), value));
      }
      return replaced(inner, innerAt, names, value);
    }
    return replaced(table, at, names, value);
  }

  /** An inline table with one value changed; empty without any. */
  private static Optional<String> inline(
      @Nullable TomlTable before, String key, Optional<String> value) {
    List<String> parts = new ArrayList<>();
    if (before != null) {
      before.entrySet().stream()
          .filter(entry -> !entry.getKey().equals(key))
          .forEach(entry -> parts.add(entry.getKey() + " = " + toml(entry.getValue())));
    }
    value.ifPresent(text -> parts.add(key + " = " + text));
    return parts.isEmpty() ? Optional.empty() : Optional.of("{ " + String.join(", ", parts) + " }");
  }

  private static String toml(Object value) {
    return switch (value) {
      case String text -> quoted(text);
      case TomlArray list ->
          list.toList().stream().map(TomlEdit::toml).collect(Collectors.joining(", ", "[", "]"));
      case TomlTable table ->
          table.entrySet().stream()
              .map(entry -> entry.getKey() + " = " + toml(entry.getValue()))
              .collect(Collectors.joining(", ", "{ ", " }"));
      default -> value.toString();
    };
  }

  private String replaced(
      TomlTable table, TomlPosition at, List<String> names, Optional<String> value) throws Invalid {
    String key = names.getLast();
    if (!isHeader(at)) {
      throw notEdited(key);
    }
    TomlPosition old = table.inputPositionOf(List.of(key));
    if (old == null) {
      TomlPosition name = table.inputPositionOf(List.of("name"));
      int after = name == null ? at.line() : name.line();
      return value.map(text -> joined(replaced(after + 1, 0, key + " = " + text))).orElse(text);
    }
    Set<String> keys = new HashSet<>(table.keySet());
    if (value.isEmpty()) {
      keys.remove(key);
    }
    for (int length = 1; old.line() + length <= lines.size() + 1; length++) {
      String line = value.map(text -> key + " = " + text).orElse(null);
      Matcher comment = COMMENT.matcher(lines.get(old.line() - 1));
      if (line != null && length == 1 && comment.find()) {
        line += comment.group();
      }
      String result = joined(replaced(old.line(), length, line));
      TomlParseResult parsed = Toml.parse(result);
      if (!parsed.hasErrors() && keysAfter(parsed, names).equals(keys)) {
        return result;
      }
    }
    throw notEdited(key);
  }

  /** The keys of the table in {@code parsed} that has the last of {@code names}. */
  private Set<String> keysAfter(TomlParseResult parsed, List<String> names) {
    TomlTable element = parsed.getArrayOrEmpty(array).getTable(index);
    TomlTable table = names.size() == 1 ? element : element.getTable(names.subList(0, 1));
    return table == null ? Set.of() : table.keySet();
  }

  private static Invalid notEdited(String key) {
    return new Invalid("'" + key + "' is not written on a line of its own: edit the file by hand");
  }

  private List<String> replaced(int line, int count, @Nullable String with) {
    List<String> result = new ArrayList<>(lines.subList(0, line - 1));
    if (with != null) {
      result.add(with);
    }
    result.addAll(lines.subList(line - 1 + count, lines.size()));
    return result;
  }

  private String joined(List<String> kept) {
    String end = text.contains("\r\n") ? "\r\n" : "\n";
    return kept.stream().map(line -> line + end).collect(Collectors.joining());
  }

  private boolean isHeader(TomlPosition position) {
    int column = position.column() - 1;
    String line = lines.get(position.line() - 1);
    return line.startsWith("[", column) && line.substring(0, column).isBlank();
  }

  /** Adds the lines of the headers of tables at and below {@code value}. */
  private void addHeaders(Object value, TomlPosition position, Set<Integer> headers) {
    if (value instanceof TomlTable table) {
      if (isHeader(position)) {
        headers.add(position.line());
      }
      for (Map.Entry<String, Object> entry : table.entrySet()) {
        TomlPosition below = Objects.requireNonNull(table.inputPositionOf(List.of(entry.getKey())));
        addHeaders(entry.getValue(), below, headers);
      }
    } else if (value instanceof TomlArray list) {
      for (int i = 0; i < list.size(); i++) {
        addHeaders(list.get(i), list.inputPositionOf(i), headers);
      }
    }
  }

  private int firstCommentAbove(int line) {
    int first = line;
    while (first > 1 && lines.get(first - 2).strip().startsWith("#")) {
      first--;
    }
    return first;
  }

  /** A list of basic strings of TOML. */
  static String list(List<?> values) {
    return values.stream()
        .map(value -> quoted(value.toString()))
        .collect(Collectors.joining(", ", "[", "]"));
  }

  /** A basic string of TOML. */
  static String quoted(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> quoted.append("\\\"");
        case '\\' -> quoted.append("\\\\");
        case '\n' -> quoted.append("\\n");
        case '\t' -> quoted.append("\\t");
        default -> {
          if (c < ' ' || c == 0x7f) {
            quoted.append(String.format("\\u%04X", (int) c));
          } else {
            quoted.append(c);
          }
        }
      }
    }
    return quoted.append('"').toString();
  }
}
