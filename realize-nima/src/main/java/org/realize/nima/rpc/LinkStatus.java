package org.realize.nima.rpc;

import org.realize.nima.tls.PeerKey;
import org.realize.sync.model.PeerName;

/** One peer of the configuration and how its connection stands. */
public record LinkStatus(PeerName name, PeerKey key, PeerState state) {}
