/**
 * The inode file system over all arenas. Drivers of the mount call {@link
 * org.realize.sync.view.FileView}; it reads the stores and, for bytes that are elsewhere, the
 * downloader. Nothing below calls back up but through {@link org.realize.sync.view.ViewListener}.
 */
@NullMarked
package org.realize.sync.view;

import org.jspecify.annotations.NullMarked;
