/**
 * Pure functions over bytes; no I/O, no time.
 *
 * <p>The hash tree that names a content and lets any one block of it be verified on arrival: bytes
 * of a file flow in, hashes and child lists flow out.
 *
 * <p>What is left to send of a file that the other side has in part: there, old bytes flow into a
 * {@link Signature}; here, it and the new bytes flow through a {@link DeltaEncoder} into {@link
 * Delta}s; there again, these and the old bytes make the new ones.
 */
@NullMarked
package org.realize.sync.delta;

import org.jspecify.annotations.NullMarked;
