/**
 * Real nodes in processes of their own: made, started, stopped and killed as a person would,
 * through the command line, and looked at through the control socket and the mount.
 */
@NullMarked
package org.realize.chaos.process;

import org.jspecify.annotations.NullMarked;
