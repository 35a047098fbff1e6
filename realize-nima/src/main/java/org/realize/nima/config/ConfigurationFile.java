package org.realize.nima.config;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.realize.nima.tls.PeerKey;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.Mark;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import org.tomlj.Toml;
import org.tomlj.TomlArray;
import org.tomlj.TomlPosition;
import org.tomlj.TomlTable;

/**
 * A node's {@code realize.toml}. Edits add or cut whole tables and leave all other text as it is;
 * what an edit would make is read first, and written only if it is right. A write replaces the file
 * atomically and is durable when the method returns. Two edits at the same moment may lose one of
 * them.
 */
public final class ConfigurationFile {

  /** The name of the file in a node's directory. */
  public static final String NAME = "realize.toml";

  private static final int MAX_BYTES = 1024 * 1024;

  private final Path file;

  private ConfigurationFile(Path file) {
    this.file = file;
  }

  /** The file of the node whose directory this is; it need not exist. */
  public static ConfigurationFile in(Path directory) {
    return new ConfigurationFile(directory.resolve(NAME));
  }

  public Path path() {
    return file;
  }

  /** Reads and checks the whole file; {@code NotFound} when there is none. */
  public Configuration read() throws RealizeException {
    return ConfigurationReader.read(file, text());
  }

  /** Writes the file of a new node; {@code Denied} when there is one already. */
  public void create(PeerName node, List<HostPort> listen, Optional<Path> mount)
      throws RealizeException {
    String action = "create configuration " + file;
    if (Files.exists(file)) {
      throw new RealizeException.Denied(action + ": it exists already");
    }
    StringBuilder text = new StringBuilder("[node]\nname = " + quoted(node.value()) + "\n");
    text.append("listen = ").append(listen.isEmpty() ? "\"off\"" : list(listen)).append('\n');
    mount.ifPresent(path -> text.append("mount = ").append(quoted(path.toString())).append('\n'));
    write(action, text.toString());
  }

  /** Appends a {@code [[peer]]}; {@code Invalid} when name or key are taken. */
  public void addPeer(PeerName name, PeerKey key, List<HostPort> addresses, List<ArenaName> write)
      throws RealizeException {
    StringBuilder table = new StringBuilder("[[peer]]\nname = " + quoted(name.value()) + "\n");
    table.append("pubkey = ").append(quoted(PublicKeyText.format(key))).append('\n');
    if (!addresses.isEmpty()) {
      table.append("addresses = ").append(list(addresses)).append('\n');
    }
    if (!write.isEmpty()) {
      table.append("write = ").append(list(write)).append('\n');
    }
    append("add peer " + name, table.toString());
  }

  /** Appends an {@code [[arena]]}; {@code Invalid} when the name overlaps another's. */
  public void addArena(ArenaName name, Optional<Path> root, Optional<Mark> mark)
      throws RealizeException {
    StringBuilder table = new StringBuilder("[[arena]]\nname = " + quoted(name.value()) + "\n");
    root.ifPresent(path -> table.append("root = ").append(quoted(path.toString())).append('\n'));
    mark.ifPresent(m -> table.append("mark = ").append(quoted(m.toString())).append('\n'));
    append("add arena " + name, table.toString());
  }

  /** Cuts the peer's table; {@code NotFound} when there is no such peer. */
  public void removePeer(PeerName name) throws RealizeException {
    String action = "remove peer " + name;
    String text = text();
    Configuration before = ConfigurationReader.read(file, text);
    List<PeerSettings> left = new ArrayList<>(before.peers());
    int index = left.stream().map(PeerSettings::name).toList().indexOf(name);
    if (index < 0) {
      throw new RealizeException.NotFound(action + ": no such peer in " + file);
    }
    left.remove(index);
    String cut = withoutPeer(text, index);
    if (!checked(action, cut)
        .equals(new Configuration(file, before.node(), left, before.arenas(), before.store()))) {
      throw new RealizeException.Invalid(
          action + ": its table cannot be cut out, edit the file by hand");
    }
    write(action, cut);
  }

  private void append(String action, String table) throws RealizeException {
    String text = text();
    String gap = text.isEmpty() ? "" : text.endsWith("\n") ? "\n" : "\n\n";
    write(action, text + gap + table);
  }

  private Configuration checked(String action, String text) throws RealizeException.Invalid {
    try {
      return ConfigurationReader.read(file, text);
    } catch (RealizeException.Invalid e) {
      throw new RealizeException.Invalid(action, e);
    }
  }

  private void write(String action, String text) throws RealizeException {
    checked(action, text);
    try {
      AtomicFile.write(file, text);
    } catch (IOException e) {
      throw new RealizeException.StorageFailed(action + ": write " + file, e);
    }
  }

  private String text() throws RealizeException {
    String action = "read configuration " + file;
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw new RealizeException.Invalid(action + ": larger than 1 MiB");
      }
      return Files.readString(file);
    } catch (NoSuchFileException e) {
      throw new RealizeException.NotFound(action + ": no such file; 'realize init' makes one");
    } catch (CharacterCodingException e) {
      throw new RealizeException.Invalid(action + ": not UTF-8", e);
    } catch (IOException e) {
      throw new RealizeException.StorageFailed(action, e);
    }
  }

  /**
   * {@code text} without the tables of a peer that have headers, their direct comments (those
   * without an empty line between) and the empty lines before them.
   */
  private static String withoutPeer(String text, int index) {
    List<String> lines = text.lines().toList();
    TomlTable top = Toml.parse(text);
    NavigableSet<Integer> headers = new TreeSet<>();
    addHeaders(lines, top, TomlPosition.positionAt(1, 1), headers);
    TomlArray peers = top.getArrayOrEmpty("peer");
    NavigableSet<Integer> cut = new TreeSet<>();
    addHeaders(lines, peers.get(index), peers.inputPositionOf(index), cut);
    Set<Integer> gone = new HashSet<>();
    for (int header : cut) {
      Integer next = headers.higher(header);
      int to = next == null ? lines.size() + 1 : firstCommentAbove(lines, next);
      IntStream.range(firstCommentAbove(lines, header), to).forEach(gone::add);
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
    String end = text.contains("\r\n") ? "\r\n" : "\n";
    return kept.stream().map(line -> line + end).collect(Collectors.joining());
  }

  /** Adds the lines of the headers of tables at and below {@code value}. */
  private static void addHeaders(
      List<String> lines, Object value, TomlPosition position, Set<Integer> headers) {
    if (value instanceof TomlTable table) {
      int column = position.column() - 1;
      String line = lines.get(position.line() - 1);
      if (line.startsWith("[", column) && line.substring(0, column).isBlank()) {
        headers.add(position.line());
      }
      for (Map.Entry<String, Object> entry : table.entrySet()) {
        TomlPosition below = Objects.requireNonNull(table.inputPositionOf(List.of(entry.getKey())));
        addHeaders(lines, entry.getValue(), below, headers);
      }
    } else if (value instanceof TomlArray array) {
      for (int i = 0; i < array.size(); i++) {
        addHeaders(lines, array.get(i), array.inputPositionOf(i), headers);
      }
    }
  }

  private static int firstCommentAbove(List<String> lines, int line) {
    int first = line;
    while (first > 1 && lines.get(first - 2).strip().startsWith("#")) {
      first--;
    }
    return first;
  }

  private static String list(List<?> values) {
    return values.stream()
        .map(value -> quoted(value.toString()))
        .collect(Collectors.joining(", ", "[", "]"));
  }

  /** A basic string of TOML. */
  private static String quoted(String text) {
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
