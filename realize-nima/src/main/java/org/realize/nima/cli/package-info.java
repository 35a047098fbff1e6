/**
 * The command line. Arguments come in, one command runs against the configuration file or the
 * running daemon's control socket, and an exit code goes out; every error is one line on stderr.
 */
@NullMarked
package org.realize.nima.cli;

import org.jspecify.annotations.NullMarked;
