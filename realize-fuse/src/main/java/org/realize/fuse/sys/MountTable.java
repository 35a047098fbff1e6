package org.realize.fuse.sys;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A snapshot of the mounts that this process sees, as {@code /proc/self/mountinfo} lists them:
 * lowest first where mounts are stacked.
 */
public final class MountTable {

  /** The file system type of every mount of ours. */
  public static final String OUR_TYPE = "fuse.realize";

  private static final Path SOURCE = Path.of("/proc/self/mountinfo");

  private final List<MountEntry> entries;

  private MountTable(List<MountEntry> entries) {
    this.entries = List.copyOf(entries);
  }

  /**
   * One mount.
   *
   * @param device the {@code major:minor} of its file system
   */
  public record MountEntry(String device, Path mountPoint, String type) {

    public boolean isOurs() {
      return type.equals(OUR_TYPE);
    }
  }

  public static MountTable read() throws IOException {
    return parse(Files.readAllLines(SOURCE));
  }

  /** Parses lines of mountinfo; lines of another shape are passed over. */
  static MountTable parse(List<String> lines) {
    List<MountEntry> entries = new ArrayList<>();
    for (String line : lines) {
      int separator = line.indexOf(" - ");
      if (separator < 0) {
        continue;
      }
      String[] before = line.substring(0, separator).split(" ", -1);
      String[] after = line.substring(separator + 3).split(" ", -1);
      if (before.length >= 5) {
        entries.add(new MountEntry(before[2], Path.of(unescape(before[4])), after[0]));
      }
    }
    return new MountTable(entries);
  }

  /** The mounts at exactly {@code mountPoint}, the visible one last. */
  public List<MountEntry> at(Path mountPoint) {
    return entries.stream().filter(entry -> entry.mountPoint().equals(mountPoint)).toList();
  }

  /** Resolves the kernel's {@code \ooo} for space, tab, newline and backslash. */
  private static String unescape(String text) {
    if (text.indexOf('\\') < 0) {
      return text;
    }
    StringBuilder plain = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) == '\\' && i + 3 < text.length()) {
        plain.append((char) Integer.parseInt(text.substring(i + 1, i + 4), 8));
        i += 3;
      } else {
        plain.append(text.charAt(i));
      }
    }
    return plain.toString();
  }
}
