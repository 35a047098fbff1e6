/**
 * The signals of a node for those who watch it: figures for Prometheus, behind a token on loopback,
 * and an audit log of what was done to the user's bytes.
 */
@NullMarked
package org.realize.nima.observe;

import org.jspecify.annotations.NullMarked;
