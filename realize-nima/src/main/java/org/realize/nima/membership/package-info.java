/**
 * Becoming a member of a household by a one-time code: the code as text, the invitations that a
 * running node remembers, and the messages of {@code realize-join/1}. No I/O; the connections are
 * in {@code rpc}.
 */
@NullMarked
package org.realize.nima.membership;

import org.jspecify.annotations.NullMarked;
