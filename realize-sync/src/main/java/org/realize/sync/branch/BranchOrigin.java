package org.realize.sync.branch;

import org.realize.sync.model.Content;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.Version;

/**
 * The description of a branch that its journal begins with.
 *
 * @param base the version, of a file, that unwritten bytes are of
 * @param store the mark of the store under which it began; of another one it is never applied
 */
public record BranchOrigin(RelativePath path, Version base, String store) {

  public BranchOrigin {
    if (!(base.content() instanceof Content.File)) {
      throw new IllegalArgumentException("branch '" + path + "', which is no file");
    }
  }

  /** The content of the base. */
  public Content.File content() {
    return (Content.File) base.content();
  }
}
