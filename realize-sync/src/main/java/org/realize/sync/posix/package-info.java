/**
 * The system calls of Linux, bound once, and its error numbers. Numbers and native buffers flow in
 * and out. Adapters of the outer modules call them; nothing else in realize-sync does.
 */
@NullMarked
package org.realize.sync.posix;

import org.jspecify.annotations.NullMarked;
