package org.realize.nima.control;

import java.time.Instant;
import org.realize.sync.model.ArenaName;

/**
 * A promise to keep a file for a peer that gives its own up.
 *
 * @param path in the arena
 * @param dropper the peer's name while it is connected, else its store
 */
public record PinStatus(ArenaName arena, String path, String dropper, Instant since) {}
