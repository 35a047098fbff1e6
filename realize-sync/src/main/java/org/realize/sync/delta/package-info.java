/**
 * Pure functions over bytes; no I/O, no time.
 *
 * <p>The hash tree names a content and lets any one block of it be verified on arrival: bytes of a
 * file flow in, hashes and child lists flow out.
 *
 * <p>Deltas are what is left to send of a file that the other side has in part. There, old bytes
 * flow into a {@link Signature}; here, the signature and the new bytes flow through a {@link
 * DeltaEncoder} into a {@link Delta}; there again, the delta and the old bytes make the new ones.
 */
@NullMarked
package org.realize.sync.delta;

import org.jspecify.annotations.NullMarked;
