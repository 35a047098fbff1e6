package org.realize.sync.port;

import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.realize.sync.model.ArenaName;
import org.realize.sync.port.GlobalStore.Identity;

/**
 * What each side of a connection says before anything else: who it is, which store it saw last
 * behind the other side's key, and how much of it. From the latter two a store learns that it was
 * restored or cloned.
 *
 * @param remembered the other side as last seen, with every start of it; empty when never seen
 * @param committed how far the feeds of {@code remembered} were taken in; arenas without any are
 *     left out
 */
public record Hello(Identity identity, Optional<Identity> remembered, List<Committed> committed) {

  /**
   * How far one feed was taken in.
   *
   * @param incarnation the start of the other side from which the last entry came
   */
  public record Committed(ArenaName arena, long seq, UUID incarnation) {}

  public Hello {
    committed = List.copyOf(committed);
  }

  /** Without a word on feeds. */
  public Hello(Identity identity, Optional<Identity> remembered) {
    this(identity, remembered, List.of());
  }
}
