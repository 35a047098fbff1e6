package org.realize.nima.config;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.realize.nima.tls.PeerKey;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.Mark;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;

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
    List<PeerSettings> peers = ConfigurationReader.read(file, text).peers();
    List<PeerName> names = peers.stream().map(PeerSettings::name).toList();
    int index = names.indexOf(name);
    if (index < 0) {
      throw new RealizeException.NotFound(action + ": no such peer in " + file);
    }
    write(action, without(action, text, List.of("peer", index)));
  }

  private void append(String action, String table) throws RealizeException {
    String text = text();
    String gap = text.isEmpty() ? "" : text.endsWith("\n") ? "\n" : "\n\n";
    write(action, text + gap + table);
  }

  private void write(String action, String text) throws RealizeException {
    try {
      ConfigurationReader.read(file, text);
    } catch (RealizeException.Invalid e) {
      throw new RealizeException.Invalid(action, e);
    }
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
   * {@code text} without the tables at or below {@code path}, their direct comments (those without
   * an empty line between) and the empty lines before them.
   */
  private static String without(String action, String text, List<Object> path)
      throws RealizeException.Invalid {
    TomlOutline outline = TomlOutline.of(text);
    List<String> lines = outline.lines();
    List<TomlOutline.Block> cut =
        outline.blocks().stream()
            .filter(block -> TomlOutline.startsWith(block.path(), path))
            .toList();
    if (cut.isEmpty()) {
      throw new RealizeException.Invalid(
          action + ": its table has no [[" + path.getFirst() + "]] header, edit the file by hand");
    }
    Set<Integer> gone = new HashSet<>();
    for (TomlOutline.Block block : cut) {
      int end = block.endLine();
      int to = end > lines.size() ? end : firstCommentAbove(lines, end);
      IntStream.range(firstCommentAbove(lines, block.headerLine()), to).forEach(gone::add);
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
    return kept.stream().map(line -> line + "\n").collect(Collectors.joining());
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
