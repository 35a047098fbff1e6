/**
 * What a node tells of itself to those who watch over it: figures for Prometheus, behind a token on
 * loopback, and a log of what was done to the user's bytes.
 */
@NullMarked
package org.realize.nima.observe;

import org.jspecify.annotations.NullMarked;
