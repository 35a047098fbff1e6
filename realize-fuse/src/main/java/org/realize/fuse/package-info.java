/**
 * The mount: a {@link org.realize.sync.view.FileView} as a directory of this machine. Requests of
 * programs flow in through one of two drivers, {@code kernel} and {@code libfuse}, which pass the
 * same contract; the daemon uses {@link org.realize.fuse.Mount} only.
 */
@NullMarked
package org.realize.fuse;

import org.jspecify.annotations.NullMarked;
