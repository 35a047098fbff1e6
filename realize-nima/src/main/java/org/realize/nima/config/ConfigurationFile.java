package org.realize.nima.config;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.realize.nima.config.NamedTable.TableKind;
import org.realize.nima.tls.PeerKey;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.Mark;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;

/**
 * A node's {@code realize.toml}. Edits add, change or remove tables and leave all other text as it
 * is; what an edit would make is read first, and written only if it is valid. A write replaces the
 * file atomically and is durable when the method returns. Two edits at the same moment may lose one
 * of them.
 */
public final class ConfigurationFile {

  /** The name of the file in a node's directory. */
  public static final String NAME = "realize.toml";

  private static final int MAX_BYTES = 1024 * 1024;

  /** An error message with its place: {@code FILE:LINE: what}. */
  private static final Pattern PLACE = Pattern.compile("(.*):([0-9]{1,9}): (.*)", Pattern.DOTALL);

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
    List<KeyChange> keys = new ArrayList<>();
    keys.add(KeyChange.ofText("pubkey", PublicKeyText.format(key)));
    keys.add(KeyChange.ofTexts("addresses", addresses));
    keys.add(KeyChange.ofTexts("write", write));
    add(NamedTable.of(name), keys);
  }

  /** Appends a {@code [[peer]]} with this access, which may move nothing; as the other one else. */
  public void addPeer(PeerName name, PeerKey key, List<HostPort> addresses, PeerAccess access)
      throws RealizeException {
    List<KeyChange> keys = new ArrayList<>();
    keys.add(KeyChange.ofText("pubkey", PublicKeyText.format(key)));
    keys.add(KeyChange.ofTexts("addresses", addresses));
    access.arenas().map(TomlEdit::list).ifPresent(only -> keys.add(keyOf("arenas", only)));
    if (access.role() != Role.BOTH) {
      String role = access.role().name().toLowerCase(Locale.ROOT);
      keys.add(KeyChange.ofText("role", role));
    }
    add(NamedTable.of(name), keys);
  }

  private static KeyChange keyOf(String key, String value) {
    return new KeyChange(key, Optional.of(value));
  }

  /** Appends an {@code [[arena]]}; {@code Invalid} when the name overlaps another's. */
  public void addArena(ArenaName name, Optional<Path> root, Optional<Mark> mark)
      throws RealizeException {
    List<KeyChange> keys = new ArrayList<>();
    root.ifPresent(path -> keys.add(KeyChange.ofText("root", path.toString())));
    mark.ifPresent(chosen -> keys.add(KeyChange.ofText("mark", chosen.toString())));
    add(NamedTable.of(name), keys);
  }

  private void add(NamedTable table, List<KeyChange> keys) throws RealizeException {
    String action = "add " + table;
    String text = text();
    if (table.index(ConfigurationReader.read(file, text)) >= 0) {
      throw new RealizeException.Invalid(
          "%s: it is there already; 'realize %s set' changes it".formatted(action, table.kind()));
    }
    StringBuilder whole = new StringBuilder(text);
    whole.append(text.isEmpty() ? "" : text.endsWith("\n") ? "\n" : "\n\n");
    whole.append("[[%s]]\nname = %s\n".formatted(table.kind(), TomlEdit.quoted(table.name())));
    for (KeyChange key : keys) {
      key.value().ifPresent(value -> whole.append(key.key() + " = " + value + "\n"));
    }
    try {
      ConfigurationReader.read(file, whole.toString());
    } catch (RealizeException.Invalid e) {
      throw new RealizeException.Invalid(action + ": " + withoutPlace(e, text.lines().count()));
    }
    write(action, whole.toString());
  }

  /** The message, without its place where that is a line after {@code lines}: it is not written. */
  private String withoutPlace(RealizeException.Invalid wrong, long lines) {
    String message = String.valueOf(wrong.getMessage());
    Matcher place = PLACE.matcher(message);
    boolean isNew =
        place.matches()
            && place.group(1).equals(file.toString())
            && Long.parseLong(place.group(2)) > lines;
    return isNew ? place.group(3) : message;
  }

  /**
   * Removes a table, and an arena's name from the {@code arenas} and {@code write} of all peers;
   * {@code NotFound} when it is not there, {@code Invalid} when only a person can remove it.
   */
  public void remove(NamedTable table) throws RealizeException {
    String action = "remove " + table;
    String text = text();
    if (table.kind() == TableKind.ARENA) {
      text = withoutShares(new ArenaName(table.name()), text);
    }
    Configuration before = ConfigurationReader.read(file, text);
    String cut = new TomlEdit(text, table.kind().toString(), index(action, before, table)).cut();
    if (!checked(action, cut).equals(table.cutFrom(before))) {
      throw new RealizeException.Invalid(
          action + ": its table cannot be removed, edit the file by hand");
    }
    write(action, cut);
  }

  /** A peer whose only shared arena this was has an empty list then. */
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

  /** Changes keys of a table; {@code NotFound} when it is not there. */
  public void set(NamedTable table, List<KeyChange> changes) throws RealizeException {
    String action = "set " + table;
    String text = text();
    int index = index(action, ConfigurationReader.read(file, text), table);
    for (KeyChange change : changes) {
      try {
        text =
            new TomlEdit(text, table.kind().toString(), index).with(change.key(), change.value());
      } catch (RealizeException.Invalid e) {
        throw new RealizeException.Invalid(action, e);
      }
    }
    write(action, text);
  }

  private int index(String action, Configuration in, NamedTable table) throws RealizeException {
    int index = table.index(in);
    if (index < 0) {
      throw new RealizeException.NotFound(
          "%s: no such %s in %s".formatted(action, table.kind(), file));
    }
    return index;
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
    if (text.getBytes(StandardCharsets.UTF_8).length > MAX_BYTES) {
      throw new RealizeException.Invalid(action + ": " + file + " would be larger than 1 MiB");
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
      throw new RealizeException.Invalid(action + ": not UTF-8");
    } catch (IOException e) {
      throw new RealizeException.StorageFailed(action, e);
    }
  }
}
