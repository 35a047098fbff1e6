package org.realize.store.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.realize.sync.index.NoChangeSource;
import org.realize.sync.model.IoCause;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.ChangeSource;
import org.realize.sync.posix.Inotify;

/**
 * Hints of changes in a local tree, from the kernel's inotify. A mapped writer is only seen when it
 * closes the file.
 *
 * <p>inotify watches directories, not paths: a watch follows its directory when that is renamed.
 * The path that is kept here for it is wrong then, until the consumer, upon the hint of the new
 * name, calls {@link #watch} again. What happens in a new directory before it is watched is found
 * by the listing that the consumer makes after {@code watch}. Lost events become {@link Hint.Lost};
 * a directory that cannot be watched becomes {@link Hint.Unwatched}. The names in the root's path
 * and in the path that it resolves to are watched where that is permitted: a root that is moved or
 * replaced is lost.
 *
 * <p>{@code take} belongs to one platform thread; all else may be called from any.
 */
public final class InotifyChangeSource implements ChangeSource {

  private static final int GONE = Inotify.DELETE | Inotify.MOVED_FROM;
  private static final int NAME_EVENTS = GONE | Inotify.CREATE | Inotify.MOVED_TO;
  private static final int ALL_EVENTS =
      NAME_EVENTS | Inotify.MODIFY | Inotify.ATTRIBUTES | Inotify.CLOSE_WRITE;

  private final Path root;
  private final Inotify kernel;

  // guarded by this
  private Path realRoot;
  private final Map<Integer, RelativePath> directories = new HashMap<>();
  private final Map<RelativePath, Integer> watches = new HashMap<>();

  /** Names in directories above the root that lead to it. */
  private final Map<Integer, Set<String>> above = new HashMap<>();

  private final Set<Hint> pending = new LinkedHashSet<>();

  /**
   * Watches nothing yet. Throws {@link IOException} when the kernel's limit of inotify instances is
   * reached.
   */
  public InotifyChangeSource(Path root) throws IOException {
    this.root = root.toAbsolutePath().normalize();
    this.realRoot = this.root;
    this.kernel = Inotify.open();
  }

  /** A source for {@code root}; where the kernel allows no more, one that watches nothing. */
  public static ChangeSource open(Path root) {
    try {
      return new InotifyChangeSource(root);
    } catch (IOException refused) {
      return new NoChangeSource(IoCause.of(refused));
    }
  }

  @Override
  public List<Hint> take(Duration timeout) {
    Set<Hint> changes = takePending();
    int millis = changes.isEmpty() ? Math.toIntExact(timeout.toMillis()) : 0;
    kernel.read(millis, (watch, mask, name) -> collect(watch, mask, name, changes));
    changes.addAll(takePending());
    return List.copyOf(changes);
  }

  private synchronized Set<Hint> takePending() {
    Set<Hint> taken = new LinkedHashSet<>(pending);
    pending.clear();
    return taken;
  }

  private synchronized void collect(int watch, int mask, ByteBuffer bytes, Set<Hint> changes) {
    if ((mask & Inotify.OVERFLOW) != 0) {
      changes.add(
          new Hint.Lost(
              RelativePath.ROOT, "the kernel reported more changes than were read in time"));
      return;
    }
    String name = text(bytes);
    Set<String> names = above.get(watch);
    if (names != null && name != null && names.contains(name) && (mask & NAME_EVENTS) != 0) {
      changes.add(new Hint.Lost(RelativePath.ROOT, "the root was moved or replaced"));
    }
    RelativePath directory = directories.get(watch);
    if (directory == null) {
      return;
    }
    if ((mask & (Inotify.IGNORED | Inotify.UNMOUNT)) != 0) {
      directories.remove(watch);
      watches.remove(directory, watch);
      changes.add(new Hint.Lost(directory, "the directory is gone or its disk was unmounted"));
    } else if (bytes.hasRemaining()) {
      changes.add(change(directory, mask, name));
    }
  }

  private static Hint change(RelativePath directory, int mask, @Nullable String name) {
    if (name == null) {
      return new Hint.Touched(directory); // no valid UTF-8
    }
    RelativePath path = directory.child(name);
    return (mask & GONE) != 0 ? new Hint.Removed(path) : new Hint.Touched(path);
  }

  /** Null for a name that is not valid UTF-8. */
  private static @Nullable String text(ByteBuffer name) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(name.duplicate()).toString();
    } catch (CharacterCodingException e) {
      return null;
    }
  }

  @Override
  public void watch(RelativePath directory) {
    try {
      if (directory.isRoot()) {
        watchRoot();
      } else {
        register(directory, realRoot() + "/" + directory);
      }
    } catch (NoSuchFileException | NotDirectoryException gone) {
      // The hint of its removal tells; of a missing root, the scan.
    } catch (IOException refused) {
      unwatched(directory, IoCause.of(refused));
    }
  }

  private synchronized Path realRoot() {
    return realRoot;
  }

  /** Watches the directory that the root's path leads to now, and every name on the way to it. */
  private void watchRoot() throws IOException {
    Path real = root.toRealPath();
    synchronized (this) {
      realRoot = real;
    }
    for (Path way : List.of(root, real)) {
      for (Path at = way; at.getParent() != null; at = at.getParent()) {
        watchAbove(at.getParent(), at.getFileName().toString());
      }
    }
    register(RelativePath.ROOT, real.toString());
  }

  private synchronized void watchAbove(Path directory, String name) {
    try {
      int watch = kernel.watch(directory.toRealPath().toString(), NAME_EVENTS);
      above.computeIfAbsent(watch, _ -> new HashSet<>()).add(name);
    } catch (IOException refused) {
      // The user may not read it: the periodic scan finds a root that was moved there.
    }
  }

  private synchronized void register(RelativePath directory, String path) throws IOException {
    int watch = kernel.watch(path, ALL_EVENTS);
    directories.put(watch, directory);
    Integer before = watches.put(directory, watch);
    if (before != null && before != watch && directories.remove(before, directory)) {
      kernel.remove(before); // of the directory that was here before
    }
  }

  private synchronized void unwatched(RelativePath directory, String cause) {
    pending.add(new Hint.Unwatched(directory, cause));
  }

  /** How many directories are watched now. */
  public synchronized int watched() {
    return directories.size();
  }

  @Override
  public void close() {
    kernel.close();
  }
}
