package org.realize.fuse.libfuse;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.realize.sync.model.Inode;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.NotFound;
import org.realize.sync.view.Attributes;
import org.realize.sync.view.FileView;
import org.realize.sync.view.ViewListener;

/**
 * The lookup of the library's paths: each becomes an inode by a walk of the view. Directories that
 * were walked are remembered, at most {@value #MAX_DIRECTORIES}, until anything changes; the last
 * part is always looked up. Thread-safe.
 */
final class Paths implements ViewListener {

  private static final int MAX_DIRECTORIES = 4096;

  private static final String HIDDEN = ".fuse_hidden";
  private static final int HIDDEN_DIGITS = 16;

  private final FileView view;
  private final Map<String, Inode> hidden = new HashMap<>(); // guarded by this
  private long generation; // guarded by this
  private final Map<String, Inode> directories = // guarded by this
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Inode> eldest) {
          return size() > MAX_DIRECTORIES;
        }
      };

  Paths(FileView view) {
    this.view = view;
  }

  /** What is at {@code path}, which begins with a slash. */
  Attributes find(String path) throws RealizeException {
    if (path.equals("/")) {
      return view.attributes(Inode.ROOT);
    }
    if (isHidden(path)) {
      return view.attributes(hidden(path));
    }
    int slash = path.lastIndexOf('/');
    return view.lookup(directory(path.substring(0, slash)), path.substring(slash + 1));
  }

  /** True of a name that the library has made for an open file. */
  static boolean isHidden(String path) {
    int start = path.lastIndexOf('/') + 1;
    return path.startsWith(HIDDEN, start)
        && path.length() == start + HIDDEN.length() + HIDDEN_DIGITS;
  }

  private static String hiddenName(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  private synchronized Inode hidden(String path) throws NotFound {
    Inode inode = hidden.get(hiddenName(path));
    if (inode == null) {
      throw new NotFound(path);
    }
    return inode;
  }

  /** Adds a name of an open file that the view has no name of any more. */
  synchronized void addHidden(String path, Inode inode) {
    hidden.put(hiddenName(path), inode);
  }

  /** Removes such a name; false when {@code path} is none. */
  synchronized boolean removeHidden(String path) {
    return hidden.remove(hiddenName(path)) != null;
  }

  /** Notes that the mount itself has moved or removed a directory. */
  synchronized void moved() {
    generation++;
    directories.clear();
  }

  /** The directory at {@code path}, which is empty for the root. */
  Inode directory(String path) throws RealizeException {
    if (path.isEmpty()) {
      return Inode.ROOT;
    }
    long before;
    synchronized (this) {
      Inode known = directories.get(path);
      if (known != null) {
        return known;
      }
      before = generation;
    }
    int slash = path.lastIndexOf('/');
    Inode parent = directory(path.substring(0, slash));
    Inode found = view.lookup(parent, path.substring(slash + 1)).inode();
    synchronized (this) {
      if (before == generation) {
        directories.put(path, found);
      }
    }
    return found;
  }

  /** What is at {@code path} now, if anything is. */
  Optional<Attributes> current(String path) {
    try {
      return Optional.of(find(path));
    } catch (RealizeException e) {
      return Optional.empty();
    }
  }

  @Override
  public void entryChanged(Inode directory, String name) {
    moved();
  }

  @Override
  public void attributesChanged(Inode inode) {
    // paths stay the same
  }

  @Override
  public void contentChanged(Inode inode) {
    // paths stay the same
  }
}
