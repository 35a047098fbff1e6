package org.realize.sync.port;

import org.realize.sync.model.Content;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.Inode;

/**
 * One visible name of an arena's tree, as the mount shows it.
 *
 * @param directory the directory that holds it; the arena's root holds itself
 * @param name empty for the arena's root
 * @param content never absent; a directory where something visible lies below, whatever the path's
 *     own version says
 */
public record Node(
    Inode inode, Inode directory, String name, Content content, int mode, FileTime mtime) {}
