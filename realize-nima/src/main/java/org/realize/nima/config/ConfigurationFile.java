package org.realize.nima.config;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.realize.nima.tls.PeerKey;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.Mark;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;

/**
 * A node's {@code realize.toml}. Edits add, change or cut tables and leave all other text as it is;
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
    StringBuilder text =
        new StringBuilder("[node]\nname = " + TomlEdit.quoted(node.value()) + "\n");
    text.append("listen = ")
        .append(listen.isEmpty() ? "\"off\"" : TomlEdit.list(listen))
        .append('\n');
    mount.ifPresent(
        path -> text.append("mount = ").append(TomlEdit.quoted(path.toString())).append('\n'));
    write(action, text.toString());
  }

  /** Appends a {@code [[peer]]}; {@code Invalid} when name or key are taken. */
  public void addPeer(PeerName name, PeerKey key, List<HostPort> addresses, List<ArenaName> write)
      throws RealizeException {
    StringBuilder table =
        new StringBuilder("[[peer]]\nname = " + TomlEdit.quoted(name.value()) + "\n");
    table.append("pubkey = ").append(TomlEdit.quoted(PublicKeyText.format(key))).append('\n');
    if (!addresses.isEmpty()) {
      table.append("addresses = ").append(TomlEdit.list(addresses)).append('\n');
    }
    if (!write.isEmpty()) {
      table.append("write = ").append(TomlEdit.list(write)).append('\n');
    }
    append("add peer " + name, table.toString());
  }

  /** Appends an {@code [[arena]]}; {@code Invalid} when the name overlaps another's. */
  public void addArena(ArenaName name, Optional<Path> root, Optional<Mark> mark)
      throws RealizeException {
    StringBuilder table =
        new StringBuilder("[[arena]]\nname = " + TomlEdit.quoted(name.value()) + "\n");
    root.ifPresent(
        path -> table.append("root = ").append(TomlEdit.quoted(path.toString())).append('\n'));
    mark.ifPresent(m -> table.append("mark = ").append(TomlEdit.quoted(m.toString())).append('\n'));
    append("add arena " + name, table.toString());
  }

  /** Cuts the peer's table; {@code NotFound} when there is no such peer. */
  public void removePeer(PeerName name) throws RealizeException {
    String action = "remove peer " + name;
    String text = text();
    Configuration before = ConfigurationReader.read(file, text);
    List<PeerSettings> left = new ArrayList<>(before.peers());
    int index = peer(action, before, name);
    left.remove(index);
    Configuration after =
        new Configuration(file, before.node(), left, before.arenas(), before.store());
    cut(action, new TomlEdit(text, "peer", index), after);
  }

  /**
   * Cuts the arena's table, and its name out of what peers may see and move; {@code NotFound} when
   * there is no such arena.
   */
  public void removeArena(ArenaName name) throws RealizeException {
    String action = "remove arena " + name;
    String text = withoutShares(name, text());
    Configuration before = ConfigurationReader.read(file, text);
    List<ArenaSettings> left = new ArrayList<>(before.arenas());
    int index = arena(action, before, name);
    left.remove(index);
    Configuration after =
        new Configuration(file, before.node(), before.peers(), left, before.store());
    cut(action, new TomlEdit(text, "arena", index), after);
  }

  /** A peer that was shared this arena only is shared none then. */
  private String withoutShares(ArenaName name, String before) throws RealizeException {
    String text = before;
    List<PeerSettings> peers = ConfigurationReader.read(file, before).peers();
    for (int i = 0; i < peers.size(); i++) {
      List<ArenaName> write = peers.get(i).write();
      if (write.contains(name)) {
        text = new TomlEdit(text, "peer", i).with("write", Optional.of(without(write, name)));
      }
      List<ArenaName> shared = peers.get(i).arenas().orElse(List.of());
      if (shared.contains(name)) {
        text = new TomlEdit(text, "peer", i).with("arenas", Optional.of(without(shared, name)));
      }
    }
    return text;
  }

  private static String without(List<ArenaName> names, ArenaName name) {
    return TomlEdit.list(names.stream().filter(each -> !each.equals(name)).toList());
  }

  private void cut(String action, TomlEdit edit, Configuration after) throws RealizeException {
    String cut = edit.cut();
    if (!checked(action, cut).equals(after)) {
      throw new RealizeException.Invalid(
          action + ": its table cannot be cut out, edit the file by hand");
    }
    write(action, cut);
  }

  /**
   * A key of a table with its new value.
   *
   * @param key {@code mark}, or {@code cache.max}
   * @param value in TOML; empty: the key is taken out
   */
  public record KeyChange(String key, Optional<String> value) {

    /** A string; an empty one takes the key out. */
    public static KeyChange ofText(String key, String text) {
      return new KeyChange(key, Optional.of(text).filter(t -> !t.isEmpty()).map(TomlEdit::quoted));
    }

    /** A list of strings; one that is empty, or has an empty string only, takes the key out. */
    public static KeyChange ofTexts(String key, List<?> texts) {
      List<String> strings = texts.stream().map(Object::toString).toList();
      boolean isOut = strings.isEmpty() || strings.equals(List.of(""));
      return new KeyChange(key, isOut ? Optional.empty() : Optional.of(TomlEdit.list(strings)));
    }

    /** A number. */
    public static KeyChange ofNumber(String key, long number) {
      return new KeyChange(key, Optional.of(Long.toString(number)));
    }
  }

  /** Changes keys of the peer's table; {@code NotFound} when there is no such peer. */
  public void setPeer(PeerName name, List<KeyChange> changes) throws RealizeException {
    String action = "set peer " + name;
    String text = text();
    int index = peer(action, ConfigurationReader.read(file, text), name);
    set(action, text, "peer", index, changes);
  }

  /** Changes keys of the arena's table; {@code NotFound} when there is no such arena. */
  public void setArena(ArenaName name, List<KeyChange> changes) throws RealizeException {
    String action = "set arena " + name;
    String text = text();
    int index = arena(action, ConfigurationReader.read(file, text), name);
    set(action, text, "arena", index, changes);
  }

  private void set(String action, String before, String array, int index, List<KeyChange> changes)
      throws RealizeException {
    String text = before;
    for (KeyChange change : changes) {
      try {
        text = new TomlEdit(text, array, index).with(change.key(), change.value());
      } catch (RealizeException.Invalid e) {
        throw new RealizeException.Invalid(action, e);
      }
    }
    write(action, text);
  }

  private int peer(String action, Configuration in, PeerName name) throws RealizeException {
    int index = in.peers().stream().map(PeerSettings::name).toList().indexOf(name);
    if (index < 0) {
      throw new RealizeException.NotFound(action + ": no such peer in " + file);
    }
    return index;
  }

  private int arena(String action, Configuration in, ArenaName name) throws RealizeException {
    int index = in.arenas().stream().map(ArenaSettings::name).toList().indexOf(name);
    if (index < 0) {
      throw new RealizeException.NotFound(action + ": no such arena in " + file);
    }
    return index;
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
}
