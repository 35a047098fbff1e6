package org.realize.nima.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.RealizeException;
import org.tomlj.TomlArray;
import org.tomlj.TomlPosition;
import org.tomlj.TomlTable;

/**
 * A table of the file while it is read: values by key, converted. Every error is a {@link
 * RealizeException.Invalid} on one line that starts with file and line. Unknown keys are refused
 * before any value is read.
 */
final class SettingsTable {

  /** A parser of one value; throws {@link IllegalArgumentException} or {@code Invalid}. */
  @FunctionalInterface
  interface Parser<T> {
    T parse(String text) throws RealizeException;
  }

  private final Path file;

  /** The keys that lead to this table, with the index of each array element after its key. */
  private final List<Object> path;

  private final TomlTable table;
  private final TomlPosition start;

  private SettingsTable(
      Path file, List<Object> path, TomlTable table, TomlPosition start, List<String> known)
      throws RealizeException.Invalid {
    this.file = file;
    this.path = List.copyOf(path);
    this.table = table;
    this.start = start;
    for (String key : table.keySet()) {
      if (!known.contains(key)) {
        throw problem(key, "unknown key, the nearest known is '" + Nearest.of(key, known) + "'");
      }
    }
  }

  /** The whole file. */
  static SettingsTable top(Path file, TomlTable table, String... known)
      throws RealizeException.Invalid {
    return new SettingsTable(file, List.of(), table, TomlPosition.positionAt(1, 1), List.of(known));
  }

  /** The value at {@code key}, which must be a string. */
  <T> Optional<T> text(String key, Parser<T> parser) throws RealizeException.Invalid {
    Object value = value(key);
    return value == null ? Optional.empty() : Optional.of(parse(key, value, parser));
  }

  /** As {@link #text}, but the key must be there. */
  <T> T required(String key, Parser<T> parser) throws RealizeException.Invalid {
    Optional<T> value = text(key, parser);
    if (value.isEmpty()) {
      throw problem(start, path, "needs a '" + key + "'");
    }
    return value.get();
  }

  /** The value at {@code key}, which must be an array of strings; absent if the key is. */
  <T> Optional<List<T>> texts(String key, Parser<T> parser) throws RealizeException.Invalid {
    Object value = value(key);
    if (value == null) {
      return Optional.empty();
    }
    if (!(value instanceof TomlArray array)) {
      throw problem(key, "is a list of strings: [\"…\"]");
    }
    List<T> texts = new ArrayList<>();
    for (Object element : array.toList()) {
      texts.add(parse(key, element, parser));
    }
    return Optional.of(texts);
  }

  /** The value at {@code key} as a name of {@code choices}, in lower case. */
  <E extends Enum<E>> E choice(String key, E[] choices, E otherwise)
      throws RealizeException.Invalid {
    return text(
            key,
            text -> {
              List<String> names = new ArrayList<>();
              for (E choice : choices) {
                names.add(choice.name().toLowerCase(Locale.ROOT));
              }
              int index = names.indexOf(text);
              if (index < 0) {
                throw new IllegalArgumentException(
                    "'" + text + "' is none of " + String.join(", ", names));
              }
              return choices[index];
            })
        .orElse(otherwise);
  }

  /** The value at {@code key}, which must be a boolean; false if the key is absent. */
  boolean flag(String key) throws RealizeException.Invalid {
    return switch (value(key)) {
      case null -> false;
      case Boolean flag -> flag;
      default -> throw problem(key, "must be true or false");
    };
  }

  /** The value at {@code key}, which must be a whole number from {@code min} to {@code max}. */
  int number(String key, int min, int max, int otherwise) throws RealizeException.Invalid {
    Object value = value(key);
    if (value == null) {
      return otherwise;
    }
    if (!(value instanceof Long number) || number < min || number > max) {
      throw problem(key, "must be a whole number from " + min + " to " + max);
    }
    return number.intValue();
  }

  /** True if the value at {@code key} is a string. */
  boolean isText(String key) {
    return value(key) instanceof String;
  }

  /** The table at {@code key}. */
  Optional<SettingsTable> table(String key, String... known) throws RealizeException.Invalid {
    Object value = value(key);
    if (value == null) {
      return Optional.empty();
    }
    if (!(value instanceof TomlTable inner)) {
      throw problem(key, "is a table");
    }
    return Optional.of(new SettingsTable(file, below(key), inner, position(key), List.of(known)));
  }

  /** The array of tables at {@code key}; empty if the key is absent. */
  List<SettingsTable> tables(String key, String... known) throws RealizeException.Invalid {
    Object value = value(key);
    List<SettingsTable> tables = new ArrayList<>();
    if (value == null) {
      return tables;
    }
    if (!(value instanceof TomlArray array)) {
      throw notTables(key);
    }
    for (int i = 0; i < array.size(); i++) {
      if (!(array.get(i) instanceof TomlTable element)) {
        throw notTables(key);
      }
      List<Object> elementPath = below(key);
      elementPath.add(i);
      tables.add(
          new SettingsTable(file, elementPath, element, array.inputPositionOf(i), List.of(known)));
    }
    return tables;
  }

  private RealizeException.Invalid notTables(String key) {
    List<String> keys =
        below(key).stream().filter(String.class::isInstance).map(String::valueOf).toList();
    return problem(key, "is written as [[" + String.join(".", keys) + "]]");
  }

  /** A failure at {@code key}, or of the whole table if the key is absent. */
  RealizeException.Invalid problem(String key, String message) {
    return problem(position(key), below(key), message);
  }

  private RealizeException.Invalid problem(TomlPosition at, List<Object> keys, String message) {
    return new RealizeException.Invalid(file + ":" + at.line() + ": " + label(keys) + message);
  }

  private <T> T parse(String key, Object value, Parser<T> parser) throws RealizeException.Invalid {
    if (!(value instanceof String text)) {
      throw problem(key, "is a string: \"…\"");
    }
    try {
      return parser.parse(text);
    } catch (IllegalArgumentException | RealizeException e) {
      throw problem(key, String.valueOf(e.getMessage()));
    }
  }

  private @Nullable Object value(String key) {
    return table.get(List.of(key));
  }

  private TomlPosition position(String key) {
    TomlPosition position = table.inputPositionOf(List.of(key));
    return position == null ? start : position;
  }

  private List<Object> below(String key) {
    List<Object> below = new ArrayList<>(path);
    below.add(key);
    return below;
  }

  /** {@code [[peer]] addresses: } for {@code peer, 1, addresses}. */
  private static String label(List<Object> path) {
    StringBuilder label = new StringBuilder();
    boolean element = path.size() > 1 && path.get(1) instanceof Integer;
    int keysFrom = element ? 2 : 1;
    if (path.size() >= keysFrom && !path.isEmpty()) {
      label.append(
          element
              ? "[[" + path.getFirst() + "]]"
              : path.size() > 1 ? "[" + path.getFirst() + "]" : "'" + path.getFirst() + "'");
    }
    String keys = String.join(".", path.stream().skip(keysFrom).map(String::valueOf).toList());
    return label + (keys.isEmpty() ? "" : " " + keys) + ": ";
  }
}
