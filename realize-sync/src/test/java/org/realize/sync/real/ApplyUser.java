package org.realize.sync.real;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Disk;
import org.realize.sync.port.FileStat.Kind;
import org.realize.sync.testing.OpenUserFile;
import org.realize.sync.testing.UserFiles;

/**
 * A user who does things to one file, and who remembers which of the contents that were written he
 * has not given up himself: those must be found somewhere at the end.
 */
final class ApplyUser {

  /** An action of a user on the file. */
  enum Act {
    WRITES,
    RENAMES_OVER,
    DELETES,
    MAKES_A_DIRECTORY,
    CHANGES_MODE,
    MOVES_AWAY,
    OPENS,
    HELD_WRITES,
    HELD_STORES;

    static Act any(RandomGenerator random) {
      return List.of(values()).get(random.nextInt(values().length));
    }
  }

  static final int LENGTH = 8;

  private final Disk disk;
  private final UserFiles files;
  private String path;
  private final Set<String> live = new TreeSet<>();
  private final Set<Long> givenUp = new TreeSet<>();
  private final Map<Integer, OpenUserFile> held = new HashMap<>();
  private long heldKey;
  private int count;
  private @Nullable String last;
  private boolean isAbsent;

  ApplyUser(Disk disk, UserFiles files, String path, Set<String> old) {
    this.disk = disk;
    this.files = files;
    this.path = path;
    live.addAll(old);
  }

  /** From now on the user does things to another file. */
  void turnTo(String other) {
    path = other;
  }

  /** Contents that the user wrote, or had, and did not give up. */
  Set<String> live() {
    return live;
  }

  /** What the user did last to the name; null where nothing was, or it was removed. */
  @Nullable String last() {
    return last;
  }

  boolean removedIt() {
    return isAbsent;
  }

  /** False if it cannot be done now. */
  boolean does(Act act) throws IOException {
    boolean isFile =
        disk.stat(RelativePath.of(path)).filter(now -> now.kind() == Kind.FILE).isPresent();
    boolean isFree = disk.stat(RelativePath.of(path)).isEmpty();
    return switch (act) {
      case WRITES -> (isFile || isFree) && writes();
      case RENAMES_OVER -> (isFile || isFree) && renamesOver();
      case DELETES -> isFile && deletes();
      case MAKES_A_DIRECTORY -> isFile && makesADirectory();
      case CHANGES_MODE -> isFile && changesMode();
      case MOVES_AWAY -> isFile && movesAway();
      case OPENS -> isFile && opens();
      case HELD_WRITES -> holds(false);
      case HELD_STORES -> holds(true);
    };
  }

  private String next() {
    return "user %03d".formatted(++count);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private String shown() throws IOException {
    return text(files.read(path));
  }

  private void wrote(String content) {
    live.add(content);
    last = content;
    isAbsent = false;
  }

  private boolean writes() throws IOException {
    if (disk.stat(RelativePath.of(path)).isPresent()) {
      live.remove(shown());
    }
    String content = next();
    files.write(path, bytes(content));
    wrote(content);
    return true;
  }

  private void givesUp() throws IOException {
    if (disk.stat(RelativePath.of(path)).isPresent()) {
      live.remove(shown());
      givenUp.add(disk.stat(RelativePath.of(path)).orElseThrow().fileKey());
    }
  }

  private boolean renamesOver() throws IOException {
    givesUp();
    String content = next();
    files.write(path + ".temporary", bytes(content));
    files.rename(path + ".temporary", path);
    wrote(content);
    return true;
  }

  private boolean deletes() throws IOException {
    givesUp();
    files.delete(path);
    last = null;
    isAbsent = true;
    return true;
  }

  private boolean makesADirectory() throws IOException {
    deletes();
    files.createDirectory(path);
    String content = next();
    files.write(path + "/inside", bytes(content));
    live.add(content);
    isAbsent = true;
    return true;
  }

  private boolean changesMode() throws IOException {
    files.mode(path, 0600);
    return true;
  }

  private boolean movesAway() throws IOException {
    files.rename(path, path + ".away" + ++count);
    last = null;
    isAbsent = true;
    return true;
  }

  private boolean opens() throws IOException {
    if (!held.isEmpty()) {
      return false;
    }
    heldKey = disk.stat(RelativePath.of(path)).orElseThrow().fileKey();
    held.put(0, files.open(path));
    return true;
  }

  private boolean holds(boolean isMapped) throws IOException {
    OpenUserFile file = held.get(0);
    if (file == null) {
      return false;
    }
    live.remove(text(file.read()));
    String content = next();
    if (isMapped) {
      file.store(bytes(content));
    } else {
      file.write(bytes(content));
    }
    if (!givenUp.contains(heldKey)) {
      live.add(content);
    }
    return true;
  }

  void closes() throws IOException {
    for (OpenUserFile file : held.values()) {
      file.close();
    }
    held.clear();
  }
}
