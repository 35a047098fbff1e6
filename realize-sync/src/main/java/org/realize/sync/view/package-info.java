/**
 * The inode file system over all arenas. Calls of the mount's drivers flow through {@link
 * org.realize.sync.view.FileView} to the stores, the real files and, for bytes that are elsewhere,
 * the downloader. Changes flow back up through {@link org.realize.sync.view.ViewListener} only.
 */
@NullMarked
package org.realize.sync.view;

import org.jspecify.annotations.NullMarked;
