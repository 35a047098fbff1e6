/**
 * Real nodes in processes of their own: made, started, stopped and killed through the command line,
 * and observed through the control socket and the mount.
 */
@NullMarked
package org.realize.chaos.process;

import org.jspecify.annotations.NullMarked;
