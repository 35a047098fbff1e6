/**
 * How commands talk to a running daemon: requests come in as HTTP with JSON on a Unix socket that
 * only its owner can reach, the {@link org.realize.nima.control.Household} answers them. Server and
 * client are both here, so that they cannot drift apart.
 */
@NullMarked
package org.realize.nima.control;

import org.jspecify.annotations.NullMarked;
