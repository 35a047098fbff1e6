package org.realize.sync.view;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.realize.sync.arena.Arena;
import org.realize.sync.arena.PathMarks;
import org.realize.sync.model.Content;
import org.realize.sync.model.Inode;
import org.realize.sync.model.Mark;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.CallFailed;
import org.realize.sync.model.RealizeException.NotFound;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.model.Version;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.Blob;
import org.realize.sync.port.Node;
import org.realize.sync.port.PathState;
import org.realize.sync.port.PeerDirectory;
import org.realize.sync.port.PeerLink;
import org.realize.sync.port.Report;
import org.realize.sync.posix.Errno;
import org.realize.sync.rules.Availability;
import org.realize.sync.rules.Marks;
import org.realize.sync.rules.Maxima;

/**
 * The extended attributes {@code user.realize.*} that tell what this machine knows of a path.
 *
 * <ul>
 *   <li>{@code status}: {@code local} (a real file, or no bytes to keep), {@code verified} (whole
 *       in the cache), {@code cached N%}, {@code remote}, {@code unavailable} (no peer has it any
 *       more)
 *   <li>{@code version}: kind, hash, size and vector of what is shown; {@code versions}: of every
 *       current version, one a line, the shown one first
 *   <li>{@code peers}: who has the shown bytes, one a line
 *   <li>{@code mark}: the mark, and whether it is inherited; the only one that programs can set
 * </ul>
 */
final class StatusAttributes {

  private static final String PREFIX = "user.realize.";

  private static final String MARK = "mark";

  private final Arena arena;
  private final PathMarks marks;
  private final PeerDirectory peers;

  StatusAttributes(PathMarks marks, PeerDirectory peers) {
    this.arena = marks.arena();
    this.marks = marks;
    this.peers = peers;
  }

  /** True if the attribute is one of these, whether or not it has a value. */
  static boolean has(String attribute) {
    return attribute.startsWith(PREFIX);
  }

  /** The value of {@code attribute} at {@code inode}; empty when there is none of that name. */
  Optional<byte[]> value(Inode inode, String attribute) throws RealizeException {
    return has(attribute)
        ? value(arena.store().<RelativePath>read(r -> path(r, inode)), attribute)
        : Optional.empty();
  }

  /** As the other, of a path that is shown. */
  Optional<byte[]> value(RelativePath path, String attribute) throws RealizeException {
    String text =
        switch (attribute.substring(PREFIX.length())) {
          case "status" -> status(path);
          case "version" -> version(path);
          case "versions" -> versions(path);
          case "peers" -> peers(path);
          case MARK -> mark(path);
          default -> null;
        };
    return Optional.ofNullable(text).map(t -> t.getBytes(StandardCharsets.UTF_8));
  }

  private static RelativePath path(ArenaReader reader, Inode inode) throws RealizeException {
    return reader
        .pathOf(inode)
        .orElseThrow(() -> new NotFound("no " + inode + " in " + reader.arena()));
  }

  private Optional<PathState> state(RelativePath path) throws RealizeException {
    return arena.store().read(r -> r.path(path));
  }

  private String status(RelativePath path) throws RealizeException {
    Optional<Node> node = arena.store().read(r -> Optional.ofNullable(RootedNames.find(r, path)));
    Optional<PathState> state = state(path);
    if (node.isEmpty() || state.isEmpty() || !(node.get().content() instanceof Content.File file)) {
      return "local";
    }
    if (state.get().isReal(file)) {
      return "local";
    }
    long cached = cachedBytes(file);
    if (cached == file.sizeBytes()) {
      return "verified";
    }
    if (cached > 0) {
      return "cached " + Math.max(1, cached * 100 / file.sizeBytes()) + "%";
    }
    return Availability.holders(state.get(), file).isEmpty() ? "unavailable" : "remote";
  }

