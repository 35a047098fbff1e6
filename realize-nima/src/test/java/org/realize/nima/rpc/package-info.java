/** Tests of the protocol, with in-memory wires and virtual time where a socket is not the point. */
@NullMarked
package org.realize.nima.rpc;

import org.jspecify.annotations.NullMarked;
