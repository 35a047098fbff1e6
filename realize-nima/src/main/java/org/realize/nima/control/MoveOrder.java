package org.realize.nima.control;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.ArenaName;

/**
 * A user's order to move files.
 *
 * @param source a peer's name, this node's own, or {@code local:} and an absolute path
 * @param target likewise
 */
public record MoveOrder(
    String source, String target, List<ArenaName> arenas, Handling handling, Carriage carriage)
    implements ControlRequest {

  /** Files at once, at most. */
  public static final int MAX_PARALLEL = 64;

  /**
   * The treatment of the files of a move.
   *
   * @param copy leave the source
   * @param dryRun only tell what would be done
   * @param takeOut give the source up although the target is a plain directory
   * @param purge delete what the move put into the trash of a plain source
   */
  public record Handling(boolean copy, boolean dryRun, boolean takeOut, boolean purge) {}

  /**
   * The limits and packing of the bytes of a move.
   *
   * @param parallel files on their way at once at most
   * @param upBytes sent to the target per second at most; null: no limit
   * @param downBytes taken from the source per second at most; null: no limit
   * @param maxMillis after so long the move ends; null: never
   */
  public record Carriage(
      int parallel,
      Compress compress,
      @Nullable Long upBytes,
      @Nullable Long downBytes,
      @Nullable Long maxMillis) {
    public Carriage {
      if (parallel < 1 || parallel > MAX_PARALLEL) {
        throw new IllegalArgumentException(
            "parallel is 1 to " + MAX_PARALLEL + ", not " + parallel);
      }
    }
  }

  /** The setting whether bytes are compressed on their way. */
  public enum Compress {
    AUTO,
    ON,
    OFF
  }

  public MoveOrder {
    arenas = List.copyOf(arenas);
  }
}
