package org.realize.nima.control;

import org.realize.sync.engine.OpenWork.WorkState;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.RelativePath;

/**
 * A path that is not as its mark asks for.
 *
 * @param kind download, announce, realize, attributes, remove or unrealize
 * @param bytes of the file that is to be made or fetched
 * @param cause of a failure; else empty
 */
public record JobStatus(
    ArenaName arena, RelativePath path, String kind, long bytes, WorkState state, String cause) {}
