package org.realize.sync.view;

import java.util.List;
import java.util.Optional;
import org.realize.sync.content.OpenFile;
import org.realize.sync.model.Inode;
import org.realize.sync.model.RealizeException;

/**
 * One part of the view, which knows its inodes by itself: an arena, or a directory above the
 * arenas. Each method does for its inodes what {@link FileView} says. Thread-safe.
 */
interface Region {

  Attributes lookup(Inode directory, String name) throws RealizeException;

  Attributes attributes(Inode inode) throws RealizeException;

  /** The directory that holds {@code inode}, which is not an arena's root. */
  Inode parent(Inode inode) throws RealizeException;

  String readLink(Inode inode) throws RealizeException;

  List<DirectoryEntry> list(Inode directory, long cursor, int maxEntries) throws RealizeException;

  OpenFile open(Inode inode) throws RealizeException;

  Optional<byte[]> attribute(Inode inode, String name) throws RealizeException;
}
