/**
 * What peers say to each other: protocol {@code realize/1} (docs/protocol.md) from the dialled
 * socket up to a connected peer that can be asked and that asks. Bytes come through a {@code Wire},
 * become {@code Frame}s, belong to calls of a {@code Session} (one connection), two of which make
 * the pair of one peer; {@code PeerConnections} dials, accepts and settles pairs.
 */
@NullMarked
package org.realize.nima.rpc;

import org.jspecify.annotations.NullMarked;
