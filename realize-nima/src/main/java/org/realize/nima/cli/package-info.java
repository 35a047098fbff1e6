/**
 * The command line. Arguments flow in, one command runs against the configuration file or the
 * running daemon's control socket, and an exit code flows out; every error is one line on stderr.
 */
@NullMarked
package org.realize.nima.cli;

import org.jspecify.annotations.NullMarked;
