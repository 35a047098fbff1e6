/**
 * Pure functions over bytes: the hash tree that names a content and lets any one block of it be
 * verified on arrival. Bytes of a file flow in, hashes and child lists flow out; no I/O, no time.
 */
@NullMarked
package org.realize.sync.delta;

import org.jspecify.annotations.NullMarked;
