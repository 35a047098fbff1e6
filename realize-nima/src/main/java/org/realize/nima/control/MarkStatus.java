package org.realize.nima.control;

import org.realize.sync.model.ArenaName;
import org.realize.sync.model.Mark;
import org.realize.sync.model.RelativePath;

/**
 * The mark that holds for a path.
 *
 * @param inherited true if it was set on a directory above the path, or is the arena's
 */
public record MarkStatus(ArenaName arena, RelativePath path, Mark mark, boolean inherited) {}
