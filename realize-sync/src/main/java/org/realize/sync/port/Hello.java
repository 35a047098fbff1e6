package org.realize.sync.port;

import java.util.Optional;

/**
 * What each side of a connection says before anything else: who it is, and which store it saw last
 * behind the other side's key. From the second part a store learns that it was restored or cloned.
 *
 * @param remembered the other side as last seen, with every start of it; empty when never seen
 */
public record Hello(GlobalStore.Identity identity, Optional<GlobalStore.Identity> remembered) {}
