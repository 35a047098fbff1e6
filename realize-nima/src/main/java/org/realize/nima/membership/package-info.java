/**
 * Becoming a member of a household by a one-time code, and being one: the code as text, the
 * invitations that a running node remembers, the messages of {@code realize-join/1}, and the member
 * list that follows from signed claims. The only I/O is that of {@code household.pub}; the
 * connections are in {@code rpc}.
 */
@NullMarked
package org.realize.nima.membership;

import org.jspecify.annotations.NullMarked;
