/**
 * Contents whose bytes are elsewhere, read as if they were here. A reader asks for bytes; missing
 * blocks are taken from earlier versions on this machine or asked of the peers that hold them,
 * verified one by one against the hash tree, handed to their readers and kept in a {@link
 * org.realize.sync.content.FillTarget}. Small contents come whole, many in one call, and stay in
 * memory. Nothing unverified leaves this package.
 */
@NullMarked
package org.realize.sync.transfer;

import org.jspecify.annotations.NullMarked;
