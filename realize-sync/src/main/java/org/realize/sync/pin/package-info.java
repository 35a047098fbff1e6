/**
 * The one gate by which bytes of a root are given up. {@link org.realize.sync.pin.SafeDrop} asks
 * other peers for pins, {@link org.realize.sync.pin.PinGrantor} answers such peers; intents and
 * promises are rows of the arena, so that a stop at any moment leaves at least one side bound.
 */
@NullMarked
package org.realize.sync.pin;

import org.jspecify.annotations.NullMarked;
