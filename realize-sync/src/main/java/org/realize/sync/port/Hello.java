package org.realize.sync.port;

import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.StoreId;
import org.realize.sync.port.GlobalStore.Identity;

/**
 * The first message of each side of a connection: its identity, the store that it saw last under
 * the other side's key, and how much of that store's feeds. From the latter two a store recognises
 * that it was restored or cloned.
 *
 * @param remembered the other side as last seen, with every start of it; empty when never seen. If
 *     it came back with an identity that it had left: that one, and the later one as a start of it
 * @param committed how far the feeds of {@code remembered} were taken in; arenas without any are
 *     left out
 * @param left the identities that the sender left after another copy of its store had signed under
 *     them as well, oldest first
 */
public record Hello(
    Identity identity, Optional<Identity> remembered, List<Committed> committed, List<Left> left) {

  /**
   * The committed position in one feed.
   *
   * @param incarnation the start of the other side from which the last entry came
   */
  public record Committed(ArenaName arena, long seq, UUID incarnation) {}

  /**
   * An identity that a store left because another copy of it has used it as well.
   *
   * @param starts the starts of the copy that left it, oldest first
   */
  public record Left(StoreId store, List<Start> starts) {
    public Left {
      starts = List.copyOf(starts);
    }
  }

  /** A start of a store, and the first counter that it could give out. */
  public record Start(UUID incarnation, long firstCounter) {}

  public Hello {
    committed = List.copyOf(committed);
    left = List.copyOf(left);
  }

  /** Without a word on feeds and earlier identities. */
  public Hello(Identity identity, Optional<Identity> remembered) {
    this(identity, remembered, List.of(), List.of());
  }
}
