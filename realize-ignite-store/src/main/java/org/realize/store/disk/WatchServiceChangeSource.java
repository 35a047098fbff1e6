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
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
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
 * queue of the kernel, or of one directory) become {@link Change.Lost}; a directory that the
 * kernel's limit leaves out becomes {@link Change.Unwatched}.
 *
 * <p>The root may be a symbolic link: the directory that it leads to is watched.
 *
 * <p>{@code take} belongs to one thread; {@code watch} and {@code close} may be called from any.
 */
public final class WatchServiceChangeSource implements ChangeSource {

  /** One {@code take} stops collecting at this many changes; it may exceed it by one directory. */
  private static final int MAX_CHANGES = 4096;

  private final Path root;
  private final WatchService service;

  // guarded by this
  private final Map<WatchKey, RelativePath> directories = new HashMap<>();
  private final Set<Change> pending = new LinkedHashSet<>();

  /**
   * Watches nothing yet. Throws {@link IOException} when the kernel's limit of inotify instances is
   * reached.
   */
  public WatchServiceChangeSource(Path root) throws IOException {
    this.root = root;
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
  public List<Change> take(Duration timeout) throws InterruptedException {
    Set<Change> changes = takePending();
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

  private synchronized Set<Change> takePending() {
    Set<Change> taken = new LinkedHashSet<>(pending);
    pending.clear();
    return taken;
  }

  private synchronized void collect(WatchKey key, Set<Change> changes) {
    RelativePath directory = directories.get(key);
    List<WatchEvent<?>> events = key.pollEvents();
    boolean valid = key.reset();
    if (directory == null) {
      return;
    }
    for (WatchEvent<?> event : events) {
      changes.add(change(directory, event));
    }
    if (!valid) {
      directories.remove(key);
      changes.add(new Change.Lost(directory, "the directory is gone or its disk was unmounted"));
    }
  }

  private static Change change(RelativePath directory, WatchEvent<?> event) {
    if (event.kind().equals(OVERFLOW)) {
      return new Change.Lost(directory, "the kernel reported more changes than were read");
    }
    RelativePath path = event.context() instanceof Path name ? child(directory, name) : null;
    return new Change.Touched(path == null ? directory : path);
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
      Path path = directory.isRoot() ? root.toRealPath() : root.resolve(directory.toString());
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
      // Nobody listens any more.
    }
  }

  private synchronized void register(RelativePath directory, Path path) throws IOException {
    directories.put(path.register(service, ENTRY_CREATE, ENTRY_DELETE, ENTRY_MODIFY), directory);
  }

  private synchronized void unwatched(RelativePath directory, String cause) {
    pending.add(new Change.Unwatched(directory, cause));
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
