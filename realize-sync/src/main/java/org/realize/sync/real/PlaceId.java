package org.realize.sync.real;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.port.Disk;
import org.realize.sync.port.Disk.OpenMode;
import org.realize.sync.port.DiskFile;

/**
 * The contents of the file {@code .realize/id} of a place. It names the directory, so that an
 * emptied, unmounted, copied or foreign one is not taken for the directory that was indexed.
 *
 * @param root random id of the root that the place belongs to
 * @param path the place within the root
 * @param owner the store that indexes it
 * @param machine the machine that the owner runs on
 * @param stamp random, written again at every start; the owner's store has it too
 */
public record PlaceId(
    ArenaName arena, UUID root, RelativePath path, StoreId owner, String machine, UUID stamp) {

  /** The directory of each place that belongs to Realize and is never shared. */
  public static final String OWN_DIRECTORY = ".realize";

  /** Where the file lies in the root of an arena. */
  public static final RelativePath FILE = RelativePath.of(OWN_DIRECTORY).child("id");

  private static final String HEADING = "realize place 1";
  private static final int MAX_BYTES = 32_768;

  /** True if a directory of a place that belongs to Realize is on the path. */
  public static boolean isOwn(RelativePath path) {
    return path.parts().contains(OWN_DIRECTORY);
  }

  /** Where the own directory of a place lies. */
  static RelativePath own(RelativePath place) {
    return place.child(OWN_DIRECTORY);
  }

  /** Empty when there is no such file in {@code place}, or it is not valid. */
  static Optional<PlaceId> read(Disk disk, RelativePath place) throws IOException {
    try (DiskFile file = disk.open(own(place).child("id"), OpenMode.READ)) {
      ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(file.sizeBytes(), MAX_BYTES));
      file.read(bytes, 0);
      return parse(new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8));
    } catch (NoSuchFileException | NotDirectoryException missing) {
      return Optional.empty();
    }
  }

  /** True also where the file is not valid, as one that a later version wrote. */
  static boolean exists(Disk disk, RelativePath place) throws IOException {
    return disk.stat(own(place).child("id")).isPresent();
  }

  private static Optional<PlaceId> parse(String text) {
    List<String> lines = text.lines().toList();
    if (lines.size() != 7 || !lines.getFirst().equals(HEADING)) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new PlaceId(
              new ArenaName(value(lines.get(1), "arena")),
              UUID.fromString(value(lines.get(2), "root")),
              RelativePath.of(unescape(value(lines.get(3), "path"))),
              new StoreId(UUID.fromString(value(lines.get(4), "store"))),
              value(lines.get(5), "machine"),
              UUID.fromString(value(lines.get(6), "stamp"))));
    } catch (IllegalArgumentException notValid) {
      return Optional.empty();
    }
  }

  private static String value(String line, String name) {
    if (!line.startsWith(name + ":")) {
      throw new IllegalArgumentException("no " + name);
    }
    return line.substring(name.length() + 1).strip();
  }

  private String text() {
    return "%s\narena: %s\nroot: %s\npath: %s\nstore: %s\nmachine: %s\nstamp: %s\n"
        .formatted(HEADING, arena, root, escape(path.toString()), owner, machine, stamp);
  }

  /** {@code text} without tabs and line breaks, and without blanks that could be stripped. */
  private static String escape(String text) {
    StringBuilder escaped = new StringBuilder(text.length());
    text.chars()
        .forEach(c -> {
          if (c <= ' ' || c == '\\' || Character.isWhitespace(c) || c == 0x85) {
            escaped.append(String.format("\\%04x", c));
          } else {
            escaped.append((char) c);
          }
        });
    return escaped.toString();
  }

  private static String unescape(String text) {
    StringBuilder plain = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) == '\\' && i + 5 <= text.length()) {
        plain.append((char) Integer.parseInt(text.substring(i + 1, i + 5), 16));
        i += 4;
      } else {
        plain.append(text.charAt(i));
      }
    }
    return plain.toString();
  }

  /** Replaces the file durably; a crash leaves the old one or this. */
  void write(Disk disk) throws IOException {
    RelativePath own = own(path);
    RelativePath temporary = own.child("id.new");
    if (disk.stat(own).isEmpty()) {
      disk.createDirectory(own);
      disk.forceDirectory(path);
    }
    if (disk.stat(temporary).isPresent()) {
      disk.delete(temporary);
    }
    try (DiskFile file = disk.open(temporary, OpenMode.CREATE_NEW)) {
      file.write(ByteBuffer.wrap(text().getBytes(StandardCharsets.UTF_8)), 0);
    }
    disk.publish(temporary, own.child("id"));
  }
}
