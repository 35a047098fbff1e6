package org.realize.sync.view;

import org.realize.sync.model.Inode;

/** A name in a directory, which may be there or not. */
public record EntryName(Inode directory, String name) {}
