package org.realize.nima.daemon;

import org.realize.nima.rpc.PeerConnections;

/** The configured peers, their connections, pauses and joins. Thread-safe: its parts are. */
record NodePeers(
    KnownPeers known, PeerConnections connections, PausedPeers paused, Admissions admissions) {}
