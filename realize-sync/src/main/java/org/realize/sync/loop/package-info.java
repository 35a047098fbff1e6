/**
 * The background loops of a daemon: what each of them does is elsewhere, here is what becomes of
 * one that fails or stands still.
 */
@NullMarked
package org.realize.sync.loop;

import org.jspecify.annotations.NullMarked;
