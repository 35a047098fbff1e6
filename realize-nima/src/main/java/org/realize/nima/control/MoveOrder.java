package org.realize.nima.control;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.ArenaName;

/**
 * What a user asked to move.
 *
 * @param source a peer's name, this node's own, or {@code local:} and an absolute path
 * @param target likewise
 * @param copy leave the source
 * @param dryRun only tell what would be done
 * @param parallel files on their way at once at most
 * @param compress auto, on or off
 * @param upBytes sent to the target per second at most; null: no limit
 * @param downBytes taken from the source per second at most; null: no limit
 * @param maxMillis after so long the move ends; null: never
 */
public record MoveOrder(
    String source,
    String target,
    List<ArenaName> arenas,
    boolean copy,
    boolean dryRun,
    int parallel,
    Compress compress,
    @Nullable Long upBytes,
    @Nullable Long downBytes,
    @Nullable Long maxMillis) {

  /** Files at once, at most. */
  public static final int MAX_PARALLEL = 64;

  /** Whether bytes are compressed on their way. */
  public enum Compress {
    AUTO,
    ON,
    OFF
  }

  public MoveOrder {
    arenas = List.copyOf(arenas);
    if (parallel < 1 || parallel > MAX_PARALLEL) {
      throw new IllegalArgumentException("parallel is 1 to " + MAX_PARALLEL + ", not " + parallel);
    }
  }
}