  private long cachedBytes(Content.File file) throws RealizeException {
    Optional<Blob> found = arena.blobs().find(file.hash());
    if (found.isEmpty()) {
      return 0;
    }
    try (Blob blob = found.get()) {
      return blob.readable().lengthBytes();
    }
  }

  private String version(RelativePath path) throws RealizeException {
    return state(path).map(state -> text(state.shown())).orElse("");
  }

  private String versions(RelativePath path) throws RealizeException {
    Optional<PathState> state = state(path);
    if (state.isEmpty()) {
      return "";
    }
    Version shown = state.get().shown();
    List<Version> known = new ArrayList<>(List.of(shown));
    for (Report report : state.get().reports().values()) {
      report.versions().forEach(reported -> known.add(reported.version()));
    }
    List<String> lines = new ArrayList<>(List.of(text(shown)));
    for (Version version : Maxima.of(known)) {
      if (!version.content().equals(shown.content())) {
        lines.add(text(version));
      }
    }
    return String.join("\n", lines);
  }

  private static String text(Version version) {
    String content =
        switch (version.content()) {
          case Content.File file -> "file " + file.hash() + " " + file.sizeBytes();
          case Content.Directory _ -> "directory";
          case Content.Link link -> "link " + link.target();
          case Content.Absent _ -> "deleted";
        };
    return content + " " + version.vector();
  }

  /** Connected holders by our names for them, the others by their store. */
  private String peers(RelativePath path) throws RealizeException {
    Optional<PathState> state = state(path);
    if (state.isEmpty()) {
      return "";
    }
    SortedSet<StoreId> away = new TreeSet<>(Availability.holders(state.get()));
    SortedSet<String> lines = new TreeSet<>();
    for (PeerLink link : peers.links()) {
      if (away.remove(link.identity().store())) {
        lines.add(link.peer().value());
      }
    }
    List<String> all = new ArrayList<>(lines);
    away.forEach(store -> all.add(peers.name(store) + " (not connected)"));
    return String.join("\n", all);
  }

  private String mark(RelativePath path) throws RealizeException {
    Marks now = marks.now();
    return now.of(path) + (now.isSetOn(path) ? "" : " (inherited)");
  }

  /** As the other, of the path that {@code inode} is shown at. */
  void set(Inode inode, String attribute, byte @Nullable [] value, AttributeSetting setting)
      throws RealizeException {
    set(arena.store().<RelativePath>read(r -> path(r, inode)), attribute, value, setting);
  }

  /**
   * Sets or removes the mark of a path, as {@code realize mark} does. A mark that is inherited
   * counts as absent. EINVAL for what is no mark, EPERM for another attribute.
   *
   * @param value {@code watch}, {@code keep} or {@code own}; null to remove the mark
   */
  void set(RelativePath path, String attribute, byte @Nullable [] value, AttributeSetting setting)
      throws RealizeException {
    if (!attribute.equals(PREFIX + MARK)) {
      throw new CallFailed("set the attribute " + attribute, Errno.EPERM);
    }
    boolean isSet = marks.now().isSetOn(path);
    if (!isSet && (value == null || setting == AttributeSetting.EXISTING)) {
      throw new CallFailed("'" + path + "' has no mark of its own", Errno.ENODATA);
    }
    if (isSet && setting == AttributeSetting.NEW) {
      throw new CallFailed("'" + path + "' has a mark of its own", Errno.EEXIST);
    }
    List<RelativePath> paths = List.of(path);
    if (value == null) {
      marks.put(paths, null);
    } else {
      Mark mark = parse(value);
      marks.checkSet(paths);
      marks.put(paths, mark);
    }
  }

  private static Mark parse(byte[] value) throws CallFailed {
    try {
      return Mark.parse(new String(value, StandardCharsets.UTF_8));
    } catch (IllegalArgumentException e) {
      throw new CallFailed("set the mark: " + e.getMessage(), Errno.EINVAL);
    }
  }
}
