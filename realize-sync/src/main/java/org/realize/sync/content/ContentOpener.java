package org.realize.sync.content;

import org.realize.sync.model.Content;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;

/** A source of readers of contents whose bytes may be anywhere: here, or at peers. Thread-safe. */
@FunctionalInterface
public interface ContentOpener {

  /**
   * Opens {@code content}, which {@code path} shows or showed; waits for no peer. The reader keeps
   * the content whatever becomes of the path.
   */
  OpenFile open(RelativePath path, Content.File content) throws RealizeException;
}
