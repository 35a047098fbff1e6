/**
 * The mount: a {@link org.realize.sync.view.FileView} as a directory of this machine, by one of two
 * drivers that the same contract holds for. {@link org.realize.fuse.Mount} is all that others use.
 */
@NullMarked
package org.realize.fuse;

import org.jspecify.annotations.NullMarked;
