package org.realize.store.disk;

import static java.nio.file.StandardWatchEventKinds.ENTRY_CREATE;
import static java.nio.file.StandardWatchEventKinds.ENTRY_DELETE;
import static java.nio.file.StandardWatchEventKinds.ENTRY_MODIFY;
import static java.nio.file.StandardWatchEventKinds.OVERFLOW;

import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.realize.sync.index.NoChangeSource;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.ChangeSource;

/**
 * Changes of a local tree as the kernel's inotify reports them, by the JDK's watch service.
 *
 * <p>inotify watches directories, not paths: a watch follows its directory when that is renamed, so
 * the path of each watch is kept here and corrected by the next {@link #watch} of the same
 * directory, which its new parent's hint leads to. What happens in a new directory before it is
 * watched is found by the listing that the consumer makes after {@code watch}. Lost events (the
 * queue of the kernel, or of one directory) become {@link Hint.Lost}; a directory that the kernel's
 * limit leaves out becomes {@link Hint.Unwatched}. The names on the way to the root, a symbolic
 * link too, are watched where this may be: a root that is moved or replaced is lost.
 *
 * <p>{@code take} belongs to one thread; {@code watch} and {@code close} may be called from any.
 */
public final class WatchServiceChangeSource implements ChangeSource {

  /** One {@code take} stops collecting at this many changes; it may exceed it by one directory. */
  private static final int MAX_CHANGES = 4096;

  private final Path root;
  private final WatchService service;

  // guarded by this
  private Path realRoot;
  private final Map<WatchKey, RelativePath> directories = new HashMap<>();
  private final Map<RelativePath, WatchKey> keys = new HashMap<>();

  /** Names in directories above the root that lead to it. */
  private final Map<WatchKey, Set<Path>> above = new HashMap<>();

  private final Set<Hint> pending = new LinkedHashSet<>();

  /**
   * Watches nothing yet. Throws {@link IOException} when the kernel's limit of inotify instances is
   * reached.
   */
  public WatchServiceChangeSource(Path root) throws IOException {
    this.root = root.toAbsolutePath().normalize();
    this.realRoot = this.root;
    this.service = root.getFileSystem().newWatchService();
  }

  /** Watches {@code root} or, where the kernel allows no more, says that nothing is watched. */
  public static ChangeSource open(Path root) {
    try {
      return new WatchServiceChangeSource(root);
    } catch (IOException refused) {
      return new NoChangeSource(String.valueOf(refused.getMessage()));
    }
  }

  @Override
  public List<Hint> take(Duration timeout) throws InterruptedException {
    Set<Hint> changes = takePending();
    try {
      WatchKey key =
          changes.isEmpty()
              ? service.poll(timeout.toNanos(), java.util.concurrent.TimeUnit.NANOSECONDS)
              : service.poll();
      while (key != null) {
        collect(key, changes);
        key = changes.size() < MAX_CHANGES ? service.poll() : null;
      }
    } catch (ClosedWatchServiceException closed) {
      return List.copyOf(changes);
    }
    changes.addAll(takePending());
    return List.copyOf(changes);
  }

  private synchronized Set<Hint> takePending() {
    Set<Hint> taken = new LinkedHashSet<>(pending);
    pending.clear();
    return taken;
  }

  private synchronized void collect(WatchKey key, Set<Hint> changes) {
    RelativePath directory = directories.get(key);
    List<WatchEvent<?>> events = key.pollEvents();
    boolean valid = key.reset();
    Set<Path> names = above.get(key);
    if (names != null && events.stream().anyMatch(event -> leadsToRoot(names, event))) {
      changes.add(new Hint.Lost(RelativePath.ROOT, "the root was moved or replaced"));
    }
    if (directory == null) {
      return;
    }
    for (WatchEvent<?> event : events) {
      changes.add(change(directory, event));
    }
    if (!valid) {
      directories.remove(key);
      keys.remove(directory, key);
      changes.add(new Hint.Lost(directory, "the directory is gone or its disk was unmounted"));
    }
  }

  private static Hint change(RelativePath directory, WatchEvent<?> event) {
    if (event.kind().equals(OVERFLOW)) {
      return new Hint.Lost(directory, "the kernel reported more changes than were read");
    }
    RelativePath path = event.context() instanceof Path name ? child(directory, name) : null;
    if (path == null) {
      return new Hint.Touched(directory);
    }
    return event.kind().equals(ENTRY_DELETE) ? new Hint.Removed(path) : new Hint.Touched(path);
  }

  private static boolean leadsToRoot(Set<Path> names, WatchEvent<?> event) {
    return event.kind().equals(OVERFLOW)
        || (event.context() instanceof Path name && names.contains(name));
  }

  /** Null for names that are not valid UTF-8: their directory must be looked at. */
  private static @Nullable RelativePath child(RelativePath directory, Path name) {
    String text = name.toString();
    try {
      return name.getFileSystem().getPath(text).equals(name) ? directory.child(text) : null;
    } catch (IllegalArgumentException unspeakable) {
      return null;
    }
  }

  @Override
  public void watch(RelativePath directory) {
    try {
      if (directory.isRoot()) {
        watchRoot();
        return;
      }
      Path path = realRoot().resolve(directory.toString());
      BasicFileAttributes attributes =
          Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      if (!attributes.isDirectory()) {
        return;
      }
      register(directory, path);
    } catch (NoSuchFileException | NotDirectoryException gone) {
      // Its parent's hint tells.
    } catch (IOException | InvalidPathException refused) {
      unwatched(directory, String.valueOf(refused.getMessage()));
    } catch (ClosedWatchServiceException closed) {
      // No listener is left.
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
        watchAbove(at.getParent(), at.getFileName());
      }
    }
    register(RelativePath.ROOT, real);
  }

  private synchronized void watchAbove(Path directory, Path name) {
    try {
      WatchKey key = directory.register(service, ENTRY_CREATE, ENTRY_DELETE);
      above.computeIfAbsent(key, k -> new HashSet<>()).add(name);
    } catch (IOException refused) {
      // The user may not read it: the scan from time to time finds a root that was moved there.
    }
  }

  private synchronized void register(RelativePath directory, Path path) throws IOException {
    WatchKey key = path.register(service, ENTRY_CREATE, ENTRY_DELETE, ENTRY_MODIFY);
    directories.put(key, directory);
    WatchKey before = keys.put(directory, key);
    if (before != null
        && !before.equals(key)
        && Objects.equals(directory, directories.get(before))) {
      before.cancel(); // of the directory that was here before
      directories.remove(before);
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
    try {
      service.close();
    } catch (IOException ignored) {
      // The descriptors go with the process; there is nothing left to save.
    }
  }
}
