/**
 * The control API between commands and a running daemon. Requests flow in as HTTP with JSON over a
 * Unix socket that only its owner can reach; the {@link org.realize.nima.control.Household} answers
 * them, long orders with a stream of events. Server and client are both here, so that they cannot
 * drift apart.
 */
@NullMarked
package org.realize.nima.control;

import org.jspecify.annotations.NullMarked;
