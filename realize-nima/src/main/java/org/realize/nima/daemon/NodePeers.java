package org.realize.nima.daemon;

import org.realize.nima.rpc.PeerConnections;

/** The configured peers, their connections and their pauses. Thread-safe: its parts are. */
record NodePeers(KnownPeers known, PeerConnections connections, PausedPeers paused) {}
