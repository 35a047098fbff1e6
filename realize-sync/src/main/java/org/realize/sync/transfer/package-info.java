/**
 * Contents that are elsewhere, read as if they were here. A reader asks for bytes; what the blob
 * lacks is taken from earlier versions that are here, else asked of the peers that hold it,
 * verified block by block against the hash tree, handed to its readers and written to the blob.
 * Nothing unverified leaves this package.
 */
@NullMarked
package org.realize.sync.transfer;

import org.jspecify.annotations.NullMarked;
