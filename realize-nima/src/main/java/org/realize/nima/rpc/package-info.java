/**
 * Protocol {@code realize/1} between peers (docs/protocol.md), from the dialled socket up to a
 * {@link org.realize.nima.rpc.ConnectedPeer}. Bytes flow through a {@link
 * org.realize.nima.rpc.Wire}, become {@link org.realize.nima.rpc.Frame}s, and belong to calls of a
 * {@link org.realize.nima.rpc.Session}, one for each connection; two sessions make the pair of one
 * peer. Calls of the peer end in {@link org.realize.nima.rpc.InboundService}. {@link
 * org.realize.nima.rpc.PeerConnections} dials, accepts and settles pairs.
 */
@NullMarked
package org.realize.nima.rpc;

import org.jspecify.annotations.NullMarked;
