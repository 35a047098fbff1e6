package org.realize.nima.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import org.realize.sync.model.RealizeException;

/**
 * One table of the file while it is read: values by key, converted. Everything that is wrong is a
 * {@link RealizeException.Invalid} on one line that starts with file and line. Keys that are not
 * known are refused before any value is looked at.
 */
final class TomlTable {

  /** A parser of one value; throws {@link IllegalArgumentException} or {@code Invalid}. */
  @FunctionalInterface
  interface Parser<T> {
    T parse(String text) throws RealizeException;
  }

  /** A parsed file. */
  record Source(Path file, TomlOutline outline) {
    RealizeException.Invalid problem(List<Object> path, String message) {
      return new RealizeException.Invalid(
          file + ":" + outline.line(path) + ": " + label(path) + message);
    }
  }

  private final Source source;
  private final List<Object> path;
  private final ObjectNode node;

  TomlTable(Source source, List<Object> path, ObjectNode node, List<String> known)
      throws RealizeException.Invalid {
    this.source = source;
    this.path = List.copyOf(path);
    this.node = node;
    for (String key : (Iterable<String>) node::fieldNames) {
      if (!known.contains(key)) {
        throw source.problem(
            below(key), "unknown key, the nearest known is '" + nearest(key, known) + "'");
      }
    }
  }

  /** The value at {@code key}, which must be a string. */
  <T> Optional<T> text(String key, Parser<T> parser) throws RealizeException.Invalid {
    JsonNode value = node.get(key);
    if (value == null) {
      return Optional.empty();
    }
    return Optional.of(parse(below(key), value, parser));
  }

  /** As {@link #text}, but the key must be there. */
  <T> T required(String key, Parser<T> parser) throws RealizeException.Invalid {
    Optional<T> value = text(key, parser);
    if (value.isEmpty()) {
      throw source.problem(path, "needs a '" + key + "'");
    }
    return value.get();
  }

  /** The value at {@code key}, which must be an array of strings; absent if the key is. */
  <T> Optional<List<T>> texts(String key, Parser<T> parser) throws RealizeException.Invalid {
    JsonNode value = node.get(key);
    if (value == null) {
      return Optional.empty();
    }
    if (!value.isArray()) {
      throw source.problem(below(key), "is a list of strings: [\"…\"]");
    }
    List<T> texts = new ArrayList<>();
    for (JsonNode element : value) {
      texts.add(parse(below(key), element, parser));
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

  /** The value at {@code key}, which must be a whole number from {@code min} to {@code max}. */
  int number(String key, int min, int max, int otherwise) throws RealizeException.Invalid {
    JsonNode value = node.get(key);
    if (value == null) {
      return otherwise;
    }
    if (!value.isIntegralNumber()
        || !value.canConvertToInt()
        || value.intValue() < min
        || value.intValue() > max) {
      throw source.problem(below(key), "is a whole number from " + min + " to " + max);
    }
    return value.intValue();
  }

  /** True if the value at {@code key} is a string. */
  boolean isText(String key) {
    return node.path(key).isTextual();
  }

  /** The table at {@code key}. */
  Optional<TomlTable> table(String key, String... known) throws RealizeException.Invalid {
    JsonNode value = node.get(key);
    if (value == null) {
      return Optional.empty();
    }
    if (!(value instanceof ObjectNode table)) {
      throw source.problem(below(key), "is a table");
    }
    return Optional.of(new TomlTable(source, below(key), table, List.of(known)));
  }

  /** The array of tables at {@code key}; empty if the key is absent. */
  List<TomlTable> tables(String key, String... known) throws RealizeException.Invalid {
    List<TomlTable> tables = new ArrayList<>();
    JsonNode value = node.get(key);
    if (value == null) {
      return tables;
    }
    if (!value.isArray()) {
      throw notTables(key);
    }
    for (JsonNode element : value) {
      if (!(element instanceof ObjectNode table)) {
        throw notTables(key);
      }
      List<Object> elementPath = new ArrayList<>(below(key));
      elementPath.add(tables.size());
      tables.add(new TomlTable(source, elementPath, table, List.of(known)));
    }
    return tables;
  }

  private RealizeException.Invalid notTables(String key) {
    List<String> keys =
        below(key).stream().filter(String.class::isInstance).map(String::valueOf).toList();
    return source.problem(below(key), "is written as [[" + String.join(".", keys) + "]]");
  }

  /** A failure at {@code key}. */
  RealizeException.Invalid problem(String key, String message) {
    return source.problem(below(key), message);
  }

  private <T> T parse(List<Object> at, JsonNode value, Parser<T> parser)
      throws RealizeException.Invalid {
    if (!value.isTextual()) {
      throw source.problem(at, "is a string: \"…\"");
    }
    try {
      return parser.parse(value.textValue());
    } catch (IllegalArgumentException | RealizeException e) {
      throw source.problem(at, String.valueOf(e.getMessage()));
    }
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

  private static String nearest(String key, List<String> known) {
    Function<String, Integer> distance = candidate -> distance(key, candidate);
    return known.stream().min(Comparator.comparing(distance)).orElseThrow();
  }

  /** Levenshtein's edit distance. */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replace = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replace, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[b.length()];
  }
}
