package org.realize.sync.real;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.PathState;

/**
 * Paths of real files by content, so that a content that is needed under another name is found
 * here. Filled as paths are planned; beyond {@value #MAX_FILES} files the oldest are dropped. A
 * path is a hint: its state says whether it has that content. Thread-safe.
 */
public final class RealContents {

  private static final int MAX_FILES = 128 << 10;

  /** By the first bytes of the hash. Guarded by itself. */
  private final Map<Long, RelativePath> paths =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, RelativePath> eldest) {
          return size() > MAX_FILES;
        }
      };

  /** Takes the real file of a path, if it has one. */
  public void add(PathState state) {
    state
        .realFile()
        .ifPresent(file -> {
          synchronized (paths) {
            paths.put(file.content().hash().word0(), state.path());
          }
        });
  }

  /** A path that had this content when it was last seen. */
  public Optional<RelativePath> of(ContentHash hash) {
    synchronized (paths) {
      return Optional.ofNullable(paths.get(hash.word0()));
    }
  }
}
